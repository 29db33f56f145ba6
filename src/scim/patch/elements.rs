//! The values of a multi-valued attribute under PATCH.

use std::collections::HashMap;

use serde_json::Value;

use super::Path;
use crate::scim::schema::{is_primary, within_values};
use crate::scim::{Object, ScimError};

/// Appends values. One whose `type` and `value` are there already is merged into that one.
pub(super) fn append(path: &Path, existing: &mut Vec<Value>, added: &[Value]) -> Result<(), ScimError> {
    within_values(path, existing.len().max(added.len()))?;
    let mut places: HashMap<String, usize> = HashMap::with_capacity(existing.len() + added.len());
    for (index, element) in existing.iter().enumerate() {
        places.entry(identity(element)).or_insert(index);
    }
    let mut touched = Vec::with_capacity(added.len());
    for element in added {
        let next = existing.len();
        let place = *places.entry(identity(element)).or_insert(next);
        match existing.get_mut(place) {
            Some(same) => merge(same, element),
            None => existing.push(element.clone()),
        }
        touched.push(place);
    }
    within_values(path, existing.len())?;
    hand_over_primary(existing, &touched)
}

/// Takes out the values that one of `listed` describes: every part that it names must be equal.
pub(super) fn remove_listed(existing: &mut Vec<Value>, listed: &[Value]) {
    existing.retain(|element| {
        !listed.iter().any(|wanted| match (wanted, element) {
            (Value::Object(wanted), Value::Object(element)) => {
                wanted.iter().all(|(key, part)| element.get(key) == Some(part))
            }
            _ => wanted == element,
        })
    });
}

/// At most one value stays primary: the one that the operation just made so.
pub(super) fn hand_over_primary(elements: &mut [Value], touched: &[usize]) -> Result<(), ScimError> {
    let mut heir = None;
    for &index in touched {
        if elements.get(index).is_some_and(is_primary) && heir != Some(index) {
            if heir.is_some() {
                return Err(ScimError::invalid_value(
                    "the operation makes more than one value primary; at most one may be".to_owned(),
                ));
            }
            heir = Some(index);
        }
    }
    let Some(heir) = heir else { return Ok(()) };
    for (index, element) in elements.iter_mut().enumerate() {
        if index != heir
            && is_primary(element)
            && let Value::Object(object) = element
        {
            object.insert("primary".to_owned(), Value::Bool(false));
        }
    }
    Ok(())
}

/// Puts the parts of `from` into `into`.
pub(super) fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, part) in from {
                into.insert(key.clone(), part.clone());
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// What makes two values the same one: `type` and `value`, or all of it where there is no `value`.
fn identity(element: &Value) -> String {
    let part = |object: &Object, name: &str| object.get(name).map(Value::to_string).unwrap_or_default();
    match element {
        Value::Object(object) if object.contains_key("value") => {
            format!("{} {}", part(object, "type"), part(object, "value"))
        }
        Value::Object(object) => {
            // The order of the parts does not matter.
            let mut parts: Vec<String> = object.iter().map(|(key, part)| format!("{key}:{part}")).collect();
            parts.sort_unstable();
            parts.join(",")
        }
        simple => simple.to_string(),
    }
}

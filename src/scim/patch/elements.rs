//! The values of a multi-valued attribute under PATCH.

use std::collections::HashMap;

use serde_json::Value;

use super::Path;
use crate::scim::filter::Compare;
use crate::scim::schema::{Attribute, Type, boolean, identity, is_primary, within_values};
use crate::scim::{Filter, Object, ScimError};

/// Up to how many added values are looked for one by one.
const FEW: usize = 8;

/// Appends values. One whose `type` and `value` are there already is merged into that one.
pub(super) fn append(path: &Path, existing: &mut Vec<Value>, added: &[Value]) -> Result<(), ScimError> {
    within_values(path, existing.len().max(added.len()))?;
    // A few values are looked for one by one; an index over the present ones pays only for many.
    let mut places: Option<HashMap<String, usize>> = (added.len() > FEW).then(|| {
        // Of equal ones the first counts, so it goes in last.
        existing.iter().enumerate().rev().map(|(index, element)| (identity(element), index)).collect()
    });
    let mut touched = Vec::with_capacity(added.len());
    for element in added {
        let next = existing.len();
        let place = match &mut places {
            Some(places) => *places.entry(identity(element)).or_insert(next),
            None => existing.iter().position(|present| same(present, element)).unwrap_or(next),
        };
        match existing.get_mut(place) {
            Some(present) => merge(present, element),
            None => existing.push(element.clone()),
        }
        touched.push(place);
    }
    within_values(path, existing.len())?;
    keep_one_primary(existing, &touched)
}

/// The value of a complex attribute that a filter describes: its parts, where it is nothing but equalities that all hold.
pub(super) fn described_value(filter: &Filter, attribute: &Attribute) -> Option<Object> {
    match filter {
        Filter::And(left, right) => {
            let mut parts = described_value(left, attribute)?;
            parts.extend(described_value(right, attribute)?);
            Some(parts)
        }
        Filter::Compare(path, Compare::Eq, operand) => {
            let part = attribute.sub(&path.name)?;
            let value = match operand {
                Value::Null => return None,
                Value::String(text) if part.r#type == Type::Boolean => Value::Bool(boolean(text)?),
                operand => operand.clone(),
            };
            Some(Object::from_iter([(part.name.clone(), value)]))
        }
        _ => None,
    }
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
pub(super) fn keep_one_primary(elements: &mut [Value], touched: &[usize]) -> Result<(), ScimError> {
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

/// Whether two values are the same one, by [`identity`].
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => match (a.get("value"), b.get("value")) {
            (None, None) => a == b,
            (left, right) => left == right && a.get("type") == b.get("type"),
        },
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn element() -> impl Strategy<Value = Value> {
        let part = || proptest::option::of("[ab]");
        prop_oneof![
            (part(), part(), part()).prop_map(|(value, kind, display)| {
                let parts = [("value", value), ("type", kind), ("display", display)];
                Value::Object(
                    parts.into_iter().filter_map(|(key, part)| Some((key.to_owned(), part?.into()))).collect(),
                )
            }),
            "[ab]".prop_map(Value::from),
        ]
    }

    proptest! {
        #[test]
        fn one_by_one_and_by_index_append_the_same(
            existing in prop::collection::vec(element(), 0..6),
            added in prop::collection::vec(element(), FEW + 1..FEW + 6),
        ) {
            let path: Path = "emails".parse().unwrap();
            let mut at_once = existing.clone();
            append(&path, &mut at_once, &added).unwrap();
            let mut singly = existing;
            for element in &added {
                append(&path, &mut singly, std::slice::from_ref(element)).unwrap();
            }
            prop_assert_eq!(at_once, singly);
        }
    }

    #[test]
    fn same_means_same_identity() {
        let mut present = vec![json!({"value": "a", "type": "work", "display": "x"})];
        append(&"emails".parse().unwrap(), &mut present, &[json!({"type": "work", "value": "a"})]).unwrap();
        assert_eq!(present.len(), 1);
        append(&"emails".parse().unwrap(), &mut present, &[json!({"type": "home", "value": "a"})]).unwrap();
        assert_eq!(present.len(), 2);
    }
}

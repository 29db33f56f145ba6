//! Changes to the values of a multi-valued attribute.

use std::collections::HashMap;

use serde_json::Value;

use super::Path;
use super::effort::Effort;
use crate::scim::filter::Compare;
use crate::scim::schema::{Attribute, Type, boolean, identity, is_primary, within_values};
use crate::scim::work::value_steps;
use crate::scim::{Filter, Object, ScimError};

/// Up to this many added or removed values, each is searched for on its own; an index of the present values pays only for
/// more.
const FEW: usize = 8;

/// Appends values. A value whose `type` and `value` are already present is merged into the present one.
pub(super) fn append(
    path: &Path,
    existing: &mut Vec<Value>,
    added: &[Value],
    effort: &mut Effort<'_>,
) -> Result<(), ScimError> {
    within_values(path, existing.len().max(added.len()))?;
    let mut index = None;
    if added.len() > FEW {
        effort.spend(existing.iter().chain(added).map(value_steps).sum())?;
        // The first of equal values counts, so it is inserted last.
        let identities = existing.iter().enumerate().rev().map(|(at, element)| (identity(element), at));
        index = Some(identities.collect::<HashMap<String, usize>>());
    } else {
        effort.spend(existing.len().saturating_mul(added.len()))?;
    }
    let mut touched = Vec::with_capacity(added.len());
    for element in added {
        let next = existing.len();
        let at = match &mut index {
            Some(index) => *index.entry(identity(element)).or_insert(next),
            None => existing.iter().position(|present| same(present, element)).unwrap_or(next),
        };
        match existing.get_mut(at) {
            Some(present) => merge(present, element),
            None => existing.push(element.clone()),
        }
        touched.push(at);
    }
    within_values(path, existing.len())?;
    keep_one_primary(existing, &touched, effort)
}

/// Returns the value that a filter describes, if the filter consists only of equalities joined by `and`.
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

/// Removes each value that an element of `listed` describes: every sub-attribute that the element names must be equal.
pub(super) fn remove_listed(
    existing: &mut Vec<Value>,
    listed: &[Value],
    effort: &mut Effort<'_>,
) -> Result<(), ScimError> {
    let index = Listed::new(listed);
    let mut stays = Vec::with_capacity(existing.len());
    for element in existing.iter() {
        effort.spend(1 + index.candidates(element).count())?;
        stays.push(!index.candidates(element).any(|wanted| describes(wanted, element)));
    }
    let mut stays = stays.into_iter();
    existing.retain(|_| stays.next().unwrap_or(true));
    Ok(())
}

/// Elements to remove, by their `value` where they have one.
struct Listed<'a> {
    by_value: HashMap<&'a str, Vec<&'a Value>>,
    others: Vec<&'a Value>,
}

impl<'a> Listed<'a> {
    fn new(listed: &'a [Value]) -> Self {
        let mut index = Self { by_value: HashMap::new(), others: Vec::new() };
        for wanted in listed {
            match text_value(wanted) {
                Some(value) => index.by_value.entry(value).or_default().push(wanted),
                None => index.others.push(wanted),
            }
        }
        index
    }

    /// Iterates over the listed elements that may describe this one.
    fn candidates(&self, element: &Value) -> impl Iterator<Item = &'a Value> {
        let same_value = text_value(element).and_then(|value| self.by_value.get(value)).map_or(&[][..], Vec::as_slice);
        same_value.iter().chain(&self.others).copied()
    }
}

fn text_value(element: &Value) -> Option<&str> {
    element.as_object().and_then(|object| object.get("value")).and_then(Value::as_str)
}

fn describes(wanted: &Value, element: &Value) -> bool {
    match (wanted, element) {
        (Value::Object(wanted), Value::Object(element)) => {
            wanted.iter().all(|(key, part)| element.get(key) == Some(part))
        }
        _ => wanted == element,
    }
}

/// Leaves at most one value primary: the one that the operation made so.
pub(super) fn keep_one_primary(
    elements: &mut [Value],
    touched: &[usize],
    effort: &mut Effort<'_>,
) -> Result<(), ScimError> {
    let mut heir = None;
    for &index in touched {
        if elements.get(index).is_some_and(is_primary) && heir != Some(index) {
            if heir.is_some() {
                return Err(ScimError::invalid_value(
                    "the operation makes more than one value primary; at most one value may be primary".to_owned(),
                ));
            }
            heir = Some(index);
        }
    }
    let Some(heir) = heir else { return Ok(()) };
    effort.spend(elements.len())?;
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

/// Sets the sub-attributes of `from` in `into`.
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

/// Compares two values by [`identity`].
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
    use crate::base::limits;
    use crate::scim::Work;

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

    fn add(existing: &mut Vec<Value>, added: &[Value]) {
        let mut work = Work::up_to(limits::COMPARISONS);
        append(&"emails".parse().unwrap(), existing, added, &mut Effort::new(&mut work)).unwrap();
    }

    proptest! {
        #[test]
        fn an_index_does_not_change_the_result(
            existing in prop::collection::vec(element(), 0..6),
            added in prop::collection::vec(element(), FEW + 1..FEW + 6),
        ) {
            let mut at_once = existing.clone();
            add(&mut at_once, &added);
            let mut singly = existing;
            for element in &added {
                add(&mut singly, std::slice::from_ref(element));
            }
            prop_assert_eq!(at_once, singly);
        }
    }

    #[test]
    fn values_with_the_same_type_and_value_are_merged() {
        let mut present = vec![json!({"value": "a", "type": "work", "display": "x"})];
        add(&mut present, &[json!({"type": "work", "value": "a"})]);
        assert_eq!(present.len(), 1);
        add(&mut present, &[json!({"type": "home", "value": "a"})]);
        assert_eq!(present.len(), 2);
    }
}

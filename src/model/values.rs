//! Compares single values under the rules of their attribute.

use serde_json::Value;

use super::document::is_unassigned;
use crate::scim::attr::{fold, get};
use crate::scim::date_time::instant;
use crate::scim::schema::{Attribute, Type, boolean};

/// The result of comparing two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sameness {
    Same,
    Different,
    /// The same content in another JSON type, for example `"true"` for `true`.
    OtherType,
}

/// Compares an expected value with the one that the target shows. Attributes without a definition are compared exactly;
/// their objects may have more keys than were sent.
pub(super) fn sameness(attribute: Option<&Attribute>, expected: &Value, observed: &Value) -> Sameness {
    match (expected, observed) {
        (Value::String(expected), Value::String(observed)) => same_if(same_text(attribute, expected, observed)),
        (Value::Number(expected), Value::Number(observed)) => {
            same_if(expected == observed || expected.as_f64() == observed.as_f64())
        }
        (Value::Bool(expected), Value::Bool(observed)) => same_if(expected == observed),
        (Value::Bool(flag), Value::String(text)) => other_type_if(boolean(text) == Some(*flag)),
        (Value::Bool(flag), Value::Number(number)) => other_type_if(number.as_u64() == Some(u64::from(*flag))),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            other_type_if(number.to_string() == *text)
        }
        (Value::Object(expected), Value::Object(observed)) => {
            let differs = |(key, value): (&String, &Value)| {
                !is_unassigned(value)
                    && get(observed, key).is_none_or(|seen| sameness(None, value, seen) != Sameness::Same)
            };
            same_if(!expected.iter().any(differs))
        }
        (Value::Array(expected), Value::Array(observed)) => same_if(same_elements(expected, observed)),
        (Value::Array(expected), single) => match expected.as_slice() {
            [one] => other_type_if(sameness(attribute, one, single) == Sameness::Same),
            _ => Sameness::Different,
        },
        (expected, observed) => same_if(expected == observed),
    }
}

/// Compares two arrays as sets: each expected element must be among the observed ones, and no more may be there.
fn same_elements(expected: &[Value], observed: &[Value]) -> bool {
    expected.len() == observed.len()
        && expected.iter().all(|one| observed.iter().any(|seen| sameness(None, one, seen) == Sameness::Same))
}

fn same_text(attribute: Option<&Attribute>, expected: &str, observed: &str) -> bool {
    if expected == observed {
        return true;
    }
    match attribute {
        Some(attribute) if attribute.r#type == Type::DateTime => {
            instant(expected).is_some_and(|expected| instant(observed) == Some(expected))
        }
        Some(attribute) if !attribute.case_exact => fold(expected) == fold(observed),
        _ => false,
    }
}

const fn same_if(same: bool) -> Sameness {
    if same { Sameness::Same } else { Sameness::Different }
}

const fn other_type_if(same: bool) -> Sameness {
    if same { Sameness::OtherType } else { Sameness::Different }
}

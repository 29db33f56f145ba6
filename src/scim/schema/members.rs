//! Parses the members of a group.

use std::collections::HashSet;

use serde_json::Value;

use crate::scim::attr::get;
use crate::scim::message::{kind_of, shown};
use crate::scim::resource::Member;
use crate::scim::{Object, Rules, ScimError};

/// Parses `members`: null, an array, or (in PATCH, RFC 7644 section 3.5.2.1) one object. Returns each member once, in
/// order.
///
/// # Errors
/// 400 `invalidValue` for a member without a `value`, 413 for more than the rules allow.
pub(crate) fn parse(value: &Value, rules: Rules, dropped: &mut Vec<String>) -> Result<Vec<Member>, ScimError> {
    let elements = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(elements) => elements.as_slice(),
        Value::Object(_) => std::slice::from_ref(value),
        other => {
            return Err(ScimError::invalid_value(format!("members must be an array of objects, not {}", shown(other))));
        }
    };
    within_bound(elements.len(), rules)?;
    let mut seen = HashSet::with_capacity(elements.len());
    let mut members = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let Value::Object(object) = element else {
            return Err(ScimError::invalid_value(format!(
                "members[{index}] must be an object with a value, not {}",
                kind_of(element)
            )));
        };
        let member = member(index, object, rules, dropped)?;
        if seen.insert(member.value.clone()) {
            members.push(member);
        }
    }
    Ok(members)
}

/// Rejects a request with too many members.
pub(crate) fn within_bound(count: usize, rules: Rules) -> Result<(), ScimError> {
    let most = rules.members;
    if count <= most {
        return Ok(());
    }
    Err(ScimError::new(413, format!("the request has {count} members; the limit is {most}")))
}

fn member(index: usize, object: &Object, rules: Rules, dropped: &mut Vec<String>) -> Result<Member, ScimError> {
    let value = match get(object, "value") {
        Some(Value::String(value)) if !value.trim().is_empty() => value.clone(),
        None | Some(Value::Null | Value::String(_)) => {
            return Err(ScimError::invalid_value(format!(
                "members[{index}] has no value; expected the ID of a user or group"
            )));
        }
        Some(other) => {
            return Err(ScimError::invalid_value(format!(
                "members[{index}].value must be a string, not {}",
                shown(other)
            )));
        }
    };
    for (key, part) in object {
        let known = ["value", "display", "type", "$ref"].iter().any(|name| key.eq_ignore_ascii_case(name));
        if known && !part.is_string() && !part.is_null() {
            return Err(ScimError::invalid_value(format!(
                "members[{index}].{key} must be a string, not {}",
                shown(part)
            )));
        }
        if !known && !rules.keep_unknown {
            return Err(ScimError::invalid_value(format!("members[{index}].{key} is not in a schema; remove it")));
        }
        if !known {
            dropped.push(format!("members[{index}].{key} is not in a schema and was not stored"));
        }
    }
    let display = get(object, "display").and_then(Value::as_str).map(str::to_owned);
    Ok(Member { value, display })
}

//! The members of a group, as a request names them.

use std::collections::HashSet;

use serde_json::Value;

use crate::scim::attr::get;
use crate::scim::message::{kind_of, shown};
use crate::scim::resource::Member;
use crate::scim::{Object, Rules, ScimError};

/// Reads `members`: null, an array, or (in PATCH, RFC 7644 section 3.5.2.1) one object. Each member comes out once, in
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
            return Err(ScimError::invalid_value(format!(
                "members must be an array of objects, and was {}",
                shown(other)
            )));
        }
    };
    within_bound(elements.len(), rules)?;
    let mut seen = HashSet::with_capacity(elements.len());
    let mut members = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let Value::Object(object) = element else {
            return Err(ScimError::invalid_value(format!(
                "members[{index}] must be an object with a value, and was {}",
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

/// Refuses more members than one request may name.
pub(crate) fn within_bound(count: usize, rules: Rules) -> Result<(), ScimError> {
    let most = rules.members;
    if count <= most {
        return Ok(());
    }
    Err(ScimError::new(413, format!("the request names {count} members; at most {most} are taken at once")))
}

fn member(index: usize, object: &Object, rules: Rules, dropped: &mut Vec<String>) -> Result<Member, ScimError> {
    let value = match get(object, "value") {
        Some(Value::String(value)) if !value.trim().is_empty() => value.clone(),
        None | Some(Value::Null | Value::String(_)) => {
            return Err(ScimError::invalid_value(format!(
                "members[{index}] has no value; it must hold the id of a user or group"
            )));
        }
        Some(other) => {
            return Err(ScimError::invalid_value(format!(
                "members[{index}].value must be a string, and was {}",
                shown(other)
            )));
        }
    };
    for (key, part) in object {
        let known = ["value", "display", "type", "$ref"].iter().any(|name| key.eq_ignore_ascii_case(name));
        if known && !part.is_string() && !part.is_null() {
            return Err(ScimError::invalid_value(format!(
                "members[{index}].{key} must be a string, and was {}",
                shown(part)
            )));
        }
        if !known && !rules.keep_unknown {
            return Err(ScimError::invalid_value(format!("members[{index}].{key} is in no schema; leave it out")));
        }
        if !known {
            dropped.push(format!("members[{index}].{key} is in no schema and is not kept"));
        }
    }
    let display = get(object, "display").and_then(Value::as_str).map(str::to_owned);
    Ok(Member { value, display })
}

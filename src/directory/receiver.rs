//! The rules of the SCIM endpoint of WorkOS for the bodies of requests (`rules = "workos"`), pure. The row of each rule in
//! docs/workos-rules.md has its source and its confidence. Under `rules = "rfc"` the functions here change nothing.
//!
//! Two further rules are elsewhere: members that do not exist are dropped ([`RuleSet::of_mode`]), and no two active users
//! have the same e-mail address ([`Outcome::active_email`](super::apply::Outcome::active_email)).

use serde_json::{Value, json};

use super::model::{Settings, ShownState};
use super::profile::{looks_like_email, text};
use crate::events::OnDeactivate;
use crate::scim::attr::{get, key_of};
use crate::scim::{Kind, Object, RuleSet, ScimError, ScimType};

/// A write whose body is a whole resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FullWrite {
    /// POST
    Create,
    /// PUT
    Replace,
}

/// Checks the body of a POST or PUT before it is validated, and returns it with the e-mail address that WorkOS adds to a
/// user without one.
///
/// # Errors
/// 400 with the `scimType` and the detail of WorkOS.
pub fn receive(settings: &Settings, write: FullWrite, kind: Kind, body: Object) -> Result<Object, ScimError> {
    match (settings.rules, kind) {
        (RuleSet::Rfc, _) => Ok(body),
        (RuleSet::Workos, Kind::User) => user(settings, write, body),
        (RuleSet::Workos, Kind::Group) => {
            refuse_nulls("", &body)?;
            required(&body, "displayName")?;
            Ok(body)
        }
    }
}

/// Checks the body of a PATCH before it is validated: no value may be null.
///
/// # Errors
/// 400 `invalidSyntax`.
pub fn check_patch(settings: &Settings, body: &Object) -> Result<(), ScimError> {
    if settings.rules == RuleSet::Rfc {
        return Ok(());
    }
    let operations = get(body, "Operations").and_then(Value::as_array).into_iter().flatten();
    for operation in operations.filter_map(Value::as_object) {
        let of_members = text(operation, "path").is_some_and(|path| is_members(path.split('[').next().unwrap_or("")));
        match get(operation, "value") {
            // Without a path, the names of the value are those of a resource.
            Some(Value::Object(value)) if !of_members => refuse_nulls("", value)?,
            Some(value) if !of_members => refuse_null("value", value)?,
            _ => {}
        }
    }
    Ok(())
}

fn user(settings: &Settings, write: FullWrite, mut body: Object) -> Result<Object, ScimError> {
    check_types(&body)?;
    refuse_nulls("", &body)?;
    let user_name = required(&body, "userName")?;
    if !has_email(&body) {
        if !looks_like_email(&user_name) {
            let scim_type = match write {
                FullWrite::Create => ScimType::InvalidValue,
                FullWrite::Replace => ScimType::InvalidSyntax,
            };
            return Err(ScimError::bad(scim_type, "Required attributes missing: emails"));
        }
        let key = key_of(&body, "emails").unwrap_or("emails").to_owned();
        body.insert(key, json!([{"primary": true, "type": "work", "value": user_name}]));
    }
    if write == FullWrite::Create
        && settings.state == ShownState::Validating
        && !text(&body, "externalId").is_some_and(|id| is_okta_user_id(&id))
    {
        return Err(ScimError::invalid_value(
            "externalId must be an Okta user ID (e.g. `00u...`) for Okta SCIM v2.0 directories.",
        ));
    }
    let deletes = settings.on_deactivate != OnDeactivate::Keep;
    if write == FullWrite::Create && deletes && get(&body, "active") == Some(&Value::Bool(false)) {
        // The response of WorkOS to an inactive user gives no reason.
        return Err(ScimError::new(400, ""));
    }
    Ok(body)
}

/// Returns whether a text has the form of the ID of a user in Okta: 20 letters and digits that begin with `00u`.
fn is_okta_user_id(text: &str) -> bool {
    text.len() == 20 && text.starts_with("00u") && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Returns a required text.
fn required(body: &Object, name: &str) -> Result<String, ScimError> {
    let value = text(body, name).filter(|text| !text.trim().is_empty());
    value.ok_or_else(|| ScimError::invalid_value(format!("'{name}' is required")))
}

/// Returns whether an element of `emails` has a value that is not blank.
fn has_email(body: &Object) -> bool {
    let emails = get(body, "emails").and_then(Value::as_array).into_iter().flatten();
    emails.filter_map(|email| text(email.as_object()?, "value")).any(|value| !value.trim().is_empty())
}

/// Rejects a value of another type for `active`, `emails` and the parts of `name`.
fn check_types(body: &Object) -> Result<(), ScimError> {
    expect("active", get(body, "active"), "boolean")?;
    expect("emails", get(body, "emails"), "array")?;
    let emails = get(body, "emails").and_then(Value::as_array).into_iter().flatten();
    for (at, email) in emails.enumerate() {
        expect(&format!("emails[{at}]"), Some(email), "object")?;
        let value = email.as_object().and_then(|email| get(email, "value"));
        expect(&format!("emails[{at}].value"), value, "string")?;
    }
    let name = get(body, "name").and_then(Value::as_object);
    for part in ["givenName", "familyName"] {
        expect(&format!("name.{part}"), name.and_then(|name| get(name, part)), "string")?;
    }
    Ok(())
}

fn expect(path: &str, value: Option<&Value>, wanted: &str) -> Result<(), ScimError> {
    let received = match value {
        None => return Ok(()),
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    if received == wanted {
        return Ok(());
    }
    Err(ScimError::invalid_syntax(format!("'{path}' is expected {wanted}, received {received}")))
}

/// Rejects null at any depth, except in `members`: Okta sends members with `"display": null`, and no source says that
/// WorkOS rejects them.
fn refuse_nulls(path: &str, object: &Object) -> Result<(), ScimError> {
    let all = object.iter().filter(|(key, _)| !(path.is_empty() && is_members(key)));
    let mut nested =
        all.map(|(key, value)| (if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value));
    nested.try_for_each(|(path, value)| refuse_null(&path, value))
}

fn refuse_null(path: &str, value: &Value) -> Result<(), ScimError> {
    match value {
        Value::Null => Err(ScimError::invalid_syntax(format!("'{path}' is null"))),
        Value::Object(object) => refuse_nulls(path, object),
        Value::Array(elements) => {
            elements.iter().enumerate().try_for_each(|(at, element)| refuse_null(&format!("{path}[{at}]"), element))
        }
        _ => Ok(()),
    }
}

fn is_members(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case("members")
}

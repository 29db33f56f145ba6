//! Assertions about responses: pure functions of an exchange. Start reading at [`meets_okta_needs`].
//!
//! Sources: RFC 7644 sections 3.3 to 3.6 and 3.12, RFC 7643 section 2.3, and Okta's documentation of the responses it
//! reads (a create returns 201 with the whole user and its `id`; a PATCH returns 204, or 200 with the new values;
//! counters are numbers; the response to a group PATCH may omit `members`).

use serde_json::Value;

use super::outcome::{Outcome, StepResult};
use crate::wire::encode::{decode, decode_query};
pub use crate::wire::excerpt::excerpt;
use crate::wire::excerpt::truncate;
use crate::wire::{Exchange, Failure, Method, NotOurs, Response, id_text};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Returns the outcome of a request without a response.
#[must_use]
pub fn no_response(exchange: &Exchange, failure: &Failure) -> Outcome {
    let request = describe(exchange);
    match failure {
        // The canary's result reports why a collection is closed.
        Failure::NotOurs(reason @ (NotOurs::Closed { .. } | NotOurs::Unread { .. })) => {
            Outcome::Inconclusive(reason.to_string())
        }
        Failure::NotOurs(reason) => Outcome::deviation(
            format!("{request} was not sent: {reason}"),
            "an answer that names only what the request asked about",
            reason.to_string(),
        ),
        Failure::GivenUp(text) => Outcome::Inconclusive(text.clone()),
        other => Outcome::Inconclusive(format!("{request} got no answer: {other}")),
    }
}

/// Returns method and decoded path: `PATCH /Users/01K`.
#[must_use]
pub fn describe(exchange: &Exchange) -> String {
    format!("{} {}", exchange.request.method.as_str(), decode(&exchange.request.path))
}

/// Returns the request's body as JSON, null if it has none.
#[must_use]
pub fn sent_body(exchange: &Exchange) -> Value {
    exchange.request.body.as_ref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}

/// Asserts that the target responded, and returns the response.
pub fn response(exchange: &Exchange) -> StepResult<&Response> {
    exchange.outcome.as_ref().map_err(|failure| no_response(exchange, failure))
}

/// Asserts that the response is a JSON object, and returns it.
pub fn response_object(exchange: &Exchange) -> StepResult<Value> {
    let response = response(exchange)?;
    match response.json() {
        Some(body @ Value::Object(_)) => Ok(body),
        _ => Err(Outcome::deviation(
            format!("{} was answered {} with a body that is not a JSON object", describe(exchange), response.status),
            "a JSON object",
            if response.body.is_empty() { "an empty body".to_owned() } else { excerpt(&response.body) },
        )),
    }
}

/// Asserts that the response has one of these statuses.
pub fn has_status(exchange: &Exchange, allowed: &[u16]) -> StepResult {
    let response = response(exchange)?;
    if allowed.contains(&response.status) {
        return Ok(());
    }
    let wanted: Vec<String> = allowed.iter().map(u16::to_string).collect();
    Err(Outcome::deviation(
        format!("{} was answered {}", describe(exchange), response.status),
        wanted.join(" or "),
        format!("{} {}", response.status, excerpt(&response.body)).trim_end().to_owned(),
    ))
}

/// Asserts everything that Okta needs from the response to this request.
pub fn meets_okta_needs(exchange: &Exchange) -> StepResult {
    let path = exchange.request.path.as_str();
    let collection = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    let names_one = path.trim_start_matches('/').contains('/');
    match exchange.request.method {
        Method::Get if names_one => single_resource(exchange, collection),
        Method::Get => list_response(exchange, collection),
        Method::Post => created(exchange),
        Method::Put => replaced(exchange),
        Method::Patch => patched(exchange),
        Method::Delete => has_status(exchange, &[204, 200]),
        Method::Head | Method::Options => Ok(()),
    }
}

fn list_response(exchange: &Exchange, collection: &str) -> StepResult {
    has_status(exchange, &[200])?;
    let body = response_object(exchange)?;
    let what = describe(exchange);
    let schemas = body.get("schemas").and_then(Value::as_array).cloned().unwrap_or_default();
    if !schemas.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(LIST))) {
        return Err(unexpected(&what, "schemas", &format!("[{LIST:?}]"), body.get("schemas")));
    }
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        match body.get(counter) {
            Some(Value::Number(_)) => {}
            None if counter != "totalResults" => {}
            other => return Err(unexpected(&what, counter, "a number", other)),
        }
    }
    let total = body.get("totalResults").and_then(Value::as_u64).unwrap_or_default();
    let resources = match body.get("Resources") {
        Some(Value::Array(list)) => list.as_slice(),
        None if total == 0 => &[],
        other => return Err(unexpected(&what, "Resources", "an array", other)),
    };
    let shown = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    if total < shown {
        return Err(unexpected(&what, "totalResults", &format!("at least {shown}"), body.get("totalResults")));
    }
    let filter = lookup(exchange);
    for resource in resources {
        has_id(&what, resource)?;
        if collection == "Users" {
            has_text(&what, resource, "userName")?;
            has_boolean(&what, resource, "active")?;
        }
        if let Some((attribute, value)) = &filter {
            let have = resource.get(attribute).and_then(Value::as_str).unwrap_or_default();
            if !have.eq_ignore_ascii_case(value) {
                return Err(Outcome::deviation(
                    format!("the lookup of {attribute} {value:?} gave {have:?}"),
                    format!("only resources whose {attribute} is {value:?}"),
                    format!("{total} results, among them {have:?}"),
                ));
            }
        }
    }
    Ok(())
}

/// Returns the attribute and value of an `eq` lookup.
#[must_use]
pub fn lookup(exchange: &Exchange) -> Option<(String, String)> {
    let query = exchange.request.path.split_once('?')?.1;
    let filter = decode_query(query.split('&').find_map(|pair| pair.strip_prefix("filter="))?);
    let (attribute, value) = filter.split_once(" eq ")?;
    Some((attribute.to_owned(), serde_json::from_str(value).ok()?))
}

fn single_resource(exchange: &Exchange, collection: &str) -> StepResult {
    has_status(exchange, &[200])?;
    let body = response_object(exchange)?;
    let what = describe(exchange);
    has_id(&what, &body)?;
    let asked = exchange.request.subject().1.unwrap_or_default();
    if body.get("id").and_then(Value::as_str) != Some(asked.as_str()) {
        return Err(unexpected(&what, "id", &format!("{asked:?}"), body.get("id")));
    }
    if collection == "Users" {
        has_text(&what, &body, "userName")?;
        has_boolean(&what, &body, "active")
    } else {
        has_text(&what, &body, "displayName")
    }
}

/// Asserts that a create by Okta returned 201 with the new resource.
fn created(exchange: &Exchange) -> StepResult {
    has_status(exchange, &[201])?;
    was_created(exchange)
}

/// Asserts that a create by the harness took effect. Only creates by Okta require 201, so that a wrong status fails few
/// scenarios.
pub fn was_created(exchange: &Exchange) -> StepResult {
    has_status(exchange, &[201, 200])?;
    let body = response_object(exchange)?;
    has_id(&describe(exchange), &body)?;
    contains_sent_values(exchange, &body)
}

fn replaced(exchange: &Exchange) -> StepResult {
    has_status(exchange, &[200])?;
    let body = response_object(exchange)?;
    has_id(&describe(exchange), &body)?;
    contains_sent_values(exchange, &body)
}

fn patched(exchange: &Exchange) -> StepResult {
    has_status(exchange, &[200, 204])?;
    if response(exchange)?.status == 204 {
        return Ok(());
    }
    let body = response_object(exchange)?;
    let what = describe(exchange);
    has_id(&what, &body)?;
    for operation in sent_body(exchange).get("Operations").and_then(Value::as_array).into_iter().flatten() {
        let op = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        let path = operation.get("path").and_then(Value::as_str);
        match (path, operation.get("value")) {
            (None, Some(Value::Object(values))) => {
                for (name, value) in values.iter().filter(|(name, _)| name.as_str() != "password") {
                    has_value(&what, name, value, &body)?;
                }
            }
            (Some("members"), Some(Value::Array(members))) => reflects_members(&what, op, members, &body)?,
            (Some(path), None) if op == "remove" => member_removed(&what, path, &body)?,
            _ => {}
        }
    }
    Ok(())
}

fn reflects_members(what: &str, op: &str, sent: &[Value], body: &Value) -> StepResult {
    // Okta accepts a response without members.
    let Some(have) = body.get("members").and_then(Value::as_array) else { return Ok(()) };
    let have = member_ids(have);
    let sent = member_ids(sent);
    let fits = if op == "replace" { have == sent } else { sent.iter().all(|id| have.contains(id)) };
    if fits {
        return Ok(());
    }
    Err(Outcome::deviation(
        format!("{what} was answered with other members than it asked for"),
        format!("members {}{}", if op == "replace" { "" } else { "with " }, join(&sent)),
        format!("members {}", join(&have)),
    ))
}

fn member_removed(what: &str, path: &str, body: &Value) -> StepResult {
    let Some(have) = body.get("members").and_then(Value::as_array) else { return Ok(()) };
    let Some(id) = path.split('"').nth(1) else { return Ok(()) };
    if member_ids(have).iter().any(|member| member == id) {
        return Err(Outcome::deviation(
            format!("{what} was answered with a member that it removed"),
            format!("members without {id}"),
            format!("members {}", join(&member_ids(have))),
        ));
    }
    Ok(())
}

/// Joins a list for people, `none` if it is empty.
pub fn join(ids: &[String]) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}

/// Returns the IDs of members, sorted.
#[must_use]
pub fn member_ids(members: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = members.iter().filter_map(|member| id_text(member.get("value")?)).collect();
    ids.sort();
    ids
}

/// Asserts that the response contains the values sent, for the attributes that Okta reads.
fn contains_sent_values(exchange: &Exchange, body: &Value) -> StepResult {
    let what = describe(exchange);
    let sent = sent_body(exchange);
    if body.get("password").is_some_and(|password| !password.is_null()) {
        return Err(Outcome::deviation(
            format!("the answer to {what} carries the password"),
            "no password (RFC 7643 section 4.1.1: returned never)",
            "a password",
        ));
    }
    for name in ["userName", "name", "emails", "active", "displayName"] {
        if let Some(value) = sent.get(name) {
            has_value(&what, name, value, body)?;
        }
    }
    Ok(())
}

fn has_value(what: &str, name: &str, sent: &Value, body: &Value) -> StepResult {
    let have = body.get(name);
    if have.is_some_and(|have| contains(have, sent)) {
        return Ok(());
    }
    Err(unexpected(what, name, &sent.to_string(), have))
}

/// Returns true if a document contains the values sent: objects may have more keys and arrays more elements; strings,
/// numbers and booleans must be equal.
#[must_use]
pub fn contains(have: &Value, sent: &Value) -> bool {
    match (have, sent) {
        (Value::Object(have), Value::Object(sent)) => {
            sent.iter().all(|(key, value)| have.get(key).is_some_and(|have| contains(have, value)))
        }
        (Value::Array(have), Value::Array(sent)) => sent.iter().all(|one| have.iter().any(|have| contains(have, one))),
        (have, sent) => have == sent,
    }
}

fn has_id(what: &str, resource: &Value) -> StepResult {
    match resource.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(()),
        // The cast would replace the number with the person's key, and the message would hide the fault.
        Some(Value::Number(_)) => Err(Outcome::deviation(
            format!("in the answer to {what} id is a number"),
            "id: a text that is not empty",
            "id: a number",
        )),
        other => Err(unexpected(what, "id", "a text that is not empty", other)),
    }
}

fn has_text(what: &str, resource: &Value, name: &str) -> StepResult {
    match resource.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(()),
        other => Err(unexpected(what, name, "a text that is not empty", other)),
    }
}

fn has_boolean(what: &str, resource: &Value, name: &str) -> StepResult {
    match resource.get(name) {
        Some(Value::Bool(_)) => Ok(()),
        other => Err(unexpected(what, name, "true or false", other)),
    }
}

fn unexpected(what: &str, name: &str, expected: &str, actual: Option<&Value>) -> Outcome {
    let actual = actual.map_or_else(|| "nothing".to_owned(), Value::to_string);
    Outcome::deviation(
        format!("in the answer to {what} {name} is {}", truncate(&actual)),
        format!("{name}: {expected}"),
        format!("{name}: {}", truncate(&actual)),
    )
}

#[cfg(test)]
mod tests;

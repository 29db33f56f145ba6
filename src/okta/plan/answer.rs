//! What an answer says: lists, errors, Retry-After. The wording is Okta's where it is known.

use std::time::Duration;

use serde_json::{Map, Value};

use super::DEFAULT_RETRY;
use crate::scim::message;
use crate::wire::{Exchange, Response};

/// The resources of a page, and how many there are in all.
pub(super) struct List {
    pub(super) resources: Vec<Value>,
    pub(super) total: u64,
}

/// The answer, where it is a success; otherwise the reason in Okta's words: `Unauthorized. Errors reported by remote
/// server: <detail>`.
pub(super) fn success(exchange: &Exchange) -> Result<&Response, String> {
    let answer = exchange.outcome.as_ref().map_err(ToString::to_string)?;
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    let reason = http::StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.map_or_else(|| answer.status.to_string(), str::to_owned);
    if answer.body.is_empty() {
        return Err(reason);
    }
    Err(match parsed(answer) {
        Err(garbage) => format!("{reason}. Errors reported by remote server: {garbage}"),
        Ok(body) => match body.get("detail").and_then(Value::as_str) {
            Some(detail) => format!("{reason}. Errors reported by remote server: {detail}"),
            None => reason,
        },
    })
}

/// The body as JSON; what is none is shown to the administrator in the words of Okta's parser.
pub(super) fn parsed(answer: &Response) -> Result<Value, String> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let text = String::from_utf8_lossy(&answer.body);
        match text.trim_start().chars().next() {
            Some(first) if !matches!(first, '{' | '[' | '"') => {
                format!("Invalid JSON: Unexpected character ('{first}' (code {}))", u32::from(first))
            }
            Some(_) => format!("Invalid JSON: {error}"),
            None => "Invalid JSON: the body is empty".to_owned(),
        }
    })
}

/// A successful answer whose body, where there is one, is JSON. PATCH and PUT may be answered 204.
pub(super) fn done(exchange: &Exchange) -> Result<Option<Value>, String> {
    let answer = success(exchange)?;
    if answer.body.is_empty() { Ok(None) } else { parsed(answer).map(Some) }
}

/// A successful answer with an object.
pub(super) fn object(exchange: &Exchange) -> Result<Map<String, Value>, String> {
    match parsed(success(exchange)?)? {
        Value::Object(object) => Ok(object),
        other => Err(format!("Invalid JSON: an object was expected, not {}", message::kind_of(&other))),
    }
}

/// A ListResponse. Keys in lower case are understood (DOC2018), counters as strings are not (REF20).
pub(super) fn list(answer: &Response) -> Result<List, String> {
    const NONE: &str = "No results for users returned";
    if answer.body.is_empty() {
        return Err(NONE.to_owned());
    }
    let body = parsed(answer)?;
    let Some(body) = body.as_object() else { return Err(NONE.to_owned()) };
    let get = |name: &str| body.get(name).or_else(|| body.get(&name.to_ascii_lowercase()));
    let Some(resources) = get("Resources").and_then(Value::as_array) else { return Err(NONE.to_owned()) };
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        if let Some(value) = get(counter)
            && !value.is_u64()
        {
            return Err(format!("{counter} must be an integer, and is {}", message::shown(value)));
        }
    }
    let total = get("totalResults").and_then(Value::as_u64).unwrap_or(resources.len() as u64);
    Ok(List { resources: resources.clone(), total })
}

/// Whether it is a 404 in SCIM's form, which a lookup takes as no match (REF20).
pub(super) fn is_scim_404(exchange: &Exchange) -> bool {
    let is_error = |body: Value| {
        body.get("schemas").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == message::ERROR))
    };
    exchange.status() == Some(404) && exchange.json().is_some_and(is_error)
}

/// The id of a resource.
pub(super) fn id(resource: &Value) -> Option<String> {
    resource.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// How long to wait after the `nth` 429 in a row: first what Retry-After says in seconds (5 minutes where it says no
/// integer), then twice the last wait, but never less than the server asks for (CONCEPT).
pub(super) fn retry_after(exchange: &Exchange, last: Duration, nth: u32) -> Duration {
    let header = exchange.response().and_then(|answer| answer.header("retry-after"));
    let asked = header.and_then(|value| value.trim().parse::<u32>().ok()).map(|s| Duration::from_secs(s.into()));
    if nth <= 1 {
        return asked.unwrap_or(DEFAULT_RETRY);
    }
    last.saturating_mul(2).max(asked.unwrap_or_default())
}

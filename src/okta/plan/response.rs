//! The parts of a response that Okta reads: lists, ids, errors, Retry-After.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::scim::message;
use crate::wire::{Exchange, Failure, Response};

/// The wait after a 429 without an integer Retry-After (CONCEPT).
const DEFAULT_RETRY: Duration = Duration::from_mins(5);

/// A response that Okta cannot use. `Display` is Okta's wording where a source shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    #[error(transparent)]
    NoResponse(Box<Failure>),
    /// The status is not 2xx. `remote` is the `detail` of the SCIM error, or the reason why the body is not JSON.
    #[error("{}{}", reason_phrase(*status), remote.as_ref().map(|text| format!(". Errors reported by remote server: {text}")).unwrap_or_default())]
    Status { status: u16, remote: Option<String> },
    #[error("Invalid JSON: Unexpected character ('{0}' (code {code}))", code = u32::from(*.0))]
    UnexpectedCharacter(char),
    /// The text of Okta's JSON parser for a body that begins with a word (METATAVU114).
    #[error(
        "Invalid JSON: Unrecognized token '{0}': was expecting (JSON String, Number, Array, Object or token 'null', \
         'true' or 'false')"
    )]
    UnrecognizedToken(String),
    #[error("Invalid JSON: {0}")]
    InvalidJson(String),
    #[error("Invalid JSON: the body is empty")]
    EmptyBody,
    #[error("Invalid JSON: expected an object, got {0}")]
    NotAnObject(&'static str),
    #[error("No results for users returned")]
    NoResults,
    #[error("{name} must be an integer, but is {value}")]
    InvalidCounter { name: &'static str, value: String },
    #[error("the matching {0} has no id")]
    MatchWithoutId(&'static str),
    #[error("Create new {0} returned empty {0}.")]
    CreatedWithoutId(&'static str),
}

/// One page of a ListResponse.
pub(super) struct List {
    pub(super) resources: Vec<Value>,
    pub(super) total: u64,
}

/// Returns the response if it is a success.
pub(super) fn success(exchange: &Exchange) -> Result<&Response, ResponseError> {
    let response = exchange.outcome.as_ref().map_err(|failure| ResponseError::NoResponse(Box::new(failure.clone())))?;
    let status = response.status;
    if (200..300).contains(&status) {
        return Ok(response);
    }
    let remote = match parse(response) {
        _ if response.body.is_empty() => None,
        Err(error) => Some(error.to_string()),
        Ok(body) => body.get("detail").and_then(Value::as_str).map(str::to_owned),
    };
    Err(ResponseError::Status { status, remote })
}

fn reason_phrase(status: u16) -> String {
    let known = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| status.to_string(), str::to_owned)
}

/// Parses the body as JSON.
fn parse(response: &Response) -> Result<Value, ResponseError> {
    serde_json::from_slice(&response.body).map_err(|error| {
        let text = String::from_utf8_lossy(&response.body);
        let text = text.trim_start();
        match text.chars().next() {
            Some(first) if first.is_alphabetic() => {
                ResponseError::UnrecognizedToken(text.chars().take_while(|c| c.is_alphanumeric()).collect())
            }
            Some(first) if !matches!(first, '{' | '[' | '"') => ResponseError::UnexpectedCharacter(first),
            Some(_) => ResponseError::InvalidJson(error.to_string()),
            None => ResponseError::EmptyBody,
        }
    })
}

/// Returns the body of a successful response, or `None` if it is empty, as in a 204.
pub(super) fn body(exchange: &Exchange) -> Result<Option<Value>, ResponseError> {
    let response = success(exchange)?;
    if response.body.is_empty() { Ok(None) } else { parse(response).map(Some) }
}

/// Returns the object in the body of a successful response.
pub(super) fn object(exchange: &Exchange) -> Result<Map<String, Value>, ResponseError> {
    match parse(success(exchange)?)? {
        Value::Object(object) => Ok(object),
        other => Err(ResponseError::NotAnObject(message::kind_of(&other))),
    }
}

/// Parses a ListResponse. Okta accepts lower-case keys (DOC2018) and rejects counters that are strings (REF20).
pub(super) fn list(response: &Response) -> Result<List, ResponseError> {
    if response.body.is_empty() {
        return Err(ResponseError::NoResults);
    }
    let Value::Object(mut body) = parse(response)? else { return Err(ResponseError::NoResults) };
    let resources = body.swap_remove("Resources").or_else(|| body.swap_remove("resources"));
    let Some(Value::Array(resources)) = resources else { return Err(ResponseError::NoResults) };
    let get = |name: &str| body.get(name).or_else(|| body.get(&name.to_ascii_lowercase()));
    for name in ["totalResults", "startIndex", "itemsPerPage"] {
        if let Some(value) = get(name)
            && !value.is_u64()
        {
            return Err(ResponseError::InvalidCounter { name, value: message::shown(value) });
        }
    }
    let total = get("totalResults").and_then(Value::as_u64).unwrap_or(resources.len() as u64);
    Ok(List { resources, total })
}

/// Returns true for a 404 with a SCIM error, which counts as no match in a lookup (REF20).
pub(super) fn is_scim_404(exchange: &Exchange) -> bool {
    let is_error = |body: Value| {
        body.get("schemas").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == message::ERROR))
    };
    exchange.status() == Some(404) && exchange.json().is_some_and(is_error)
}

/// Returns the `id` of a resource.
pub(super) fn id(resource: &Value) -> Option<String> {
    resource.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Returns the wait after the `nth` 429 in a row: first the seconds of Retry-After (5 minutes if it is not an integer),
/// then twice the last wait, but never less than Retry-After (CONCEPT).
pub(super) fn retry_after(exchange: &Exchange, last: Duration, nth: u32) -> Duration {
    let header = exchange.response().and_then(|response| response.header("retry-after"));
    let seconds = header.and_then(|value| value.trim().parse::<u32>().ok());
    let requested = seconds.map(|seconds| Duration::from_secs(seconds.into()));
    if nth <= 1 {
        return requested.unwrap_or(DEFAULT_RETRY);
    }
    last.saturating_mul(2).max(requested.unwrap_or_default())
}

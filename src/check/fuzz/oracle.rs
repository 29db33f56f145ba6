//! Decides which responses are faults: pure functions of an exchange that return a violation with its sentence.

use serde_json::Value;

use super::case::Expect;
use super::fault::Fault;
use crate::scim::message;
use crate::wire::{Exchange, Failure, Method, Response, id_text};

/// A fault that was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub fault: Fault,
    pub sentence: String,
}

impl Violation {
    pub(super) fn new(fault: Fault, sentence: impl Into<String>) -> Self {
        Self { fault, sentence: sentence.into() }
    }
}

/// Statuses that a proxy in front of a SCIM server returns by itself: too large, too long, too many requests.
const IN_FRONT: [u16; 4] = [413, 414, 429, 431];

/// Checks one exchange on its own. `readable` is true if the request needs no JSON object or has one.
#[must_use]
pub fn check_exchange(exchange: &Exchange, readable: bool) -> Option<Violation> {
    let method = exchange.request.method;
    let what = format!("{} {}", method.as_str(), path(exchange));
    let response = match &exchange.outcome {
        Ok(response) => response,
        Err(failure @ Failure::Timeout(_)) => {
            return Some(Violation::new(Fault::NoResponse, format!("{what}: {failure}")));
        }
        Err(failure @ Failure::Cut(_)) => return Some(Violation::new(Fault::Truncated, format!("{what}: {failure}"))),
        Err(failure @ Failure::TooLarge(_)) => {
            return Some(Violation::new(Fault::EndlessResponse, format!("{what}: {failure}")));
        }
        Err(_) => return None,
    };
    match response.status {
        501 => None,
        500.. => Some(Violation::new(
            Fault::ServerError,
            format!("{what} returned {}{}", response.status, excerpt(response)),
        )),
        400..500 if method != Method::Head && !IN_FRONT.contains(&response.status) => not_a_scim_error(response)
            .map(|why| Violation::new(Fault::NotAScimError, format!("{what} returned {} with {why}", response.status))),
        200..300 if writes(method) && !readable => Some(Violation::new(
            Fault::Swallowed,
            format!("{what} returned {} to a body that is not a JSON object", response.status),
        )),
        _ => None,
    }
}

/// Returns the rules that [`check_exchange`] applies.
pub fn judged(exchange: &Exchange, readable: bool) -> impl Iterator<Item = Fault> {
    let responded = exchange.response().map(|response| response.status);
    let always = [Fault::ServerError, Fault::NoResponse, Fault::Truncated, Fault::EndlessResponse];
    let refused = responded.is_some_and(|status| (400..500).contains(&status) && !IN_FRONT.contains(&status));
    let unreadable = writes(exchange.request.method) && !readable;
    let always = always.into_iter().filter(move |_| responded.is_some());
    always.chain(refused.then_some(Fault::NotAScimError)).chain(unreadable.then_some(Fault::Swallowed))
}

/// Checks the response to a create that succeeded, and returns the ID.
pub fn check_created(exchange: &Exchange, response: &Response) -> Result<String, Violation> {
    let what = format!("POST {} returned {}", path(exchange), response.status);
    let Some(Value::Object(resource)) = response.json() else {
        return Err(Violation::new(Fault::Malformed, format!("{what} without the resource{}", excerpt(response))));
    };
    match resource.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(other) => {
            Err(Violation::new(Fault::Malformed, format!("{what} with an id that is not a string: {other}")))
        }
        None => Err(Violation::new(Fault::Malformed, format!("{what} without an id"))),
    }
}

/// Checks a list that was returned with 200.
#[must_use]
pub fn check_list(exchange: &Exchange, response: &Response) -> Option<Violation> {
    let what = format!("GET {} returned 200", path(exchange));
    let Some(Value::Object(list)) = response.json() else {
        return Some(Violation::new(
            Fault::Malformed,
            format!("{what} with a body that is not a JSON object{}", excerpt(response)),
        ));
    };
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        match list.get(counter) {
            Some(value) if !value.is_u64() => {
                return Some(Violation::new(Fault::Counters, format!("{what} with {counter} {value}")));
            }
            None if counter == "totalResults" => {
                return Some(Violation::new(Fault::Counters, format!("{what} without totalResults")));
            }
            _ => {}
        }
    }
    match list.get("Resources") {
        // Without results the array may be omitted (RFC 7644 section 3.4.2).
        None if list.get("totalResults") == Some(&Value::from(0)) => None,
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => None,
        // So may a page past the end, or of length zero.
        None if list.get("itemsPerPage") == Some(&Value::from(0)) => None,
        _ => Some(Violation::new(Fault::Malformed, format!("{what} without an array of Resources"))),
    }
}

/// Checks a GET of a resource that must exist, with the expected values.
#[must_use]
pub fn check_present(
    exchange: &Exchange,
    after: &str,
    expect: &[Expect],
    filled: impl Fn(&Value) -> Value,
) -> Option<Violation> {
    let response = exchange.outcome.as_ref().ok()?;
    let what = format!("after {after}, GET {}", path(exchange));
    if response.status != 200 {
        return Some(Violation::new(Fault::Lost, format!("{what} returned {}{}", response.status, excerpt(response))));
    }
    let Some(Value::Object(resource)) = response.json() else {
        return Some(Violation::new(
            Fault::Malformed,
            format!("{what} returned 200 with a body that is not a JSON object{}", excerpt(response)),
        ));
    };
    expect.iter().find_map(|Expect { attribute, value }| {
        let (wanted, found) = (filled(value), resource.get(attribute));
        (found != Some(&wanted)).then(|| {
            // A resource with another ID may be that of a stranger.
            let is_own = resource.get("id").and_then(id_text) == exchange.request.subject().1;
            let found = match found {
                None => "no".to_owned(),
                Some(_) if !is_own => "another".to_owned(),
                Some(value) => value.to_string(),
            };
            Violation::new(Fault::Ignored, format!("{what} shows {found} {attribute} instead of {wanted}"))
        })
    })
}

/// Checks a GET of a resource whose deletion was acknowledged.
#[must_use]
pub fn check_gone(exchange: &Exchange) -> Option<Violation> {
    let status = exchange.outcome.as_ref().ok()?.status;
    (200..300)
        .contains(&status)
        .then(|| Violation::new(Fault::Undead, format!("after DELETE, GET {} returned {status}", path(exchange))))
}

/// Returns the reason why a body is not a SCIM Error. Okta accepts `status` as a string and as a number.
fn not_a_scim_error(response: &Response) -> Option<String> {
    let Some(Value::Object(error)) = response.json() else {
        return Some(format!("a body that is not a JSON object{}", excerpt(response)));
    };
    let schemas = error.get("schemas").and_then(Value::as_array);
    if !schemas.is_some_and(|schemas| schemas.iter().any(|urn| urn == message::ERROR)) {
        return Some(format!("a body whose schemas do not name {}", message::ERROR));
    }
    match error.get("status") {
        Some(Value::String(status)) if *status == response.status.to_string() => None,
        Some(Value::Number(status)) if status.as_u64() == Some(response.status.into()) => None,
        Some(other) => Some(format!("status {other} in its body")),
        None => Some("no status in its body".to_owned()),
    }
}

fn writes(method: Method) -> bool {
    matches!(method, Method::Post | Method::Put | Method::Patch)
}

/// Returns the path without its query, truncated.
fn path(exchange: &Exchange) -> String {
    let path = exchange.request.path.split('?').next().unwrap_or_default();
    truncate(path, 80)
}

/// Returns the beginning of a body, escaped, as the end of a sentence. A body that may be about others is not quoted.
fn excerpt(response: &Response) -> String {
    let has =
        |object: &serde_json::Map<String, Value>, name: &str| object.keys().any(|key| key.eq_ignore_ascii_case(name));
    match response.json() {
        Some(Value::Array(list)) => return format!(": an array of {} elements", list.len()),
        Some(Value::Object(object)) if has(&object, "Resources") => return ": a list".to_owned(),
        Some(Value::Object(object)) if has(&object, "id") => return ": a resource".to_owned(),
        None if response.body.trim_ascii_start().starts_with(b"{")
            || response.body.trim_ascii_start().starts_with(b"[") =>
        {
            return format!(": {} bytes of JSON that ends early", response.body.len());
        }
        _ => {}
    }
    let text = String::from_utf8_lossy(response.body.get(..200).unwrap_or(&response.body)).into_owned();
    if text.trim().is_empty() {
        " and an empty body".to_owned()
    } else {
        format!(": {}", truncate(&text.escape_debug().to_string(), 160))
    }
}

fn truncate(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

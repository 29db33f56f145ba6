//! What counts as a finding, and the sentence that says what was seen.

use serde_json::Value;

use super::case::Expect;
use crate::scim::message;
use crate::wire::{Exchange, Failure, Method, Response};

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    ServerError,
    NoAnswer,
    Cut,
    EndlessAnswer,
    NotAScimError,
    Malformed,
    Counters,
    Lost,
    Ignored,
    Undead,
    Swallowed,
}

impl Fault {
    /// Every fault with its name in reports and the reason why it is one.
    pub const ALL: [(Self, &'static str, &'static str); 11] = [
        (
            Self::ServerError,
            "server-error",
            "no request, however odd, is the server's own fault (RFC 9110 section 15.6)",
        ),
        (Self::NoAnswer, "no-answer", "a request without an answer holds a client up until its time is out"),
        (Self::Cut, "cut", "an answer that breaks off tells nothing about what was done"),
        (Self::EndlessAnswer, "endless-answer", "no SCIM answer is that large"),
        (
            Self::NotAScimError,
            "not-a-scim-error",
            "errors are SCIM Error messages (RFC 7644 section 3.12), whose detail Okta shows",
        ),
        (Self::Malformed, "malformed", "a success carries the resource or the list (RFC 7644 sections 3.3, 3.4)"),
        (Self::Counters, "counters", "totalResults, startIndex and itemsPerPage are integers (RFC 7644 section 3.4.2)"),
        (Self::Lost, "lost", "what was acknowledged can be read again (RFC 7644 section 3.3)"),
        (Self::Ignored, "ignored", "a change that was acknowledged is there afterwards (RFC 7644 section 3.5)"),
        (Self::Undead, "undead", "a deleted resource is 404 from then on (RFC 7644 section 3.6)"),
        (Self::Swallowed, "swallowed", "a body that is no JSON object is 400 invalidSyntax (RFC 7644 section 3.12)"),
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, ..)| *fault == self).map_or("", |(_, name, _)| name)
    }

    /// Why it is one.
    #[must_use]
    pub fn reason(self) -> &'static str {
        Self::ALL.iter().find(|(fault, ..)| *fault == self).map_or("", |(.., reason)| reason)
    }
}

/// A fault, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub fault: Fault,
    pub sentence: String,
}

impl Seen {
    fn new(fault: Fault, sentence: impl Into<String>) -> Self {
        Self { fault, sentence: sentence.into() }
    }
}

/// Answers that whatever stands in front of a SCIM server gives by itself: too large, too long, too many.
const IN_FRONT: [u16; 4] = [413, 414, 429, 431];

/// What is wrong with one exchange, seen by itself. `readable` says whether the body was a JSON object at all.
#[must_use]
pub fn exchange(exchange: &Exchange, readable: bool) -> Option<Seen> {
    let method = exchange.request.method;
    let what = format!("{} {}", method.as_str(), path(exchange));
    let answer = match &exchange.outcome {
        Ok(answer) => answer,
        Err(failure @ Failure::Timeout(_)) => return Some(Seen::new(Fault::NoAnswer, format!("{what}: {failure}"))),
        Err(failure @ Failure::Cut(_)) => return Some(Seen::new(Fault::Cut, format!("{what}: {failure}"))),
        Err(failure @ Failure::TooLarge(_)) => {
            return Some(Seen::new(Fault::EndlessAnswer, format!("{what}: {failure}")));
        }
        Err(_) => return None,
    };
    match answer.status {
        501 => None,
        500.. => Some(Seen::new(Fault::ServerError, format!("{what} answered {}{}", answer.status, excerpt(answer)))),
        400..500 if method != Method::Head && !IN_FRONT.contains(&answer.status) => scim_error(answer)
            .map(|why| Seen::new(Fault::NotAScimError, format!("{what} answered {} with {why}", answer.status))),
        200..300 if writes(method) && !readable => Some(Seen::new(
            Fault::Swallowed,
            format!("{what} answered {} to a body that is no JSON object", answer.status),
        )),
        _ => None,
    }
}

/// What is wrong with the answer to a create that was accepted; the id when nothing is.
pub fn created(exchange: &Exchange, answer: &Response) -> Result<String, Seen> {
    let what = format!("POST {} answered {}", path(exchange), answer.status);
    let Some(Value::Object(resource)) = answer.json() else {
        return Err(Seen::new(Fault::Malformed, format!("{what} without the resource{}", excerpt(answer))));
    };
    match resource.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(other) => Err(Seen::new(Fault::Malformed, format!("{what} with an id that is no string: {other}"))),
        None => Err(Seen::new(Fault::Malformed, format!("{what} without an id"))),
    }
}

/// What is wrong with a list that was answered with 200.
#[must_use]
pub fn list(exchange: &Exchange, answer: &Response) -> Option<Seen> {
    let what = format!("GET {} answered 200", path(exchange));
    let Some(Value::Object(list)) = answer.json() else {
        return Some(Seen::new(Fault::Malformed, format!("{what} with no JSON object{}", excerpt(answer))));
    };
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        match list.get(counter) {
            Some(value) if !value.is_u64() => {
                return Some(Seen::new(Fault::Counters, format!("{what} with {counter} {value}")));
            }
            None if counter == "totalResults" => {
                return Some(Seen::new(Fault::Counters, format!("{what} without totalResults")));
            }
            _ => {}
        }
    }
    match list.get("Resources") {
        // Without results the array may be left out (RFC 7644 section 3.4.2).
        None if list.get("totalResults") == Some(&Value::from(0)) => None,
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => None,
        // A page beyond the end, or of no length, has none either.
        None if list.get("itemsPerPage") == Some(&Value::from(0)) => None,
        _ => Some(Seen::new(Fault::Malformed, format!("{what} without an array of Resources"))),
    }
}

/// What is wrong with reading a resource that is there.
#[must_use]
pub fn still_there(
    exchange: &Exchange,
    after: &str,
    expect: &[Expect],
    filled: impl Fn(&Value) -> Value,
) -> Option<Seen> {
    let answer = exchange.outcome.as_ref().ok()?;
    let what = format!("after {after}, GET {}", path(exchange));
    if answer.status != 200 {
        return Some(Seen::new(Fault::Lost, format!("{what} answered {}{}", answer.status, excerpt(answer))));
    }
    let Some(Value::Object(resource)) = answer.json() else {
        return Some(Seen::new(
            Fault::Malformed,
            format!("{what} answered 200 with no JSON object{}", excerpt(answer)),
        ));
    };
    expect.iter().find_map(|Expect { attribute, value }| {
        let (wanted, found) = (filled(value), resource.get(attribute));
        (found != Some(&wanted)).then(|| {
            let found = found.map_or_else(|| "no".to_owned(), Value::to_string);
            Seen::new(Fault::Ignored, format!("{what} shows {found} {attribute} instead of {wanted}"))
        })
    })
}

/// What is wrong with reading a resource whose deletion was acknowledged.
#[must_use]
pub fn gone(exchange: &Exchange) -> Option<Seen> {
    let status = exchange.outcome.as_ref().ok()?.status;
    (200..300)
        .contains(&status)
        .then(|| Seen::new(Fault::Undead, format!("after DELETE, GET {} answered {status}", path(exchange))))
}

/// Why a body is no SCIM Error. Okta takes `status` as a string and as a number.
fn scim_error(answer: &Response) -> Option<String> {
    let Some(Value::Object(error)) = answer.json() else {
        return Some(format!("no JSON object{}", excerpt(answer)));
    };
    let schemas = error.get("schemas").and_then(Value::as_array);
    if !schemas.is_some_and(|schemas| schemas.iter().any(|urn| urn == message::ERROR)) {
        return Some(format!("a body whose schemas do not name {}", message::ERROR));
    }
    match error.get("status") {
        Some(Value::String(status)) if *status == answer.status.to_string() => None,
        Some(Value::Number(status)) if status.as_u64() == Some(answer.status.into()) => None,
        Some(other) => Some(format!("status {other} in its body")),
        None => Some("no status in its body".to_owned()),
    }
}

fn writes(method: Method) -> bool {
    matches!(method, Method::Post | Method::Put | Method::Patch)
}

/// The path without its query, shortened.
fn path(exchange: &Exchange) -> String {
    let path = exchange.request.path.split('?').next().unwrap_or_default();
    shorten(path, 80)
}

/// The start of a body, escaped, for a sentence.
fn excerpt(answer: &Response) -> String {
    let text = String::from_utf8_lossy(answer.body.get(..200).unwrap_or(&answer.body)).into_owned();
    if text.trim().is_empty() {
        " and an empty body".to_owned()
    } else {
        format!(": {}", shorten(&text.escape_debug().to_string(), 160))
    }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

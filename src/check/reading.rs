//! Reads exchanges for assertions: the request in words, bodies, lookups and members.

use std::time::Duration;

use serde_json::Value;

use super::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use super::requirement::Requirement;
pub use crate::scim::message::{attribute, resources};
use crate::wire::encode::decode;
pub use crate::wire::excerpt::excerpt;
use crate::wire::excerpt::truncate;
use crate::wire::{Exchange, Failure, Lookup, Response, id_text};

/// The requirements by which every response to Okta is judged, whatever the request.
pub const OF_EVERY_RESPONSE: [Requirement; 3] =
    [Requirement::ConnectionKept, Requirement::InTime, Requirement::ResponseTime];

/// The time from which on a response to Okta is slow.
const SLOW: Duration = Duration::from_secs(10);

/// Returns method and decoded path: `PATCH /Users/01K`.
#[must_use]
pub fn describe(exchange: &Exchange) -> String {
    format!("{} {}", exchange.request.method.as_str(), decode(&exchange.request.path))
}

/// Returns the response as the place of a difference: `the response to PATCH /Users/01K`.
#[must_use]
pub fn place(exchange: &Exchange) -> String {
    format!("the response to {}", describe(exchange))
}

/// Returns the request's body as JSON, null if it has none.
#[must_use]
pub fn sent_body(exchange: &Exchange) -> Value {
    exchange.request.body.as_ref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}

/// Returns the response, or the outcome of a request without one.
pub fn response(exchange: &Exchange) -> StepResult<&Response> {
    exchange.outcome.as_ref().map_err(|failure| match failure {
        Failure::GivenUp(text) => Outcome::Inconclusive(text.clone()),
        Failure::NotOurs(reason) => Outcome::Inconclusive(reason.to_string()),
        Failure::CutAgain(_) => without_response(exchange, Requirement::ConnectionKept, failure),
        Failure::Unanswered(_) => without_response(exchange, Requirement::InTime, failure),
        Failure::NotRepeated { .. } => Outcome::Blocked(failure.to_string()),
        other => Outcome::Inconclusive(format!("{} got no response: {other}", describe(exchange))),
    })
}

fn without_response(exchange: &Exchange, requirement: Requirement, failure: &Failure) -> Outcome {
    let subject = Subject::of_collection(&exchange.request.subject().0);
    let deviation = Deviation::new(requirement, Kind::NoResponse, "response", "a response", failure.to_string());
    deviation.at(describe(exchange)).about(subject).into()
}

/// Returns a note if a response to Okta was slow.
#[must_use]
pub fn slow(exchange: &Exchange) -> Option<Deviation> {
    exchange.response().filter(|_| exchange.duration >= SLOW)?;
    let actual = format!("{:.0} s", exchange.duration.as_secs_f64());
    let expected = format!("less than {} s", SLOW.as_secs());
    Some(Deviation::new(Requirement::ResponseTime, Kind::Changed, "time", expected, actual).at(place(exchange)))
}

/// Returns true if the status is a success.
#[must_use]
pub fn succeeded(exchange: &Exchange) -> bool {
    exchange.status().is_some_and(|status| (200..300).contains(&status))
}

/// Returns the response's body if it is a JSON object.
#[must_use]
pub fn object(exchange: &Exchange) -> Option<Value> {
    exchange.json().filter(Value::is_object)
}

/// Returns the status and the beginning of the body: `400 {"detail":"no"}`.
#[must_use]
pub fn status_and_body(response: &Response) -> String {
    format!("{} {}", response.status, excerpt(&response.body)).trim_end().to_owned()
}

/// Returns the attribute and value of an `eq` lookup.
#[must_use]
pub fn lookup(exchange: &Exchange) -> Option<(String, String)> {
    Lookup::of(&exchange.request.path).map(|lookup| (lookup.attribute, lookup.value))
}

/// Returns the IDs of members, sorted.
#[must_use]
pub fn member_ids(members: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = members.iter().filter_map(|member| id_text(member.get("value")?)).collect();
    ids.sort();
    ids
}

/// Joins a list for people, `none` if it is empty.
#[must_use]
pub fn join(ids: &[String]) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}

/// Returns a value for people, `nothing` if there is none.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| truncate(&value.to_string()))
}

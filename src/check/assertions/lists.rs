//! Assertions about lists and lookups.
//!
//! Resources of a list are judged only if the lookup names one of the run's own: the verdict must not depend on others in the
//! tenant.

use serde_json::Value;

use super::resources::representation;
use crate::check::outcome::{Deviation, Kind, Subject};
use crate::check::reading::{lookup, object, place, shown, status_and_body};
use crate::check::requirement::Requirement;
use crate::wire::encode::decode_query;
use crate::wire::{Exchange, Response};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

pub(super) fn judge_list(exchange: &Exchange, response: &Response, collection: &str) -> Vec<Deviation> {
    let subject = Subject::of_collection(collection);
    let at = place(exchange);
    let found = |requirement, kind, part: &str, expected: &str, actual: String| {
        Deviation::new(requirement, kind, part, expected, actual).at(at.as_str()).about(subject)
    };
    if response.status != 200 {
        // Okta takes a SCIM error with 404 for an empty result.
        let tolerated = response.status == 404 && lookup(exchange).is_some() && is_scim_error(response);
        let requirement = if tolerated { Requirement::LookupEmpty } else { Requirement::ListStatus };
        return vec![wrong_status(exchange, response, requirement, "200").about(subject)];
    }
    let Some(body) = object(exchange) else {
        // A list of others must not reach the report.
        let actual = match exchange.json() {
            _ if response.body.is_empty() => "an empty body".to_owned(),
            Some(Value::Array(list)) => format!("an array of {} elements", list.len()),
            _ => status_and_body(response),
        };
        return vec![found(Requirement::JsonBody, Kind::WrongType, "body", "a JSON object", actual)];
    };
    let mut faults = Vec::new();
    let schemas = body.get("schemas").and_then(Value::as_array).cloned().unwrap_or_default();
    if !schemas.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(LIST))) {
        let actual = shown(body.get("schemas"));
        faults.push(found(Requirement::ListSchemas, Kind::Missing, "schemas", &format!("[{LIST:?}]"), actual));
    }
    let resources = match get(&body, "Resources", &mut faults, &found) {
        Some(Value::Array(list)) => list.clone(),
        other => {
            let kind = if other.is_none() { Kind::Missing } else { Kind::WrongType };
            let actual = if other.is_some_and(Value::is_object) { "an object".to_owned() } else { shown(other) };
            faults.push(found(Requirement::ListResources, kind, "Resources", "an array", actual));
            return faults;
        }
    };
    faults.extend(judge_counters(exchange, &body, resources.len(), &found));
    if let Some((attribute, value)) = lookup(exchange) {
        faults.extend(judge_matches(&attribute, &value, &resources, collection, &at));
    }
    faults
}

/// Returns a value by its key. A key in another letter case is a note, since Okta tolerates it.
fn get<'a>(
    body: &'a Value,
    name: &str,
    faults: &mut Vec<Deviation>,
    found: &impl Fn(Requirement, Kind, &str, &str, String) -> Deviation,
) -> Option<&'a Value> {
    if let Some(value) = body.get(name) {
        return Some(value);
    }
    let (key, value) = body.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    faults.push(found(Requirement::ListKeys, Kind::Changed, "keys", name, key.clone()));
    Some(value)
}

fn judge_counters(
    exchange: &Exchange,
    body: &Value,
    listed: usize,
    found: &impl Fn(Requirement, Kind, &str, &str, String) -> Deviation,
) -> Vec<Deviation> {
    let mut faults = Vec::new();
    let mut counters = Vec::new();
    for name in ["totalResults", "startIndex", "itemsPerPage"] {
        match get(body, name, &mut faults, found) {
            Some(Value::Number(number)) => counters.push((name, number.as_u64())),
            None if name != "totalResults" => {}
            other => {
                let kind = if other.is_none() { Kind::Missing } else { Kind::WrongType };
                faults.push(found(Requirement::ListCounters, kind, name, "a number", shown(other)));
            }
        }
    }
    let counter = |name: &str| counters.iter().find(|(have, _)| *have == name).and_then(|(_, number)| *number);
    let listed = u64::try_from(listed).unwrap_or(u64::MAX);
    if let Some(total) = counter("totalResults").filter(|total| *total < listed) {
        let expected = format!("at least {listed}");
        faults.push(found(Requirement::ListTotal, Kind::Changed, "totalResults", &expected, total.to_string()));
    }
    if let Some(count) = counter("itemsPerPage").filter(|count| *count != listed) {
        let (expected, actual) = (listed.to_string(), count.to_string());
        faults.push(found(Requirement::ItemsPerPage, Kind::Changed, "itemsPerPage", &expected, actual));
    }
    if let Some(count) = parameter(exchange, "count").filter(|count| *count < listed) {
        let (expected, actual) = (format!("at most {count}"), format!("{listed} resources"));
        faults.push(found(Requirement::ListPage, Kind::Extra, "resources", &expected, actual));
    }
    faults
}

fn parameter(exchange: &Exchange, name: &str) -> Option<u64> {
    let query = exchange.request.path.split_once('?')?.1;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| decode_query(value)).next()?;
    value.parse().ok()
}

/// Judges the matches of a lookup for a name that only this run uses. Others are counted, never quoted.
fn judge_matches(attribute: &str, value: &str, resources: &[Value], collection: &str, at: &str) -> Vec<Deviation> {
    let subject = Subject::of_collection(collection);
    let matches = |resource: &&Value| {
        resource.get(attribute).and_then(Value::as_str).is_some_and(|have| have.eq_ignore_ascii_case(value))
    };
    let own: Vec<&Value> = resources.iter().filter(matches).collect();
    let mut faults: Vec<Deviation> = own.iter().flat_map(|one| representation(one, subject, at)).collect();
    if own.len() < resources.len() {
        let requirement = match subject {
            Subject::Group => Requirement::GroupLookupMatches,
            _ => Requirement::LookupMatches,
        };
        let actual = format!("{} of {} results with another {attribute}", resources.len() - own.len(), resources.len());
        let expected = format!("only resources whose {attribute} is {value:?}");
        faults.push(Deviation::new(requirement, Kind::Extra, "results", expected, actual).at(at).about(subject));
    }
    faults
}

/// Builds the deviation of a wrong status.
pub(super) fn wrong_status(
    exchange: &Exchange,
    response: &Response,
    requirement: Requirement,
    expected: &str,
) -> Deviation {
    let place = crate::check::reading::describe(exchange);
    let deviation = Deviation::new(requirement, Kind::WrongStatus, "status", expected, status_and_body(response));
    Deviation { status: Some(response.status), ..deviation }.at(place)
}

/// Returns true if the body is a SCIM error.
#[must_use]
pub fn is_scim_error(response: &Response) -> bool {
    let body = response.json().unwrap_or_default();
    let schemas = body.get("schemas").and_then(Value::as_array).cloned().unwrap_or_default();
    schemas.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(ERROR)))
}

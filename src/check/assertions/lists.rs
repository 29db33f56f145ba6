//! Assertions about lists and lookups.
//!
//! Resources of a list are judged only if the lookup names one of the run's own: the verdict must not depend on others in the
//! tenant.

use serde_json::Value;

use super::assessment::Assessment;
use super::resources::representation;
use crate::check::outcome::{Deviation, Kind, Subject};
use crate::check::reading::{lookup, object, place, shown, status_and_body};
use crate::check::requirement::Requirement;
use crate::wire::encode::decode_query;
use crate::wire::{Exchange, Lookup, Response};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

pub(super) fn judge_list(exchange: &Exchange, response: &Response, collection: &str) -> Assessment {
    let subject = Subject::of_collection(collection);
    let at = place(exchange);
    let found = |requirement, kind, part: &str, expected: &str, actual: String| {
        Deviation::new(requirement, kind, part, expected, actual).at(at.as_str()).about(subject)
    };
    if response.status != 200 {
        // Okta takes a SCIM error with 404 for an empty result.
        let tolerated = response.status == 404 && lookup(exchange).is_some() && is_scim_error(response);
        let requirement = if tolerated { Requirement::LookupEmpty } else { Requirement::ListStatus };
        return wrong_status(exchange, response, requirement, "200").about(subject).into();
    }
    let mut all = Assessment::default();
    all.note([Requirement::ListStatus, Requirement::JsonBody]);
    let Some(body) = object(exchange) else {
        // A list of others must not reach the report.
        let actual = match exchange.json() {
            _ if response.body.is_empty() => "an empty body".to_owned(),
            Some(Value::Array(list)) => format!("an array of {} elements", list.len()),
            _ => status_and_body(response),
        };
        return all.with(found(Requirement::JsonBody, Kind::WrongType, "body", "a JSON object", actual));
    };
    all.note([Requirement::ListSchemas, Requirement::ListResources]);
    let schemas = body.get("schemas").and_then(Value::as_array).cloned().unwrap_or_default();
    if !schemas.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(LIST))) {
        let actual = shown(body.get("schemas"));
        all.report(found(Requirement::ListSchemas, Kind::Missing, "schemas", &format!("[{LIST:?}]"), actual));
    }
    let resources = match get(&body, "Resources", &mut all, &found) {
        Some(Value::Array(list)) => list.clone(),
        other => {
            let kind = if other.is_none() { Kind::Missing } else { Kind::WrongType };
            let actual = if other.is_some_and(Value::is_object) { "an object".to_owned() } else { shown(other) };
            return all.with(found(Requirement::ListResources, kind, "Resources", "an array", actual));
        }
    };
    judge_counters(exchange, &body, resources.len(), &mut all, &found);
    if let Some(lookup) = Lookup::of(&exchange.request.path) {
        if resources.is_empty() {
            all.note([Requirement::LookupEmpty]);
        }
        all.extend(judge_matches(&lookup, &resources, collection, &at));
    }
    all
}

/// Returns a value by its key. A key in another letter case is a note, since Okta tolerates it.
fn get<'a>(
    body: &'a Value,
    name: &str,
    all: &mut Assessment,
    found: &impl Fn(Requirement, Kind, &str, &str, String) -> Deviation,
) -> Option<&'a Value> {
    all.note([Requirement::ListKeys]);
    if let Some(value) = body.get(name) {
        return Some(value);
    }
    let (key, value) = body.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    all.report(found(Requirement::ListKeys, Kind::Changed, "keys", name, key.clone()));
    Some(value)
}

fn judge_counters(
    exchange: &Exchange,
    body: &Value,
    listed: usize,
    all: &mut Assessment,
    found: &impl Fn(Requirement, Kind, &str, &str, String) -> Deviation,
) {
    all.note([Requirement::ListCounters]);
    let mut counters = Vec::new();
    for name in ["totalResults", "startIndex", "itemsPerPage"] {
        match get(body, name, all, found) {
            Some(Value::Number(number)) => counters.push((name, number.as_u64())),
            None if name != "totalResults" => {}
            other => {
                let kind = if other.is_none() { Kind::Missing } else { Kind::WrongType };
                all.report(found(Requirement::ListCounters, kind, name, "a number", shown(other)));
            }
        }
    }
    let counter = |name: &str| counters.iter().find(|(have, _)| *have == name).and_then(|(_, number)| *number);
    let listed = u64::try_from(listed).unwrap_or(u64::MAX);
    if let Some(total) = counter("totalResults") {
        all.note([Requirement::ListTotal]);
        if total < listed {
            let expected = format!("at least {listed}");
            all.report(found(Requirement::ListTotal, Kind::Changed, "totalResults", &expected, total.to_string()));
        }
    }
    if let Some(count) = counter("itemsPerPage") {
        all.note([Requirement::ItemsPerPage]);
        if count != listed {
            let (expected, actual) = (listed.to_string(), count.to_string());
            all.report(found(Requirement::ItemsPerPage, Kind::Changed, "itemsPerPage", &expected, actual));
        }
    }
    if let Some(count) = parameter(exchange, "count") {
        all.note([Requirement::ListPage]);
        if count < listed {
            let (expected, actual) = (format!("at most {count}"), format!("{listed} resources"));
            all.report(found(Requirement::ListPage, Kind::Extra, "resources", &expected, actual));
        }
    }
}

fn parameter(exchange: &Exchange, name: &str) -> Option<u64> {
    let query = exchange.request.path.split_once('?')?.1;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| decode_query(value)).next()?;
    value.parse().ok()
}

/// Judges the matches of a lookup for a name that only this run uses. Others are counted, never quoted.
fn judge_matches(lookup: &Lookup, resources: &[Value], collection: &str, at: &str) -> Assessment {
    let (subject, Lookup { attribute, value }) = (Subject::of_collection(collection), lookup);
    let matches = |resource: &&Value| lookup.shown_by(resource).is_some_and(|name| lookup.asks_for(name));
    let own: Vec<&Value> = resources.iter().filter(matches).collect();
    let requirement = match subject {
        Subject::Group => Requirement::GroupLookupMatches,
        _ => Requirement::LookupMatches,
    };
    let mut all = Assessment::default();
    all.note([requirement]);
    for one in &own {
        all.extend(representation(one, subject, at));
    }
    let found = |expected: String, actual: String| {
        Deviation::new(requirement, Kind::Extra, "results", expected, actual).at(at).about(subject)
    };
    if own.len() < resources.len() {
        let actual = format!("{} of {} results with another {attribute}", resources.len() - own.len(), resources.len());
        all.report(found(format!("only resources whose {attribute} is {value:?}"), actual));
    } else if let Some(times) = own.iter().map(|one| times_listed(&own, one)).find(|times| *times > 1) {
        // Okta takes a resource that is listed twice for two.
        let expected = format!("one resource whose {attribute} is {value:?}");
        all.report(found(expected, format!("{times} times the same resource")));
    }
    all
}

fn times_listed(resources: &[&Value], resource: &Value) -> usize {
    resources.iter().filter(|other| other.get("id") == resource.get("id")).count()
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

//! Assertions about the responses to POST, PUT, PATCH and DELETE.

use serde_json::{Map, Value};

use super::assessment::Assessment;
use super::lists::wrong_status;
use super::resources::representation;
use crate::check::leaves;
use crate::check::outcome::{Deviation, Kind, Subject};
use crate::check::reading::{join, member_ids, object, place, sent_body, shown, status_and_body, succeeded};
use crate::check::requirement::Requirement;
use crate::scim::schema::ENTERPRISE;
use crate::wire::{Exchange, Response};

/// The attributes whose values Okta's documentation shows in responses.
const SHOWN: [&str; 5] = ["userName", "name", "emails", "active", "displayName"];

pub(super) fn judge_create(exchange: &Exchange, response: &Response, collection: &str) -> Assessment {
    let subject = Subject::of_collection(collection);
    let (accepted, status) = match subject {
        Subject::Group => (Requirement::GroupCreateAccepted, Requirement::GroupCreateStatus),
        _ => (Requirement::CreateAccepted, Requirement::CreateStatus),
    };
    let sent = sent_body(exchange);
    let non_ascii = sent.get("userName").and_then(Value::as_str).is_some_and(|name| !name.is_ascii());
    let custom =
        sent.as_object().is_some_and(|user| user.keys().any(|key| key.starts_with("urn:") && key != ENTERPRISE));
    if !succeeded(exchange) {
        let requirement = match response.status {
            400..500 if non_ascii => Requirement::NonAsciiUserName,
            400..500 if custom => Requirement::CustomExtension,
            _ => accepted,
        };
        return wrong_status(exchange, response, requirement, "201").about(subject).into();
    }
    let at = place(exchange);
    let mut all = Assessment::default();
    all.note([accepted, status, Requirement::CreateLocation, Requirement::CreateBody]);
    if non_ascii {
        all.note([Requirement::NonAsciiUserName]);
    }
    if custom {
        all.note([Requirement::CustomExtension]);
    }
    if response.status != 201 {
        all.report(wrong_status(exchange, response, status, "201").about(subject));
    }
    if response.header("location").is_none_or(str::is_empty) {
        let fault = Deviation::new(Requirement::CreateLocation, Kind::Missing, "Location header", "a URL", "nothing");
        all.report(fault.at(at.as_str()).about(subject));
    }
    match object(exchange) {
        Some(body) => {
            all.extend(representation(&body, subject, &at));
            all.extend(echo(exchange, &body, subject, Requirement::CreateEcho));
            all.extend(all_members_echo(exchange, &body, subject).unwrap_or_default());
        }
        None => all.report(no_resource(exchange, response, subject, Requirement::CreateBody)),
    }
    all
}

pub(super) fn judge_put(exchange: &Exchange, response: &Response, collection: &str) -> Assessment {
    let subject = Subject::of_collection(collection);
    let accepted = if subject == Subject::Group { Requirement::GroupPutAccepted } else { Requirement::PutAccepted };
    let has_password = sent_body(exchange).get("password").is_some();
    let accepted = if has_password { Requirement::PasswordAccepted } else { accepted };
    if !succeeded(exchange) {
        return wrong_status(exchange, response, accepted, "200").about(subject).into();
    }
    let mut all = Assessment::default();
    all.note([accepted, Requirement::PutBody]);
    match object(exchange) {
        Some(body) if response.status == 200 => {
            all.extend(representation(&body, subject, &place(exchange)));
            all.extend(echo(exchange, &body, subject, Requirement::PutEcho));
            all.extend(all_members_echo(exchange, &body, subject).unwrap_or_default());
        }
        _ => all.report(no_resource(exchange, response, subject, Requirement::PutBody)),
    }
    all
}

pub(super) fn judge_patch(exchange: &Exchange, response: &Response, collection: &str) -> Assessment {
    let subject = Subject::of_collection(collection);
    let sent = sent_body(exchange);
    let operations: Vec<&Value> = sent.get("Operations").and_then(Value::as_array).into_iter().flatten().collect();
    let pathless = operations.iter().any(|operation| operation.get("path").is_none());
    let sets_password = |operation: &&Value| operation.get("value").and_then(|value| value.get("password")).is_some();
    let names_members = |operation: &&Value| operation.get("value").is_some_and(|value| value.get("members").is_some());
    let accepted = match subject {
        Subject::Group if operations.iter().any(names_members) => Requirement::PathlessMembers,
        Subject::Group if pathless => Requirement::GroupRenameAccepted,
        Subject::Group => Requirement::GroupPatchAccepted,
        _ if operations.iter().any(sets_password) => Requirement::PasswordAccepted,
        _ => Requirement::PatchAccepted,
    };
    if !succeeded(exchange) {
        return wrong_status(exchange, response, accepted, "200 or 204").about(subject).into();
    }
    let mut all = Assessment::default();
    all.note([accepted, Requirement::PatchBody]);
    if response.status == 204 {
        return all;
    }
    let Some(body) = object(exchange) else {
        return all.with(no_resource(exchange, response, subject, Requirement::PatchBody));
    };
    all.extend(representation(&body, subject, &place(exchange)));
    for operation in operations {
        let op = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        match (operation.get("path").and_then(Value::as_str), operation.get("value")) {
            (None, Some(Value::Object(values))) => {
                all.extend(echo_of(exchange, values, &body, subject, Requirement::PatchEcho));
            }
            (Some("members"), Some(Value::Array(members))) => {
                all.extend(members_echo(exchange, op, members, &body).unwrap_or_default());
            }
            (Some(path), None) if op == "remove" => {
                all.extend(removed_echo(exchange, path, &body).unwrap_or_default());
            }
            _ => {}
        }
    }
    all
}

pub(super) fn judge_delete(exchange: &Exchange, response: &Response) -> Assessment {
    let mut all = Assessment::default();
    all.note([Requirement::GroupDeleted]);
    if succeeded(exchange) {
        return all;
    }
    all.with(wrong_status(exchange, response, Requirement::GroupDeleted, "204").about(Subject::Group))
}

fn no_resource(exchange: &Exchange, response: &Response, subject: Subject, requirement: Requirement) -> Deviation {
    let actual = match (response.status, response.body.is_empty()) {
        (status, true) => format!("{status} with an empty body"),
        _ => status_and_body(response),
    };
    Deviation::new(requirement, Kind::Missing, "resource", "the resource as a JSON object", actual)
        .at(place(exchange))
        .about(subject)
}

fn echo(exchange: &Exchange, body: &Value, subject: Subject, requirement: Requirement) -> Assessment {
    let sent = sent_body(exchange);
    let values = sent.as_object().into_iter().flatten();
    let values: Map<String, Value> = values
        .filter(|(name, _)| SHOWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    echo_of(exchange, &values, body, subject, requirement)
}

/// Returns the values that the response shows otherwise. Of those that it does not show, Okta needs none.
fn echo_of(
    exchange: &Exchange,
    values: &Map<String, Value>,
    body: &Value,
    subject: Subject,
    requirement: Requirement,
) -> Assessment {
    let mut all = Assessment::default();
    all.note([requirement]);
    let leaves = leaves::differences(&Value::Object(values.clone()), Some(body));
    let other = leaves.into_iter().filter(|leaf| leaf.have.as_ref().is_some_and(|have| same_type(have, &leaf.sent)));
    for leaf in other.filter(|leaf| !leaf.path.iter().any(|part| part == "password")) {
        let (expected, actual) = (leaf.sent.to_string(), shown(leaf.have.as_ref()));
        let fault = Deviation::new(requirement, Kind::Changed, leaf.name(), expected, actual);
        all.report(fault.at(place(exchange)).about(subject));
    }
    all
}

/// Returns true if two values have the same JSON type. A value of another type has a requirement of its own.
fn same_type(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// Compares the members of a response with those of a document that names all of them.
fn all_members_echo(exchange: &Exchange, body: &Value, subject: Subject) -> Option<Assessment> {
    let sent = sent_body(exchange);
    let members = sent.get("members").and_then(Value::as_array).filter(|_| subject == Subject::Group)?;
    members_echo(exchange, "replace", members, body)
}

fn members_echo(exchange: &Exchange, op: &str, sent: &[Value], body: &Value) -> Option<Assessment> {
    // Okta accepts a response without members.
    let have = member_ids(body.get("members").and_then(Value::as_array)?);
    let sent = member_ids(sent);
    let fits = if op == "replace" { have == sent } else { sent.iter().all(|id| have.contains(id)) };
    let expected = format!("{}{}", if op == "replace" { "" } else { "with " }, join(&sent));
    Some(members_agree(exchange, fits, expected, &have))
}

fn removed_echo(exchange: &Exchange, path: &str, body: &Value) -> Option<Assessment> {
    let have = member_ids(body.get("members").and_then(Value::as_array)?);
    let id = path.split('"').nth(1)?;
    let fits = !have.iter().any(|member| member == id);
    Some(members_agree(exchange, fits, format!("without {id}"), &have))
}

/// Judges the members in a response, which are those after the write if they `fit`.
fn members_agree(exchange: &Exchange, fit: bool, expected: String, have: &[String]) -> Assessment {
    let mut all = Assessment::default();
    all.note([Requirement::MembersEcho]);
    if fit {
        return all;
    }
    let fault = Deviation::new(Requirement::MembersEcho, Kind::Changed, "members", expected, join(have));
    all.with(fault.at(place(exchange)).about(Subject::Group))
}

//! Assertions about the responses to POST, PUT, PATCH and DELETE.

use serde_json::{Map, Value};

use super::lists::wrong_status;
use super::resources::representation;
use crate::check::leaves;
use crate::check::outcome::{Deviation, Kind, Subject};
use crate::check::reading::{join, member_ids, object, place, sent_body, shown, status_and_body, succeeded};
use crate::check::requirement::Requirement;
use crate::wire::{Exchange, Response};

/// The attributes whose values Okta's documentation shows in responses.
const SHOWN: [&str; 5] = ["userName", "name", "emails", "active", "displayName"];

pub(super) fn judge_create(exchange: &Exchange, response: &Response, collection: &str) -> Vec<Deviation> {
    let subject = Subject::of_collection(collection);
    let (accepted, status) = match subject {
        Subject::Group => (Requirement::GroupCreateAccepted, Requirement::GroupCreateStatus),
        _ => (Requirement::CreateAccepted, Requirement::CreateStatus),
    };
    if !succeeded(exchange) {
        let non_ascii =
            sent_body(exchange).get("userName").and_then(Value::as_str).is_some_and(|name| !name.is_ascii());
        let is_note = non_ascii && (400..500).contains(&response.status);
        let requirement = if is_note { Requirement::NonAsciiUserName } else { accepted };
        return vec![wrong_status(exchange, response, requirement, "201").about(subject)];
    }
    let at = place(exchange);
    let mut faults = Vec::new();
    if response.status != 201 {
        faults.push(wrong_status(exchange, response, status, "201").about(subject));
    }
    if response.header("location").is_none_or(str::is_empty) {
        let fault = Deviation::new(Requirement::CreateLocation, Kind::Missing, "Location header", "a URL", "nothing");
        faults.push(fault.at(at.as_str()).about(subject));
    }
    match object(exchange) {
        Some(body) => {
            faults.extend(representation(&body, subject, &at));
            faults.extend(echo(exchange, &body, subject, Requirement::CreateEcho));
        }
        None => faults.push(no_resource(exchange, response, subject, Requirement::CreateBody)),
    }
    faults
}

pub(super) fn judge_put(exchange: &Exchange, response: &Response, collection: &str) -> Vec<Deviation> {
    let subject = Subject::of_collection(collection);
    let accepted = if subject == Subject::Group { Requirement::GroupPutAccepted } else { Requirement::PutAccepted };
    if !succeeded(exchange) {
        let has_password = sent_body(exchange).get("password").is_some();
        let accepted = if has_password { Requirement::PasswordAccepted } else { accepted };
        return vec![wrong_status(exchange, response, accepted, "200").about(subject)];
    }
    match object(exchange) {
        Some(body) if response.status == 200 => {
            let mut faults = representation(&body, subject, &place(exchange));
            faults.extend(echo(exchange, &body, subject, Requirement::PutEcho));
            faults
        }
        _ => vec![no_resource(exchange, response, subject, Requirement::PutBody)],
    }
}

pub(super) fn judge_patch(exchange: &Exchange, response: &Response, collection: &str) -> Vec<Deviation> {
    let subject = Subject::of_collection(collection);
    let sent = sent_body(exchange);
    let operations: Vec<&Value> = sent.get("Operations").and_then(Value::as_array).into_iter().flatten().collect();
    if !succeeded(exchange) {
        let pathless = operations.iter().any(|operation| operation.get("path").is_none());
        let accepted = match subject {
            Subject::Group if pathless => Requirement::GroupRenameAccepted,
            Subject::Group => Requirement::GroupPatchAccepted,
            _ if operations
                .iter()
                .any(|operation| operation.get("value").and_then(|v| v.get("password")).is_some()) =>
            {
                Requirement::PasswordAccepted
            }
            _ => Requirement::PatchAccepted,
        };
        return vec![wrong_status(exchange, response, accepted, "200 or 204").about(subject)];
    }
    if response.status == 204 {
        return Vec::new();
    }
    let Some(body) = object(exchange) else {
        return vec![no_resource(exchange, response, subject, Requirement::PatchBody)];
    };
    let mut faults = representation(&body, subject, &place(exchange));
    for operation in operations {
        let op = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        match (operation.get("path").and_then(Value::as_str), operation.get("value")) {
            (None, Some(Value::Object(values))) => {
                faults.extend(echo_of(exchange, values, &body, subject, Requirement::PatchEcho));
            }
            (Some("members"), Some(Value::Array(members))) => {
                faults.extend(members_echo(exchange, op, members, &body));
            }
            (Some(path), None) if op == "remove" => faults.extend(removed_echo(exchange, path, &body)),
            _ => {}
        }
    }
    faults
}

pub(super) fn judge_delete(exchange: &Exchange, response: &Response) -> Vec<Deviation> {
    if succeeded(exchange) {
        return Vec::new();
    }
    vec![wrong_status(exchange, response, Requirement::GroupDeleted, "204").about(Subject::Group)]
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

fn echo(exchange: &Exchange, body: &Value, subject: Subject, requirement: Requirement) -> Vec<Deviation> {
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
) -> Vec<Deviation> {
    let leaves = leaves::differences(&Value::Object(values.clone()), Some(body));
    let other = leaves.into_iter().filter(|leaf| leaf.have.as_ref().is_some_and(|have| same_type(have, &leaf.sent)));
    other
        .filter(|leaf| !leaf.path.iter().any(|part| part == "password"))
        .map(|leaf| {
            let (expected, actual) = (leaf.sent.to_string(), shown(leaf.have.as_ref()));
            Deviation::new(requirement, Kind::Changed, leaf.name(), expected, actual).at(place(exchange)).about(subject)
        })
        .collect()
}

/// Returns true if two values have the same JSON type. A value of another type has a requirement of its own.
fn same_type(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn members_echo(exchange: &Exchange, op: &str, sent: &[Value], body: &Value) -> Option<Deviation> {
    // Okta accepts a response without members.
    let have = member_ids(body.get("members").and_then(Value::as_array)?);
    let sent = member_ids(sent);
    let fits = if op == "replace" { have == sent } else { sent.iter().all(|id| have.contains(id)) };
    let expected = format!("{}{}", if op == "replace" { "" } else { "with " }, join(&sent));
    (!fits).then(|| members_differ(exchange, expected, &have))
}

fn removed_echo(exchange: &Exchange, path: &str, body: &Value) -> Option<Deviation> {
    let have = member_ids(body.get("members").and_then(Value::as_array)?);
    let id = path.split('"').nth(1)?;
    have.iter().any(|member| member == id).then(|| members_differ(exchange, format!("without {id}"), &have))
}

fn members_differ(exchange: &Exchange, expected: String, have: &[String]) -> Deviation {
    Deviation::new(Requirement::MembersEcho, Kind::Changed, "members", expected, join(have))
        .at(place(exchange))
        .about(Subject::Group)
}

//! Assertions about a resource in a response, and about GET by ID.

use serde_json::Value;

use super::assessment::Assessment;
use crate::check::outcome::{Deviation, Kind, Subject};
use crate::check::reading::{describe, object, place, shown, status_and_body};
use crate::check::requirement::Requirement;
use crate::wire::{Exchange, Response};

/// Returns what a representation of a resource lacks.
pub(super) fn representation(resource: &Value, subject: Subject, at: &str) -> Assessment {
    let mut all = Assessment::default();
    all.note([Requirement::IdReturned, Requirement::IdString, Requirement::PasswordReturned]);
    let mut add = |requirement, kind, part: &str, expected: &str, actual: String| {
        all.report(Deviation::new(requirement, kind, part, expected, actual).at(at).about(subject));
    };
    match resource.get("id") {
        Some(Value::String(id)) if !id.is_empty() => {}
        // Reports replace IDs by the keys of the feature, which would hide the type.
        Some(Value::Number(_)) => {
            add(Requirement::IdString, Kind::WrongType, "id", "a string", "a number".to_owned());
        }
        other => add(Requirement::IdReturned, Kind::Missing, "id", "a string that is not empty", shown(other)),
    }
    let (name, requirement) = match subject {
        Subject::Group => ("displayName", Requirement::GroupNameReturned),
        _ => ("userName", Requirement::UserNameReturned),
    };
    let is_user = subject == Subject::User;
    if resource.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
        add(requirement, Kind::Missing, name, "a string that is not empty", shown(resource.get(name)));
    }
    if is_user {
        match resource.get("active") {
            Some(Value::Bool(_)) => {}
            None | Some(Value::Null) => {
                add(Requirement::ActiveReturned, Kind::Missing, "active", "true or false", "nothing".to_owned());
            }
            other => add(Requirement::ActiveBoolean, Kind::WrongType, "active", "true or false", shown(other)),
        }
    }
    if resource.get("password").is_some_and(|password| !password.is_null()) {
        add(Requirement::PasswordReturned, Kind::Extra, "password", "no password", "a password".to_owned());
    }
    all.note([requirement]);
    if is_user {
        all.note([Requirement::ActiveReturned, Requirement::ActiveBoolean]);
    }
    all
}

pub(super) fn judge_read(exchange: &Exchange, response: &Response, collection: &str) -> Assessment {
    let subject = Subject::of_collection(collection);
    let requirement = if subject == Subject::Group { Requirement::GroupRead } else { Requirement::ReadStatus };
    if response.status != 200 {
        let deviation = Deviation::new(requirement, Kind::WrongStatus, "status", "200", status_and_body(response));
        return Deviation { status: Some(response.status), ..deviation }.at(describe(exchange)).about(subject).into();
    }
    let mut all = Assessment::default();
    all.note([requirement, Requirement::JsonBody]);
    let at = place(exchange);
    let Some(body) = object(exchange) else {
        let fault = Deviation::new(Requirement::JsonBody, Kind::WrongType, "body", "a JSON object", {
            if response.body.is_empty() { "an empty body".to_owned() } else { status_and_body(response) }
        });
        return all.with(fault.at(at).about(subject));
    };
    all.extend(representation(&body, subject, &at));
    all.note([Requirement::OwnId]);
    let asked = exchange.request.subject().1.unwrap_or_default();
    if let Some(id) = body.get("id").and_then(Value::as_str).filter(|id| *id != asked) {
        let fault = Deviation::new(Requirement::OwnId, Kind::Changed, "id", format!("{asked:?}"), format!("{id:?}"));
        all.report(fault.at(at).about(subject));
    }
    all
}

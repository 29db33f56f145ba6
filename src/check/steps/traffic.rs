//! What goes over the wire after an action.
//!
//! A request is written in one line: method, decoded path, and what its body says. Ids, userNames and display names are
//! the keys of the feature: `PATCH /Groups/crew remove ben, add cyd`.

use serde_json::Value;

use super::{Args, StepDef, step};
use crate::check::judge;
use crate::check::outcome::{Judged, Outcome};
use crate::check::people::Cast;
use crate::check::world::World;
use crate::okta::ClientKind;
use crate::wire::{Exchange, Method};

pub(super) const STEPS: &[StepDef] = &[
    step!("Okta sends", Target, sends),
    step!("Okta sends nothing", Target, sends_nothing),
    step!("the server answers as Okta needs", Target, answers),
    step!("the administrator sees no error", Target, no_error),
    step!("the administrator sees an error about \"([^\"]+)\"", Target, sees_error),
];

async fn sends(world: &mut World, args: &Args) -> Judged {
    let expected = for_client(world.client, &args.table)?;
    compare(world, &expected)
}

async fn sends_nothing(world: &mut World, _: &Args) -> Judged {
    compare(world, &[])
}

fn compare(world: &World, expected: &[String]) -> Judged {
    let actual: Vec<String> = world.last_traffic().map(|exchange| line(exchange, &world.cast)).collect();
    if actual == expected {
        return Ok(());
    }
    let sentence = match (expected, actual.as_slice()) {
        ([], [first, ..]) => format!("Okta sends {first} where it should send nothing"),
        (_, []) => format!("Okta sends nothing{}", stopped_by(world)),
        _ => {
            let at = actual.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(actual.len().min(expected.len()));
            if let Some(seen) = actual.get(at) {
                format!("after what the server answered, Okta's request {} is {seen}", at + 1)
            } else {
                let requests = if at == 1 { "request" } else { "requests" };
                format!("after what the server answered, Okta stops after {at} {requests}{}", stopped_by(world))
            }
        }
    };
    Err(Outcome::deviation(sentence, shown(expected), shown(&actual)))
}

/// What Okta told the administrator when it stopped.
fn stopped_by(world: &World) -> String {
    world.tasks.first().map(|task| format!(": {task}")).unwrap_or_default()
}

fn shown(lines: &[String]) -> String {
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n") }
}

/// The rows of a table for one client: a table headed `both` holds for both, else each client has a column.
fn for_client(client: ClientKind, table: &[Vec<String>]) -> Judged<Vec<String>> {
    let wanted = client.as_str();
    let (head, rows) = table.split_first().ok_or_else(|| Outcome::Mistake("the step needs a table".to_owned()))?;
    let column = head
        .iter()
        .position(|name| name == wanted || name == "both")
        .ok_or_else(|| Outcome::Mistake(format!("the table has no column {wanted:?} and no column \"both\"")))?;
    let cells = rows.iter().filter_map(|row| row.get(column));
    Ok(cells.filter(|cell| !cell.is_empty()).cloned().collect())
}

/// A request in one line, in the words of the feature.
#[must_use]
pub(crate) fn line(exchange: &Exchange, cast: &Cast) -> String {
    let request = judge::describe(exchange);
    let body = judge::sent(exchange);
    let said = match exchange.request.method {
        Method::Patch => operations(&body),
        Method::Post | Method::Put => document(&exchange.request.path, &body),
        _ => String::new(),
    };
    let text = if said.is_empty() { request } else { format!("{request} {said}") };
    cast.in_words(&text)
}

fn document(path: &str, body: &Value) -> String {
    if path.starts_with("/Groups") {
        let name = body.get("displayName").and_then(Value::as_str).unwrap_or_default();
        return format!("named {name} {}", members("with", body.get("members")));
    }
    match body.get("active") {
        Some(active) => format!("active={active}"),
        None => String::new(),
    }
}

fn members(word: &str, list: Option<&Value>) -> String {
    let ids: Vec<&str> = list
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| member.get("value").and_then(Value::as_str))
        .collect();
    if ids.is_empty() { format!("{word} nobody") } else { format!("{word} {}", ids.join("+")) }
}

fn operations(body: &Value) -> String {
    let said: Vec<String> =
        body.get("Operations").and_then(Value::as_array).into_iter().flatten().map(operation).collect();
    said.join(", ")
}

fn operation(operation: &Value) -> String {
    let op = operation.get("op").and_then(Value::as_str).unwrap_or_default();
    let path = operation.get("path").and_then(Value::as_str);
    let value = operation.get("value");
    match (op, path, value) {
        ("add" | "replace", Some("members"), list) => members(op, list),
        ("remove", Some(path), None) => match path.split('"').nth(1) {
            Some(id) => format!("remove {id}"),
            None => format!("remove {path}"),
        },
        ("replace", None, Some(Value::Object(values))) => {
            let said: Vec<String> = values
                .iter()
                // The id that Okta repeats in a rename says nothing new.
                .filter(|(name, _)| name.as_str() != "id")
                .map(|(name, value)| match (name.as_str(), value) {
                    ("displayName", Value::String(text)) => format!("named {text}"),
                    ("password", _) => "password".to_owned(),
                    (name, value) => format!("{name}={value}"),
                })
                .collect();
            said.join(" ")
        }
        (op, path, value) => {
            format!("{op} {} {}", path.unwrap_or_default(), value.map(Value::to_string).unwrap_or_default())
        }
    }
}

async fn answers(world: &mut World, _: &Args) -> Judged {
    world.last_traffic().try_for_each(judge::okta_needs)
}

async fn no_error(world: &mut World, _: &Args) -> Judged {
    world.untroubled()
}

async fn sees_error(world: &mut World, args: &Args) -> Judged {
    if world.tasks.iter().any(|task| task.contains(args.text(0))) {
        return Ok(());
    }
    let seen = if world.tasks.is_empty() { "no error".to_owned() } else { world.tasks.join("\n") };
    Err(Outcome::deviation(
        format!("Okta does not show the administrator an error about {:?}", args.text(0)),
        format!("an error about {:?}", args.text(0)),
        seen,
    ))
}

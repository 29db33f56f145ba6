//! Assertions about the requests of an action and their responses.
//!
//! A request is written in one line: method, decoded path, and a summary of its body. IDs, userNames and display names are
//! replaced with the keys of the feature: `PATCH /Groups/crew remove ben, add cyd`.

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use crate::check::assertions;
use crate::check::cast::Cast;
use crate::check::outcome::{Outcome, StepResult};
use crate::check::world::World;
use crate::okta::ClientKind;
use crate::wire::{Exchange, Method};

pub(super) const STEPS: &[StepDef] = &[
    step!("Okta sends", Target, okta_sends),
    step!("Okta sends nothing", Target, okta_sends_nothing),
    step!("the server answers as Okta needs", Target, responses_meet_okta_needs),
    step!("the administrator sees no error", Target, no_error),
    step!("the administrator sees an error about \"([^\"]+)\"", Target, sees_error),
];

async fn okta_sends(world: &mut World, args: &Args) -> StepResult {
    let expected = for_client(world.client, &args.table)?;
    compare(world, &expected)
}

async fn okta_sends_nothing(world: &mut World, _: &Args) -> StepResult {
    compare(world, &[])
}

fn compare(world: &World, expected: &[String]) -> StepResult {
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

/// Returns the error that Okta showed the administrator when it stopped.
fn stopped_by(world: &World) -> String {
    world.tasks.first().map(|task| format!(": {task}")).unwrap_or_default()
}

fn shown(lines: &[String]) -> String {
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n") }
}

/// Returns the rows of a table for one client. A column headed `both` applies to both clients, otherwise each client has a
/// column.
fn for_client(client: ClientKind, table: &[Vec<String>]) -> StepResult<Vec<String>> {
    let wanted = client.as_str();
    let (head, rows) = table.split_first().ok_or_else(|| Outcome::InvalidStep("the step needs a table".to_owned()))?;
    let column = head
        .iter()
        .position(|name| name == wanted || name == "both")
        .ok_or_else(|| Outcome::InvalidStep(format!("the table has no column {wanted:?} and no column \"both\"")))?;
    let cells = rows.iter().filter_map(|row| row.get(column));
    Ok(cells.filter(|cell| !cell.is_empty()).cloned().collect())
}

/// Formats a request as one line with the keys of the feature.
#[must_use]
pub(crate) fn line(exchange: &Exchange, cast: &Cast) -> String {
    let request = assertions::describe(exchange);
    let body = assertions::sent_body(exchange);
    let summary = match exchange.request.method {
        Method::Patch => operations(&body),
        Method::Post | Method::Put => summarize_document(&exchange.request.path, &body),
        _ => String::new(),
    };
    let text = if summary.is_empty() { request } else { format!("{request} {summary}") };
    cast.replace_with_keys(&text)
}

fn summarize_document(path: &str, body: &Value) -> String {
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
    if ids.is_empty() { format!("{word} no members") } else { format!("{word} {}", ids.join("+")) }
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
                // Okta repeats the ID in a rename; it adds no information.
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

async fn responses_meet_okta_needs(world: &mut World, _: &Args) -> StepResult {
    world.last_traffic().try_for_each(assertions::meets_okta_needs)
}

async fn no_error(world: &mut World, _: &Args) -> StepResult {
    world.no_admin_error()
}

async fn sees_error(world: &mut World, args: &Args) -> StepResult {
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

//! Assertions about the requests of an action and their responses.
//!
//! A request is written in one line: method, decoded path, and a summary of its body. IDs, userNames and display names are
//! replaced with the keys of the feature: `PATCH /Groups/crew remove ben, add cyd`.

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use crate::check::cast::Cast;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult};
use crate::check::requirement::Requirement;
use crate::check::world::World;
use crate::check::{judgement, reading};
use crate::okta::ClientKind;
use crate::wire::{Exchange, Method};

pub(super) const STEPS: &[StepDef] = &[
    step!("Okta sends", Target, okta_sends),
    step!("Okta sends nothing", Target, okta_sends_nothing),
    step!("Okta accepts every response", Target, responses_meet_okta_needs),
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

/// Compares the requests of the last action with those of the feature. Only the simulated Okta is judged by them: what a target
/// did is judged by its responses and its state.
fn compare(world: &mut World, expected: &[String]) -> StepResult {
    let actual: Vec<String> = world.last_traffic().map(|exchange| line(exchange, &world.cast)).collect();
    if actual == expected {
        return Ok(());
    }
    if world.is_about_okta {
        let (expected, actual) = (shown(expected), shown(&actual));
        return Err(Deviation::new(Requirement::Simulation, Kind::Changed, "requests", expected, actual)
            .at("Okta")
            .into());
    }
    if world.run.habits.changed().is_empty() {
        world.remark(format!("Okta sent {}", actual.join(", then ")));
    }
    Ok(())
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
    let request = reading::describe(exchange);
    let body = reading::sent_body(exchange);
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
                    ("members", list) => members("replace", Some(list)),
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
    judgement::judge_last_action(world).await
}

async fn no_error(world: &mut World, _: &Args) -> StepResult {
    judgement::action_completed(world).await
}

async fn sees_error(world: &mut World, args: &Args) -> StepResult {
    if world.tasks.iter().any(|task| task.contains(args.text(0))) {
        return Ok(());
    }
    let seen = if world.tasks.is_empty() { "no error".to_owned() } else { world.tasks.join("\n") };
    let expected = format!("an error about {:?}", args.text(0));
    if world.is_about_okta {
        return Err(Deviation::new(Requirement::Simulation, Kind::Changed, "error", expected, seen).at("Okta").into());
    }
    Err(Outcome::Blocked(format!("Okta shows {seen}, not {expected}")))
}

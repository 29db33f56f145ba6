//! Which events follow.
//!
//! An event is written in one line with the scenario's own words: `dsync.user.updated ada: state active -> inactive`.
//! Only events about the scenario's own people and groups count, and only those since the step before.

use serde_json::{Value, json};

use super::{Args, StepDef, step};
use crate::check::events::NO_SOURCE;
use crate::check::outcome::{Judged, Outcome};
use crate::check::people::Cast;
use crate::check::world::World;
use crate::events::OnDeactivate;

pub(super) const STEPS: &[StepDef] = &[
    step!("these events follow", Events, follow),
    step!("no events follow", Events, none),
    // It says nothing about events, so it makes no result of its own.
    step!("the events so far don't matter", Target, skip),
];

async fn follow(world: &mut World, args: &Args) -> Judged {
    let new = since_last(world).await?;
    new.iter().try_for_each(envelope)?;
    let actual: Vec<String> = new.iter().map(|event| line(event, &world.cast)).collect();
    let setting = world.run.on_deactivate;
    let expected = rows(&args.table, setting);
    if same_in_each_subject(&expected, &actual) {
        return Ok(());
    }
    let shown = |lines: &[String]| if lines.is_empty() { "no events".to_owned() } else { lines.join("\n") };
    let missing = expected.iter().find(|line| !actual.iter().any(|actual| fits(line, actual)));
    let extra = actual.iter().find(|line| !expected.iter().any(|expected| fits(expected, line)));
    let other = setting.other();
    let sentence = match (missing, extra) {
        _ if same_in_each_subject(&rows(&args.table, other), &actual) => format!(
            "these are the events of a directory set to {other} whom it deactivates; if it is, say --on-deactivate {other}",
            other = other.name()
        ),
        (Some(missing), _) => format!("the event {missing:?} did not come"),
        (None, Some(extra)) => format!("the event {extra:?} came, which should not"),
        (None, None) => "the events came in another order or number".to_owned(),
    };
    Err(Outcome::deviation(sentence, shown(&expected), shown(&actual)))
}

/// The rows of a table, under one setting of the directory: a table whose head names the settings has a column for
/// each, any other holds for both.
fn rows(table: &[Vec<String>], setting: OnDeactivate) -> Vec<String> {
    let column = table.first().and_then(|head| head.iter().position(|name| name == setting.name()));
    let skipped = usize::from(column.is_some());
    let cells = table.iter().skip(skipped).filter_map(|row| row.get(column.unwrap_or_default()));
    cells.filter(|cell| !cell.is_empty()).cloned().collect()
}

async fn none(world: &mut World, _: &Args) -> Judged {
    follow(world, &Args::default()).await
}

async fn skip(world: &mut World, _: &Args) -> Judged {
    // What is wrong with the event source is said by the step that asks it about something.
    let _ = since_last(world).await;
    Ok(())
}

/// The order of events is promised within a subject, so two people's events may interleave.
fn same_in_each_subject(expected: &[String], actual: &[String]) -> bool {
    let order = |lines: &[String]| {
        let mut lines: Vec<(String, usize, String)> =
            lines.iter().enumerate().map(|(at, line)| (subject(line), at, line.clone())).collect();
        lines.sort();
        lines.into_iter().map(|(subject, _, line)| (subject, line)).collect::<Vec<_>>()
    };
    let (expected, actual) = (order(expected), order(actual));
    expected.len() == actual.len()
        && expected.iter().zip(&actual).all(|(want, have)| want.0 == have.0 && fits(&want.1, &have.1))
}

/// Whether a line is what a row of the table says; `*` in the row stands for any text.
fn fits(row: &str, line: &str) -> bool {
    let mut parts = row.split('*');
    let Some(mut rest) = parts.next().and_then(|head| line.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((tail, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(tail)
}

/// `dsync.user.updated ada: …` is about `ada`.
fn subject(line: &str) -> String {
    line.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(':').to_owned()
}

/// The events of this scenario since the last such step, read up to a marker of our own.
async fn since_last(world: &mut World) -> Judged<Vec<Value>> {
    if world.run.events.is_none() {
        return Err(Outcome::NotObserved(NO_SOURCE.to_owned()));
    }
    let marker = marker(world).await?;
    let run = std::sync::Arc::clone(&world.run);
    let Some(log) = &run.events else { return Ok(Vec::new()) };
    let all = log.up_to(|event| idp_ids(event).iter().any(|id| marker.contains(id))).await?;
    let own: Vec<Value> = all.into_iter().filter(|event| is_ours(event, &world.cast)).collect();
    let new = own.iter().skip(world.events_judged).cloned().collect();
    world.events_judged = own.len();
    world.events = own;
    Ok(new)
}

/// Makes a user whose `dsync.user.created` shows how far the log has come; gives the ids it may have there.
async fn marker(world: &mut World) -> Judged<Vec<String>> {
    world.markers += 1;
    let key = format!("marker{}", world.markers);
    let login = world.login(&key);
    let external = format!("{key}-{}-{}", world.run.run_id, world.slug);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": login,
        "name": {"givenName": "Marker", "familyName": "Marker"},
        "emails": [{"primary": true, "value": login, "type": "work"}],
        "displayName": "Marker",
        "externalId": external,
        "active": true,
    });
    let run = std::sync::Arc::clone(&world.run);
    let exchange = run.client.post("/Users", &body).await;
    match &exchange.outcome {
        Ok(answer) if (200..300).contains(&answer.status) => {
            let id = answer.json().as_ref().and_then(|body| body.get("id")?.as_str().map(str::to_owned));
            Ok([Some(external), id].into_iter().flatten().collect())
        }
        Ok(answer) => Err(Outcome::Inconclusive(format!(
            "the marker user that shows how far the event log has come was answered {}",
            answer.status
        ))),
        Err(failure) => Err(crate::check::judge::unanswered(&exchange, failure)),
    }
}

/// The ids that the identity provider gave to whom an event is about.
fn idp_ids(event: &Value) -> Vec<String> {
    let data = event.get("data");
    [Some(""), Some("user"), Some("group")]
        .into_iter()
        .flatten()
        .filter_map(|part| {
            let at = if part.is_empty() { data } else { data.and_then(|data| data.get(part)) };
            at?.get("idp_id")?.as_str().map(str::to_owned)
        })
        .collect()
}

fn is_ours(event: &Value, cast: &Cast) -> bool {
    let people = cast.people.iter().filter(|(key, _)| *key != "bystander");
    let groups = cast.groups.iter().filter(|(key, _)| *key != "bystanders");
    let known: Vec<&String> = people
        .flat_map(|(_, person)| person.external_ids.iter().chain(&person.ids))
        .chain(groups.flat_map(|(_, group)| group.ids.iter().chain(group.names.iter().map(|(_, name)| name))))
        .collect();
    idp_ids(event).iter().any(|id| known.contains(&id))
}

/// What every event must have.
fn envelope(event: &Value) -> Judged {
    let text = |at: &Value, name: &str| at.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let data = event.get("data").cloned().unwrap_or_default();
    let complete = event.get("object").and_then(Value::as_str) == Some("event")
        && ["id", "event", "created_at"].iter().all(|name| text(event, name))
        && text(&data, "directory_id");
    if complete {
        return Ok(());
    }
    Err(Outcome::deviation(
        "an event lacks a part of its envelope",
        "object \"event\", id, event, created_at and data with directory_id",
        event.to_string(),
    ))
}

/// An event in one line.
#[must_use]
pub(crate) fn line(event: &Value, cast: &Cast) -> String {
    let name = event.get("event").and_then(Value::as_str).unwrap_or_default();
    let data = event.get("data").cloned().unwrap_or_default();
    let idp = |at: &Value| at.get("idp_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let (Some(user), Some(group)) = (data.get("user"), data.get("group")) {
        return cast.in_words(&format!("{name} {} in {}", idp(user), idp(group)));
    }
    let changes = changes(&data);
    let state = data.get("state").and_then(Value::as_str);
    let tail = match (changes.is_empty(), state) {
        (false, _) => format!(": {}", changes.join(", ")),
        (true, Some(state)) if name.ends_with("created") => format!(" ({state})"),
        _ => String::new(),
    };
    let text = format!("{name} {}{tail}", idp(&data));
    cast.in_words(&text)
}

/// `state active -> inactive`, a line for each previous attribute, those of `custom_attributes` by their own names.
fn changes(data: &Value) -> Vec<String> {
    let Some(previous) = data.get("previous_attributes").and_then(Value::as_object) else { return Vec::new() };
    let mut said = Vec::new();
    for (name, old) in previous {
        let new = data.get(name);
        if let (Value::Object(old), Some(Value::Object(new))) = (old, new) {
            for (name, old) in old {
                said.push(format!("{name} {} -> {}", plain(Some(old)), plain(new.get(name))));
            }
        } else {
            said.push(format!("{name} {} -> {}", plain(Some(old)), plain(new)));
        }
    }
    said.sort();
    said
}

fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "none".to_owned(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests;

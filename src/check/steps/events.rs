//! Assertions about directory sync events.
//!
//! An event is written in one line with the keys of the feature: `dsync.user.updated ada: state active -> inactive`.
//! An assertion covers the events about the scenario's people and groups since the previous such step.

mod requested;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::definition::{Args, StepDef, step};
use crate::base::glob;
use crate::check::cast::{Cast, CastUser};
use crate::check::event_log::NO_SOURCE;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::preconditions;
use crate::check::reading::response;
use crate::check::requirement::Requirement;
use crate::check::world::World;
use crate::events::OnDeactivate;

pub(super) const STEPS: &[StepDef] = &[
    step!("these events follow", Events, these_events, Marks),
    step!("no events follow", Events, no_events, Marks),
    // This step asserts nothing about events, so it must not give rise to a result about events.
    step!("events emitted so far are ignored", Target, ignore_so_far, Marks),
];

/// Returns the new events, if they say something about the target.
///
/// # Errors
/// There is no event source, or the state from which the events follow is not the one that Okta sent.
pub(super) async fn observed(world: &mut World) -> StepResult<Vec<Value>> {
    let new = since_last(world).await?;
    world.note([Requirement::EventLogComplete]);
    // Events follow from the state of the server: if that is not as Okta sent it, neither are they.
    if world.is_explained() {
        return Err(Outcome::Blocked("the change is not on the server as Okta sent it".to_owned()));
    }
    if world.has_unobserved() || world.has_removed() {
        return Err(Outcome::NotObserved("the state from which the events follow is not known".to_owned()));
    }
    if !new.is_empty() {
        world.note([Requirement::EventEnvelope]);
    }
    Ok(new)
}

async fn these_events(world: &mut World, args: &Args) -> StepResult {
    let new = observed(world).await?;
    for event in &new {
        if let Some(deviation) = incomplete_envelope(event) {
            world.report(deviation);
        }
    }
    let setting = world.run.on_deactivate;
    let expected = rows(&args.table, setting);
    world.note(judged(&expected, !world.cast.groups.is_empty()));
    let changed = requested::changed(world.exchanges.iter().map(|(_, exchange)| exchange));
    let new = new.into_iter().filter_map(|event| requested::without(event, &changed, &expected));
    let actual: Vec<String> = new.map(|event| line(&event, &world.cast)).collect();
    if same_in_each_subject(&expected, &actual) {
        return Ok(());
    }
    preconditions::judge_state(world).await?;
    if world.is_explained() {
        return Err(Outcome::Blocked("the change is not on the server as Okta sent it".to_owned()));
    }
    let habits = world.run.habits.changed();
    if !habits.is_empty() {
        let habits = habits.join(", ");
        return Err(Outcome::Skipped(format!("the events are judged for Okta's default habits, not for {habits}")));
    }
    let all = |lines: &[String]| if lines.is_empty() { "no events".to_owned() } else { lines.join("\n") };
    let other = setting.others().find(|other| same_in_each_subject(&rows(&args.table, *other), &actual));
    let place = if let Some(other) = other {
        format!("the event log (it fits a directory that is set to {other}; use --on-deactivate {other} if yours is)")
    } else {
        "the event log".to_owned()
    };
    let (requirement, kind, part) = difference(&expected, &actual);
    let deviation = Deviation::new(requirement, kind, part, all(&expected), all(&actual));
    Err(deviation.at(place).about(Subject::Event).into())
}

/// Classifies a difference by its first line: an event that did not come, one that came in its place or besides, or an order.
fn difference(expected: &[String], actual: &[String]) -> (Requirement, Kind, String) {
    let missing = expected.iter().find(|line| !actual.iter().any(|actual| glob::matches(line, actual)));
    let extra = actual.iter().find(|line| !expected.iter().any(|expected| glob::matches(expected, line)));
    match (missing, extra) {
        (Some(missing), Some(extra)) if same_event(missing, extra) => {
            (of_event(missing), Kind::Changed, missing.clone())
        }
        (Some(missing), _) => (of_event(missing), Kind::Missing, missing.clone()),
        (None, Some(extra)) => (of_event(extra), Kind::Extra, extra.clone()),
        (None, None) => {
            let first = expected.first().or(actual.first()).map(String::as_str).unwrap_or_default();
            (of_event(first), Kind::Changed, "order or number of events".to_owned())
        }
    }
}

/// Returns true if two lines are about the same event of the same subject.
fn same_event(one: &str, other: &str) -> bool {
    one.split_whitespace().next() == other.split_whitespace().next() && subject(one) == subject(other)
}

fn of_event(line: &str) -> Requirement {
    match line.split_whitespace().next().unwrap_or_default() {
        "dsync.group.user_added" | "dsync.group.user_removed" => Requirement::MembershipEvents,
        name if name.starts_with("dsync.group.") => Requirement::GroupEvents,
        _ => Requirement::UserEvents,
    }
}

/// Returns what the events of a scenario are judged by: those that must follow, or where none must, those of its people and
/// groups.
fn judged(expected: &[String], has_groups: bool) -> Vec<Requirement> {
    let all = [Requirement::UserEvents, Requirement::GroupEvents, Requirement::MembershipEvents];
    match expected {
        [] => all.into_iter().take(if has_groups { all.len() } else { 1 }).collect(),
        lines => lines.iter().map(|line| of_event(line)).collect(),
    }
}

/// Returns the rows of a table for one setting of the directory. A table whose head names the settings has a column for
/// `keep` and one for `delete`; any other table applies to all. With `delete-retained` the events are those of `delete`,
/// without the memberships that only `delete` announces, when a person returns.
fn rows(table: &[Vec<String>], setting: OnDeactivate) -> Vec<String> {
    if setting == OnDeactivate::DeleteRetained {
        let kept = rows(table, OnDeactivate::Keep);
        let mut rows = rows(table, OnDeactivate::Delete);
        rows.retain(|row| !row.starts_with("dsync.group.user_added") || kept.contains(row));
        return rows;
    }
    let column = table.first().and_then(|head| head.iter().position(|name| name == setting.name()));
    let skipped = usize::from(column.is_some());
    let cells = table.iter().skip(skipped).filter_map(|row| row.get(column.unwrap_or_default()));
    cells.filter(|cell| !cell.is_empty()).cloned().collect()
}

async fn no_events(world: &mut World, _: &Args) -> StepResult {
    these_events(world, &Args::default()).await
}

async fn ignore_so_far(world: &mut World, _: &Args) -> StepResult {
    // A failure of the event source is reported by the step that needs an event.
    let _ = since_last(world).await;
    Ok(())
}

/// Compares lines in order for each subject. Only the order within a subject is guaranteed, so the events of two people
/// may interleave.
fn same_in_each_subject(expected: &[String], actual: &[String]) -> bool {
    let order = |lines: &[String]| {
        let mut lines: Vec<(String, usize, String)> =
            lines.iter().enumerate().map(|(at, line)| (subject(line), at, line.clone())).collect();
        lines.sort();
        lines.into_iter().map(|(subject, _, line)| (subject, line)).collect::<Vec<_>>()
    };
    let (expected, actual) = (order(expected), order(actual));
    expected.len() == actual.len()
        && expected.iter().zip(&actual).all(|(want, have)| want.0 == have.0 && glob::matches(&want.1, &have.1))
}

/// Returns the subject of a line: `ada` in `dsync.user.updated ada: …`.
fn subject(line: &str) -> String {
    line.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(':').to_owned()
}

/// Returns the events of this scenario since the previous such step, reading the log up to a new marker.
async fn since_last(world: &mut World) -> StepResult<Vec<Value>> {
    if world.run.events.is_none() {
        return Err(Outcome::NotObserved(NO_SOURCE.to_owned()));
    }
    let marker = create_marker(world).await?;
    let run = std::sync::Arc::clone(&world.run);
    let Some(log) = &run.events else { return Ok(Vec::new()) };
    let own = log.up_to(&marker, &ids(&world.cast)).await?;
    let new = own.iter().skip(world.events_checked).cloned().collect();
    world.events_checked = own.len();
    world.events = own;
    Ok(new)
}

/// Creates a user whose `dsync.user.created` event marks the current end of the log. Returns the IDs that the event may
/// carry.
async fn create_marker(world: &mut World) -> StepResult<Vec<String>> {
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
            world.marker_ids.extend(id.clone());
            Ok([Some(external), id].into_iter().flatten().collect())
        }
        Ok(answer) => Err(Outcome::Inconclusive(format!(
            "the create of the marker user, which marks the end of the event log, returned {}",
            answer.status
        ))),
        Err(_) => response(&exchange).map(|_| Vec::new()),
    }
}

/// Returns the IDs and names under which events may be about the people and groups of a scenario.
fn ids(cast: &Cast) -> HashSet<&str> {
    let people = cast.people.iter().filter(|(key, _)| *key != "bystander");
    // The harness may make these groups at any time.
    let groups = cast.groups.iter().filter(|(key, _)| !["bystanders", "witness"].contains(&key.as_str()));
    people
        .flat_map(|(_, person)| person.external_ids.iter().chain(&person.ids))
        .chain(groups.flat_map(|(_, group)| group.ids.iter().chain(group.names.iter().map(|(_, name)| name))))
        .map(String::as_str)
        .collect()
}

/// Returns the difference if an event's envelope is not complete.
fn incomplete_envelope(event: &Value) -> Option<Deviation> {
    let text = |at: &Value, name: &str| at.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let data = event.get("data").cloned().unwrap_or_default();
    let complete = event.get("object").and_then(Value::as_str) == Some("event")
        && ["id", "event", "created_at"].iter().all(|name| text(event, name))
        && text(&data, "directory_id");
    let expected = "object \"event\", id, event, created_at and data with directory_id";
    let deviation = Deviation::new(Requirement::EventEnvelope, Kind::Missing, "envelope", expected, event.to_string());
    (!complete).then(|| deviation.at("an event").about(Subject::Event))
}

/// Formats an event as one line with the keys of the feature.
#[must_use]
pub(crate) fn line(event: &Value, cast: &Cast) -> String {
    let name = event.get("event").and_then(Value::as_str).unwrap_or_default();
    let data = event.get("data").cloned().unwrap_or_default();
    let idp = |at: &Value| at.get("idp_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let (Some(user), Some(group)) = (data.get("user"), data.get("group")) {
        let user = key_by_email(user, cast).map_or_else(|| idp(user), str::to_owned);
        return cast.replace_with_keys(&format!("{name} {user} in {}", idp(group)));
    }
    let changes = changes(&data);
    let state = data.get("state").and_then(Value::as_str);
    let tail = match (changes.is_empty(), state) {
        (false, _) => format!(": {}", changes.join(", ")),
        (true, Some(state)) if name.ends_with("created") => format!(" ({state})"),
        _ => String::new(),
    };
    let text = format!("{name} {}{tail}", idp(&data));
    cast.replace_with_keys(&text)
}

/// Returns the key of the person whom an event's e-mail address names, if this person was created without an `externalId`: the
/// server alone knows its `idp_id`, which need not be its SCIM `id`.
fn key_by_email<'a>(user: &Value, cast: &'a Cast) -> Option<&'a str> {
    let email = user.get("email").and_then(Value::as_str)?;
    let is_meant = |person: &CastUser| person.external_ids.is_empty() && person.login().eq_ignore_ascii_case(email);
    cast.people.iter().find(|(_, person)| is_meant(person)).map(|(key, _)| key.as_str())
}

/// Formats the changes: `state active -> inactive` for each previous attribute. Attributes in `custom_attributes` appear
/// under their own names.
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

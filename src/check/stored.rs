//! Judges what the target has stored, read by GET requests of the harness.

use serde_json::Value;

use super::leaves::{self, Leaf};
use super::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use super::reading::{join, member_ids, object, response, sent_body, shown, succeeded};
use super::requirement::Requirement;
use super::world::World;
use super::{assertions, known};
use crate::wire::encode::component;
use crate::wire::{Exchange, Method};

/// Reads a user and reports what its representation lacks. `None` if the server has no such user.
///
/// # Errors
/// There is no response, or no user to compare with.
pub(super) async fn read_user(world: &mut World, key: &str) -> StepResult<Option<Value>> {
    let id = world.person_id(key)?;
    read(world, "Users", &id).await
}

/// Reads a group, as [`read_user`].
///
/// # Errors
/// There is no response, or no group to compare with.
pub(super) async fn read_group(world: &mut World, key: &str) -> StepResult<Option<Value>> {
    let id = world.group_id(key)?;
    read(world, "Groups", &id).await
}

async fn read(world: &mut World, collection: &str, id: &str) -> StepResult<Option<Value>> {
    let exchange = world.get(&format!("/{collection}/{}", component(id))).await?;
    if response(&exchange)?.status == 404 {
        return Ok(None);
    }
    let faults = assertions::judge(&exchange);
    let body = object(&exchange).filter(|_| exchange.status() == Some(200));
    for fault in faults {
        world.report(fault);
    }
    body.map(Some).ok_or_else(|| Outcome::Blocked(format!("/{collection}/{id} cannot be read")))
}

/// Reports the values of a user that are not as Okta sent them. `active` is judged by the caller.
///
/// # Errors
/// The scenario has no such person.
pub(super) fn judge_values(world: &mut World, key: &str, stored: &Value) -> StepResult {
    let mut sent = world.person(key)?.sent.clone();
    if let Some(sent) = sent.as_object_mut() {
        for name in ["schemas", "password", "groups", "id", "meta", "active"] {
            sent.remove(name);
        }
    }
    let id = world.person_id(key)?;
    for leaf in leaves::differences(&sent, Some(stored)) {
        let deviation = differs(world, &id, &leaf);
        world.report(deviation.at(format!("the user {key} on the server")).about(Subject::User));
    }
    Ok(())
}

/// Classifies a value that is not as Okta sent it. What the server never kept is a note, what it kept once and lost is a fault.
fn differs(world: &World, id: &str, leaf: &Leaf) -> Deviation {
    let (expected, actual) = (leaf.sent.to_string(), shown(leaf.have.as_ref()));
    let kind = if leaf.have.is_none() { Kind::Missing } else { Kind::Changed };
    let requirement = match (leaf.path.first().map(String::as_str), kind) {
        (Some("userName"), _) => Requirement::UserNameStored,
        (_, kind) if kept_before(world, id, leaf) => {
            if kind == Kind::Missing {
                Requirement::AttributesSurvive
            } else {
                Requirement::PutStored
            }
        }
        _ => Requirement::AttributesKept,
    };
    Deviation::new(requirement, kind, leaf.name(), expected, actual)
}

/// Classifies a value of a user that a response does not show as it was sent, because the server did not store it.
pub(super) fn not_stored(world: &World, id: &str, echo: &Deviation) -> Deviation {
    let path: Vec<String> = echo.part.split('.').map(str::to_owned).collect();
    let value = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    let deviation = if echo.part == "active" {
        let requirement = requirement_of_active(echo.expected == "true", was_inactive(world, id));
        Deviation::new(requirement, Kind::Changed, "active", echo.expected.as_str(), echo.actual.as_str())
    } else {
        differs(world, id, &Leaf { path, sent: value(&echo.expected), have: Some(value(&echo.actual)) })
    };
    deviation.at("the user on the server").about(Subject::User)
}

const fn requirement_of_active(active: bool, was_inactive: bool) -> Requirement {
    match (active, was_inactive) {
        (false, _) => Requirement::Deactivated,
        (true, true) => Requirement::Reactivated,
        (true, false) => Requirement::CreateActive,
    }
}

/// Returns true if a response showed a value of this attribute as it had been sent.
fn kept_before(world: &World, id: &str, leaf: &Leaf) -> bool {
    let exchanges = || world.exchanges.iter().map(|(_, exchange)| exchange).filter(|exchange| succeeded(exchange));
    let is_write = |exchange: &&Exchange| matches!(exchange.request.method, Method::Post | Method::Put | Method::Patch);
    let about = |exchange: &&Exchange| {
        object(exchange).is_some_and(|body| body.get("id").and_then(Value::as_str) == Some(id))
            || exchange.request.subject().1.as_deref() == Some(id)
    };
    let bodies: Vec<Value> = exchanges().filter(is_write).filter(about).map(sent_body).collect();
    let sent: Vec<&Value> = bodies.iter().flat_map(|body| leaves::values_at(body, &leaf.path)).collect();
    exchanges()
        .filter(about)
        .filter_map(object)
        .any(|body| leaves::values_at(&body, &leaf.path).iter().any(|value| sent.contains(value)))
}

/// Reports a user that is not active, or not inactive, as it should be. A user that is gone counts as inactive.
///
/// # Errors
/// The scenario has no such person.
pub(super) fn judge_active(world: &mut World, key: &str, active: bool, stored: Option<&Value>) -> StepResult {
    let id = world.person_id(key)?;
    let have = stored.and_then(|user| user.get("active"));
    if have == Some(&Value::Bool(active)) || (stored.is_none() && !active) {
        return Ok(());
    }
    // A value of another type is reported as such.
    if have.is_some_and(|have| have.as_str().is_some_and(|text| text.eq_ignore_ascii_case(&active.to_string()))) {
        return Ok(());
    }
    let kind = if have.is_some() { Kind::Changed } else { Kind::Missing };
    // A user without `active` may be active.
    let requirement = if active && have.is_none() && stored.is_some() {
        Requirement::ActiveReturned
    } else {
        requirement_of_active(active, was_inactive(world, &id))
    };
    let actual = if stored.is_some() { shown(have) } else { "no such user".to_owned() };
    let deviation = Deviation::new(requirement, kind, "active", active.to_string(), actual);
    world.report(deviation.at(format!("the user {key} on the server")).about(Subject::User));
    Ok(())
}

/// Returns true if a request made the user inactive before.
fn was_inactive(world: &World, id: &str) -> bool {
    (1..=world.exchanges.len()).any(|count| {
        let exchanges = world.exchanges.iter().take(count).map(|(_, exchange)| exchange);
        known::resources(exchanges, "Users").iter().any(|one| one.id == id && !one.active)
    })
}

/// Reports members of a group that are not those that Okta sent.
///
/// # Errors
/// The scenario has no such group, or the group cannot be read.
pub(super) async fn judge_members(world: &mut World, key: &str, mut expected: Vec<String>) -> StepResult {
    let Some(body) = read_group(world, key).await? else {
        let deviation = Deviation::new(Requirement::GroupRead, Kind::Missing, "group", "the group", "404");
        world.report(deviation.at(format!("the group {key}")).about(Subject::Group));
        return Ok(());
    };
    let name = world.group(key)?.name().to_owned();
    if body.get("displayName").is_some_and(|have| have.as_str() != Some(name.as_str())) {
        let (expected, actual) = (format!("{name:?}"), shown(body.get("displayName")));
        let deviation = Deviation::new(Requirement::GroupRenamed, Kind::Changed, "displayName", expected, actual);
        world.report(deviation.at(format!("the group {key} on the server")).about(Subject::Group));
    }
    let have = member_ids(body.get("members").and_then(Value::as_array).map_or(&[], Vec::as_slice));
    expected.sort();
    let id = world.group_id(key)?;
    if have.is_empty() && !expected.is_empty() && !shows_members(world).await? {
        return Err(Outcome::NotObserved("memberships can't be observed: the server never shows members".to_owned()));
    }
    let missing: Vec<&String> = expected.iter().filter(|id| !have.contains(id)).collect();
    let extra: Vec<&String> = have.iter().filter(|id| !expected.contains(id)).collect();
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    let (requirement, kind) = classify_members(world, &id, &missing, &extra);
    // Sorted by key, because the order of the server's IDs differs between runs.
    let shown = |ids: &[String]| {
        let mut names: Vec<String> = ids.iter().map(|id| world.cast.replace_with_keys(id)).collect();
        names.sort();
        join(&names)
    };
    let deviation = Deviation::new(requirement, kind, "members", shown(&expected), shown(&have));
    world.report(deviation.at(format!("the group {key} on the server")).about(Subject::Group));
    Ok(())
}

/// Finds the write that explains wrong members. A member that was never shown is missing since the write that named it;
/// otherwise the last write is at fault, or the operation that removed it.
fn classify_members(world: &World, id: &str, missing: &[&String], extra: &[&String]) -> (Requirement, Kind) {
    let of_group = |exchange: &&Exchange| {
        let (collection, of) = exchange.request.subject();
        let created = || object(exchange).as_ref().and_then(|body| crate::wire::id_text(body.get("id")?));
        collection == "Groups" && of.or_else(created).as_deref() == Some(id)
    };
    let exchanges: Vec<&Exchange> = world.exchanges.iter().map(|(_, exchange)| exchange).filter(of_group).collect();
    let shown = |member: &String| {
        let bodies = exchanges.iter().filter(|exchange| succeeded(exchange)).filter_map(|exchange| object(exchange));
        bodies.into_iter().any(|body| listed(body.get("members")).contains(member))
    };
    let never_shown = missing.iter().find(|member| !shown(member));
    let mut last = (Requirement::GroupCreateMembers, Kind::Missing);
    for exchange in &exchanges {
        let body = sent_body(exchange);
        let named = listed(body.get("members"));
        let names_missing = |named: &[String]| never_shown.is_some_and(|member| named.contains(member));
        match exchange.request.method {
            Method::Post if names_missing(&named) => return (Requirement::GroupCreateMembers, Kind::Missing),
            Method::Put => last = (Requirement::PutMembers, Kind::Changed),
            _ => {}
        }
        for operation in body.get("Operations").and_then(Value::as_array).into_iter().flatten() {
            let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
            match operation.get("op").and_then(Value::as_str) {
                Some("add") if path == "members" => {
                    if names_missing(&listed(operation.get("value"))) {
                        return (Requirement::AddMembers, Kind::Missing);
                    }
                    last = (Requirement::AddMembers, Kind::Changed);
                }
                Some("replace") if path == "members" => last = (Requirement::ReplaceMembers, Kind::Changed),
                Some("remove") => {
                    let removed = path.split('"').nth(1).unwrap_or_default();
                    if extra.iter().any(|id| *id == removed) {
                        return (Requirement::RemoveMember, Kind::Extra);
                    }
                    last = (Requirement::RemoveMember, Kind::Missing);
                }
                _ => {}
            }
        }
    }
    last
}

fn listed(members: Option<&Value>) -> Vec<String> {
    member_ids(members.and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

/// Returns true if the server shows members at all: in a response of this scenario, or of a group that the harness makes to
/// find out.
async fn shows_members(world: &mut World) -> StepResult<bool> {
    let shown = |exchange: &Exchange| {
        let (collection, _) = exchange.request.subject();
        let body = object(exchange).filter(|_| collection == "Groups" && succeeded(exchange));
        body.is_some_and(|body| body.get("members").and_then(Value::as_array).is_some_and(|list| !list.is_empty()))
    };
    if world.exchanges.iter().any(|(_, exchange)| shown(exchange)) {
        return Ok(true);
    }
    if !world.cast.people.contains_key("bystander") {
        world.make_user("bystander", true).await?;
    }
    if !world.cast.groups.contains_key("bystanders") {
        world.make_group("bystanders", &["bystander".to_owned()]).await?;
    }
    let id = world.group_id("bystanders")?;
    let read = world.get(&format!("/Groups/{}", component(&id))).await?;
    Ok(shown(&read))
}

/// Returns true if the lookup of an active user finds it.
///
/// # Errors
/// There is no response.
pub(super) async fn lookups_work(world: &mut World) -> StepResult<bool> {
    if !world.cast.people.contains_key("bystander") {
        world.make_user("bystander", true).await?;
    }
    let login = world.person("bystander")?.login().to_owned();
    Ok(!look_up(world, "Users", "userName", &login).await?.is_empty())
}

/// Looks a resource up by name, reports what the response lacks, and returns the IDs of the matches.
///
/// # Errors
/// There is no response.
pub(super) async fn look_up(
    world: &mut World,
    collection: &str,
    attribute: &str,
    value: &str,
) -> StepResult<Vec<String>> {
    let filter = format!("{attribute} eq {}", Value::from(value));
    let exchange = world.get(&format!("/{collection}?filter={}&startIndex=1&count=100", component(&filter))).await?;
    for fault in assertions::judge(&exchange) {
        world.report(fault);
    }
    let found = match exchange.status() {
        Some(404) => Some(Vec::new()),
        _ => object(&exchange).and_then(|body| body.get("Resources").and_then(Value::as_array).cloned()),
    };
    let Some(found) = found else { return Err(Outcome::Blocked("the lookup returned no list".to_owned())) };
    let named = |resource: &&Value| {
        resource.get(attribute).and_then(Value::as_str).is_some_and(|have| have.eq_ignore_ascii_case(value))
    };
    Ok(found.iter().filter(named).filter_map(|resource| crate::wire::id_text(resource.get("id")?)).collect())
}

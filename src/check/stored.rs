//! Judges what the target has stored, read by GET requests of the harness.

use serde_json::{Value, json};

use super::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use super::reading::{join, member_ids, object, resources, response, sent_body, shown, succeeded};
use super::requirement::Requirement;
use super::world::World;
use super::{assertions, expectation, judged};
use crate::model::{Class, DifferenceKind, Membership, Observed, Place};
use crate::okta::ClientKind;
use crate::scim::Object;
use crate::scim::message::PATCH_OP;
use crate::wire::encode::component;
use crate::wire::{Exchange, Method, Request};

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
    let body = object(&exchange).filter(|_| exchange.status() == Some(200));
    world.assess(assertions::judge(&exchange));
    body.map(Some).ok_or_else(|| Outcome::Blocked(format!("GET /{collection}/{id} did not return the resource")))
}

/// Reports the values of a user that the requests do not lead to. `active` is judged by [`judge_active`].
///
/// # Errors
/// The scenario has no such person.
pub(super) fn judge_values(world: &mut World, key: &str, stored: &Value) -> StepResult {
    let id = world.person_id(key)?;
    report_user(world, &id, Some(stored), |part| part != "active");
    Ok(())
}

/// Reports a user that is not active, or not inactive, as the requests require. A user that is gone counts as inactive.
/// `active` is the state that the feature names; it is documentation for the reader.
///
/// # Errors
/// The scenario has no such person.
pub(super) fn judge_active(world: &mut World, key: &str, active: bool, stored: Option<&Value>) -> StepResult {
    let id = world.person_id(key)?;
    let expected = expectation::active(&world.model, &id);
    if expected.is_some_and(|expected| expected != active) {
        differs_from_the_feature(world, &format!("{key} active={active}"), &format!("active={}", !active))?;
    }
    report_user(world, &id, stored, |part| part == "active" || part == "user");
    Ok(())
}

/// Reports the differences of a user in the parts that are chosen.
pub(super) fn report_user(world: &mut World, id: &str, stored: Option<&Value>, chosen: impl Fn(&str) -> bool) {
    let observed = stored.and_then(Value::as_object).map_or(Observed::Gone, Observed::Shown);
    let Some(compared) = world.model.compare_user(id, observed) else { return };
    world.note(judged::of_user(&world.exchanges, &world.model, id, &chosen));
    for difference in &compared.differences {
        let misplaced = stored.and_then(|stored| expectation::at_top_level(difference, stored));
        let Some(deviation) = misplaced.or_else(|| expectation::of_user(difference)) else { continue };
        if chosen(&deviation.part) {
            world.report(deviation.at(format!("user {id}")).about(Subject::User).of(id));
        }
    }
}

/// Says that the requests lead to another state than the feature describes. It is a fault of the simulated Okta, never of a
/// target.
fn differs_from_the_feature(world: &mut World, feature: &str, model: &str) -> StepResult {
    if world.is_about_okta {
        return Err(Deviation::new(Requirement::Simulation, Kind::Changed, "state", feature, model).at("Okta").into());
    }
    if world.run.habits.changed().is_empty() {
        world.remark(format!("the requests lead to {model}"));
    }
    Ok(())
}

/// Reports a group whose name or members are not those that the requests lead to. `described` are the members that the
/// feature names.
///
/// # Errors
/// The scenario has no such group, the group cannot be read, or the target never shows members.
pub(super) async fn judge_members(world: &mut World, key: &str, described: Vec<String>) -> StepResult {
    judge_members_by(world, key, described, None).await
}

/// Reports a group whose members a write of a user has changed, as [`judge_members`].
///
/// # Errors
/// As [`judge_members`].
pub(super) async fn judge_surviving_members(world: &mut World, key: &str, described: Vec<String>) -> StepResult {
    judge_members_by(world, key, described, Some(Requirement::MembershipsSurvive)).await
}

async fn judge_members_by(
    world: &mut World,
    key: &str,
    mut described: Vec<String>,
    requirement: Option<Requirement>,
) -> StepResult {
    let id = world.group_id(key)?;
    let stored = read_group(world, key).await?;
    let place = format!("group {key}");
    let Some(body) = stored.as_ref().and_then(Value::as_object) else {
        let deviation = Deviation::new(Requirement::GroupRead, Kind::Missing, "group", "the group", "404");
        world.report(deviation.at(place).about(Subject::Group).of(&id));
        return Ok(());
    };
    world.note(judged::of_group(&world.exchanges, &id));
    report_repeated_members(world, key, &id, body);
    described.sort();
    let expected = expectation::members(&world.model, &id);
    if expected != described {
        let (feature, model) = (keys_of(world, &described), keys_of(world, &expected));
        differs_from_the_feature(world, &format!("{key} with {feature}"), &format!("{key} with {model}"))?;
    }
    if world
        .model
        .compare_group(&id, Observed::Shown(body))
        .is_some_and(|found| found.membership == Membership::NotObserved)
    {
        // Another group with a member shows that the target hides none.
        show_a_member(world).await?;
    }
    let Some(compared) = world.model.compare_group(&id, Observed::Shown(body)) else { return Ok(()) };
    let (mut missing, mut extra) = (Vec::new(), Vec::new());
    for difference in &compared.differences {
        match (&difference.place, difference.kind) {
            (Place::Member(id), DifferenceKind::Missing) => missing.push(id),
            (Place::Member(id), _) => extra.push(id),
            (Place::Attribute(path), kind) if path.name == "displayName" && kind != DifferenceKind::Missing => {
                let (expected, actual) = (difference.expected.to_string(), shown(Some(&difference.observed)));
                let part = "displayName";
                let deviation = Deviation::new(Requirement::GroupRenamed, Kind::Changed, part, expected, actual);
                let deviation = Deviation { is_stale: kind == DifferenceKind::Stale, ..deviation };
                world.report(deviation.at(place.as_str()).about(Subject::Group).of(&id));
            }
            _ => {}
        }
    }
    if compared.membership == Membership::NotObserved {
        return Err(Outcome::NotObserved(
            "memberships can't be observed, because the server never shows members".to_owned(),
        ));
    }
    world.note(judged::of_members(&world.exchanges, &id));
    world.note(requirement);
    world.note((!world.crowd.is_empty()).then_some(Requirement::ManyMembers));
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    // Only a member that the target has shown can be lost.
    let are_lost = compared.differences.iter().any(|difference| difference.class == Class::Lost);
    let have = member_ids(body.get("members").and_then(Value::as_array).map_or(&[], Vec::as_slice));
    // A large group that has a part of the members that it must have is cut.
    let is_cut = !world.crowd.is_empty() && missing.len() < expected.len() && extra.is_empty();
    let (requirement, kind) = match requirement.filter(|_| are_lost || missing.is_empty()) {
        Some(requirement) => (requirement, if missing.is_empty() { Kind::Extra } else { Kind::Missing }),
        None if is_cut => (Requirement::ManyMembers, Kind::Missing),
        None => classify_members(world, &id, &missing, &extra),
    };
    let (expected, actual) = if world.crowd.is_empty() {
        (keys_of(world, &expected), keys_of(world, &have))
    } else {
        let without = |text: &str, ids: &[&String]| match ids.len() {
            0 => String::new(),
            several => format!(", {text} {several}"),
        };
        let differs = without("without", &missing) + &without("with other", &extra);
        (format!("{} members", expected.len()), format!("{} members{differs}", have.len()))
    };
    let mut deviation = Deviation::new(requirement, kind, "members", expected, actual);
    if requirement == Requirement::MembershipsSurvive {
        let put = world.exchanges.iter().rposition(|(_, exchange)| exchange.request.method == Method::Put);
        deviation.exchanges = put.into_iter().chain(world.exchanges.len().checked_sub(1)).collect();
        deviation.write = Some("PUT of a user succeeded".to_owned());
    }
    world.report(deviation.at(place).about(Subject::Group).of(&id));
    Ok(())
}

/// Reports members that a group lists more than once.
fn report_repeated_members(world: &mut World, key: &str, id: &str, group: &Object) {
    let have = listed(group.get("members"));
    if have.is_empty() {
        return;
    }
    world.note([Requirement::MemberOnce]);
    let mut once = have.clone();
    once.dedup();
    if once.len() == have.len() {
        return;
    }
    let (expected, actual) = (keys_of(world, &once), keys_of(world, &have));
    let deviation = Deviation::new(Requirement::MemberOnce, Kind::Extra, "members", expected, actual);
    world.report(deviation.at(format!("group {key}")).about(Subject::Group).of(id));
}

/// Returns the keys of members for people, sorted, because the order of the server's IDs differs between runs.
fn keys_of(world: &World, ids: &[String]) -> String {
    let mut names: Vec<String> = ids.iter().map(|id| world.cast.replace_with_keys(id)).collect();
    names.sort();
    join(&names)
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
    let names_missing = |named: &[String]| never_shown.is_some_and(|member| named.contains(member));
    let mut last = (Requirement::GroupCreateMembers, Kind::Missing);
    // Okta sends the members of a create again: the last write that named the missing member is at fault.
    let mut named_in = None;
    for exchange in &exchanges {
        let body = sent_body(exchange);
        let named = names_missing(&listed(body.get("members")));
        match exchange.request.method {
            Method::Post if named => named_in = Some((Requirement::GroupCreateMembers, Kind::Missing)),
            Method::Put => {
                last = (Requirement::PutMembers, Kind::Changed);
                named_in = named.then_some(last).or(named_in);
            }
            _ => {}
        }
        for operation in body.get("Operations").and_then(Value::as_array).into_iter().flatten() {
            let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
            let value = operation.get("value");
            let members = if path.is_empty() { value.and_then(|value| value.get("members")) } else { value };
            let named = names_missing(&listed(members));
            match operation.get("op").and_then(Value::as_str) {
                Some("add") if path == "members" => {
                    last = (Requirement::AddMembers, Kind::Changed);
                    named_in = named.then_some((Requirement::AddMembers, Kind::Missing)).or(named_in);
                }
                Some("replace") if path == "members" => {
                    last = (Requirement::ReplaceMembers, Kind::Changed);
                    named_in = named.then_some(last).or(named_in);
                }
                Some("replace") if path.is_empty() && members.is_some() => {
                    last = (Requirement::PathlessMembers, Kind::Changed);
                    named_in = named.then_some(last).or(named_in);
                }
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
    named_in.unwrap_or(last)
}

fn listed(members: Option<&Value>) -> Vec<String> {
    member_ids(members.and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

/// Makes a group with a member and reads it, unless the scenario has one. A target that ignores the members of a create may
/// show those that the client's own request adds.
async fn show_a_member(world: &mut World) -> StepResult {
    if !world.cast.people.contains_key("bystander") {
        world.make_user("bystander", true).await?;
    }
    if !world.cast.groups.contains_key("witness") {
        world.make_group("witness", &["bystander".to_owned()]).await?;
    }
    let path = format!("/Groups/{}", component(&world.group_id("witness")?));
    let read = world.get(&path).await?;
    if object(&read).is_some_and(|group| !listed(group.get("members")).is_empty()) {
        return Ok(());
    }
    let member = json!([{"value": world.person_id("bystander")?}]);
    let group = object(&read).and_then(|group| group.as_object().cloned());
    let request = if let (ClientKind::Aiw, Some(mut group)) = (world.client, group) {
        group.insert("members".to_owned(), member);
        Request::scim(Method::Put, &path, Some(&group.into()))
    } else {
        let operation = json!({"op": "add", "path": "members", "value": member});
        let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
        Request::scim(Method::Patch, &path, Some(&body))
    };
    world.send(request).await?;
    world.get(&path).await.map(|_| ())
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
    world.assess(assertions::judge(&exchange));
    let found = match exchange.status() {
        Some(404) => Some(Vec::new()),
        _ => object(&exchange).and_then(|body| resources(&body).cloned()),
    };
    let Some(found) = found else { return Err(Outcome::Blocked("the lookup returned no list".to_owned())) };
    let named = |resource: &&Value| {
        resource.get(attribute).and_then(Value::as_str).is_some_and(|have| have.eq_ignore_ascii_case(value))
    };
    let mut ids: Vec<String> =
        found.iter().filter(named).filter_map(|resource| crate::wire::id_text(resource.get("id")?)).collect();
    // A resource that is listed twice is judged with the response.
    ids.dedup();
    Ok(ids)
}

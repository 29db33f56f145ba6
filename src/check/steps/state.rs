//! Assertions about the state of the server, read by GET requests of the harness. If Okta could not complete the action before
//! them they are blocked.

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use crate::check::assertions;
use crate::check::judgement::{action_completed, judge_last_action};
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::reading::{describe, join, object, place, response, sent_body, shown, status_and_body, succeeded};
use crate::check::requirement::Requirement;
use crate::check::stored::{
    judge_active, judge_members, judge_surviving_members, judge_values, look_up, lookups_work, read_group, read_user,
};
use crate::check::world::World;
use crate::wire::{Exchange, Method, Request, id_text};

pub(super) const STEPS: &[StepDef] = &[
    step!("the server stores PEOPLE as (active|inactive), with the values Okta sent", Target, users_as_sent, Judges),
    step!("PERSON's (\\w+) on the server is \"([^\"]*)\"", Target, attribute, Judges),
    step!("a lookup of PERSON's userName finds only PERSON", Target, lookup_finds_person, Judges),
    step!("a lookup of PERSON's userName finds no user", Target, lookup_finds_none, Judges),
    step!("a lookup of PERSON's old userName finds no user", Target, lookup_of_old_name_finds_none, Judges),
    step!("a lookup of the group GROUP by name finds only that group", Target, lookup_finds_group),
    step!("the group GROUP on the server has exactly these members: PEOPLE", Target, members, Judges),
    step!("the group GROUP on the server has no members", Target, no_members),
    step!("the server no longer has the group GROUP", Target, group_is_gone),
    step!("the unrelated (?:user|group) is unchanged", Target, bystanders_untouched),
    step!("the group GROUP on the server still has exactly these members: PEOPLE", Target, members_survive, Judges),
    step!("PERSON has the same id as before", Target, same_id, Judges),
    step!("the server refuses the userName as taken", Target, name_is_taken),
    step!(
        "the server creates PERSON, or refuses the e-mail address as taken",
        Target,
        email_is_shared_or_taken,
        Judges
    ),
    step!(
        "a lookup of PERSON's userName finds only PERSON, if the server accepted it",
        Target,
        lookup_if_accepted,
        Judges
    ),
];

async fn users_as_sent(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    for key in args.keys(0) {
        judge_user(world, &key, args.text(1) == "active").await?;
    }
    Ok(())
}

async fn judge_user(world: &mut World, key: &str, active: bool) -> StepResult {
    let stored = read_user(world, key).await?;
    judge_active(world, key, active, stored.as_ref())?;
    stored.map_or(Ok(()), |stored| judge_values(world, key, &stored))
}

async fn attribute(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    // That the value is the one that Okta sent is judged with the other values.
    let Some(stored) = read_user(world, args.text(0)).await? else { return Ok(()) };
    judge_values(world, args.text(0), &stored)
}

/// The matches of a lookup, and its position among the exchanges.
struct Found {
    ids: Vec<String>,
    at: usize,
}

async fn find(world: &mut World, collection: &str, attribute: &str, name: &str) -> StepResult<Found> {
    let ids = look_up(world, collection, attribute, name).await?;
    Ok(Found { ids, at: world.exchanges.len().saturating_sub(1) })
}

/// Reports a lookup that found other resources than expected. Those of others are judged with the response.
fn judge_found(world: &mut World, what: &str, expected: &[String], found: &Found, requirement: Requirement) {
    world.note([requirement]);
    if found.ids == expected {
        return;
    }
    let kind = if found.ids.is_empty() { Kind::Missing } else { Kind::Extra };
    let subject = if requirement == Requirement::GroupLookupFinds { Subject::Group } else { Subject::User };
    let deviation = Deviation::new(requirement, kind, "matches", join(expected), join(&found.ids));
    let deviation = Deviation { exchanges: vec![found.at], ..deviation };
    world.report(deviation.at(format!("the lookup of {what}")).about(subject));
}

async fn lookup_finds_person(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let key = args.text(0);
    let id = world.person_id(key)?;
    // A user that was removed when it was deactivated cannot be found, and one that kept its old name is reported as such.
    let Some(stored) = read_user(world, key).await? else { return Ok(()) };
    let login = world.person(key)?.login().to_owned();
    if !stored.get("userName").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(&login)) {
        return judge_values(world, key, &stored);
    }
    let found = find(world, "Users", "userName", &login).await?;
    let inactive = stored.get("active") == Some(&Value::Bool(false));
    let hides_inactive = found.ids.is_empty() && inactive && lookups_work(world).await?;
    if inactive {
        world.note([Requirement::LookupInactive]);
    }
    let requirement = if hides_inactive { Requirement::LookupInactive } else { Requirement::LookupFinds };
    judge_found(world, key, &[id], &found, requirement);
    Ok(())
}

async fn lookup_finds_none(world: &mut World, args: &Args) -> StepResult {
    let login = world.person(args.text(0))?.login().to_owned();
    let found = find(world, "Users", "userName", &login).await?;
    judge_found(world, args.text(0), &[], &found, Requirement::LookupMatches);
    Ok(())
}

async fn lookup_of_old_name_finds_none(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let Some(stored) = read_user(world, args.text(0)).await? else { return Ok(()) };
    if world.has_fault(&[Requirement::LookupFinds]) {
        return Ok(());
    }
    let old = world.person(args.text(0))?.logins.first().cloned().unwrap_or_default();
    if stored.get("userName").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(&old)) {
        return judge_values(world, args.text(0), &stored);
    }
    let found = find(world, "Users", "userName", &old).await?;
    judge_found(world, "the old userName", &[], &found, Requirement::OldNameFree);
    Ok(())
}

async fn lookup_finds_group(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let id = world.group_id(args.text(0))?;
    let name = world.group(args.text(0))?.name().to_owned();
    let found = find(world, "Groups", "displayName", &name).await?;
    // A group that kept its old name is reported with its members.
    if found.ids.is_empty()
        && let Some(stored) = read_group(world, args.text(0)).await?
        && stored.get("displayName").and_then(Value::as_str).is_some_and(|kept| !kept.eq_ignore_ascii_case(&name))
    {
        return Ok(());
    }
    judge_found(world, args.text(0), &[id], &found, Requirement::GroupLookupFinds);
    Ok(())
}

async fn members(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let expected = args.keys(1).iter().map(|key| world.person_id(key)).collect::<StepResult<Vec<_>>>()?;
    judge_members(world, args.text(0), expected).await
}

async fn no_members(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    judge_members(world, args.text(0), Vec::new()).await
}

async fn group_is_gone(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    world.note([Requirement::GroupDeleted]);
    if let Some(body) = read_group(world, args.text(0)).await? {
        let actual = shown(body.get("displayName"));
        let deviation = Deviation::new(Requirement::GroupDeleted, Kind::Extra, "group", "no such group", actual);
        let id = world.group_id(args.text(0))?;
        world.report(deviation.at(format!("group {}", args.text(0))).about(Subject::Group).of(&id));
    }
    Ok(())
}

async fn bystanders_untouched(world: &mut World, _: &Args) -> StepResult {
    let stored = read_user(world, "bystander").await?;
    world.note([Requirement::OthersUntouched]);
    if let Some(deviation) = stored.as_ref().and_then(|stored| unnamed_change(world, stored)) {
        world.report(deviation);
    } else {
        judge_active(world, "bystander", true, stored.as_ref())?;
        stored.map_or(Ok(()), |stored| judge_values(world, "bystander", &stored))?;
    }
    if world.cast.groups.contains_key("bystanders") {
        let id = world.person_id("bystander")?;
        judge_members(world, "bystanders", vec![id]).await?;
    }
    Ok(())
}

/// Returns the difference if a user is not as its create showed it, although no later write named it.
fn unnamed_change(world: &World, stored: &Value) -> Option<Deviation> {
    let id = world.person_id("bystander").ok()?;
    let mut exchanges = world.exchanges.iter().map(|(_, exchange)| exchange);
    let names = |exchange: &Exchange| exchange.request.subject().1.as_deref() == Some(&id);
    if exchanges.any(|exchange| names(exchange) && exchange.request.method != Method::Get) {
        return None;
    }
    let creates = world.exchanges.iter().filter(|(_, exchange)| exchange.request.method == Method::Post);
    let mut bodies = creates.filter_map(|(_, exchange)| object(exchange));
    let before = bodies.find(|body| body.get("id").and_then(id_text).as_deref() == Some(&id))?;
    let differs = |part: &&str| match (before.get(*part), stored.get(*part)) {
        (Some(Value::Bool(before)), Some(Value::Bool(now))) => before != now,
        (Some(Value::String(before)), Some(Value::String(now))) => !before.eq_ignore_ascii_case(now),
        _ => false,
    };
    let part = ["userName", "active"].into_iter().find(differs)?;
    let (expected, actual) = (shown(before.get(part)), shown(stored.get(part)));
    let deviation = Deviation::new(Requirement::OthersUntouched, Kind::Changed, part, expected, actual);
    Some(deviation.at("a user that no write named").about(Subject::User))
}

async fn members_survive(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let expected = args.keys(1).iter().map(|key| world.person_id(key)).collect::<StepResult<Vec<_>>>()?;
    judge_surviving_members(world, args.text(0), expected).await
}

/// Judges the response to a PUT with the userName of another user.
async fn name_is_taken(world: &mut World, _: &Args) -> StepResult {
    let put = world.last_traffic().find(|exchange| exchange.request.method == Method::Put).cloned();
    let Some(put) = put else { return Err(Outcome::Blocked("Okta sent no PUT".to_owned())) };
    let response = response(&put)?;
    world.note([Requirement::PutConflict]);
    if response.status == 409 {
        world.note([Requirement::ErrorSchema, Requirement::ConflictType]);
    }
    if response.status != 409 {
        let actual = status_and_body(response);
        let deviation = Deviation::new(Requirement::PutConflict, Kind::WrongStatus, "status", "409", actual);
        let deviation = Deviation { status: Some(response.status), ..deviation };
        world.report(deviation.at(describe(&put)).about(Subject::User));
        return Ok(());
    }
    judge_conflict(world, &put)
}

/// Judges the response to a create with the e-mail address of another user. A server may require unique addresses, but it must
/// say so.
async fn email_is_shared_or_taken(world: &mut World, args: &Args) -> StepResult {
    let post = world.last_traffic().find(|exchange| exchange.request.method == Method::Post).cloned();
    let Some(post) = post else { return Err(Outcome::Blocked("Okta sent no POST".to_owned())) };
    world.note([Requirement::EmailShared]);
    if succeeded(&post) {
        judge_last_action(world).await?;
        action_completed(world).await?;
        return judge_user(world, args.text(0), true).await;
    }
    if !accepts_with_another_email(world, args.text(0), &post).await? {
        return judge_last_action(world).await;
    }
    world.note([Requirement::EmailConflict]);
    let response = response(&post)?;
    let actual = status_and_body(response);
    if response.status != 409 {
        let deviation = Deviation::new(Requirement::EmailConflict, Kind::WrongStatus, "status", "201 or 409", actual);
        let deviation = Deviation { status: Some(response.status), ..deviation };
        world.report(deviation.at(describe(&post)).about(Subject::User));
        return Ok(());
    }
    let deviation = Deviation::new(Requirement::EmailShared, Kind::WrongStatus, "status", "201", actual);
    let deviation = Deviation { status: Some(response.status), ..deviation };
    world.report(deviation.at(describe(&post)).about(Subject::User));
    judge_conflict(world, &post)
}

/// Sends a refused create again with an e-mail address that no user has. If it is refused too, the address was not the reason.
async fn accepts_with_another_email(world: &mut World, key: &str, post: &Exchange) -> StepResult<bool> {
    let mut body = sent_body(post);
    let email = Value::from(world.login(&format!("{key}.alone")));
    if let Some(value) = body.get_mut("emails").and_then(|emails| emails.get_mut(0)?.get_mut("value")) {
        *value = email;
    }
    let again = world.send(Request::scim(Method::Post, "/Users", Some(&body))).await?;
    Ok(succeeded(&again))
}

/// Judges the error of a 409.
fn judge_conflict(world: &mut World, exchange: &Exchange) -> StepResult {
    let response = response(exchange)?;
    if !assertions::is_scim_error(response) {
        let actual = status_and_body(response);
        let deviation = Deviation::new(Requirement::ErrorSchema, Kind::Missing, "resource", "a SCIM error", actual);
        world.report(deviation.at(place(exchange)).about(Subject::Error));
    } else if object(exchange).is_none_or(|error| error.get("scimType") != Some(&Value::from("uniqueness"))) {
        let actual = shown(object(exchange).and_then(|error| error.get("scimType").cloned()).as_ref());
        let deviation = Deviation::new(Requirement::ConflictType, Kind::Missing, "scimType", "\"uniqueness\"", actual);
        world.report(deviation.at(place(exchange)).about(Subject::Error));
    }
    Ok(())
}

async fn same_id(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let ids = world.person(args.text(0))?.ids.clone();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
    world.note([Requirement::SameUser]);
    if first != last {
        // Reports replace both ids by the key of the person.
        let deviation = Deviation::new(Requirement::SameUser, Kind::Changed, "id", "the same id", "another id");
        world.report(deviation.at(format!("user {last}")).about(Subject::User));
    }
    Ok(())
}

async fn lookup_if_accepted(world: &mut World, args: &Args) -> StepResult {
    if world.has_fault(&[Requirement::NonAsciiUserName]) {
        return Ok(());
    }
    lookup_finds_person(world, args).await
}

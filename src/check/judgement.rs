//! Judges the responses to an action in Okta: what a response says, and what the scenario knows to be on the target.

use serde_json::Value;

use super::assertions;
use super::known::{self, Known};
use super::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use super::reading::{lookup, member_ids, object, place, resources, sent_body, succeeded};
use super::requirement::Requirement;
use super::stored;
use super::world::{Sender, World};
use crate::wire::encode::component;
use crate::wire::{Exchange, Failure, Method, NotOurs, id_text};

/// Judges every response to the last action and reports the differences.
///
/// # Errors
/// A request of the harness that verifies a difference got no response.
pub(super) async fn judge_last_action(world: &mut World) -> StepResult {
    judge_responses(world, |_| true).await
}

/// Judges every response to the last action and reports the differences that may stop Okta.
///
/// # Errors
/// As [`judge_last_action`].
pub(super) async fn judge_what_stops_okta(world: &mut World) -> StepResult {
    judge_responses(world, Requirement::stops_okta).await
}

async fn judge_responses(world: &mut World, counts: impl Fn(Requirement) -> bool) -> StepResult {
    let (from, to) = (world.mark, world.exchanges.len());
    for at in from..to {
        let Some((Sender::Okta, exchange)) = world.exchanges.get(at).cloned() else { continue };
        if world.abridged.contains(&at) {
            continue;
        }
        if let Err(Failure::NotOurs(reason)) = &exchange.outcome
            && reason.is_about_create()
        {
            let (expected, actual) = ("the id of the resource that was created", reason.to_string());
            let deviation = Deviation::new(Requirement::OwnId, Kind::Changed, "id", expected, actual);
            world.report(Deviation { exchanges: vec![at], ..deviation.at(place(&exchange)) });
        } else if let Err(Failure::NotOurs(NotOurs::Reused { .. })) = &exchange.outcome
            && let Some(shown) = shown_after_delete(world, at, &exchange)
        {
            let deviation =
                Deviation::new(Requirement::GroupDeleted, Kind::Extra, "group", "no such group", "it is there");
            let deviation = deviation.at(place(&exchange)).about(Subject::Group);
            world.report(Deviation { exchanges: shown.to_vec(), ..deviation });
        } else if exchange.request.method == Method::Post && succeeded(&exchange) {
            world.note([Requirement::OwnId]);
        }
        let (collection, _) = exchange.request.subject();
        let before = world.exchanges.iter().take(at).map(|(_, exchange)| exchange);
        let known = known::resources(before, &collection);
        if let Some(deviation) = other_resource(&exchange, &known) {
            world.report(Deviation { exchanges: vec![at], ..deviation });
            continue;
        }
        let mut echoes = Vec::new();
        let assessment = assertions::judge(&exchange).only(&counts);
        world.note(assessment.judged);
        for fault in assessment.faults {
            if assertions::is_echo(&fault) {
                echoes.push(fault);
            } else if !is_explained(&exchange, &fault, &known) {
                world.report(Deviation { exchanges: vec![at], ..fault });
            }
        }
        settle_echoes(world, &exchange, at, echoes).await?;
        note_lookup(world, &exchange, &known);
        let found_others = world.has_fault(&[Requirement::LookupMatches, Requirement::GroupLookupMatches]);
        if let Some(missed) = missed(&exchange, &known).filter(|_| !found_others) {
            judge_missed(world, &exchange, missed).await?;
        }
    }
    Ok(())
}

/// Reports a create whose response is a resource that was there before, under another name.
fn other_resource(exchange: &Exchange, known: &[Known]) -> Option<Deviation> {
    let (collection, id) = exchange.request.subject();
    if exchange.request.method != Method::Post || id.is_some() || !succeeded(exchange) {
        return None;
    }
    let sent = sent_body(exchange);
    let name = ["userName", "displayName"].iter().find_map(|key| sent.get(*key)?.as_str())?;
    let created = object(exchange).as_ref().and_then(|body| id_text(body.get("id")?))?;
    let other = known.iter().find(|one| one.id == created && !one.name.eq_ignore_ascii_case(name))?;
    let actual = format!("the id of {}", other.name);
    let deviation = Deviation::new(Requirement::OwnId, Kind::Changed, "id", "the id of a new resource", actual);
    Some(deviation.at(place(exchange)).about(Subject::of_collection(&collection)))
}

/// Returns the positions of the DELETE of a group and of the later list that shows it, if the scenario has both.
fn shown_after_delete(world: &World, at: usize, exchange: &Exchange) -> Option<[usize; 2]> {
    let (collection, id) = exchange.request.subject();
    let (id, before) = (id.filter(|_| collection == "Groups")?, world.exchanges.iter().map(|(_, exchange)| exchange));
    let before: Vec<&Exchange> = before.take(at).collect();
    let deleted = before.iter().rposition(|exchange| {
        exchange.request.method == Method::Delete
            && succeeded(exchange)
            && exchange.request.subject().1.as_ref() == Some(&id)
    })?;
    let is_listed = |exchange: &&&Exchange| {
        let listed = object(exchange).and_then(|body| resources(&body).cloned()).unwrap_or_default();
        listed.iter().any(|one| one.get("id").and_then(id_text).as_ref() == Some(&id))
    };
    let shown = before.iter().skip(deleted + 1).position(|exchange| is_listed(&exchange))?;
    Some([deleted, deleted + 1 + shown])
}

/// Asserts that Okta completed the last action. If it did not, reports the responses that explain it.
///
/// # Errors
/// Okta showed the administrator an error, so that what should follow is blocked.
pub(super) async fn action_completed(world: &mut World) -> StepResult {
    let Some(task) = world.tasks.first().cloned() else {
        world.note([Requirement::NoAdminError]);
        return Ok(());
    };
    if !world.is_explained() {
        judge_last_action(world).await?;
    }
    if !world.is_explained() {
        let tasks = world.tasks.join("\n");
        world.report(Deviation::new(Requirement::NoAdminError, Kind::Extra, "error", "no error", tasks).at("Okta"));
    }
    Err(Outcome::Blocked(format!("Okta could not complete the action: {task}")))
}

/// Returns true if the refusal follows from what is on the target: a conflict with a resource that is there, or a read of a user
/// that was removed when it was deactivated. With which status a PUT of a taken name is refused is judged by its own step.
fn is_explained(exchange: &Exchange, fault: &Deviation, known: &[Known]) -> bool {
    let (_, id) = exchange.request.subject();
    let taken = || {
        let body = sent_body(exchange);
        let name = ["userName", "displayName"].iter().find_map(|key| body.get(*key)?.as_str()).unwrap_or_default();
        known.iter().any(|one| one.name.eq_ignore_ascii_case(name) && Some(&one.id) != id.as_ref())
    };
    match (exchange.request.method, fault.status) {
        (Method::Post, Some(409)) => taken(),
        (Method::Put, Some(_)) if taken() => true,
        (Method::Get | Method::Put | Method::Patch, Some(404)) => {
            known.iter().any(|one| Some(&one.id) == id.as_ref() && !one.active)
        }
        _ => false,
    }
}

/// Reports what a response shows otherwise than it was sent. If the server has the value, the response is wrong; otherwise
/// the server did not store it.
async fn settle_echoes(world: &mut World, exchange: &Exchange, at: usize, echoes: Vec<Deviation>) -> StepResult {
    let (collection, id) = exchange.request.subject();
    let created = object(exchange).and_then(|body| body.get("id")?.as_str().map(str::to_owned));
    let Some(id) = id.or(created).filter(|_| !echoes.is_empty()) else { return Ok(()) };
    // A later write may have changed it since.
    let read = match read_before_a_write(world, at, &collection, &id) {
        Some(read) => read,
        None => world.get(&format!("/{collection}/{}", component(&id))).await?,
    };
    let Some(now) = object(&read).filter(|_| read.status() == Some(200)) else { return Ok(()) };
    let shown = object(exchange).unwrap_or_default();
    for echo in echoes {
        let first = echo.part.split('.').next().unwrap_or_default();
        if is_shown_otherwise(&now, &shown, first) {
            world.report(echo);
        } else if collection == "Users" {
            stored::report_user(world, &id, Some(&now), |part| part == echo.part);
        }
    }
    Ok(())
}

/// Returns true if two representations differ in an attribute. Members have no order.
fn is_shown_otherwise(one: &Value, other: &Value, attribute: &str) -> bool {
    let members = |of: &Value| of.get(attribute).and_then(Value::as_array).map(|members| member_ids(members));
    match attribute {
        "members" => members(one) != members(other),
        _ => one.get(attribute) != other.get(attribute),
    }
}

/// Returns the first read of a resource after an exchange, if no write to it came between.
fn read_before_a_write(world: &World, at: usize, collection: &str, id: &str) -> Option<Exchange> {
    let later = world.exchanges.iter().skip(at + 1).map(|(_, exchange)| exchange);
    let mut about = later.filter(|exchange| exchange.request.subject() == (collection.to_owned(), Some(id.to_owned())));
    about.next().filter(|exchange| exchange.request.method == Method::Get).cloned()
}

/// Notes what a lookup of a resource that is on the target is judged by.
fn note_lookup(world: &mut World, exchange: &Exchange, known: &[Known]) {
    let Some((_, name)) = lookup(exchange).filter(|_| exchange.response().is_some()) else { return };
    let Some(wanted) = known.iter().find(|one| one.name.eq_ignore_ascii_case(&name)) else { return };
    let (collection, _) = exchange.request.subject();
    if Subject::of_collection(&collection) == Subject::Group {
        return world.note([Requirement::GroupLookupFinds]);
    }
    world.note([if wanted.active { Requirement::LookupFinds } else { Requirement::LookupInactive }]);
    if wanted.name != name {
        world.note([Requirement::LookupIgnoresCase, Requirement::OneAccount]);
    }
}

/// Returns the resource that a lookup should have found and did not.
fn missed<'a>(exchange: &Exchange, known: &'a [Known]) -> Option<&'a Known> {
    let (_, name) = lookup(exchange)?;
    let wanted = known.iter().find(|one| one.name.eq_ignore_ascii_case(&name))?;
    let found = match exchange.status()? {
        200 => resources(&object(exchange)?).cloned()?,
        404 => Vec::new(),
        _ => return None,
    };
    let is_wanted = |resource: &Value| resource.get("id").and_then(id_text).is_some_and(|id| id == wanted.id);
    (!found.iter().any(is_wanted)).then_some(wanted)
}

/// Reports a lookup that missed a user whose name has other capitals. If the server then accepted a create of that name, the
/// person has two accounts.
fn report_case(world: &mut World, exchange: &Exchange, missed: &Known, asked: &str) {
    let created = world.exchanges.iter().map(|(_, exchange)| exchange).find(|exchange| {
        exchange.request.method == Method::Post
            && (200..300).contains(&exchange.status().unwrap_or_default())
            && sent_body(exchange).get("userName").and_then(Value::as_str) == Some(asked)
    });
    let deviation = match created {
        Some(created) => {
            let actual = format!("{asked} and {}", missed.name);
            Deviation::new(Requirement::OneAccount, Kind::Extra, "second user", "one user", actual).at(place(created))
        }
        None => Deviation::new(Requirement::LookupIgnoresCase, Kind::Missing, "match", missed.name.clone(), "nothing")
            .at(place(exchange)),
    };
    world.report(deviation.about(Subject::User));
}

/// Reports a lookup that missed a resource, unless the server removed the user when it was deactivated.
async fn judge_missed(world: &mut World, exchange: &Exchange, missed: &Known) -> StepResult {
    let (collection, _) = exchange.request.subject();
    let subject = Subject::of_collection(&collection);
    let asked = lookup(exchange).map(|(_, name)| name).unwrap_or_default();
    if subject == Subject::User && asked != missed.name && missed.name.eq_ignore_ascii_case(&asked) {
        let exact = stored::look_up(world, "Users", "userName", &missed.name).await?;
        if !exact.is_empty() {
            report_case(world, exchange, missed, &asked);
            return Ok(());
        }
    }
    let requirement = match subject {
        Subject::Group => Requirement::GroupLookupFinds,
        _ if missed.active => Requirement::LookupFinds,
        _ => {
            let read = world.get(&format!("/Users/{}", component(&missed.id))).await?;
            if read.status() == Some(404) {
                return Ok(());
            }
            if stored::lookups_work(world).await? { Requirement::LookupInactive } else { Requirement::LookupFinds }
        }
    };
    let deviation = Deviation::new(requirement, Kind::Missing, "match", missed.name.clone(), "nothing");
    world.report(deviation.at(place(exchange)).about(subject));
    Ok(())
}

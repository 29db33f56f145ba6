//! Groups with the whole population as members.
//!
//! Its users are not in the cast: their IDs would fill the report. "Of them" are the first ones in the order of the population
//! if they leave, and the last ones if they stay.

use std::collections::BTreeMap;

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use super::events::observed;
use super::org::make_group;
use crate::check::judgement::action_completed;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::requirement::Requirement;
use crate::check::stored::judge_members;
use crate::check::world::World;
use crate::okta::Action;

pub(super) const STEPS: &[StepDef] = &[
    step!("the population is on the server", Target, on_server, TakesPopulation),
    step!("the population is imported into Okta and assigned to the app", Target, import, TakesPopulation),
    step!("the group GROUP in Okta with all of them", Target, group),
    step!("(\\d+) of them are removed from the group GROUP in Okta", Target, leave),
    step!("the group GROUP on the server has (\\d+) of them as members", Target, members),
    step!("the events add (\\d+) of them to the group GROUP", Events, added, Marks),
    step!("the events remove (\\d+) of them from the group GROUP", Events, removed, Marks),
];

/// The names that a message has in full.
const NAMED: usize = 3;

/// Lists a few names, and the number of the others.
pub(super) fn names(all: &[&str]) -> String {
    let named: Vec<&str> = all.iter().take(NAMED).copied().collect();
    match all.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        others => format!("{} and {others} others", named.join(", ")),
    }
}

async fn on_server(world: &mut World, _: &Args) -> StepResult {
    world.crowd = world.run.population.users().to_vec();
    if world.crowd.is_empty() {
        return Err(Outcome::InvalidStep("a scenario that needs the population has the tag @population".to_owned()));
    }
    Ok(())
}

async fn import(world: &mut World, args: &Args) -> StepResult {
    on_server(world, args).await?;
    world.import_crowd().await
}

/// Returns the keys of the first people, as many as a capture group says.
fn first(world: &World, args: &Args, index: usize) -> Vec<String> {
    world.crowd.iter().take(count(args, index)).map(|user| user.person.key.clone()).collect()
}

fn count(args: &Args, index: usize) -> usize {
    args.text(index).parse().unwrap_or_default()
}

async fn group(world: &mut World, args: &Args) -> StepResult {
    let all = world.crowd.iter().map(|user| user.person.key.clone()).collect();
    make_group(world, args.text(0), all).await
}

async fn leave(world: &mut World, args: &Args) -> StepResult {
    let (group, people) = (world.group(args.text(1))?.name().to_owned(), first(world, args, 0));
    world.act(Action::RemoveFromGroup { group, people }).await
}

async fn members(world: &mut World, args: &Args) -> StepResult {
    action_completed(world).await?;
    let skipped = world.crowd.len().saturating_sub(count(args, 1));
    let staying = world.crowd.iter().skip(skipped).map(|user| user.id.clone()).collect();
    judge_members(world, args.text(0), staying).await
}

async fn added(world: &mut World, args: &Args) -> StepResult {
    judge_events(world, "dsync.group.user_added", args).await
}

async fn removed(world: &mut World, args: &Args) -> StepResult {
    judge_events(world, "dsync.group.user_removed", args).await
}

/// Compares the membership events of a group with one for each of the first people.
async fn judge_events(world: &mut World, name: &str, args: &Args) -> StepResult {
    let new = observed(world).await?;
    world.note([Requirement::MembershipEvents]);
    let mut expected: BTreeMap<&str, usize> =
        world.crowd.iter().take(count(args, 0)).map(|user| (user.person.okta_id.as_str(), 0)).collect();
    let by_id: BTreeMap<&str, &str> =
        world.crowd.iter().map(|user| (user.id.as_str(), user.person.okta_id.as_str())).collect();
    let mut others = 0;
    for event in new.iter().filter(|event| event.pointer("/data/user").is_some()) {
        let user = event.pointer("/data/user/idp_id").and_then(Value::as_str).unwrap_or_default();
        let user = by_id.get(user).copied().unwrap_or(user);
        match expected.get_mut(user).filter(|_| event.get("event").and_then(Value::as_str) == Some(name)) {
            Some(events) => *events += 1,
            None => others += 1,
        }
    }
    let missing = expected.values().filter(|events| **events == 0).count();
    others += expected.values().map(|events| events.saturating_sub(1)).sum::<usize>();
    if missing + others == 0 {
        return Ok(());
    }
    let kind = if missing > 0 { Kind::Missing } else { Kind::Extra };
    let actual = format!("{} of them, and {others} other events of its members", expected.len() - missing);
    let wanted = format!("{name} for {} users", expected.len());
    let deviation = Deviation::new(Requirement::MembershipEvents, kind, name, wanted, actual);
    Err(deviation.at("the event log").about(Subject::Event).into())
}

//! Judges what an action needs, before it: the users and groups that the scenario has prepared.
//!
//! A fault found here is about the preparation. The scenario is blocked by it, and another scenario is about it.

use super::expectation;
use super::judgement::judge_what_stops_okta;
use super::outcome::{Outcome, StepResult};
use super::stored::{judge_active, judge_members, judge_values, read_user};
use super::world::{Sender, World};

/// Asserts that the server has what the scenario prepared.
///
/// # Errors
/// It has not: what follows is blocked.
pub(super) async fn hold(world: &mut World) -> StepResult {
    // Before the first request of Okta there is nothing to judge: the harness made what is there, and judged it.
    if world.is_about_okta || !world.exchanges.iter().any(|(sender, _)| *sender == Sender::Okta) {
        return Ok(());
    }
    // The writes of all actions so far count, not only those of the last one.
    let mark = std::mem::replace(&mut world.mark, 0);
    let ended = async {
        judge_what_stops_okta(world).await?;
        judge_state(world).await
    }
    .await;
    world.mark = mark;
    ended?;
    if world.is_explained() {
        Err(Outcome::Blocked("the server lacks what the action needs".to_owned()))
    } else {
        Ok(())
    }
}

/// Reports users and groups of the scenario that are not as Okta sent them.
///
/// # Errors
/// There is no response.
pub(super) async fn judge_state(world: &mut World) -> StepResult {
    let people: Vec<(String, Option<bool>)> = world
        .cast
        .people
        .iter()
        .filter(|(key, _)| *key != "bystander")
        .filter_map(|(key, person)| Some((key.clone(), expectation::active(&world.model, person.id()?))))
        .collect();
    for (key, active) in people {
        let stored = read_user(world, &key).await?;
        judge_active(world, &key, active.unwrap_or(true), stored.as_ref())?;
        if let Some(stored) = stored {
            judge_values(world, &key, &stored)?;
        }
    }
    let groups: Vec<(String, String)> = world
        .cast
        .groups
        .iter()
        .filter(|(key, _)| *key != "bystanders")
        .filter_map(|(key, group)| Some((key.clone(), group.id()?.to_owned())))
        .filter(|(_, id)| world.model.expected(crate::scim::Kind::Group, id).is_some())
        .collect();
    for (key, id) in groups {
        let expected = expectation::members(&world.model, &id);
        // A group without members that are shown is judged by the steps after the action.
        match judge_members(world, &key, expected).await {
            Err(Outcome::NotObserved(_)) => {}
            other => other?,
        }
    }
    Ok(())
}

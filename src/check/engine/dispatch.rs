//! The one function that cucumber calls: finds the step in the table, runs it, and records the outcome.

use cucumber::gherkin::StepType;
use cucumber::{World as CucumberWorld, step};
use futures::future::LocalBoxFuture;

use super::guard::run_step;
use crate::check::steps::{self, Args};
use crate::check::world::{Role, World};
use crate::check::{judgement, preconditions};
use crate::wire::limiter::Permit;

/// The panic payload that ends a scenario. The outcome has been recorded in the world before.
#[derive(Debug)]
pub(super) struct Stop;

/// The world as cucumber sees it. A hook inserts ours before the scenario, with the permit to play it, and takes both out
/// afterwards.
#[derive(Debug, Default)]
pub(super) struct Slot(pub(super) Option<Box<World>>, pub(super) Option<Permit>);

impl CucumberWorld for Slot {
    type Error = std::convert::Infallible;

    async fn new() -> Result<Self, Self::Error> {
        Ok(Self::default())
    }
}

/// Registers the pattern of every step; all of them lead to [`dispatch`].
pub(super) fn collection() -> step::Collection<Slot> {
    steps::compiled().iter().fold(step::Collection::new(), |all, (regex, _)| {
        all.given(None, regex.clone(), dispatch).when(None, regex.clone(), dispatch).then(None, regex.clone(), dispatch)
    })
}

fn dispatch(slot: &mut Slot, context: step::Context) -> LocalBoxFuture<'_, ()> {
    Box::pin(async move {
        let Some(world) = slot.0.as_deref_mut() else { std::panic::resume_unwind(Box::new(Stop)) };
        let text = context.step.value.as_str();
        let Some(step) = steps::matching(text).into_iter().next() else { std::panic::resume_unwind(Box::new(Stop)) };
        let captures = context.matches.iter().skip(1).map(|(_, text)| text.clone()).collect();
        let table = context.step.table.map(|table| table.rows).unwrap_or_default();
        let line = format!("{} {text}", context.step.keyword.trim());
        let role = match context.step.ty {
            StepType::Given => Role::Given,
            StepType::When => Role::When,
            StepType::Then => Role::Then,
        };
        let mut ended = match role {
            // What the action needs is judged before it, or the action would be blamed for it.
            Role::When => preconditions::hold(world).await,
            _ => Ok(()),
        };
        if ended.is_ok() {
            ended = run_step(world, &line, step.run, Args { captures, table }).await;
        }
        if ended.is_ok() && role == Role::Given {
            ended = judgement::action_completed(world).await;
        }
        let at = context.step.position.line;
        let goes_on = world.record_step(step.aspect, role, &line, at, ended);
        if !goes_on {
            std::panic::resume_unwind(Box::new(Stop));
        }
    })
}

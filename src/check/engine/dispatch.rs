//! One function for every step: finds it in the table, runs it, and writes down how it ended.

use cucumber::gherkin::StepType;
use cucumber::{World as CucumberWorld, step};
use futures::future::LocalBoxFuture;

use crate::check::outcome::Outcome;
use crate::check::steps::{self, About, Args};
use crate::check::world::World;

/// The payload with which a step ends its scenario; how it ended is in the world already.
#[derive(Debug)]
pub(super) struct Stop;

/// cucumber's world: ours, put in by the hook before the scenario and taken out after it.
#[derive(Debug, Default)]
pub(super) struct Slot(pub(super) Option<Box<World>>);

impl CucumberWorld for Slot {
    type Error = std::convert::Infallible;

    async fn new() -> Result<Self, Self::Error> {
        Ok(Self::default())
    }
}

/// Every step's pattern, all leading to [`dispatch`].
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
        let mut ended = world.guarded(&line, step.run, Args { captures, table }).await;
        // What is given must be so: an action that failed there would be blamed on what the scenario asks after it.
        if ended.is_ok() && context.step.ty == StepType::Given {
            ended = world.untroubled();
        }
        let at = context.step.position.line;
        // What is said about events does not end the scenario: the steps after it are still judged.
        let goes_on = ended.is_ok() || (step.about == About::Events && !matches!(ended, Err(Outcome::Inconclusive(_))));
        world.note(step.about, &line, at, ended);
        if !goes_on {
            std::panic::resume_unwind(Box::new(Stop));
        }
    })
}

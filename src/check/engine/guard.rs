//! Runs one step, unless the run was stopped.

use std::sync::Arc;

use crate::check::outcome::{Outcome, StepResult};
use crate::check::steps::{Args, StepFn};
use crate::check::world::World;

/// Runs a step. After a stop no step begins, and a step under way may finish its current request but nothing more.
pub(super) async fn run_step(world: &mut World, line: &str, step: StepFn, args: Args) -> StepResult {
    let run = Arc::clone(&world.run);
    if let Some(why) = run.stopped() {
        return Err(Outcome::Inconclusive(why));
    }
    world.running = Some(line.to_owned());
    // A request under way gets its full time-out, because clean-up has to know about everything that it creates.
    let overdue = async {
        let why = run.until_stopped().await;
        tokio::time::sleep(run.timeout).await;
        why
    };
    let ended = tokio::select! {
        biased;
        ended = step(world, args) => ended,
        why = overdue => Err(Outcome::Inconclusive(why)),
    };
    world.running = None;
    ended
}

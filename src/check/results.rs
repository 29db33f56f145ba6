//! Turns a scenario's world into its results: one about the target, and one about events if the scenario asserts them.

use super::case::{Case, PlannedStep};
use super::event_log;
use super::outcome::Aspect;
use super::run_context::RunContext;
use super::world::World;
use crate::base::clock::elapsed_ms;
use crate::report::{ScenarioReport, StepReport, Verdict};
use crate::sim::evidence;

/// Builds the results of a scenario that has ended. `crash` is the panic message if the harness itself failed.
pub(super) fn results(
    context: &RunContext,
    case: &Case,
    world: Option<Box<World>>,
    crash: Option<&str>,
) -> Vec<ScenarioReport> {
    let Some(world) = world else {
        let sentence = crash.map_or_else(|| "it did not run".to_owned(), |text| format!("the harness failed: {text}"));
        return vec![without_steps(context, case, Verdict::Inconclusive, sentence)];
    };
    let crash = crash.map(|text| {
        let step = world.running.clone().unwrap_or_else(|| "the scenario".to_owned());
        format!("the harness itself failed in {step:?}: {text}")
    });
    let mut target = aspect_result(context, case, &world, Aspect::Target, crash.as_deref());
    target.exchanges = world.exchanges.iter().map(|(sender, exchange)| evidence(sender.name(), exchange)).collect();
    let mut results = vec![target];
    if case.asserts_events() {
        let mut events = aspect_result(context, case, &world, Aspect::Events, crash.as_deref());
        if events.verdict == Verdict::Deviation {
            events.exchanges.clone_from(&results.first().map(|target| target.exchanges.clone()).unwrap_or_default());
        }
        events.events.clone_from(&world.events);
        events.id.push_str("#events");
        results.push(events);
    }
    results
}

fn aspect_result(
    context: &RunContext,
    case: &Case,
    world: &World,
    aspect: Aspect,
    crash: Option<&str>,
) -> ScenarioReport {
    let planned = case.steps.iter().enumerate().filter(|(_, planned)| planned.aspect == aspect);
    let mut steps: Vec<StepReport> = planned
        .map(|(at, planned)| world.records.get(at).map_or_else(|| unreached(planned), |record| record.report.clone()))
        .collect();
    let worst = steps.iter().max_by_key(|step| step.verdict.weight());
    let (verdict, sentence) = match (worst, crash) {
        (_, Some(text)) => (Verdict::Inconclusive, text.to_owned()),
        (Some(step), None) if step.verdict == Verdict::Skipped => unreached_verdict(context, world, aspect),
        (Some(step), None) if step.verdict != Verdict::Passed => {
            (step.verdict, step.message.clone().unwrap_or_else(|| step.text.clone()))
        }
        _ => (Verdict::Passed, "all steps held".to_owned()),
    };
    let mut result = without_steps(context, case, verdict, world.cast.replace_with_keys(&sentence));
    result.duration_ms = elapsed_ms(world.started);
    for step in &mut steps {
        for text in [&mut step.message, &mut step.expected, &mut step.actual].into_iter().flatten() {
            *text = world.cast.replace_with_keys(text);
        }
    }
    result.steps = steps;
    result
}

/// Returns the verdict on an aspect whose steps were not reached; it follows from the step that ended the scenario.
fn unreached_verdict(context: &RunContext, world: &World, aspect: Aspect) -> (Verdict, String) {
    let ended_by =
        world.records.iter().find(|record| record.aspect != aspect && record.report.verdict != Verdict::Passed);
    match ended_by {
        Some(record) if record.report.verdict == Verdict::Inconclusive => {
            (Verdict::Inconclusive, record.report.message.clone().unwrap_or_default())
        }
        // Without an event source the steps would not have observed anything, reached or not.
        _ if aspect == Aspect::Events && context.events.is_none() => {
            (Verdict::NotObserved, event_log::NO_SOURCE.to_owned())
        }
        _ => (Verdict::Skipped, "the scenario ended before it came to this".to_owned()),
    }
}

fn unreached(planned: &PlannedStep) -> StepReport {
    StepReport {
        text: planned.text.clone(),
        verdict: Verdict::Skipped,
        message: None,
        expected: None,
        actual: None,
        at: planned.at.clone(),
        exchanges: Vec::new(),
    }
}

/// Builds the results of a case that never ran.
pub(super) fn not_run(context: &RunContext, case: &Case, why: &str) -> Vec<ScenarioReport> {
    let first = without_steps(context, case, Verdict::Inconclusive, why.to_owned());
    let mut results = vec![first.clone()];
    if case.asserts_events() {
        results.push(ScenarioReport { id: format!("{}#events", first.id), ..first });
    }
    results
}

fn without_steps(context: &RunContext, case: &Case, verdict: Verdict, sentence: String) -> ScenarioReport {
    ScenarioReport {
        id: case.id.clone(),
        name: case.name.clone(),
        why: case.why.clone(),
        tags: case.tags.clone(),
        verdict,
        sentence,
        duration_ms: 0,
        steps: Vec::new(),
        exchanges: Vec::new(),
        events: Vec::new(),
        // A hyphen is special only within brackets, which ids do not contain; unescaped it is easier to read.
        repeat: format!("{} --name '^{}$'", context.command, regex::escape(&case.id).replace("\\-", "-")),
    }
}

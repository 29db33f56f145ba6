//! From a scenario's world to its results: one for what the target did, one for the events where it speaks of them.

use super::context::Context;
use super::engine::{Case, Planned};
use super::events;
use super::steps::About;
use super::world::World;
use crate::report::{ScenarioReport, StepReport, Verdict};
use crate::sim::evidence;

/// The results of a scenario that has ended. `crash` is the text of a fault of the harness itself.
pub(super) fn results(
    context: &Context,
    case: &Case,
    world: Option<Box<World>>,
    crash: Option<&str>,
) -> Vec<ScenarioReport> {
    let Some(world) = world else {
        let sentence = crash.map_or_else(|| "it did not run".to_owned(), |text| format!("the harness failed: {text}"));
        return vec![bare(context, case, Verdict::Inconclusive, sentence)];
    };
    let crashed = crash.map(|text| {
        let step = world.running.clone().unwrap_or_else(|| "the scenario".to_owned());
        format!("the harness itself failed in {step:?}: {text}")
    });
    let mut target = part(context, case, &world, About::Target, crashed.as_deref());
    target.exchanges = world.exchanges.iter().map(|(by, exchange)| evidence(by.name(), exchange)).collect();
    let mut results = vec![target];
    if case.speaks_of_events() {
        let mut events = part(context, case, &world, About::Events, crashed.as_deref());
        if events.verdict == Verdict::Deviation {
            events.exchanges.clone_from(&results.first().map(|target| target.exchanges.clone()).unwrap_or_default());
        }
        events.events.clone_from(&world.events);
        events.id.push_str("#events");
        results.push(events);
    }
    results
}

fn part(context: &Context, case: &Case, world: &World, about: About, crashed: Option<&str>) -> ScenarioReport {
    let other_ended = world.noted.iter().find(|noted| noted.about != about && noted.report.verdict != Verdict::Passed);
    let mut steps: Vec<StepReport> = Vec::new();
    for (at, planned) in case.steps.iter().enumerate().filter(|(_, planned)| planned.about == about) {
        let report = match world.noted.get(at) {
            Some(noted) => noted.report.clone(),
            None => unreached(planned),
        };
        steps.push(report);
    }
    let worst = steps.iter().max_by_key(|step| step.verdict.weight()).cloned();
    let (verdict, sentence) = match (worst, crashed) {
        (_, Some(text)) => (Verdict::Inconclusive, text.to_owned()),
        (Some(step), None) if step.verdict == Verdict::Skipped => match other_ended {
            // What the scenario came to decides whether a part that was never reached stays open.
            Some(noted) if noted.report.verdict == Verdict::Inconclusive => {
                (Verdict::Inconclusive, noted.report.message.clone().unwrap_or_default())
            }
            // Nothing about events can be seen, whether or not the scenario came to them.
            _ if about == About::Events && context.events.is_none() => {
                (Verdict::NotObserved, events::NO_SOURCE.to_owned())
            }
            _ => (Verdict::Skipped, "the scenario ended before it came to this".to_owned()),
        },
        (Some(step), None) if step.verdict != Verdict::Passed => {
            (step.verdict, step.message.clone().unwrap_or_else(|| step.text.clone()))
        }
        _ => (Verdict::Passed, "all steps held".to_owned()),
    };
    let mut result = bare(context, case, verdict, world.cast.in_words(&sentence));
    result.duration_ms = crate::base::clock::elapsed_ms(world.started);
    for step in &mut steps {
        for text in [&mut step.message, &mut step.expected, &mut step.actual].into_iter().flatten() {
            *text = world.cast.in_words(text);
        }
    }
    result.steps = steps;
    result
}

fn unreached(planned: &Planned) -> StepReport {
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

/// The results of a case that never ran.
pub(super) fn not_run(context: &Context, case: &Case, why: &str) -> Vec<ScenarioReport> {
    let first = bare(context, case, Verdict::Inconclusive, why.to_owned());
    let mut results = vec![first.clone()];
    if case.speaks_of_events() {
        results.push(ScenarioReport { id: format!("{}#events", first.id), ..first });
    }
    results
}

fn bare(context: &Context, case: &Case, verdict: Verdict, sentence: String) -> ScenarioReport {
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
        // A hyphen means something only within brackets, and an id has none: escaped it would be harder to read.
        repeat: format!("{} --name '^{}$'", context.command, regex::escape(&case.id).replace("\\-", "-")),
    }
}

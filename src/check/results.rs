//! Turns a scenario's world into its results: one about the target, and one about events if the scenario asserts them.

use std::collections::BTreeSet;

use super::case::{Case, PlannedStep};
use super::event_log;
use super::outcome::{Aspect, Deviation};
use super::requirement::{Profile, Requirement};
use super::run_context::RunContext;
use super::strangers::{Own, leave_out};
use super::world::{StepRecord, World};
use crate::base::clock::elapsed_ms;
use crate::model::Evidence;
use crate::report::{ScenarioReport, StepReport, Verdict};
use crate::sim::evidence;

/// A result with the faults behind it.
#[derive(Debug, Clone)]
pub struct Judged {
    pub report: ScenarioReport,
    pub faults: Vec<Fault>,
    /// The requirements by which the target was judged, violated or not.
    pub judged: BTreeSet<Requirement>,
    /// The attributes that the target kept.
    pub kept: Evidence,
}

impl Judged {
    /// Builds a result that was judged by what its faults violate.
    pub(super) fn new(report: ScenarioReport, faults: Vec<Fault>) -> Self {
        let judged = faults.iter().map(|fault| fault.deviation.requirement).collect();
        Self { report, faults, judged, kept: Evidence::default() }
    }
}

/// A violated requirement in a result.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The difference, with the keys of the feature in place of IDs and names.
    pub deviation: Deviation,
    /// True if it was found while the scenario was prepared.
    pub prepares: bool,
    /// True if the user requires it, so that it is a deviation in every profile.
    pub required: bool,
    /// Indices of the exchanges that show it.
    pub exchanges: Vec<usize>,
}

/// Builds the results of a scenario that has ended. `crash` is the panic message if the harness itself failed.
pub(super) fn results(
    context: &RunContext,
    case: &Case,
    world: Option<Box<World>>,
    crash: Option<&str>,
) -> Vec<Judged> {
    let Some(world) = world else {
        let sentence = crash.map_or_else(|| "it did not run".to_owned(), |text| format!("the harness failed: {text}"));
        return vec![without_steps(context, case, Verdict::Inconclusive, sentence)];
    };
    let crash = crash.map(|text| {
        let step = world.running.clone().unwrap_or_else(|| "the scenario".to_owned());
        format!("the harness itself failed in {step:?}: {text}")
    });
    let mut target = aspect_result(context, case, &world, Aspect::Target, crash.as_deref());
    let own = context.client.ledger().map(Own::of);
    let exchanges = world.exchanges.iter().map(|(sender, exchange)| evidence(sender.name(), exchange));
    target.report.exchanges =
        exchanges.map(|exchange| own.as_ref().map_or(exchange.clone(), |own| leave_out(exchange, own))).collect();
    target.kept = world.model.evidence().clone();
    let mut results = vec![target];
    if case.asserts_events() {
        let mut events = aspect_result(context, case, &world, Aspect::Events, crash.as_deref());
        if !events.faults.is_empty() {
            events.report.exchanges = results.first().map(|target| target.report.exchanges.clone()).unwrap_or_default();
        }
        events.report.events.clone_from(&world.events);
        events.report.id.push_str("#events");
        results.push(events);
    }
    results
}

fn aspect_result(context: &RunContext, case: &Case, world: &World, aspect: Aspect, crash: Option<&str>) -> Judged {
    let planned = case.steps.iter().enumerate().filter(|(_, planned)| planned.aspect == aspect);
    let mut steps: Vec<StepReport> = planned
        .map(|(at, planned)| world.records.get(at).map_or_else(|| unreached(planned), |record| record.report.clone()))
        .collect();
    let faults = faults(world, aspect);
    let (verdict, sentence) = match (judge(context.profile, &steps, &faults), crash) {
        (_, Some(text)) => (Verdict::Inconclusive, text.to_owned()),
        ((Verdict::Skipped, _), None) if steps.iter().all(|step| step.message.is_none()) => {
            unreached_verdict(context, world, aspect)
        }
        (judged, None) => judged,
    };
    let mut result = without_steps(context, case, verdict, world.cast.replace_with_keys(&sentence));
    result.report.duration_ms = elapsed_ms(world.started);
    for step in &mut steps {
        for text in [&mut step.message, &mut step.expected, &mut step.actual].into_iter().flatten() {
            *text = world.cast.replace_with_keys(text);
        }
    }
    result.report.steps = steps;
    result.faults = faults;
    let records = world.records.iter().filter(|record| record.aspect == aspect);
    result.judged = records.flat_map(|record| &record.judged).copied().collect();
    result
}

/// Returns the faults of an aspect, with the keys of the feature in place of names that differ between runs.
fn faults(world: &World, aspect: Aspect) -> Vec<Fault> {
    let records = world.records.iter().filter(|record| record.aspect == aspect);
    let keys = |text: &str| world.cast.replace_with_keys(text);
    let fault = |record: &StepRecord, deviation: &Deviation| Fault {
        deviation: Deviation {
            place: keys(&deviation.place),
            expected: keys(&deviation.expected),
            actual: keys(&deviation.actual),
            ..deviation.clone()
        },
        prepares: record.prepares,
        required: false,
        exchanges: record.report.exchanges.clone(),
    };
    records.flat_map(|record| record.faults.iter().map(move |deviation| fault(record, deviation))).collect()
}

/// Returns the verdict of the worst fault or step. A fault found while the scenario was prepared blocks it: another scenario is
/// about it. A refusal that is only a note ends a scenario, and is what there is to say about it.
fn judge(profile: Profile, steps: &[StepReport], faults: &[Fault]) -> (Verdict, String) {
    let of_fault = |fault: &Fault| match profile.verdict(fault.deviation.requirement) {
        Verdict::Deviation if fault.prepares => Verdict::Blocked,
        verdict => verdict,
    };
    let from_faults = faults.iter().map(|fault| (of_fault(fault), fault.deviation.sentence()));
    let is_refusal = |fault: &Fault| fault.deviation.requirement.stops_okta() && of_fault(fault) == Verdict::Note;
    let ends_with_note = faults.iter().any(is_refusal) && faults.iter().all(|fault| of_fault(fault) == Verdict::Note);
    let unfaulted = steps.iter().filter(|step| match step.verdict {
        Verdict::Blocked | Verdict::Skipped if ends_with_note => false,
        Verdict::Blocked => true,
        _ => step.findings.is_empty(),
    });
    let from_steps = unfaulted.map(|step| (step.verdict, step.message.clone().unwrap_or_else(|| step.text.clone())));
    let all: Vec<(Verdict, String)> = from_faults.chain(from_steps).collect();
    let weight = all.iter().map(|(verdict, _)| verdict.weight()).max().unwrap_or_default();
    let worst = all.into_iter().find(|(verdict, _)| verdict.weight() == weight);
    match worst {
        Some((verdict, sentence)) if verdict != Verdict::Passed => (verdict, sentence),
        _ => (Verdict::Passed, "all steps held".to_owned()),
    }
}

/// Returns the verdict on an aspect whose steps were not reached; it follows from the step that ended the scenario.
fn unreached_verdict(context: &RunContext, world: &World, aspect: Aspect) -> (Verdict, String) {
    let ended_by =
        world.records.iter().find(|record| record.aspect != aspect && record.report.verdict != Verdict::Passed);
    match ended_by {
        Some(record) if record.report.verdict == Verdict::Inconclusive => {
            (Verdict::Inconclusive, record.report.message.clone().unwrap_or_default())
        }
        Some(record) if record.prepares => (Verdict::Blocked, record.report.message.clone().unwrap_or_default()),
        // Without an event source the steps would not have observed anything, reached or not.
        _ if aspect == Aspect::Events && context.events.is_none() => {
            (Verdict::NotObserved, event_log::NO_SOURCE.to_owned())
        }
        _ => (Verdict::Skipped, "the scenario ended before this step".to_owned()),
    }
}

fn unreached(planned: &PlannedStep) -> StepReport {
    StepReport {
        text: planned.text.clone(),
        verdict: Verdict::Skipped,
        message: None,
        expected: None,
        actual: None,
        findings: Vec::new(),
        at: planned.at.clone(),
        exchanges: Vec::new(),
    }
}

/// Builds the results of a case that never ran.
pub(super) fn not_run(context: &RunContext, case: &Case, verdict: Verdict, why: &str) -> Vec<Judged> {
    let first = without_steps(context, case, verdict, why.to_owned());
    let mut results = vec![first.clone()];
    if case.asserts_events() {
        let mut events = first;
        events.report.id.push_str("#events");
        results.push(events);
    }
    results
}

/// Returns a pattern of exactly this text. A hyphen is special only within brackets, which IDs do not contain; unescaped it is
/// easier to read.
pub(super) fn exact(id: &str) -> String {
    regex::escape(id).replace("\\-", "-")
}

fn without_steps(context: &RunContext, case: &Case, verdict: Verdict, sentence: String) -> Judged {
    let report = ScenarioReport {
        id: case.id.clone(),
        name: case.name.clone(),
        why: case.why.clone(),
        tags: case.tags.clone(),
        verdict,
        sentence,
        repeat: format!("{} --name '^{}$'", context.command, exact(&case.id)),
        ..ScenarioReport::default()
    };
    Judged::new(report, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::outcome::Kind;
    use crate::check::requirement::Requirement::{self, CreateAccepted, CreateLocation, CustomExtension, ResponseTime};

    fn fault(requirement: Requirement) -> Fault {
        let deviation = Deviation::new(requirement, Kind::WrongStatus, "status", "201", "400");
        Fault { deviation, prepares: false, required: false, exchanges: Vec::new() }
    }

    #[test]
    fn a_scenario_that_ends_with_a_refusal_of_level_note_is_a_note() {
        let blocked = StepReport { verdict: Verdict::Blocked, ..unreached_step() };
        let of = |requirements: &[Requirement]| {
            let faults: Vec<Fault> = requirements.iter().map(|requirement| fault(*requirement)).collect();
            judge(Profile::All, std::slice::from_ref(&blocked), &faults).0
        };
        assert_eq!(of(&[CustomExtension]), Verdict::Note);
        assert_eq!(of(&[CustomExtension, ResponseTime]), Verdict::Note);
        // These do not explain why it ended.
        assert_eq!(of(&[]), Verdict::Blocked);
        assert_eq!(of(&[ResponseTime]), Verdict::Blocked);
        assert_eq!(of(&[CustomExtension, CreateLocation]), Verdict::Deviation);
        assert_eq!(of(&[CreateAccepted]), Verdict::Deviation);
    }

    fn unreached_step() -> StepReport {
        unreached(&PlannedStep {
            text: "a step".to_owned(),
            at: String::new(),
            aspect: Aspect::Target,
            effect: crate::check::user_effect::UserEffect::NoUsers,
            people: Vec::new(),
            others: Vec::new(),
        })
    }
}

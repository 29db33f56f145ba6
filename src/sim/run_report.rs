//! The report of a played scenario: each action is a result, and what Okta would have shown by mistake is a finding. Pure.

use std::time::Duration;

use super::audit::{Audited, audit_result};
use super::describe::describe;
use super::evidence::evidence;
use super::play::PlayedEntry;
use super::scenario::Scenario;
use crate::report::{Command, ExchangeReport, FailOn, Finding, Level, Run, ScenarioReport, Verdict};

/// The requirement that Okta completes each action, which a check judges too.
pub const NO_ERROR: &str = "okta/no-error";
/// The rule that an error comes where the scenario expects one.
pub const EXPECTED_ERROR: &str = "run/expected-error";
/// The number of exchanges in a finding. The results have all.
const EXCHANGES: usize = 6;

/// The settings of a run that its report repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunSettings {
    pub target: String,
    pub seed: u64,
    pub run_id: Option<String>,
    /// Habits that were set, as `name=value`.
    pub habits: Vec<String>,
    /// The command that plays the scenario again.
    pub repeat: String,
}

/// Builds the report.
#[must_use]
pub fn run_report(
    scenario: &Scenario,
    settings: RunSettings,
    played: &[PlayedEntry],
    audited: &Audited,
    duration: Duration,
) -> Run {
    let requests: usize = played.iter().map(|entry| entry.traffic.requests).sum();
    // Of a target that never responded nothing is known, whatever Okta would have shown.
    let is_silent = requests > 0 && !played.iter().any(|entry| entry.traffic.responded);
    let mut scenarios: Vec<ScenarioReport> =
        (1..).zip(played).map(|(number, entry)| result(scenario, number, entry, &settings.repeat)).collect();
    for action in scenarios.iter_mut().filter(|action| is_silent && action.verdict == Verdict::Deviation) {
        action.verdict = Verdict::Inconclusive;
    }
    let mut findings = findings(&mut scenarios);
    if scenario.audit {
        let (result, of_audit) = audit_result(&scenario.name, audited, &settings.repeat);
        scenarios.push(result);
        findings.extend(of_audit);
        findings.sort_by_key(Finding::rank);
    }
    let unfinished = scenarios.iter().find(|action| action.verdict == Verdict::Skipped);
    Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: Command::Run,
        target: settings.target,
        seed: settings.seed,
        run_id: settings.run_id.unwrap_or_default(),
        scenario: Some(scenario.name.clone()),
        habits: settings.habits,
        duration_ms: milliseconds(duration),
        requests: requests + audited.exchanges.len(),
        fail_on: vec![FailOn::Deviation],
        stopped: unfinished.map(|action| action.sentence.clone()),
        findings,
        scenarios,
        audit: Some(audited.audit.clone()),
        ..Run::default()
    }
}

fn result(scenario: &Scenario, number: usize, played: &PlayedEntry, repeat: &str) -> ScenarioReport {
    let outcome = &played.outcome;
    let tasks = played.errors();
    let sentence = match (&played.reason, tasks.first()) {
        (Some(reason), _) => reason.clone(),
        (None, Some(task)) => format!("Okta would have shown the administrator: {task}"),
        (None, None) => "Okta would have shown no error".to_owned(),
    };
    ScenarioReport {
        id: format!("{}/{number}", scenario.name),
        name: describe(&played.action),
        verdict: played.verdict,
        sentence,
        requirements: if played.verdict == Verdict::Skipped { Vec::new() } else { vec![NO_ERROR.to_owned()] },
        duration_ms: played.traffic.exchanges.iter().map(|exchange| milliseconds(exchange.duration)).sum(),
        exchanges: played.traffic.exchanges.iter().map(|exchange| evidence("okta", exchange)).collect(),
        left_out: played.traffic.left_out(),
        events: played.events.clone(),
        repeat: repeat.to_owned(),
        action: serde_json::to_value(&played.action).ok(),
        tasks,
        expect_task: played.expect_task.clone(),
        waits_ms: outcome.waits.iter().copied().map(milliseconds).collect(),
        ..ScenarioReport::default()
    }
}

/// Builds the findings, and enters their IDs in the results.
fn findings(actions: &mut [ScenarioReport]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for action in actions.iter_mut().filter(|action| action.verdict == Verdict::Deviation) {
        let finding = match action.tasks.iter().find(|task| !action.expects(task)) {
            Some(task) => unexpected(action, task),
            None => missing(action),
        };
        action.findings.push(finding.id.clone());
        match findings.iter_mut().find(|known| known.id == finding.id) {
            Some(known) => known.results.push(action.id.clone()),
            None => findings.push(finding),
        }
    }
    findings.sort_by_key(Finding::rank);
    findings
}

/// Builds the finding of an error that the scenario does not expect. Users and groups have one each.
fn unexpected(action: &ScenarioReport, task: &str) -> Finding {
    let is_group = action.exchanges.last().is_some_and(|exchange| exchange.url.contains("/Groups"));
    Finding {
        id: format!("{NO_ERROR}:extra:{}", if is_group { "group" } else { "user" }),
        requirement: NO_ERROR.to_owned(),
        source: "REF20".to_owned(),
        title: "Okta completes the action without an error for the administrator.".to_owned(),
        expected: "no error".to_owned(),
        actual: task.to_owned(),
        why: "The administrator has to repeat the task by hand.".to_owned(),
        fix: "Read the error that Okta shows, and the responses before it.".to_owned(),
        ..bare(action)
    }
}

/// Builds the finding of an expected error that did not come.
fn missing(action: &ScenarioReport) -> Finding {
    Finding {
        id: format!("{EXPECTED_ERROR}:missing"),
        requirement: EXPECTED_ERROR.to_owned(),
        source: "expect-task".to_owned(),
        title: "Okta shows the error that the scenario expects.".to_owned(),
        expected: action.expect_task.clone().unwrap_or_default(),
        actual: "no error".to_owned(),
        why: "The scenario describes a target that makes Okta show this error.".to_owned(),
        fix: "Correct `expect-task` in the scenario, or the target.".to_owned(),
        ..bare(action)
    }
}

/// Returns what the findings of an action have in common.
fn bare(action: &ScenarioReport) -> Finding {
    let first = action.exchanges.len().saturating_sub(EXCHANGES);
    let exchanges: Vec<ExchangeReport> = action.exchanges.iter().skip(first).cloned().collect();
    Finding {
        id: String::new(),
        requirement: String::new(),
        client: None,
        level: Level::Okta,
        source: String::new(),
        verdict: Verdict::Deviation,
        title: String::new(),
        part: "error".to_owned(),
        observation: action.sentence.clone(),
        expected: String::new(),
        actual: String::new(),
        why: String::new(),
        fix: String::new(),
        cause: None,
        accepted: false,
        results: vec![action.id.clone()],
        decisive: exchanges.len().checked_sub(1).into_iter().collect(),
        exchanges,
        repeat: action.repeat.clone(),
        case: None,
        attempts: None,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

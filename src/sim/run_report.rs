//! The JSON report of a played scenario.

use serde::Serialize;
use serde_json::Value;

use super::evidence::evidence;
use super::play::PlayedEntry;
use super::scenario::Scenario;
use super::still_active::{StillActive, still_active};
use crate::okta::Org;
use crate::report::{ExchangeReport, Verdict};

/// The version of the format of this report.
const FORMAT: u32 = 1;

/// The settings of a run that its report repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunSettings {
    pub target: String,
    pub seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Habits that were set, as `name=value`.
    pub habits: Vec<String>,
}

/// The JSON report of a run.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    pub format: u32,
    pub version: String,
    pub scenario: String,
    #[serde(flatten)]
    pub settings: RunSettings,
    pub verdict: Verdict,
    /// The accounts that Okta should have deactivated and that are still active in the target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub still_active: Vec<StillActive>,
    pub actions: Vec<ActionReport>,
}

/// One action in the report.
#[derive(Debug, Clone, Serialize)]
pub struct ActionReport {
    /// The action as in the scenario file.
    pub action: Value,
    /// `passed`; `deviation` if Okta would have shown the administrator an error that the scenario does not expect;
    /// `inconclusive` if the target could not be
    /// reached or a limit of the run was reached; `skipped` if the action was not performed.
    pub verdict: Verdict,
    /// The reason, if the action is inconclusive or skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub tasks: Vec<String>,
    /// The error that the scenario expects, or a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_task: Option<String>,
    /// The waits that the target requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_ms: Vec<u64>,
    pub exchanges: Vec<ExchangeReport>,
    /// The events that followed, as received.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
}

impl RunReport {
    /// Builds the report of a run. `org` is the org after the last action.
    #[must_use]
    pub fn new(scenario: &Scenario, settings: RunSettings, played: &[PlayedEntry], org: &Org) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.name.clone(),
            settings,
            verdict: overall(played),
            still_active: still_active(org),
            actions: played.iter().map(ActionReport::new).collect(),
        }
    }
}

impl ActionReport {
    fn new(played: &PlayedEntry) -> Self {
        let outcome = &played.outcome;
        Self {
            action: serde_json::to_value(&played.action).unwrap_or_default(),
            verdict: played.verdict,
            reason: played.reason.clone(),
            tasks: played.errors(),
            expect_task: played.expect_task.clone(),
            waits_ms: outcome.waits.iter().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)).collect(),
            exchanges: outcome.exchanges.iter().map(|exchange| evidence("okta", exchange)).collect(),
            events: played.events.clone(),
        }
    }
}

/// Returns the verdict of a run. A target that never responded is inconclusive, whatever Okta would have shown.
#[must_use]
pub fn overall(played: &[PlayedEntry]) -> Verdict {
    let mut exchanges = played.iter().flat_map(|entry| &entry.outcome.exchanges).peekable();
    let never_responded = exchanges.peek().is_some() && exchanges.all(|exchange| exchange.outcome.is_err());
    let any = |verdict| played.iter().any(|entry| entry.verdict == verdict);
    if never_responded {
        Verdict::Inconclusive
    } else if any(Verdict::Deviation) {
        Verdict::Deviation
    } else if any(Verdict::Inconclusive) || any(Verdict::Skipped) {
        Verdict::Inconclusive
    } else {
        Verdict::Passed
    }
}

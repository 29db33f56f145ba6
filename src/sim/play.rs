//! Plays a scenario and reports the outcome.

use serde::Serialize;
use serde_json::Value;

use super::evidence::evidence;
use super::scenario::Scenario;
use crate::okta::action::Action;
use crate::okta::org::OrgError;
use crate::okta::{ActionOutcome, Agent};
use crate::report::run::{ExchangeReport, FORMAT};

/// The outcome of one entry of the timeline.
#[derive(Debug, Clone)]
pub struct PlayedEntry {
    pub action: Action,
    pub line: usize,
    pub outcome: ActionOutcome,
    /// The reason why Okta would refuse the action, after an earlier one failed.
    pub refused: Option<OrgError>,
}

impl PlayedEntry {
    /// Returns the errors that the administrator would see; empty if the action succeeded.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        self.outcome.tasks.iter().cloned().chain(self.refused.iter().map(ToString::to_string)).collect()
    }
}

/// Plays the timeline in order. `each` is called after every entry.
pub async fn play(scenario: &Scenario, agent: &mut Agent, mut each: impl FnMut(&PlayedEntry)) -> Vec<PlayedEntry> {
    let mut all = Vec::new();
    for entry in &scenario.timeline {
        let action = entry.action.clone();
        let (outcome, refused) = match agent.perform(&action).await {
            Ok(outcome) => (outcome, None),
            Err(error) => (ActionOutcome::default(), Some(error)),
        };
        let played = PlayedEntry { action, line: entry.line, outcome, refused };
        each(&played);
        all.push(played);
    }
    all
}

/// The JSON report of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub format: u32,
    pub version: String,
    pub scenario: String,
    pub target: String,
    pub seed: u64,
    /// Habits that were set, as `name=value`.
    pub habits: Vec<String>,
    pub verdict: &'static str,
    pub actions: Vec<ActionReport>,
}

/// One action in the report.
#[derive(Debug, Clone, Serialize)]
pub struct ActionReport {
    /// The action as in the scenario file.
    pub action: Value,
    /// `passed`, or `deviation` if Okta would have shown the administrator an error.
    pub verdict: &'static str,
    pub tasks: Vec<String>,
    pub exchanges: Vec<ExchangeReport>,
}

impl Report {
    /// Builds the report of a run.
    #[must_use]
    pub fn new(scenario: &Scenario, target: &str, seed: u64, habits: Vec<String>, played: &[PlayedEntry]) -> Self {
        let actions: Vec<ActionReport> = played.iter().map(ActionReport::new).collect();
        let passed = actions.iter().all(|action| action.tasks.is_empty());
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.name.clone(),
            target: target.to_owned(),
            seed,
            habits,
            verdict: verdict(passed),
            actions,
        }
    }
}

impl ActionReport {
    fn new(played: &PlayedEntry) -> Self {
        let tasks = played.errors();
        Self {
            action: serde_json::to_value(&played.action).unwrap_or_default(),
            verdict: verdict(tasks.is_empty()),
            tasks,
            exchanges: played.outcome.exchanges.iter().map(|exchange| evidence("okta", exchange)).collect(),
        }
    }
}

const fn verdict(passed: bool) -> &'static str {
    if passed { "passed" } else { "deviation" }
}

/// Describes an action in one line: `assign  people: ada, grace  app: app`.
#[must_use]
pub fn describe(action: &Action) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            items.join(", ")
        }
        other => other.to_string(),
    };
    let mut words = Vec::new();
    let mut app = None;
    if let Ok(Value::Object(members)) = serde_json::to_value(action) {
        for (key, value) in &members {
            match key.as_str() {
                "do" => words.insert(0, shown(value)),
                "app" => app = Some(format!("app: {}", shown(value))),
                _ if value.is_null() || value.as_array().is_some_and(Vec::is_empty) => {}
                _ => words.push(format!("{key}: {}", shown(value))),
            }
        }
    }
    words.extend(app);
    words.join("  ")
}

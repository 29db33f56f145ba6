//! Plays a scenario, and tells what came of it.

use serde::Serialize;
use serde_json::Value;

use super::{Scenario, evidence};
use crate::okta::action::Action;
use crate::okta::{Agent, Performed};
use crate::report::run::{ExchangeReport, FORMAT};

/// One entry of the timeline, played.
#[derive(Debug, Clone)]
pub struct Played {
    pub action: Action,
    pub line: usize,
    pub performed: Performed,
    /// The org could not do it after what the target answered before: a sentence.
    pub impossible: Option<String>,
}

impl Played {
    /// What the administrator would read; empty when all went well.
    #[must_use]
    pub fn troubles(&self) -> Vec<&str> {
        self.performed.tasks.iter().chain(&self.impossible).map(String::as_str).collect()
    }
}

/// Plays the timeline in order; `each` sees every entry as it ends.
pub async fn play(scenario: &Scenario, agent: &mut Agent, mut each: impl FnMut(&Played)) -> Vec<Played> {
    let mut all = Vec::new();
    for moment in &scenario.timeline {
        let action = moment.action.clone();
        let (performed, impossible) = match agent.perform(&action).await {
            Ok(performed) => (performed, None),
            Err(text) => (Performed::default(), Some(text)),
        };
        let played = Played { action, line: moment.line, performed, impossible };
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
    /// Habits that were switched, as `name=value`.
    pub habits: Vec<String>,
    pub verdict: &'static str,
    pub actions: Vec<ActionReport>,
}

/// One action of the report.
#[derive(Debug, Clone, Serialize)]
pub struct ActionReport {
    /// As in the scenario file.
    pub action: Value,
    /// `passed`, or `deviation` where Okta would have shown the administrator an error.
    pub verdict: &'static str,
    pub tasks: Vec<String>,
    pub exchanges: Vec<ExchangeReport>,
}

impl Report {
    /// The report of a run.
    #[must_use]
    pub fn new(scenario: &Scenario, target: &str, seed: u64, habits: Vec<String>, played: &[Played]) -> Self {
        let actions: Vec<ActionReport> = played.iter().map(ActionReport::new).collect();
        let good = actions.iter().all(|action| action.tasks.is_empty());
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.name.clone(),
            target: target.to_owned(),
            seed,
            habits,
            verdict: verdict(good),
            actions,
        }
    }
}

impl ActionReport {
    fn new(played: &Played) -> Self {
        let tasks: Vec<String> = played.troubles().into_iter().map(str::to_owned).collect();
        Self {
            action: serde_json::to_value(&played.action).unwrap_or_default(),
            verdict: verdict(tasks.is_empty()),
            tasks,
            exchanges: played.performed.exchanges.iter().map(|exchange| evidence("okta", exchange)).collect(),
        }
    }
}

const fn verdict(good: bool) -> &'static str {
    if good { "passed" } else { "deviation" }
}

/// An action in one line: `assign  people: ada, grace  app: app`.
#[must_use]
pub fn in_words(action: &Action) -> String {
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

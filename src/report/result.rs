//! One result of a run: a scenario for one client, or the events of one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Client;
use super::exchange::ExchangeReport;
use super::verdict::Verdict;

/// One step of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Keyword and text, as written in the feature.
    pub text: String,
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The IDs of the findings that the step shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Path of the feature and line.
    pub at: String,
    /// Indices, in the result's `exchanges`, of the exchanges that explain the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<usize>,
}

/// The reason why the baseline accepts a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub reason: String,
    /// The last day on which it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// One result: of `check` a scenario for one client, of `run` an action, of `fuzz` a rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// `okta/deactivate/unassign@oin`, with the suffix `#events` if the result is about events. Of a played scenario, its name
    /// and the number of the action; of fuzzing, the rule.
    pub id: String,
    pub name: String,
    /// The description of the feature: Okta's behavior, and the reason why it matters. Empty for results without a feature.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    pub tags: Vec<String>,
    pub verdict: Verdict,
    /// Set if the baseline accepts every finding of the result that would fail the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// The observation, in one sentence.
    pub sentence: String,
    /// The IDs of the requirements by which the target was judged, violated or not, in the order of docs/requirements.md.
    pub requirements: Vec<String>,
    /// The IDs of the findings that the result shows, the most severe first.
    pub findings: Vec<String>,
    pub duration_ms: u64,
    pub steps: Vec<StepReport>,
    pub exchanges: Vec<ExchangeReport>,
    /// The number of requests of a long action whose exchanges are not in the report (`run` only).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// The events about the scenario's people and groups, as received (results about events, and actions).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
    /// The command that repeats the scenario.
    pub repeat: String,
    /// The action as in the scenario file (`run` only, as all that follows).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Value>,
    /// The errors that Okta would have shown the administrator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// The error that the scenario expects, or a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_task: Option<String>,
    /// The waits that the target requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_ms: Vec<u64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl ScenarioReport {
    /// Returns true if the result is about events, false if it is about responses and stored resources.
    #[must_use]
    pub fn is_about_events(&self) -> bool {
        self.id.ends_with("#events")
    }

    /// Returns true if the result is about this client. A result that names none is about both.
    #[must_use]
    pub fn is_of(&self, client: Client) -> bool {
        let id = self.id.trim_end_matches("#events");
        id.rsplit_once('@').is_none_or(|(_, of)| of == client.as_str())
    }

    /// Returns true if the scenario expects this error.
    #[must_use]
    pub fn expects(&self, task: &str) -> bool {
        self.expect_task.as_ref().is_some_and(|expected| task.contains(expected.as_str()))
    }
}

//! The model of a run, which every report format renders, and the JSON report itself.
//!
//! The model is plain data without references to other modules. A report is a pure function of [`Run`].

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

/// The version of the JSON report's format. It changes when readers of the previous version would break.
pub const FORMAT: u32 = 1;

/// The verdict on a step or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    /// A MUST, or a need of Okta, is violated.
    Deviation,
    /// A SHOULD is violated.
    Weak,
    Note,
    NotSupported,
    NotObserved,
    Skipped,
    Inconclusive,
}

impl Verdict {
    /// Every verdict with its name in reports, in the order of the summary.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Passed, "passed"),
        (Self::Deviation, "deviation"),
        (Self::Weak, "weak"),
        (Self::Note, "note"),
        (Self::NotSupported, "not_supported"),
        (Self::NotObserved, "not_observed"),
        (Self::Skipped, "skipped"),
        (Self::Inconclusive, "inconclusive"),
    ];

    /// Returns the name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, name)| name)
    }

    /// Returns the weight of a verdict. A result of several steps has the verdict with the highest weight.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Note => 1,
            Self::Skipped => 2,
            Self::NotObserved => 3,
            Self::NotSupported => 4,
            Self::Weak => 5,
            Self::Inconclusive => 6,
            Self::Deviation => 7,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One step of a result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// Keyword and text, as written in the feature.
    pub text: String,
    pub verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Path of the feature and line.
    pub at: String,
    /// Indices, in the result's `exchanges`, of the exchanges that explain the verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<usize>,
}

/// One exchange, redacted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExchangeReport {
    /// The sender: `okta` (the simulated agent) or `harness` (requests that set up or read state).
    pub by: String,
    pub method: String,
    pub url: String,
    pub request_headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<Value>,
    /// The reason why there was no response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub duration_ms: u64,
    pub curl: String,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioReport {
    /// `okta/deactivate/unassign@oin`, with the suffix `#events` if the result is about events.
    pub id: String,
    pub name: String,
    /// The description of the feature: Okta's behavior, and the reason why it matters. Empty for results without a feature.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    pub tags: Vec<String>,
    pub verdict: Verdict,
    /// The observation, in one sentence.
    pub sentence: String,
    pub duration_ms: u64,
    pub steps: Vec<StepReport>,
    pub exchanges: Vec<ExchangeReport>,
    /// The events about the scenario's people and groups, as received (results about events only).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
    /// The command that repeats the scenario.
    pub repeat: String,
}

impl ScenarioReport {
    /// Returns true if the result is about events, false if it is about responses and stored resources.
    #[must_use]
    pub fn is_about_events(&self) -> bool {
        self.id.ends_with("#events")
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The version of scimulate.
    pub version: String,
    /// The base URL, or a description of the built-in reference.
    pub target: String,
    pub seed: u64,
    pub run_id: String,
    pub duration_ms: u64,
    pub scenarios: Vec<ScenarioReport>,
    /// Resources that the run created and could not delete, each with the reason.
    pub leftovers: Vec<String>,
    /// The reason why the run was stopped before its end, if it was.
    pub stopped: Option<String>,
}

impl Run {
    /// Returns whether the run is complete and no result is a deviation or inconclusive.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let failed = |verdict| matches!(verdict, Verdict::Deviation | Verdict::Inconclusive);
        self.stopped.is_none() && !self.scenarios.iter().any(|result| failed(result.verdict))
    }

    /// Counts the results with a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.scenarios.iter().filter(|s| s.verdict == verdict).count()
    }

    fn deviates(&self, of: impl Fn(&ScenarioReport) -> bool) -> bool {
        self.scenarios.iter().any(|result| result.verdict == Verdict::Deviation && of(result))
    }

    /// Returns the conclusion about the target in one sentence.
    #[must_use]
    pub fn conclusion(&self) -> String {
        let deviations = self.count(Verdict::Deviation);
        let inconclusive = self.count(Verdict::Inconclusive);
        let total = self.scenarios.len();
        if let (0, Some(why)) = (deviations, &self.stopped) {
            return format!("Whether Okta would work with this server stays open: {why}.");
        }
        match (deviations, inconclusive) {
            (0, 0) if self.count(Verdict::Passed) == 0 => {
                "Whether Okta would work with this server stays open: nothing was judged.".to_owned()
            }
            (0, 0) if self.count(Verdict::Passed) == total => {
                let all = if total == 1 { "the one result".to_owned() } else { format!("all {total} results") };
                format!("Okta would work with this server: {all} passed.")
            }
            (0, 0) => format!(
                "Okta would work with this server, as far as it was judged: {} of {total} results passed, none deviates.",
                self.count(Verdict::Passed)
            ),
            (0, n) => format!(
                "Whether Okta would work with this server stays open: {n} of {total} results {} inconclusive.",
                if n == 1 { "is" } else { "are" }
            ),
            (n, _) => format!(
                "{}: {n} of {total} results {}, in {}.",
                // Okta does not depend on events, so a deviation there is not Okta's problem.
                if self.deviates(|result| !result.is_about_events()) {
                    "Okta would not fully work with this server"
                } else {
                    "Okta would work with this server, but other events follow than expected"
                },
                if n == 1 { "deviates" } else { "deviate" },
                self.areas(Verdict::Deviation)
            ),
        }
    }

    /// Lists the features with at least one result of this verdict: `create, deactivate and push-groups`.
    fn areas(&self, verdict: Verdict) -> String {
        let mut areas: Vec<&str> = Vec::new();
        for scenario in self.scenarios.iter().filter(|s| s.verdict == verdict) {
            let area = scenario.id.rsplit_once('/').map_or(scenario.id.as_str(), |(feature, _)| feature);
            let area = area.rsplit_once('/').map_or(area, |(_, name)| name);
            if !areas.contains(&area) {
                areas.push(area);
            }
        }
        match areas.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => String::new(),
        }
    }

    /// Returns the JSON report (format 1).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let summary: Map<String, Value> =
            Verdict::ALL.iter().map(|(verdict, name)| ((*name).to_owned(), self.count(*verdict).into())).collect();
        serde_json::json!({
            "format": FORMAT,
            "version": self.version,
            "target": self.target,
            "seed": self.seed,
            "run_id": self.run_id,
            "duration_ms": self.duration_ms,
            "summary": summary,
            "conclusion": self.conclusion(),
            "stopped": self.stopped,
            "leftovers": self.leftovers,
            "scenarios": serde_json::to_value(&self.scenarios).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;

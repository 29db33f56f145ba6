//! The model of a run: what every report format renders, and the JSON report itself.
//!
//! Everything here is plain data without references into the machinery; a report is a pure function of [`Run`].

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

/// The number of the JSON report's format; it changes when a reader of the old one would break.
pub const FORMAT: u32 = 1;

/// The scale of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    /// A MUST, or something that Okta needs, does not hold.
    Deviation,
    /// A SHOULD does not hold.
    Weak,
    Note,
    NotSupported,
    NotObserved,
    Skipped,
    Inconclusive,
}

impl Verdict {
    /// Every verdict in the order of the summary, with its name in reports.
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

    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, name)| name)
    }

    /// How much a verdict weighs when several steps make up one result: the heaviest decides.
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
    /// Keyword and text, as in the feature.
    pub text: String,
    pub verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Feature path and line.
    pub at: String,
    /// Where the exchanges that the step's judgement rests on stand in the result's `exchanges`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<usize>,
}

/// One exchange, redacted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExchangeReport {
    /// Who sent it: `okta` (the simulated agent) or `harness` (the check's own look at the state).
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
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub duration_ms: u64,
    pub curl: String,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioReport {
    /// `okta/deactivate/unassign@oin`, with `#events` where it is about the events.
    pub id: String,
    pub name: String,
    /// What Okta does and why it matters: the words with which the feature opens. Empty where there is no feature.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    pub tags: Vec<String>,
    pub verdict: Verdict,
    /// What was seen, in one sentence.
    pub sentence: String,
    pub duration_ms: u64,
    pub steps: Vec<StepReport>,
    pub exchanges: Vec<ExchangeReport>,
    /// The events of the scenario's own people and groups, as the log gave them (results about events only).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
    /// The command that repeats it.
    pub repeat: String,
}

impl ScenarioReport {
    /// Whether it is about the events that follow, and not about what the target did.
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
    /// The base URL, or words for the built-in reference.
    pub target: String,
    pub seed: u64,
    pub run_id: String,
    pub duration_ms: u64,
    pub scenarios: Vec<ScenarioReport>,
    /// What the run made and could not take away again: kind and id each, with the reason.
    pub leftovers: Vec<String>,
    /// Whether the run was stopped before its end, and why.
    pub stopped: Option<String>,
}

impl Run {
    /// How many results have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.scenarios.iter().filter(|s| s.verdict == verdict).count()
    }

    fn deviates(&self, of: impl Fn(&ScenarioReport) -> bool) -> bool {
        self.scenarios.iter().any(|result| result.verdict == Verdict::Deviation && of(result))
    }

    /// Whether Okta would work with this server, in one sentence.
    #[must_use]
    pub fn conclusion(&self) -> String {
        let deviations = self.count(Verdict::Deviation);
        let inconclusive = self.count(Verdict::Inconclusive);
        let judged = self.scenarios.len();
        if let (0, Some(why)) = (deviations, &self.stopped) {
            return format!("Whether Okta would work with this server stays open: {why}.");
        }
        match (deviations, inconclusive) {
            (0, 0) if self.count(Verdict::Passed) == 0 => {
                "Whether Okta would work with this server stays open: nothing was judged.".to_owned()
            }
            (0, 0) if self.count(Verdict::Passed) == judged => {
                let all = if judged == 1 { "the one result".to_owned() } else { format!("all {judged} results") };
                format!("Okta would work with this server: {all} passed.")
            }
            (0, 0) => format!(
                "Okta would work with this server, as far as it was judged: {} of {judged} results passed, none deviates.",
                self.count(Verdict::Passed)
            ),
            (0, n) => format!(
                "Whether Okta would work with this server stays open: {n} of {judged} results {} inconclusive.",
                if n == 1 { "is" } else { "are" }
            ),
            (n, _) => format!(
                "{}: {n} of {judged} results {}, in {}.",
                // Events are for those who read them; Okta never sees one.
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

    /// The feature names with at least one result of this verdict: `create, deactivate and push-groups`.
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

    /// The JSON report (format 1).
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

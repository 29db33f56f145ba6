//! The model of a run: what every report format renders, and the JSON report itself.

use serde::Serialize;
use serde_json::Value;

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
}

/// One exchange, redacted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExchangeReport {
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
    pub tags: Vec<String>,
    pub verdict: Verdict,
    /// What was seen, in one sentence.
    pub sentence: String,
    pub duration_ms: u64,
    pub steps: Vec<StepReport>,
    pub exchanges: Vec<ExchangeReport>,
    /// The command that repeats it.
    pub repeat: String,
}

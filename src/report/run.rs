//! The model of a run, which every report format renders, and the JSON report itself.
//!
//! The model is plain data without references to other modules. A report is a pure function of [`Run`], and a run is read
//! back from its JSON report.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::audit::Audit;
use super::client::Client;
use super::finding::Finding;
use super::load::LoadReport;
use super::result::ScenarioReport;
use super::verdict::Verdict;
use crate::base::counted;

/// The version of the JSON report's format. It changes when readers of the previous version would break.
pub const FORMAT: u32 = 2;

/// The command that performed a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    #[default]
    Check,
    Run,
    Fuzz,
}

impl Command {
    /// Returns the name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Run => "run",
            Self::Fuzz => "fuzz",
        }
    }
}

/// The generated cases of a run of `fuzz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cases {
    /// Cases that were played to their end.
    pub played: usize,
    /// Cases whose resource the target created.
    pub created: usize,
    /// True if the time limit ended the run before the last case.
    pub out_of_time: bool,
}

/// One of Okta's clients in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientReport {
    pub client: Client,
    /// Needs of this client that the server lacks: `PUT /Users returned 405`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_possible: Option<String>,
}

/// A scenario about what Okta alone decides. It documents Okta and says nothing about a target, so a check does not run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Documentation {
    pub id: String,
    pub name: String,
    /// The description of the feature.
    pub why: String,
    pub tags: Vec<String>,
}

/// The verdicts that fail a run: a finding that has one of them and is not accepted makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailOn {
    Deviation,
    Weak,
    Inconclusive,
}

/// A whole run of `check`, `run` or `fuzz`. What only one of them has is empty in the others.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// The version of scimulate.
    pub version: String,
    #[serde(default)]
    pub command: Command,
    /// The base URL, or a description of the built-in reference.
    pub target: String,
    /// The documents by which the run judged: `okta`, `oin` or `all` (`check` only).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub profile: String,
    pub seed: u64,
    /// A part of every name that the run created. Empty if a played scenario used its own names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run_id: String,
    /// The name of the scenario that was played (`run` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Habits that were set, as `name=value` (`run` only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub habits: Vec<String>,
    pub duration_ms: u64,
    /// The number of requests that the run sent to the target, clean-up included.
    pub requests: usize,
    /// The clients that the run judged for (`check` only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientReport>,
    /// True if only some of the profile's results were selected, so that nothing follows about Okta.
    #[serde(default)]
    pub is_selection: bool,
    /// True if the user interrupted the run.
    #[serde(default)]
    pub is_interrupted: bool,
    pub fail_on: Vec<FailOn>,
    /// What else the summary says, one line each: what the server keeps, what was not judged.
    pub remarks: Vec<String>,
    /// The causes, the most severe first.
    pub findings: Vec<Finding>,
    pub scenarios: Vec<ScenarioReport>,
    /// The users and groups of the target, compared with Okta and with the company (`run` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// Latencies and requests per second (`run` with `--rate` or `--concurrency` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadReport>,
    /// The generated cases (`fuzz` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Cases>,
    /// The selected scenarios about what Okta alone decides (`check` only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documentation: Vec<Documentation>,
    /// Resources that the run created and could not delete, each with the reason.
    pub leftovers: Vec<String>,
    /// What the baseline says that does not hold: entries that are past their date, or fixed with `--strict-baseline`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baseline_failures: Vec<String>,
    /// The reason why the run was stopped before its end, if it was.
    pub stopped: Option<String>,
}

impl Run {
    /// Returns the findings: the causes of everything that is not as it should be, the most severe first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns true if the run is complete and nothing in it fails it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.exit().0 == 0
    }

    /// Counts the results with a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.scenarios.iter().filter(|result| result.verdict == verdict).count()
    }

    /// Returns true if a verdict fails the run.
    #[must_use]
    pub fn fails(&self, verdict: Verdict) -> bool {
        self.fail_on.iter().any(|fail| match fail {
            FailOn::Deviation => verdict == Verdict::Deviation,
            FailOn::Weak => matches!(verdict, Verdict::Deviation | Verdict::Weak),
            FailOn::Inconclusive => verdict == Verdict::Inconclusive,
        })
    }

    /// Returns the findings that fail the run.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.accepted && self.fails(finding.verdict))
    }

    /// Returns the exit code, and its reason.
    #[must_use]
    pub fn exit(&self) -> (u8, String) {
        if self.is_interrupted {
            return (130, "the run was interrupted".to_owned());
        }
        let failures = self.failures().count();
        let open = self.count(Verdict::Inconclusive);
        if failures > 0 {
            let accepted = self.findings.iter().filter(|finding| finding.accepted).count();
            let others = if accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
            let verb = if failures == 1 { "fails" } else { "fail" };
            (1, format!("{} {verb} the run{others}", counted(failures, "finding")))
        } else if let Some(first) = self.baseline_failures.first() {
            (1, first.clone())
        } else if open > 0 && self.fails(Verdict::Inconclusive) {
            (1, format!("{} inconclusive", counted(open, "result")))
        } else if self.stopped.is_some() {
            (3, "the run ended early".to_owned())
        } else if open > 0 {
            (3, format!("{} inconclusive", counted(open, "result")))
        } else {
            (0, "no finding fails the run".to_owned())
        }
    }

    /// Returns the JSON report.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let summary: Map<String, Value> =
            Verdict::ALL.iter().map(|(verdict, name)| ((*name).to_owned(), self.count(*verdict).into())).collect();
        let mut json = Map::new();
        json.insert("format".to_owned(), FORMAT.into());
        let Value::Object(fields) = serde_json::to_value(self).unwrap_or_default() else { return Value::Null };
        for (name, value) in fields {
            if name == "findings" {
                json.insert("conclusion".to_owned(), self.conclusion().into());
                json.insert("summary".to_owned(), summary.clone().into());
            }
            json.insert(name, value);
        }
        json.into()
    }

    /// Reads a JSON report of this format.
    ///
    /// # Errors
    /// The report has another format, or is not a report.
    pub fn from_json(json: Value) -> Result<Self, ReadError> {
        match json.get("format").and_then(Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => Ok(serde_json::from_value(json)?),
            Some(format) => Err(ReadError::Format(format)),
            None => Err(ReadError::NotAReport),
        }
    }
}

/// A text that is not a report of this format.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the report has format {0}, this version reads format {FORMAT}")]
    Format(u64),
    #[error("not a report of scimulate: it has no \"format\"")]
    NotAReport,
    #[error("not a complete report: {0}")]
    Incomplete(#[from] serde_json::Error),
}

#[cfg(test)]
pub(crate) mod tests;

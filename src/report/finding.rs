//! Findings: the causes behind the results that did not pass.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::exchange::ExchangeReport;
use super::level::Level;
use super::verdict::Verdict;

/// The known mistake that a finding points to, named only if the run shows evidence that distinguishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikelyCause {
    /// `media-type-not-parsed`. It never changes.
    pub name: String,
    /// The mistake, as a clause: `the server does not parse bodies of type application/scim+json`.
    pub mistake: String,
    /// The observation that distinguishes it from other causes.
    pub evidence: String,
    /// The remedy in one line, more precise than that of the requirement.
    pub fix: String,
}

/// One cause, however many results show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `okta/patch-add-members:extra:group@oin`: requirement, kind of difference, kind of subject, client. The same for any
    /// seed, run and selection.
    pub id: String,
    /// The ID of the requirement, or of the rule of fuzzing: `fuzz/server-error`.
    pub requirement: String,
    /// The client that is affected, `None` for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
    /// The level of the source that decided the verdict.
    pub level: Level,
    /// The source that decided: `RFC 7644 §3.3`, `REF20`.
    pub source: String,
    pub verdict: Verdict,
    /// The requirement as a sentence.
    pub title: String,
    /// The attribute or part of the response that differs: `active`, `members`, `status`.
    #[serde(default)]
    pub part: String,
    /// The observation in the first result that shows it, in one sentence.
    pub observation: String,
    pub expected: String,
    pub actual: String,
    /// The reason why it matters to Okta.
    pub why: String,
    pub fix: String,
    /// The mistake that it points to, if the run distinguishes it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<LikelyCause>,
    /// True if the baseline accepts it in every result that shows it.
    pub accepted: bool,
    /// The IDs of the results that show it, in the order of the run.
    pub results: Vec<String>,
    /// The exchanges that show it in the first of these results.
    pub exchanges: Vec<ExchangeReport>,
    /// Indices, in `exchanges`, of the request at fault and, where another one shows the difference, of that one.
    #[serde(default)]
    pub decisive: Vec<usize>,
    /// The command that repeats the first of these results.
    pub repeat: String,
    /// The number of the generated case, from 0 (fuzzing only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<usize>,
    /// The number of simpler cases that were tried (fuzzing only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<usize>,
}

impl LikelyCause {
    /// Returns mistake and evidence as one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("Likely cause: {}. Evidence: {}.", self.mistake, self.evidence)
    }
}

impl Finding {
    /// Returns the remedy: that of the likely cause, otherwise that of the requirement.
    #[must_use]
    pub fn remedy(&self) -> &str {
        self.cause.as_ref().map_or(&self.fix, |cause| &cause.fix)
    }

    /// Returns the key by which findings are sorted: the most severe first, then those with the most results.
    #[must_use]
    pub fn rank(&self) -> (Reverse<u8>, Reverse<Level>, Reverse<usize>, String) {
        (Reverse(self.verdict.weight()), Reverse(self.level), Reverse(self.results.len()), self.id.clone())
    }
}

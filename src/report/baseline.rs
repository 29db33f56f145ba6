//! The baseline: findings that the user accepts, with a reason and perhaps a date.
//!
//! Accepted findings stay in the report and do not fail the run. A finding is accepted where an entry names it and the result;
//! another kind of difference of the same requirement has another ID, so it is new.

use std::fmt::Write as _;

use serde::Deserialize;

use super::result::Accepted;
use super::run::Run;
use super::verdict::Verdict;
use crate::base::glob;

/// A baseline file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    #[serde(default)]
    pub accept: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The ID of a finding, in which `*` matches any text.
    pub finding: String,
    /// IDs of results, in which `*` matches any text. Without them, all.
    #[serde(default)]
    pub results: Vec<String>,
    pub reason: String,
    /// The last day on which the entry counts: `2027-03-01`.
    pub until: Option<String>,
}

/// A text that is not a baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BaselineError(String);

impl Baseline {
    /// Parses a file.
    ///
    /// # Errors
    /// The text is not TOML, or not of this form, or a date is not one.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = toml::from_str(text).map_err(|error| BaselineError(error.to_string()))?;
        match baseline.accept.iter().find(|entry| entry.until.as_deref().is_some_and(|date| !is_date(date))) {
            Some(entry) => Err(BaselineError(format!(
                "until = {:?} is not a date such as 2027-03-01",
                entry.until.as_deref().unwrap_or_default()
            ))),
            None => Ok(baseline),
        }
    }

    /// Writes entries for the findings that fail a run.
    #[must_use]
    pub fn of(run: &Run) -> String {
        let mut text = String::from("# Accepted findings. Give each a reason, and perhaps until = \"2027-03-01\".\n");
        for finding in run.failures() {
            let _ = write!(
                text,
                "\n[[accept]]\nfinding = {:?}\nreason = {:?}\n",
                finding.id,
                format!("known when the baseline was written: {}", finding.title)
            );
        }
        text
    }

    /// Marks what the baseline accepts. `today` is a date; with `strict`, an entry that no longer holds fails the run.
    pub fn apply(&self, run: &mut Run, today: &str, strict: bool) {
        let (valid, past): (Vec<&Entry>, Vec<&Entry>) =
            self.accept.iter().partition(|entry| entry.until.as_deref().is_none_or(|until| today <= until));
        for entry in past {
            let until = entry.until.as_deref().unwrap_or_default();
            run.baseline_failures.push(format!("the entry for {} ended on {until}: {}", entry.finding, entry.reason));
        }
        for finding in &mut run.findings {
            let accepts = |result: &String| valid.iter().any(|entry| entry.covers(&finding.id, result));
            finding.accepted = !finding.results.is_empty() && finding.results.iter().all(accepts);
        }
        let failing: Vec<String> = run.failures().map(|finding| finding.id.clone()).collect();
        for result in &mut run.scenarios {
            if !matches!(result.verdict, Verdict::Deviation | Verdict::Weak | Verdict::Blocked) {
                continue;
            }
            let entry = |id: &String| valid.iter().find(|entry| entry.covers(id, &result.id));
            let first = result.findings.iter().find_map(entry);
            let open = result.findings.iter().any(|id| failing.contains(id) && entry(id).is_none());
            result.accepted = first
                .filter(|_| !open)
                .map(|entry| Accepted { reason: entry.reason.clone(), until: entry.until.clone() });
        }
        report_fixed(&valid, run, strict);
    }
}

/// Reports entries that did not occur although all of their results were judged.
fn report_fixed(valid: &[&Entry], run: &mut Run, strict: bool) {
    for entry in valid {
        let mut covered = run.scenarios.iter().filter(|result| entry.is_about(&result.id)).peekable();
        let occurred = run.findings.iter().any(|finding| glob::matches(&entry.finding, &finding.id));
        let judged = covered.peek().is_some() && covered.all(|result| result.verdict.is_judged());
        if occurred || !judged {
            continue;
        }
        let text = format!("{} is fixed: remove its entry from the baseline", entry.finding);
        if strict {
            run.baseline_failures.push(text);
        } else {
            run.remarks.push(text);
        }
    }
}

impl Entry {
    fn covers(&self, finding: &str, result: &str) -> bool {
        glob::matches(&self.finding, finding) && self.is_about(result)
    }

    fn is_about(&self, result: &str) -> bool {
        self.results.is_empty() || self.results.iter().any(|pattern| glob::matches(pattern, result))
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [4, 2, 2] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;

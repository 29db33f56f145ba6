//! The report of a fuzz run: one plain model, rendered as JSON and as text.

use std::fmt::Write as _;

use serde::Serialize;

use super::oracle::{self, Fault, Violation};
use super::play::CaseRun;
use crate::base::{Seed, escape, escape_lines};
use crate::check::canary::Closed;
use crate::check::world::Sender;
use crate::report::ExchangeReport;
use crate::sim::evidence;
use crate::wire::Exchange;

/// The length at which a printed curl command is truncated. The JSON report and saved files contain all of it.
const CURL: usize = 2_000;
/// The number of different findings that ends a run. A server with that many has enough to fix before the next run.
pub(super) const MAX_FINDINGS: usize = 5;

/// The report of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub format: u32,
    pub version: &'static str,
    pub target: String,
    pub seed: Seed,
    pub run_id: String,
    /// Number of cases played to their end.
    pub cases: usize,
    /// Number of cases whose resource the target accepted.
    #[serde(rename = "took_root")]
    pub resource_created: usize,
    pub requests: usize,
    pub duration_ms: u64,
    pub findings: Vec<Finding>,
    /// True if the time limit ended the run before the last case.
    pub out_of_time: bool,
    /// The failure of the target that ended the run before the last case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The resources that could not be deleted.
    #[serde(rename = "left")]
    pub leftovers: Vec<String>,
}

/// A violation, shrunk to a short case.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub fault: &'static str,
    /// The observation.
    pub sentence: String,
    /// The reason why it is a fault.
    pub reason: &'static str,
    /// The number of the case, from 0.
    pub case: usize,
    /// Number of simpler cases tried.
    pub attempts: usize,
    /// The command that repeats it.
    pub repeat: String,
    /// The exchanges of the shrunk case; the last one shows the fault.
    pub exchanges: Vec<ExchangeReport>,
}

impl Report {
    pub(super) fn new(target: &str, seed: Seed, run_id: String) -> Self {
        Self {
            format: 1,
            version: env!("CARGO_PKG_VERSION"),
            target: target.to_owned(),
            seed,
            run_id,
            cases: 0,
            resource_created: 0,
            requests: 0,
            duration_ms: 0,
            findings: Vec::new(),
            out_of_time: false,
            stopped: None,
            leftovers: Vec::new(),
        }
    }

    /// Renders the report as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (at, finding) in self.findings.iter().enumerate() {
            let _ = write!(
                text,
                "finding {} ({}): {}\n  because {}\n",
                at + 1,
                finding.fault,
                escape_lines(&finding.sentence),
                finding.reason
            );
            let _ = writeln!(
                text,
                "  case {}, shrunk to {} {} in {} attempts:",
                finding.case,
                finding.exchanges.len(),
                if finding.exchanges.len() == 1 { "request" } else { "requests" },
                finding.attempts
            );
            for exchange in &finding.exchanges {
                let outcome = exchange.status.map_or_else(
                    || escape_lines(exchange.failure.as_deref().unwrap_or_default()),
                    |status| status.to_string(),
                );
                let _ = writeln!(text, "    {}\n      -> {outcome}", truncate(&exchange.curl));
            }
            let _ = writeln!(text, "  repeat: {}\n", finding.repeat);
        }
        let found = match self.findings.len() {
            0 => "nothing found".to_owned(),
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        };
        let _ = writeln!(
            text,
            "{found}: {} cases (in {} the target took the resource), {} requests in {:.1} s, seed {}, run {}",
            self.cases,
            self.resource_created,
            self.requests,
            std::time::Duration::from_millis(self.duration_ms).as_secs_f64(),
            self.seed,
            self.run_id
        );
        if self.findings.len() >= MAX_FINDINGS {
            let _ = writeln!(text, "a run ends after this many different findings: fix these, then run it again");
        }
        if self.out_of_time {
            text.push_str("the time limit came before the last case\n");
        }
        if let Some(stopped) = &self.stopped {
            let _ = writeln!(text, "ended early: {}", escape_lines(stopped));
        }
        if !self.leftovers.is_empty() {
            let _ = writeln!(
                text,
                "left on the server:\n  {}",
                crate::report::text::leftovers(&self.leftovers).join("\n  ")
            );
        }
        text
    }
}

impl Finding {
    pub(super) fn new(played: &CaseRun, case: usize, attempts: usize, repeat: String) -> Option<Self> {
        let violation = played.violation.as_ref()?;
        Some(Self {
            fault: violation.fault.name(),
            sentence: violation.sentence.clone(),
            reason: violation.fault.reason(),
            case,
            attempts,
            repeat,
            exchanges: played.exchanges.iter().map(to_report).collect(),
        })
    }

    /// Builds the finding of a canary that could not be proven.
    pub(super) fn of_canary(closed: &Closed, repeat: String) -> Self {
        // A malformed response is the cause, if there is one.
        let created = closed.exchanges.first().and_then(|create| Some((create, create.response()?)));
        let malformed = created.and_then(|(create, response)| oracle::check_created(create, response).err());
        let violation = malformed.unwrap_or_else(|| Violation::new(Fault::ForeignId, closed.reason.to_string()));
        Self {
            fault: violation.fault.name(),
            sentence: violation.sentence,
            reason: violation.fault.reason(),
            case: 0,
            attempts: 0,
            repeat,
            exchanges: closed.exchanges.iter().map(to_report).collect(),
        }
    }

    /// Renders the requests as a shell script.
    #[must_use]
    pub fn script(&self) -> String {
        let mut script =
            format!("#!/bin/sh\n# {}\n# {}\n# repeat: {}\n", self.fault, escape(&self.sentence), self.repeat);
        script.push_str("# The token is read from $TOKEN.\n");
        for exchange in &self.exchanges {
            let _ = writeln!(script, "\n{}\necho", exchange.curl);
        }
        script
    }
}

/// Converts an exchange for the report. Passwords remain in the curl command: they are generated, and the command must
/// repeat the finding.
fn to_report(exchange: &Exchange) -> ExchangeReport {
    ExchangeReport { curl: exchange.curl_as_sent(), ..evidence(Sender::Harness.name(), exchange) }
}

fn truncate(curl: &str) -> String {
    if curl.chars().count() <= CURL {
        return curl.to_owned();
    }
    let start: String = curl.chars().take(CURL).collect();
    format!("{start}… ({} bytes; --save keeps the whole)", curl.len())
}

//! What a fuzz run found: one plain model, as JSON and as text.

use std::fmt::Write as _;

use serde::Serialize;

use super::play::Played;
use crate::base::Seed;
use crate::check::world::By;
use crate::report::ExchangeReport;
use crate::sim::evidence;
use crate::wire::Exchange;

/// The longest curl line that is printed; the whole one is in the JSON report and in what is saved.
const CURL: usize = 2_000;

/// A run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub format: u32,
    pub version: &'static str,
    pub target: String,
    pub seed: Seed,
    pub run_id: String,
    /// Cases played to an end.
    pub cases: usize,
    /// Cases whose resource the target took.
    pub took_root: usize,
    pub requests: usize,
    pub duration_ms: u64,
    pub findings: Vec<Finding>,
    /// Whether the time limit came before the last case.
    pub out_of_time: bool,
    /// What the target did that ended the run before its last case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// What could not be cleaned up.
    pub left: Vec<String>,
}

/// A fault, shrunk.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub fault: &'static str,
    /// What was seen.
    pub sentence: String,
    /// Why that is a fault.
    pub reason: &'static str,
    /// The number of the case, from 0.
    pub case: usize,
    /// How many simpler cases were tried.
    pub attempts: usize,
    /// The command that repeats it.
    pub repeat: String,
    /// The shrunk case; the last exchange shows the fault.
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
            took_root: 0,
            requests: 0,
            duration_ms: 0,
            findings: Vec::new(),
            out_of_time: false,
            stopped: None,
            left: Vec::new(),
        }
    }

    /// The text for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (at, finding) in self.findings.iter().enumerate() {
            let _ = write!(
                text,
                "finding {} ({}): {}\n  because {}\n",
                at + 1,
                finding.fault,
                finding.sentence,
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
                let seen = exchange
                    .status
                    .map_or_else(|| exchange.failure.clone().unwrap_or_default(), |status| status.to_string());
                let _ = writeln!(text, "    {}\n      -> {seen}", shorten(&exchange.curl));
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
            self.took_root,
            self.requests,
            std::time::Duration::from_millis(self.duration_ms).as_secs_f64(),
            self.seed,
            self.run_id
        );
        if self.findings.len() >= super::run::FINDINGS {
            let _ = writeln!(text, "that many different findings end a run: mend these, then run it again");
        }
        if self.out_of_time {
            text.push_str("the time limit came before the last case\n");
        }
        if let Some(stopped) = &self.stopped {
            let _ = writeln!(text, "ended early: {stopped}");
        }
        if !self.left.is_empty() {
            let _ = writeln!(text, "could not be deleted:\n  {}", self.left.join("\n  "));
        }
        text
    }
}

impl Finding {
    pub(super) fn new(played: &Played, case: usize, attempts: usize, repeat: String) -> Option<Self> {
        let seen = played.seen.as_ref()?;
        Some(Self {
            fault: seen.fault.name(),
            sentence: seen.sentence.clone(),
            reason: seen.fault.reason(),
            case,
            attempts,
            repeat,
            exchanges: played.exchanges.iter().map(shown).collect(),
        })
    }

    /// The requests as a shell script.
    #[must_use]
    pub fn script(&self) -> String {
        let mut script =
            format!("#!/bin/sh\n# {}\n# {}\n# repeat: {}\n", self.fault, one_line(&self.sentence), self.repeat);
        script.push_str("# The token is read from $TOKEN.\n");
        for exchange in &self.exchanges {
            let _ = writeln!(script, "\n{}\necho", exchange.curl);
        }
        script
    }
}

/// A password that a strategy made up is no secret, and the line has to repeat the finding: it stays as it was sent.
fn shown(exchange: &Exchange) -> ExchangeReport {
    ExchangeReport { curl: exchange.curl_as_sent(), ..evidence(By::Harness.name(), exchange) }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn shorten(curl: &str) -> String {
    if curl.chars().count() <= CURL {
        return curl.to_owned();
    }
    let start: String = curl.chars().take(CURL).collect();
    format!("{start}… ({} bytes; --save keeps the whole)", curl.len())
}

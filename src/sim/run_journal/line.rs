//! The lines of a journal. Pure.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::okta::agent::journal::JobNumber;
use crate::wire::recording::Recording;

/// The name of the format in the first line.
const FORMAT: &str = "scimulate-run-journal-1";

/// The first line: the settings that decide which requests a run sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHeader {
    format: String,
    /// The version of scimulate that began the run.
    version: String,
    scenario: String,
    /// The SHA-256 of the scenario and its parameters.
    sha256: String,
    seed: u64,
    run_id: Option<String>,
    url: String,
    /// The client of each app.
    clients: Vec<String>,
    habits: Vec<String>,
}

/// The settings of a run that its journal names.
#[derive(Debug, Clone, Copy)]
pub struct JournaledRun<'a> {
    pub scenario: &'a str,
    /// The text of the scenario file.
    pub text: &'a str,
    /// The parameters that were set.
    pub set: &'a [(String, String)],
    pub seed: u64,
    pub run_id: Option<&'a str>,
    pub url: &'a str,
    pub habits: &'a [String],
}

impl JournalHeader {
    /// Builds the first line of a run whose apps have these clients.
    #[must_use]
    pub fn new(run: JournaledRun<'_>, clients: Vec<String>) -> Self {
        let mut digest = Sha256::new();
        let parameters = run.set.iter().flat_map(|(name, value)| [name.as_str(), value]);
        for part in std::iter::once(run.text).chain(parameters) {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        let mut sha256 = String::new();
        for byte in digest.finalize() {
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: run.scenario.to_owned(),
            sha256,
            seed: run.seed,
            run_id: run.run_id.map(str::to_owned),
            url: run.url.to_owned(),
            clients,
            habits: run.habits.to_vec(),
        }
    }

    /// Compares the first line of a journal with that of this run. An error has the name of the setting and both values.
    pub(super) fn compare(&self, recorded: &Self) -> Result<(), (&'static str, String, String)> {
        let run_id = |header: &Self| header.run_id.clone().unwrap_or_else(|| "none".to_owned());
        let list = |words: &[String]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
        let fields: [(&'static str, String, String); 8] = [
            ("the format", recorded.format.clone(), self.format.clone()),
            ("the scenario", recorded.scenario.clone(), self.scenario.clone()),
            ("the SHA-256 of the scenario with its parameters", recorded.sha256.clone(), self.sha256.clone()),
            ("the seed", recorded.seed.to_string(), self.seed.to_string()),
            ("the run ID", run_id(recorded), run_id(self)),
            ("the URL", recorded.url.clone(), self.url.clone()),
            ("the client", list(&recorded.clients), list(&self.clients)),
            ("the list of habits that were set", list(&recorded.habits), list(&self.habits)),
        ];
        fields.into_iter().find(|(_, recorded, now)| recorded != now).map_or(Ok(()), Err)
    }
}

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Run(JournalHeader),
    /// A request is about to be sent.
    Sending {
        action: usize,
        job: usize,
        /// The number of times that the job started again.
        attempt: usize,
        /// The number of the request in its job, from 0.
        request: usize,
        method: String,
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
    },
    /// A request has an outcome.
    Received {
        action: usize,
        job: usize,
        attempt: usize,
        request: usize,
        exchange: Recording,
    },
    /// A job ended.
    Ended {
        action: usize,
        job: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

impl Line {
    /// Returns the job that the line is about.
    pub(super) const fn number(&self) -> Option<JobNumber> {
        match *self {
            Self::Run(_) => None,
            Self::Sending { action, job, .. }
            | Self::Received { action, job, .. }
            | Self::Ended { action, job, .. } => Some(JobNumber { action, job }),
        }
    }
}

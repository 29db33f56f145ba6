//! The journal of the agent: what was sent and received, so that a run that was killed can be continued.

use std::fmt;

use crate::wire::recording::Recording;
use crate::wire::{Exchange, Request};

/// The number of a job: the same job has the same number in each run of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobNumber {
    /// The position of the action among those that were performed, from 0.
    pub action: usize,
    /// The position of the job in the plan of the action, from 0.
    pub job: usize,
}

/// A journal that cannot be written or read. `Display` says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JournalFailure(pub String);

/// The part of a job that an earlier run recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedJob {
    /// The outcomes of the first requests, which are not sent again.
    pub requests: Vec<RecordedRequest>,
    /// True if an earlier run sent a request of the job without recording its outcome, so that the job starts again after
    /// `requests`.
    pub starts_again: bool,
}

/// A request that an earlier run sent, with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The line of the journal that has the outcome, for messages.
    pub line: usize,
    /// Method and path.
    pub words: String,
    pub recording: Recording,
}

/// Records the requests of jobs and their outcomes, and returns what an earlier run recorded.
pub trait JobJournal: fmt::Debug + Send + Sync {
    /// Returns the part of a job that an earlier run recorded.
    ///
    /// # Errors
    /// The journal cannot be read.
    fn begin(&self, job: JobNumber) -> Result<RecordedJob, JournalFailure>;

    /// Records that the `nth` request of a job, from 0, is about to be sent. The request is sent only after this returns.
    ///
    /// # Errors
    /// The journal cannot be written. The request is not sent.
    fn sending(&self, job: JobNumber, nth: usize, request: &Request) -> Result<(), JournalFailure>;

    /// Records the outcome of a request.
    ///
    /// # Errors
    /// The journal cannot be written.
    fn received(&self, job: JobNumber, nth: usize, exchange: &Exchange) -> Result<(), JournalFailure>;

    /// Records the end of a job.
    ///
    /// # Errors
    /// The journal cannot be written.
    fn ended(&self, job: JobNumber, error: Option<&str>) -> Result<(), JournalFailure>;
}

/// Returns method and path of a request.
pub fn words(request: &Request) -> String {
    format!("{} {}", request.method.as_str(), request.path)
}

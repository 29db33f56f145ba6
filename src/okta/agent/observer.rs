//! Reports of the agent's work while it happens, for a display that must not wait for the end of an action.

use std::time::Duration;

use crate::okta::org::{JobKind, JobSpec};
use crate::okta::plan::TaskError;
use crate::wire::{Exchange, Failure, Request};

/// Receives reports of the agent's work. If several jobs run at once, their reports interleave.
pub trait AgentObserver: Sync {
    /// A request is about to be sent.
    fn sending(&self, _job: &JobSpec, _request: &Request) {}
    /// A request ended, with a response or without one.
    fn received(&self, _job: &JobSpec, _exchange: &Exchange) {}
    /// A request ended this long after the time at which it should have been sent.
    fn timed(&self, _job: &JobSpec, _exchange: &Exchange, _latency: Duration) {}
    /// A request was not sent, because the journal of an earlier run has its outcome.
    fn replayed(&self, _job: &JobSpec, _exchange: &Exchange) {}
    /// A job starts again, because an earlier run was killed before the response to its last request.
    fn started_again(&self, _job: &JobSpec) {}
    /// A wait begins.
    fn waiting(&self, _job: &JobSpec, _wait: &Wait) {}
    /// A wait ended, or a delayed response arrived, and the scenario's clock goes forward.
    fn clock_advanced(&self, _by: Duration) {}
    /// A job ended.
    fn job_ended(&self, _job: &EndedJob) {}
}

/// Ignores all reports.
impl AgentObserver for () {}

/// A wait of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub duration: Duration,
    pub reason: WaitReason,
}

/// The reason for a wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitReason {
    /// The target returned 429.
    TooManyRequests {
        /// The value of the Retry-After header as it was sent.
        retry_after: Option<String>,
        /// The number of the attempt that follows the wait, from 2.
        attempt: u32,
        /// The number of attempts before Okta gives up.
        attempts: u32,
    },
    /// The habit `call-gap-ms`.
    Gap,
}

/// A job that ended.
#[derive(Debug, Clone)]
pub struct EndedJob {
    pub spec: JobSpec,
    pub end: JobEnd,
    /// The failure of the last request, if it got no response.
    pub failure: Option<Failure>,
    /// True if a fault of the scenario had a part in the last response.
    pub simulated: bool,
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEnd {
    Done,
    /// The job failed. Okta shows the error to the administrator under Tasks.
    Task(TaskError),
    /// The target requests a wait that exceeds the time limit of the run, so the job was not continued.
    OutOfTime(Duration),
}

impl JobEnd {
    /// Returns the error text, if the job did not succeed.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            Self::Done => None,
            Self::Task(error) => Some(error.to_string()),
            Self::OutOfTime(wait) => {
                let seconds = wait.as_secs();
                Some(format!("the target requests a wait of {seconds} s, which exceeds the time limit"))
            }
        }
    }
}

impl EndedJob {
    /// Returns the person and the target's `id` if the job was to deactivate a user.
    #[must_use]
    pub fn deactivation(&self) -> Option<(&str, &str)> {
        match &self.spec.kind {
            JobKind::SetActive { person, id, active: false } => Some((person, id)),
            _ => None,
        }
    }
}

//! The outcome of an action, and the treatment of waits.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::observer::EndedJob;
use crate::wire::Exchange;

/// The treatment of waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// Waits in real time, within the client's time limit.
    #[default]
    Real,
    /// Continues at once and only records the wait.
    Virtual,
}

/// The outcome of an action.
#[derive(Debug, Clone, Default)]
pub struct ActionOutcome {
    /// The exchanges in the order in which they ended. `Agent::perform_observed` passes them to the observer instead.
    pub exchanges: Vec<Exchange>,
    /// The errors that Okta would show the administrator, in the order in which the jobs were planned; empty if all jobs
    /// succeeded.
    pub tasks: Vec<String>,
    /// The waits that responses requested.
    pub waits: Vec<Duration>,
    /// The jobs that did not succeed, in the order in which they were planned.
    pub unsuccessful: Vec<EndedJob>,
}

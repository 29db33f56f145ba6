//! From a change of the org to jobs; from an answer to the next step. Pure.

use std::time::Duration;

use crate::wire::{Exchange, Request};

/// What a job wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send this and come back with the exchange.
    Send(Request),
    /// Come back after this long (429 with Retry-After, back-off).
    Wait(Duration),
    /// Finished; the target's id of the subject, where there is one.
    Done(Option<String>),
    /// Stopped: what Okta shows the administrator under Tasks.
    Task(String),
}

/// One unit of provisioning about one subject (a person or a group in an app).
#[derive(Debug, Clone)]
pub struct Job {}

impl Job {
    /// The next step, given the last exchange (`None` at the start and after a wait).
    pub fn step(&mut self, _last: Option<&Exchange>) -> Step {
        todo!()
    }
}

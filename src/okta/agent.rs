//! Performs jobs over the wire. It never branches on an answer.

use super::action::Action;
use super::habits::Habits;
use super::org::Org;
use crate::base::Seed;
use crate::wire::{Client, Exchange};

/// An org with its provisioning agent.
#[derive(Debug)]
pub struct Agent {}

/// What an action led to.
#[derive(Debug, Clone, Default)]
pub struct Performed {
    /// Every exchange, in order.
    pub exchanges: Vec<Exchange>,
    /// What Okta would show the administrator (empty: all went well).
    pub tasks: Vec<String>,
}

impl Agent {
    /// An agent for an org; every app of the org talks to `client`.
    #[must_use]
    pub fn new(_org: Org, _client: Client, _habits: Habits, _seed: Seed) -> Self {
        todo!()
    }

    /// Carries out an action and all the traffic that follows from it.
    ///
    /// # Errors
    /// The action is not possible in this org (an unknown person, a wrong state): a sentence with the way out.
    pub async fn perform(&mut self, _action: &Action) -> Result<Performed, String> {
        todo!()
    }
}

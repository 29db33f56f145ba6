//! The state that all scenarios of one run share: clients, event log, settings, and the parts of every name.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::event_log::EventLog;
use super::population::Population;
use super::requirement::Profile;
use super::seats::Seats;
use crate::base::Seed;
use crate::events::OnDeactivate;
use crate::okta::Habits;
use crate::wire::Client;

/// The interval at which a waiting step checks for a stop.
const STOP_POLL: Duration = Duration::from_millis(50);

/// A target that can be put into situations that no well-behaved server is ever in.
///
/// Tests implement it; the released binary contains no implementation.
pub trait TestDouble: fmt::Debug + Send + Sync {
    /// Sets up a situation, for example `several-matches`, for the person with this userName.
    fn prepare(&self, situation: &str, user_name: &str) -> BoxFuture<'_, ()>;
}

/// The shared state of a run.
#[derive(Debug)]
pub struct RunContext {
    /// The client for every request of the run. It carries the run's ledger and stop.
    pub client: Client,
    /// A client of the same target with invalid credentials.
    pub unauthorized: Client,
    pub events: Option<EventLog>,
    /// The setting of the target's directory, which decides the events that are expected after a deactivation.
    pub on_deactivate: OnDeactivate,
    pub habits: Habits,
    pub profile: Profile,
    pub seed: Seed,
    /// A part of every name that the run creates.
    pub run_id: String,
    /// The domain of every userName and email address.
    pub email_domain: String,
    /// The time limit for one response, and for the step that is under way when the run is stopped.
    pub timeout: Duration,
    /// The time that the simulated Okta waits for a response.
    pub okta_timeout: Duration,
    /// The command that repeats this run, without the selection of scenarios.
    pub command: String,
    pub double: Option<Arc<dyn TestDouble>>,
    /// The users that were created before the scenarios. Empty if no scenario needs them.
    pub population: Population,
    /// The places for other users, if they are limited.
    pub seats: Seats,
}

impl RunContext {
    /// Derives the seed of one scenario from the run's seed and ID and the scenario's ID. Two runs against the same
    /// server therefore never give two people the same Okta ID.
    #[must_use]
    pub fn seed_of(&self, case: &str) -> Seed {
        let mut hash = Sha256::new();
        hash.update(self.seed.0.to_le_bytes());
        hash.update(self.run_id.as_bytes());
        hash.update([0]);
        hash.update(case.as_bytes());
        let bytes: [u8; 32] = hash.finalize().into();
        let head = bytes.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        Seed(head >> 11)
    }

    /// Returns the reason for which the run was stopped, if it was.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.client.stop().reason()
    }

    /// Waits until the run is stopped and returns the reason.
    pub async fn until_stopped(&self) -> String {
        loop {
            if let Some(why) = self.stopped() {
                return why;
            }
            tokio::time::sleep(STOP_POLL).await;
        }
    }
}

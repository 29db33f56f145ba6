//! What all scenarios of one run share: the client, the event log, the run's names, and what it has made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::events::EventLog;
use crate::base::Seed;
use crate::events::OnDeactivate;
use crate::okta::Habits;
use crate::wire::Client;

/// How often a step that is waiting looks whether the run was stopped.
const STOP_LOOK: Duration = Duration::from_millis(50);

/// A stand-in for the target that can be told how to behave: for what no well-behaved server can show. Tests implement
/// it; the shipped binary has none.
pub trait Double: fmt::Debug + Send + Sync {
    /// Puts the stand-in into a situation, for example `several-matches`, about the person with this userName.
    fn prepare(&self, situation: &str, user_name: &str) -> BoxFuture<'_, ()>;
}

/// A run's surroundings.
#[derive(Debug)]
pub struct Context {
    /// The client that every request of the run goes through, with the run's ledger and stop.
    pub client: Client,
    /// A client of the same target with credentials that nobody has.
    pub stranger: Client,
    pub events: Option<EventLog>,
    pub on_deactivate: OnDeactivate,
    pub habits: Habits,
    pub seed: Seed,
    /// Part of every name that the run makes.
    pub run_id: String,
    /// The domain of every userName and e-mail address.
    pub email_domain: String,
    /// How long one answer may take: also how long a step may go on once the run is stopped.
    pub timeout: Duration,
    /// The command that repeats this run, up to the choice of scenarios.
    pub command: String,
    pub double: Option<Arc<dyn Double>>,
}

impl Context {
    /// The seed of one scenario: from the run's seed and id and the scenario's id, so that two runs on one server never
    /// give two people the same Okta id.
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

    /// Why the run was stopped, if it was.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.client.stop().reason()
    }

    /// Returns once the run is stopped.
    pub async fn until_stopped(&self) -> String {
        loop {
            if let Some(why) = self.stopped() {
                return why;
            }
            tokio::time::sleep(STOP_LOOK).await;
        }
    }
}

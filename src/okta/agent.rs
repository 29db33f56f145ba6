//! Okta's provisioning agent: runs jobs over a [`Client`]. It never decides by a response; [`plan`](super::plan) does.
//!
//! Start reading at [`Agent::perform`]. `work` runs the jobs of an action, and `queue` orders them; [`observer`] reports the
//! work while it happens, and a [`journal`] records it so that a killed run can continue.

mod clock;
pub mod journal;
pub mod observer;
mod outcome;
mod queue;
mod rate;
mod running;
mod work;

use std::sync::{Arc, Mutex, PoisonError};

use self::clock::AgentClock;
use self::journal::JobJournal;
use self::observer::AgentObserver;
pub use self::outcome::{ActionOutcome, Pace};
use self::rate::Rate;
use self::running::Tools;
use self::work::Worker;
use super::action::Action;
use super::habits::Habits;
use super::org::{JobSpec, Org, OrgError};
use crate::base::Seed;
use crate::wire::{Client, Exchange};

/// An org and its provisioning agent.
#[derive(Debug)]
pub struct Agent {
    org: Org,
    client: Client,
    habits: Habits,
    pace: Pace,
    /// The number of jobs at once, in place of the habit `parallel-jobs`.
    concurrency: Option<usize>,
    clock: AgentClock,
    journal: Option<Arc<dyn JobJournal>>,
    rate: Option<Rate>,
    /// The number of actions performed.
    actions: usize,
}

impl Agent {
    /// Creates an agent for an org. All apps use `client`; IDs and passwords are derived from the seed.
    #[must_use]
    pub fn new(org: Org, client: Client, habits: Habits, seed: Seed) -> Self {
        Self {
            org: org.seeded(seed),
            client,
            habits,
            pace: Pace::Real,
            concurrency: None,
            clock: AgentClock::default(),
            journal: None,
            rate: None,
            actions: 0,
        }
    }

    /// Sets the treatment of waits.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Runs this number of jobs at once, in place of the habit `parallel-jobs`. Jobs about one person or group never overlap.
    #[must_use]
    pub fn with_concurrency(self, jobs: usize) -> Self {
        Self { concurrency: Some(jobs), ..self }
    }

    /// Sends this number of requests per second, as long as jobs have requests to send.
    #[must_use]
    pub fn with_rate(self, requests: u32) -> Self {
        Self { rate: Some(Rate::per_second(requests)), ..self }
    }

    /// Returns the number of jobs at once.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.concurrency.unwrap_or(self.habits.parallel_jobs as usize).max(1)
    }

    /// Records the requests in a journal, and sends none that the journal has a response for.
    #[must_use]
    pub fn with_journal(self, journal: Arc<dyn JobJournal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Returns the org.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// Returns the org, to set up what no action can.
    pub fn org_mut(&mut self) -> &mut Org {
        &mut self.org
    }

    /// Returns the habits.
    #[must_use]
    pub fn habits(&self) -> &Habits {
        &self.habits
    }

    /// Returns the client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Performs an action, and sends all requests that follow from it.
    ///
    /// # Errors
    /// The action is not possible in the org's current state.
    pub async fn perform(&mut self, action: &Action) -> Result<ActionOutcome, OrgError> {
        let kept = Kept::default();
        let outcome = self.perform_observed(action, &kept).await?;
        let exchanges = kept.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(ActionOutcome { exchanges, ..outcome })
    }

    /// As [`Agent::perform`], and reports the work to an observer while it happens. The observer receives the exchanges, and
    /// the outcome has none.
    ///
    /// # Errors
    /// As [`Agent::perform`].
    pub async fn perform_observed(
        &mut self,
        action: &Action,
        observer: &dyn AgentObserver,
    ) -> Result<ActionOutcome, OrgError> {
        let waves = self.org.act(action, &self.habits)?;
        let most = self.concurrency();
        let action = self.actions;
        self.actions += 1;
        let journal = self.journal.as_deref();
        let (rate, clock) = (self.rate.as_ref(), &self.clock);
        let tools = Tools { client: &self.client, pace: self.pace, observer, journal, rate, clock };
        let mut worker = Worker::new(&mut self.org, &self.habits, tools, most, action);
        worker.run_all(waves).await;
        Ok(worker.finish())
    }
}

/// Keeps the exchanges, for callers without an observer.
#[derive(Default)]
struct Kept(Mutex<Vec<Exchange>>);

impl AgentObserver for Kept {
    fn received(&self, _job: &JobSpec, exchange: &Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange.clone());
    }
}

#[cfg(test)]
mod tests;

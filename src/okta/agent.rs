//! Okta's provisioning agent: runs jobs over a [`Client`]. It never decides by a response; [`plan`](super::plan) does.
//!
//! Start reading at [`Agent::perform`]. [`observer`] reports the work while it happens.

pub mod observer;

use std::time::Duration;

use futures::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::observer::{AgentObserver, EndedJob, JobEnd, Wait, WaitReason};
use super::action::Action;
use super::habits::Habits;
use super::org::{Org, OrgError};
use super::plan::{ATTEMPTS, Job, Step};
use crate::base::Seed;
use crate::wire::{Client, Exchange};

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

/// An org and its provisioning agent.
#[derive(Debug)]
pub struct Agent {
    org: Org,
    client: Client,
    habits: Habits,
    pace: Pace,
}

/// The outcome of an action.
#[derive(Debug, Clone, Default)]
pub struct ActionOutcome {
    /// All exchanges: job by job, and in order within a job.
    pub exchanges: Vec<Exchange>,
    /// The errors that Okta would show the administrator; empty if all jobs succeeded.
    pub tasks: Vec<String>,
    /// The waits that responses requested.
    pub waits: Vec<Duration>,
    /// All jobs in the order in which they were planned.
    pub jobs: Vec<EndedJob>,
}

impl Agent {
    /// Creates an agent for an org. All apps use `client`; IDs and passwords are derived from the seed.
    #[must_use]
    pub fn new(org: Org, client: Client, habits: Habits, seed: Seed) -> Self {
        Self { org: org.seeded(seed), client, habits, pace: Pace::Real }
    }

    /// Sets the treatment of waits.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
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
        self.perform_observed(action, &()).await
    }

    /// As [`Agent::perform`], and reports the work to an observer while it happens.
    ///
    /// # Errors
    /// As [`Agent::perform`].
    pub async fn perform_observed(
        &mut self,
        action: &Action,
        observer: &dyn AgentObserver,
    ) -> Result<ActionOutcome, OrgError> {
        let waves = self.org.act(action, &self.habits)?;
        let mut outcome = ActionOutcome::default();
        let parallel = self.habits.parallel_jobs.max(1) as usize;
        for wave in waves {
            let jobs: Vec<Job> = wave.into_iter().filter_map(|spec| Job::new(&self.org, spec, &self.habits)).collect();
            let running = jobs.into_iter().map(|job| run(job, self.client.clone(), self.pace, observer));
            let finished: Vec<FinishedJob> = futures::stream::iter(running).buffered(parallel).collect().await;
            for FinishedJob { job, exchanges, waits, ended } in finished {
                let error = ended.end.error();
                self.org.record(job.spec(), job.result(), error.as_deref());
                outcome.exchanges.extend(exchanges);
                outcome.waits.extend(waits);
                outcome.tasks.extend(error);
                outcome.jobs.push(ended);
            }
        }
        Ok(outcome)
    }
}

struct FinishedJob {
    job: Job,
    exchanges: Vec<Exchange>,
    waits: Vec<Duration>,
    ended: EndedJob,
}

async fn run(mut job: Job, client: Client, pace: Pace, observer: &dyn AgentObserver) -> FinishedJob {
    let (mut exchanges, mut waits): (Vec<Exchange>, Vec<Duration>) = (Vec::new(), Vec::new());
    let mut last: Option<Exchange> = None;
    let mut throttled = 0;
    let end = loop {
        let refusal = last.as_ref().filter(|exchange| exchange.status() == Some(429));
        throttled = match (&last, refusal) {
            (_, Some(_)) => throttled + 1,
            (Some(_), None) => 0,
            // After a wait.
            (None, None) => throttled,
        };
        let reason = refusal.map_or(WaitReason::Gap, |exchange| too_many_requests(exchange, throttled));
        match job.step(last.as_ref()) {
            Step::Send(request) => {
                // A client that has stopped does not send.
                let stopped = client.stop().reason().is_some();
                if !stopped {
                    observer.sending(job.spec(), &request);
                }
                let exchange = client.send(request).await;
                if !stopped {
                    observer.received(job.spec(), &exchange);
                }
                exchanges.push(exchange.clone());
                last = Some(exchange);
            }
            Step::Wait(duration) => {
                last = None;
                waits.push(duration);
                if pace == Pace::Real && client.stop().left().is_some_and(|left| duration > left) {
                    break JobEnd::OutOfTime(duration);
                }
                observer.waiting(job.spec(), &Wait { duration, reason });
                if pace == Pace::Real {
                    tokio::time::sleep(duration).await;
                }
            }
            Step::Done(_) => break JobEnd::Done,
            Step::Task(error) => break JobEnd::Task(error),
        }
    };
    let failure = exchanges.last().and_then(|exchange| exchange.outcome.as_ref().err()).cloned();
    let simulated = exchanges.last().is_some_and(|exchange| exchange.simulated.is_some());
    let ended = EndedJob { spec: job.spec().clone(), end, failure, simulated };
    observer.job_ended(&ended);
    FinishedJob { job, exchanges, waits, ended }
}

fn too_many_requests(exchange: &Exchange, nth: u32) -> WaitReason {
    let header = exchange.response().and_then(|response| response.header("retry-after"));
    WaitReason::TooManyRequests { retry_after: header.map(str::to_owned), attempt: nth + 1, attempts: ATTEMPTS }
}

#[cfg(test)]
mod tests;

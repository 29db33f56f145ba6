//! Performs jobs over the wire. It never branches on an answer: what follows from one is [`super::plan`]'s decision.

use std::time::Duration;

use futures::StreamExt as _;

use super::action::Action;
use super::habits::{Habits, names};
use super::org::Org;
use super::plan::{Job, Step};
use crate::base::Seed;
use crate::wire::{Client, Exchange};

/// How a wait passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// By the clock on the wall, within the client's time limit.
    #[default]
    Real,
    /// At once; the wait is only recorded.
    Virtual,
}

/// An org with its provisioning agent.
#[derive(Debug)]
pub struct Agent {
    org: Org,
    client: Client,
    habits: Habits,
    pace: Pace,
}

/// What an action led to.
#[derive(Debug, Clone, Default)]
pub struct Performed {
    /// Every exchange, in order: by job, and within a job as they were made.
    pub exchanges: Vec<Exchange>,
    /// What Okta would show the administrator (empty: all went well).
    pub tasks: Vec<String>,
    /// Every wait that an answer asked for.
    pub waits: Vec<Duration>,
}

impl Agent {
    /// An agent for an org; every app of the org talks to `client`. Ids and passwords follow from the seed.
    #[must_use]
    pub fn new(org: Org, client: Client, habits: Habits, seed: Seed) -> Self {
        Self { org: org.seeded(seed), client, habits, pace: Pace::Real }
    }

    /// Waits like this from now on.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The org as it stands.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// The org, to set up what no action does.
    pub fn org_mut(&mut self) -> &mut Org {
        &mut self.org
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Carries out an action and all the traffic that follows from it.
    ///
    /// # Errors
    /// The action is not possible in this org (an unknown person, a wrong state): a sentence with the way out.
    pub async fn perform(&mut self, action: &Action) -> Result<Performed, String> {
        let waves = self.org.act(action, &self.habits)?;
        let mut performed = Performed::default();
        let side_by_side = self.habits.number(names::PARALLEL_JOBS).max(1);
        for wave in waves {
            let jobs: Vec<Job> = wave.into_iter().filter_map(|spec| Job::new(&self.org, spec, &self.habits)).collect();
            let running = jobs.into_iter().map(|job| run(job, self.client.clone(), self.pace));
            let ended: Vec<Ended> = futures::stream::iter(running).buffered(side_by_side).collect().await;
            for one in ended {
                self.org.settle(&one.job, one.task.as_deref());
                performed.exchanges.extend(one.exchanges);
                performed.waits.extend(one.waits);
                performed.tasks.extend(one.task);
            }
        }
        Ok(performed)
    }
}

struct Ended {
    job: Job,
    exchanges: Vec<Exchange>,
    waits: Vec<Duration>,
    task: Option<String>,
}

async fn run(job: Job, client: Client, pace: Pace) -> Ended {
    let mut ended = Ended { job, exchanges: Vec::new(), waits: Vec::new(), task: None };
    let mut last: Option<Exchange> = None;
    loop {
        match ended.job.step(last.take().as_ref()) {
            Step::Send(request) => {
                let exchange = client.send(request).await;
                ended.exchanges.push(exchange.clone());
                last = Some(exchange);
            }
            Step::Wait(wait) => {
                ended.waits.push(wait);
                let left = client.stop().left().unwrap_or(Duration::MAX);
                if pace == Pace::Real && wait > left {
                    let seconds = wait.as_secs();
                    ended.task =
                        Some(format!("the target asks for a wait of {seconds} s, more than the time limit leaves"));
                    return ended;
                }
                if pace == Pace::Real {
                    tokio::time::sleep(wait).await;
                }
            }
            Step::Done(_) => return ended,
            Step::Task(text) => {
                ended.task = Some(text);
                return ended;
            }
        }
    }
}

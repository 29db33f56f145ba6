//! Okta's provisioning agent: runs jobs over a [`Client`]. It never decides by a response; [`plan`](super::plan) does.

use std::time::Duration;

use futures::StreamExt as _;

use super::action::Action;
use super::habits::{Habits, names};
use super::org::{Org, OrgError};
use super::plan::{Job, Step};
use crate::base::Seed;
use crate::wire::{Client, Exchange};

/// The treatment of waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
        let waves = self.org.act(action, &self.habits)?;
        let mut outcome = ActionOutcome::default();
        let parallel = self.habits.number(names::PARALLEL_JOBS).max(1);
        for wave in waves {
            let jobs: Vec<Job> = wave.into_iter().filter_map(|spec| Job::new(&self.org, spec, &self.habits)).collect();
            let running = jobs.into_iter().map(|job| run(job, self.client.clone(), self.pace));
            let ended: Vec<EndedJob> = futures::stream::iter(running).buffered(parallel).collect().await;
            for ended in ended {
                self.org.record(ended.job.spec(), ended.job.result(), ended.task.as_deref());
                outcome.exchanges.extend(ended.exchanges);
                outcome.waits.extend(ended.waits);
                outcome.tasks.extend(ended.task);
            }
        }
        Ok(outcome)
    }
}

struct EndedJob {
    job: Job,
    exchanges: Vec<Exchange>,
    waits: Vec<Duration>,
    task: Option<String>,
}

async fn run(job: Job, client: Client, pace: Pace) -> EndedJob {
    let mut ended = EndedJob { job, exchanges: Vec::new(), waits: Vec::new(), task: None };
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
                        Some(format!("the target requests a wait of {seconds} s, which exceeds the time limit"));
                    return ended;
                }
                if pace == Pace::Real {
                    tokio::time::sleep(wait).await;
                }
            }
            Step::Done(_) => return ended,
            Step::Task(error) => {
                ended.task = Some(error.to_string());
                return ended;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::okta::ClientKind;
    use crate::wire::{Auth, ResponseBody, Service, Stop, Target};

    /// Returns a target that returns this status for every request, and the largest number of requests that it handled
    /// at the same time.
    fn target(status: u16, retry_after: Option<&'static str>) -> (Target, Arc<AtomicUsize>) {
        let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let service = tower::service_fn(move |_| {
            let (open, most) = (Arc::clone(&open), Arc::clone(&most));
            async move {
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // All requests that are sent in parallel arrive before the first response.
                tokio::time::sleep(Duration::from_millis(1)).await;
                open.fetch_sub(1, Ordering::SeqCst);
                let response = http::Response::builder().status(status);
                let response = retry_after.into_iter().fold(response, |r, value| r.header("Retry-After", value));
                Ok(response.body(ResponseBody::default()).unwrap())
            }
        });
        (Target::in_process("http://target/scim", Auth::None, Service::new(service)), seen)
    }

    fn assign() -> (Org, Action) {
        let mut org = Org::with_app("app", ClientKind::Oin);
        let people: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
        for person in &people {
            org.add_person(person, [("title", "x")]).unwrap();
        }
        (org, Action::Assign { app: "app".into(), people })
    }

    #[tokio::test(start_paused = true)]
    async fn the_habit_parallel_jobs_limits_the_requests_in_flight() {
        for jobs in [1, 8] {
            let (target, seen) = target(403, None);
            let mut habits = Habits::default();
            habits.set(names::PARALLEL_JOBS, &jobs.to_string()).unwrap();
            let (org, action) = assign();
            let mut agent = Agent::new(org, Client::new(target).unwrap(), habits, Seed(1));
            let outcome = agent.perform(&action).await.unwrap();
            assert_eq!((outcome.exchanges.len(), outcome.tasks.len()), (8, 8));
            assert_eq!(seen.load(Ordering::SeqCst), jobs);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn virtual_pace_skips_waits_and_a_time_limit_ends_a_real_wait() {
        let (target, _) = target(429, Some("7"));
        let (org, action) = assign();
        let client = Client::new(target).unwrap();
        let mut agent = Agent::new(org.clone(), client.clone(), Habits::default(), Seed(1)).with_pace(Pace::Virtual);
        assert_eq!(agent.perform(&action).await.unwrap().waits.len(), 8 * 9);
        let client = client.with_stop(Stop::after(Duration::from_secs(5)));
        let outcome = Agent::new(org, client, Habits::default(), Seed(1)).perform(&action).await.unwrap();
        assert!(outcome.tasks[0].contains("7 s"), "{:?}", outcome.tasks);
    }

    #[tokio::test(start_paused = true)]
    async fn real_pace_waits_as_long_as_the_target_requests() {
        let (target, _) = target(429, Some("7"));
        let (org, action) = assign();
        let started = tokio::time::Instant::now();
        let mut agent = Agent::new(org, Client::new(target).unwrap(), Habits::default(), Seed(1));
        let outcome = agent.perform(&action).await.unwrap();
        let waited: Duration = outcome.waits.iter().sum();
        assert_eq!(waited, Duration::from_secs(8 * 7 * 511));
        assert!(started.elapsed() >= waited);
    }
}

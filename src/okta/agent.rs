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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::okta::ClientKind;
    use crate::wire::{Auth, Stop, Target};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// A target that answers every connection with these bytes, and the most that it had open at once.
    async fn target(answer: &'static str) -> (Target, Arc<AtomicUsize>) {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (open, most) = (Arc::clone(&open), Arc::clone(&most));
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 8192]).await;
                    most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    // Those who came at the same time get here before anybody is answered.
                    for _ in 0..50 {
                        tokio::task::yield_now().await;
                    }
                    open.fetch_sub(1, Ordering::SeqCst);
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        (Target::new(base, Auth::None), seen)
    }

    fn assign() -> (Org, Action) {
        let mut org = Org::with_app("app", ClientKind::Oin);
        let people: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
        for person in &people {
            org.add_person(person, [("title", "x")]).unwrap();
        }
        (org, Action::Assign { app: "app".into(), people })
    }

    const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const LATER: &str = "HTTP/1.1 429 Later\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    #[tokio::test]
    async fn jobs_run_side_by_side_when_the_habit_says_so() {
        for (jobs, least, most) in [("1", 1, 1), ("8", 2, 8)] {
            let (target, seen) = target(REFUSED).await;
            let mut habits = Habits::default();
            habits.set(names::PARALLEL_JOBS, jobs).unwrap();
            let (org, action) = assign();
            let mut agent = Agent::new(org, Client::new(target).unwrap(), habits, Seed(1));
            let performed = agent.perform(&action).await.unwrap();
            assert_eq!((performed.exchanges.len(), performed.tasks.len()), (8, 8));
            assert!((least..=most).contains(&seen.load(Ordering::SeqCst)), "{jobs}: {seen:?}");
        }
    }

    #[tokio::test]
    async fn virtual_time_waits_for_nobody_and_a_time_limit_ends_a_real_wait() {
        let (target, _) = target(LATER).await;
        let (org, action) = assign();
        let client = Client::new(target).unwrap();
        let mut agent = Agent::new(org.clone(), client.clone(), Habits::default(), Seed(1)).with_pace(Pace::Virtual);
        assert_eq!(agent.perform(&action).await.unwrap().waits.len(), 8 * 9);
        let client = client.with_stop(Stop::after(Duration::from_secs(5)));
        let performed = Agent::new(org, client, Habits::default(), Seed(1)).perform(&action).await.unwrap();
        assert!(performed.tasks[0].contains("7 s"), "{:?}", performed.tasks);
    }
}

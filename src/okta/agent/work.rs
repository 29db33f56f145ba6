//! Runs the jobs of an action: several at once, but in order for each person and group.
//!
//! A job that waits keeps its place among the jobs at once, and is due when its wait ends. On a virtual clock the job that is due
//! first continues as soon as no other job has anything to do, so that waits at the same time pass together.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::journal::JobNumber;
use super::observer::{EndedJob, JobEnd};
use super::outcome::{ActionOutcome, Pace};
use super::queue::Queue;
use super::running::{Pause, Running, Tools};
use crate::okta::habits::Habits;
use crate::okta::org::{JobSpec, Org, Waves};
use crate::okta::plan::Job;

/// Runs the waves of one action.
pub(super) struct Worker<'a> {
    org: &'a mut Org,
    habits: &'a Habits,
    tools: Tools<'a>,
    /// The number of jobs at once.
    most: usize,
    /// The number of the action.
    action: usize,
    /// The number of jobs in the waves so far.
    planned: usize,
    outcome: ActionOutcome,
    /// The waves that follow from jobs that ended.
    follow_up: Waves,
}

/// The jobs of a wave that wait, by the time on the scenario's clock at which they are due, and by number.
type Waiting = BTreeMap<(Duration, JobNumber), (Instant, Running)>;

impl<'a> Worker<'a> {
    pub(super) fn new(org: &'a mut Org, habits: &'a Habits, tools: Tools<'a>, most: usize, action: usize) -> Self {
        Self {
            org,
            habits,
            tools,
            most,
            action,
            planned: 0,
            outcome: ActionOutcome::default(),
            follow_up: Waves::new(),
        }
    }

    /// Returns the outcome of all waves.
    pub(super) fn finish(self) -> ActionOutcome {
        self.outcome
    }

    /// Runs waves one after the other, and those that follow from their jobs.
    pub(super) async fn run_all(&mut self, mut waves: Waves) {
        while !waves.is_empty() {
            for wave in waves {
                self.run(wave).await;
            }
            waves = std::mem::take(&mut self.follow_up);
        }
    }

    /// Runs the jobs of a wave to their end.
    async fn run(&mut self, wave: Vec<JobSpec>) {
        if let Some(rate) = self.tools.rate {
            rate.restart();
        }
        let first = self.planned;
        self.planned += wave.len();
        let (mut queue, mut waiting, mut failed) = (Queue::new(wave), Waiting::new(), BTreeMap::new());
        let mut under_way = FuturesUnordered::new();
        let tools = self.tools;
        loop {
            while under_way.len() + waiting.len() < self.most
                && let Some((position, spec)) = queue.take()
            {
                let number = JobNumber { action: self.action, job: first + position };
                match Job::new(self.org, spec.clone(), self.habits) {
                    Some(job) => under_way.push(Running::new(number, job, tools).advance(tools)),
                    None => queue.ended(&spec),
                }
            }
            let due = waiting.first_key_value().map(|(_, (at, _))| *at).filter(|_| tools.pace == Pace::Real);
            let next = tokio::select! {
                biased;
                Some(next) = under_way.next() => Some(next),
                () = until(due), if due.is_some() => None,
                else => None,
            };
            match next {
                Some((running, Pause::Wait(wait))) => {
                    self.outcome.waits.push(wait.duration);
                    let key = (tools.clock.now().saturating_add(wait.duration), running.number);
                    let mut at = Instant::now();
                    // A wait before a request that an earlier run sent has passed.
                    if !running.is_replaying() {
                        tools.observer.waiting(running.job.spec(), &wait);
                        at += wait.duration;
                    }
                    waiting.insert(key, (at, running));
                }
                Some((running, Pause::End(end))) => {
                    queue.ended(running.job.spec());
                    let number = running.number;
                    failed.extend(self.record(running, end).map(|ended| (number, ended)));
                }
                None => {
                    let Some(((due, _), (_, running))) = waiting.pop_first() else { break };
                    tools.clock.advance_to(due, tools.observer);
                    under_way.push(running.advance(tools));
                }
            }
        }
        for ended in failed.into_values() {
            if let Some(error) = ended.end.error() {
                self.org.record_task(&ended.spec, &error);
                self.outcome.tasks.push(error);
            }
            self.outcome.unsuccessful.push(ended);
        }
    }

    /// Records the result of a job. Returns the job if it did not succeed.
    fn record(&mut self, running: Running, end: JobEnd) -> Option<EndedJob> {
        running.record_end(self.tools, &end);
        let Running { job, failure, simulated, .. } = running;
        self.org.record_result(job.spec(), job.result(), end != JobEnd::Done);
        if end == JobEnd::Done {
            self.follow_up.extend(self.org.follow_up(job.spec(), self.habits));
        }
        let ended = EndedJob { spec: job.spec().clone(), end, failure, simulated };
        self.tools.observer.job_ended(&ended);
        (ended.end != JobEnd::Done).then_some(ended)
    }
}

async fn until(due: Option<Instant>) {
    if let Some(due) = due {
        sleep_until(due).await;
    }
}

//! Plays a scenario.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::follow::follow;
use super::scenario::{Scenario, TimelineEntry};
use super::traffic::Traffic;
use crate::base::in_words;
use crate::base::limits::OKTA_TIMEOUT;
use crate::okta::action::Action;
use crate::okta::agent::observer::{AgentObserver, EndedJob, JobEnd, Wait};
use crate::okta::org::{JobSpec, OrgError};
use crate::okta::{ActionOutcome, Agent};
use crate::report::Verdict;
use crate::wire::failure::CauseKind;
use crate::wire::{EventReader, Exchange, Failure, PlannedFaults, Request, Stop};

/// The reason for which actions are skipped after an interrupt.
pub const INTERRUPTED: &str = "the run was interrupted";

/// The outcome of one entry of the timeline.
#[derive(Debug, Clone)]
pub struct PlayedEntry {
    pub action: Action,
    pub line: usize,
    /// The error that the scenario expects, or a part of it.
    pub expect_task: Option<String>,
    /// `Passed`; `Deviation` if Okta would have shown the administrator an error that the scenario does not expect, or not
    /// the one that it expects; `Inconclusive` if the target could not be
    /// reached or a limit of the run was reached; `Skipped` if the action was not performed.
    pub verdict: Verdict,
    /// Tasks, waits and unsuccessful jobs. The exchanges are in `traffic`.
    pub outcome: ActionOutcome,
    pub traffic: Traffic,
    /// The reason why Okta would refuse the action, after an earlier one failed.
    pub refused: Option<OrgError>,
    /// The reason why the action was skipped, or why its outcome is inconclusive.
    pub reason: Option<String>,
    /// The events that followed, as received.
    pub events: Vec<Value>,
    /// The error of the Events API, if the events could not be read.
    pub events_error: Option<String>,
}

impl PlayedEntry {
    /// Returns the errors that the administrator would see; empty if the action succeeded.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        let jobs = self.outcome.unsuccessful.iter().filter(|job| !was_stopped(job));
        let tasks = jobs.filter_map(|job| job.end.error());
        tasks.chain(self.refused.iter().map(ToString::to_string)).collect()
    }

    /// Returns true if the scenario expects this error.
    #[must_use]
    pub fn is_expected(&self, error: &str) -> bool {
        self.expect_task.as_ref().is_some_and(|expected| error.contains(expected.as_str()))
    }
}

/// Receives reports while a scenario is played.
pub trait PlayObserver: AgentObserver {
    /// An action begins. The number counts from 1.
    fn action_begins(&self, _number: usize, _entry: &TimelineEntry) {}
    /// An action ended, with all requests and events that follow from it, or was skipped.
    fn action_ended(&self, _number: usize, _played: &PlayedEntry) {}
}

/// Ignores all reports.
impl PlayObserver for () {}

/// Plays the timeline in order. After a failed connection, or when the client has stopped, the remaining actions are
/// skipped. With `events`, the events that follow each action are read. When `interrupt` completes, the action under way ends
/// with the exchanges so far, and the others are skipped.
pub async fn play(
    scenario: &Scenario,
    agent: &mut Agent,
    mut events: Option<&mut EventReader>,
    observer: &dyn PlayObserver,
    interrupt: impl Future<Output = ()>,
) -> Vec<PlayedEntry> {
    let stop = agent.client().stop().clone();
    let faults = agent.client().faults().cloned();
    let watch = Watch {
        observer,
        stop: &stop,
        faults: faults.clone(),
        traffic: Mutex::new(Traffic::new(scenario.audit)),
        is_audited: scenario.audit,
    };
    let mut interrupt = std::pin::pin!(interrupt);
    let mut all: Vec<PlayedEntry> = Vec::new();
    for entry in &scenario.timeline {
        let number = all.len() + 1;
        let mut played = PlayedEntry {
            action: entry.action.clone(),
            line: entry.line,
            expect_task: entry.expect_task.clone(),
            verdict: Verdict::Skipped,
            outcome: ActionOutcome::default(),
            traffic: Traffic::default(),
            refused: None,
            reason: stop.reason(),
            events: Vec::new(),
            events_error: None,
        };
        observer.action_begins(number, entry);
        if let (Some(faults), Some(at)) = (&faults, entry.at) {
            faults.advance_to(at);
        }
        if played.reason.is_none() {
            tokio::select! {
                () = perform(agent, &watch, &mut played, events.as_deref_mut(), &all) => {}
                () = interrupt.as_mut() => {
                    stop.give_up(INTERRUPTED);
                    // Unless the signal came while the events were read.
                    if played.traffic.requests == 0 {
                        played.traffic = watch.taken();
                    }
                    (played.verdict, played.reason) = (Verdict::Inconclusive, stop.reason());
                }
            }
        }
        observer.action_ended(number, &played);
        all.push(played);
    }
    all
}

/// Performs an action that was not skipped, judges it, and reads the events that follow.
async fn perform(
    agent: &mut Agent,
    watch: &Watch<'_>,
    played: &mut PlayedEntry,
    events: Option<&mut EventReader>,
    earlier: &[PlayedEntry],
) {
    match agent.perform_observed(&played.action, watch).await {
        Ok(outcome) => played.outcome = outcome,
        Err(error) => played.refused = Some(error),
    }
    played.traffic = watch.taken();
    (played.verdict, played.reason) = judge(played, earlier, watch.stop);
    if let Some(reader) = events {
        (played.events, played.events_error) = follow(reader, played.traffic.wrote).await;
    }
}

/// Passes the agent's reports on, records the exchanges of the action under way, and stops the client after a failed connection.
struct Watch<'a> {
    observer: &'a dyn PlayObserver,
    stop: &'a Stop,
    faults: Option<PlannedFaults>,
    traffic: Mutex<Traffic>,
    is_audited: bool,
}

impl Watch<'_> {
    /// Takes the traffic since the last call.
    fn taken(&self) -> Traffic {
        let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *traffic, Traffic::new(self.is_audited))
    }
}

impl AgentObserver for Watch<'_> {
    fn sending(&self, job: &JobSpec, request: &Request) {
        self.observer.sending(job, request);
    }

    fn received(&self, job: &JobSpec, exchange: &Exchange) {
        self.observer.received(job, exchange);
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).add(job, exchange);
        let failure = exchange.outcome.as_ref().err().filter(|_| exchange.simulated.is_none());
        if let Some(failure) = failure.filter(|failure| is_unreachable(failure)) {
            self.stop.give_up(format!("the target cannot be reached: {failure}"));
        }
    }

    fn timed(&self, job: &JobSpec, exchange: &Exchange, latency: Duration) {
        self.observer.timed(job, exchange, latency);
    }

    fn replayed(&self, job: &JobSpec, exchange: &Exchange) {
        self.observer.replayed(job, exchange);
        self.faults.iter().for_each(PlannedFaults::replay);
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).add_replayed(exchange);
    }

    fn started_again(&self, job: &JobSpec) {
        self.observer.started_again(job);
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).start_again(job);
    }

    fn waiting(&self, job: &JobSpec, wait: &Wait) {
        self.observer.waiting(job, wait);
    }

    fn clock_advanced(&self, by: Duration) {
        self.observer.clock_advanced(by);
        if let Some(faults) = &self.faults {
            faults.advance(by);
        }
    }

    fn job_ended(&self, job: &EndedJob) {
        self.observer.job_ended(job);
        if let JobEnd::OutOfTime(wait) = job.end {
            self.stop.give_up(out_of_time(wait));
        }
    }
}

fn out_of_time(wait: Duration) -> String {
    format!("the next attempt would begin after {}, which is beyond the time limit of the run", in_words(wait))
}

/// Returns verdict and reason of an action that was performed.
fn judge(played: &PlayedEntry, earlier: &[PlayedEntry], stop: &Stop) -> (Verdict, Option<String>) {
    let unsuccessful = || played.outcome.unsuccessful.iter();
    let is_unexpected = |error: String| !played.is_expected(&error);
    let is_a_deviation = |job: &&EndedJob| is_the_targets_fault(job) && job.end.error().is_some_and(is_unexpected);
    if unsuccessful().any(|job| is_a_deviation(&job)) {
        return (Verdict::Deviation, None);
    }
    if played.refused.as_ref().is_some_and(|refused| is_unexpected(refused.to_string())) {
        if earlier.iter().any(|entry| entry.verdict == Verdict::Inconclusive) {
            return (Verdict::Inconclusive, Some("an earlier action was inconclusive".to_owned()));
        }
        return (Verdict::Deviation, None);
    }
    match unsuccessful().find(|job| !is_the_targets_fault(job)) {
        None if played.expect_task.is_some() && played.errors().is_empty() => {
            (Verdict::Deviation, Some("the scenario expects an error, and Okta would have shown none".to_owned()))
        }
        None => (Verdict::Passed, None),
        Some(job) => {
            let failure = || job.failure.as_ref().map(ToString::to_string).unwrap_or_default();
            (Verdict::Inconclusive, Some(stop.reason().unwrap_or_else(failure)))
        }
    }
}

/// Returns true if the job failed because of the target or of a fault of the scenario, and not because of the network or a limit
/// of the run.
fn is_the_targets_fault(job: &EndedJob) -> bool {
    match (&job.end, &job.failure) {
        (JobEnd::Done | JobEnd::OutOfTime(_), _) => false,
        (JobEnd::Task(_), _) if job.simulated => true,
        (JobEnd::Task(_), None) => true,
        (JobEnd::Task(_), Some(failure)) => match failure {
            Failure::GivenUp(_) | Failure::OutOfTime | Failure::TooLarge(_) => false,
            Failure::Timeout(limit) => *limit >= OKTA_TIMEOUT,
            failure => !is_unreachable(failure),
        },
    }
}

/// Returns true if a job ended because the run did, so that Okta's error says nothing.
fn was_stopped(job: &EndedJob) -> bool {
    matches!(job.end, JobEnd::OutOfTime(_)) || matches!(job.failure, Some(Failure::GivenUp(_) | Failure::OutOfTime))
}

/// Returns true if there is no server to talk to: the connection was not established, or the peer does not speak TLS or
/// HTTP.
fn is_unreachable(failure: &Failure) -> bool {
    match failure {
        Failure::Connect(_) => true,
        Failure::Cut(cause) => cause.kind != CauseKind::Other,
        _ => false,
    }
}

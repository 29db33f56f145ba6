//! A job under way: it sends the requests of its steps until it ends or has to wait.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::clock::AgentClock;
use super::journal::{JobJournal, JobNumber, JournalFailure, RecordedJob, RecordedRequest, words};
use super::observer::{AgentObserver, JobEnd, Wait, WaitReason};
use super::outcome::Pace;
use super::rate::Rate;
use crate::okta::plan::{ATTEMPTS, Job, Step};
use crate::wire::{Client, Exchange, Failure, PlannedFaults, Request};

/// The parts of the agent that every job uses.
#[derive(Clone, Copy)]
pub(super) struct Tools<'a> {
    pub(super) client: &'a Client,
    pub(super) pace: Pace,
    pub(super) observer: &'a dyn AgentObserver,
    pub(super) journal: Option<&'a dyn JobJournal>,
    pub(super) rate: Option<&'a Rate>,
    pub(super) clock: &'a AgentClock,
}

impl Tools<'_> {
    /// Ends the run if the journal fails, because it could not be continued later.
    fn journaled<T: Default>(self, use_journal: impl FnOnce(&dyn JobJournal) -> Result<T, JournalFailure>) -> T {
        let Some(journal) = self.journal else { return T::default() };
        use_journal(journal).unwrap_or_else(|failure| {
            self.client.stop().give_up(format!("the journal cannot be used: {failure}"));
            T::default()
        })
    }
}

impl Tools<'_> {
    /// Returns the time on the scenario's clock at which the response to a request arrives that is sent now.
    fn due(self) -> Duration {
        let delay = self.client.faults().map_or(Duration::ZERO, PlannedFaults::delay);
        self.clock.now().saturating_add(delay.min(self.client.target().timeout))
    }

    /// Sets the clock forward if a fault had a part in a response. Responses that are due at the same time arrive together.
    fn pass_delay(self, due: Duration, exchange: &Exchange) {
        if exchange.simulated.is_some() {
            self.clock.advance_to(due, self.observer);
        }
    }
}

/// A job under way.
pub(super) struct Running {
    pub(super) number: JobNumber,
    pub(super) job: Job,
    /// The failure of the last request, if it got no response.
    pub(super) failure: Option<Failure>,
    /// True if a fault of the scenario had a part in the last response.
    pub(super) simulated: bool,
    /// True if an earlier run did not record how the next request ended, which it may have sent.
    starts_again: bool,
    last: Option<Exchange>,
    /// The number of 429 responses in a row.
    throttled: u32,
    /// The number of requests so far.
    requests: usize,
    /// The requests whose outcomes an earlier run recorded.
    recorded: VecDeque<RecordedRequest>,
}

/// The reason why a job does not continue at once.
pub(super) enum Pause {
    Wait(Wait),
    End(JobEnd),
}

impl Running {
    pub(super) fn new(number: JobNumber, job: Job, tools: Tools<'_>) -> Self {
        let RecordedJob { requests, starts_again } = tools.journaled(|journal| journal.begin(number));
        // The first request of an earlier attempt that had started again was a lookup.
        let looks_up = requests.first().is_none_or(|first| first.words.starts_with("GET "));
        let job = if starts_again { job.starting_again(looks_up) } else { job };
        let (last, throttled, recorded) = (None, 0, requests.into());
        Self { number, job, failure: None, simulated: false, starts_again, last, throttled, requests: 0, recorded }
    }

    /// Returns true if an earlier run recorded the outcome of the next request.
    pub(super) fn is_replaying(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// Records the end of the job, unless the run ended before it.
    pub(super) fn record_end(&self, tools: Tools<'_>, end: &JobEnd) {
        if tools.client.stop().reason().is_none() && !matches!(end, JobEnd::OutOfTime(_)) {
            tools.journaled(|journal| journal.ended(self.number, end.error().as_deref()));
        }
    }

    /// Continues the job until it ends or has to wait.
    pub(super) async fn advance(mut self, tools: Tools<'_>) -> (Self, Pause) {
        loop {
            let refusal = self.last.as_ref().filter(|exchange| exchange.status() == Some(429));
            self.throttled = match (&self.last, refusal) {
                (_, Some(_)) => self.throttled + 1,
                (Some(_), None) => 0,
                // After a wait.
                (None, None) => self.throttled,
            };
            let reason = refusal.map_or(WaitReason::Gap, |exchange| too_many_requests(exchange, self.throttled));
            match self.job.step(self.last.take().as_ref()) {
                Step::Send(request) => {
                    let exchange = if let Some(recorded) = self.recorded.pop_front() {
                        self.replay(request, &recorded, tools).await
                    } else {
                        if std::mem::take(&mut self.starts_again) {
                            tools.observer.started_again(self.job.spec());
                        }
                        self.send(request, tools).await
                    };
                    self.requests += 1;
                    self.failure = exchange.outcome.as_ref().err().cloned();
                    self.simulated = exchange.simulated.is_some();
                    self.last = Some(exchange);
                }
                Step::Wait(duration) => {
                    let too_long = tools.client.stop().left().is_some_and(|left| duration > left);
                    let pause = if tools.pace == Pace::Real && too_long && !self.is_replaying() {
                        Pause::End(JobEnd::OutOfTime(duration))
                    } else {
                        Pause::Wait(Wait { duration, reason })
                    };
                    return (self, pause);
                }
                Step::Done(_) => return (self, Pause::End(JobEnd::Done)),
                Step::Task(error) => return (self, Pause::End(JobEnd::Task(error))),
            }
        }
    }
}

impl Running {
    /// Sends a request. If a fault of the scenario delays the response, the scenario's clock goes forward.
    async fn send(&self, request: Request, tools: Tools<'_>) -> Exchange {
        let due = tools.due();
        let exchange = self.send_now(request, tools).await;
        tools.pass_delay(due, &exchange);
        exchange
    }

    async fn send_now(&self, request: Request, tools: Tools<'_>) -> Exchange {
        let intended = match tools.rate {
            Some(rate) => rate.turn().await,
            None => Instant::now(),
        };
        // A client that has stopped does not send.
        if tools.client.stop().reason().is_none() {
            tools.journaled(|journal| journal.sending(self.number, self.requests, &request));
        }
        let stopped = tools.client.stop().reason().is_some();
        if !stopped {
            tools.observer.sending(self.job.spec(), &request);
        }
        let exchange = tools.client.send(request).await;
        if !stopped {
            tools.observer.timed(self.job.spec(), &exchange, intended.elapsed());
            tools.journaled(|journal| journal.received(self.number, self.requests, &exchange));
            tools.observer.received(self.job.spec(), &exchange);
        }
        exchange
    }

    /// Returns the recorded exchange of a request. If the journal is of another request, the run ends.
    async fn replay(&self, request: Request, recorded: &RecordedRequest, tools: Tools<'_>) -> Exchange {
        let words = words(&request);
        let is_same = recorded.words == words;
        let exchange = recorded.recording.exchange(request.clone(), &tools.client.target().base);
        if let Some(exchange) = exchange.filter(|_| is_same) {
            let due = tools.due();
            tools.observer.replayed(self.job.spec(), &exchange);
            tools.pass_delay(due, &exchange);
            return exchange;
        }
        let RecordedRequest { line, words: other, .. } = recorded;
        let reason = format!("line {line} of the journal is about {other}, but this run would send {words}");
        tools.client.stop().give_up(reason);
        tools.client.send(request).await
    }
}

fn too_many_requests(exchange: &Exchange, nth: u32) -> WaitReason {
    let header = exchange.response().and_then(|response| response.header("retry-after"));
    WaitReason::TooManyRequests { retry_after: header.map(str::to_owned), attempt: nth + 1, attempts: ATTEMPTS }
}

//! A job under way: it sends the requests of its steps until it ends or has to wait.

use super::observer::{AgentObserver, JobEnd, Wait, WaitReason};
use super::outcome::Pace;
use crate::okta::plan::{ATTEMPTS, Job, Step};
use crate::wire::{Client, Exchange, Failure};

/// The parts of the agent that every job uses.
#[derive(Clone, Copy)]
pub(super) struct Tools<'a> {
    pub(super) client: &'a Client,
    pub(super) pace: Pace,
    pub(super) observer: &'a dyn AgentObserver,
}

/// A job under way.
pub(super) struct Running {
    /// The position in the plan of the wave.
    pub(super) position: usize,
    pub(super) job: Job,
    /// The failure of the last request, if it got no response.
    pub(super) failure: Option<Failure>,
    /// True if a fault of the scenario had a part in the last response.
    pub(super) simulated: bool,
    last: Option<Exchange>,
    /// The number of 429 responses in a row.
    throttled: u32,
}

/// The reason why a job does not continue at once.
pub(super) enum Pause {
    Wait(Wait),
    End(JobEnd),
}

impl Running {
    pub(super) const fn new(position: usize, job: Job) -> Self {
        Self { position, job, failure: None, simulated: false, last: None, throttled: 0 }
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
                    // A client that has stopped does not send.
                    let stopped = tools.client.stop().reason().is_some();
                    if !stopped {
                        tools.observer.sending(self.job.spec(), &request);
                    }
                    let exchange = tools.client.send(request).await;
                    if !stopped {
                        tools.observer.received(self.job.spec(), &exchange);
                    }
                    self.failure = exchange.outcome.as_ref().err().cloned();
                    self.simulated = exchange.simulated.is_some();
                    self.last = Some(exchange);
                }
                Step::Wait(duration) => {
                    let too_long = tools.client.stop().left().is_some_and(|left| duration > left);
                    let pause = if tools.pace == Pace::Real && too_long {
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

fn too_many_requests(exchange: &Exchange, nth: u32) -> WaitReason {
    let header = exchange.response().and_then(|response| response.header("retry-after"));
    WaitReason::TooManyRequests { retry_after: header.map(str::to_owned), attempt: nth + 1, attempts: ATTEMPTS }
}

//! The number of requests and scenarios of a run at once. The rule is in `concurrency`; this is its plumbing.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::concurrency::{Concurrency, End, Sent};
use super::exchange::Response;
use super::failure::Failure;
use super::request::Request;
use super::route::Route;

/// The number of latest responses from which the time between two of them is measured.
const LATEST: u32 = 64;

/// Receives the counts after each request.
type CountsObserver = Box<dyn Fn(&Counts) + Send + Sync>;

/// Limits the requests of all clients of a run. Clones share one state.
#[derive(Clone)]
pub struct Limiter(Arc<Inner>, Subject);

/// The server that the requests of a limiter go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Target,
    /// Its requests are limited, and do not count as requests of the run.
    EventLog,
}

struct Inner {
    most: usize,
    requests: Arc<Gate>,
    scenarios: Arc<Gate>,
    state: Mutex<State>,
    observer: OnceLock<CountsObserver>,
}

struct State {
    rule: Concurrency,
    /// The number of requests under way.
    load: usize,
    counts: Counts,
    latest: VecDeque<Instant>,
}

/// The counts of a run so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// The number of requests that were sent.
    pub requests: usize,
    /// The number of requests that have ended, with a response or without one.
    pub ended: usize,
    /// The sum of the time that each of them took.
    pub time: Duration,
    /// The number of requests that may be sent at once.
    pub limit: usize,
    /// True if the limit may still grow fast.
    pub is_growing: bool,
    /// The time between the ends of two requests, from the latest ones.
    pub interval: Duration,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("most", &self.0.most).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl Limiter {
    /// Returns a limiter for at most this many requests at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let rule = Concurrency::new(most);
        let gate = || Arc::new(Gate::new(rule.limit()));
        let (requests, scenarios) = (gate(), gate());
        let state = Mutex::new(State { rule, load: 0, counts: Counts::default(), latest: VecDeque::new() });
        let observer = OnceLock::new();
        Self(Arc::new(Inner { most: most.max(1), requests, scenarios, state, observer }), Subject::Target)
    }

    /// Returns the same limiter for the requests to the event log.
    #[must_use]
    pub fn for_event_log(&self) -> Self {
        Self(Arc::clone(&self.0), Subject::EventLog)
    }

    /// Calls this function after each request. Only the first one is called.
    pub fn observe(&self, observer: impl Fn(&Counts) + Send + Sync + 'static) {
        // A second observer is a mistake that does no harm.
        let _ = self.0.observer.set(Box::new(observer));
    }

    /// Returns the most requests at once.
    #[must_use]
    pub fn most(&self) -> usize {
        self.0.most
    }

    /// Returns the counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state().counts()
    }

    /// Waits until a scenario may begin. It is under way until the permit is dropped.
    pub async fn scenario(&self) -> Permit {
        Gate::enter(&self.0.scenarios).await
    }

    /// Waits until a request may be sent. The permit is kept until its response is complete.
    pub(super) async fn request(&self) -> Permit {
        Gate::enter(&self.0.requests).await
    }

    /// Records that a request is sent.
    pub(super) fn sent(&self) -> Sent {
        let mut state = self.state();
        state.load += 1;
        state.counts.requests += usize::from(self.1 == Subject::Target);
        state.rule.sent(state.load)
    }

    /// Records the end of a request.
    pub(super) fn ended(&self, request: &Request, sent: Sent, outcome: &Result<Response, Failure>, time: Duration) {
        let end = match outcome {
            Ok(response) if matches!(response.status, 429 | 503) => Some(End::Busy),
            Ok(_) => Some(End::Response(time)),
            Err(Failure::Timeout(_)) => Some(End::Busy),
            // Other failures say nothing about the load.
            Err(_) => None,
        };
        let mut state = self.state();
        state.load = state.load.saturating_sub(1);
        if self.1 == Subject::Target {
            state.counts.ended += 1;
            state.counts.time = state.counts.time.saturating_add(time);
            state.note_end();
        }
        if let Some(end) = end {
            let before = state.rule.limit();
            state.rule.ended(&Route::of(request), sent, end);
            for gate in [&self.0.requests, &self.0.scenarios] {
                gate.resize(before, state.rule.limit());
            }
        }
        let counts = state.counts();
        drop(state);
        if let Some(observer) = self.0.observer.get() {
            observer(&counts);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note_end(&mut self) {
        if self.latest.len() > LATEST as usize {
            self.latest.pop_front();
        }
        self.latest.push_back(Instant::now());
    }

    fn counts(&self) -> Counts {
        let span = self.latest.front().map(Instant::elapsed).unwrap_or_default();
        let gaps = u32::try_from(self.latest.len()).unwrap_or(u32::MAX).saturating_sub(1).max(1);
        let (limit, is_growing) = (self.rule.limit(), self.rule.is_growing());
        Counts { limit, is_growing, interval: span / gaps, ..self.counts }
    }
}

/// Lets a number of holders in that can change, in the order in which they came.
#[derive(Debug)]
struct Gate {
    permits: Arc<Semaphore>,
    /// The number of permits to withdraw when they are returned.
    excess: Mutex<usize>,
}

/// A place behind the gate. It is given back when the permit is dropped.
#[derive(Debug)]
pub struct Permit {
    permit: Option<OwnedSemaphorePermit>,
    gate: Arc<Gate>,
}

impl Gate {
    fn new(size: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(size)), excess: Mutex::new(0) }
    }

    async fn enter(gate: &Arc<Self>) -> Permit {
        // The semaphore is never closed.
        let permit = Arc::clone(&gate.permits).acquire_owned().await.ok();
        Permit { permit, gate: Arc::clone(gate) }
    }

    fn resize(&self, from: usize, to: usize) {
        let mut excess = self.excess();
        if let Some(more) = to.checked_sub(from) {
            let kept = more.min(*excess);
            *excess -= kept;
            self.permits.add_permits(more - kept);
        } else {
            let fewer = from - to;
            *excess += fewer - self.permits.forget_permits(fewer);
        }
    }

    fn excess(&self) -> MutexGuard<'_, usize> {
        self.excess.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut excess = self.gate.excess();
        if *excess > 0 {
            *excess -= 1;
            self.permit.take().into_iter().for_each(OwnedSemaphorePermit::forget);
        }
    }
}

//! The patience of `check` and `fuzz`: a rate, and waits for a target that is busy. `run` has none of it and behaves as
//! Okta.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::exchange::Exchange;
use super::failure::Failure;
use super::stop::Stop;

/// The longest pause after a 429 without an integer Retry-After.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest wait where no time limit applies, as in the clean-up.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How often one request is repeated.
const REPEATS: u32 = 30;
/// The pause before a request is repeated for `--wait`.
const RECONNECT: Duration = Duration::from_secs(1);

/// The interval at which a wait checks for a stop.
const STOP_POLL: Duration = Duration::from_millis(100);

/// The sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    Harness,
    /// The simulated Okta, which does not wait for a 503.
    Okta,
}

/// Receives a sentence for each wait.
pub type WaitObserver = Arc<dyn Fn(&str) + Send + Sync>;

/// The settings, and what was noticed. Clones share one state.
#[derive(Clone, Default)]
pub struct Politeness(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// The time between two requests.
    interval: Option<Duration>,
    /// How long refused connections and 502, 503 and 504 are repeated.
    patience: Duration,
    observer: Option<WaitObserver>,
    /// The time of the next request.
    next: Mutex<Option<Instant>>,
    /// The number of requests that wait.
    waiting: AtomicUsize,
    notes: Mutex<BTreeSet<&'static str>>,
}

impl fmt::Debug for Politeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Politeness").field("interval", &self.0.interval).finish_non_exhaustive()
    }
}

impl Politeness {
    /// Returns the policy with at most `rate` requests per second, and `patience` for a target that is not up yet.
    #[must_use]
    pub fn new(rate: Option<u32>, patience: Duration, observer: Option<WaitObserver>) -> Self {
        let interval = rate.map(|rate| Duration::from_secs(1) / rate.max(1));
        Self(Arc::new(Inner { interval, patience, observer, ..Inner::default() }))
    }

    /// Returns the time between two requests under the rate.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.0.interval.unwrap_or_default()
    }

    /// Lists what the user should know about the waits.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let notes = self.0.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().map(|note| (*note).to_owned()).collect()
    }

    /// Waits for the next turn under the rate.
    pub(super) async fn turn(&self) {
        let Some(interval) = self.0.interval else { return };
        let turn = {
            let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(turn + interval);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }

    /// Returns the wait before a request is sent again, and the reason; `None` if its outcome is final. `repeats` counts
    /// the repetitions so far, `since` is the time of the first attempt.
    pub(super) fn wait(
        &self,
        exchange: &Exchange,
        origin: Origin,
        repeats: u32,
        since: Instant,
    ) -> Option<(Duration, String)> {
        if repeats >= REPEATS {
            return None;
        }
        let requested = retry_after(exchange);
        let status = exchange.status();
        match (status, requested) {
            (Some(429), Some(wait)) => Some((wait, format!("429 with Retry-After {}", wait.as_secs()))),
            (Some(429), None) => {
                self.note(
                    "the server returned 429 without an integer Retry-After; Okta waits 5 minutes then, this run waited 1 to 30 s",
                );
                let pause = Duration::from_secs(1) * 2_u32.saturating_pow(repeats.min(10));
                Some((pause.min(LONGEST_PAUSE), "429 without Retry-After".to_owned()))
            }
            (Some(503), Some(wait)) if origin == Origin::Harness => {
                Some((wait, format!("503 with Retry-After {}", wait.as_secs())))
            }
            _ => {
                let down = matches!(status, Some(502..=504)) || matches!(exchange.outcome, Err(Failure::Connect(_)));
                let left = since.elapsed() < self.0.patience;
                (down && left).then(|| (RECONNECT, exchange.seen()))
            }
        }
    }

    /// Shows the user a sentence about a wait.
    pub fn report(&self, sentence: &str) {
        if let Some(observer) = &self.0.observer {
            observer(sentence);
        }
    }

    /// Waits, and reports it if no other request waits. A stop ends the wait.
    pub(super) async fn pause(&self, wait: Duration, reason: &str, stop: &Stop) {
        let others = self.0.waiting.fetch_add(1, Ordering::SeqCst);
        if others == 0 {
            self.report(&format!("waiting {} s: {reason}", wait.as_secs()));
        }
        let end = Instant::now() + wait;
        while Instant::now() < end && stop.reason().is_none() {
            tokio::time::sleep_until(end.min(Instant::now() + STOP_POLL)).await;
        }
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    fn note(&self, note: &'static str) {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(note);
    }
}

/// Returns the wait of an integer Retry-After.
fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let seconds: u32 = exchange.response()?.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}

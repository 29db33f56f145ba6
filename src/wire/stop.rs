//! When to stop asking: a target that does not answer, or a run whose time is up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::exchange::Failure;
use crate::base::limits;

/// Whether to go on. Clones share one state, so that all clients of a run stop together.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    deadline: Option<Instant>,
    unanswered: usize,
    given_up: Option<String>,
}

impl Stop {
    /// No time limit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything after `limit` from now is not sent any more, and what is under way ends then.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        let stop = Self::default();
        stop.state().deadline = Instant::now().checked_add(limit);
        stop
    }

    /// Gives up with this reason, for example on an interrupt. The first reason stays.
    pub fn give_up(&self, reason: impl Into<String>) {
        self.state().given_up.get_or_insert_with(|| reason.into());
    }

    /// Why nothing is sent any more.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let state = self.state();
        let late = || state.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        state.given_up.clone().or_else(|| late().then(|| "the time limit is reached".to_owned()))
    }

    /// How much time is left; `None` without a limit.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.state().deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Counts what came of a request.
    pub(super) fn count(&self, failure: Option<&Failure>) {
        let mut state = self.state();
        let Some(failure) = failure else {
            state.unanswered = 0;
            return;
        };
        if matches!(failure, Failure::Unsendable(_) | Failure::NotOurs(_) | Failure::GivenUp(_) | Failure::OutOfTime) {
            return;
        }
        state.unanswered += 1;
        if state.unanswered >= limits::UNANSWERED_IN_A_ROW && state.given_up.is_none() {
            let count = state.unanswered;
            state.given_up = Some(format!("{count} requests in a row had no answer, the last one: {failure}"));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unanswered_requests_in_a_row_count() {
        let stop = Stop::new();
        let cut = Failure::Cut("x".into());
        stop.count(Some(&cut));
        stop.count(Some(&cut));
        stop.count(None);
        stop.count(Some(&cut));
        stop.count(Some(&Failure::NotOurs("x".into())));
        stop.count(Some(&Failure::OutOfTime));
        stop.count(Some(&cut));
        assert_eq!(stop.reason(), None);
        stop.count(Some(&cut));
        assert!(stop.reason().unwrap().contains("3 requests in a row"));
    }

    #[test]
    fn a_limit_that_is_over_stops() {
        assert!(Stop::after(Duration::ZERO).reason().is_some());
        assert!(Stop::after(Duration::from_mins(1)).reason().is_none());
        assert!(Stop::after(Duration::MAX).reason().is_none());
    }
}

//! Ends a run: when the target does not respond, when the time limit is reached, or on request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::failure::Failure;
use crate::base::limits;

/// Decides if requests are still sent. Clones share one state, so that all clients of a run stop together.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// A stop that ends this one too.
    parent: Option<Stop>,
    deadline: Option<Instant>,
    failures_in_a_row: usize,
    given_up: Option<String>,
}

impl Stop {
    /// Returns a stop without a time limit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a stop with a time limit from now. It also ends requests that are in flight when the limit is reached.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        let stop = Self::default();
        stop.state().deadline = Instant::now().checked_add(limit);
        stop
    }

    /// Returns a stop with a time limit of its own that also ends when this one does.
    #[must_use]
    pub fn child(&self, limit: Duration) -> Self {
        let child = Self::after(limit);
        child.state().parent = Some(self.clone());
        child
    }

    /// Ends the run for this reason, for example on an interrupt. Only the first reason counts.
    pub fn give_up(&self, reason: impl Into<String>) {
        self.state().given_up.get_or_insert_with(|| reason.into());
    }

    /// Returns the reason why requests are no longer sent.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let state = self.state();
        let late = || state.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let parent = || state.parent.as_ref().and_then(Self::reason);
        state.given_up.clone().or_else(parent).or_else(|| late().then(|| "the time limit was reached".to_owned()))
    }

    /// Returns the time that is left, or `None` without a limit.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.state().deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Counts the outcome of a request.
    pub(super) fn count(&self, failure: Option<&Failure>) {
        let mut state = self.state();
        let Some(failure) = failure else {
            state.failures_in_a_row = 0;
            return;
        };
        let says_nothing = matches!(
            failure,
            Failure::Unsendable(_) | Failure::NotOurs(_) | Failure::GivenUp(_) | Failure::OutOfTime | Failure::Busy(_)
        );
        if says_nothing {
            return;
        }
        state.failures_in_a_row += 1;
        if state.failures_in_a_row >= limits::UNANSWERED_IN_A_ROW && state.given_up.is_none() {
            let count = state.failures_in_a_row;
            state.given_up = Some(format!("{count} requests in a row had no response, the last one: {failure}"));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Cause, NotOurs};

    #[test]
    fn only_requests_in_a_row_without_a_response_count() {
        let stop = Stop::new();
        let cut = Failure::Cut(Cause::other("x"));
        stop.count(Some(&cut));
        stop.count(Some(&cut));
        stop.count(None);
        stop.count(Some(&cut));
        stop.count(Some(&Failure::NotOurs(NotOurs::Closed { collection: "Users".into(), reason: "x".into() })));
        stop.count(Some(&Failure::OutOfTime));
        stop.count(Some(&cut));
        assert_eq!(stop.reason(), None);
        stop.count(Some(&cut));
        assert!(stop.reason().unwrap().contains("3 requests in a row"));
    }

    #[test]
    fn a_child_stops_with_its_parent_but_not_the_other_way_round() {
        let parent = Stop::new();
        let child = parent.child(Duration::from_mins(1));
        child.give_up("child");
        assert_eq!(parent.reason(), None);
        let child = parent.child(Duration::from_mins(1));
        parent.give_up("parent");
        assert_eq!(child.reason().as_deref(), Some("parent"));
    }

    #[test]
    fn a_limit_that_has_passed_stops() {
        assert!(Stop::after(Duration::ZERO).reason().is_some());
        assert!(Stop::after(Duration::from_mins(1)).reason().is_none());
        assert!(Stop::after(Duration::MAX).reason().is_none());
    }
}

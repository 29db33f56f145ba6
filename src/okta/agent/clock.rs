//! The scenario's clock, as far as waits and delays advance it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::observer::AgentObserver;

/// The time that has passed on the scenario's clock because of waits and of delayed responses.
#[derive(Debug, Default)]
pub(super) struct AgentClock(Mutex<Duration>);

impl AgentClock {
    pub(super) fn now(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the clock forward, unless it is later already, and reports that to the observer.
    pub(super) fn advance_to(&self, time: Duration, observer: &dyn AgentObserver) {
        let by = {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let by = time.saturating_sub(*now);
            *now += by;
            by
        };
        if !by.is_zero() {
            observer.clock_advanced(by);
        }
    }
}

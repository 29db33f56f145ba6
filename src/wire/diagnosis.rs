//! The observations of a check about requests without a response. [`reconnect`](super::reconnect) makes them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::failure::Failure;
use super::request::Request;
use super::route::Route;

/// The connections of one route that are cut after the request took effect, from which on the target is at fault.
const CUT_AFTER_EFFECT: usize = 3;

/// The observations of one run. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis(Arc<Mutex<Observations>>);

#[derive(Debug, Default)]
struct Observations {
    /// Routes on which a request of Okta got no response, each with the limit.
    unanswered: HashMap<Route, Duration>,
    /// The number of connections that were cut after the request took effect.
    cut_after_effect: HashMap<Route, usize>,
}

impl Diagnosis {
    /// Returns the reason why a request is not sent: an earlier one of its route got no response.
    pub(super) fn refusal(&self, request: &Request) -> Option<Failure> {
        let route = Route::of(request);
        let limit = *self.observations().unanswered.get(&route)?;
        Some(Failure::NotRepeated { route: route.to_string(), limit })
    }

    /// Records that a request of Okta got no response.
    pub(super) fn unanswered(&self, request: &Request, limit: Duration) {
        self.observations().unanswered.insert(Route::of(request), limit);
    }

    /// Records a connection that was cut after the request took effect. Returns true if that happens again and again on
    /// this route.
    pub(super) fn cut_after_effect(&self, request: &Request) -> bool {
        let mut observations = self.observations();
        let count = observations.cut_after_effect.entry(Route::of(request)).or_default();
        *count += 1;
        *count >= CUT_AFTER_EFFECT
    }

    fn observations(&self) -> MutexGuard<'_, Observations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Limits on what one request may contain and how many requests one directory may send.

use std::num::NonZeroU32;

use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::base::limits;

/// SCIM limits of a server. ServiceProviderConfig shows those that it has an attribute for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimBounds {
    /// Nesting levels of JSON in a request.
    pub depth: usize,
    /// Comparisons in one filter; at most [`limits::FILTER_TERMS_MOST`].
    pub filter_terms: usize,
    /// Members that one request may list.
    pub members: usize,
    /// Operations in one bulk request (`bulk.maxOperations`).
    pub bulk_operations: usize,
    /// Resources on one page of a list (`filter.maxResults`).
    pub page_size: usize,
    /// Requests per second of one directory, which is also the largest burst. `None` for no limit.
    pub requests_per_second: Option<NonZeroU32>,
}

impl Default for ScimBounds {
    fn default() -> Self {
        Self {
            depth: limits::JSON_DEPTH,
            filter_terms: limits::FILTER_TERMS,
            members: limits::MEMBERS_PER_REQUEST,
            bulk_operations: limits::BULK_OPERATIONS,
            page_size: limits::PAGE_SIZE,
            requests_per_second: None,
        }
    }
}

/// Counts the requests of each directory against its rate. Only authenticated requests count, so there are never more
/// counters than directories.
#[derive(Debug)]
pub(super) struct Rates(RateLimiter<String, HashMapStateStore<String>, MonotonicClock>);

impl Rates {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self(RateLimiter::hashmap_with_clock(Quota::per_second(per_second), MonotonicClock))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// Returns the whole seconds after which the next request is admitted.
    pub(super) fn admit(&self, directory: &str) -> Result<(), u64> {
        self.0.check_key(&directory.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(MonotonicClock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0).max(u64::from(wait.is_zero()))
        })
    }
}

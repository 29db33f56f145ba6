//! What one request, one connection and one directory may cost: the house's limits, unless whoever runs the server says
//! otherwise.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::base::limits;

/// The bounds of a server. Where SCIM has a field for one, ServiceProviderConfig shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The largest request body, unpacked, in bytes (`bulk.maxPayloadSize`).
    pub body_bytes: usize,
    /// How deep JSON may nest in a request.
    pub depth: usize,
    /// How many comparisons one filter may hold; at most [`limits::FILTER_TERMS_MOST`].
    pub filter_terms: usize,
    /// How many members one request may name.
    pub members: usize,
    /// How many operations one bulk request may hold (`bulk.maxOperations`).
    pub bulk_operations: usize,
    /// The largest page of a list (`filter.maxResults`).
    pub page_size: usize,
    /// How long a request's header may take, from its first byte.
    pub header_timeout: Duration,
    /// How long a request's body may take, all of it.
    pub body_timeout: Duration,
    /// How long a client may take for 64 KiB of an answer.
    pub write_timeout: Duration,
    /// How long a connection is kept on which nothing is asked.
    pub idle_timeout: Duration,
    /// Connections served at once; more wait.
    pub connections: usize,
    /// Requests a second of one directory, with as many at once; none for no bound.
    pub requests_per_second: Option<NonZeroU32>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body_bytes: limits::REQUEST_BODY_BYTES,
            depth: limits::JSON_DEPTH,
            filter_terms: limits::FILTER_TERMS,
            members: limits::MEMBERS_PER_REQUEST,
            bulk_operations: limits::BULK_OPERATIONS,
            page_size: limits::PAGE_SIZE,
            header_timeout: limits::HEADER_TIMEOUT,
            body_timeout: limits::BODY_TIMEOUT,
            write_timeout: limits::WRITE_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
            connections: limits::CONNECTIONS,
            requests_per_second: None,
        }
    }
}

/// The requests of each directory, counted against its rate. A directory is only counted once its token was right, so
/// that there are never more counts than directories.
#[derive(Debug)]
pub(super) struct Rates(RateLimiter<String, HashMapStateStore<String>, MonotonicClock>);

impl Rates {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self(RateLimiter::hashmap_with_clock(Quota::per_second(per_second), MonotonicClock))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The whole seconds after which the next one is let through.
    pub(super) fn admit(&self, directory: &str) -> Result<(), u64> {
        self.0.check_key(&directory.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(MonotonicClock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0).max(u64::from(wait.is_zero()))
        })
    }
}

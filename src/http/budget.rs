//! A limit on the bytes of responses that wait for their clients, over all connections.
//!
//! A client that does not read keeps its response in memory until the write time-out. One such client costs little; a
//! thousand with the largest page each would exhaust the machine. A handler therefore reserves the most that its
//! response may take before it builds it, and the reservation shrinks to the size of the response and lasts until the
//! client has taken it. Small responses fit the socket's buffer and need no reservation.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use hyper::body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;
use crate::base::limits;

/// The size of one permit, in bytes.
const UNIT: usize = 1024;

/// The bytes that large responses may take together.
#[derive(Debug, Clone)]
pub struct ResponseBudget {
    units: u32,
    free: Arc<Semaphore>,
}

/// A part of the budget, until it and its clones are dropped. A response carries it as an extension.
#[derive(Debug, Clone)]
pub struct Reservation(Arc<OwnedSemaphorePermit>);

impl ResponseBudget {
    /// Creates a budget of this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let units = units(bytes);
        Self { units, free: Arc::new(Semaphore::new(units as usize)) }
    }

    /// Reserves bytes, or the whole budget if it is smaller than that.
    ///
    /// # Errors
    /// [`Refusal::Overloaded`] if the bytes do not become free within [`limits::RESPONSE_WAIT`].
    pub async fn reserve(&self, bytes: usize) -> Result<Reservation, Refusal> {
        self.reserve_within(bytes, limits::RESPONSE_WAIT).await
    }

    async fn reserve_within(&self, bytes: usize, wait: Duration) -> Result<Reservation, Refusal> {
        let reserved = tokio::time::timeout(wait, self.acquire(bytes)).await.ok().flatten();
        reserved.ok_or(Refusal::Overloaded { retry_after: wait.as_secs() })
    }

    /// Returns true while less than a tenth of the budget is free.
    #[must_use]
    pub fn is_nearly_spent(&self) -> bool {
        self.free.available_permits() < self.units as usize / 10
    }

    /// Makes the reservation of a response as large as its body, and waits for as long as that takes: the request may
    /// have changed something, so it is too late for a refusal. A body of unknown size (a compressed one) keeps what
    /// its handler reserved. A body of at most `at_once` bytes needs no reservation.
    pub(super) async fn settle(&self, mut response: Response, at_once: u64) -> Response {
        let extensions = response.extensions_mut();
        let reserved = if extensions.is_empty() { None } else { extensions.remove::<Reservation>() };
        let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
        let settled = match (reserved, size) {
            (_, Some(size)) if size as u64 <= at_once => None,
            (Some(reserved), None) => Some(reserved),
            (Some(reserved), Some(size)) => match reserved.shrunk(size) {
                Some(reserved) => Some(reserved),
                // The handler reserved too little. Its share was returned first: two responses that hold theirs while
                // they wait for more would wait for each other.
                None => self.acquire(size).await,
            },
            (None, Some(size)) => self.acquire(size).await,
            (None, None) => None,
        };
        if let Some(reservation) = settled {
            response.extensions_mut().insert(reservation);
        }
        response
    }

    async fn acquire(&self, bytes: usize) -> Option<Reservation> {
        let permit = Arc::clone(&self.free).acquire_many_owned(units(bytes).min(self.units)).await;
        // The semaphore is never closed.
        permit.ok().map(|permit| Reservation(Arc::new(permit)))
    }
}

impl Reservation {
    /// Attaches the reservation to the response that it was made for.
    #[must_use]
    pub fn attach(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }

    /// Returns what exceeds `bytes` to the budget; `None` if less was reserved.
    fn shrunk(self, bytes: usize) -> Option<Self> {
        let mut permit = Arc::try_unwrap(self.0).ok()?;
        let surplus = permit.num_permits().checked_sub(units(bytes) as usize)?;
        drop(permit.split(surplus));
        Some(Self(Arc::new(permit)))
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn free(budget: &ResponseBudget) -> usize {
        budget.free.available_permits()
    }

    fn response(bytes: usize) -> Response {
        Response::new(Body::from(vec![b'x'; bytes]))
    }

    #[tokio::test]
    async fn a_reservation_shrinks_to_the_response_and_ends_with_it() {
        let budget = ResponseBudget::new(100 * UNIT);
        let reserved = budget.reserve(80 * UNIT).await.unwrap();
        assert_eq!(free(&budget), 20);
        let settled = budget.settle(reserved.attach(response(10 * UNIT)), 0).await;
        assert_eq!(free(&budget), 90);
        drop(settled);
        assert_eq!(free(&budget), 100);
    }

    #[tokio::test]
    async fn a_response_that_fits_the_socket_keeps_nothing() {
        let budget = ResponseBudget::new(100 * UNIT);
        let reserved = budget.reserve(80 * UNIT).await.unwrap();
        let small = budget.settle(reserved.attach(response(UNIT)), UNIT as u64).await;
        assert_eq!(free(&budget), 100);
        drop(small);
    }

    #[tokio::test]
    async fn a_response_larger_than_its_reservation_takes_its_size_but_never_more_than_there_is() {
        let budget = ResponseBudget::new(100 * UNIT);
        let reserved = budget.reserve(10 * UNIT).await.unwrap();
        let settled = budget.settle(reserved.attach(response(90 * UNIT)), 0).await;
        assert_eq!(free(&budget), 10);
        drop(settled);
        let whole = budget.settle(response(900 * UNIT), 0).await;
        assert_eq!(free(&budget), 0);
        drop(whole);
    }

    #[tokio::test]
    async fn a_request_that_finds_no_bytes_free_is_refused_after_its_wait() {
        let budget = ResponseBudget::new(100 * UNIT);
        let held = budget.reserve(100 * UNIT).await.unwrap();
        let refusal = budget.reserve_within(UNIT, Duration::ZERO).await.unwrap_err();
        assert_eq!(refusal, Refusal::Overloaded { retry_after: 0 });
        drop(held);
        assert!(budget.reserve_within(UNIT, Duration::ZERO).await.is_ok());
    }
}

//! The places for users on the target: `--max-users` is the most users of the run that exist at one time.
//!
//! A run that creates more gives its scenarios places. A scenario waits until there are enough for the users that it creates,
//! and deletes them when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a run, besides those of the population.
#[derive(Debug, Clone, Default)]
pub struct Seats(Option<Arc<Places>>);

#[derive(Debug)]
struct Places {
    free: Arc<Semaphore>,
    all: AtomicU32,
}

/// The places of one scenario. They are free again when it is dropped.
#[derive(Debug)]
pub struct Taken(#[expect(dead_code, reason = "it frees the places when it is dropped")] OwnedSemaphorePermit);

impl Seats {
    /// Returns a number of places.
    #[must_use]
    pub fn limited(places: usize) -> Self {
        let places = u32::try_from(places).unwrap_or(u32::MAX).clamp(1, u32::MAX >> 4);
        let free = Arc::new(Semaphore::new(places as usize));
        Self(Some(Arc::new(Places { free, all: AtomicU32::new(places) })))
    }

    /// Returns true if scenarios wait for places.
    #[must_use]
    pub const fn are_limited(&self) -> bool {
        self.0.is_some()
    }

    /// Adds the places of users that were deleted.
    pub fn add(&self, users: usize) {
        if let Some(places) = &self.0 {
            places.all.fetch_add(u32::try_from(users).unwrap_or_default(), Ordering::SeqCst);
            places.free.add_permits(users);
        }
    }

    /// Waits for places, and takes them. A scenario that needs more than there are has all to itself. Returns nothing if there
    /// is no limit.
    pub async fn take(&self, users: usize) -> Option<Taken> {
        let places = self.0.as_ref()?;
        let wanted = u32::try_from(users).unwrap_or(u32::MAX).min(places.all.load(Ordering::SeqCst));
        Arc::clone(&places.free).acquire_many_owned(wanted).await.ok().map(Taken)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_scenario_waits_until_others_have_freed_their_places() {
        let seats = Seats::limited(5);
        let first = seats.take(3).await;
        assert!(seats.take(3).now_or_never().is_none());
        drop(first);
        assert!(seats.take(9).now_or_never().flatten().is_some());
        assert!(Seats::default().take(9).await.is_none());
        seats.add(2);
        let all = seats.take(9).now_or_never().flatten();
        assert!(all.is_some() && seats.take(1).now_or_never().is_none());
    }
}

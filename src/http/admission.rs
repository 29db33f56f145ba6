//! The limit on connections, and which connection goes when it is reached.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::activity::Activity;

/// Time after which a full server looks again for a connection to close.
const RETRY: Duration = Duration::from_millis(100);

/// Slots for connections. When all are taken, the oldest connection that never completed a request loses its slot to
/// the next one, so that silent connections cannot lock clients out.
#[derive(Debug)]
pub(super) struct Admission {
    limit: usize,
    slots: Arc<Semaphore>,
    next: AtomicU64,
    /// Open connections, oldest first.
    open: Mutex<BTreeMap<u64, Arc<Activity>>>,
}

impl Admission {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        let slots = Arc::new(Semaphore::new(limit));
        Arc::new(Self { limit, slots, next: AtomicU64::new(0), open: Mutex::default() })
    }

    /// Waits for a slot, and makes room where a connection never completed a request.
    pub(super) async fn admit(self: &Arc<Self>, activity: &Arc<Activity>) -> Slot {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
                break permit;
            }
            self.evict_oldest();
            if let Ok(Ok(permit)) = tokio::time::timeout(RETRY, Arc::clone(&self.slots).acquire_owned()).await {
                break permit;
            }
        };
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.open().insert(id, Arc::clone(activity));
        Slot { id, admission: Arc::clone(self), _permit: permit }
    }

    /// Returns true while at least nine tenths of the slots are taken.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.slots.available_permits() <= self.limit / 10
    }

    fn evict_oldest(&self) {
        if let Some(oldest) = self.open().values().find(|activity| activity.is_evictable()) {
            oldest.evict();
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Activity>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of an open connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    id: u64,
    admission: Arc<Admission>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.admission.open().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::super::activity::{Deadlines, TimeoutReason};
    use super::*;

    /// Time limits that no test reaches.
    fn no_deadlines() -> Deadlines {
        let hour = Duration::from_hours(1);
        Deadlines { idle: hour, silent: hour, header: hour, write: hour }
    }

    #[tokio::test]
    async fn the_oldest_connection_without_a_completed_request_makes_room() {
        let admission = Admission::new(4);
        let [proven, busy, oldest, newer, next] = [(); 5].map(|()| Arc::new(Activity::default()));
        drop(proven.begin_request());
        let _request = busy.begin_request();
        let _slots = (admission.admit(&proven).await, admission.admit(&busy).await);
        let slot = admission.admit(&oldest).await;
        let _newer = admission.admit(&newer).await;
        assert!(admission.is_nearly_full());
        let closing = async {
            let reason = oldest.expired(no_deadlines).await;
            drop(slot);
            reason
        };
        let both = futures::future::join(closing, admission.admit(&next));
        let (reason, _slot) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("no slot became free");
        assert_eq!(reason, TimeoutReason::Evicted);
        for kept in [&proven, &busy, &newer] {
            assert_eq!(kept.expired(no_deadlines).now_or_never(), None);
        }
    }
}

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

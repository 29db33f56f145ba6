//! When a connection was last of use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    /// Requests that are being answered.
    asked: AtomicUsize,
    /// When the last of them ended, in milliseconds since the connection began.
    last: AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self { begun: Instant::now(), asked: AtomicUsize::new(0), last: AtomicU64::new(0) }
    }
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Asked(Arc<Activity>);

impl Activity {
    /// A request begins.
    pub(super) fn ask(self: &Arc<Self>) -> Asked {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Asked(Arc::clone(self))
    }

    /// Resolves once nothing was asked for this long.
    pub(super) async fn idle(&self, timeout: Duration) {
        loop {
            let since = self.begun + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let (now, busy) = (Instant::now(), self.asked.load(Ordering::Relaxed) > 0);
            if !busy && now >= since + timeout {
                return;
            }
            sleep_until(if busy { now + timeout } else { since + timeout }).await;
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let since = u64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last.fetch_max(since, Ordering::Relaxed);
        self.0.asked.fetch_sub(1, Ordering::Relaxed);
    }
}

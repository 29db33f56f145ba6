//! The state of one connection, and the deadline that follows from it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The value of a moment that has not come.
const NEVER: u64 = u64::MAX;

/// Time limits that apply to a connection at the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    /// For a connection that has completed a request and has none at the moment.
    pub(super) idle: Duration,
    /// For a connection that has not sent anything yet.
    pub(super) silent: Duration,
    /// For a request header, from its first byte, and for a TLS handshake.
    pub(super) header: Duration,
    /// For a piece of a response.
    pub(super) write: Duration,
}

/// Tracks what a connection is doing. Moments are milliseconds since it was accepted.
#[derive(Debug)]
pub(super) struct Activity {
    accepted: Instant,
    /// Requests in progress, including those whose response is being delivered.
    requests: AtomicUsize,
    /// The end of the last request.
    idle_since: AtomicU64,
    /// True if received bytes begin a request header while no request is in progress, which is so in HTTP/1 only.
    tracks_headers: AtomicBool,
    /// The start of the incomplete header.
    header_since: AtomicU64,
    /// Large responses in delivery, with the moment at which the client last took a piece of each.
    deliveries: Mutex<HashMap<u64, u64>>,
    /// The moment at which the socket stopped accepting bytes. The rest of a small response may wait there, which
    /// `deliveries` does not show.
    blocked_since: AtomicU64,
    /// True if the connection must end with a reset.
    reset: AtomicBool,
    /// True once a request was completed on this connection.
    proven: AtomicBool,
    /// Wakes [`Activity::expired`] when the connection has to make room for another.
    evicted: Notify,
}

/// The reason for which a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeoutReason {
    /// No request within the idle time-out.
    Idle,
    /// An incomplete request header or TLS handshake.
    Header,
    /// A client that does not read its response.
    Undelivered,
    /// Another connection needs the slot.
    Evicted,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            accepted: Instant::now(),
            requests: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            tracks_headers: AtomicBool::new(false),
            header_since: AtomicU64::new(NEVER),
            deliveries: Mutex::default(),
            blocked_since: AtomicU64::new(NEVER),
            reset: AtomicBool::new(false),
            proven: AtomicBool::new(false),
            evicted: Notify::new(),
        }
    }
}

impl Activity {
    /// Records the start of a request.
    pub(super) fn begin_request(self: &Arc<Self>) -> RequestGuard {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.header_since.store(NEVER, Ordering::Relaxed);
        RequestGuard(Arc::clone(self))
    }

    /// Records that received bytes are request headers, while no request is in progress.
    pub(super) fn track_headers(&self) {
        self.tracks_headers.store(true, Ordering::Relaxed);
    }

    /// Records the start of a TLS handshake, which has as much time as a header.
    pub(super) fn begin_handshake(&self) {
        self.header_since.store(self.now(), Ordering::Relaxed);
    }

    /// Starts the time limits anew: the connection has its slot, or its TLS handshake is complete.
    pub(super) fn restart(&self) {
        self.header_since.store(NEVER, Ordering::Relaxed);
        self.idle_since.store(self.now(), Ordering::Relaxed);
    }

    /// Records received bytes.
    pub(super) fn received(&self) {
        let may_begin = self.tracks_headers.load(Ordering::Relaxed) && !self.is_busy();
        if may_begin && self.header_since.load(Ordering::Relaxed) == NEVER {
            self.header_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Records that the socket accepted bytes, or that it had no room for more.
    pub(super) fn sent<T>(&self, written: &Poll<T>) {
        if written.is_ready() {
            self.blocked_since.store(NEVER, Ordering::Relaxed);
        } else if self.blocked_since.load(Ordering::Relaxed) == NEVER {
            self.blocked_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Closes the connection so that another can take its slot.
    pub(super) fn evict(&self) {
        self.evicted.notify_one();
    }

    /// Returns true if the connection never completed a request and has none in progress.
    pub(super) fn is_evictable(&self) -> bool {
        !self.proven.load(Ordering::Relaxed) && !self.is_busy()
    }

    /// Returns true if the connection must end with a reset: the system would otherwise keep the rest of a response for
    /// a client that does not read it.
    pub(super) fn ends_with_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }

    /// Resolves once the connection must be closed, late by no more than a quarter of the shortest time limit.
    /// `deadlines` is called each time the state is examined, because the limits depend on the load.
    pub(super) async fn expired(&self, deadlines: impl Fn() -> Deadlines) -> TimeoutReason {
        loop {
            let (now, limits) = (Instant::now(), deadlines());
            let due = self.due(&limits);
            let wake = match due {
                Some((at, reason)) if at <= now => {
                    self.reset.store(reason == TimeoutReason::Undelivered, Ordering::Relaxed);
                    return reason;
                }
                // A later event may have an earlier deadline. Waking up for each request would cost more than this.
                _ => {
                    let shortest = limits.idle.min(limits.silent).min(limits.header).min(limits.write);
                    due.map_or(now + shortest, |(at, _)| at).min(now + shortest / 4)
                }
            };
            tokio::select! {
                () = sleep_until(wake) => {}
                () = self.evicted.notified() => {
                    // The first request may have begun since the connection was chosen.
                    if self.is_evictable() {
                        return TimeoutReason::Evicted;
                    }
                }
            }
        }
    }

    fn due(&self, limits: &Deadlines) -> Option<(Instant, TimeoutReason)> {
        let at = |moment: u64, timeout: Duration| self.accepted + Duration::from_millis(moment) + timeout;
        let blocked = Some(self.blocked_since.load(Ordering::Relaxed)).filter(|since| *since != NEVER);
        if let Some(taken) = self.deliveries().values().copied().chain(blocked).min() {
            return Some((at(taken, limits.write), TimeoutReason::Undelivered));
        }
        if self.is_busy() {
            return None;
        }
        match self.header_since.load(Ordering::Relaxed) {
            NEVER => {
                let timeout = if self.proven.load(Ordering::Relaxed) { limits.idle } else { limits.silent };
                Some((at(self.idle_since.load(Ordering::Relaxed), timeout), TimeoutReason::Idle))
            }
            header => Some((at(header, limits.header), TimeoutReason::Header)),
        }
    }

    fn is_busy(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    fn now(&self) -> u64 {
        u64::try_from(self.accepted.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    fn deliveries(&self) -> MutexGuard<'_, HashMap<u64, u64>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in progress. It ends when the guard is dropped.
#[derive(Debug)]
pub(super) struct RequestGuard(Arc<Activity>);

impl RequestGuard {
    /// Records that the response is being delivered: the next move is the client's.
    pub(super) fn deliver(self) -> DeliveryGuard {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let delivery = DeliveryGuard { id: NEXT.fetch_add(1, Ordering::Relaxed), request: self };
        delivery.progressed();
        delivery
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        let activity = &self.0;
        activity.idle_since.fetch_max(activity.now(), Ordering::Relaxed);
        activity.proven.store(true, Ordering::Relaxed);
        activity.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A response in delivery. It ends when the guard is dropped.
#[derive(Debug)]
pub(super) struct DeliveryGuard {
    id: u64,
    request: RequestGuard,
}

impl DeliveryGuard {
    /// Records that the client took a piece.
    pub(super) fn progressed(&self) {
        let activity = &self.request.0;
        activity.deliveries().insert(self.id, activity.now());
    }
}

impl Drop for DeliveryGuard {
    fn drop(&mut self) {
        self.request.0.deliveries().remove(&self.id);
    }
}

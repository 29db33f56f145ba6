//! What a connection is doing, and when it is to be closed: nothing is asked, a header does not end, an answer is not
//! taken.

use std::collections::HashMap;
use std::future::Future as _;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::bounds::Bounds;

/// No moment.
const NEVER: u64 = u64::MAX;

/// What a connection is doing. Moments are milliseconds since it began.
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    /// Requests that are being answered, those whose answer is on its way among them.
    asked: AtomicUsize,
    /// When the last of them ended.
    last: AtomicU64,
    /// Whether bytes that come while nothing is asked are the beginning of a header: in HTTP/1, not before.
    heads: AtomicBool,
    /// When the header began that is being read.
    head: AtomicU64,
    /// Large answers on their way, and when the client last took a piece.
    answers: Mutex<HashMap<u64, u64>>,
    /// Since when the system takes no more bytes for the client: what is left of an answer may wait below the answers.
    full: AtomicU64,
    /// Whether the client is not worth a farewell.
    cut: AtomicBool,
}

/// TimeoutReason a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeoutReason {
    Idle,
    Header,
    Undelivered,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            asked: AtomicUsize::new(0),
            last: AtomicU64::new(0),
            heads: AtomicBool::new(false),
            head: AtomicU64::new(NEVER),
            answers: Mutex::default(),
            full: AtomicU64::new(NEVER),
            cut: AtomicBool::new(false),
        }
    }
}

impl Activity {
    /// A request begins.
    pub(super) fn ask(self: &Arc<Self>) -> RequestGuard {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.head.store(NEVER, Ordering::Relaxed);
        RequestGuard(Arc::clone(self))
    }

    /// From now on whatever is heard while nothing is asked begins a header.
    pub(super) fn expect_heads(&self) {
        self.heads.store(true, Ordering::Relaxed);
    }

    /// Resolves once the connection is to be closed, late by no more than a quarter of the shortest bound.
    pub(super) async fn overdue(&self, bounds: &Bounds) -> TimeoutReason {
        let shortest = bounds.idle_timeout.min(bounds.header_timeout).min(bounds.write_timeout);
        loop {
            let now = Instant::now();
            let due = self.due(bounds);
            match due {
                Some((at, why)) if at <= now => {
                    self.cut.store(why == TimeoutReason::Undelivered, Ordering::Relaxed);
                    return why;
                }
                // What begins meanwhile may be due earlier; waking up for each request would cost more than this.
                _ => sleep_until(due.map_or(now + shortest, |(at, _)| at).min(now + shortest / 4)).await,
            }
        }
    }

    fn due(&self, bounds: &Bounds) -> Option<(Instant, TimeoutReason)> {
        let at = |moment: u64, timeout: Duration| self.begun + Duration::from_millis(moment) + timeout;
        let full = Some(self.full.load(Ordering::Relaxed)).filter(|since| *since != NEVER);
        if let Some(taken) = self.answers().values().copied().chain(full).min() {
            return Some((at(taken, bounds.write_timeout), TimeoutReason::Undelivered));
        }
        if self.is_busy() {
            return None;
        }
        match self.head.load(Ordering::Relaxed) {
            NEVER => Some((at(self.last.load(Ordering::Relaxed), bounds.idle_timeout), TimeoutReason::Idle)),
            head => Some((at(head, bounds.header_timeout), TimeoutReason::Header)),
        }
    }

    fn is_busy(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > 0
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    fn heard(&self) {
        if self.heads.load(Ordering::Relaxed) && !self.is_busy() && self.head.load(Ordering::Relaxed) == NEVER {
            self.head.store(self.now(), Ordering::Relaxed);
        }
    }

    /// The system took bytes for the client, or had no room for more.
    fn wrote<T>(&self, written: &Poll<T>) {
        if written.is_ready() {
            self.full.store(NEVER, Ordering::Relaxed);
        } else if self.full.load(Ordering::Relaxed) == NEVER {
            self.full.store(self.now(), Ordering::Relaxed);
        }
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<u64, u64>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct RequestGuard(Arc<Activity>);

impl RequestGuard {
    /// The answer is on its way: from now on it is the client that has to do something.
    pub(super) fn answered(self) -> DeliveryGuard {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let taking = DeliveryGuard { id: NEXT.fetch_add(1, Ordering::Relaxed), asked: self };
        taking.taken();
        taking
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.last.fetch_max(self.0.now(), Ordering::Relaxed);
        self.0.asked.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer that is on its way, until it is dropped.
#[derive(Debug)]
pub(super) struct DeliveryGuard {
    id: u64,
    asked: RequestGuard,
}

impl DeliveryGuard {
    /// The client took a piece.
    pub(super) fn taken(&self) {
        let activity = &self.asked.0;
        activity.answers().insert(self.id, activity.now());
    }
}

impl Drop for DeliveryGuard {
    fn drop(&mut self) {
        self.asked.0.answers().remove(&self.id);
    }
}

/// The bytes of a connection. What comes is noted; a connection that is cut ends with a reset, so that the system keeps
/// nothing for a client that takes nothing.
#[derive(Debug)]
pub(super) struct TrackedStream {
    stream: TcpStream,
    activity: Arc<Activity>,
    /// What was read since others last had their turn, in bytes.
    read: usize,
}

/// What is read of one connection before others have their turn, in bytes: thousands of frames that ask for nothing fit in.
const TURN: usize = 64 * 1024;

impl TrackedStream {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity, read: 0 }
    }
}

impl Drop for TrackedStream {
    fn drop(&mut self) {
        if self.activity.cut.load(Ordering::Relaxed) {
            // Without it the connection ends all the same, later.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for TrackedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read >= TURN {
            self.read = 0;
            // Sleeps until the runtime has looked at everybody else's connections, as waking at once would not.
            return pin!(tokio::task::yield_now()).poll(cx).map(Ok);
        }
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        let more = into.filled().len() - before;
        self.read = if read.is_pending() { 0 } else { self.read + more };
        if more > 0 {
            self.activity.heard();
        }
        read
    }
}

impl AsyncWrite for TrackedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.activity.wrote(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.activity.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

//! The bytes of a connection.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::Activity;

/// Bytes that one connection may read, or write, before other connections have their turn. Thousands of HTTP/2 frames
/// without a request fit in it, and gzip reads up to a megabyte for it.
const TURN_BYTES: usize = 64 * 1024;

/// A socket that records its traffic in [`Activity`] and shares the runtime thread with other connections.
#[derive(Debug)]
pub(super) struct TrackedStream {
    stream: TcpStream,
    activity: Arc<Activity>,
    /// Bytes read since the last turn of other connections.
    read: usize,
    /// Bytes written since the last turn of other connections.
    written: usize,
}

impl TrackedStream {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity, read: 0, written: 0 }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        send: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.written >= TURN_BYTES {
            self.written = 0;
            return poll_yield(cx);
        }
        let result = send(Pin::new(&mut self.stream), cx);
        self.written = match &result {
            Poll::Ready(Ok(bytes)) => self.written + bytes,
            _ => 0,
        };
        self.activity.sent(&result);
        result
    }
}

/// Returns pending, and wakes the task once the runtime has polled the other connections. Waking at once would not
/// wait for them.
fn poll_yield<T>(cx: &mut Context<'_>) -> Poll<T> {
    let _ = pin!(tokio::task::yield_now()).poll(cx);
    Poll::Pending
}

impl Drop for TrackedStream {
    fn drop(&mut self) {
        if self.activity.ends_with_reset() {
            // If this fails, the connection ends later, when the system gives up on the client.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for TrackedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read >= TURN_BYTES {
            self.read = 0;
            return poll_yield(cx);
        }
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        let more = into.filled().len() - before;
        self.read = if read.is_pending() { 0 } else { self.read + more };
        if more > 0 {
            self.written = 0;
            self.activity.received();
        }
        read
    }
}

impl AsyncWrite for TrackedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(cx, |stream, cx| stream.poll_write(cx, bytes))
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
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(cx, |stream, cx| stream.poll_write_vectored(cx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

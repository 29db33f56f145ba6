//! One connection, from the accepted socket to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::activity::{Activity, Deadlines, DeliveryGuard, RequestGuard, TimeoutReason};
use super::admission::Admission;
use super::bounds::TransportBounds;
use super::budget::{Reservation, ResponseBudget};
use super::handler::Handler;
use super::stream::TrackedStream;
use super::tls::{HTTP_2, Tls};
use crate::base::limits;

/// Bytes that are handed to a connection at once.
pub(super) const PIECE_BYTES: usize = 65_536;

/// The address at the other end of a request's connection. Each request has it as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The state that all connections of a server share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) handler: Handler,
    pub(super) bounds: TransportBounds,
    pub(super) tls: Option<Tls>,
    pub(super) admission: Arc<Admission>,
    /// The budget of the handler, if it has one.
    pub(super) budget: Option<ResponseBudget>,
}

impl Shared {
    /// Returns the time limits at the present load. A connection that keeps others waiting has less patience.
    fn deadlines(&self) -> Deadlines {
        let bounds = &self.bounds;
        let crowded =
            |is_crowded: bool, timeout| if is_crowded { limits::CROWDED_TIMEOUT.min(timeout) } else { timeout };
        let full = self.admission.is_nearly_full();
        let spent = self.budget.as_ref().is_some_and(ResponseBudget::is_nearly_spent);
        Deadlines {
            idle: bounds.idle_timeout,
            silent: crowded(full, bounds.idle_timeout),
            header: crowded(full, bounds.header_timeout),
            write: crowded(spent, bounds.write_timeout),
        }
    }
}

/// Serves a connection to its end.
pub(super) async fn run(shared: &Shared, stream: TcpStream, activity: &Arc<Activity>, watcher: Watcher) {
    // Responses are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok().map(Peer);
    let stream = TrackedStream::new(stream, Arc::clone(activity));
    tokio::select! {
        () = speak(shared, stream, activity, watcher, peer) => {}
        reason = activity.expired(|| shared.deadlines()) => match reason {
            TimeoutReason::Idle => tracing::debug!("closed an idle connection"),
            TimeoutReason::Header => {
                tracing::debug!("closed a connection: its request header or TLS handshake did not complete in time");
            }
            TimeoutReason::Undelivered => tracing::debug!("reset a connection: the client does not read its response"),
            TimeoutReason::Evicted => {
                tracing::debug!("closed a connection that never completed a request: the server is full");
            }
        },
    }
}

async fn speak(shared: &Shared, stream: TrackedStream, activity: &Arc<Activity>, watcher: Watcher, peer: Option<Peer>) {
    let Some(tls) = &shared.tls else { return over_http_1(shared, stream, activity, watcher, peer).await };
    activity.begin_handshake();
    let shaken = tls.acceptor().accept(stream).await;
    activity.restart();
    match shaken {
        Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) => {
            over_http_2(shared, stream, activity, watcher, peer).await;
        }
        Ok(stream) => over_http_1(shared, stream, activity, watcher, peer).await,
        Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
    }
}

async fn over_http_1(
    shared: &Shared,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    activity: &Arc<Activity>,
    watcher: Watcher,
    peer: Option<Peer>,
) {
    activity.track_headers();
    let connection = http1::Builder::new()
        // hyper's time-out also runs while the connection is idle. Activity distinguishes the two.
        .header_read_timeout(None)
        .max_buf_size(limits::REQUEST_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service(&shared.handler, activity, PIECE_BYTES as u64, peer));
    watch(watcher, connection).await;
}

async fn over_http_2(
    shared: &Shared,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    activity: &Arc<Activity>,
    watcher: Watcher,
    peer: Option<Peer>,
) {
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits::REQUEST_HEAD_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits::STREAMS_PER_CONNECTION)
        .initial_stream_window_size(limits::BODY_WINDOW)
        .initial_connection_window_size(limits::BODY_WINDOW)
        .max_pending_accept_reset_streams(limits::RESETS_UNHEARD)
        .max_local_error_reset_streams(limits::REFUSALS_PER_CONNECTION)
        // With room for one piece, the next one is requested when the one before is on its way.
        .max_send_buf_size(PIECE_BYTES)
        // A client may keep a stream's window at zero, so that even the smallest response waits.
        .serve_connection(TokioIo::new(stream), service(&shared.handler, activity, 0, peer));
    watch(watcher, connection).await;
}

async fn watch<C: GracefulConnection<Error = hyper::Error>>(watcher: Watcher, connection: C) {
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Wraps the handler so that a request is in progress until its response is delivered. A response of at most `at_once`
/// bytes is delivered when it is handed over.
fn service(
    handler: &Handler,
    activity: &Arc<Activity>,
    at_once: u64,
    peer: Option<Peer>,
) -> impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send + 'static> + use<> {
    let (handler, activity) = (handler.clone(), Arc::clone(activity));
    service_fn(move |request: http::Request<Incoming>| {
        let guard = activity.begin_request();
        let mut request = request.map(Body::new);
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let handling = handler.call(request);
        async move {
            let response = handling.await;
            let fits = response.body().size_hint().exact().is_some_and(|length| length <= at_once);
            Ok::<_, Infallible>(if fits { response } else { delivered(response, guard) })
        }
    })
}

/// Keeps a request in progress until the client has taken nearly all of the response. The body is handed over in pieces,
/// each when there is room for it. A client that takes none for [`TransportBounds::write_timeout`] is cut off.
fn delivered(mut response: Response, guard: RequestGuard) -> Response {
    let delivery = Delivery { guard: guard.deliver(), _reservation: response.extensions_mut().remove() };
    response.map(|body| {
        let pieces = body.into_data_stream().map_ok(|data| {
            let starts = (0..data.len()).step_by(PIECE_BYTES);
            let pieces: Vec<_> =
                starts.map(|at| Ok::<_, axum::Error>(data.slice(at..data.len().min(at + PIECE_BYTES)))).collect();
            stream::iter(pieces)
        });
        Body::from_stream(pieces.try_flatten().inspect(move |_| delivery.progressed()))
    })
}

/// A response in delivery, and the bytes that it takes.
struct Delivery {
    guard: DeliveryGuard,
    _reservation: Option<Reservation>,
}

impl Delivery {
    /// Records progress. A closure that calls this captures the reservation too, as one that names `guard` would not.
    fn progressed(&self) {
        self.guard.progressed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_limits_are_shorter_while_the_server_is_nearly_full() {
        let (admission, budget) = (Admission::new(10), ResponseBudget::new(1_000_000));
        let shared = Shared {
            handler: Handler::new(async |_| Response::new(Body::empty())),
            bounds: TransportBounds::default(),
            tls: None,
            admission: Arc::clone(&admission),
            budget: Some(budget.clone()),
        };
        let limits_now = || {
            let Deadlines { idle, silent, header, write } = shared.deadlines();
            [idle, silent, header, write]
        };
        let (usual, crowded) = (limits::IDLE_TIMEOUT, limits::CROWDED_TIMEOUT);
        assert_eq!(limits_now(), [usual; 4]);
        let mut slots = Vec::new();
        for _ in 0..9 {
            slots.push(admission.admit(&Arc::new(Activity::default())).await);
        }
        assert_eq!(limits_now(), [usual, crowded, crowded, usual]);
        slots.clear();
        let reserved = budget.reserve(950_000).await.unwrap();
        assert_eq!(limits_now(), [usual, usual, usual, crowded]);
        drop(reserved);
        assert_eq!(limits_now(), [usual; 4]);
    }
}

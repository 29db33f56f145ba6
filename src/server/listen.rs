//! Connections: how many, how long each may take, and how they end.
//!
//! The order of a shutdown is written here and nowhere else: stop accepting; let every connection finish the request
//! that it is in; after [`limits::SHUTDOWN_GRACE`] cut what is left. The store is closed by whoever started the server.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::bounds::Bounds;
use super::idle::{Activity, RequestGuard, TimeoutReason, TrackedStream};
use super::tls::{self, Tls};
use super::unread::Worded;
use crate::base::limits;

/// Answers one request. Called for every connection, so it is shared.
pub type Handler = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// What every connection needs.
struct Shared {
    answer: Handler,
    bounds: Bounds,
    tls: Option<Tls>,
}

/// Serves until `stop` resolves, then ends in the order of this module. With `tls` every connection speaks it, and
/// HTTP/2 where the client has it.
pub async fn serve(
    listener: TcpListener,
    answer: Handler,
    bounds: Bounds,
    tls: Option<Tls>,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(bounds.connections));
    let shared = Arc::new(Shared { answer, bounds, tls });
    tokio::pin!(stop);
    loop {
        let accepting = async {
            // The place is taken first: beyond the bound, connections wait in the listener's queue.
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            next = accepting => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let (shared, watcher) = (Arc::clone(&shared), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            attend(&shared, stream, watcher).await;
        });
    }
    drop(listener);
    if tokio::time::timeout(limits::SHUTDOWN_GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time and were cut");
    }
}

/// One connection, to its end.
async fn attend(shared: &Shared, stream: TcpStream, watcher: Watcher) {
    // Answers are small and whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let activity = Arc::new(Activity::default());
    let line = TrackedStream::new(stream, Arc::clone(&activity));
    let Some(tls) = &shared.tls else { return over_http_1(shared, line, activity, watcher).await };
    let shaken = tokio::time::timeout(shared.bounds.header_timeout, tls.acceptor().accept(line)).await;
    match shaken {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(tls::HTTP_2) => {
            over_http_2(shared, stream, activity, watcher).await;
        }
        Ok(Ok(stream)) => over_http_1(shared, stream, activity, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not come to TLS"),
        Err(_) => tracing::debug!("a connection did not come to TLS in time"),
    }
}

async fn over_http_1(
    shared: &Shared,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    activity: Arc<Activity>,
    watcher: Watcher,
) {
    activity.expect_heads();
    let connection = http1::Builder::new()
        // Its own would also count while nothing is asked: Activity tells the two apart.
        .header_read_timeout(None)
        .max_buf_size(limits::REQUEST_HEAD_BYTES)
        .serve_connection(TokioIo::new(Worded::new(stream)), service(&shared.answer, &activity, PIECE as u64));
    until_overdue(watcher, connection, &activity, &shared.bounds).await;
}

async fn over_http_2(
    shared: &Shared,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    activity: Arc<Activity>,
    watcher: Watcher,
) {
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits::REQUEST_HEAD_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits::STREAMS_PER_CONNECTION)
        .initial_stream_window_size(limits::BODY_WINDOW)
        .initial_connection_window_size(limits::BODY_WINDOW)
        .max_pending_accept_reset_streams(limits::RESETS_UNHEARD)
        .max_local_error_reset_streams(limits::REFUSALS_PER_CONNECTION)
        // So that the next piece is asked for when the one before is on its way.
        .max_send_buf_size(PIECE)
        // A client may give a stream no room at all, so that even the smallest answer waits.
        .serve_connection(TokioIo::new(stream), service(&shared.answer, &activity, 0));
    until_overdue(watcher, connection, &activity, &shared.bounds).await;
}

async fn until_overdue<C>(watcher: Watcher, connection: C, activity: &Activity, bounds: &Bounds)
where
    C: GracefulConnection<Error = hyper::Error>,
{
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
        }
        why = activity.overdue(bounds) => match why {
            TimeoutReason::Idle => tracing::debug!("a connection on which nothing was asked was closed"),
            TimeoutReason::Header => tracing::debug!("a connection was closed whose request's header did not end in time"),
            TimeoutReason::Undelivered => tracing::debug!("a connection was cut whose client did not take its answer"),
        },
    }
}

/// Answers that are larger than `at_once` are on their way until the client has taken them.
fn service(
    answer: &Handler,
    activity: &Arc<Activity>,
    at_once: u64,
) -> impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send + 'static> + use<> {
    let (answer, activity) = (Arc::clone(answer), Arc::clone(activity));
    service_fn(move |request: http::Request<Incoming>| {
        let asked = activity.ask();
        let answered = answer(request.map(Body::new));
        async move {
            let response = answered.await;
            let fits = response.body().size_hint().exact().is_some_and(|length| length <= at_once);
            Ok::<_, Infallible>(if fits { response } else { holding(response, asked) })
        }
    })
}

/// A large answer is part of its request until a client, however slow, has taken nearly all of it. It is given out in
/// pieces, so that the next one is asked for when there is room for it; a client that takes none for
/// [`Bounds::write_timeout`] is cut.
fn holding(response: Response, asked: RequestGuard) -> Response {
    let taking = asked.answered();
    response.map(|body| {
        let pieces = body.into_data_stream().map_ok(|data| {
            let starts = (0..data.len()).step_by(PIECE);
            let cut: Vec<_> =
                starts.map(|at| Ok::<_, axum::Error>(data.slice(at..data.len().min(at + PIECE)))).collect();
            stream::iter(cut)
        });
        Body::from_stream(pieces.try_flatten().inspect(move |_| taking.taken()))
    })
}

/// The most that is handed to a connection at once, in bytes.
const PIECE: usize = 65_536;

/// A connection that was gone before it was accepted is nothing; running out of file descriptors passes by itself, if
/// one does not spin.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection could be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

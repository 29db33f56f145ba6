//! A sound server with unusual behavior: the reference, with every exchange changed on its way.
//!
//! The target is in this process, on Tokio's paused clock, so that waits take no time. A request blocks the thread until the
//! reference, on a runtime of its own, has responded; otherwise the paused clock would run ahead of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use scimulate::report::Run;
use scimulate::server::defects::{Defective, Upstream, by_name};
use scimulate::wire::{Auth, ResponseBody, Service, Target};
use scimulate::{Check, Server};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::traits::plain_ids;
use crate::support::harness::check_target;
use crate::support::proxy;

/// The runtime on which the references are called.
static OUTSIDE: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

/// A response on its way to the client. A body that is null is empty.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// A change of responses.
pub(super) type Change = fn(&Parts, &mut Reply);

/// The status of a response that the reference never sees the request of.
pub(super) type Refusal = fn(&Parts) -> Option<u16>;

/// When a server responds with 429.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Busy {
    #[default]
    Never,
    /// To every request of this number, with this Retry-After.
    Every(usize, Option<&'static str>),
    /// To the requests of a second beyond this number.
    Above(usize),
}

/// The unusual behavior of a server.
#[derive(Default)]
pub(super) struct Sound {
    pub(super) changes: Vec<Change>,
    pub(super) refuses: Vec<Refusal>,
    /// Rows of the table of defects that Okta tolerates.
    pub(super) defects: &'static [&'static str],
    pub(super) busy: Busy,
    pub(super) latency: Duration,
    /// Handles one request after the other.
    pub(super) is_serial: bool,
}

/// The requests that a server received.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) requests: AtomicUsize,
    pub(super) under_way: AtomicUsize,
    pub(super) most_under_way: AtomicUsize,
}

struct Front {
    sound: Sound,
    upstream: Arc<dyn Upstream>,
    handled: AtomicUsize,
    load: Arc<Load>,
    turn: tokio::sync::Mutex<()>,
    /// The begin of the current second, with the requests in it.
    second: Mutex<(Instant, usize)>,
}

impl Front {
    async fn handle(&self, request: Request<Bytes>) -> Response<ResponseBody> {
        let (mut parts, body) = request.into_parts();
        if !parts.uri.path().contains("/scim/") {
            return self.forward(Request::from_parts(parts, body)).map(ResponseBody::from);
        }
        self.load.requests.fetch_add(1, Ordering::SeqCst);
        let under_way = self.load.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.load.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        let turn = if self.sound.is_serial { Some(self.turn.lock().await) } else { None };
        tokio::time::sleep(self.sound.latency).await;
        drop(turn);
        self.load.under_way.fetch_sub(1, Ordering::SeqCst);
        if let Some(busy) = self.busy() {
            return busy;
        }
        if let Some(status) = self.sound.refuses.iter().find_map(|refuses| refuses(&parts)) {
            return Response::builder().status(status).body("".into()).unwrap();
        }
        parts.uri = plain_ids(&parts.uri.to_string()).parse().unwrap();
        let body = Bytes::from(plain_ids(std::str::from_utf8(&body).unwrap()));
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        let (mut head, bytes) = self.forward(Request::from_parts(parts.clone(), body)).into_parts();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let mut reply = Reply { status: head.status, headers: head.headers, body };
        for change in &self.sound.changes {
            change(&parts, &mut reply);
        }
        let text = if reply.body.is_null() { String::new() } else { reply.body.to_string() };
        (head.status, head.headers) = (reply.status, reply.headers);
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, text.into())
    }

    fn forward(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (sender, receiver) = mpsc::channel();
        let upstream = Arc::clone(&self.upstream);
        OUTSIDE.spawn(async move { sender.send(upstream.call(request).await) });
        receiver.recv().unwrap()
    }

    fn busy(&self) -> Option<Response<ResponseBody>> {
        let number = self.handled.fetch_add(1, Ordering::SeqCst) + 1;
        let wait = match self.sound.busy {
            Busy::Never => return None,
            Busy::Every(period, wait) => number.is_multiple_of(period).then_some(wait)?,
            Busy::Above(most) => {
                let mut second = self.second.lock().unwrap();
                if second.0.elapsed() >= Duration::from_secs(1) {
                    *second = (Instant::now(), 0);
                }
                second.1 += 1;
                (second.1 > most).then_some(Some("1"))?
            }
        };
        let response = Response::builder().status(429);
        let response = wait.into_iter().fold(response, |response, wait| response.header(RETRY_AFTER, wait));
        Some(response.body("".into()).unwrap())
    }
}

/// Checks the reference behind this behavior, and shows its events to the check if `with_events` is true.
pub(super) fn check(server: &Server, sound: Sound, with_events: bool, set: impl FnOnce(Check) -> Check) -> Run {
    measured(server, sound, with_events, set).0
}

/// Checks as `check` does. Returns also the load of the server, and the time of the run on the paused clock.
pub(super) fn measured(
    server: &Server,
    sound: Sound,
    with_events: bool,
    set: impl FnOnce(Check) -> Check,
) -> (Run, Arc<Load>, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (origin, _) = server.scim_url().split_at(server.scim_url().find("/scim/").unwrap());
        let defects: Vec<_> = sound.defects.iter().map(|name| by_name(name).unwrap()).collect();
        let upstream = Defective::over(proxy::remote(origin), &defects);
        let (load, began) = (Arc::<Load>::default(), Instant::now());
        let front = Arc::new(Front {
            sound,
            upstream,
            handled: AtomicUsize::new(0),
            load: Arc::clone(&load),
            turn: tokio::sync::Mutex::new(()),
            second: Mutex::new((Instant::now(), 0)),
        });
        let service = Service::new(tower::service_fn(move |request| {
            let front = Arc::clone(&front);
            async move { Ok(front.handle(request).await) }
        }));
        let target = Target::in_process(server.scim_url(), Auth::Bearer(server.token().into()), service.clone());
        let events = Target::in_process(server.events_url(), Auth::Bearer(server.api_key().into()), service);
        // The time limit is not what is tested: a wait takes no time.
        let check = check_target(target).tags("@server").time_limit(Duration::from_hours(24));
        let run = set(check.events_from(with_events.then_some(events))).run_here().await.unwrap();
        (run, load, began.elapsed())
    })
}

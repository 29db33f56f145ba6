//! The HTTP kit under an application that is not the reference.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::future::join_all;
use scimulate::base::SystemClock;
use scimulate::http::{Application, Metrics, Refusal, ResponseBudget, Server, Service, TransportBounds};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket};

use crate::support::LONG;

/// Bytes of one response.
const RESPONSE: usize = 12 * 1024 * 1024;
/// Responses that the budget has bytes for.
const AFFORDABLE: usize = 3;

/// An application with plain-text errors.
struct Plain;

impl Application for Plain {
    fn refuse(&self, refusal: &Refusal) -> Response {
        refusal.plain_response()
    }
}

/// Counts the responses in memory.
#[derive(Default)]
struct InMemory {
    now: AtomicUsize,
    most: AtomicUsize,
    built: AtomicUsize,
}

/// The bytes of one response, which count while they are in memory.
struct Counted {
    count: Arc<InMemory>,
    bytes: Vec<u8>,
}

impl Counted {
    fn new(count: Arc<InMemory>) -> Self {
        let now = count.now.fetch_add(1, Ordering::SeqCst) + 1;
        count.most.fetch_max(now, Ordering::SeqCst);
        count.built.fetch_add(1, Ordering::SeqCst);
        Self { count, bytes: vec![b'x'; RESPONSE] }
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count.now.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn large(State((budget, count)): State<(ResponseBudget, Arc<InMemory>)>) -> Response {
    match budget.reserve(RESPONSE).await {
        Ok(reservation) => reservation.attach(Body::from(Bytes::from_owner(Counted::new(count))).into_response()),
        Err(refusal) => refusal.plain_response(),
    }
}

#[tokio::test]
async fn the_bytes_of_unread_responses_are_bounded_and_every_client_has_its_turn() {
    let (budget, count) = (ResponseBudget::new(AFFORDABLE * RESPONSE), Arc::new(InMemory::default()));
    let router = Router::new().route("/", get(large)).with_state((budget.clone(), Arc::clone(&count)));
    let metrics = Arc::new(Metrics::new("test", |_| "/"));
    let service = Service::new(router, Arc::new(Plain), metrics, Arc::new(SystemClock), budget.clone());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let bounds = TransportBounds { write_timeout: Duration::from_millis(100), ..TransportBounds::default() };
    let server = Server::new(service.handler()).bounds(bounds).budget(budget);
    tokio::spawn(server.run(listener, std::future::pending()));
    // Clients that read nothing: each is cut off after the write time-out, and the next one has its turn.
    let clients = 4 * AFFORDABLE;
    let deaf = (0..clients).map(async |_| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        stream.ready(tokio::io::Interest::ERROR).await.unwrap();
    });
    tokio::time::timeout(LONG, join_all(deaf)).await.expect("a client was never cut off");
    assert_eq!(count.built.load(Ordering::SeqCst), clients);
    let most = count.most.load(Ordering::SeqCst);
    assert!(most <= AFFORDABLE, "{most} responses were in memory at once");
}

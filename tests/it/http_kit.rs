//! The HTTP kit under an application that is not the reference.

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
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
use futures::stream;
use scimulate::base::SystemClock;
use scimulate::http::{Application, Handler, Metrics, Refusal, ResponseBudget, Server, Service, TransportBounds};
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

/// Pieces of a response, and how many were produced in a row without a turn of another task.
struct Burst {
    turns: Arc<AtomicUsize>,
    last_turn: usize,
    length: usize,
    longest: Arc<AtomicUsize>,
}

impl Burst {
    fn next_piece(&mut self) -> Bytes {
        static PIECE: [u8; 65_536] = [0; 65_536];
        let turn = self.turns.load(Ordering::SeqCst);
        self.length = if turn == self.last_turn { self.length + 1 } else { 1 };
        self.last_turn = turn;
        self.longest.fetch_max(self.length, Ordering::SeqCst);
        Bytes::from_static(&PIECE)
    }
}

/// One thread serves everything here, so a connection that writes without a pause would stop all others.
#[tokio::test]
async fn a_fast_reader_leaves_turns_to_other_tasks() {
    const PIECES: usize = 400;
    let (turns, longest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, measured) = (Arc::clone(&turns), Arc::clone(&longest));
    let handler = Handler::new(move |_| {
        let (turns, longest) = (Arc::clone(&counted), Arc::clone(&measured));
        let mut burst = Burst { turns, last_turn: 0, length: 0, longest };
        let pieces = stream::iter((0..PIECES).map(move |_| Ok::<_, Infallible>(burst.next_piece())));
        async move { Response::new(Body::from_stream(pieces)) }
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(Server::new(handler).run(listener, std::future::pending()));
    tokio::spawn(async move {
        loop {
            turns.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    let reading = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        received.len()
    });
    assert!(reading.await.unwrap() > PIECES * 65_536);
    let longest = longest.load(Ordering::SeqCst);
    assert!(longest <= 16, "{longest} pieces were written in a row");
}

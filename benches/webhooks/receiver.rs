//! The receiver of all webhooks: a bare axum server on a thread of this process, which notes when each event arrives.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use bytes::Bytes;

pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The first arrival of an event about each external ID.
    arrivals: HashMap<String, Instant>,
    count: usize,
    last: Option<Instant>,
}

impl Receiver {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            // The load must not wait for the receiver of a hundred endpoints, which shares its CPU.
            #[cfg(target_os = "linux")]
            rustix::process::setpriority_process(None, 5).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let app = Router::new().fallback(move |body: Bytes| {
                    shared.lock().unwrap().note(&body);
                    std::future::ready("noted")
                });
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self { address, state }
    }

    /// Forgets all arrivals.
    pub fn begin(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    /// Returns the number of webhooks since [`Receiver::begin`].
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().count
    }

    pub fn arrival(&self, external_id: &str) -> Option<Instant> {
        self.state.lock().unwrap().arrivals.get(external_id).copied()
    }

    /// Waits until this many different events have arrived, but not longer than `most`.
    pub fn wait_for(&self, events: usize, most: Duration) {
        let begin = Instant::now();
        while self.state.lock().unwrap().arrivals.len() < events && begin.elapsed() < most {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until no webhook has arrived for some time.
    pub fn wait_until_quiet(&self, time: Duration) {
        let is_quiet = || self.state.lock().unwrap().last.is_none_or(|last| last.elapsed() > time);
        while !is_quiet() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl State {
    fn note(&mut self, body: &[u8]) {
        let now = Instant::now();
        self.count += 1;
        self.last = Some(now);
        let name = b"\"idp_id\":\"";
        if let Some(at) = body.windows(name.len()).position(|part| part == name) {
            let id = body[at + name.len()..].split(|byte| *byte == b'"').next().unwrap_or_default();
            self.arrivals.entry(String::from_utf8_lossy(id).into_owned()).or_insert(now);
        }
    }
}

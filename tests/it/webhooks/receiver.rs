//! A receiver of webhooks that hands each request to the test.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use scimulate::base::Secret;
use scimulate::events::signature;
use serde_json::Value;
use tokio::sync::mpsc;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// The time after which a test fails because no webhook came.
const PATIENCE: Duration = Duration::from_secs(20);

/// A receiver on a free port.
pub(crate) struct Receiver {
    server: MockServer,
    requests: mpsc::UnboundedReceiver<Request>,
    gate: Option<std::sync::mpsc::Sender<()>>,
}

impl Receiver {
    /// Starts a receiver that responds with these statuses in turn, then with 200.
    pub(crate) async fn start(statuses: &[u16]) -> Self {
        Self::with(statuses, None).await
    }

    /// Starts a receiver that responds with 200, to each request only after [`open`](Self::open).
    pub(crate) async fn gated() -> Self {
        let (gate, opened) = std::sync::mpsc::channel();
        Self { gate: Some(gate), ..Self::with(&[], Some(opened)).await }
    }

    async fn with(statuses: &[u16], opened: Option<std::sync::mpsc::Receiver<()>>) -> Self {
        let server = MockServer::start().await;
        let (sender, requests) = mpsc::unbounded_channel();
        let mut left: Vec<u16> = statuses.to_vec();
        left.reverse();
        let (left, opened) = (Mutex::new(left), opened.map(Mutex::new));
        let respond = move |request: &Request| {
            let _ = sender.send(request.clone());
            if let Some(opened) = &opened {
                // The server has a thread of its own. At the end of the test the gate is gone.
                let _ = opened.lock().unwrap().recv();
            }
            let status = left.lock().unwrap().pop().unwrap_or(200);
            ResponseTemplate::new(status).insert_header("location", "/elsewhere").set_body_string("noted")
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        Self { server, requests, gate: None }
    }

    /// Lets a gated receiver respond to one request.
    pub(crate) fn open(&self) {
        self.gate.as_ref().expect("the receiver is not gated").send(()).unwrap();
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/hook", self.server.uri())
    }

    /// Waits for the next request.
    pub(crate) async fn request(&mut self) -> Request {
        tokio::time::timeout(PATIENCE, self.requests.recv()).await.expect("no request came").unwrap()
    }

    /// Waits for the next request, verifies its signature, and returns its event.
    pub(crate) async fn event(&mut self, secret: &str) -> Value {
        let request = self.request().await;
        assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/hook"));
        let signed = request.headers[signature::HEADER].to_str().unwrap();
        let (secret, now) = (Secret::new(secret), Timestamp::now());
        signature::verify(&secret, signed, &request.body, now, signature::TOLERANCE).unwrap();
        serde_json::from_slice(&request.body).unwrap()
    }

    /// Returns the number of requests that have arrived and were not taken.
    pub(crate) fn waiting(&self) -> usize {
        self.requests.len()
    }
}

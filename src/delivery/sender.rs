//! One attempt to deliver an event.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use reqwest::{Client, RequestBuilder, Response, Url};
use tokio::time::timeout_at;

use super::reuse::{IDLE_TIME, UsedConnections};
use super::tail::Outgoing;
use super::target::{self, GuardedResolver};
use crate::base::clock::elapsed_ms;
use crate::base::{Clock, Secret, limits};
use crate::directory::webhook::{Attempt, AttemptCause, WebhookEndpoint};
use crate::events::signature;

/// The `User-Agent` of deliveries.
const AGENT: &str = concat!("scimulate-webhooks/", env!("CARGO_PKG_VERSION"));
/// The media type of a security event token (RFC 8935 section 2.1).
const TOKEN: &str = "application/secevent+jwt";

/// One request to a receiver.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shipment<'a> {
    pub(super) url: &'a str,
    pub(super) event: &'a Outgoing,
    pub(super) proof: Proof<'a>,
}

/// The means by which a receiver verifies a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof<'a> {
    /// The body of a webhook is signed with the secret of its endpoint.
    Signature(&'a Secret),
    /// A security event token is signed itself. The receiver may require this value of `Authorization`, too.
    Token(Option<&'a Secret>),
}

impl<'a> Shipment<'a> {
    /// Builds the request that delivers an event to a webhook endpoint.
    pub(super) const fn webhook(endpoint: &'a WebhookEndpoint, event: &'a Outgoing) -> Self {
        Self { url: endpoint.url.as_str(), event, proof: Proof::Signature(&endpoint.secret) }
    }
}

/// Sends events to endpoints.
#[derive(Debug)]
pub(super) struct Sender {
    clock: Arc<dyn Clock>,
    allow_private: bool,
    /// The clients for HTTP and for HTTPS that keep connections.
    keeping: [LazyClient; 2],
    /// The clients for HTTP and for HTTPS that open a connection for each request.
    fresh: [LazyClient; 2],
    used: UsedConnections,
}

/// A client that is built with its first request: reading the certificates of the system takes a while.
type LazyClient = OnceLock<Result<Client, String>>;

/// The connections of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connections {
    /// Kept for the next request.
    Kept,
    /// A new one for each request.
    Fresh,
}

/// The part of a response that the log of attempts keeps.
struct Received {
    status: u16,
    body: String,
}

impl Sender {
    pub(super) fn new(clock: Arc<dyn Clock>, allow_private: bool) -> Self {
        let (keeping, fresh, used) = Default::default();
        Self { clock, allow_private, keeping, fresh, used }
    }

    /// Makes one attempt. Its failure is an outcome, not an error.
    pub(super) async fn send(&self, shipment: Shipment<'_>, cause: AttemptCause, number: u32) -> Attempt {
        let (at, start) = (self.clock.now(), Instant::now());
        let (status, error, response) = match self.deliver(shipment).await {
            Ok(Received { status, body }) => (Some(status), None, body),
            Err(error) => (None, Some(error), String::new()),
        };
        Attempt {
            event_id: shipment.event.id.clone(),
            event: shipment.event.name.clone(),
            cause,
            number,
            at,
            duration_ms: elapsed_ms(start),
            status,
            error,
            response,
        }
    }

    /// Sends the request, and receives its response within the time limit.
    async fn deliver(&self, shipment: Shipment<'_>) -> Result<Received, String> {
        let deadline = tokio::time::Instant::now() + limits::WEBHOOK_TIMEOUT;
        match timeout_at(deadline, self.post(shipment)).await {
            Ok(response) => Ok(receive(response?, deadline).await),
            Err(_) => Err(format!("no response in {} s", limits::WEBHOOK_TIMEOUT.as_secs())),
        }
    }

    /// Sends the request. If a kept connection was closed, sends it once more on a new one: a receiver must expect an event
    /// twice anyway.
    async fn post(&self, shipment: Shipment<'_>) -> Result<Response, String> {
        let url = target::parse(shipment.url).map_err(|error| error.to_string())?;
        // The resolver checks new connections only.
        target::check(&url, self.allow_private).await.map_err(|error| error.to_string())?;
        let mut sent = self.request(Connections::Kept, &url, shipment)?.send().await;
        if sent.as_ref().is_err_and(|error| self.used.explain(error)) {
            sent = self.request(Connections::Fresh, &url, shipment)?.send().await;
        }
        let response = sent.map_err(|error| cause(&error))?;
        self.used.remember(&response);
        Ok(response)
    }

    fn request(&self, connections: Connections, url: &Url, shipment: Shipment<'_>) -> Result<RequestBuilder, String> {
        let client = self.client(url.scheme() == "https", connections)?;
        let body = shipment.event.body.clone();
        let request = client.post(url.clone()).header(USER_AGENT, AGENT);
        let request = match shipment.proof {
            Proof::Signature(secret) => {
                // A new signature each time: receivers reject those that are older than a few minutes.
                let signed = signature::sign(secret, self.clock.now(), &body);
                request.header(CONTENT_TYPE, "application/json").header(signature::HEADER, signed)
            }
            Proof::Token(authorization) => {
                let request = request.header(CONTENT_TYPE, TOKEN).header(ACCEPT, "application/json");
                match authorization {
                    Some(value) => request.header(AUTHORIZATION, value.expose()),
                    None => request,
                }
            }
        };
        Ok(request.body(body))
    }

    fn client(&self, tls: bool, connections: Connections) -> Result<Client, String> {
        let [plain, secure] = match connections {
            Connections::Kept => &self.keeping,
            Connections::Fresh => &self.fresh,
        };
        let client = if tls { secure } else { plain };
        client.get_or_init(|| self::client(tls, self.allow_private, connections)).clone()
    }
}

/// Reads the beginning of the body until the deadline. The status has arrived and alone decides, so a body that is
/// incomplete is no error.
async fn receive(mut response: Response, deadline: tokio::time::Instant) -> Received {
    let mut kept = Vec::new();
    while kept.len() < limits::WEBHOOK_RESPONSE_BYTES {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => kept.extend_from_slice(&chunk),
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    kept.truncate(limits::WEBHOOK_RESPONSE_BYTES);
    Received { status: response.status().as_u16(), body: String::from_utf8_lossy(&kept).into_owned() }
}

/// Builds a client that follows no redirect.
pub(super) fn client(tls: bool, allow_private: bool, connections: Connections) -> Result<Client, String> {
    // The first caller in the process installs the TLS provider; later calls fail, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_idle_timeout(IDLE_TIME)
        .dns_resolver(GuardedResolver { allow_private });
    // Plain HTTP must work on a machine without any certificate authority.
    let builder = if tls { builder } else { builder.tls_certs_only([]) };
    let builder = match connections {
        Connections::Kept => builder,
        Connections::Fresh => builder.pool_max_idle_per_host(0),
    };
    builder.build().map_err(|error| cause(&error))
}

/// Returns the innermost error, because reqwest's outer messages only repeat the URL.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut inner: &(dyn std::error::Error + 'static) = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::StreamExt as _;
    use jiff::Timestamp;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::base::{Secret, SystemClock};

    fn endpoint(listener: &TcpListener) -> WebhookEndpoint {
        let now = Timestamp::UNIX_EPOCH;
        WebhookEndpoint {
            id: "we_1".to_owned(),
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            secret: Secret::new("whsec_1"),
            is_enabled: true,
            events: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    fn event() -> Outgoing {
        Outgoing { id: "event_1".to_owned(), name: "dsync.user.created".to_owned(), body: "{}".into() }
    }

    /// Accepts connections and counts them. Responds with 200 to this many requests on each, and closes it after the first
    /// bytes of the next one.
    async fn receive_some(listener: TcpListener, served: usize, connections: &Cell<usize>) {
        let mut open = tokio::task::JoinSet::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections.set(connections.get() + 1);
            open.spawn(async move {
                let (mut request, mut left) = (Vec::new(), served);
                while stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) && left > 0 {
                    if request.ends_with(b"\r\n\r\n{}") {
                        request.clear();
                        left -= 1;
                        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
                    }
                }
            });
        }
    }

    /// Sends events, half of them as security event tokens, to a receiver that serves this many requests on each connection.
    /// Returns the attempts and the number of connections.
    async fn attempts(events: usize, served: usize) -> (Vec<Attempt>, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (endpoint, event, sender) = (endpoint(&listener), event(), Sender::new(Arc::new(SystemClock), true));
        let connections = Cell::new(0);
        let send = async {
            let webhook = Shipment::webhook(&endpoint, &event);
            let token = Shipment { proof: Proof::Token(None), ..webhook };
            let mut attempts = Vec::new();
            for shipment in [webhook, token].into_iter().cycle().take(events) {
                attempts.push(sender.send(shipment, AttemptCause::Event, 1).await);
            }
            attempts
        };
        let attempts = tokio::select! {
            () = receive_some(listener, served, &connections) => Vec::new(),
            attempts = send => attempts,
        };
        (attempts, connections.get())
    }

    const EVENTS: usize = 20;

    #[tokio::test]
    async fn a_connection_is_used_for_several_events() {
        let (attempts, connections) = attempts(EVENTS, usize::MAX).await;
        assert!(attempts.iter().all(Attempt::is_delivered), "{attempts:?}");
        // A connection may return too late for the next event, but not each time.
        assert!(connections < EVENTS, "each event had a connection of its own");
    }

    #[tokio::test]
    async fn a_kept_connection_that_is_closed_is_no_failed_attempt() {
        let (attempts, _) = attempts(EVENTS, 1).await;
        assert_eq!(attempts.len(), EVENTS);
        assert!(attempts.iter().all(Attempt::is_delivered), "{attempts:?}");
    }

    #[tokio::test]
    async fn a_new_connection_that_is_closed_is_a_failed_attempt() {
        let (attempts, connections) = attempts(2, 0).await;
        assert!(attempts.iter().all(|attempt| !attempt.is_delivered() && attempt.error.is_some()), "{attempts:?}");
        assert_eq!((attempts.len(), connections), (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_counts_although_the_body_does_not_end() {
        let begun = futures::stream::iter([Ok::<_, std::io::Error>("not")]);
        let body = reqwest::Body::wrap_stream(begun.chain(futures::stream::pending()));
        let response = http::Response::builder().status(202).body(body).unwrap();
        let deadline = tokio::time::Instant::now() + limits::WEBHOOK_TIMEOUT;
        let received = receive(response.into(), deadline).await;
        assert_eq!((received.status, received.body.as_str()), (202, "not"));
    }
}

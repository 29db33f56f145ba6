//! One attempt to deliver an event.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};

use super::tail::Outgoing;
use super::target::{self, GuardedResolver};
use crate::base::clock::elapsed_ms;
use crate::base::{Clock, Secret, limits};
use crate::directory::webhook::{Attempt, AttemptCause, WebhookEndpoint};
use crate::events::signature;

/// The `User-Agent` of deliveries.
const AGENT: &str = concat!("scimulate-webhooks/", env!("CARGO_PKG_VERSION"));
/// The time for which a connection is kept for the next event. Receivers keep idle connections for longer, so that none closes a
/// connection at the moment of its next use.
const IDLE_TIME: Duration = Duration::from_secs(1);

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
    /// Built with the first delivery: reading the certificates of the system takes a while.
    clients: [OnceLock<Result<Client, String>>; 2],
}

/// The part of a response that the log of attempts keeps.
struct Received {
    status: u16,
    body: String,
}

impl Sender {
    pub(super) fn new(clock: Arc<dyn Clock>, allow_private: bool) -> Self {
        Self { clock, allow_private, clients: [OnceLock::new(), OnceLock::new()] }
    }

    /// Makes one attempt. Its failure is an outcome, not an error.
    pub(super) async fn send(&self, shipment: Shipment<'_>, cause: AttemptCause, number: u32) -> Attempt {
        let (at, start) = (self.clock.now(), Instant::now());
        let result = tokio::time::timeout(limits::WEBHOOK_TIMEOUT, self.post(shipment));
        let (status, error, response) = match result.await {
            Ok(Ok(Received { status, body })) => (Some(status), None, body),
            Ok(Err(error)) => (None, Some(error), String::new()),
            Err(_) => {
                let seconds = limits::WEBHOOK_TIMEOUT.as_secs();
                (None, Some(format!("no complete response in {seconds} s")), String::new())
            }
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

    async fn post(&self, shipment: Shipment<'_>) -> Result<Received, String> {
        let url = target::parse(shipment.url).map_err(|error| error.to_string())?;
        // The resolver checks new connections only.
        target::check(&url, self.allow_private).await.map_err(|error| error.to_string())?;
        let client = self.client(url.scheme() == "https")?;
        let body = shipment.event.body.clone();
        let request = client.post(url).header(USER_AGENT, AGENT);
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
        let mut response = request.body(body).send().await.map_err(|error| cause(&error))?;
        let mut kept = Vec::new();
        while kept.len() < limits::WEBHOOK_RESPONSE_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => kept.extend_from_slice(&chunk),
                // After an error, the status has arrived nevertheless, and it alone decides.
                Ok(None) | Err(_) => break,
            }
        }
        kept.truncate(limits::WEBHOOK_RESPONSE_BYTES);
        Ok(Received { status: response.status().as_u16(), body: String::from_utf8_lossy(&kept).into_owned() })
    }

    fn client(&self, tls: bool) -> Result<Client, String> {
        let [plain, secure] = &self.clients;
        let client = if tls { secure } else { plain };
        client.get_or_init(|| self::client(tls, self.allow_private)).clone()
    }
}

/// Builds a client that follows no redirect.
pub(super) fn client(tls: bool, allow_private: bool) -> Result<Client, String> {
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
    use jiff::Timestamp;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::base::{Secret, SystemClock};

    /// Accepts connections and counts them, and responds to each request with 200.
    async fn receive(listener: TcpListener, connections: &std::cell::Cell<usize>) {
        let mut open = tokio::task::JoinSet::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections.set(connections.get() + 1);
            open.spawn(async move {
                let mut request = Vec::new();
                while stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
                    if request.ends_with(b"\r\n\r\n{}") {
                        request.clear();
                        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
                    }
                }
            });
        }
    }

    #[tokio::test]
    async fn a_connection_is_used_for_several_events() {
        const EVENTS: usize = 20;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let endpoint = WebhookEndpoint {
            id: "we_1".to_owned(),
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            secret: Secret::new("whsec_1"),
            is_enabled: true,
            events: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        let event = Outgoing { id: "event_1".to_owned(), name: "dsync.user.created".to_owned(), body: "{}".into() };
        let sender = Sender::new(Arc::new(SystemClock), true);
        let connections = std::cell::Cell::new(0);
        let send = async {
            for _ in 0..EVENTS {
                let attempt = sender.send(Shipment::webhook(&endpoint, &event), AttemptCause::Event, 1).await;
                assert!(attempt.is_delivered(), "{attempt:?}");
            }
        };
        tokio::select! {
            () = receive(listener, &connections) => {}
            () = send => {}
        }
        // A connection may return too late for the next event, but not each time.
        assert!(connections.get() < EVENTS, "each event had a connection of its own");
    }
}

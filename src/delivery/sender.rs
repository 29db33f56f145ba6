//! One attempt to deliver an event.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};

use super::target::{self, GuardedResolver};
use crate::base::clock::elapsed_ms;
use crate::base::{Clock, limits};
use crate::directory::webhook::{Attempt, AttemptCause, WebhookEndpoint};
use crate::events::{Event, signature};

/// The `User-Agent` of deliveries.
const AGENT: &str = concat!("scimulate-webhooks/", env!("CARGO_PKG_VERSION"));

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
    pub(super) async fn send(
        &self,
        endpoint: &WebhookEndpoint,
        event: &Event,
        cause: AttemptCause,
        number: u32,
    ) -> Attempt {
        let (at, start) = (self.clock.now(), Instant::now());
        let result = tokio::time::timeout(limits::WEBHOOK_TIMEOUT, self.post(endpoint, event));
        let (status, error, response) = match result.await {
            Ok(Ok(Received { status, body })) => (Some(status), None, body),
            Ok(Err(error)) => (None, Some(error), String::new()),
            Err(_) => {
                let seconds = limits::WEBHOOK_TIMEOUT.as_secs();
                (None, Some(format!("no complete response in {seconds} s")), String::new())
            }
        };
        Attempt {
            event_id: event.id.clone(),
            event: event.event.clone(),
            cause,
            number,
            at,
            duration_ms: elapsed_ms(start),
            status,
            error,
            response,
        }
    }

    async fn post(&self, endpoint: &WebhookEndpoint, event: &Event) -> Result<Received, String> {
        let url = target::parse(&endpoint.url).map_err(|error| error.to_string())?;
        target::check_literal(&url, self.allow_private).map_err(|error| error.to_string())?;
        let client = self.client(url.scheme() == "https")?;
        let body = event.to_json().to_string();
        // A new signature each time: receivers reject those that are older than a few minutes.
        let signed = signature::sign(&endpoint.secret, self.clock.now(), body.as_bytes());
        let request = client
            .post(url)
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, "application/json")
            .header(signature::HEADER, signed)
            .body(body);
        let mut response = request.send().await.map_err(|error| cause(&error))?;
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

/// Builds a client that keeps no connection and follows no redirect.
pub(super) fn client(tls: bool, allow_private: bool) -> Result<Client, String> {
    // The first caller in the process installs the TLS provider; later calls fail, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        // Each attempt resolves and checks its target, so no connection is used twice.
        .pool_max_idle_per_host(0)
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

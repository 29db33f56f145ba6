//! Sends requests and records the exchanges.
//!
//! A client never follows a redirect (a 3xx is an answer like any other, and credentials stay with the host that they
//! were given for), never retries, never asks the environment for a proxy, and always comes back: within the target's
//! timeout, with at most [`limits::ANSWER_BYTES`] unpacked bytes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::exchange::{Exchange, Failure, Method, Request, Response};
use super::{Auth, Ledger, Stop, Target, redact};
use crate::base::{Clock, SystemClock, limits};

/// How many exchanges a transcript that nobody takes may hold; the oldest goes first.
const TRANSCRIPT: usize = 10_000;

/// A client of one target. Clones share connections, transcript, ledger and stop.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use scimulate::wire::{Auth, Client, Failure, Target};
///
/// // Nobody listens on port 1: a failure is a value that says what was seen.
/// let client = Client::new(Target::new("http://127.0.0.1:1/scim/v2", Auth::Bearer("t".into())))?;
/// let exchange = client.get("/Users?startIndex=1&count=2").await;
/// assert!(matches!(exchange.outcome, Err(Failure::Connect(_))));
/// assert!(exchange.curl().contains("Bearer $TOKEN"));
/// assert_eq!(client.take_transcript().len(), 1);
/// # Ok::<(), String>(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    target: Arc<Target>,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    ledger: Option<Ledger>,
    stop: Stop,
    transcript: Arc<Mutex<Vec<Exchange>>>,
}

impl Client {
    /// A client without a ledger (it may change everything) and without a time limit.
    ///
    /// # Errors
    /// The certificate file can't be read or holds none: a sentence that names it.
    pub fn new(target: Target) -> Result<Self, String> {
        let http = connector(&target)?;
        Ok(Self {
            target: Arc::new(target),
            http,
            clock: Arc::new(SystemClock),
            ledger: None,
            stop: Stop::new(),
            transcript: Arc::default(),
        })
    }

    /// Changes only what stands in the ledger, and enters there what it makes.
    #[must_use]
    pub fn with_ledger(self, ledger: Ledger) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// Stops together with all who share this.
    #[must_use]
    pub fn with_stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Takes the time of exchanges from here.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The same connections, ledger and stop with a transcript of its own: one for each scenario.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { transcript: Arc::default(), ledger: self.ledger.as_ref().map(Ledger::fork), ..self.clone() }
    }

    /// The same server and everything else, with other credentials.
    #[must_use]
    pub fn with_auth(&self, auth: Auth) -> Self {
        Self { target: Arc::new(Target { auth, ..(*self.target).clone() }), ..self.clone() }
    }

    /// Whom it talks to.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether and why it sends nothing any more.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// What this run made, if it is being watched.
    #[must_use]
    pub fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// The exchanges since the last taking, in order of their ends.
    #[must_use]
    pub fn take_transcript(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.transcript.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// `GET`, in the harness's own name; see [`Request::scim`].
    pub async fn get(&self, path: &str) -> Exchange {
        self.send(Request::scim(Method::Get, path, None)).await
    }

    /// `POST`, in the harness's own name.
    pub async fn post(&self, path: &str, body: &Value) -> Exchange {
        self.send(Request::scim(Method::Post, path, Some(body))).await
    }

    /// `PUT`, in the harness's own name.
    pub async fn put(&self, path: &str, body: &Value) -> Exchange {
        self.send(Request::scim(Method::Put, path, Some(body))).await
    }

    /// `PATCH`, in the harness's own name.
    pub async fn patch(&self, path: &str, body: &Value) -> Exchange {
        self.send(Request::scim(Method::Patch, path, Some(body))).await
    }

    /// `DELETE`, in the harness's own name.
    pub async fn delete(&self, path: &str) -> Exchange {
        self.send(Request::scim(Method::Delete, path, None)).await
    }

    /// Sends a request. It always comes back, within the target's timeout and the time limit.
    pub async fn send(&self, request: Request) -> Exchange {
        let (at, began) = (self.clock.now(), Instant::now());
        let (outcome, sent) = self.attempt(&request).await;
        self.stop.count(outcome.as_ref().err());
        if let (Some(ledger), Ok(answer)) = (&self.ledger, &outcome) {
            ledger.learn(&request, answer);
        }
        let exchange = Exchange {
            url: format!("{}{}", self.target.base, request.path),
            request,
            sent_headers: sent
                .into_iter()
                .map(|(name, value)| {
                    let shown = redact::header(&name, &value);
                    (name, shown)
                })
                .collect(),
            outcome,
            at,
            duration: began.elapsed(),
        };
        let mut transcript = self.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        if transcript.len() >= TRANSCRIPT {
            transcript.remove(0);
        }
        transcript.push(exchange.clone());
        exchange
    }

    async fn attempt(&self, request: &Request) -> (Result<Response, Failure>, Vec<(String, String)>) {
        let headers = self.headers(request);
        if let Some(reason) = self.stop.reason() {
            return (Err(Failure::GivenUp(reason)), headers);
        }
        if let Some(Err(refused)) = self.ledger.as_ref().map(|ledger| ledger.judge(request)) {
            return (Err(refused), headers);
        }
        let built = match self.build(request, &headers) {
            Ok(built) => built,
            Err(reason) => return (Err(Failure::Unsendable(reason)), headers),
        };
        let (limit, late) = match self.stop.left() {
            Some(left) if left < self.target.timeout => (left, Failure::OutOfTime),
            _ => (self.target.timeout, Failure::Timeout(self.target.timeout)),
        };
        let whole =
            async { read(self.http.execute(built).await.map_err(|error| failure(&error, &self.target))?).await };
        let outcome = tokio::time::timeout(limit, whole).await.unwrap_or(Err(late));
        (outcome, headers)
    }

    /// The headers in wire order, with the marked places filled; what is not marked is added behind.
    fn headers(&self, request: &Request) -> Vec<(String, String)> {
        let length = request.body.as_ref().map(|body| body.len().to_string());
        let mut own = vec![
            ("Authorization", self.target.auth.header()),
            ("Host", host(&self.target.base)),
            ("Content-Length", length),
        ];
        let mut headers = Vec::new();
        let extra = |name: &str| self.target.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        for (name, value) in &request.headers {
            let mine = own.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name));
            match (mine, value.is_empty()) {
                (Some((_, value)), true) => headers.extend(value.take().map(|value| (name.clone(), value))),
                (Some((_, mine)), false) => {
                    *mine = None;
                    headers.push((name.clone(), value.clone()));
                }
                (None, _) => headers.push((name.clone(), value.clone())),
            }
        }
        headers.extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        headers.retain(|(name, _)| !extra(name));
        headers.extend(self.target.headers.iter().cloned());
        headers
    }

    fn build(&self, request: &Request, headers: &[(String, String)]) -> Result<reqwest::Request, String> {
        let url = format!("{}{}", self.target.base, request.path);
        // A URL parser would silently take dot segments away, and the request would go to another resource.
        let dots = request.subject().1.is_some_and(|id| id.split('/').any(|part| part == "." || part == ".."));
        if dots {
            return Err(format!("{} holds a dot segment", request.path));
        }
        let url = reqwest::Url::parse(&url).map_err(|error| format!("{url:?} is no URL: {error}"))?;
        let method =
            reqwest::Method::from_bytes(request.method.as_str().as_bytes()).map_err(|error| error.to_string())?;
        let mut built = reqwest::Request::new(method, url);
        let mut map = HeaderMap::with_capacity(headers.len());
        for (name, value) in headers {
            let bad = |error: &dyn std::fmt::Display| format!("the header {name} can't be sent: {error}");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| bad(&error))?;
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|error| bad(&error))?);
        }
        *built.headers_mut() = map;
        *built.body_mut() = request.body.clone().map(reqwest::Body::from);
        Ok(built)
    }
}

/// `host:port` as a Host header says it.
fn host(base: &str) -> Option<String> {
    let url = reqwest::Url::parse(base).ok()?;
    let name = url.host_str()?;
    Some(url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
}

async fn read(mut response: reqwest::Response) -> Result<Response, Failure> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::Cut(causes(&error)))? {
        if body.len() + chunk.len() > limits::ANSWER_BYTES {
            return Err(Failure::TooLarge(limits::ANSWER_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

fn failure(error: &reqwest::Error, target: &Target) -> Failure {
    if error.is_builder() {
        return Failure::Unsendable(causes(error));
    }
    if error.is_connect() {
        let place = host(&target.base).unwrap_or_else(|| target.base.clone());
        return Failure::Connect(format!("{place}: {}", causes(error)));
    }
    Failure::Cut(causes(error))
}

/// The innermost cause: reqwest's outer sentences only repeat the URL.
fn causes(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

fn connector(target: &Target) -> Result<reqwest::Client, String> {
    // The first of main, tests and a library's user to come here installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = target.ca_cert.as_deref().map(authorities).transpose()?.unwrap_or_default();
    let plain = || {
        reqwest::Client::builder()
            .http1_only()
            .http1_title_case_headers()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .gzip(true)
            .deflate(true)
            .tls_danger_accept_invalid_certs(target.insecure)
    };
    let failed = |error: reqwest::Error| format!("the HTTP client can't be set up: {}", causes(&error));
    if target.base.starts_with("http://") {
        // A machine without any certificate authority can still talk plain HTTP.
        return plain().tls_certs_only(own).build().map_err(failed);
    }
    plain().tls_certs_merge(own).build().map_err(failed)
}

/// The certificate authorities of a PEM file.
pub(super) fn authorities(file: &Path) -> Result<Vec<reqwest::Certificate>, String> {
    let shown = file.display();
    let pem = std::fs::read(file).map_err(|error| format!("{shown} can't be read: {error}"))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem)
        .map_err(|error| format!("{shown} holds no certificate in PEM form: {error}"))?;
    if certificates.is_empty() {
        return Err(format!("{shown} holds no certificate in PEM form"));
    }
    Ok(certificates)
}

//! Sends requests and records the exchanges.
//!
//! A client never follows a redirect (a 3xx is a response like any other, and credentials stay with their host), repeats a
//! request only under a [`Politeness`] policy, and never uses a proxy from the environment. Every request ends within the target's timeout, with at most
//! [`limits::CLIENT_RESPONSE_BYTES`] decompressed bytes. All waiting is on Tokio's clock, which a test can pause if the target is a
//! [`Service`](super::Service).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::diagnosis::Diagnosis;
use super::exchange::{Exchange, Response};
use super::failure::{Failure, TargetError};
use super::ledger::Ledger;
use super::limiter::Limiter;
use super::planned_fault::{FaultEffect, PlannedFaults, wrong};
use super::politeness::{LONGEST_WAIT, Origin, Politeness};
use super::redact;
use super::request::{Method, Request};
use super::stop::Stop;
use super::target::{Auth, Target};
use super::transport::{Transport, cause, host};
use crate::base::{Clock, SystemClock, limits};

/// The maximum number of exchanges in a transcript; the oldest is dropped first.
const TRANSCRIPT: usize = 10_000;

/// A client of one target. Clones share connections, transcript, ledger, limiter and stop.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use scimulate::wire::{Auth, Client, Failure, Target};
///
/// // Nothing listens on port 1. A failure is a value, not an error.
/// let client = Client::new(Target::new("http://127.0.0.1:1/scim/v2", Auth::Bearer("t".into())))?;
/// let exchange = client.get("/Users?startIndex=1&count=2").await;
/// assert!(matches!(exchange.outcome, Err(Failure::Connect(_))));
/// assert!(exchange.curl().contains("Bearer $TOKEN"));
/// assert_eq!(client.take_transcript().len(), 1);
/// # Ok::<(), scimulate::wire::TargetError>(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    target: Arc<Target>,
    /// The `Host` header.
    host: Option<Arc<str>>,
    transport: Transport,
    clock: Arc<dyn Clock>,
    ledger: Option<Ledger>,
    stop: Stop,
    politeness: Option<Politeness>,
    diagnosis: Option<Diagnosis>,
    limiter: Option<Limiter>,
    faults: Option<PlannedFaults>,
    origin: Origin,
    /// The credential as transcripts show it, if it is not that of the user.
    shown_auth: Option<String>,
    /// `None` if no transcript is kept.
    transcript: Option<Arc<Mutex<Vec<Exchange>>>>,
}

impl Client {
    /// Creates a client without a ledger, so that it may change any resource, and without a time limit.
    ///
    /// # Errors
    /// The certificate file cannot be read, or it contains no certificate.
    pub fn new(target: Target) -> Result<Self, TargetError> {
        let transport = Transport::of(&target)?;
        Ok(Self {
            host: host(&target.base).map(Arc::from),
            target: Arc::new(target),
            transport,
            clock: Arc::new(SystemClock),
            ledger: None,
            stop: Stop::new(),
            politeness: None,
            diagnosis: None,
            limiter: None,
            faults: None,
            origin: Origin::Harness,
            shown_auth: None,
            transcript: Some(Arc::default()),
        })
    }

    /// Restricts changes to the resources in this ledger, and records there what the client creates.
    #[must_use]
    pub fn with_ledger(self, ledger: Ledger) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// Stops together with all clients that share this stop.
    #[must_use]
    pub fn with_stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Waits for a target that is busy, and keeps to a rate.
    #[must_use]
    pub fn with_politeness(self, politeness: Politeness) -> Self {
        Self { politeness: Some(politeness), ..self }
    }

    /// Diagnoses requests without a response. It then decides if the run ends, in place of the number of such requests.
    #[must_use]
    pub fn with_diagnosis(self, diagnosis: Diagnosis) -> Self {
        Self { diagnosis: Some(diagnosis), ..self }
    }

    /// Sends a request only when the limiter allows another one.
    #[must_use]
    pub fn with_limiter(self, limiter: Limiter) -> Self {
        Self { limiter: Some(limiter), ..self }
    }

    /// Returns the responses of planned faults in the place of the target.
    #[must_use]
    pub fn with_faults(self, faults: PlannedFaults) -> Self {
        Self { faults: Some(faults), ..self }
    }

    /// Keeps no transcript, for a caller that takes the exchanges as they end.
    #[must_use]
    pub fn without_transcript(self) -> Self {
        Self { transcript: None, ..self }
    }

    /// Returns the same client without planned faults.
    #[must_use]
    pub fn without_faults(&self) -> Self {
        Self { faults: None, ..self.clone() }
    }

    /// Returns the planned faults, whose clock the scenario advances.
    #[must_use]
    pub const fn faults(&self) -> Option<&PlannedFaults> {
        self.faults.as_ref()
    }

    /// Returns the same client without a diagnosis, for a request whose failure is reported as it is.
    #[must_use]
    pub fn without_diagnosis(&self) -> Self {
        Self { diagnosis: None, ..self.clone() }
    }

    /// Returns a client that finds out about the target between the requests of this one.
    pub(super) fn observer(&self) -> Self {
        let timeout = self.target.timeout.min(limits::CLIENT_TIMEOUT);
        let target = Arc::new(Target { timeout, ..(*self.target).clone() });
        Self { target, origin: Origin::Harness, transcript: Some(Arc::default()), ..self.clone() }
    }

    pub(super) fn diagnosis(&self) -> Option<Diagnosis> {
        self.diagnosis.clone()
    }

    pub(super) const fn origin(&self) -> Origin {
        self.origin
    }

    /// Returns the same client for the requests of the simulated Okta, which waits this long for a response.
    #[must_use]
    pub fn for_okta(&self, timeout: Duration) -> Self {
        let target = Arc::new(Target { timeout, ..(*self.target).clone() });
        Self { target, origin: Origin::Okta, ..self.clone() }
    }

    /// Takes the timestamps of exchanges from this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Returns a client with the same connections, ledger and stop, but its own transcript: one for each scenario.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { transcript: Some(Arc::default()), ledger: self.ledger.as_ref().map(Ledger::fork), ..self.clone() }
    }

    /// Returns the same client with other credentials.
    #[must_use]
    pub fn with_auth(&self, auth: Auth) -> Self {
        Self { target: Arc::new(Target { auth, ..(*self.target).clone() }), ..self.clone() }
    }

    /// Returns a client whose transcripts show a credential as `shown`, in which `***` stands for the user's. A curl line then
    /// repeats the request with a wrong credential.
    #[must_use]
    pub fn showing_auth(&self, shown: Option<String>) -> Self {
        Self { shown_auth: shown, ..self.clone() }
    }

    /// Returns the target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the stop, which decides if requests are still sent.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Returns the ledger, if there is one.
    #[must_use]
    pub fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// Removes and returns the exchanges recorded so far, in the order in which they ended.
    #[must_use]
    pub fn take_transcript(&self) -> Vec<Exchange> {
        let taken = |kept: &Arc<Mutex<Vec<Exchange>>>| {
            std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
        };
        self.transcript.as_ref().map(taken).unwrap_or_default()
    }

    /// Sends a `GET` of the harness; see [`Request::scim`].
    pub async fn get(&self, path: &str) -> Exchange {
        self.send(Request::scim(Method::Get, path, None)).await
    }

    /// Sends a `POST` of the harness.
    pub async fn post(&self, path: &str, body: &Value) -> Exchange {
        self.send(Request::scim(Method::Post, path, Some(body))).await
    }

    /// Sends a `PUT` of the harness.
    pub async fn put(&self, path: &str, body: &Value) -> Exchange {
        self.send(Request::scim(Method::Put, path, Some(body))).await
    }

    /// Sends a `PATCH` of the harness.
    pub async fn patch(&self, path: &str, body: &Value) -> Exchange {
        self.send(Request::scim(Method::Patch, path, Some(body))).await
    }

    /// Sends a `DELETE` of the harness.
    pub async fn delete(&self, path: &str) -> Exchange {
        self.send(Request::scim(Method::Delete, path, None)).await
    }

    /// Sends a request, or records the reason why it is not sent. A request that the target was too busy for is sent again.
    pub(super) async fn transmit_politely(&self, request: Request, refused: Option<Failure>) -> Exchange {
        if refused.is_some() {
            return self.transmit_once(request, refused).await;
        }
        let Some(politeness) = &self.politeness else { return self.transmit_in_turn(request).await };
        let since = Instant::now();
        for repeats in 0.. {
            let mut exchange = self.transmit_in_turn(request.clone()).await;
            let Some((wait, reason)) = politeness.wait(&exchange, self.origin, repeats, since) else {
                return exchange;
            };
            if wait > self.stop.left().unwrap_or(LONGEST_WAIT) {
                exchange.outcome = Err(Failure::Busy(wait));
                return exchange;
            }
            politeness.pause(wait, &reason, &self.stop).await;
        }
        self.transmit_in_turn(request).await
    }

    /// Sends a request when the limiter and the rate allow it.
    async fn transmit_in_turn(&self, request: Request) -> Exchange {
        let _permit = match &self.limiter {
            Some(limiter) => Some(limiter.request().await),
            None => None,
        };
        if let Some(politeness) = &self.politeness {
            politeness.turn().await;
        }
        self.transmit_once(request, None).await
    }

    async fn transmit_once(&self, request: Request, refused: Option<Failure>) -> Exchange {
        let (at, began) = (self.clock.now(), Instant::now());
        let url = format!("{}{}", self.target.base, request.path);
        let moment = self.ledger.as_ref().filter(|_| refused.is_none()).map(|ledger| ledger.begin(&request));
        let (outcome, sent, simulated) = self.attempt_or_fault(&request, refused).await;
        if self.diagnosis.is_none() && simulated.is_none() {
            self.stop.count(outcome.as_ref().err());
        }
        if let (Some(ledger), Some(moment)) = (&self.ledger, moment) {
            match &outcome {
                Ok(response) => ledger.record(&url, &request, moment, response),
                Err(failure) => ledger.failed(&request, moment, failure),
            }
        }
        let exchange = Exchange {
            url,
            request,
            sent_headers: sent
                .into_iter()
                .map(|(name, value)| {
                    let own = self.target.headers.iter().any(|(added, _)| added.eq_ignore_ascii_case(&name));
                    let shown = match &self.shown_auth {
                        Some(shown) if name.eq_ignore_ascii_case("Authorization") => shown.clone(),
                        _ if own => redact::STARS.to_owned(),
                        _ => redact::header(&name, &value),
                    };
                    (name, shown)
                })
                .collect(),
            outcome,
            at,
            duration: began.elapsed(),
            simulated,
        };
        if let Some(transcript) = &self.transcript {
            let mut transcript = transcript.lock().unwrap_or_else(PoisonError::into_inner);
            if transcript.len() >= TRANSCRIPT {
                transcript.remove(0);
            }
            transcript.push(exchange.abridged());
        }
        exchange
    }

    /// Makes an attempt, with the planned fault that is in effect.
    async fn attempt_or_fault(&self, request: &Request, refused: Option<Failure>) -> Attempt {
        let is_sent = refused.is_none() && self.stop.reason().is_none();
        let faults = self.faults.as_ref().filter(|_| is_sent);
        let Some((waits, fault)) = faults.and_then(|faults| Some((faults.waits(), faults.meet()?))) else {
            let (outcome, headers) = self.attempt(request, refused).await;
            return (outcome, headers, None);
        };
        let (mut outcome, headers) = match fault.effect.outcome() {
            Some(outcome) => (outcome, self.headers(request)),
            None if fault.effect == FaultEffect::WrongToken => {
                self.with_auth(wrong(&self.target.auth)).attempt(request, None).await
            }
            None => self.attempt(request, None).await,
        };
        let limit = self.target.timeout;
        if waits {
            tokio::time::sleep(fault.delay.min(limit)).await;
        }
        if fault.delay >= limit {
            outcome = Err(Failure::Timeout(limit));
        }
        (outcome, headers, Some(fault.effect.words()))
    }

    async fn attempt(
        &self,
        request: &Request,
        refused: Option<Failure>,
    ) -> (Result<Response, Failure>, Vec<(String, String)>) {
        let headers = self.headers(request);
        if let Some(reason) = self.stop.reason() {
            return (Err(Failure::GivenUp(reason)), headers);
        }
        if let Some(refused) = refused {
            return (Err(refused), headers);
        }
        let (limit, late) = match self.stop.left() {
            Some(left) if left < self.target.timeout => (left, Failure::OutOfTime),
            _ => (self.target.timeout, Failure::Timeout(self.target.timeout)),
        };
        let response = async { read(self.transport.send(&self.target, request, &headers).await?).await };
        let (began, sent) = (Instant::now(), self.limiter.as_ref().map(Limiter::sent));
        let outcome = tokio::time::timeout(limit, response).await.unwrap_or(Err(late));
        if let (Some(limiter), Some(sent)) = (&self.limiter, sent) {
            limiter.ended(request, sent, &outcome, began.elapsed());
        }
        (outcome, headers)
    }

    /// Returns the headers in wire order, with the values that the client adds at their marked positions or at the end.
    fn headers(&self, request: &Request) -> Vec<(String, String)> {
        let length = request.body.as_ref().map(|body| body.len().to_string());
        let mut own = vec![
            ("Authorization", self.target.auth.header()),
            ("Host", self.host.as_deref().map(str::to_owned)),
            ("Content-Length", length),
        ];
        let mut headers = Vec::new();
        let extra = |name: &str| self.target.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        for (name, value) in &request.headers {
            let added = own.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name));
            match (added, value.is_empty()) {
                (Some((_, value)), true) => headers.extend(value.take().map(|value| (name.clone(), value))),
                (Some((_, added)), false) => {
                    *added = None;
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
}

/// The outcome of a request, the headers that were sent, and the part of a planned fault.
type Attempt = (Result<Response, Failure>, Vec<(String, String)>, Option<&'static str>);

async fn read(mut response: reqwest::Response) -> Result<Response, Failure> {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::Cut(cause(&error)))? {
        if body.len() + chunk.len() > limits::CLIENT_RESPONSE_BYTES {
            return Err(Failure::TooLarge(limits::CLIENT_RESPONSE_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

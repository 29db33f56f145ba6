//! Exchanges: a request with its response or failure.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::failure::Failure;
use super::redact;
use super::request::Request;
use crate::base::limits::KEPT_BODY_BYTES;

/// A response of the server, read completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Headers in order of arrival, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The decompressed body.
    pub body: Vec<u8>,
}

impl Response {
    /// Parses the body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns the first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A request and its outcome.
///
/// `request` contains passwords as they were sent. Everything that is printed or written goes through
/// [`redact`], as it does in [`Exchange::sent_body`], [`Exchange::response_body`] and
/// [`Exchange::curl`].
#[derive(Debug, Clone)]
pub struct Exchange {
    pub request: Request,
    /// The complete URL.
    pub url: String,
    /// The headers as sent, with credentials as `***`.
    pub sent_headers: Vec<(String, String)>,
    pub outcome: Result<Response, Failure>,
    /// The time at which the request was sent.
    pub at: Timestamp,
    pub duration: Duration,
    /// The part that a planned fault has in the outcome.
    pub simulated: Option<&'static str>,
}

impl Exchange {
    /// Returns the response, if there is one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.outcome.as_ref().ok()
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
    }

    /// Parses the body of the response as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        self.response().and_then(Response::json)
    }

    /// Returns the request's body for display, with passwords as `***`; a string if it is not JSON.
    #[must_use]
    pub fn sent_body(&self) -> Option<Value> {
        self.request.body.as_deref().map(redact::body)
    }

    /// Returns the response's body for display, with passwords as `***`; a string if it is not JSON, `None` if it is empty.
    #[must_use]
    pub fn response_body(&self) -> Option<Value> {
        let body = self.response().map(|response| response.body.as_slice());
        body.filter(|body| !body.is_empty()).map(redact::body)
    }

    /// Returns the exchange without the larger part of large bodies, for a transcript.
    #[must_use]
    pub fn abridged(&self) -> Self {
        let outcome = self.outcome.as_ref().map_err(Clone::clone).map(|response| Response {
            status: response.status,
            headers: response.headers.clone(),
            body: redact::kept(&response.body),
        });
        let request = Request {
            method: self.request.method,
            path: self.request.path.clone(),
            headers: self.request.headers.clone(),
            body: self.request.body.as_deref().map(redact::kept),
        };
        let (url, sent_headers) = (self.url.clone(), self.sent_headers.clone());
        let Self { at, duration, simulated, .. } = *self;
        Self { request, url, sent_headers, outcome, at, duration, simulated }
    }

    /// Returns true if [`Exchange::abridged`] would remove something.
    #[must_use]
    pub fn is_large(&self) -> bool {
        let sent = self.request.body.as_ref().map_or(0, Vec::len);
        let received = self.response().map_or(0, |response| response.body.len());
        sent.max(received) > KEPT_BODY_BYTES
    }

    /// Returns the outcome in a few words: `201`, or the failure's sentence.
    #[must_use]
    pub fn seen(&self) -> String {
        match &self.outcome {
            Ok(response) => response.status.to_string(),
            Err(failure) => failure.to_string(),
        }
    }
}

/// Returns an id as text. Some servers return a number although an id must be a string.
#[must_use]
pub fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

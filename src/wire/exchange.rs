//! One request and what came of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::encode;
use super::redact::Passwords;

/// The media type of SCIM (RFC 7644 section 8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

/// A request before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// What follows the base URL, already percent-encoded: `/Users?filter=userName%20eq%20%22a%22&startIndex=1&count=100`.
    pub path: String,
    /// Headers in wire order, without those that the client adds (`Authorization`, `Host`, `Content-Length`) unless a
    /// header of that name with an empty value stands here: it marks the place where the client puts its value.
    pub headers: Vec<(String, String)>,
    /// The exact bytes of the body.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request in the harness's own name: its User-Agent, SCIM media types, a compact JSON body. The simulated Okta
    /// makes its requests itself (`okta::plan`).
    ///
    /// ```
    /// use scimulate::wire::{Method, Request};
    ///
    /// let create = Request::scim(Method::Post, "/Groups", Some(&serde_json::json!({"displayName": "Engineers"})));
    /// assert_eq!(create.body.as_deref(), Some(br#"{"displayName":"Engineers"}"#.as_slice()));
    /// assert!(create.headers.contains(&("Accept".into(), "application/scim+json".into())));
    /// ```
    #[must_use]
    pub fn scim(method: Method, path: impl Into<String>, body: Option<&Value>) -> Self {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header("Host", ""),
            header("User-Agent", concat!("scimulate/", env!("CARGO_PKG_VERSION"))),
            header("Accept", MEDIA_TYPE),
            header("Accept-Encoding", "gzip,deflate"),
            header("Authorization", ""),
        ];
        if body.is_some() {
            headers.extend([header("Content-Type", MEDIA_TYPE), header("Content-Length", "")]);
        }
        Self { method, path: path.into(), headers, body: body.map(|value| value.to_string().into_bytes()) }
    }

    /// The endpoint and the id that the path names, percent-decoded: `("Users", Some("42"))` for `/Users/42?x=y`.
    #[must_use]
    pub fn subject(&self) -> (String, Option<String>) {
        let path = self.path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
        match path.split_once('/') {
            Some((endpoint, id)) => (encode::decode(endpoint), Some(encode::decode(id)).filter(|id| !id.is_empty())),
            None => (encode::decode(path), None),
        }
    }

    /// The body as JSON, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// In order of arrival, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Unpacked.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer. `Display` is a sentence for the user that says what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection.
    #[error("no connection to {0}")]
    Connect(String),
    /// Nothing, or not the whole answer, within the time limit.
    #[error("no whole answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The run's time was up before the whole answer came; that says nothing about the target.
    #[error("the time limit came before the whole answer")]
    OutOfTime,
    /// The connection ended in the middle.
    #[error("the connection was cut: {0}")]
    Cut(String),
    /// More than [`crate::base::limits::ANSWER_BYTES`].
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The URL or a header can't be sent.
    #[error("the request can't be sent: {0}")]
    Unsendable(String),
    /// Not sent: it would change something that this run did not make.
    #[error("not sent: {0}")]
    NotOurs(String),
    /// Not sent: the run gave up on a target that does not answer, or its time was up.
    #[error("not sent: {0}")]
    GivenUp(String),
}

/// A request with what came of it.
///
/// `request` holds what was sent, passwords too: what is printed or written passes [`super::redact`], as
/// [`Exchange::curl`], [`Exchange::sent_body`] and [`Exchange::response_body`] do.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub request: Request,
    /// The whole URL.
    pub url: String,
    /// The headers as sent, credentials as `***`.
    pub sent_headers: Vec<(String, String)>,
    pub outcome: Result<Response, Failure>,
    pub at: Timestamp,
    pub duration: Duration,
}

impl Exchange {
    /// The answer, when there is one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.outcome.as_ref().ok()
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response().map(|answer| answer.status)
    }

    /// The body of the answer as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        self.response().and_then(Response::json)
    }

    /// The request's body for people, passwords as `***`; a string where it is no JSON.
    #[must_use]
    pub fn sent_body(&self) -> Option<Value> {
        self.request.body.as_deref().map(super::redact::body)
    }

    /// The answer's body for people, passwords as `***`; a string where it is no JSON, nothing where it is empty.
    #[must_use]
    pub fn response_body(&self) -> Option<Value> {
        self.response().map(|answer| answer.body.as_slice()).filter(|body| !body.is_empty()).map(super::redact::body)
    }

    /// What was seen, in a few words: `201`, or the failure's sentence.
    #[must_use]
    pub fn seen(&self) -> String {
        match &self.outcome {
            Ok(answer) => answer.status.to_string(),
            Err(failure) => failure.to_string(),
        }
    }

    /// The request as a shell line that can be pasted. The token stands as `$TOKEN`, passwords as `***`.
    #[must_use]
    pub fn curl(&self) -> String {
        super::redact::curl(self, Passwords::Starred)
    }

    /// The same with passwords as they were sent: for bodies that were made up, never for a person's.
    #[must_use]
    pub fn curl_as_sent(&self) -> String {
        super::redact::curl(self, Passwords::AsSent)
    }
}

//! One request and what came of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

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

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// In order of arrival, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Unpacked.
    pub body: Vec<u8>,
}

impl Answer {
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
#[derive(Debug, Clone)]
pub struct Exchange {
    pub request: Request,
    /// The whole URL.
    pub url: String,
    /// The headers as sent, credentials as `***`.
    pub sent_headers: Vec<(String, String)>,
    pub outcome: Result<Answer, Failure>,
    pub at: Timestamp,
    pub duration: Duration,
}

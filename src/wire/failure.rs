//! Errors of this module: requests without a response, and targets that cannot be used. `Display` is a sentence for the
//! user that says what was seen.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::request::Method;

/// The reason why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The connection could not be established.
    #[error("no connection to {0}")]
    Connect(Cause),
    /// The response was not complete within the target's timeout.
    #[error("no complete response within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The run reached its time limit before the response was complete, which says nothing about the target.
    #[error("the time limit was reached before the response was complete")]
    OutOfTime,
    /// The target requests a longer wait than the run has time for.
    #[error("the target requests a wait of {} s, which exceeds the time limit", .0.as_secs())]
    Busy(Duration),
    /// The connection ended before the response was complete, or the response is not HTTP.
    #[error("the connection was cut: {0}")]
    Cut(Cause),
    /// The connection was cut or refused again when the request was repeated, while the target responded to a probe.
    #[error("the connection was cut or refused again, although the server responded to other requests: {0}")]
    CutAgain(Cause),
    /// A request of Okta got no complete response within Okta's limit, while the target responded to a probe.
    #[error("no complete response within {} s, although the server responded to other requests", .0.as_secs_f64())]
    Unanswered(Duration),
    /// Not sent: an earlier request of the same method and route got no response.
    #[error("not sent: an earlier {route} got no complete response within {} s", limit.as_secs_f64())]
    NotRepeated { route: String, limit: Duration },
    /// The body is larger than [`CLIENT_RESPONSE_BYTES`](crate::base::limits::CLIENT_RESPONSE_BYTES).
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
    /// The request has an invalid URL or header.
    #[error("the request cannot be sent: {0}")]
    Unsendable(InvalidRequest),
    /// Not sent: the request would change a resource that this run did not create.
    #[error("not sent: {0}")]
    NotOurs(NotOurs),
    /// Not sent: the run has ended, because the target does not respond or the time limit was reached.
    #[error("not sent: {0}")]
    GivenUp(String),
}

/// The reason why a run may not change a resource, or create one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    #[error("the lookup of {value} returned {id}, which this run did not create")]
    LookedUp { value: String, id: String },
    #[error("{} would change /{collection}/{id}, which this run did not create", method.as_str())]
    NotCreated { method: Method, collection: String, id: String },
    /// The response to a create names a resource that was there before.
    #[error("POST /{collection} returned the id {id}, which an earlier response contained: it is another resource")]
    Listed { collection: String, id: String },
    #[error("GET /{collection}/{id} did not return what POST /{collection} created: {seen}")]
    Unproven { collection: String, id: String, seen: String },
    /// The GET that would have proven the resource was refused, which says nothing about whose it is.
    #[error("GET /{collection}/{id} returned {status}, so it is not proven that this run created it")]
    Unread { collection: String, id: String, status: u16 },
    /// The ID of a deleted resource was returned again, although this run did not create anything.
    #[error("/{collection}/{id} was deleted, but the id came back in a later response: it may be another resource")]
    Reused { collection: String, id: String },
    #[error("the target returned more than {most} ids, so an id of /{collection} cannot be told from existing ones")]
    TooManyListed { collection: String, most: usize },
    /// The run creates nothing in this collection any more.
    #[error("nothing is created in /{collection}: {reason}")]
    Closed { collection: String, reason: String },
}

/// The error below a failed connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub kind: CauseKind,
    /// The text of the innermost error.
    pub text: String,
}

/// The causes that the user can fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseKind {
    /// The server's certificate is not trusted.
    Certificate,
    /// The server's bytes are not TLS.
    NotTls,
    /// The server's bytes are not HTTP.
    NotHttp,
    Other,
}

/// A request that cannot be expressed in HTTP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    #[error("{0} contains a dot segment")]
    DotSegment(String),
    #[error("{url:?} is not a URL: {reason}")]
    Url { url: String, reason: String },
    #[error("the header {name} is invalid: {reason}")]
    Header { name: String, reason: String },
    #[error("{0}")]
    Other(String),
}

/// A target for which no client can be created.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("{} cannot be read: {source}", file.display())]
    CertificateFile { file: PathBuf, source: std::io::Error },
    #[error("{} contains no certificate in PEM format{}", file.display(), detail(source.as_ref()))]
    NoCertificate { file: PathBuf, source: Option<reqwest::Error> },
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

impl NotOurs {
    /// Returns true if the response to a create is at fault.
    #[must_use]
    pub const fn is_about_create(&self) -> bool {
        matches!(self, Self::Listed { .. } | Self::Unproven { .. } | Self::TooManyListed { .. })
    }
}

impl Failure {
    /// Returns the kind of the cause, if a connection failed.
    #[must_use]
    pub fn cause(&self) -> Option<CauseKind> {
        match self {
            Self::Connect(cause) | Self::Cut(cause) | Self::CutAgain(cause) => Some(cause.kind),
            _ => None,
        }
    }
}

impl Cause {
    /// Returns a cause of kind [`CauseKind::Other`].
    #[must_use]
    pub fn other(text: impl Into<String>) -> Self {
        Self { kind: CauseKind::Other, text: text.into() }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn detail(source: Option<&reqwest::Error>) -> String {
    source.map(|error| format!(": {error}")).unwrap_or_default()
}

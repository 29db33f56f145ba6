//! Reasons for which the kit turns a request down before, or instead of, the application.

use axum::response::Response;
use http::HeaderValue;
use http::StatusCode;
use http::header::{ACCEPT_ENCODING, RETRY_AFTER};

use super::host::HostError;
use super::response;

/// A request that was turned down. Its text is safe to show to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: `Host` is missing, repeated or invalid.
    #[error("{0}")]
    Host(#[from] HostError),
    /// 400: the connection failed before the end of the body, or the compressed body is corrupt.
    #[error("the request body could not be read: {0}")]
    BodyUnreadable(String),
    /// 408: the body did not arrive in time.
    #[error("the request body did not arrive within {seconds} s")]
    BodyTimeout {
        /// The limit.
        seconds: String,
    },
    /// 413: the body is too large.
    #[error("the request body is larger than the limit of {limit} bytes")]
    BodyTooLarge {
        /// The limit.
        limit: usize,
    },
    /// 414: the request target is too long.
    #[error("the URL is {bytes} bytes long; the limit is {limit} bytes")]
    TargetTooLong {
        /// The length of path and query.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// 415: the body has a content coding other than gzip. Contains the coding.
    #[error("Content-Encoding {0:?} is not supported; send the body uncompressed or with gzip")]
    UnsupportedCoding(String),
    /// 500: the application panicked. The text of the panic is in the log.
    #[error("the server failed to handle this request; the server log has details under the request id")]
    Panicked,
    /// 503: too many bytes of other responses wait for their clients.
    #[error("too many large responses wait for clients to read them; retry in {retry_after} s")]
    Overloaded {
        /// Seconds after which to try again.
        retry_after: u64,
    },
}

impl Refusal {
    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Host(_) | Self::BodyUnreadable(_) => StatusCode::BAD_REQUEST,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TargetTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::UnsupportedCoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Overloaded { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Adds the headers that belong to the refusal, whatever the format of the body.
    pub fn add_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        match self {
            Self::UnsupportedCoding(_) => {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
            }
            Self::Overloaded { retry_after } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after));
            }
            _ => {}
        }
    }

    /// Renders the refusal as plain text.
    #[must_use]
    pub fn plain_response(&self) -> Response {
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        let mut response = response::bytes(self.status(), text, self.to_string());
        self.add_headers(&mut response);
        response
    }
}

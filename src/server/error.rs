//! Errors of requests. The client gets a [`ScimError`]; details that only the operator may see are logged here.

use axum::response::Response;
use http::HeaderValue;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};

use super::response;
use crate::http::{Refusal, request_id};
use crate::scim::ScimError;
use crate::store::StoreError;

/// Seconds after which a client may try again when the store takes no writes. An operator has to act first, and clients
/// such as Okta wait longer with each failure anyway.
pub(super) const STORE_RETRY_S: u16 = 10;

/// A request that failed, with the headers that belong to it.
#[derive(Debug, PartialEq)]
pub(super) enum RequestError {
    /// An error that SCIM has words for.
    Scim(ScimError),
    /// A refusal of the HTTP kit.
    Refused(Refusal),
    /// A refusal whose response has no SCIM error, as the rules of a directory may require.
    WithoutScim(Refusal),
    /// 401. An unknown directory, a wrong token and a missing token all look the same.
    Unauthorized {
        /// True if the request had credentials.
        presented: bool,
    },
    /// 405, with the methods that the route supports.
    Method(&'static str),
    /// 429: the directory has used up its rate. Contains the whole seconds to wait.
    TooMany(u64),
    /// 304: the client's copy is current (RFC 7644 section 3.14). Contains the version.
    NotModified(u64),
}

impl From<ScimError> for RequestError {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<Refusal> for RequestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        Self::Scim(match error {
            StoreError::Scim(error) => error,
            StoreError::Unknown(text) => ScimError::not_found(text),
            error @ (StoreError::Cursor(_) | StoreError::ExpiredCursor(_) | StoreError::Administration(_)) => {
                ScimError::invalid_value(error.to_string())
            }
            StoreError::Refused(text) => ScimError::invalid_value(text),
            error @ StoreError::Full(_) => {
                tracing::error!(request = request_id::current(), %error, "a write was refused");
                ScimError::new(507, "the server has no room left to store this; try again later")
            }
            error @ StoreError::Unavailable(_) => {
                tracing::error!(request = request_id::current(), %error, "a request was refused");
                ScimError::new(503, "the server's store is not available at the moment; try again later")
            }
            error @ (StoreError::Foreign(_) | StoreError::File(_) | StoreError::Backend(_)) => {
                tracing::error!(request = request_id::current(), %error, "the store failed");
                ScimError::new(500, "the store failed; the server log has details under the request id")
            }
        })
    }
}

impl RequestError {
    /// Returns the error as the client sees it.
    pub(super) fn scim(&self) -> ScimError {
        match self {
            Self::Scim(error) => error.clone(),
            Self::Refused(refusal) | Self::WithoutScim(refusal) => of_refusal(refusal),
            Self::Unauthorized { .. } => ScimError::new(
                401,
                "the directory is unknown or the token is not valid for it; send the token of this SCIM URL in \
                 the Authorization header",
            ),
            Self::Method(allowed) => ScimError::new(405, format!("this endpoint supports {allowed}")),
            Self::TooMany(seconds) => {
                ScimError::new(429, format!("the directory exceeds its request rate; retry in {seconds} s"))
            }
            // The response has no body.
            Self::NotModified(version) => ScimError::new(304, format!("the resource is still at version {version}")),
        }
    }

    /// Renders the error (RFC 7644 section 3.12).
    pub(super) fn into_response(self) -> Response {
        if let Self::NotModified(version) = self {
            return response::not_modified(version);
        }
        let mut response = match &self {
            Self::WithoutScim(refusal) => response::plain(refusal.status(), refusal.to_string()),
            _ => response::error(&self.scim()),
        };
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized { presented } => {
                // Both schemes, whatever the directory uses: a client without credentials must not learn whether the
                // directory exists, and a client of a Basic directory still finds its scheme.
                // An error code is sent only if credentials were (RFC 6750 section 3.1).
                let bearer =
                    if presented { "Bearer realm=\"scim\", error=\"invalid_token\"" } else { "Bearer realm=\"scim\"" };
                for scheme in [bearer, "Basic realm=\"scim\", charset=\"UTF-8\""] {
                    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
                }
                return crate::http::response::no_store(response);
            }
            Self::Method(allowed) => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::TooMany(seconds) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Refused(refusal) | Self::WithoutScim(refusal) => refusal.add_headers(&mut response),
            Self::Scim(ScimError { status: 503 | 507, .. }) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(STORE_RETRY_S));
            }
            Self::Scim(_) | Self::NotModified(_) => {}
        }
        response
    }
}

/// A refusal with status 400 is a syntax error to SCIM.
fn of_refusal(refusal: &Refusal) -> ScimError {
    match refusal.status().as_u16() {
        400 => ScimError::invalid_syntax(refusal.to_string()),
        status => ScimError::new(status, refusal.to_string()),
    }
}

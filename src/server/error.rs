//! Why a request is not carried out. What the client is told is a [`ScimError`]; what only the operator may know is
//! logged here, where it happens.

use axum::response::Response;
use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};

use super::response;
use crate::scim::ScimError;
use crate::store::StoreError;

/// A refusal with the headers that belong to it.
#[derive(Debug, PartialEq)]
pub(super) enum RequestError {
    /// The client's mistake, as SCIM words it.
    Scim(ScimError),
    /// 401, the same for an unknown directory, a wrong token and none.
    Unauthorized {
        /// Whether credentials came at all.
        presented: bool,
    },
    /// 405 with the methods that the route knows.
    Method(&'static str),
    /// 415 for a coding of the body that is not known. Why.
    Coding(String),
    /// 429: the directory's rate is used up. The whole seconds to wait.
    TooMany(u64),
    /// 304: what the client has is still right (RFC 7644 section 3.14). The tag.
    NotModified(u64),
}

impl From<ScimError> for RequestError {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        Self::Scim(match error {
            StoreError::Scim(error) => error,
            StoreError::Unknown(text) => ScimError::not_found(text),
            StoreError::Refused(text) => ScimError::invalid_value(text),
            StoreError::Backend(text) => {
                tracing::error!(request = super::request_id::current(), error = text, "the store failed");
                ScimError::new(500, "the store failed; the server's log says more")
            }
        })
    }
}

impl RequestError {
    /// What the client is told.
    pub(super) fn scim(&self) -> ScimError {
        match self {
            Self::Scim(error) => error.clone(),
            Self::Unauthorized { .. } => ScimError::new(
                401,
                "the directory is unknown or the token is not valid for it; send the token of this SCIM URL in \
                 the Authorization header",
            ),
            Self::Method(allowed) => ScimError::new(405, format!("this endpoint answers {allowed}")),
            Self::Coding(why) => ScimError::new(415, why.clone()),
            Self::TooMany(seconds) => {
                ScimError::new(429, format!("too many requests of this directory; wait {seconds} s"))
            }
            // Goes without a body.
            Self::NotModified(version) => ScimError::new(304, format!("the resource is still at version {version}")),
        }
    }

    /// The answer in SCIM form (RFC 7644 section 3.12).
    pub(super) fn into_response(self) -> Response {
        if let Self::NotModified(version) = self {
            return response::not_modified(version);
        }
        let mut response = response::error(&self.scim());
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized { presented } => {
                // Both, whatever the directory takes: a stranger learns nothing of a directory, not even that it is
                // there. A client of a basic directory finds its scheme all the same.
                // An error code stands only where credentials were given (RFC 6750 section 3.1).
                let bearer =
                    if presented { "Bearer realm=\"scim\", error=\"invalid_token\"" } else { "Bearer realm=\"scim\"" };
                for scheme in [bearer, "Basic realm=\"scim\", charset=\"UTF-8\""] {
                    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
                }
            }
            Self::Method(allowed) => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::Coding(_) => {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
            }
            Self::TooMany(seconds) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Scim(_) | Self::NotModified(_) => {}
        }
        response
    }
}

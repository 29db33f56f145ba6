//! Errors in the shape of RFC 8935 section 2.3. Their codes are those of section 2.4 where one fits.

use axum::response::Response;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::super::error::STORE_RETRY_S;
use crate::events::signing_key::SigningKeyError;
use crate::http::response::{self, JSON};
use crate::http::{Refusal, request_id};
use crate::store::StoreError;

/// A request that failed.
#[derive(Debug)]
pub(in crate::server) enum StreamError {
    /// 401. A wrong token and an unknown stream look the same.
    Unauthorized,
    /// 404 for a path.
    NotFound,
    /// 405, with the methods of the path.
    Method(&'static str),
    /// 400, with the rule that the request breaks.
    Invalid(String),
    /// The request was refused before it was handled, for example because its body is too large.
    Refused(Refusal),
    /// An error of the store that the client did not cause.
    Store(StoreError),
    /// The signing key cannot be used.
    Key(SigningKeyError),
}

impl From<StoreError> for StreamError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SigningKeyError> for StreamError {
    fn from(error: SigningKeyError) -> Self {
        Self::Key(error)
    }
}

impl From<Refusal> for StreamError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl StreamError {
    /// Renders the error.
    pub(in crate::server) fn into_response(self) -> Response {
        match self {
            Self::Unauthorized => {
                let text = "the bearer token is not the token of this event stream";
                let mut response = error(StatusCode::UNAUTHORIZED, "authentication_failed", text);
                let challenge = HeaderValue::from_static("Bearer realm=\"event stream\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
                response
            }
            Self::NotFound => error(StatusCode::NOT_FOUND, "invalid_request", "there is no such event stream or path"),
            Self::Method(allowed) => {
                let text = format!("this path accepts only {allowed}");
                let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", &text);
                response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
                response
            }
            Self::Invalid(text) => error(StatusCode::BAD_REQUEST, "invalid_request", &text),
            Self::Refused(refusal) => {
                let mut response = error(refusal.status(), "invalid_request", &refusal.to_string());
                refusal.add_headers(&mut response);
                response
            }
            Self::Store(StoreError::Full(cause) | StoreError::Unavailable(cause)) => {
                tracing::error!(request = request_id::current(), cause, "a request of an event stream was refused");
                let text = "the server's store is not available at the moment; try again later";
                let mut response = error(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(STORE_RETRY_S));
                response
            }
            Self::Store(cause) => internal(&cause),
            Self::Key(cause) => internal(&cause),
        }
    }
}

fn internal(cause: &dyn std::error::Error) -> Response {
    tracing::error!(request = request_id::current(), error = %cause, "a request of an event stream failed");
    let text = "the server failed to handle this request; its log has details under the request ID";
    error(StatusCode::INTERNAL_SERVER_ERROR, "internal", text)
}

fn error(status: StatusCode, code: &str, description: &str) -> Response {
    response::json(status, JSON, &json!({"err": code, "description": description}))
}

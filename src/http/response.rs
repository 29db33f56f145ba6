//! Constructors for responses.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// `application/json`.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// `Cache-Control: no-store`, for responses that no cache may keep.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Builds a response with a body of this media type.
pub fn bytes(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Response {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    // Set here rather than by hyper, so that a response to HEAD has it too.
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Serializes a body as JSON under this media type.
pub fn json(status: StatusCode, media_type: HeaderValue, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => bytes(status, media_type, body),
        Err(error) => {
            tracing::error!(%error, "a response could not be serialized");
            bytes(StatusCode::INTERNAL_SERVER_ERROR, media_type, Bytes::new())
        }
    }
}

/// Builds a response without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Forbids caches to keep the response (RFC 9111 section 5.2.2.5).
#[must_use]
pub fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

/// Sets a header. A value that a header cannot contain is left out.
pub fn set_header(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

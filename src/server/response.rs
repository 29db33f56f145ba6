//! Answers: status, headers, bytes.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderName, LOCATION, VARY};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::scim::ScimError;

/// `application/scim+json` (RFC 7644 section 8.1).
pub(super) const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");
/// What the Events API answers with.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A body of bytes under a media type.
pub(super) fn bytes(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Response {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    // Set here and not left to the HTTP layer, so that HEAD tells it too.
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Something that serialises, as SCIM JSON. It is about people: no shared cache may keep it, and any other has to ask
/// whether it still holds (RFC 9111 section 5.2.2). Its media type is what `Accept` asks for ([`super::accept`]).
pub(super) fn scim(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = json(status, SCIM_JSON, body);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.headers_mut().insert(VARY, BY_ACCEPT);
    response
}

/// 304: what the client has is still right. It says what the answer would have said of its choice among representations.
pub(super) fn not_modified(version: u64) -> Response {
    let mut response = empty(StatusCode::NOT_MODIFIED, Some(version));
    response.headers_mut().insert(VARY, BY_ACCEPT);
    response
}

/// The media type depends on this header of the request, so that a cache that holds one must not give it to whoever asked
/// for the other.
const BY_ACCEPT: HeaderValue = HeaderValue::from_static("accept");

/// Something that serialises, under a media type.
pub(super) fn json(status: StatusCode, media_type: HeaderValue, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => bytes(status, media_type, body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialised");
            bytes(StatusCode::INTERNAL_SERVER_ERROR, media_type, Bytes::new())
        }
    }
}

/// A SCIM error.
pub(super) fn error(error: &ScimError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    scim(status, &error.to_json())
}

/// No body, with the version where there is one.
pub(super) fn empty(status: StatusCode, version: Option<u64>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Some(version) = version {
        with_header(&mut response, ETAG, &etag(version));
    }
    response
}

/// A resource's answer: its version and its address (RFC 7643 section 3.1, `meta.location`), which a create tells as
/// `Location` too.
pub(super) fn resource(status: StatusCode, body: &impl Serialize, version: u64, location: &str) -> Response {
    let mut response = scim(status, body);
    with_header(&mut response, ETAG, &etag(version));
    with_header(&mut response, CONTENT_LOCATION, location);
    if status == StatusCode::CREATED {
        with_header(&mut response, LOCATION, location);
    }
    response
}

/// The entity tag of a version (RFC 7644 section 3.14): weak, since the same version has several representations.
pub(super) fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// Adds a header where its value can be one.
pub(super) fn with_header(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

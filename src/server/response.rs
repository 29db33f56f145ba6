//! SCIM responses: status, headers, body.

use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_LOCATION, ETAG, LOCATION, VARY};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::http::response::{self, set_header};
use crate::scim::ScimError;

/// `application/scim+json` (RFC 7644 section 8.1).
pub(super) const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");
/// Keeps caches from serving one media type to a client that prefers the other.
const BY_ACCEPT: HeaderValue = HeaderValue::from_static("accept");

/// Serializes a body as SCIM JSON. It is personal data: shared caches may not keep it, and private caches must
/// revalidate it (RFC 9111 section 5.2.2). [`super::media_type`] may change the media type later.
pub(super) fn scim(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = response::json(status, SCIM_JSON, body);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.headers_mut().insert(VARY, BY_ACCEPT);
    response
}

/// Builds a 304 response, with the `Vary` header that the 200 response would have.
pub(super) fn not_modified(version: u64) -> Response {
    let mut response = empty(StatusCode::NOT_MODIFIED, Some(version));
    response.headers_mut().insert(VARY, BY_ACCEPT);
    response
}

/// Builds the response to a SCIM error (RFC 7644 section 3.12).
pub(super) fn error(error: &ScimError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    scim(status, &error.to_json())
}

/// Builds a response with plain text.
pub(super) fn plain(status: StatusCode, text: String) -> Response {
    response::bytes(status, HeaderValue::from_static("text/plain; charset=utf-8"), text)
}

/// Builds a response without a body, with the version of the resource if there is one.
pub(super) fn empty(status: StatusCode, version: Option<u64>) -> Response {
    let mut response = response::empty(status);
    if let Some(version) = version {
        set_header(&mut response, ETAG, &etag(version));
    }
    response
}

/// Builds the response with one resource: its version, its location (`meta.location`, RFC 7643 section 3.1), and
/// `Location` if it was created.
pub(super) fn resource(status: StatusCode, body: &impl Serialize, version: u64, location: &str) -> Response {
    let mut response = scim(status, body);
    set_header(&mut response, ETAG, &etag(version));
    set_header(&mut response, CONTENT_LOCATION, location);
    if status == StatusCode::CREATED {
        set_header(&mut response, LOCATION, location);
    }
    response
}

/// Formats the entity tag of a version (RFC 7644 section 3.14). It is weak because a version has several
/// representations.
pub(super) fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

//! Media types of SCIM requests and responses (RFC 7644 sections 3.1 and 3.8).

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use super::error::RequestError;
use super::query::short;
use super::response::SCIM_JSON;
use crate::http::body;
use crate::http::negotiation::Alternatives;
use crate::http::response::JSON;
use crate::scim::ScimError;

/// The media types of a response.
const RESPONSE: Alternatives = Alternatives { default: "application/scim+json", other: "application/json" };

/// Returns true if the client prefers `application/json` to `application/scim+json`.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    RESPONSE.prefers_other(headers)
}

/// Changes the media type of a SCIM response to `application/json`.
pub(super) fn change_to_json(headers: &mut HeaderMap<HeaderValue>) {
    if headers.get(CONTENT_TYPE) == Some(&SCIM_JSON) {
        headers.insert(CONTENT_TYPE, JSON);
    }
}

/// Accepts a body of `application/scim+json` or `application/json`, with any parameters. Okta's agent sends the first,
/// Okta's test suite the second.
///
/// # Errors
/// 415 for another media type, for none, and for an unsupported content coding.
pub(super) fn check(headers: &HeaderMap) -> Result<(), RequestError> {
    body::check_coding(headers)?;
    match body::media_type(headers).as_deref() {
        Some("application/scim+json" | "application/json") => Ok(()),
        Some(other) => {
            let other = short(other);
            let detail =
                format!("Content-Type {other:?} is not supported; send application/scim+json or application/json");
            Err(ScimError::new(415, detail).into())
        }
        None => {
            let detail = "the request has no Content-Type; send application/scim+json or application/json";
            Err(ScimError::new(415, detail).into())
        }
    }
}

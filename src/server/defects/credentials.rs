//! Defects of authentication. A request that is accepted by mistake gets an empty list, so that a client without the token
//! sees no data.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;

use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse, Upstream};
use crate::scim::message;

/// The credential of a request that the upstream refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented {
    Nothing,
    /// A scheme without a token.
    Empty,
    /// A token that is not valid.
    Wrong,
}

/// A response in place of the upstream's 401.
pub(super) type Edit = fn(&ParsedRequest, &mut ParsedResponse);

/// Edits the response if the upstream refuses a request with this kind of credential.
pub(super) async fn refused(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
    (presented, edit): (Presented, Edit),
) -> Response<Bytes> {
    let credential = presented_by(request.headers());
    let response = upstream.call(request).await;
    if response.status() != StatusCode::UNAUTHORIZED || credential != presented {
        return response;
    }
    let mut response = ParsedResponse::from(response);
    edit(&parsed, &mut response);
    response.into()
}

fn presented_by(headers: &HeaderMap) -> Presented {
    let value = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default().trim().to_lowercase());
    match value.as_deref() {
        None => Presented::Nothing,
        Some(value) if ["", "bearer", "basic"].contains(&value) => Presented::Empty,
        Some(_) => Presented::Wrong,
    }
}

pub(super) fn accepted(_: &ParsedRequest, response: &mut ParsedResponse) {
    *response = ParsedResponse::json(StatusCode::OK, message::list_response(0, 1, Vec::new()));
}

pub(super) fn accepted_on_create(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::POST, Endpoint::Users) {
        accepted(parsed, response);
    }
}

pub(super) fn answered_500(_: &ParsedRequest, response: &mut ParsedResponse) {
    response.status = StatusCode::INTERNAL_SERVER_ERROR;
}

pub(super) fn forbidden(_: &ParsedRequest, response: &mut ParsedResponse) {
    response.status = StatusCode::FORBIDDEN;
}

pub(super) fn bare(_: &ParsedRequest, response: &mut ParsedResponse) {
    response.body = Body::Json(json!({"message": "Unauthorized"}));
}

pub(super) fn lower_case_bearer_refused(_: &ParsedRequest, headers: &HeaderMap) -> Option<ParsedResponse> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.starts_with("bearer ").then(|| {
        let error = json!({"schemas": [message::ERROR], "status": "401", "detail": "the scheme is not Bearer"});
        ParsedResponse::json(StatusCode::UNAUTHORIZED, error)
    })
}

//! Defects of errors and of time.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;

use super::exchange::Upstream;
use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse};

pub(super) fn unknown_user_200(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::GET, Endpoint::User) && response.status == StatusCode::NOT_FOUND {
        *response = ParsedResponse::json(StatusCode::OK, json!({}));
    }
}

pub(super) fn not_found_bare(_: &ParsedRequest, response: &mut ParsedResponse) {
    if response.status == StatusCode::NOT_FOUND {
        *response = ParsedResponse::json(StatusCode::NOT_FOUND, json!({"message": "Not Found"}));
    }
}

pub(super) fn errors_without_detail(_: &ParsedRequest, response: &mut ParsedResponse) {
    if response.status.is_client_error()
        && let Some(error) = response.value().and_then(serde_json::Value::as_object_mut)
    {
        error.shift_remove("detail");
    }
}

pub(super) fn errors_say_400(_: &ParsedRequest, response: &mut ParsedResponse) {
    if response.status.is_client_error()
        && let Some(status) = response.value().and_then(|error| error.get_mut("status"))
    {
        *status = "400".into();
    }
}

pub(super) fn html_error(_: &ParsedRequest, response: &mut ParsedResponse) {
    if response.status.is_client_error() || response.status.is_server_error() {
        let page = format!("<html><body><h1>{}</h1></body></html>", response.status);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response.body = Body::Bytes(Bytes::from(page));
    }
}

pub(super) async fn slow(upstream: &dyn Upstream, _: ParsedRequest, request: Request<Bytes>) -> Response<Bytes> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    upstream.call(request).await
}

//! Defects of errors, credentials and time.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;

use super::about::{About, Answer, Body, Target};
use super::layer::Upstream;
use crate::scim::message;

/// Nothing of the server is shown to whoever has no token: the list is empty.
pub(super) fn wrong_token_accepted(_: &About, answer: &mut Answer) {
    if answer.status == StatusCode::UNAUTHORIZED {
        *answer = Answer::json(StatusCode::OK, message::list_response(0, 1, Vec::new()));
    }
}

pub(super) fn unauthorized_bare(_: &About, answer: &mut Answer) {
    if answer.status == StatusCode::UNAUTHORIZED {
        answer.body = Body::Json(json!({"message": "Unauthorized"}));
    }
}

pub(super) fn unknown_user_200(about: &About, answer: &mut Answer) {
    if about.is(&Method::GET, Target::User) && answer.status == StatusCode::NOT_FOUND {
        *answer = Answer::json(StatusCode::OK, json!({}));
    }
}

pub(super) fn not_found_bare(_: &About, answer: &mut Answer) {
    if answer.status == StatusCode::NOT_FOUND {
        *answer = Answer::json(StatusCode::NOT_FOUND, json!({"message": "Not Found"}));
    }
}

pub(super) fn errors_without_detail(_: &About, answer: &mut Answer) {
    if answer.status.is_client_error()
        && let Some(error) = answer.value().and_then(serde_json::Value::as_object_mut)
    {
        error.shift_remove("detail");
    }
}

pub(super) fn html_error(_: &About, answer: &mut Answer) {
    if answer.status.is_client_error() || answer.status.is_server_error() {
        let page = format!("<html><body><h1>{}</h1></body></html>", answer.status);
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        answer.body = Body::Bytes(Bytes::from(page));
    }
}

pub(super) async fn slow(upstream: &dyn Upstream, _: About, request: Request<Bytes>) -> Response<Bytes> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    upstream.call(request).await
}

//! Responds with one page of the event log.

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{ALLOW, AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::super::app::App;
use super::params;
use crate::base::{Secret, limits};
use crate::events::Event;
use crate::http::response::{self, JSON};
use crate::http::{body, request_id};
use crate::store::StoreError;

/// Handles requests to `/events`.
pub(in crate::server) async fn events(State(app): State<App>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    body::drain(&parts.headers, &mut body).await;
    response::no_store(page(&app, &parts).await.unwrap_or_else(|refusal| refusal))
}

async fn page(app: &App, parts: &Parts) -> Result<Response, Response> {
    if !is_authorized(app, parts).await.map_err(|error| failed(&error))? {
        let mut response = refusal(
            StatusCode::UNAUTHORIZED,
            "the API key is missing or not valid; send it as Authorization: Bearer KEY",
            "unauthorized",
        );
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"events\""));
        return Err(response);
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let mut response =
            refusal(StatusCode::METHOD_NOT_ALLOWED, "/events accepts only GET and HEAD", "method_not_allowed");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Err(response);
    }
    let query = params::parse(parts.uri.query()).map_err(|errors| unprocessable(&errors))?;
    let reservation = app.budget().reserve(limits::PAGE_BYTES).await.map_err(|overload| {
        let mut response = refusal(overload.status(), &overload.to_string(), "overloaded");
        overload.add_headers(&mut response);
        response
    })?;
    let page = app.store().events(query).await.map_err(|error| match error {
        StoreError::Unknown(text) => refusal(StatusCode::BAD_REQUEST, &text, "invalid_cursor"),
        StoreError::Refused(text) => refusal(StatusCode::BAD_REQUEST, &text, "refused"),
        error => failed(&error),
    })?;
    let respond = move || {
        let data: Vec<Value> = page.events.iter().map(Event::to_json).collect();
        let body = json!({"object": "list", "data": data, "list_metadata": {"after": page.after}});
        response::json(StatusCode::OK, JSON, &body)
    };
    Ok(reservation.attach(app.render_pool().render(page.bytes, respond).await))
}

/// Reports whether the request carries a live API key of this store as `Authorization: Bearer <key>`.
async fn is_authorized(app: &App, parts: &Parts) -> Result<bool, StoreError> {
    let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match key {
        Some((_, key)) => app.store().knows_api_key(&Secret::new(key.trim())).await,
        None => Ok(false),
    }
}

fn refusal(status: StatusCode, message: &str, code: &str) -> Response {
    response::json(status, JSON, &json!({"message": message, "code": code}))
}

fn unprocessable(errors: &[params::ParameterError]) -> Response {
    let shown: Vec<Value> =
        errors.iter().map(|error| json!({"field": error.field, "code": "invalid", "message": error.message})).collect();
    let message = errors.first().map_or("the query parameters are not valid", |error| error.message.as_str());
    let body = json!({"message": message, "code": "invalid_request_parameters", "errors": shown});
    response::json(StatusCode::UNPROCESSABLE_ENTITY, JSON, &body)
}

fn failed(error: &StoreError) -> Response {
    if matches!(error, StoreError::Full(_) | StoreError::Unavailable(_)) {
        tracing::error!(request = request_id::current(), %error, "a request was refused");
        let message = "the server's store is not available at the moment; try again later";
        let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, message, "unavailable");
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(super::super::error::STORE_RETRY_S));
        return response;
    }
    tracing::error!(request = request_id::current(), %error, "reading the event log failed");
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the server could not read the event log; its log has the details",
        "internal",
    )
}

//! Errors of the directory API in the shape of WorkOS (research note workos-dsync section 3.4): a message, a code, and one
//! entry in `errors` for each parameter that is not valid.

use axum::response::Response;
use http::header::{ALLOW, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::super::error::STORE_RETRY_S;
use crate::delivery::TargetError;
use crate::http::response::{self, JSON};
use crate::http::{Refusal, request_id};
use crate::store::{AdminError, StoreError};

/// A parameter, or a property of a body, that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct FieldError {
    pub(super) field: &'static str,
    pub(super) message: String,
}

/// A request that failed.
#[derive(Debug)]
pub(in crate::server) enum ApiError {
    /// 401. A missing, an unknown and a revoked key look the same.
    Unauthorized,
    /// 404 for an object, or for a path.
    NotFound(String),
    /// 405, with the methods of the path.
    Method(String),
    /// 422, with all invalid parameters or properties.
    Invalid(Vec<FieldError>),
    /// Another status, with its code.
    Other(StatusCode, &'static str, String),
    /// A refusal of the HTTP kit.
    Refused(Refusal),
    /// An error of the store that the client did not cause.
    Store(StoreError),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown(text) => Self::NotFound(text),
            StoreError::Administration(error) => {
                let (status, code) = match error {
                    AdminError::ExternalIdTaken(_) => (StatusCode::BAD_REQUEST, "external_id_already_used"),
                    AdminError::TooMuchMetadata => (StatusCode::BAD_REQUEST, "invalid_metadata"),
                    AdminError::WebhookUrlTaken(_) => (StatusCode::CONFLICT, "duplicate_endpoint"),
                    AdminError::TooManyWebhooks => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_endpoints"),
                    AdminError::TooManyStreams => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_streams"),
                    AdminError::AddressTaken(_) => (StatusCode::CONFLICT, "address_already_used"),
                    _ => (StatusCode::CONFLICT, "domain_already_used"),
                };
                Self::Other(status, code, error.to_string())
            }
            StoreError::Refused(text) => Self::Other(StatusCode::BAD_REQUEST, "refused", text),
            error => Self::Store(error),
        }
    }
}

impl From<TargetError> for ApiError {
    fn from(error: TargetError) -> Self {
        Self::Other(StatusCode::UNPROCESSABLE_ENTITY, "invalid_url", error.to_string())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl ApiError {
    /// 400, as WorkOS responds to a cursor of the event log that it does not know, or that has expired.
    pub(super) fn unknown_event(error: StoreError) -> Self {
        match error {
            StoreError::Cursor(_) => Self::Other(StatusCode::BAD_REQUEST, "invalid_cursor", error.to_string()),
            StoreError::ExpiredCursor(_) => Self::Other(StatusCode::BAD_REQUEST, "expired_cursor", error.to_string()),
            error => error.into(),
        }
    }

    /// 422 for the cursor of any other list.
    pub(super) fn unknown_cursor(error: StoreError) -> Self {
        match error {
            StoreError::Cursor(_) => {
                let message = format!("{error}; start again without a cursor");
                Self::Invalid(vec![FieldError { field: "cursor", message }])
            }
            error => error.into(),
        }
    }

    /// Renders the error.
    pub(in crate::server) fn into_response(self) -> Response {
        match self {
            Self::Unauthorized => {
                let challenge = HeaderValue::from_static("Bearer realm=\"api\"");
                let body = json!({"message": "Unauthorized"});
                with(response::json(StatusCode::UNAUTHORIZED, JSON, &body), WWW_AUTHENTICATE, challenge)
            }
            Self::NotFound(text) => plain(StatusCode::NOT_FOUND, "entity_not_found", &text),
            Self::Method(allowed) => {
                let text = format!("this path accepts only {allowed}");
                let response = plain(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", &text);
                match HeaderValue::from_str(&allowed) {
                    Ok(allowed) => with(response, ALLOW, allowed),
                    Err(_) => response,
                }
            }
            Self::Invalid(errors) => invalid(&errors),
            Self::Other(status, code, text) => plain(status, code, &text),
            Self::Refused(refusal) => {
                let code = if matches!(refusal, Refusal::Overloaded { .. }) { "overloaded" } else { "request_refused" };
                let mut response = plain(refusal.status(), code, &refusal.to_string());
                refusal.add_headers(&mut response);
                response
            }
            Self::Store(error) => of_store(&error),
        }
    }
}

fn plain(status: StatusCode, code: &str, message: &str) -> Response {
    response::json(status, JSON, &json!({"message": message, "code": code}))
}

fn with(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

fn invalid(errors: &[FieldError]) -> Response {
    let shown: Vec<Value> = errors
        .iter()
        .map(|error| {
            let mut shown = Map::new();
            if error.field == "events" {
                // As the endpoints for webhooks report it (section 3.5).
                shown.insert("code".to_owned(), json!("unknown_event_type"));
            } else {
                shown.insert("code".to_owned(), json!("invalid"));
            }
            shown.insert("field".to_owned(), json!(error.field));
            shown.insert("message".to_owned(), json!(error.message));
            Value::Object(shown)
        })
        .collect();
    let message = errors.first().map_or("the request is not valid", |error| error.message.as_str());
    let body = json!({"message": message, "code": "invalid_request_parameters", "errors": shown});
    response::json(StatusCode::UNPROCESSABLE_ENTITY, JSON, &body)
}

fn of_store(error: &StoreError) -> Response {
    if matches!(error, StoreError::Full(_) | StoreError::Unavailable(_)) {
        tracing::error!(request = request_id::current(), %error, "a request was refused");
        let message = "the server's store is not available at the moment; try again later";
        let response = plain(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message);
        return with(response, RETRY_AFTER, HeaderValue::from(STORE_RETRY_S));
    }
    tracing::error!(request = request_id::current(), %error, "a request of the directory API failed");
    let message = "the server failed to handle this request; its log has details under the request id";
    plain(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
}

//! Defects of users, and of PATCH in general.

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::exchange::Upstream;
use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse, bodyless, with_filter};
use crate::scim::ScimError;
use crate::scim::schema::ENTERPRISE;

pub(super) fn create_answered_200(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::POST, Endpoint::Users) && response.status == StatusCode::CREATED {
        response.status = StatusCode::OK;
    }
}

pub(super) fn create_without_body(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if is_create(parsed) && response.status == StatusCode::CREATED {
        response.body = Body::Bytes(Bytes::new());
    }
}

pub(super) fn create_without_id(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::POST, Endpoint::Users) {
        response.each_resource(|resource| {
            resource.shift_remove("id");
        });
    }
}

pub(super) fn create_without_location(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if is_create(parsed) {
        response.headers.remove(LOCATION);
    }
}

pub(super) fn create_inactive(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.is(&Method::POST, Endpoint::Users) {
        set_active(body, false);
    }
}

pub(super) fn create_drops_external_id(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.is(&Method::POST, Endpoint::Users) {
        drop_attribute(body, "externalId");
    }
}

pub(super) fn create_refuses_groups(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let names_groups = parsed.body.as_ref().is_some_and(|body| body.get("groups").is_some());
    let refused = parsed.is(&Method::POST, Endpoint::Users) && names_groups;
    refused.then(|| error(&ScimError::mutability("groups is read-only")))
}

/// Derives the number from the id, so that a client sees the same number each time.
pub(super) fn id_as_number(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if is_create(parsed) {
        response.each_resource(|resource| {
            let number = resource
                .get("id")
                .and_then(Value::as_str)
                .map(|id| id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))));
            if let Some(number) = number {
                resource.insert("id".to_owned(), number.into());
            }
        });
    }
}

pub(super) fn active_as_string(_: &ParsedRequest, response: &mut ParsedResponse) {
    response.each_resource(|resource| {
        if let Some(active) = resource.get_mut("active").filter(|active| active.is_boolean()) {
            *active = Value::String(active.to_string());
        }
    });
}

pub(super) fn password_returned(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let password = parsed.body.as_ref().and_then(|body| body.get("password")).cloned();
    if let (true, Some(password)) = (parsed.is(&Method::POST, Endpoint::Users), password) {
        response.each_resource(|resource| {
            resource.insert("password".to_owned(), password.clone());
        });
    }
}

pub(super) fn external_id_not_returned(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if matches!(parsed.endpoint, Endpoint::Users | Endpoint::User) {
        response.each_resource(|resource| {
            resource.shift_remove("externalId");
        });
    }
}

pub(super) fn enterprise_dropped(parsed: &ParsedRequest, body: &mut Value) {
    if matches!(parsed.endpoint, Endpoint::Users | Endpoint::User)
        && matches!(parsed.method, Method::POST | Method::PUT)
    {
        drop_attribute(body, ENTERPRISE);
        if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
            schemas.retain(|schema| schema != ENTERPRISE);
        }
    }
}

pub(super) fn duplicate_answered_500(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::POST, Endpoint::Users) && response.status == StatusCode::CONFLICT {
        *response = error(&ScimError::new(500, "duplicate key value violates unique constraint"));
    }
}

/// Looks up the existing user and returns it.
pub(super) async fn duplicate_answered_200(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let lookup = parsed.is(&Method::POST, Endpoint::Users).then(|| lookup_of(&parsed, &request)).flatten();
    let response = upstream.call(request).await;
    let Some(lookup) = lookup.filter(|_| response.status() == StatusCode::CONFLICT) else { return response };
    let mut list = ParsedResponse::from(upstream.call(lookup).await);
    let found = list.value().and_then(|list| list["Resources"].get(0).cloned());
    found.map_or(response, |user| ParsedResponse::json(StatusCode::OK, user).into())
}

fn lookup_of(parsed: &ParsedRequest, request: &Request<Bytes>) -> Option<Request<Bytes>> {
    let name = parsed.body.as_ref()?.get("userName")?.as_str()?;
    let filter = format!("userName eq {}", Value::from(name));
    Some(with_filter(bodyless(request, Method::GET, request.uri().clone()), &filter))
}

pub(super) fn put_ignored(parsed: &ParsedRequest, current: Value) -> Option<ParsedResponse> {
    parsed.is(&Method::PUT, Endpoint::User).then(|| ParsedResponse::json(StatusCode::OK, current))
}

pub(super) fn put_drops_external_id(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.is(&Method::PUT, Endpoint::User) {
        drop_attribute(body, "externalId");
    }
}

pub(super) fn put_without_body(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::PUT, Endpoint::User) && response.status == StatusCode::OK {
        response.body = Body::Bytes(Bytes::new());
    }
}

pub(super) fn put_old_state(parsed: &ParsedRequest, before: Value, response: &mut ParsedResponse) {
    if parsed.is(&Method::PUT, Endpoint::User) && response.status == StatusCode::OK {
        response.body = Body::Json(before);
    }
}

pub(super) fn username_kept(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    if parsed.is(&Method::PUT, Endpoint::User)
        && let (Some(name), Some(body)) = (current.get("userName"), body.as_object_mut())
    {
        body.insert("userName".to_owned(), name.clone());
    }
}

pub(super) fn pathless_patch(_: &ParsedRequest, body: &mut Value) {
    if let Some(operations) = operations(body) {
        operations.retain(|operation| operation.get("path").is_some());
    }
}

pub(super) fn pathless_patch_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let mut body = parsed.body.clone()?;
    let pathless = operations(&mut body)?.iter().any(|operation| operation.get("path").is_none());
    (parsed.method == Method::PATCH && pathless).then(|| error(&ScimError::invalid_path("path is required")))
}

pub(super) fn patch_ignored(parsed: &ParsedRequest, current: Value) -> Option<ParsedResponse> {
    match (&parsed.method, parsed.endpoint) {
        (&Method::PATCH, Endpoint::User) => Some(ParsedResponse::json(StatusCode::OK, current)),
        (&Method::PATCH, Endpoint::Group) => Some(ParsedResponse::no_content()),
        _ => None,
    }
}

pub(super) fn patch_not_implemented(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    (parsed.method == Method::PATCH).then(|| error(&ScimError::new(501, "PATCH is not supported")))
}

pub(super) fn patch_old_state(parsed: &ParsedRequest, before: Value, response: &mut ParsedResponse) {
    if parsed.is(&Method::PATCH, Endpoint::User) && response.status.is_success() {
        *response = ParsedResponse::json(StatusCode::OK, before);
    }
}

pub(super) fn deactivation_ignored(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.endpoint == Endpoint::User {
        override_active(body, false, true);
    }
}

pub(super) fn reactivation_ignored(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    if parsed.endpoint == Endpoint::User && current.get("active") == Some(&Value::Bool(false)) {
        override_active(body, true, false);
    }
}

pub(super) async fn deactivated_deleted(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let delete = bodyless(&request, Method::DELETE, request.uri().clone());
    let response = upstream.call(request).await;
    if deactivates(&parsed) && response.status().is_success() {
        upstream.call(delete).await;
    }
    response
}

/// Returns true for a request that sets `active` of a user to false.
pub(super) fn deactivates(parsed: &ParsedRequest) -> bool {
    parsed.endpoint == Endpoint::User
        && matches!(parsed.method, Method::PUT | Method::PATCH)
        && parsed.body.as_ref().is_some_and(|body| {
            let mut other = body.clone();
            override_active(&mut other, false, true);
            other != *body
        })
}

fn is_create(parsed: &ParsedRequest) -> bool {
    parsed.method == Method::POST && matches!(parsed.endpoint, Endpoint::Users | Endpoint::Groups)
}

/// Builds the response with a SCIM error.
pub(super) fn error(error: &ScimError) -> ParsedResponse {
    ParsedResponse::json(StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST), error.to_json())
}

/// Returns the operations of a PATCH body.
pub(super) fn operations(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("Operations").and_then(Value::as_array_mut)
}

/// Returns true if an operation has this `op`, in any letter case.
pub(super) fn is_op(operation: &Value, op: &str) -> bool {
    operation.get("op").and_then(Value::as_str).is_some_and(|given| given.eq_ignore_ascii_case(op))
}

pub(super) fn drop_attribute(body: &mut Value, name: &str) {
    if let Some(body) = body.as_object_mut() {
        body.shift_remove(name);
    }
}

/// Sets an attribute of a document.
pub(super) fn set_attribute(body: &mut Value, name: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(name.to_owned(), value);
    }
}

fn set_active(body: &mut Value, active: bool) {
    set_attribute(body, "active", json!(active));
}

/// Changes `active` from one value to the other, in a resource and in the operations of a PATCH.
fn override_active(body: &mut Value, from: bool, to: bool) {
    let turn = |value: &mut Value| {
        if *value == Value::Bool(from) {
            *value = Value::Bool(to);
        }
    };
    if let Some(operations) = operations(body) {
        for operation in operations {
            let names_active = operation.get("path").is_some_and(|path| path == "active");
            let Some(value) = operation.get_mut("value") else { continue };
            if names_active {
                turn(value);
            } else if let Some(active) = value.get_mut("active") {
                turn(active);
            }
        }
    } else if let Some(active) = body.get_mut("active") {
        turn(active);
    }
}

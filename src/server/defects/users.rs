//! Defects of users, and of PATCH in general.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::about::{About, Answer, Body, Target};
use super::layer::Upstream;
use crate::scim::ScimError;
use crate::scim::schema::ENTERPRISE;

pub(super) fn create_answered_200(about: &About, answer: &mut Answer) {
    if about.is(&Method::POST, Target::Users) && answer.status == StatusCode::CREATED {
        answer.status = StatusCode::OK;
    }
}

pub(super) fn create_without_body(about: &About, answer: &mut Answer) {
    if is_create(about) && answer.status == StatusCode::CREATED {
        answer.body = Body::Bytes(Bytes::new());
    }
}

pub(super) fn create_without_location(about: &About, answer: &mut Answer) {
    if is_create(about) {
        answer.headers.remove(LOCATION);
    }
}

pub(super) fn create_inactive(about: &About, body: &mut Value) {
    if about.is(&Method::POST, Target::Users) {
        set_active(body, false);
    }
}

pub(super) fn create_drops_external_id(about: &About, body: &mut Value) {
    if about.is(&Method::POST, Target::Users) {
        drop_attribute(body, "externalId");
    }
}

pub(super) fn create_refuses_groups(about: &About, _: &HeaderMap) -> Option<Answer> {
    let names_groups = about.body.as_ref().is_some_and(|body| body.get("groups").is_some());
    let refused = about.is(&Method::POST, Target::Users) && names_groups;
    refused.then(|| error(&ScimError::mutability("groups is read-only")))
}

/// The same number for the same id, so that a client who looks twice sees the same.
pub(super) fn id_as_number(about: &About, answer: &mut Answer) {
    if is_create(about) {
        answer.each_resource(|resource| {
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

pub(super) fn active_as_string(_: &About, answer: &mut Answer) {
    answer.each_resource(|resource| {
        if let Some(active) = resource.get_mut("active").filter(|active| active.is_boolean()) {
            *active = Value::String(active.to_string());
        }
    });
}

pub(super) fn password_returned(about: &About, answer: &mut Answer) {
    let password = about.body.as_ref().and_then(|body| body.get("password")).cloned();
    if let (true, Some(password)) = (about.is(&Method::POST, Target::Users), password) {
        answer.each_resource(|resource| {
            resource.insert("password".to_owned(), password.clone());
        });
    }
}

pub(super) fn external_id_not_returned(about: &About, answer: &mut Answer) {
    if matches!(about.target, Target::Users | Target::User) {
        answer.each_resource(|resource| {
            resource.shift_remove("externalId");
        });
    }
}

pub(super) fn enterprise_dropped(about: &About, body: &mut Value) {
    if matches!(about.target, Target::Users | Target::User) && matches!(about.method, Method::POST | Method::PUT) {
        drop_attribute(body, ENTERPRISE);
        if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
            schemas.retain(|schema| schema != ENTERPRISE);
        }
    }
}

pub(super) fn duplicate_answered_500(about: &About, answer: &mut Answer) {
    if about.is(&Method::POST, Target::Users) && answer.status == StatusCode::CONFLICT {
        *answer = error(&ScimError::new(500, "duplicate key value violates unique constraint"));
    }
}

/// The user that is there is looked up and given back.
pub(super) async fn duplicate_answered_200(
    upstream: &dyn Upstream,
    about: About,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let lookup = about.is(&Method::POST, Target::Users).then(|| lookup_of(&about, &request)).flatten();
    let answered = upstream.call(request).await;
    let Some(lookup) = lookup.filter(|_| answered.status() == StatusCode::CONFLICT) else { return answered };
    let mut list = Answer::from(upstream.call(lookup).await);
    let found = list.value().and_then(|list| list["Resources"].get(0).cloned());
    found.map_or(answered, |user| Answer::json(StatusCode::OK, user).into())
}

fn lookup_of(about: &About, request: &Request<Bytes>) -> Option<Request<Bytes>> {
    let name = about.body.as_ref()?.get("userName")?.as_str()?;
    let filter = format!("userName eq {}", Value::from(name));
    let target = format!("{}?filter={}", request.uri().path(), utf8_percent_encode(&filter, NON_ALPHANUMERIC));
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Some(bodyless(request, Method::GET, Uri::from_parts(parts).ok()?))
}

pub(super) fn put_ignored(about: &About, current: Value) -> Option<Answer> {
    about.is(&Method::PUT, Target::User).then(|| Answer::json(StatusCode::OK, current))
}

pub(super) fn put_drops_external_id(about: &About, body: &mut Value) {
    if about.is(&Method::PUT, Target::User) {
        drop_attribute(body, "externalId");
    }
}

pub(super) fn put_without_body(about: &About, answer: &mut Answer) {
    if about.is(&Method::PUT, Target::User) && answer.status == StatusCode::OK {
        answer.body = Body::Bytes(Bytes::new());
    }
}

pub(super) fn put_old_state(about: &About, before: Value, answer: &mut Answer) {
    if about.is(&Method::PUT, Target::User) && answer.status == StatusCode::OK {
        answer.body = Body::Json(before);
    }
}

pub(super) fn username_kept(about: &About, current: &Value, body: &mut Value) {
    if about.is(&Method::PUT, Target::User)
        && let (Some(name), Some(body)) = (current.get("userName"), body.as_object_mut())
    {
        body.insert("userName".to_owned(), name.clone());
    }
}

pub(super) fn pathless_patch(_: &About, body: &mut Value) {
    if let Some(operations) = operations(body) {
        operations.retain(|operation| operation.get("path").is_some());
    }
}

pub(super) fn pathless_patch_refused(about: &About, _: &HeaderMap) -> Option<Answer> {
    let mut body = about.body.clone()?;
    let pathless = operations(&mut body)?.iter().any(|operation| operation.get("path").is_none());
    (about.method == Method::PATCH && pathless).then(|| error(&ScimError::invalid_path("path is required")))
}

pub(super) fn patch_ignored(about: &About, current: Value) -> Option<Answer> {
    match (&about.method, about.target) {
        (&Method::PATCH, Target::User) => Some(Answer::json(StatusCode::OK, current)),
        (&Method::PATCH, Target::Group) => Some(Answer::no_content()),
        _ => None,
    }
}

pub(super) fn patch_not_implemented(about: &About, _: &HeaderMap) -> Option<Answer> {
    (about.method == Method::PATCH).then(|| error(&ScimError::new(501, "PATCH is not supported")))
}

pub(super) fn patch_old_state(about: &About, before: Value, answer: &mut Answer) {
    if about.is(&Method::PATCH, Target::User) && answer.status.is_success() {
        *answer = Answer::json(StatusCode::OK, before);
    }
}

pub(super) fn deactivation_ignored(about: &About, body: &mut Value) {
    if about.target == Target::User {
        override_active(body, false, true);
    }
}

pub(super) fn reactivation_ignored(about: &About, current: &Value, body: &mut Value) {
    if about.target == Target::User && current.get("active") == Some(&Value::Bool(false)) {
        override_active(body, true, false);
    }
}

pub(super) async fn deactivated_deleted(
    upstream: &dyn Upstream,
    about: About,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let delete = bodyless(&request, Method::DELETE, request.uri().clone());
    let deactivates = about.target == Target::User
        && matches!(about.method, Method::PUT | Method::PATCH)
        && about.body.as_ref().is_some_and(|body| {
            let mut other = body.clone();
            override_active(&mut other, false, true);
            other != *body
        });
    let answered = upstream.call(request).await;
    if deactivates && answered.status().is_success() {
        upstream.call(delete).await;
    }
    answered
}

fn is_create(about: &About) -> bool {
    about.method == Method::POST && matches!(about.target, Target::Users | Target::Groups)
}

fn bodyless(request: &Request<Bytes>, method: Method, uri: Uri) -> Request<Bytes> {
    let mut other = Request::new(Bytes::new());
    *other.method_mut() = method;
    *other.uri_mut() = uri;
    *other.headers_mut() = request.headers().clone();
    for name in [CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING] {
        other.headers_mut().remove(name);
    }
    other
}

/// A SCIM error as an answer.
pub(super) fn error(error: &ScimError) -> Answer {
    Answer::json(StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST), error.to_json())
}

/// The operations of a PATCH body.
pub(super) fn operations(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("Operations").and_then(Value::as_array_mut)
}

/// Whether an operation is this one, in any letter case.
pub(super) fn is_op(operation: &Value, op: &str) -> bool {
    operation.get("op").and_then(Value::as_str).is_some_and(|given| given.eq_ignore_ascii_case(op))
}

fn drop_attribute(body: &mut Value, name: &str) {
    if let Some(body) = body.as_object_mut() {
        body.shift_remove(name);
    }
}

fn set_active(body: &mut Value, active: bool) {
    if let Some(body) = body.as_object_mut() {
        body.insert("active".to_owned(), json!(active));
    }
}

/// Turns every `active` of one value into the other, in a resource and in the operations of a PATCH.
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

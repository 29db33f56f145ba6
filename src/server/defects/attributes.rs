//! Defects of attributes that Okta sends: refused, dropped, changed, or kept when they should go.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use serde_json::{Value, json};

use super::exchange::{Endpoint, ParsedRequest, ParsedResponse, Upstream, bodyless, with_body};
use super::users::{drop_attribute, error, operations};
use crate::scim::ScimError;
use crate::scim::schema::ENTERPRISE;

fn is_put(parsed: &ParsedRequest) -> bool {
    parsed.is(&Method::PUT, Endpoint::User)
}

fn is_document(parsed: &ParsedRequest) -> bool {
    is_put(parsed) || parsed.is(&Method::POST, Endpoint::Users)
}

pub(super) fn active_ignored(parsed: &ParsedRequest, body: &mut Value) {
    if is_document(parsed) {
        drop_attribute(body, "active");
    } else if let (true, Some(operations)) = (parsed.endpoint == Endpoint::User, operations(body)) {
        operations.retain(|operation| operation["value"].get("active").is_none() && operation["path"] != "active");
    }
}

pub(super) fn put_drops_enterprise(parsed: &ParsedRequest, body: &mut Value) {
    if is_put(parsed) {
        drop_attribute(body, ENTERPRISE);
        if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
            schemas.retain(|schema| schema != ENTERPRISE);
        }
    }
}

pub(super) fn put_drops_phones(parsed: &ParsedRequest, body: &mut Value) {
    if is_put(parsed) {
        drop_attribute(body, "phoneNumbers");
    }
}

pub(super) fn put_drops_addresses(parsed: &ParsedRequest, body: &mut Value) {
    if is_put(parsed) {
        drop_attribute(body, "addresses");
    }
}

pub(super) fn phones_never_kept(parsed: &ParsedRequest, body: &mut Value) {
    if is_document(parsed) {
        drop_attribute(body, "phoneNumbers");
    }
}

pub(super) fn addresses_never_kept(parsed: &ParsedRequest, body: &mut Value) {
    if is_document(parsed) {
        drop_attribute(body, "addresses");
    }
}

pub(super) fn names_not_kept(parsed: &ParsedRequest, body: &mut Value) {
    if is_document(parsed) {
        drop_attribute(body, "name");
    }
}

pub(super) fn emails_not_kept(parsed: &ParsedRequest, body: &mut Value) {
    if is_document(parsed) {
        drop_attribute(body, "emails");
    }
}

/// Keeps every attribute that the PUT does not name.
pub(super) fn put_merges(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    if is_put(parsed) {
        merge(current, body);
    }
}

fn merge(current: &Value, body: &mut Value) {
    let (Some(current), Some(body)) = (current.as_object(), body.as_object_mut()) else { return };
    for (name, value) in current {
        match body.get_mut(name) {
            Some(sent) if value.is_object() => merge(value, sent),
            Some(_) => {}
            None => {
                body.insert(name.clone(), value.clone());
            }
        }
    }
}

pub(super) fn non_ascii_replaced(parsed: &ParsedRequest, body: &mut Value) {
    if matches!(parsed.endpoint, Endpoint::Users | Endpoint::User) {
        replace_non_ascii(body);
    }
}

fn replace_non_ascii(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_ascii() => {
            *text = text.chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect();
        }
        Value::Array(elements) => elements.iter_mut().for_each(replace_non_ascii),
        Value::Object(object) => object.values_mut().for_each(replace_non_ascii),
        _ => {}
    }
}

fn refuse_enterprise(parsed: &ParsedRequest, attribute: &str, rule: &str) -> Option<ParsedResponse> {
    let named = parsed.body.as_ref().and_then(|body| body.get(ENTERPRISE)?.get(attribute)).is_some();
    (is_document(parsed) && named).then(|| error(&ScimError::invalid_value(rule)))
}

pub(super) fn unknown_manager_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_enterprise(parsed, "manager", "manager.value is not the id of a user")
}

pub(super) fn unknown_cost_center_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_enterprise(parsed, "costCenter", "costCenter is not one of those of this account")
}

/// Returns the password that a request carries, in a document or an operation.
fn has_password(parsed: &ParsedRequest) -> bool {
    let Some(body) = &parsed.body else { return false };
    let operations = body.get("Operations").and_then(Value::as_array);
    let in_operation =
        |operation: &Value| operation["path"] == "password" || operation["value"].get("password").is_some();
    body.get("password").is_some() || operations.is_some_and(|operations| operations.iter().any(in_operation))
}

pub(super) fn create_refuses_password(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    (parsed.is(&Method::POST, Endpoint::Users) && has_password(parsed))
        .then(|| error(&ScimError::invalid_value("password must have 12 characters")))
}

pub(super) fn password_change_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    (parsed.endpoint == Endpoint::User && has_password(parsed))
        .then(|| error(&ScimError::mutability("password cannot be changed")))
}

/// Refuses a PATCH of `active` that is what the user has.
#[expect(clippy::needless_pass_by_value, reason = "the signature of Rewrite::RespondFromCurrent")]
pub(super) fn unchanged_patch_refused(parsed: &ParsedRequest, current: Value) -> Option<ParsedResponse> {
    let operations = parsed.body.as_ref().and_then(|body| body.get("Operations")?.as_array())?;
    let is_unchanged = |operation: &Value| {
        operation["value"].get("active").is_some_and(|active| current.get("active") == Some(active))
    };
    (parsed.is(&Method::PATCH, Endpoint::User) && operations.iter().all(is_unchanged))
        .then(|| error(&ScimError::invalid_value("the request changes nothing")))
}

/// Removes the user from all groups after a PUT.
pub(super) async fn put_wipes_memberships(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let (read, path) = (bodyless(&request, Method::GET, request.uri().clone()), request.uri().path().to_owned());
    let template = request.clone();
    let response = upstream.call(request).await;
    let Some((base, id)) = path.rsplit_once("/Users/").filter(|_| is_put(&parsed) && response.status().is_success())
    else {
        return response;
    };
    let mut user = ParsedResponse::from(upstream.call(read).await);
    let groups = user.value().and_then(|user| user.get("groups")?.as_array().cloned()).unwrap_or_default();
    let remove = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]});
    for group in groups.iter().filter_map(|group| group.get("value")?.as_str()) {
        let Ok(uri) = format!("{base}/Groups/{group}").parse() else { continue };
        let mut removal = with_body(template.clone(), &remove);
        *removal.method_mut() = Method::PATCH;
        *removal.uri_mut() = uri;
        upstream.call(removal).await;
    }
    response
}

/// The beginning of the URNs of extensions. Only the enterprise extension is registered.
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:";

fn is_custom(name: &str) -> bool {
    name.starts_with(EXTENSION) && name != ENTERPRISE
}

/// Refuses a create with an extension that is not the enterprise extension.
pub(super) fn custom_extension_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let mut names = parsed.body.as_ref().and_then(Value::as_object)?.keys();
    (parsed.is(&Method::POST, Endpoint::Users) && names.any(|name| is_custom(name)))
        .then(|| error(&ScimError::invalid_value("unknown schema")))
}

pub(super) fn custom_extension_dropped(parsed: &ParsedRequest, body: &mut Value) {
    if is_document(parsed) {
        drop_custom(body);
    }
}

pub(super) fn put_drops_custom_extension(parsed: &ParsedRequest, body: &mut Value) {
    if is_put(parsed) {
        drop_custom(body);
    }
}

fn drop_custom(body: &mut Value) {
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| !is_custom(name));
    }
    if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
        schemas.retain(|schema| !schema.as_str().is_some_and(is_custom));
    }
}

/// Refuses a PUT of what the user is.
#[expect(clippy::needless_pass_by_value, reason = "the signature of Rewrite::RespondFromCurrent")]
pub(super) fn unchanged_put_refused(parsed: &ParsedRequest, current: Value) -> Option<ParsedResponse> {
    let sent = parsed.body.as_ref().and_then(Value::as_object).filter(|_| is_put(parsed))?;
    let is_kept = |name: &str| !matches!(name, "meta" | "groups" | "schemas");
    let unchanged = sent.iter().filter(|(name, _)| is_kept(name)).all(|(name, value)| current.get(name) == Some(value));
    unchanged.then(|| error(&ScimError::invalid_value("the request changes nothing")))
}

/// Returns the password of a PUT.
pub(super) fn put_returns_password(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let password = parsed.body.as_ref().and_then(|body| body.get("password")).filter(|_| is_put(parsed));
    if let Some(password) = password {
        response.each_resource(|user| {
            user.insert("password".to_owned(), password.clone());
        });
    }
}

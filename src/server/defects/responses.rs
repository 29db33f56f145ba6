//! Defects of responses that are not what the server stored, and of requests for one user that fail.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse, Upstream, bodyless, with_body, with_filter};
use super::users::{deactivates, error};
use crate::scim::schema::ENTERPRISE;
use crate::scim::{ScimError, message};

fn edit_created(
    (parsed, endpoint): (&ParsedRequest, Endpoint),
    response: &mut ParsedResponse,
    edit: impl Fn(&mut serde_json::Map<String, Value>),
) {
    if parsed.is(&Method::POST, endpoint) {
        response.each_resource(edit);
    }
}

pub(super) fn create_without_user_name(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_created((parsed, Endpoint::Users), response, |user| {
        user.shift_remove("userName");
    });
}

pub(super) fn group_create_without_name(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_created((parsed, Endpoint::Groups), response, |group| {
        group.shift_remove("displayName");
    });
}

/// Shows the userName in place of the displayName, as a server does that builds the response from another table.
pub(super) fn create_shows_other_values(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_created((parsed, Endpoint::Users), response, |user| {
        if let Some(name) = user.get("userName").cloned().filter(|_| user.contains_key("displayName")) {
            user.insert("displayName".to_owned(), name);
        }
    });
}

/// Shows the number of a row in place of the id, which no later request knows.
pub(super) fn create_returns_another_id(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_created((parsed, Endpoint::Users), response, |user| {
        if let Some(id) = user.get("id").and_then(Value::as_str).map(|id| format!("row-{id}")) {
            user.insert("id".to_owned(), id.into());
        }
    });
}

pub(super) fn create_without_schemas(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_created((parsed, Endpoint::Users), response, |user| {
        user.shift_remove("schemas");
    });
}

pub(super) fn inactive_not_readable(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let is_inactive = response.value().is_some_and(|user| user["active"] == false);
    if parsed.is(&Method::GET, Endpoint::User) && is_inactive {
        *response = error(&ScimError::new(403, "the user is deactivated"));
    }
}

/// Shows the attributes of the enterprise extension beside those of the User schema.
pub(super) fn enterprise_at_top_level(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if matches!(parsed.endpoint, Endpoint::Users | Endpoint::User) {
        response.each_resource(|user| {
            if let Some(Value::Object(enterprise)) = user.shift_remove(ENTERPRISE) {
                user.extend(enterprise);
            }
        });
    }
}

pub(super) fn taken_name_answered_500(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::PUT, Endpoint::User) && response.status == StatusCode::CONFLICT {
        *response = error(&ScimError::new(500, "duplicate key value violates unique constraint"));
    }
}

/// Refuses the groups that GET returned.
pub(super) fn put_refuses_groups(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let groups = parsed.body.as_ref().and_then(|body| body.get("groups")?.as_array());
    let refused = parsed.is(&Method::PUT, Endpoint::User) && groups.is_some_and(|groups| !groups.is_empty());
    refused.then(|| error(&ScimError::mutability("groups is read-only")))
}

pub(super) fn patch_without_body(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::PATCH, Endpoint::User) && response.status.is_success() {
        response.status = StatusCode::OK;
        response.body = Body::Bytes(Bytes::new());
    }
}

/// Deactivates, with a user, those without externalId whose userName has the same domain.
pub(super) async fn deactivation_hits_others(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let read = bodyless(&request, Method::GET, request.uri().clone());
    let template = request.clone();
    let response = upstream.call(request).await;
    let path = read.uri().path().to_owned();
    let Some((collection, _)) =
        path.rsplit_once('/').filter(|_| deactivates(&parsed) && response.status().is_success())
    else {
        return response;
    };
    let mut user = ParsedResponse::from(upstream.call(read.clone()).await);
    let name = user.value().and_then(|user| user.get("userName")?.as_str().map(str::to_owned)).unwrap_or_default();
    let (Some((_, end)), Ok(users)) = (name.split_once('@'), collection.parse::<http::Uri>()) else { return response };
    let filter = format!("userName ew {} and active eq true and not (externalId pr)", Value::from(format!("@{end}")));
    let mut list = ParsedResponse::from(upstream.call(with_filter(bodyless(&read, Method::GET, users), &filter)).await);
    let others = list.value().and_then(|list| list.get("Resources")?.as_array().cloned()).unwrap_or_default();
    let deactivate = json!({"schemas": [message::PATCH_OP],
        "Operations": [{"op": "replace", "path": "active", "value": false}]});
    for other in others.iter().filter_map(|other| other.get("id")?.as_str()) {
        let Ok(uri) = format!("{collection}/{other}").parse() else { continue };
        let mut deactivation = with_body(template.clone(), &deactivate);
        *deactivation.method_mut() = Method::PATCH;
        *deactivation.uri_mut() = uri;
        upstream.call(deactivation).await;
    }
    response
}

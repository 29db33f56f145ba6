//! Defects of the names of groups: lookups, unusual characters, and names that were used before.
//!
//! The upstream is sound, so a defect that needs other data keeps it in the upstream under a mark that responses do not show:
//! in `externalId` of a group, or in the name of a group that stands for a deleted one.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use serde_json::{Value, json};

use super::exchange::{Endpoint, ParsedRequest, ParsedResponse, Upstream, bodyless, with_body, with_filter};
use super::users::{error, operations, set_attribute};
use crate::scim::ScimError;
use crate::scim::message::PATCH_OP;
use crate::scim::schema::GROUP;

/// Marks the name of a group that was deleted.
const DELETED: &str = "deleted^";
/// Marks a former name, kept in `externalId`.
const FORMERLY: &str = "formerly^";
/// Marks a member that was added again, kept in `externalId`.
const TWICE: &str = "twice^";

/// Returns the name in a lookup by displayName.
fn looked_up(parsed: &ParsedRequest) -> Option<String> {
    let filter = parsed.filter.as_deref().filter(|_| parsed.looks_up(Endpoint::Groups, "displayName"))?;
    serde_json::from_str(filter.split_once(" eq ")?.1).ok()
}

fn name(body: &Value) -> &str {
    body.get("displayName").and_then(Value::as_str).unwrap_or_default()
}

/// Finds the groups whose name contains the value.
pub(super) async fn eq_is_contains(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    match looked_up(&parsed) {
        Some(name) => upstream.call(with_filter(request, &format!("displayName co {}", Value::from(name)))).await,
        None => upstream.call(request).await,
    }
}

/// Fails as a server does that ends the value at the next quote.
pub(super) fn quote_fails(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    looked_up(parsed)?.contains('"').then(|| error(&ScimError::invalid_filter("expected the end of the filter")))
}

/// Finds nothing, as a server does that splits the query after it decoded it.
pub(super) fn ampersand_ends_filter(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if looked_up(parsed).is_some_and(|name| name.contains('&')) {
        super::lists::retain(response, |_| false);
    }
}

/// Finds nothing, as a server does that decodes the query as ISO 8859-1.
pub(super) fn non_ascii_not_found(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if looked_up(parsed).is_some_and(|name| !name.is_ascii()) {
        super::lists::retain(response, |_| false);
    }
}

/// Reads the group that a request names.
async fn current(upstream: &dyn Upstream, request: &Request<Bytes>) -> Value {
    let read = bodyless(request, Method::GET, request.uri().clone());
    ParsedResponse::from(upstream.call(read).await).value().cloned().unwrap_or_default()
}

/// Sets `externalId` of the group that a request names.
async fn set_mark(upstream: &dyn Upstream, request: &Request<Bytes>, mark: &str) {
    let operation = json!({"op": "replace", "path": "externalId", "value": mark});
    let mut patch = with_body(request.clone(), &json!({"schemas": [PATCH_OP], "Operations": [operation]}));
    *patch.method_mut() = Method::PATCH;
    upstream.call(patch).await;
}

fn mark<'a>(group: &'a Value, kind: &str) -> Option<&'a str> {
    group.get("externalId")?.as_str()?.strip_prefix(kind)
}

/// Finds a renamed group under its first name, and not under the new one.
pub(super) async fn found_under_old_name(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    if let Some(name) = looked_up(&parsed) {
        let old = with_filter(request.clone(), &format!("externalId eq {}", json!(format!("{FORMERLY}{name}"))));
        let mut response = ParsedResponse::from(upstream.call(request).await);
        super::lists::retain(&mut response, |group| mark(group, FORMERLY).is_none());
        let mut renamed = ParsedResponse::from(upstream.call(old).await);
        if renamed.finds() {
            response = renamed;
        }
        return without_marks(response);
    }
    let is_write = parsed.endpoint == Endpoint::Group && matches!(parsed.method, Method::PUT | Method::PATCH);
    let before = if is_write { current(upstream, &request).await } else { Value::Null };
    let response = ParsedResponse::from(upstream.call(request.clone()).await);
    if is_write {
        let after = current(upstream, &request).await;
        if let Some(former) = mark(&before, FORMERLY).or_else(|| (name(&before) != name(&after)).then(|| name(&before)))
        {
            set_mark(upstream, &request, &format!("{FORMERLY}{former}")).await;
        }
    }
    without_marks(response)
}

/// Lists a member twice that is added again.
pub(super) async fn added_twice(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let mut again = None;
    if parsed.is(&Method::PATCH, Endpoint::Group) {
        let before = current(upstream, &request).await;
        let present: Vec<Value> = before
            .get("members")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|one| one["value"].clone())
            .collect();
        let mut body = parsed.body.clone().unwrap_or_default();
        let added =
            operations(&mut body).into_iter().flatten().filter(|one| one["op"] == "add" && one["path"] == "members");
        let added: Vec<Value> = added.flat_map(|one| one["value"].as_array().cloned().unwrap_or_default()).collect();
        let known = added.iter().map(|one| &one["value"]).find(|id| present.contains(id));
        again = known.and_then(Value::as_str).map(|id| format!("{TWICE}{id}"));
    }
    let mut response = ParsedResponse::from(upstream.call(request.clone()).await);
    if let Some(again) = again {
        set_mark(upstream, &request, &again).await;
    }
    response.each_resource(|group| {
        let twice = group
            .get("externalId")
            .and_then(Value::as_str)
            .and_then(|mark| mark.strip_prefix(TWICE))
            .map(str::to_owned);
        if let (Some(id), Some(members)) = (twice, group.get_mut("members").and_then(Value::as_array_mut)) {
            members.extend(members.iter().find(|member| member["value"] == id).cloned());
        }
    });
    without_marks(response)
}

/// Keeps the names of deleted groups: another group is made in the place of each.
pub(super) async fn deleted_name_reserved(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    if parsed.is(&Method::POST, Endpoint::Groups) {
        let filter = format!(
            "displayName eq {}",
            json!(format!("{DELETED}{}", name(parsed.body.as_ref().unwrap_or(&Value::Null))))
        );
        let lookup = with_filter(bodyless(&request, Method::GET, request.uri().clone()), &filter);
        let mut found = ParsedResponse::from(upstream.call(lookup).await);
        if found.finds() {
            return error(&ScimError::uniqueness("the displayName belonged to another group")).into();
        }
    }
    let deleted =
        if parsed.is(&Method::DELETE, Endpoint::Group) { current(upstream, &request).await } else { Value::Null };
    let mut response = ParsedResponse::from(upstream.call(request.clone()).await);
    if let (Some((groups, _)), true) = (path.rsplit_once('/'), deleted.get("displayName").is_some()) {
        let tombstone = json!({"schemas": [GROUP], "displayName": format!("{DELETED}{}", name(&deleted))});
        let mut create = with_body(request, &tombstone);
        *create.method_mut() = Method::POST;
        create.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
        if let Ok(uri) = groups.parse() {
            *create.uri_mut() = uri;
            upstream.call(create).await;
        }
    }
    if parsed.is(&Method::GET, Endpoint::Groups) {
        super::lists::retain(&mut response, |group| !name(group).starts_with(DELETED));
    }
    response.into()
}

fn without_marks(mut response: ParsedResponse) -> Response<Bytes> {
    response.each_resource(|group| {
        let is_mark = |text: &str| text.starts_with(FORMERLY) || text.starts_with(TWICE);
        if group.get("externalId").and_then(Value::as_str).is_some_and(is_mark) {
            group.shift_remove("externalId");
        }
    });
    response.into()
}

/// Refuses a PATCH of the name that the group has.
#[expect(clippy::needless_pass_by_value, reason = "the signature of Rewrite::RespondFromCurrent")]
pub(super) fn same_name_refused(parsed: &ParsedRequest, current: Value) -> Option<ParsedResponse> {
    let mut body = parsed.body.clone()?;
    let is_same = |operation: &Value| {
        operation["value"].get("displayName").is_some_and(|to| current.get("displayName") == Some(to))
    };
    let refused = parsed.is(&Method::PATCH, Endpoint::Group) && operations(&mut body)?.iter().any(is_same);
    refused.then(|| error(&ScimError::invalid_value("the request changes nothing")))
}

/// Refuses an operation without path whose value has members.
pub(super) fn pathless_members_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let mut body = parsed.body.clone()?;
    let refused = parsed.is(&Method::PATCH, Endpoint::Group) && operations(&mut body)?.iter().any(names_members);
    refused.then(|| error(&ScimError::invalid_path("members needs a path")))
}

/// Ignores the members in the value of an operation without path.
pub(super) fn pathless_members_ignored(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.is(&Method::PATCH, Endpoint::Group)
        && let Some(operations) = operations(body)
    {
        for operation in operations.iter_mut().filter(|operation| names_members(operation)) {
            let mut value = operation["value"].clone();
            super::users::drop_attribute(&mut value, "members");
            set_attribute(operation, "value", value);
        }
        operations.retain(|operation| operation["value"] != json!({}));
    }
}

fn names_members(operation: &Value) -> bool {
    operation.get("path").is_none() && operation.get("value").is_some_and(|value| value.get("members").is_some())
}

//! Defects of groups and their members.

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::exchange::{Endpoint, ParsedRequest, ParsedResponse};
use super::users::{error, is_op, operations, set_attribute};
use crate::scim::ScimError;

pub(super) fn create_answered_200(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::POST, Endpoint::Groups) && response.status == StatusCode::CREATED {
        response.status = StatusCode::OK;
    }
}

pub(super) fn create_ignores_members(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.is(&Method::POST, Endpoint::Groups)
        && let Some(members) = body.get_mut("members")
    {
        *members = json!([]);
    }
}

pub(super) fn rename_ignored(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    if parsed.endpoint != Endpoint::Group {
        return;
    }
    if parsed.method == Method::PUT
        && let (Some(name), Some(body)) = (current.get("displayName"), body.as_object_mut())
    {
        body.insert("displayName".to_owned(), name.clone());
    }
    if let Some(operations) = operations(body) {
        for operation in operations.iter_mut() {
            if let Some(value) = operation.get_mut("value").and_then(Value::as_object_mut) {
                value.shift_remove("displayName");
            }
        }
        operations.retain(|operation| operation.get("path").is_none_or(|path| path != "displayName"));
    }
}

pub(super) fn rename_refuses_id(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let mut body = parsed.body.clone()?;
    let names_id = |operation: &Value| operation.get("value").is_some_and(|value| value.get("id").is_some());
    let refused = parsed.is(&Method::PATCH, Endpoint::Group) && operations(&mut body)?.iter().any(names_id);
    refused.then(|| error(&ScimError::mutability("id is read-only")))
}

pub(super) fn delete_ignored(parsed: &ParsedRequest, _: Value) -> Option<ParsedResponse> {
    parsed.is(&Method::DELETE, Endpoint::Group).then(ParsedResponse::no_content)
}

pub(super) fn put_ignored(parsed: &ParsedRequest, current: Value) -> Option<ParsedResponse> {
    parsed.is(&Method::PUT, Endpoint::Group).then(|| ParsedResponse::json(StatusCode::OK, current))
}

/// Refuses a group without members, as a directory does whose groups need at least one (groupOfNames).
fn refuse_empty(parsed: &ParsedRequest, method: &Method, endpoint: Endpoint) -> Option<ParsedResponse> {
    let members = parsed.body.as_ref().and_then(|body| body.get("members")?.as_array());
    let refused = parsed.is(method, endpoint) && members.is_none_or(Vec::is_empty);
    refused.then(|| error(&ScimError::invalid_value("a group needs at least one member")))
}

pub(super) fn create_refuses_empty(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_empty(parsed, &Method::POST, Endpoint::Groups)
}

pub(super) fn put_refuses_empty(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_empty(parsed, &Method::PUT, Endpoint::Group)
}

/// Fails to read a group that has members.
pub(super) fn read_fails(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let has_members =
        response.value().and_then(|group| group.get("members")?.as_array()).is_some_and(|all| !all.is_empty());
    if parsed.is(&Method::GET, Endpoint::Group) && has_members {
        *response = error(&ScimError::new(500, "cannot load the members"));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of Rewrite::EditResponseWithPrior")]
pub(super) fn put_old_members(parsed: &ParsedRequest, before: Value, response: &mut ParsedResponse) {
    if parsed.is(&Method::PUT, Endpoint::Group) && response.status == StatusCode::OK {
        let members = before.get("members").cloned().unwrap_or_else(|| json!([]));
        response.each_resource(|group| {
            group.insert("members".to_owned(), members.clone());
        });
    }
}

/// Returns the group with its new name and the members before the PATCH.
pub(super) fn patch_old_members(parsed: &ParsedRequest, mut before: Value, response: &mut ParsedResponse) {
    if !parsed.is(&Method::PATCH, Endpoint::Group) || !response.status.is_success() {
        return;
    }
    let mut body = parsed.body.clone().unwrap_or_default();
    for operation in operations(&mut body).into_iter().flatten() {
        if let Some(name) = operation.get("value").and_then(|value| value.get("displayName")) {
            set_attribute(&mut before, "displayName", name.clone());
        }
    }
    *response = ParsedResponse::json(StatusCode::OK, before);
}

pub(super) fn put_members_ignored(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    if parsed.is(&Method::PUT, Endpoint::Group)
        && let Some(body) = body.as_object_mut()
    {
        body.insert("members".to_owned(), current.get("members").cloned().unwrap_or_else(|| json!([])));
    }
}

pub(super) fn put_members_adds(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    let present = current.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    if parsed.is(&Method::PUT, Endpoint::Group)
        && let Some(members) = body.get_mut("members").and_then(Value::as_array_mut)
    {
        let missing =
            present.into_iter().filter(|member| members.iter().all(|named| named["value"] != member["value"]));
        let missing: Vec<Value> = missing.collect();
        members.extend(missing);
    }
}

pub(super) fn members_not_returned(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if matches!(parsed.endpoint, Endpoint::Groups | Endpoint::Group) {
        response.each_resource(|resource| {
            resource.shift_remove("members");
        });
    }
}

/// Turns `replace` of members into `add`, with or without a path. Other attributes of a value without path stay.
pub(super) fn replace_adds(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.endpoint != Endpoint::Group {
        return;
    }
    let Some(operations) = operations(body) else { return };
    let mut added = Vec::new();
    for operation in operations.iter_mut().filter(|operation| is_op(operation, "replace")) {
        if names_members(operation) {
            set_op(operation, "add");
        } else if let Some(members) =
            operation.get_mut("value").and_then(Value::as_object_mut).and_then(|value| value.shift_remove("members"))
        {
            added.push(json!({"op": "add", "path": "members", "value": members}));
        }
    }
    operations.retain(|operation| operation.get("value").is_none_or(|value| value != &json!({})));
    operations.extend(added);
    operations.retain(|operation| !(is_op(operation, "add") && operation["value"] == json!([])));
}

pub(super) fn empty_replace_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let mut body = parsed.body.clone()?;
    let empties = |operation: &Value| names_members(operation) && operation.get("value") == Some(&json!([]));
    let refused = parsed.is(&Method::PATCH, Endpoint::Group) && operations(&mut body)?.iter().any(empties);
    refused.then(|| error(&ScimError::invalid_value("value must not be empty")))
}

pub(super) fn add_replaces(parsed: &ParsedRequest, body: &mut Value) {
    each_add(parsed, body, |operation| set_op(operation, "replace"));
}

pub(super) fn add_ignored(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.endpoint == Endpoint::Group
        && let Some(operations) = operations(body)
    {
        operations.retain(|operation| !(is_op(operation, "add") && names_members(operation)));
    }
}

pub(super) fn add_takes_first(parsed: &ParsedRequest, body: &mut Value) {
    each_add(parsed, body, |operation| {
        if let Some(members) = operation.get_mut("value").and_then(Value::as_array_mut) {
            members.truncate(1);
        }
    });
}

/// Reads the first members of the group, adds the new ones, and writes as many back.
pub(super) fn cut_at_100(parsed: &ParsedRequest, current: &Value, body: &mut Value) {
    const MOST: usize = 100;
    let mut count = current.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    each_add(parsed, body, |operation| {
        if let Some(added) = operation.get_mut("value").and_then(Value::as_array_mut) {
            added.truncate(MOST.saturating_sub(count));
            count += added.len();
        }
    });
}

pub(super) fn more_than_5_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    const MOST: usize = 5;
    let mut body = parsed.body.clone()?;
    let members = |operation: &Value| match operation.get("value").and_then(Value::as_array) {
        Some(members) if names_members(operation) => members.len(),
        _ => usize::from(removes_one(operation)),
    };
    let changed: usize = operations(&mut body)?.iter().map(members).sum();
    (parsed.is(&Method::PATCH, Endpoint::Group) && changed > MOST)
        .then(|| error(&ScimError::invalid_value("at most 5 members can be changed at once")))
}

pub(super) fn second_removal_ignored(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.endpoint == Endpoint::Group
        && let Some(operations) = operations(body)
    {
        let mut removals = 0;
        operations.retain(|operation| {
            removals += usize::from(removes_one(operation));
            !removes_one(operation) || removals == 1
        });
    }
}

pub(super) fn remove_ignored(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.endpoint == Endpoint::Group
        && let Some(operations) = operations(body)
    {
        operations.retain(|operation| !removes_one(operation));
    }
}

pub(super) fn remove_empties(parsed: &ParsedRequest, body: &mut Value) {
    if parsed.endpoint == Endpoint::Group
        && let Some(operations) = operations(body)
    {
        for operation in operations.iter_mut().filter(|operation| removes_one(operation)) {
            *operation = json!({"op": "remove", "path": "members"});
        }
    }
}

fn each_add(parsed: &ParsedRequest, body: &mut Value, edit: impl FnMut(&mut Value)) {
    if parsed.endpoint == Endpoint::Group
        && let Some(operations) = operations(body)
    {
        operations.iter_mut().filter(|operation| is_op(operation, "add") && names_members(operation)).for_each(edit);
    }
}

fn names_members(operation: &Value) -> bool {
    operation.get("path").and_then(Value::as_str).is_some_and(|path| path.eq_ignore_ascii_case("members"))
}

fn removes_one(operation: &Value) -> bool {
    let path = operation.get("path").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    is_op(operation, "remove")
        && (path.starts_with("members[") || (path == "members" && operation.get("value").is_some()))
}

fn set_op(operation: &mut Value, op: &str) {
    if let Some(operation) = operation.as_object_mut() {
        operation.insert("op".to_owned(), op.into());
    }
}

//! Defects of events, in the responses of `GET /events`.

use http::Method;
use serde_json::Value;

use super::exchange::{Endpoint, ParsedRequest, ParsedResponse};

/// Returns the page of events, if the response contains one.
fn page<'a>(parsed: &ParsedRequest, response: &'a mut ParsedResponse) -> Option<&'a mut Vec<Value>> {
    if !parsed.is(&Method::GET, Endpoint::Other) || !response.status.is_success() {
        return None;
    }
    response.value()?.get_mut("data")?.as_array_mut()
}

fn without(parsed: &ParsedRequest, response: &mut ParsedResponse, is_gone: impl Fn(&str) -> bool) {
    if let Some(page) = page(parsed, response) {
        page.retain(|event| !event.get("event").and_then(Value::as_str).is_some_and(&is_gone));
    }
}

pub(super) fn user_changes_missing(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    without(parsed, response, |name| matches!(name, "dsync.user.updated" | "dsync.user.deleted"));
}

pub(super) fn memberships_missing(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    without(parsed, response, |name| matches!(name, "dsync.group.user_added" | "dsync.group.user_removed"));
}

pub(super) fn groups_missing(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    without(parsed, response, |name| {
        matches!(name, "dsync.group.created" | "dsync.group.updated" | "dsync.group.deleted")
    });
}

pub(super) fn created_users_missing(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    without(parsed, response, |name| name == "dsync.user.created");
}

pub(super) fn without_directory(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    for event in page(parsed, response).into_iter().flatten() {
        if let Some(data) = event.get_mut("data").and_then(Value::as_object_mut) {
            data.shift_remove("directory_id");
        }
    }
}

pub(super) fn created_inactive(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    for event in page(parsed, response).into_iter().flatten() {
        if event.get("event").and_then(Value::as_str) == Some("dsync.user.created")
            && let Some(state) = event.pointer_mut("/data/state")
        {
            *state = Value::from("inactive");
        }
    }
}

//! Defects of lookups and lists.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse};
use crate::scim::ScimError;

pub(super) fn username_filter(parsed: &ParsedRequest, parameter: &str) -> bool {
    parameter == "filter" && parsed.looks_up(Endpoint::Users, "userName")
}

pub(super) fn group_filter(parsed: &ParsedRequest, parameter: &str) -> bool {
    parameter == "filter" && parsed.looks_up(Endpoint::Groups, "displayName")
}

pub(super) fn paging(parsed: &ParsedRequest, parameter: &str) -> bool {
    is_list(parsed) && matches!(parameter, "startIndex" | "count")
}

pub(super) fn lookup_finds_nothing(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.looks_up(Endpoint::Users, "userName") {
        retain(response, |_| false);
    }
}

pub(super) fn group_lookup_finds_nothing(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.looks_up(Endpoint::Groups, "displayName") {
        retain(response, |_| false);
    }
}

pub(super) fn empty_lookup_not_found(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let empty = response.value().is_some_and(|list| list["totalResults"] == 0);
    if is_list(parsed) && parsed.filter.is_some() && empty {
        *response = ParsedResponse::json(StatusCode::NOT_FOUND, json!({"message": "Not Found"}));
    }
}

pub(super) fn inactive_hidden(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.is(&Method::GET, Endpoint::Users) {
        retain(response, |resource| resource["active"] != false);
    }
}

pub(super) fn counters_as_strings(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_list(parsed, response, |list| {
        for name in ["totalResults", "startIndex", "itemsPerPage"] {
            if let Some(counter) = list.get_mut(name).filter(|counter| counter.is_number()) {
                *counter = Value::String(counter.to_string());
            }
        }
    });
}

pub(super) fn items_per_page_echoes_count(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let count = parsed.number("count");
    edit_list(parsed, response, |list| {
        if let Some(count) = count {
            list.insert("itemsPerPage".to_owned(), count.into());
        }
    });
}

pub(super) fn total_is_page_size(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_list(parsed, response, |list| {
        let page = list.get("Resources").and_then(Value::as_array).map_or(0, Vec::len);
        list.insert("totalResults".to_owned(), page.into());
    });
}

pub(super) fn without_resources(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_list(parsed, response, |list| {
        list.shift_remove("Resources");
    });
}

pub(super) fn empty_without_resources(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_list(parsed, response, |list| {
        if list.get("Resources").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            list.shift_remove("Resources");
        }
    });
}

pub(super) fn without_schemas(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_list(parsed, response, |list| {
        list.shift_remove("schemas");
    });
}

fn is_list(parsed: &ParsedRequest) -> bool {
    parsed.method == Method::GET && matches!(parsed.endpoint, Endpoint::Users | Endpoint::Groups)
}

fn edit_list(
    parsed: &ParsedRequest,
    response: &mut ParsedResponse,
    edit: impl FnOnce(&mut serde_json::Map<String, Value>),
) {
    if is_list(parsed)
        && response.status == StatusCode::OK
        && let Body::Json(Value::Object(list)) = &mut response.body
    {
        edit(list);
    }
}

/// Removes resources from a list, and adjusts its counters.
fn retain(response: &mut ParsedResponse, is_kept: impl Fn(&Value) -> bool) {
    let Some(list) = response.value().and_then(Value::as_object_mut) else { return };
    let Some(resources) = list.get_mut("Resources").and_then(Value::as_array_mut) else { return };
    let before = resources.len();
    resources.retain(is_kept);
    let (left, gone) = (resources.len(), before - resources.len());
    let total = list.get("totalResults").and_then(Value::as_u64).unwrap_or(0);
    list.insert("totalResults".to_owned(), total.saturating_sub(gone as u64).into());
    list.insert("itemsPerPage".to_owned(), left.into());
}

/// A request that the server refuses anyway, for its token, is not about the lookup.
pub(super) fn capital_lookup_refused(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let value = parsed.filter.as_deref().and_then(|filter| filter.split('"').nth(1)).unwrap_or_default();
    let capitals = value.contains('@') && !value.bytes().any(|byte| byte.is_ascii_lowercase());
    if parsed.looks_up(Endpoint::Users, "userName") && capitals && response.status == StatusCode::OK {
        *response = super::users::error(&ScimError::invalid_filter("userName must be lowercase"));
    }
}

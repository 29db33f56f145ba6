//! Defects of lookups and lists.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse, Upstream, with_filter, with_query};
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

pub(super) fn start_index(parsed: &ParsedRequest, parameter: &str) -> bool {
    is_list(parsed) && parameter == "startIndex"
}

pub(super) fn count(parsed: &ParsedRequest, parameter: &str) -> bool {
    is_list(parsed) && parameter == "count"
}

fn is_later_page(parsed: &ParsedRequest) -> bool {
    is_list(parsed) && parsed.number("startIndex").is_some_and(|start| start > 1)
}

pub(super) fn later_pages_empty(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if is_later_page(parsed) {
        edit_list(parsed, response, |list| {
            list.insert("Resources".to_owned(), json!([]));
            list.insert("itemsPerPage".to_owned(), 0.into());
        });
    }
}

/// Starts every page but the first with the last resource of the page before.
pub(super) async fn pages_overlap(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let Some(start) = parsed.number("startIndex").filter(|_| is_later_page(&parsed)) else {
        return upstream.call(request).await;
    };
    let query = request.uri().query().unwrap_or_default();
    let earlier = query.replace(&format!("startIndex={start}"), &format!("startIndex={}", start - 1));
    let mut response = ParsedResponse::from(upstream.call(with_query(request, &earlier)).await);
    edit_list(&parsed, &mut response, |list| {
        list.insert("startIndex".to_owned(), start.into());
    });
    response.into()
}

/// Finds the users whose userName contains the value.
pub(super) async fn eq_is_contains(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let filter = parsed.filter.as_deref().filter(|_| parsed.looks_up(Endpoint::Users, "userName"));
    match filter.map(|filter| filter.replacen(" eq ", " co ", 1)) {
        Some(filter) => upstream.call(with_filter(request, &filter)).await,
        None => upstream.call(request).await,
    }
}

/// Fails as a server does that builds SQL from the filter.
pub(super) fn apostrophe_in_filter(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    let quoted = parsed.filter.as_ref().is_some_and(|filter| filter.contains('\''));
    (is_list(parsed) && quoted && parsed.looks_up(Endpoint::Users, "userName"))
        .then(|| super::users::error(&ScimError::new(500, "syntax error near \"'\"")))
}

/// Reads `%2B` as a space.
pub(super) fn plus_in_filter(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if parsed.looks_up(Endpoint::Users, "userName") && parsed.filter.as_ref().is_some_and(|filter| filter.contains('+'))
    {
        retain(response, |_| false);
    }
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

/// Okta takes a 404 with a SCIM error for an empty result.
pub(super) fn empty_lookup_scim_404(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    let empty = response.value().is_some_and(|list| list["totalResults"] == 0);
    if is_list(parsed) && parsed.filter.is_some() && empty {
        *response = super::users::error(&ScimError::new(404, "no resource matches the filter"));
    }
}

pub(super) fn bare_array(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if is_list(parsed)
        && parsed.filter.is_some()
        && response.status == StatusCode::OK
        && let Some(resources) = response.value().and_then(|list| list.get_mut("Resources")).map(Value::take)
    {
        response.body = Body::Json(resources);
    }
}

pub(super) fn lower_case_keys(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    edit_list(parsed, response, |list| {
        *list = std::mem::take(list).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
    });
}

/// Lists a user once for each of two addresses, as a JOIN without DISTINCT does.
pub(super) fn listed_twice(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if !parsed.looks_up(Endpoint::Users, "userName") || parsed.number("count") == Some(1) {
        return;
    }
    edit_list(parsed, response, |list| {
        let Some(resources) = list.get_mut("Resources").and_then(Value::as_array_mut) else { return };
        resources.extend(resources.clone());
        let listed = resources.len();
        list.insert("totalResults".to_owned(), listed.into());
        list.insert("itemsPerPage".to_owned(), listed.into());
    });
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
pub(super) fn retain(response: &mut ParsedResponse, is_kept: impl Fn(&Value) -> bool) {
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

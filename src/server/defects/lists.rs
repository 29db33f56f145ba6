//! Defects of lookups and lists.

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::about::{About, Answer, Body, Target};
use crate::scim::ScimError;

pub(super) fn username_filter(about: &About, parameter: &str) -> bool {
    parameter == "filter" && about.looks_up(Target::Users, "userName")
}

pub(super) fn group_filter(about: &About, parameter: &str) -> bool {
    parameter == "filter" && about.looks_up(Target::Groups, "displayName")
}

pub(super) fn paging(about: &About, parameter: &str) -> bool {
    is_list(about) && matches!(parameter, "startIndex" | "count")
}

pub(super) fn lookup_finds_nothing(about: &About, answer: &mut Answer) {
    if about.looks_up(Target::Users, "userName") {
        keep(answer, |_| false);
    }
}

pub(super) fn group_lookup_finds_nothing(about: &About, answer: &mut Answer) {
    if about.looks_up(Target::Groups, "displayName") {
        keep(answer, |_| false);
    }
}

pub(super) fn empty_lookup_not_found(about: &About, answer: &mut Answer) {
    let empty = answer.value().is_some_and(|list| list["totalResults"] == 0);
    if is_list(about) && about.filter.is_some() && empty {
        *answer = Answer::json(StatusCode::NOT_FOUND, json!({"message": "Not Found"}));
    }
}

pub(super) fn inactive_hidden(about: &About, answer: &mut Answer) {
    if about.is(&Method::GET, Target::Users) {
        keep(answer, |resource| resource["active"] != false);
    }
}

pub(super) fn counters_as_strings(about: &About, answer: &mut Answer) {
    edit_list(about, answer, |list| {
        for name in ["totalResults", "startIndex", "itemsPerPage"] {
            if let Some(counter) = list.get_mut(name).filter(|counter| counter.is_number()) {
                *counter = Value::String(counter.to_string());
            }
        }
    });
}

pub(super) fn items_per_page_echoes_count(about: &About, answer: &mut Answer) {
    let count = about.number("count");
    edit_list(about, answer, |list| {
        if let Some(count) = count {
            list.insert("itemsPerPage".to_owned(), count.into());
        }
    });
}

pub(super) fn total_is_page_size(about: &About, answer: &mut Answer) {
    edit_list(about, answer, |list| {
        let page = list.get("Resources").and_then(Value::as_array).map_or(0, Vec::len);
        list.insert("totalResults".to_owned(), page.into());
    });
}

pub(super) fn without_resources(about: &About, answer: &mut Answer) {
    edit_list(about, answer, |list| {
        list.shift_remove("Resources");
    });
}

pub(super) fn empty_without_resources(about: &About, answer: &mut Answer) {
    edit_list(about, answer, |list| {
        if list.get("Resources").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            list.shift_remove("Resources");
        }
    });
}

pub(super) fn without_schemas(about: &About, answer: &mut Answer) {
    edit_list(about, answer, |list| {
        list.shift_remove("schemas");
    });
}

fn is_list(about: &About) -> bool {
    about.method == Method::GET && matches!(about.target, Target::Users | Target::Groups)
}

fn edit_list(about: &About, answer: &mut Answer, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    if is_list(about)
        && answer.status == StatusCode::OK
        && let Body::Json(Value::Object(list)) = &mut answer.body
    {
        edit(list);
    }
}

/// Leaves out resources, and counts accordingly.
fn keep(answer: &mut Answer, is_kept: impl Fn(&Value) -> bool) {
    let Some(list) = answer.value().and_then(Value::as_object_mut) else { return };
    let Some(resources) = list.get_mut("Resources").and_then(Value::as_array_mut) else { return };
    let before = resources.len();
    resources.retain(is_kept);
    let (left, gone) = (resources.len(), before - resources.len());
    let total = list.get("totalResults").and_then(Value::as_u64).unwrap_or(0);
    list.insert("totalResults".to_owned(), total.saturating_sub(gone as u64).into());
    list.insert("itemsPerPage".to_owned(), left.into());
}

pub(super) fn capital_lookup_refused(about: &About, _: &HeaderMap) -> Option<Answer> {
    let value = about.filter.as_deref()?.split('"').nth(1)?;
    let capitals = value.contains('@') && !value.bytes().any(|byte| byte.is_ascii_lowercase());
    (about.looks_up(Target::Users, "userName") && capitals)
        .then(|| super::users::error(&ScimError::invalid_filter("userName is written in small letters")))
}

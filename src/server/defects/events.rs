//! Defects of the directory's events, as `GET /events` gives them.

use http::Method;
use serde_json::Value;

use super::about::{About, Answer, Target};

/// The page of events in an answer, where it is one.
fn page<'a>(about: &About, answer: &'a mut Answer) -> Option<&'a mut Vec<Value>> {
    if !about.is(&Method::GET, Target::Other) || !answer.status.is_success() {
        return None;
    }
    answer.value()?.get_mut("data")?.as_array_mut()
}

fn without(about: &About, answer: &mut Answer, is_gone: impl Fn(&str) -> bool) {
    if let Some(page) = page(about, answer) {
        page.retain(|event| !event.get("event").and_then(Value::as_str).is_some_and(&is_gone));
    }
}

pub(super) fn user_changes_missing(about: &About, answer: &mut Answer) {
    without(about, answer, |name| matches!(name, "dsync.user.updated" | "dsync.user.deleted"));
}

pub(super) fn memberships_missing(about: &About, answer: &mut Answer) {
    without(about, answer, |name| matches!(name, "dsync.group.user_added" | "dsync.group.user_removed"));
}

pub(super) fn groups_missing(about: &About, answer: &mut Answer) {
    without(about, answer, |name| {
        matches!(name, "dsync.group.created" | "dsync.group.updated" | "dsync.group.deleted")
    });
}

pub(super) fn created_inactive(about: &About, answer: &mut Answer) {
    for event in page(about, answer).into_iter().flatten() {
        if event.get("event").and_then(Value::as_str) == Some("dsync.user.created")
            && let Some(state) = event.pointer_mut("/data/state")
        {
            *state = Value::from("inactive");
        }
    }
}

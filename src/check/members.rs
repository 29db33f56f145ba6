//! The members that a group has after the requests that were sent for it.

use serde_json::Value;

use super::reading::{member_ids, object, sent_body, succeeded};
use crate::wire::{Exchange, Method, id_text};

/// Returns the IDs of the members, sorted.
pub(super) fn sent<'a>(exchanges: impl Iterator<Item = &'a Exchange>, id: &str) -> Vec<String> {
    let mut members: Vec<String> = Vec::new();
    for exchange in exchanges.filter(|exchange| succeeded(exchange)) {
        let (collection, of) = exchange.request.subject();
        let created = || object(exchange).as_ref().and_then(|body| id_text(body.get("id")?));
        if collection != "Groups" || of.or_else(created).as_deref() != Some(id) {
            continue;
        }
        let body = sent_body(exchange);
        match exchange.request.method {
            Method::Post | Method::Put => members = listed(body.get("members")),
            Method::Patch => {
                for operation in body.get("Operations").and_then(Value::as_array).into_iter().flatten() {
                    apply(&mut members, operation);
                }
            }
            _ => {}
        }
    }
    members.sort();
    members.dedup();
    members
}

fn listed(members: Option<&Value>) -> Vec<String> {
    member_ids(members.and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

fn apply(members: &mut Vec<String>, operation: &Value) {
    let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
    match operation.get("op").and_then(Value::as_str) {
        Some("add") if path == "members" => members.extend(listed(operation.get("value"))),
        Some("replace") if path == "members" => *members = listed(operation.get("value")),
        Some("remove") if path == "members" => members.clear(),
        Some("remove") => {
            let removed = path.split('"').nth(1).unwrap_or_default();
            members.retain(|id| id != removed);
        }
        _ => {}
    }
}

//! The users and groups that a scenario knows to be on the target, from its exchanges so far.

use serde_json::Value;

use super::reading::{object, sent_body, succeeded};
use crate::wire::{Exchange, Method, id_text};

/// A resource that the target acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub id: String,
    /// The userName or displayName.
    pub name: String,
    pub active: bool,
}

/// Returns the resources of a collection that the exchanges created, changed and did not remove.
pub(super) fn resources<'a>(exchanges: impl Iterator<Item = &'a Exchange>, collection: &str) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for exchange in exchanges {
        let (of, id) = exchange.request.subject();
        if of != collection {
            continue;
        }
        match (exchange.request.method, id) {
            (Method::Post, None) if succeeded(exchange) => known.extend(created(exchange)),
            (Method::Put | Method::Patch, Some(id)) if succeeded(exchange) => {
                if let Some(one) = known.iter_mut().find(|one| one.id == id) {
                    change(one, exchange);
                }
            }
            (Method::Delete, Some(id)) if succeeded(exchange) => known.retain(|one| one.id != id),
            // A user that was removed when it was deactivated explains later 404 responses.
            (Method::Get, Some(id)) if exchange.status() == Some(404) => {
                known.retain(|one| one.id != id || !one.active);
            }
            _ => {}
        }
    }
    known
}

fn created(exchange: &Exchange) -> Option<Known> {
    let id = object(exchange).as_ref().and_then(|body| id_text(body.get("id")?))?;
    let mut one = Known { id, name: String::new(), active: true };
    set(&mut one, &sent_body(exchange));
    Some(one)
}

fn change(one: &mut Known, exchange: &Exchange) {
    let body = sent_body(exchange);
    set(one, &body);
    let operations = body.get("Operations").and_then(Value::as_array).into_iter().flatten();
    operations.filter(|operation| operation.get("path").is_none()).for_each(|operation| {
        if let Some(value) = operation.get("value") {
            set(one, value);
        }
    });
}

fn set(one: &mut Known, document: &Value) {
    if let Some(name) = ["userName", "displayName"].iter().find_map(|key| document.get(*key)?.as_str()) {
        name.clone_into(&mut one.name);
    }
    if let Some(active) = document.get("active").and_then(Value::as_bool) {
        one.active = active;
    }
}

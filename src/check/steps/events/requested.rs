//! Changes of a user that the requests contain although the feature does not name them.
//!
//! Okta's PUT repeats what the server showed. If the server shows more or less than it was sent, the PUT changes it, and the
//! event of the change is right.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::check::reading::{object, sent_body, succeeded};
use crate::wire::{Exchange, Method, id_text};

/// Returns the attributes of users that accepted requests sent with different values.
pub(super) fn changed<'a>(exchanges: impl Iterator<Item = &'a Exchange>) -> BTreeSet<String> {
    let mut sent: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut changed = BTreeSet::new();
    for exchange in exchanges.filter(|exchange| succeeded(exchange)) {
        let (collection, id) = exchange.request.subject();
        let created = || object(exchange).as_ref().and_then(|body| id_text(body.get("id")?));
        let is_whole = matches!(exchange.request.method, Method::Post | Method::Put);
        let (true, "Users", Some(id)) = (is_whole, collection.as_str(), id.or_else(created)) else { continue };
        let Value::Object(body) = sent_body(exchange) else { continue };
        if let Some(before) = sent.get(&id) {
            let names: BTreeSet<&String> = before.keys().chain(body.keys()).collect();
            changed.extend(names.into_iter().filter(|name| before.get(*name) != body.get(*name)).cloned());
        }
        sent.insert(id, body);
    }
    changed
}

/// Removes changes of these attributes from an event, unless a row of the feature names them. Returns `None` if the event is
/// about nothing else.
pub(super) fn without(mut event: Value, changed: &BTreeSet<String>, rows: &[String]) -> Option<Value> {
    let is_update = event.get("event").and_then(Value::as_str) == Some("dsync.user.updated");
    let previous = event.pointer_mut("/data/previous_attributes").and_then(Value::as_object_mut);
    let Some(previous) = previous.filter(|_| is_update) else { return Some(event) };
    if previous.is_empty() {
        return Some(event);
    }
    let named = |name: &str| rows.iter().any(|row| row.contains(&format!(" {name} ")));
    let surprises = |name: &String, _: &mut Value| named(name) || !changed.contains(attribute(name));
    if let Some(custom) = previous.get_mut("custom_attributes").and_then(Value::as_object_mut) {
        custom.retain(surprises);
    }
    previous.retain(|name, old| surprises(name, old) && !(name == "custom_attributes" && *old == json!({})));
    (!previous.is_empty()).then_some(event)
}

/// Returns the SCIM attribute of a field of an event.
fn attribute(field: &str) -> &str {
    match field {
        "first_name" | "last_name" => "name",
        "username" => "userName",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_a_request_contained_is_no_surprise() {
        let event =
            json!({"event": "dsync.user.updated", "data": {"previous_attributes": {"emails": [], "state": "active"}}});
        let (changed, rows) =
            (BTreeSet::from(["emails".to_owned()]), ["dsync.user.updated ada: state active -> inactive"]);
        let rows = rows.map(str::to_owned);
        let left = without(event.clone(), &changed, &rows).unwrap();
        assert_eq!(left["data"]["previous_attributes"], json!({"state": "active"}));
        // No request changed it: the event is wrong.
        assert_eq!(without(event.clone(), &BTreeSet::new(), &rows), Some(event));
        let only = json!({"event": "dsync.user.updated", "data": {"previous_attributes": {"emails": []}}});
        assert_eq!(without(only.clone(), &changed, &rows), None);
        let custom = json!({"event": "dsync.user.updated",
            "data": {"previous_attributes": {"custom_attributes": {"emails": [], "job_title": "A"}}}});
        let left = without(custom, &changed, &rows).unwrap();
        assert_eq!(left["data"]["previous_attributes"], json!({"custom_attributes": {"job_title": "A"}}));
        // A row names it.
        let named = ["dsync.user.updated ada: emails * -> *".to_owned()];
        assert_eq!(without(only.clone(), &changed, &named), Some(only));
    }
}

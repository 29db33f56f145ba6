//! Compares a resource with a write whose response was lost, to find out if the write took effect. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::exchange::id_text;
use super::request::Method;

/// Attributes that a server may not store as they were sent.
const NOT_STORED: [&str; 5] = ["schemas", "id", "meta", "password", "groups"];

/// Returns true if the resource shows everything that a PUT or PATCH sent, `None` if that cannot be told.
pub(super) fn is_visible(method: Method, sent: &Value, now: &Value) -> Option<bool> {
    match method {
        Method::Put => Some(shows(now, sent.as_object()?)),
        Method::Patch => {
            let operations = sent.get("Operations")?.as_array()?;
            let visible: Option<Vec<bool>> = operations.iter().map(|operation| is_applied(operation, now)).collect();
            visible.map(|visible| visible.into_iter().all(|visible| visible))
        }
        _ => None,
    }
}

fn is_applied(operation: &Value, now: &Value) -> Option<bool> {
    let op = operation.get("op")?.as_str()?.to_ascii_lowercase();
    let value = operation.get("value");
    match (op.as_str(), operation.get("path").and_then(Value::as_str), value) {
        ("add" | "replace", None, Some(Value::Object(values))) => Some(shows(now, values)),
        ("add", Some("members"), Some(value)) => Some(values_of(Some(value)).is_subset(&values_of(now.get("members")))),
        ("replace", Some("members"), Some(value)) => Some(values_of(Some(value)) == values_of(now.get("members"))),
        ("remove", Some(path), None) if path.starts_with("members[value eq ") => {
            let id = path.split('"').nth(1)?;
            Some(!values_of(now.get("members")).contains(id))
        }
        ("add" | "replace", Some(path), Some(value)) if !path.contains(['.', '[', ':']) => {
            Some(is_shown(now, path, value))
        }
        _ => None,
    }
}

fn shows(now: &Value, sent: &Map<String, Value>) -> bool {
    sent.iter().filter(|(name, _)| !NOT_STORED.contains(&name.as_str())).all(|(name, value)| is_shown(now, name, value))
}

fn is_shown(now: &Value, name: &str, value: &Value) -> bool {
    match value {
        Value::Null => now.get(name).is_none_or(Value::is_null),
        Value::Array(_) => values_of(Some(value)) == values_of(now.get(name)),
        value => now.get(name) == Some(value),
    }
}

/// Returns the values of the elements of a list.
fn values_of(list: Option<&Value>) -> BTreeSet<String> {
    let elements = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    elements.iter().filter_map(|element| id_text(element.get("value")?)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_write_is_visible_if_the_resource_shows_what_it_sent() {
        let now = json!({"id": "1", "active": false, "name": {"givenName": "A"}, "members": [{"value": "a"}, {"value": "b"}]});
        let patch = |operation: Value| is_visible(Method::Patch, &json!({"Operations": [operation]}), &now);
        for (operation, visible) in [
            (json!({"op": "replace", "value": {"active": false}}), Some(true)),
            (json!({"op": "replace", "value": {"active": true}}), Some(false)),
            (json!({"op": "Replace", "path": "active", "value": false}), Some(true)),
            (json!({"op": "add", "path": "members", "value": [{"value": "b"}]}), Some(true)),
            (json!({"op": "add", "path": "members", "value": [{"value": "c"}]}), Some(false)),
            (json!({"op": "replace", "path": "members", "value": [{"value": "b"}]}), Some(false)),
            (json!({"op": "remove", "path": "members[value eq \"c\"]"}), Some(true)),
            (json!({"op": "remove", "path": "members[value eq \"a\"]"}), Some(false)),
            (json!({"op": "remove", "path": "name"}), None),
            (json!({"op": "replace", "path": "name.givenName", "value": "A"}), None),
        ] {
            assert_eq!(patch(operation.clone()), visible, "{operation}");
        }
        let put = |body: Value| is_visible(Method::Put, &body, &now);
        assert_eq!(put(json!({"schemas": [], "active": false, "title": null, "password": "x"})), Some(true));
        assert_eq!(put(json!({"active": false, "members": []})), Some(false));
        assert_eq!(is_visible(Method::Delete, &now, &now), None);
    }
}

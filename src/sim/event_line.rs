//! An event as one line. Pure.

use serde_json::Value;

/// Formats an event of the Events API: name, subject, and the changed attributes.
///
/// ```
/// use scimulate::sim::event_line;
///
/// let event = serde_json::json!({"event": "dsync.user.updated", "data": {"email": "ada@example.com", "state": "inactive",
///     "previous_attributes": {"state": "active"}}});
/// assert_eq!(event_line(&event), "dsync.user.updated ada@example.com state active -> inactive");
/// ```
#[must_use]
pub fn event_line(event: &Value) -> String {
    let data = event.get("data").unwrap_or(&Value::Null);
    let mut words = vec![text(event.get("event"))];
    match (data.get("user"), data.get("group")) {
        (Some(user), Some(group)) => words.push(format!("{} in {}", subject(user), subject(group))),
        _ => words.push(subject(data)),
    }
    let changes = changes(data);
    if !changes.is_empty() {
        words.push(changes.join(", "));
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// Returns the most readable name of a user, group or directory.
fn subject(data: &Value) -> String {
    let names = ["email", "username", "name", "idp_id", "id"];
    names.into_iter().find_map(|name| data.get(name)?.as_str()).unwrap_or_default().to_owned()
}

/// Lists the changes, such as `state active -> inactive`. Custom attributes appear under their own names.
fn changes(data: &Value) -> Vec<String> {
    let Some(previous) = data.get("previous_attributes").and_then(Value::as_object) else { return Vec::new() };
    let mut changes = Vec::new();
    for (name, old) in previous {
        let new = data.get(name);
        match (old, new) {
            (Value::Object(old), Some(Value::Object(new))) => {
                changes.extend(old.iter().map(|(name, old)| change(name, old, new.get(name))));
            }
            _ => changes.push(change(name, old, new)),
        }
    }
    changes
}

fn change(name: &str, old: &Value, new: Option<&Value>) -> String {
    format!("{name} {} -> {}", text(Some(old)), text(new))
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "none".to_owned(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_subject_is_named_as_a_person_would() {
        let added = json!({"event": "dsync.group.user_added", "data": {"user": {"id": "u1", "email": "ada@x"},
            "group": {"id": "g1", "name": "crew"}}});
        assert_eq!(event_line(&added), "dsync.group.user_added ada@x in crew");
        let deleted = json!({"event": "dsync.group.deleted", "data": {"id": "g1", "name": "crew"}});
        assert_eq!(event_line(&deleted), "dsync.group.deleted crew");
        assert_eq!(event_line(&json!({"event": "dsync.activated"})), "dsync.activated");
    }

    #[test]
    fn custom_attributes_appear_under_their_own_names() {
        let event = json!({"event": "dsync.user.updated", "data": {"email": "ada@x", "custom_attributes": {"title": "B"},
            "previous_attributes": {"custom_attributes": {"title": null, "team": "red"}}}});
        assert_eq!(event_line(&event), "dsync.user.updated ada@x title none -> B, team red -> none");
    }
}

//! An action as one line. Pure.

use serde_json::Value;

use crate::okta::action::Action;

/// Describes an action in one line: `assign  people: ada, grace  app: app`.
#[must_use]
pub fn describe(action: &Action) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            items.join(", ")
        }
        Value::Object(members) => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let pairs: Vec<String> = members.iter().map(|(name, value)| format!("{name} = {}", text(value))).collect();
            pairs.join(", ")
        }
        other => other.to_string(),
    };
    let mut words = Vec::new();
    let mut app = None;
    if let Ok(Value::Object(members)) = serde_json::to_value(action) {
        for (key, value) in &members {
            match key.as_str() {
                "do" => words.insert(0, shown(value)),
                "app" => app = Some(format!("app: {}", shown(value))),
                _ if value.is_null() || value.as_array().is_some_and(Vec::is_empty) => {}
                _ => words.push(format!("{key}: {}", shown(value))),
            }
        }
    }
    words.extend(app);
    words.join("  ")
}

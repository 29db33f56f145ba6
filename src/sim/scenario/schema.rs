//! The JSON schema of scenario files, for editors. It is made from the types that read a file. Pure.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::file::File;

/// Returns the JSON schema (draft 7) of a scenario file.
#[must_use]
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>().to_value();
    one_line(&mut schema);
    for action in actions(&mut schema) {
        if let Some(properties) = action.get_mut("properties").and_then(Value::as_object_mut) {
            let about =
                "A part of the error that Okta must show the administrator after the action; empty for any error.";
            let at = "The time at which the action happens, such as `2027-03-01 09:00`. Only faults and reports depend on it.";
            properties.insert("at".to_owned(), json!({"description": at, "type": "string"}));
            properties.insert("expect-task".to_owned(), json!({"description": about, "type": "string"}));
        }
        // An org with one app needs no `app`.
        if let Some(required) = action.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "app");
        }
    }
    let faults = ["status", "retry-after", "delay", "unreachable", "wrong-token"].map(|name| ("FaultEntry", name));
    let numbers = ["people", "groups", "groups-per-person", "population-seed"].map(|name| ("PopulationEntry", name));
    for (entry, name) in faults.into_iter().chain(numbers) {
        if let Some(property) = schema.pointer_mut(&format!("/definitions/{entry}/properties/{name}")) {
            let about = property.get("description").cloned();
            *property =
                json!({"description": about, "anyOf": [property.take(), {"type": "string", "pattern": "^\\$\\{"}]});
        }
    }
    schema
}

/// Returns the schemas of the actions.
pub(super) fn actions(schema: &mut Value) -> impl Iterator<Item = &mut Value> {
    schema.pointer_mut("/definitions/Action/oneOf").and_then(Value::as_array_mut).into_iter().flatten()
}

/// Joins the lines of descriptions, which are wrapped in the source.
fn one_line(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "description" => *text = text.replace('\n', " "),
                    other => one_line(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(one_line),
        _ => {}
    }
}

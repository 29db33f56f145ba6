use serde_json::Value;

use super::*;

/// Collects the targets of all references.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
        _ => {}
    }
}

#[test]
fn every_operation_is_in_the_document() {
    let document = serde_json::to_value(document("http://127.0.0.1:8080")).unwrap();
    for row in ROWS {
        let operation = &document["paths"][row.path][row.method.to_ascii_lowercase()];
        assert_eq!(operation["operationId"], format!("{:?}", row.operation));
        assert!(operation["responses"][row.status.to_string()].is_object(), "{}", row.path);
    }
    let methods = document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len());
    assert_eq!(methods.sum::<usize>(), ROWS.len());
}

#[test]
fn every_reference_resolves() {
    let document = serde_json::to_value(document("http://127.0.0.1:8080")).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 30, "{}", found.len());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

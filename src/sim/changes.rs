//! The differences between two resources, attribute by attribute. Pure.

use serde_json::{Map, Value};

/// Lists the differences between a resource as it was read and as it is written, one line each, in the order of the
/// written document: `active: true -> false`, `title: (none) -> "Engineer"`. Values of a list that were added or removed
/// have a line each: `members: + {"value":"42"}`.
#[must_use]
pub fn changes(read: &Value, written: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare(&Path::default(), Some(read), Some(written), &mut lines);
    lines
}

/// The path of an attribute.
#[derive(Default)]
struct Path {
    text: String,
    depth: usize,
}

impl Path {
    /// Returns the path of an attribute below this one. A colon follows the URN of an extension.
    fn below(&self, name: &str) -> Self {
        let separator = match self.depth {
            0 => "",
            1 if self.text.contains(':') => ":",
            _ => ".",
        };
        Self { text: format!("{}{separator}{name}", self.text), depth: self.depth + 1 }
    }
}

fn compare(path: &Path, read: Option<&Value>, written: Option<&Value>, lines: &mut Vec<String>) {
    match (read, written) {
        (read, written) if read == written => {}
        (Some(Value::Object(read)), Some(Value::Object(written))) => objects(path, read, written, lines),
        (Some(Value::Array(read)), Some(Value::Array(written))) => lists(path, read, written, lines),
        (read, written) => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "(none)".to_owned(), Value::to_string);
            lines.push(format!("{}: {} -> {}", path.text, shown(read), shown(written)));
        }
    }
}

fn objects(path: &Path, read: &Map<String, Value>, written: &Map<String, Value>, lines: &mut Vec<String>) {
    let removed = read.keys().filter(|name| !written.contains_key(*name));
    for name in written.keys().chain(removed) {
        compare(&path.below(name), read.get(name), written.get(name), lines);
    }
}

fn lists(path: &Path, read: &[Value], written: &[Value], lines: &mut Vec<String>) {
    if let ([one @ Value::Object(_)], [other @ Value::Object(_)]) = (read, written) {
        let first = Path { text: format!("{}[0]", path.text), depth: path.depth + 1 };
        return compare(&first, Some(one), Some(other), lines);
    }
    let path = &path.text;
    let before = lines.len();
    lines.extend(only_in(read, written).map(|value| format!("{path}: - {value}")));
    lines.extend(only_in(written, read).map(|value| format!("{path}: + {value}")));
    if lines.len() == before {
        lines.push(format!("{path}: the same values in another order"));
    }
}

/// Returns the values that are in the list but not in the other one.
fn only_in<'a>(list: &'a [Value], other: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    list.iter().filter(|value| !other.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_attribute_has_its_own_line() {
        let read = json!({"userName": "ada", "name": {"givenName": "Ada"}, "emails": [{"value": "a@x", "type": "work"}],
            "title": "Analyst", "active": true, "urn:a:b:2.0:User": {"department": "R", "manager": {"value": "1"}}});
        let written = json!({"userName": "ada", "name": {"givenName": "Ada", "familyName": "L"},
            "emails": [{"value": "b@x", "type": "work"}], "active": false, "urn:a:b:2.0:User": {"department": "M", "manager": {"value": "2"}}});
        assert_eq!(
            changes(&read, &written),
            [
                "name.familyName: (none) -> \"L\"",
                "emails[0].value: \"a@x\" -> \"b@x\"",
                "active: true -> false",
                "urn:a:b:2.0:User:department: \"R\" -> \"M\"",
                "urn:a:b:2.0:User:manager.value: \"1\" -> \"2\"",
                "title: \"Analyst\" -> (none)",
            ]
        );
        assert!(changes(&read, &read).is_empty());
    }

    #[test]
    fn values_of_a_list_are_added_and_removed() {
        let read = json!({"members": [{"value": "1"}, {"value": "2"}]});
        let written = json!({"members": [{"value": "2"}, {"value": "3"}]});
        assert_eq!(changes(&read, &written), [r#"members: - {"value":"1"}"#, r#"members: + {"value":"3"}"#]);
        let reordered = json!({"members": [{"value": "2"}, {"value": "1"}]});
        assert_eq!(changes(&read, &reordered), ["members: the same values in another order"]);
        assert_eq!(changes(&json!({"members": []}), &written).len(), 2);
    }
}

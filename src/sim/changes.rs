//! The differences between two resources, attribute by attribute. Pure.

use serde_json::{Map, Value};

/// Lists the differences between a resource as it was read and as it is written, one line each, in the order of the
/// written document: `active: true -> false`, `title: (none) -> "Engineer"`. Values of a list that were added or removed
/// have a line each: `members: + 42 (ada@example.com)`. That `meta` and `$ref` are omitted is not listed, because the
/// server sets them.
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
    let is_set_by_the_server = |name: &str| name == "$ref" || (name == "meta" && path.depth == 0);
    let removed = read.keys().filter(|name| !written.contains_key(*name) && !is_set_by_the_server(name));
    for name in written.keys().chain(removed) {
        compare(&path.below(name), read.get(name), written.get(name), lines);
    }
}

fn lists(path: &Path, read: &[Value], written: &[Value], lines: &mut Vec<String>) {
    if path.text == "members" {
        return members(read, written, lines);
    }
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

/// Compares members by `value`, because Okta sends no other sub-attribute than `display` with it.
fn members(read: &[Value], written: &[Value], lines: &mut Vec<String>) {
    let before = lines.len();
    for (sign, list, other) in [('-', read, written), ('+', written, read)] {
        for member in list {
            let value = member.get("value");
            if other.iter().all(|other| other.get("value") != value) {
                let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
                let display = text(member.get("display")).map(|name| format!(" ({name})")).unwrap_or_default();
                let value = text(value).unwrap_or_else(|| member.to_string());
                lines.push(format!("members: {sign} {value}{display}"));
            }
        }
    }
    if lines.len() == before {
        lines.push("members: the same members".to_owned());
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
        let read = json!({"roles": [{"value": "1"}, {"value": "2"}]});
        let written = json!({"roles": [{"value": "2"}, {"value": "3"}]});
        assert_eq!(changes(&read, &written), [r#"roles: - {"value":"1"}"#, r#"roles: + {"value":"3"}"#]);
        let reordered = json!({"roles": [{"value": "2"}, {"value": "1"}]});
        assert_eq!(changes(&read, &reordered), ["roles: the same values in another order"]);
        assert_eq!(changes(&json!({"roles": []}), &written).len(), 2);
    }

    #[test]
    fn members_are_compared_by_their_value() {
        let read =
            json!({"meta": {"version": "1"}, "members": [{"value": "1", "type": "User", "$ref": "u"}, {"value": "2"}]});
        let written = json!({"members": [{"value": "1", "display": "ada"}, {"value": "3", "display": "ben"}]});
        assert_eq!(changes(&read, &written), ["members: - 2", "members: + 3 (ben)"]);
        let same = json!({"members": [{"value": "2", "display": "b"}, {"value": "1", "display": "ada"}]});
        assert_eq!(changes(&read, &same), ["members: the same members"]);
    }

    #[test]
    fn a_lost_sub_attribute_is_listed() {
        let read = json!({"emails": [{"value": "a@x", "display": "A"}]});
        let written = json!({"emails": [{"value": "a@x"}]});
        assert_eq!(changes(&read, &written), [r#"emails[0].display: "A" -> (none)"#]);
    }
}

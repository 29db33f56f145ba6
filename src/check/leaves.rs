//! Compares a document that was sent with one that came back, value by value.
//!
//! Null, an absent attribute and an empty array are equal (RFC 7643 section 2.5). Keys and elements that were not sent belong
//! to the server.

use serde_json::Value;

/// A value that was sent and did not come back.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// `name.familyName`, `emails.type`; an extension's URN is one part of the path.
    pub path: Vec<String>,
    pub sent: Value,
    /// The value in its place, `None` if there is none.
    pub have: Option<Value>,
}

impl Leaf {
    /// Returns the path as text.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

/// Returns the values that differ.
#[must_use]
pub fn differences(sent: &Value, have: Option<&Value>) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    compare(&mut Vec::new(), sent, have, &mut leaves);
    leaves
}

fn compare(path: &mut Vec<String>, sent: &Value, have: Option<&Value>, leaves: &mut Vec<Leaf>) {
    if unassigned(sent) {
        return;
    }
    let have = have.filter(|have| !unassigned(have));
    match (sent, have) {
        (Value::Object(sent), Some(Value::Object(have))) => {
            for (key, value) in sent {
                path.push(key.clone());
                compare(path, value, have.get(key), leaves);
                path.pop();
            }
        }
        (Value::Array(sent), Some(Value::Array(have))) => {
            for element in sent {
                compare(path, element, counterpart(element, have), leaves);
            }
        }
        (sent, Some(have)) if same(path, sent, have) => {}
        (sent, have) => leaves.push(Leaf { path: path.clone(), sent: sent.clone(), have: have.cloned() }),
    }
}

/// Finds the element that a sent element became: the one with the same `value`, otherwise an equal one.
fn counterpart<'a>(element: &Value, have: &'a [Value]) -> Option<&'a Value> {
    let value = |of: &Value| of.get("value").cloned();
    match value(element) {
        Some(key) => have.iter().find(|other| value(other).is_some_and(|other| text_eq(&key, &other))),
        None => have.iter().find(|other| *other == element),
    }
}

fn same(path: &[String], sent: &Value, have: &Value) -> bool {
    let leaf = path.last().map(String::as_str);
    sent == have || (matches!(leaf, Some("userName" | "value")) && text_eq(sent, have))
}

fn text_eq(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

fn unassigned(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Returns every value at a path; elements of an array each have their own.
#[must_use]
pub fn values_at<'a>(document: &'a Value, path: &[String]) -> Vec<&'a Value> {
    let Some((first, rest)) = path.split_first() else { return vec![document] };
    match document {
        Value::Array(elements) => elements.iter().flat_map(|element| values_at(element, path)).collect(),
        Value::Object(object) => object.get(first).map(|value| values_at(value, rest)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(sent: &Value, have: &Value) -> Vec<String> {
        differences(sent, Some(have)).iter().map(Leaf::name).collect()
    }

    #[test]
    fn only_values_that_were_sent_and_are_assigned_count() {
        let sent = json!({"userName": "ada", "title": null, "roles": [], "name": {"givenName": "Ada"},
            "emails": [{"value": "a@x", "type": "work"}]});
        let have = json!({"userName": "ADA", "name": {"givenName": "Ada", "formatted": "Ada L"}, "nickName": "a",
            "emails": [{"value": "b@x"}, {"value": "A@x", "type": "work"}]});
        assert_eq!(names(&sent, &have), Vec::<String>::new());
        let have = json!({"userName": "ben", "name": {}, "emails": [{"value": "a@x"}]});
        assert_eq!(names(&sent, &have), ["userName", "name.givenName", "emails.type"]);
        assert_eq!(names(&sent, &json!({"userName": "ada", "name": {"givenName": "Ada"}})), ["emails"]);
    }

    #[test]
    fn values_of_array_elements_have_one_path() {
        let document = json!({"emails": [{"type": "work"}, {"type": "home"}]});
        let path = ["emails".to_owned(), "type".to_owned()];
        assert_eq!(values_at(&document, &path), [&json!("work"), &json!("home")]);
    }
}

//! Protocol messages (RFC 7644): URNs, lists of resources, and parsing of request bodies.

use serde_json::{Value, json};

use super::{Object, ScimError, number};

/// The URN of ListResponse.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of PatchOp.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The URN of SearchRequest.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The URN of BulkRequest.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of BulkResponse.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
pub use super::error::ERROR;

/// Builds a ListResponse. `itemsPerPage` is the number of resources on this page, as Okta's review requires.
#[must_use]
pub fn list_response(total: u64, start_index: u64, resources: Vec<Value>) -> Value {
    let mut list = json!({
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
    });
    if let Some(object) = list.as_object_mut() {
        object.insert("Resources".to_owned(), Value::Array(resources));
    }
    list
}

/// Builds a page of a list by cursor (RFC 9865 section 2): without `startIndex`, and with `nextCursor` except on the last
/// page.
#[must_use]
pub fn cursor_response(total: u64, next: Option<String>, resources: Vec<Value>) -> Value {
    let mut list = list_response(total, 1, resources);
    if let Some(object) = list.as_object_mut() {
        object.shift_remove("startIndex");
        if let Some(next) = next {
            object.shift_insert(2, "nextCursor".to_owned(), Value::String(next));
        }
    }
    list
}

/// Returns a value by its key in any letter case (RFC 7643 section 2.1). Okta tolerates the keys of a list in lower case.
#[must_use]
pub fn attribute<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    let any_case = || body.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    body.get(name).or_else(any_case)
}

/// Returns the resources of a list.
#[must_use]
pub fn resources(list: &Value) -> Option<&Vec<Value>> {
    attribute(list, "Resources")?.as_array()
}

/// Parses the body of a request. If a key is repeated in the same letter case, the last value counts.
///
/// # Errors
/// 400 `invalidSyntax` for a body that is empty, not UTF-8, not JSON, not a JSON object, nested deeper than `depth`, or
/// contains U+0000, which JSON allows but directories do not; 400 `invalidValue` for a number that would be rounded.
pub fn parse_object(body: &[u8], depth: usize) -> Result<Object, ScimError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        ScimError::invalid_syntax(format!("the body is not UTF-8: invalid sequence at byte {}", error.valid_up_to()))
    })?;
    if text.trim().is_empty() {
        return Err(ScimError::invalid_syntax("the body is empty; expected a JSON object"));
    }
    match flaw(text, depth) {
        Some(Flaw::TooDeep) => {
            let detail = format!("the body nests deeper than {depth} levels, the limit");
            return Err(ScimError::invalid_syntax(detail));
        }
        Some(Flaw::Nul(at)) => {
            let detail = format!("a string contains U+0000 at byte {at}; remove it");
            return Err(ScimError::invalid_syntax(detail));
        }
        Some(Flaw::Rounded(number)) => return Err(ScimError::invalid_value(number::refusal(number))),
        None => {}
    }
    match serde_json::from_str(text) {
        Ok(value) => object_of(value),
        Err(error) => Err(ScimError::invalid_syntax(format!("the body is not JSON: {error}"))),
    }
}

/// Returns the object that a body consists of.
///
/// # Errors
/// 400 `invalidSyntax` for any other JSON value.
pub fn object_of(body: Value) -> Result<Object, ScimError> {
    match body {
        Value::Object(object) => Ok(object),
        other => Err(ScimError::invalid_syntax(format!("the body is {}; expected a JSON object", kind_of(&other)))),
    }
}

/// A problem that the JSON parser does not report.
enum Flaw<'a> {
    TooDeep,
    /// `\u0000`, at this byte.
    Nul(usize),
    /// A number that parsing would round.
    Rounded(&'a str),
}

/// Checks nesting, numbers and escapes before the JSON parser recurses into the body.
fn flaw(text: &str, most: usize) -> Option<Flaw<'_>> {
    let body = text.as_bytes();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in body.iter().enumerate() {
        match byte {
            _ if escaped => {
                escaped = false;
                if *byte == b'u' && body.get(at..at + 5) == Some(b"u0000") {
                    return Some(Flaw::Nul(at - 1));
                }
            }
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > most {
                    return Some(Flaw::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9'
                if !at.checked_sub(1).and_then(|at| body.get(at)).is_some_and(|byte| is_of_number(*byte)) =>
            {
                let length = body.iter().skip(at).take_while(|byte| is_of_number(**byte)).count();
                if let Some(number) = text.get(at..at + length).filter(|number| !number::is_exact(number)) {
                    return Some(Flaw::Rounded(number));
                }
            }
            _ => {}
        }
    }
    None
}

const fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

/// Names the type of a JSON value for an error message.
#[must_use]
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Formats a value for an error message: as JSON, truncated if it is long.
#[must_use]
pub fn shown(value: &Value) -> String {
    const MOST: usize = 80;
    if matches!(value, Value::Array(_) | Value::Object(_)) {
        return kind_of(value).to_owned();
    }
    let text = value.to_string();
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST).chain("…".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits;
    use crate::scim::ScimType;

    fn parse_object(body: &[u8]) -> Result<Object, ScimError> {
        super::parse_object(body, limits::JSON_DEPTH)
    }

    #[test]
    fn each_invalid_body_has_its_own_message() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        for (body, word) in [
            (&b""[..], "empty"),
            (b" \n", "empty"),
            (b"\xff{}", "not UTF-8"),
            (b"{\"a\":", "not JSON"),
            (b"{} {}", "not JSON"),
            (b"{\"a\":\"\\ud800\"}", "not JSON"),
            (b"{\"a\":1e400}", "not JSON"),
            (b"{\"a\":\"x\\u0000\"}", "U+0000 at byte 7"),
            (b"[]", "an array"),
            (b"null", "null"),
            (deep.as_bytes(), "nests deeper"),
        ] {
            let error = parse_object(body).unwrap_err();
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)));
            assert!(error.detail.contains(word), "{}", error.detail);
        }
    }

    #[test]
    fn an_escaped_backslash_does_not_start_an_escape() {
        let object = parse_object(br#"{"a":"\\u0000"}"#).unwrap();
        assert_eq!(object["a"], r"\u0000");
    }

    #[test]
    fn nesting_is_limited_outside_strings_only() {
        assert!(parse_object(format!("{{\"a\":{:?}}}", "[".repeat(200)).as_bytes()).is_ok());
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(parse_object(nested(limits::JSON_DEPTH).as_bytes()).is_ok());
        assert!(parse_object(nested(limits::JSON_DEPTH + 1).as_bytes()).is_err());
    }

    #[test]
    fn the_keys_of_a_list_may_be_in_lower_case() {
        let list = json!({"totalresults": 1, "resources": [{"id": "1"}]});
        assert_eq!(resources(&list).map(Vec::len), Some(1));
        assert_eq!(attribute(&list, "totalResults"), Some(&json!(1)));
        assert_eq!(attribute(&json!({"Total": 2, "total": 1}), "total"), Some(&json!(1)));
    }

    #[test]
    fn a_list_counts_the_resources_on_its_page() {
        let list = list_response(7, 3, vec![json!({"id": "a"}), json!({"id": "b"})]);
        assert_eq!(list["itemsPerPage"], 2);
        assert_eq!(list["totalResults"], 7);
        assert_eq!(list["startIndex"], 3);
    }
}

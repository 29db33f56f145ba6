//! The decisive part of a request and of a response, on one line each.

use serde_json::{Map, Value};

use crate::report::exchange::ExchangeReport;

/// The longest excerpt of a body, in characters.
const EXCERPT: usize = 240;

/// The attributes that identify a resource to a reader.
const IDENTITY: [&str; 4] = ["id", "userName", "displayName", "active"];

/// Returns the request line and the part of the body that matters: `PATCH /Users/01K {"op":"replace","value":…}`.
pub(super) fn request(exchange: &ExchangeReport, part: &str) -> String {
    let line = format!("{} {}", exchange.method, path(&exchange.url));
    match &exchange.request_body {
        None => line,
        Some(body) => format!("{line} {}", cut(&decisive(body, part))),
    }
}

/// Returns the status and the part of the body that matters: `200 {"active":true}`.
pub(super) fn response(exchange: &ExchangeReport, part: &str) -> String {
    let status = match (exchange.status, &exchange.failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => return failure.clone(),
        (None, None) => return "no response".to_owned(),
    };
    match &exchange.response_body {
        None | Some(Value::Null) => format!("{status} without a body"),
        Some(Value::String(text)) => format!("{status} {}", cut(text)),
        Some(body) => format!("{status} {}", cut(&decisive(body, part))),
    }
}

/// Returns the path from the SCIM collection on, decoded for reading: `/Users?filter=userName eq "ada"`.
pub(super) fn path(url: &str) -> String {
    let from = ["/Users", "/Groups"].iter().filter_map(|collection| url.rfind(collection)).max();
    let path = from.and_then(|at| url.get(at..)).unwrap_or(url);
    path.replace("%20", " ").replace("%22", "\"").replace("%5C", "\\").replace("%40", "@")
}

/// Returns the part of a body that a difference is about, on one line and not longer than 240 characters. `part` is the path of
/// an attribute, or several with commas between them.
#[must_use]
pub fn decisive_part(body: &Value, part: &str) -> String {
    cut(&decisive(body, part))
}

/// Returns the part of a document that a difference is about. The operations of a PATCH, an error and a document without the
/// part are returned whole, less the schemas.
fn decisive(body: &Value, part: &str) -> String {
    let Value::Object(object) = body else { return body.to_string() };
    if let Some(Value::Array(operations)) = object.get("Operations") {
        return operations.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    }
    let keys: Vec<&String> = part.split(", ").filter_map(|part| key_of(object, part)).collect();
    let kept: Map<String, Value> = match keys.first() {
        Some(_) => object.iter().filter(|(name, _)| keys.contains(name)).map(owned).collect(),
        // A resource that should not be there, or an event: its identity is enough.
        None if object.contains_key("id") => {
            object.iter().filter(|(name, _)| IDENTITY.contains(&name.as_str())).map(owned).collect()
        }
        // The schemas of an error may be what is wrong with it.
        None if object.contains_key("detail") || object.contains_key("status") => object.clone(),
        None => object.iter().filter(|(name, _)| *name != "schemas").map(owned).collect(),
    };
    let is_cut = !keys.is_empty() || object.contains_key("id");
    let dots = if is_cut && object.len() > kept.len() { ", …" } else { "" };
    let text = Value::Object(kept).to_string();
    text.strip_suffix('}').map_or(text.clone(), |open| format!("{open}{dots}}}"))
}

/// Returns the key of an object that contains a part.
fn key_of<'a>(object: &'a Map<String, Value>, part: &str) -> Option<&'a String> {
    let first = if part.starts_with("urn:") { part } else { part.split(['.', '[']).next().unwrap_or_default() };
    object.keys().filter(|key| key.eq_ignore_ascii_case(first) || part.starts_with(&format!("{key}:"))).max()
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= EXCERPT {
        return text.to_owned();
    }
    let start: String = text.chars().take(EXCERPT).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_part_that_differs_is_shown_and_the_rest_is_not() {
        let user = json!({"schemas": ["urn:x"], "id": "1", "name": {"familyName": "L"}, "active": true});
        assert_eq!(decisive(&user, "active"), r#"{"active":true, …}"#);
        assert_eq!(decisive(&user, "name.familyName"), r#"{"name":{"familyName":"L"}, …}"#);
        let several = r#"{"name":{"familyName":"L"},"active":true, …}"#;
        assert_eq!(decisive_part(&user, "active, name.familyName"), several);
        assert_eq!(decisive(&user, "title"), r#"{"id":"1","active":true, …}"#);
        let patch = json!({"schemas": ["urn:x"], "Operations": [{"op": "replace", "value": {"active": false}}]});
        assert_eq!(decisive(&patch, "active"), r#"{"op":"replace","value":{"active":false}}"#);
        let error = json!({"schemas": ["urn:e"], "detail": "no", "status": "400"});
        assert_eq!(decisive(&error, "body"), error.to_string());
    }

    #[test]
    fn a_path_begins_with_the_collection() {
        assert_eq!(path("http://x/Users/scim/v2/Users/1"), "/Users/1");
        assert_eq!(path("http://x/v2/Groups?filter=displayName%20eq%20%22a%22"), "/Groups?filter=displayName eq \"a\"");
        assert_eq!(path("http://x/ServiceProviderConfig"), "http://x/ServiceProviderConfig");
    }
}

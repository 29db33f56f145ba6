//! Removes secrets from headers and bodies before they are printed or written.

use serde_json::Value;

use crate::base::limits::KEPT_BODY_BYTES;

/// The replacement of a secret.
pub(super) const STARS: &str = "***";

/// Returns a header's value for display: credentials as `***`, after the scheme.
#[must_use]
pub fn header(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name == "authorization" || name == "proxy-authorization" {
        let is_scheme = |text: &str| ["bearer", "basic"].iter().any(|known| text.eq_ignore_ascii_case(known));
        return match value.split_once(' ') {
            // A scheme without a credential has no secret.
            _ if value.is_empty() || is_scheme(value.trim_end()) => value.to_owned(),
            Some((scheme, _)) if is_scheme(scheme) => format!("{scheme} {STARS}"),
            _ => STARS.to_owned(),
        };
    }
    let secret = ["cookie", "token", "secret", "api-key", "apikey", "password"].iter().any(|word| name.contains(word));
    if secret { STARS.to_owned() } else { value.to_owned() }
}

/// Returns a body for display: JSON with passwords as `***`, or its text. Of a large body only the beginning, as a text.
#[must_use]
pub fn body(bytes: &[u8]) -> Value {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            hide_passwords(&mut value);
            if bytes.len() <= KEPT_BODY_BYTES {
                value
            } else {
                Value::String(beginning(&value.to_string(), bytes.len()))
            }
        }
        Err(_) if bytes.len() <= KEPT_BODY_BYTES => Value::String(String::from_utf8_lossy(bytes).into_owned()),
        Err(_) => {
            let start = bytes.get(..KEPT_BODY_BYTES).unwrap_or(bytes);
            Value::String(beginning(&String::from_utf8_lossy(start), bytes.len()))
        }
    }
}

/// Returns a body for a transcript: as it is, or of a large one the beginning with passwords as `***`.
#[must_use]
pub(super) fn kept(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() <= KEPT_BODY_BYTES {
        return bytes.to_vec();
    }
    body(bytes).as_str().unwrap_or_default().as_bytes().to_vec()
}

/// Returns the beginning of a text, and its whole length in bytes.
fn beginning(text: &str, length: usize) -> String {
    let end = (0..=KEPT_BODY_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}… ({length} bytes)", text.get(..end).unwrap_or_default())
}

/// Replaces passwords by `***`. Returns true if there was one.
pub(super) fn hide_passwords(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().map(hide_passwords).fold(false, |any, one| any | one),
        Value::Object(members) => {
            // `{"op":"replace","path":"password","value":"…"}`
            let path_is_password = members.get("path").and_then(Value::as_str).is_some_and(is_password);
            members.iter_mut().fold(false, |any, (key, value)| {
                if (is_password(key) || (path_is_password && key == "value")) && !value.is_null() {
                    *value = Value::String(STARS.to_owned());
                    return true;
                }
                hide_passwords(value) || any
            })
        }
        _ => false,
    }
}

fn is_password(name: &str) -> bool {
    name.rsplit([':', '.']).next().is_some_and(|last| last.eq_ignore_ascii_case("password"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn passwords_are_hidden_at_any_position() {
        let sent = json!({"password": "a", "Operations": [
            {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "b"},
            {"op": "replace", "value": {"Password": "c", "title": "kept"}}]});
        let shown = body(sent.to_string().as_bytes()).to_string();
        for secret in ["\"a\"", "\"b\"", "\"c\""] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("kept"));
        assert_eq!(body(b"<html>"), json!("<html>"));
    }

    #[test]
    fn of_a_large_body_the_beginning_is_kept_without_passwords() {
        let large = json!({"password": "s3cret", "title": "\u{e9}".repeat(KEPT_BODY_BYTES)}).to_string();
        let shown = body(large.as_bytes());
        let text = shown.as_str().unwrap();
        assert!(text.len() < KEPT_BODY_BYTES + 64 && text.ends_with(&format!("… ({} bytes)", large.len())));
        assert!(text.starts_with("{\"password\":\"***\""));
        assert_eq!(kept(large.as_bytes()), text.as_bytes());
        assert_eq!(kept(b"{}"), b"{}");
        assert!(body(&vec![0xff; KEPT_BODY_BYTES + 1]).as_str().unwrap().ends_with("(65537 bytes)"));
    }

    #[test]
    fn credentials_in_headers_are_hidden() {
        assert_eq!(header("authorization", "Bearer abc"), "Bearer ***");
        assert_eq!(header("Authorization", "raw token"), "***");
        assert_eq!(header("X-Api-Key", "abc"), "***");
        assert_eq!(header("Accept", "abc"), "abc");
    }
}

//! The one redactor: what of an exchange may be printed or written.

use std::fmt::Write as _;

use serde_json::Value;

use super::exchange::Exchange;

/// What stands in place of a secret.
const STARS: &str = "***";

/// A header's value for people: credentials as `***`, with the scheme kept.
#[must_use]
pub fn header(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name == "authorization" || name == "proxy-authorization" {
        return match value.split_once(' ') {
            Some((scheme @ ("Bearer" | "Basic"), _)) => format!("{scheme} {STARS}"),
            _ => STARS.to_owned(),
        };
    }
    let secret = ["cookie", "token", "secret", "api-key", "apikey", "password"].iter().any(|word| name.contains(word));
    if secret { STARS.to_owned() } else { value.to_owned() }
}

/// A body for people: JSON with passwords as `***`, or its text.
#[must_use]
pub fn body(bytes: &[u8]) -> Value {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            stars(&mut value);
            value
        }
        Err(_) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Replaces passwords; says whether there was one.
fn stars(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().map(stars).fold(false, |any, one| any | one),
        Value::Object(members) => {
            // `{"op":"replace","path":"password","value":"…"}`
            let names_one = members.get("path").and_then(Value::as_str).is_some_and(is_password);
            members.iter_mut().fold(false, |any, (key, value)| {
                if (is_password(key) || (names_one && key == "value")) && !value.is_null() {
                    *value = Value::String(STARS.to_owned());
                    return true;
                }
                stars(value) || any
            })
        }
        _ => false,
    }
}

fn is_password(name: &str) -> bool {
    name.rsplit([':', '.']).next().is_some_and(|last| last.eq_ignore_ascii_case("password"))
}

/// What becomes of passwords in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passwords {
    Starred,
    AsSent,
}

/// The exchange as a shell line; see [`Exchange::curl`]. Credentials in headers never stand in it.
pub(super) fn curl(exchange: &Exchange, passwords: Passwords) -> String {
    // What curl makes itself, or what only describes the connection.
    const OWN: [&str; 4] = ["host", "content-length", "connection", "accept-encoding"];
    let mut line = format!("curl -sS -g --path-as-is --compressed -X {}", exchange.request.method.as_str());
    for (name, value) in &exchange.sent_headers {
        if OWN.contains(&name.to_ascii_lowercase().as_str()) {
            continue;
        }
        if value.contains(STARS) {
            // Double quotes, so that the shell fills it in.
            let variable = if value.starts_with("Basic") { "$BASIC" } else { "$TOKEN" };
            let _ = write!(line, " -H \"{name}: {}\"", value.replace(STARS, variable));
        } else {
            let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
        }
    }
    let _ = write!(line, " {}", quoted(&exchange.url));
    match exchange.request.body.as_deref() {
        None => line,
        Some(bytes) => with_body(&line, bytes, passwords),
    }
}

fn with_body(line: &str, bytes: &[u8], passwords: Passwords) -> String {
    if passwords == Passwords::Starred
        && let Ok(mut value) = serde_json::from_slice::<Value>(bytes)
        && stars(&mut value)
    {
        return format!("{line} --data-raw {}", quoted(&value.to_string()));
    }
    match std::str::from_utf8(bytes) {
        // curl reads `@name` as a file only with --data, never with --data-raw.
        Ok(text) if !text.contains('\0') => format!("{line} --data-raw {}", quoted(text)),
        _ => {
            let octal = bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "\\{byte:03o}");
                text
            });
            format!("printf '{octal}' | {line} --data-binary @-")
        }
    }
}

/// In single quotes for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Failure, Method, Request};
    use serde_json::json;

    fn exchange(body: &[u8]) -> Exchange {
        let request =
            Request { method: Method::Post, path: "/Users".into(), headers: Vec::new(), body: Some(body.to_vec()) };
        Exchange {
            request,
            url: "http://x/Users?a=[b]".into(),
            sent_headers: vec![
                ("Authorization".into(), header("Authorization", "Bearer s3cret")),
                ("X-Note".into(), "it's".into()),
                ("Content-Length".into(), "3".into()),
            ],
            outcome: Err(Failure::Connect("x".into())),
            at: jiff::Timestamp::UNIX_EPOCH,
            duration: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn passwords_are_starred_wherever_they_stand() {
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
    fn credentials_in_headers_are_starred() {
        assert_eq!(header("authorization", "Bearer abc"), "Bearer ***");
        assert_eq!(header("Authorization", "raw token"), "***");
        assert_eq!(header("X-Api-Key", "abc"), "***");
        assert_eq!(header("Accept", "abc"), "abc");
    }

    #[test]
    fn a_curl_line_can_be_pasted_and_tells_no_secret() {
        let line = exchange(b"{\"password\":\"p4ss\",\"n\":\"it's\"}").curl();
        assert_eq!(
            line,
            "curl -sS -g --path-as-is --compressed -X POST -H \"Authorization: Bearer $TOKEN\" -H 'X-Note: it'\\''s' \
             'http://x/Users?a=[b]' --data-raw '{\"password\":\"***\",\"n\":\"it'\\''s\"}'"
        );
        let made_up = exchange(b"{\"password\":\"p4ss\"}").curl_as_sent();
        assert!(made_up.ends_with("--data-raw '{\"password\":\"p4ss\"}'") && made_up.contains("$TOKEN"), "{made_up}");
        assert!(exchange(b"\xff\0").curl().starts_with("printf '\\377\\000' | curl "));
        // Not touched where there is nothing to hide: the bytes are the evidence.
        assert!(exchange(b"{ \"a\" : 1.0 }").curl().ends_with("--data-raw '{ \"a\" : 1.0 }'"));
    }
}

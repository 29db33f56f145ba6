//! An exchange as a curl command line.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

use super::exchange::Exchange;
use super::redact;
use crate::base::escape;
use crate::base::limits::KEPT_BODY_BYTES;

impl Exchange {
    /// Returns the request as a shell line that can be pasted. The token is `$TOKEN`, passwords are `***`.
    #[must_use]
    pub fn curl(&self) -> String {
        command(self, Passwords::Hidden)
    }

    /// Returns the same line with passwords as they were sent. Only for generated bodies, never for a person's data.
    #[must_use]
    pub fn curl_as_sent(&self) -> String {
        command(self, Passwords::AsSent)
    }
}

/// The treatment of passwords in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passwords {
    Hidden,
    AsSent,
}

fn command(exchange: &Exchange, passwords: Passwords) -> String {
    // Headers that curl adds itself or that describe only the connection.
    const OWN: [&str; 4] = ["host", "content-length", "connection", "accept-encoding"];
    let mut line = format!("curl -sS -g --path-as-is --compressed -X {}", exchange.request.method.as_str());
    for (name, value) in &exchange.sent_headers {
        if OWN.contains(&name.to_ascii_lowercase().as_str()) {
            continue;
        }
        if value.contains(redact::STARS) {
            // Double quotes let the shell expand the variable.
            let variable = match name.to_ascii_lowercase().as_str() {
                "authorization" if value.starts_with("Basic") => "BASIC".to_owned(),
                "authorization" => "TOKEN".to_owned(),
                _ => name.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
            };
            // A wrong credential is the right one and a character more.
            let variable =
                if value.ends_with(redact::STARS) { format!("${variable}") } else { format!("${{{variable}}}") };
            let _ = write!(line, " -H \"{name}: {}\"", value.replace(redact::STARS, &variable));
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
    if passwords == Passwords::Hidden && bytes.len() > KEPT_BODY_BYTES {
        return format!("{line} --data-binary @body  # {} bytes", bytes.len());
    }
    if passwords == Passwords::Hidden
        && let Ok(mut value) = serde_json::from_slice::<Value>(bytes)
        && redact::hide_passwords(&mut value)
    {
        return format!("{line} --data-raw {}", quoted(&value.to_string()));
    }
    match std::str::from_utf8(bytes) {
        // --data-raw, unlike --data, does not read `@name` as a file.
        // Characters that a terminal would interpret are written in octal.
        Ok(text) if matches!(escape(text), Cow::Borrowed(_)) => format!("{line} --data-raw {}", quoted(text)),
        _ => {
            let octal = bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "\\{byte:03o}");
                text
            });
            format!("printf '{octal}' | {line} --data-binary @-")
        }
    }
}

/// Quotes a word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Cause, Failure, Method, Request};

    fn exchange(body: &[u8]) -> Exchange {
        let request =
            Request { method: Method::Post, path: "/Users".into(), headers: Vec::new(), body: Some(body.to_vec()) };
        Exchange {
            request,
            url: "http://x/Users?a=[b]".into(),
            sent_headers: vec![
                ("Authorization".into(), redact::header("Authorization", "Bearer s3cret")),
                ("X-Note".into(), "it's".into()),
                ("Content-Length".into(), "3".into()),
            ],
            outcome: Err(Failure::Connect(Cause::other("x"))),
            at: jiff::Timestamp::UNIX_EPOCH,
            duration: std::time::Duration::ZERO,
            simulated: None,
        }
    }

    #[test]
    fn a_curl_line_can_be_pasted_and_contains_no_secret() {
        let line = exchange(b"{\"password\":\"p4ss\",\"n\":\"it's\"}").curl();
        assert_eq!(
            line,
            "curl -sS -g --path-as-is --compressed -X POST -H \"Authorization: Bearer $TOKEN\" -H 'X-Note: it'\\''s' \
             'http://x/Users?a=[b]' --data-raw '{\"password\":\"***\",\"n\":\"it'\\''s\"}'"
        );
        let as_sent = exchange(b"{\"password\":\"p4ss\"}").curl_as_sent();
        assert!(as_sent.ends_with("--data-raw '{\"password\":\"p4ss\"}'") && as_sent.contains("$TOKEN"), "{as_sent}");
        assert!(exchange(b"\xff\0").curl().starts_with("printf '\\377\\000' | curl "));
        assert!(exchange("{\"a\":\"\u{202e}\"}".as_bytes()).curl().starts_with("printf '\\173"));
        let mut custom = exchange(b"{}");
        custom.sent_headers = vec![("X-Tenant".into(), "***".into())];
        assert!(custom.curl().contains("-H \"X-Tenant: $X_TENANT\""), "{}", custom.curl());
        // A wrong credential is not that of the user.
        custom.sent_headers = vec![("Authorization".into(), "Bearer ***x".into())];
        assert!(custom.curl().contains("-H \"Authorization: Bearer ${TOKEN}x\""), "{}", custom.curl());
        for (value, shown) in
            [("Bearer ", "'Authorization: Bearer '"), ("bearer t", "\"Authorization: bearer $TOKEN\"")]
        {
            custom.sent_headers = vec![("Authorization".into(), redact::header("Authorization", value))];
            assert!(custom.curl().contains(&format!("-H {shown}")), "{}", custom.curl());
        }
        // A body without secrets is shown byte for byte.
        assert!(exchange(b"{ \"a\" : 1.0 }").curl().ends_with("--data-raw '{ \"a\" : 1.0 }'"));
    }
}

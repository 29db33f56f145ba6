//! Prints events, one line each.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;
use serde_json::Value;

use super::filter::EventFilter;
use crate::base::{escape, escape_lines};
use crate::wire::Secrets;

/// Prints the events that a filter accepts.
#[derive(Debug)]
pub(super) struct Printer {
    pub(super) filter: EventFilter,
    /// Prints JSON instead of text.
    pub(super) json: bool,
    /// The secrets that are hidden, in case the server repeats them.
    pub(super) secrets: Secrets,
}

impl Printer {
    /// Prints a line for each accepted event.
    pub(super) fn print(&self, events: &[Value]) -> Result<()> {
        let mut out = anstream::stdout().lock();
        for event in events.iter().filter(|event| self.filter.accepts(event)) {
            let line = if self.json { json_line(event) } else { text_line(event) };
            writeln!(out, "{}", self.secrets.hide(&line))?;
        }
        Ok(out.flush()?)
    }
}

/// Renders an event as JSON, with JSON's own escapes for the characters that [`escape()`] replaces.
fn json_line(event: &Value) -> String {
    let text = event.to_string();
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        let mut buffer = [0; 4];
        match escape(character.encode_utf8(&mut buffer)) {
            Cow::Borrowed(_) => line.push(character),
            // They are all in the Basic Multilingual Plane, and only strings can contain them.
            Cow::Owned(_) => {
                let _ = write!(line, "\\u{:04x}", u32::from(character));
            }
        }
    }
    line
}

/// Renders an event as text: time, name, subject and ID.
fn text_line(event: &Value) -> String {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or("?");
    let line = format!("{}  {}  {}  {}", text("created_at"), text("event"), subject(event), text("id"));
    escape_lines(&escape(&line))
}

/// Names the subject of an event: a user, a group, a membership, a directory or a token.
fn subject(event: &Value) -> String {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    if let (Some(user), Some(group)) = (text("/data/user/email").or(text("/data/user/id")), text("/data/group/name")) {
        return format!("{user} in {group}");
    }
    if let Some(suffix) = text("/data/token_suffix") {
        return format!("token …{suffix}");
    }
    let subject = ["/data/email", "/data/name", "/data/id"].into_iter().find_map(text);
    subject.unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::directory::samples;
    use crate::events::EventName;

    #[test]
    fn each_event_is_one_line_that_names_its_subject() {
        let mut lines = String::new();
        for (name, _) in EventName::ALL {
            let data = samples::data(name, Timestamp::UNIX_EPOCH);
            let event = json!({"id": "event_1", "event": name.as_str(), "data": data, "created_at": "now"});
            let line = text_line(&event);
            assert!(!line.contains('?') && !line.contains('\n'), "{line}");
            let _ = writeln!(lines, "{}", subject(&event));
        }
        assert!(lines.contains(" in ") && lines.contains("token …"), "{lines}");
    }

    #[test]
    fn foreign_characters_are_escaped_in_both_forms() {
        let event = json!({"event": "a\u{202e}b", "id": "\u{1b}[2J\n", "data": {"name": "caf\u{e9}"}});
        let line = text_line(&event);
        assert!(line.contains("\\u{202e}") && line.contains("\\u{1b}") && line.contains("caf\u{e9}"), "{line}");
        let line = json_line(&event);
        assert!(line.contains("\\u202e") && line.contains("\\u001b") && line.contains("caf\u{e9}"), "{line}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), event);
    }
}

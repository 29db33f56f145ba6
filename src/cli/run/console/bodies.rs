//! The bodies of an exchange as lines. A PUT is shown as its differences from the last GET of the same resource.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::escape;
use crate::sim::changes;
use crate::wire::{Exchange, Method};

/// The number of lines of one body that are printed; a list of users can be much longer.
const MOST_LINES: usize = 200;
/// The number of resources whose last GET is kept.
const MOST_RESOURCES: usize = 1_000;

/// The last response to a GET of each resource, by path.
#[derive(Debug, Default)]
pub(super) struct Bodies(BTreeMap<String, Value>);

impl Bodies {
    /// Returns the lines to print for an exchange. Passwords are redacted, and characters that could confuse a terminal are
    /// escaped.
    pub(super) fn lines(&mut self, exchange: &Exchange) -> Vec<String> {
        let path = exchange.request.path.as_str();
        let mut lines = Vec::new();
        if let Some(sent) = exchange.sent_body() {
            match self.0.get(path).filter(|_| exchange.request.method == Method::Put) {
                Some(read) => {
                    let changes = changes(read, &sent);
                    let title = if changes.is_empty() { "sent what the GET returned" } else { "changed since the GET" };
                    lines.push(format!("> {title}"));
                    lines.extend(changes.iter().map(|change| format!("> {}", escape(change))));
                }
                None => lines.extend(pretty(&sent).into_iter().map(|line| format!("> {line}"))),
            }
        }
        if let Some(body) = exchange.response_body() {
            lines.extend(pretty(&body).into_iter().map(|line| format!("< {line}")));
            let is_resource = exchange.request.subject().1.is_some() && exchange.status() == Some(200);
            if is_resource && exchange.request.method == Method::Get {
                if self.0.len() >= MOST_RESOURCES {
                    self.0.pop_first();
                }
                self.0.insert(path.to_owned(), body);
            }
        }
        lines
    }
}

fn pretty(body: &Value) -> Vec<String> {
    let text = match body {
        Value::String(text) => text.clone(),
        body => serde_json::to_string_pretty(body).unwrap_or_default(),
    };
    let mut lines: Vec<String> = text.lines().take(MOST_LINES).map(|line| escape(line).into_owned()).collect();
    let more = text.lines().count().saturating_sub(MOST_LINES);
    if more > 0 {
        lines.push(format!("… {more} more lines"));
    }
    lines
}

//! Reads findings and responses for the rows: the decisive exchanges, and what an error says.

use serde_json::Value;

use crate::report::{ExchangeReport, Finding};

/// The longest quotation of a response, in characters.
const QUOTE: usize = 120;

/// Returns the request at fault.
pub(super) fn decisive(finding: &Finding) -> Option<&ExchangeReport> {
    finding.decisive.first().and_then(|at| finding.exchanges.get(*at))
}

/// Returns the exchange that shows the difference.
pub(super) fn showing(finding: &Finding) -> Option<&ExchangeReport> {
    finding.decisive.last().and_then(|at| finding.exchanges.get(*at))
}

/// Returns method and collection: `POST /Users`, `PATCH /Users/{id}`.
pub(super) fn line(exchange: &ExchangeReport) -> String {
    let path = exchange.url.split('?').next().unwrap_or_default();
    let at = ["/Users", "/Groups"].iter().filter_map(|collection| path.rfind(collection).map(|at| (at, collection)));
    match at.max() {
        Some((at, collection)) if path.len() > at + collection.len() + 1 => {
            format!("{} {collection}/{{id}}", exchange.method)
        }
        Some((_, collection)) => format!("{} {collection}", exchange.method),
        None => format!("{} {path}", exchange.method),
    }
}

/// Returns the text of a response: the detail of an error, or its body.
pub(super) fn text(exchange: &ExchangeReport) -> String {
    match &exchange.response_body {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(body) => {
            let said = ["detail", "message", "error"].iter().find_map(|key| body.get(key)?.as_str());
            said.map_or_else(|| body.to_string(), str::to_owned)
        }
    }
}

/// Quotes the beginning of a response's text.
pub(super) fn quote(exchange: &ExchangeReport) -> String {
    let text = text(exchange);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "without a body".to_owned();
    }
    let start: String = line.chars().take(QUOTE).collect();
    format!("\"{start}{}\"", if line.chars().count() > QUOTE { "…" } else { "" })
}

/// Returns true if the text of the response contains one of the words, without regard to case.
pub(super) fn says(exchange: &ExchangeReport, words: &[&str]) -> bool {
    let text = text(exchange).to_lowercase();
    words.iter().any(|word| text.contains(word))
}

pub(super) fn status(exchange: &ExchangeReport) -> u16 {
    exchange.status.unwrap_or_default()
}

pub(super) fn sent<'a>(exchange: &'a ExchangeReport, name: &str) -> Option<&'a Value> {
    exchange.request_body.as_ref()?.get(name)
}

pub(super) fn got<'a>(exchange: &'a ExchangeReport, name: &str) -> Option<&'a Value> {
    exchange.response_body.as_ref()?.get(name).filter(|value| !value.is_null())
}

/// Returns true if the request's body has this media type.
pub(super) fn has_type(exchange: &ExchangeReport, media_type: &str) -> bool {
    let mut headers = exchange.request_headers.iter();
    headers.any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.starts_with(media_type))
}

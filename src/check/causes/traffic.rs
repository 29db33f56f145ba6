//! Reads the exchanges of results: which resources they create, write and show.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::report::ExchangeReport;
use crate::wire::id_text;

/// A resource: its collection and its ID as in a path.
pub(super) type Resource = (String, String);

/// Returns the resources that the exchanges of a scenario created.
pub(super) fn created(exchanges: &[ExchangeReport]) -> BTreeSet<Resource> {
    let creates = exchanges.iter().filter(|exchange| exchange.method == "POST" && is_success(exchange));
    creates
        .filter_map(|exchange| {
            let collection = segments(&exchange.url).next()?;
            let id = exchange.response_body.as_ref()?.get("id").and_then(id_text)?;
            Some((collection.to_owned(), id))
        })
        .collect()
}

pub(super) fn is_write(exchange: &ExchangeReport) -> bool {
    matches!(exchange.method.as_str(), "PUT" | "PATCH" | "DELETE")
}

pub(super) fn is_success(exchange: &ExchangeReport) -> bool {
    exchange.status.is_some_and(|status| (200..300).contains(&status))
}

/// Returns the resource that a URL names.
pub(super) fn resource(url: &str) -> Option<Resource> {
    let mut segments = segments(url);
    let (id, collection) = (segments.next()?, segments.next()?);
    let is_resource = matches!(collection, "Users" | "Groups");
    is_resource.then(|| (collection.to_owned(), crate::wire::encode::decode(id)))
}

/// Returns the segments of a URL's path, the last one first.
fn segments(url: &str) -> impl Iterator<Item = &str> {
    url.split('?').next().unwrap_or_default().rsplit('/')
}

/// Returns the body of a successful response that shows a resource.
pub(super) fn shown(exchange: &ExchangeReport) -> Option<&Value> {
    exchange.response_body.as_ref().filter(|body| is_success(exchange) && body.get("id").is_some())
}

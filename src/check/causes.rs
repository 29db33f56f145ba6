//! Merges faults that have one cause, across results: what the exchanges of a whole run show, but no single scenario does.

mod writes;

use std::collections::BTreeSet;

use serde_json::Value;

use super::requirement::Requirement;
use super::results::{Fault, Judged};
use crate::report::{ExchangeReport, Verdict};
use crate::wire::id_text;

/// A resource: its collection and its ID as in a path.
type Resource = (String, String);

/// Leaves each cause one kind of fault.
pub(super) fn merge(results: &mut [Judged]) {
    blame_misleading_lookups(results);
    writes::merge(results);
}

/// A lookup that returned a resource of another scenario made Okta link to it and change it. What that scenario then finds on
/// the server is the lookup's fault.
fn blame_misleading_lookups(results: &mut [Judged]) {
    let misled = |fault: &&Fault| {
        matches!(fault.deviation.requirement, Requirement::LookupMatches | Requirement::GroupLookupMatches)
    };
    let mut changed: Vec<(Resource, Fault)> = Vec::new();
    for result in results.iter() {
        let Some(fault) = result.faults.iter().find(misled) else { continue };
        let own = created(&result.report.exchanges);
        let written = result.report.exchanges.iter().filter(|exchange| is_write(exchange) && is_success(exchange));
        let others = written.filter_map(|exchange| resource(&exchange.url)).filter(|written| !own.contains(written));
        changed
            .extend(others.map(|written| (written, Fault { prepares: true, exchanges: Vec::new(), ..fault.clone() })));
    }
    for result in results.iter_mut().filter(|result| !result.faults.iter().any(|fault| misled(&fault))) {
        let own = created(&result.report.exchanges);
        let cause = changed.iter().find(|(resource, _)| own.contains(resource)).map(|(_, fault)| fault.clone());
        if let Some(cause) = cause.filter(|_| !result.faults.is_empty()) {
            result.report.verdict = Verdict::Blocked;
            "the lookup of another scenario matched its group or user, and Okta changed it"
                .clone_into(&mut result.report.sentence);
            result.faults = vec![cause];
        }
    }
}

/// Returns the resources that the exchanges of a scenario created.
fn created(exchanges: &[ExchangeReport]) -> BTreeSet<Resource> {
    let creates = exchanges.iter().filter(|exchange| exchange.method == "POST" && is_success(exchange));
    creates
        .filter_map(|exchange| {
            let collection = segments(&exchange.url).next()?;
            let id = exchange.response_body.as_ref()?.get("id").and_then(id_text)?;
            Some((collection.to_owned(), id))
        })
        .collect()
}

fn is_write(exchange: &ExchangeReport) -> bool {
    matches!(exchange.method.as_str(), "PUT" | "PATCH" | "DELETE")
}

fn is_success(exchange: &ExchangeReport) -> bool {
    exchange.status.is_some_and(|status| (200..300).contains(&status))
}

/// Returns the resource that a URL names.
fn resource(url: &str) -> Option<Resource> {
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
fn shown(exchange: &ExchangeReport) -> Option<&Value> {
    exchange.response_body.as_ref().filter(|body| is_success(exchange) && body.get("id").is_some())
}

#[cfg(test)]
mod tests;

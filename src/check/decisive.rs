//! Finds the exchanges that show a difference: the request at fault, and the response that shows it.

use super::outcome::Deviation;
use super::reading::{describe, object, place, sent_body, succeeded};
use super::requirement::Requirement;
use super::sender::Sender;
use crate::wire::{Exchange, Method, id_text};

/// Completes a deviation with the exchanges that show it, and with the response to the write at fault. `from` is the index at
/// which the last action began.
pub(super) fn complete(exchanges: &[(Sender, Exchange)], from: usize, mut deviation: Deviation) -> Deviation {
    if !deviation.exchanges.is_empty() {
        return deviation;
    }
    let about = |exchange: &Exchange| place(exchange) == deviation.place || describe(exchange) == deviation.place;
    if let Some(at) = exchanges.iter().rposition(|(_, exchange)| about(exchange)) {
        deviation.exchanges = vec![at];
    } else if let Some(id) = &deviation.resource {
        let read = exchanges.iter().rposition(|(_, exchange)| is_read(exchange, id));
        let before = exchanges.get(..read.unwrap_or(exchanges.len())).unwrap_or_default();
        let write = write(before, id, &deviation);
        deviation.write = write.and_then(|at| exchanges.get(at)).and_then(|(_, exchange)| {
            Some(format!("{} returned {}", exchange.request.method.as_str(), exchange.status()?))
        });
        deviation.exchanges = write.into_iter().chain(read).collect();
    } else {
        // An error of Okta, or an event: the last write explains it, otherwise the last request.
        let is_last = |(at, (sender, exchange)): &(usize, &(Sender, Exchange))| {
            *at >= from && *sender == Sender::Okta && is_write(exchange)
        };
        let last = exchanges.iter().enumerate().rfind(is_last).map(|(at, _)| at);
        let last = last.or_else(|| exchanges.iter().rposition(|(sender, _)| *sender == Sender::Okta));
        deviation.exchanges = last.into_iter().collect();
    }
    deviation
}

fn is_write(exchange: &Exchange) -> bool {
    matches!(exchange.request.method, Method::Post | Method::Put | Method::Patch | Method::Delete)
}

fn is_read(exchange: &Exchange, id: &str) -> bool {
    exchange.request.method == Method::Get && exchange.request.subject().1.as_deref() == Some(id)
}

/// Finds the last accepted write of a resource, and if possible the last one that contains the attribute.
fn write(exchanges: &[(Sender, Exchange)], id: &str, deviation: &Deviation) -> Option<usize> {
    let is_of = |exchange: &Exchange| match exchange.request.method {
        Method::Post => object(exchange).and_then(|body| id_text(body.get("id")?)).as_deref() == Some(id),
        _ => exchange.request.subject().1.as_deref() == Some(id),
    };
    let accepted = |exchange: &Exchange| is_write(exchange) && succeeded(exchange) && is_of(exchange);
    let first = deviation.part.split(['.', '[']).next().unwrap_or_default();
    let names =
        |exchange: &Exchange| !first.is_empty() && sent_body(exchange).to_string().contains(&format!("\"{first}"));
    // An attribute that a PUT left out is not named by the write at fault.
    let is_named = deviation.requirement != Requirement::PutReplaces;
    exchanges
        .iter()
        .rposition(|(_, exchange)| is_named && accepted(exchange) && names(exchange))
        .or_else(|| exchanges.iter().rposition(|(_, exchange)| accepted(exchange)))
}

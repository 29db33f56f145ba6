//! One page of the event log (`GET /events`; research note workos-dsync section 3.3).

use axum::response::Response;
use serde_json::{Value, json};

use super::call::Call;
use super::error::ApiError;
use super::params::{Listing, Reader};
use crate::events::{Event, EventName};
use crate::server::query::short;
use crate::store::EventQuery;
use crate::store::objects::Cursor;

/// Responds with a page. Without `order`, events are returned oldest first.
pub(super) async fn list(call: &Call<'_>) -> Result<Response, ApiError> {
    let (query, listing) = parse(call.parts.uri.query())?;
    let reservation = call.reserve().await?;
    let page = call.store().events(query).await.map_err(ApiError::unknown_event)?;
    let (_, after) = listing.cursors(page.before, page.after);
    let body = move || {
        let data: Vec<Value> = page.events.iter().map(Event::to_json).collect();
        json!({"object": "list", "data": data, "list_metadata": {"after": after}})
    };
    Ok(reservation.attach(call.render(page.bytes, body).await))
}

fn parse(query: Option<&str>) -> Result<(EventQuery, Listing), ApiError> {
    let mut read = Reader::of(query)?;
    let names = read.list("events");
    for name in &names {
        // A query for events of other WorkOS products is valid; this log never contains any.
        if EventName::from_wire(name).is_none() && !is_foreign(name) {
            read.error("events", format!("unknown event name \"{}\"", short(name)));
        }
    }
    let (range_start, range_end) = (read.time("range_start"), read.time("range_end"));
    let listing = read.listing(false);
    let (before, after) = match listing.range.cursor.clone() {
        None => (None, None),
        Some(Cursor::After(id)) => (None, Some(id)),
        Some(Cursor::Before(id)) => (Some(id), None),
    };
    if after.is_some() && range_start.is_some() {
        read.error("range_start", "after and range_start cannot be combined; send only one of them".to_owned());
    }
    let query = EventQuery {
        names,
        organization_id: read.text("organization_id"),
        after,
        before,
        range_start,
        range_end,
        descending: listing.range.descending,
        limit: listing.range.limit,
    };
    read.finish((query, listing))
}

/// Reports whether a name has the form of the events of other WorkOS products (`user.created`, `connection.activated`).
fn is_foreign(name: &str) -> bool {
    !name.starts_with("dsync.")
        && name.split('.').count() >= 2
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
        && name.split('.').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_query_returns_the_ten_oldest_events() {
        let (query, _) = parse(None).unwrap();
        assert_eq!((query.limit, query.descending, query.names.len()), (10, false, 0));
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let query = "limit=0&order=up&after=event_1&range_start=2026-11-20T10:15:00Z&range_end=2026-11-20T10:15:00%2B00:00&events=dsync.nothing";
        let Err(ApiError::Invalid(errors)) = parse(Some(query)) else { panic!("no error") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["events", "range_end", "order", "limit", "range_start"]);
    }

    #[test]
    fn event_names_of_other_products_are_accepted() {
        assert_eq!(parse(Some("events=user.created")).unwrap().0.names, ["user.created"]);
        assert!(parse(Some("events=nonsense")).is_err());
    }
}

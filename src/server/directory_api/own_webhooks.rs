//! Routes below `/scimulate/webhook_endpoints`, for what WorkOS has in its dashboard: the log of attempts, redelivery, and
//! test events.

use axum::body::Body;
use axum::response::Response;

use super::body::Properties;
use super::call::{Call, missing, ok};
use super::error::ApiError;
use super::params::Reader;
use crate::directory::payload;
use crate::directory::webhook::WebhookEndpoint;
use crate::events::EventName;
use crate::server::query::short;

/// Responds to `GET /scimulate/webhook_endpoints/{id}/attempts`.
pub(super) async fn attempts(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let range = read.finish(listing.range.clone())?;
    let reservation = call.reserve().await?;
    let page = call.store().list_attempts(id, range).await.map_err(ApiError::unknown_cursor)?;
    Ok(reservation.attach(call.page(page, &listing, payload::webhook_attempt).await))
}

/// Responds to `POST /scimulate/webhook_endpoints/{id}/redeliveries`: delivers an event of the log once more, at once, and
/// returns the attempt.
pub(super) async fn redeliver(call: &Call<'_>, id: &str, body: &mut Body) -> Result<Response, ApiError> {
    let endpoint = endpoint(call, id).await?;
    let mut properties = Properties::read(call, body).await?;
    let event_id = properties.required("event_id");
    properties.finish(())?;
    let event = call.store().event(&event_id).await?.ok_or_else(|| missing("event", &event_id))?;
    let attempt = call.app.webhooks().redeliver(call.store(), &endpoint, &event).await?;
    Ok(ok(&payload::webhook_attempt(&attempt)))
}

/// Responds to `POST /scimulate/webhook_endpoints/{id}/test`: delivers an event that is not in the log, and returns the
/// attempt.
pub(super) async fn test(call: &Call<'_>, id: &str, body: &mut Body) -> Result<Response, ApiError> {
    let endpoint = endpoint(call, id).await?;
    let mut properties = Properties::read(call, body).await?;
    let wanted = properties.text("event");
    let name = match &wanted {
        None => Some(EventName::UserCreated),
        Some(text) => EventName::from_wire(text).filter(|name| name.is_subscribable()),
    };
    if name.is_none() {
        let text = wanted.unwrap_or_default();
        properties.error("event", format!("a webhook cannot subscribe to the event \"{}\"", short(&text)));
    }
    let name = properties.finish(name.unwrap_or(EventName::UserCreated))?;
    let attempt = call.app.webhooks().test(call.store(), &endpoint, name).await?;
    Ok(ok(&payload::webhook_attempt(&attempt)))
}

async fn endpoint(call: &Call<'_>, id: &str) -> Result<WebhookEndpoint, ApiError> {
    call.store().webhook(id).await?.ok_or_else(|| missing("webhook endpoint", id))
}

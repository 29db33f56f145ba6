//! Webhook endpoints (research note workos-dsync section 3.5). Reading one endpoint is an addition of ours.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::body::Properties;
use super::call::{Call, created, missing, ok};
use super::error::ApiError;
use super::params::Reader;
use crate::directory::payload;
use crate::events::EventName;
use crate::http::response;
use crate::server::query::short;
use crate::store::{AdminCommand, WebhookCommand};

/// Responds to `GET /webhook_endpoints`.
pub(super) async fn list(call: &Call<'_>) -> Result<Response, ApiError> {
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let range = read.finish(listing.range.clone())?;
    let page = call.store().list_webhooks(range).await.map_err(ApiError::unknown_cursor)?;
    Ok(call.page(page, &listing, |endpoint| payload::webhook_endpoint(endpoint, false)).await)
}

/// Responds to `GET /webhook_endpoints/{id}`.
pub(super) async fn one(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let found = call.store().webhook(id).await?.ok_or_else(|| missing("webhook endpoint", id))?;
    Ok(ok(&payload::webhook_endpoint(&found, false)))
}

/// Responds to `POST /webhook_endpoints` with the endpoint and its secret, which no other response shows.
pub(super) async fn create(call: &Call<'_>, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let url = properties.required("endpoint_url");
    let events = events(&mut properties).unwrap_or_else(|| EventName::subscribable().collect());
    properties.finish(())?;
    let url = call.app.webhooks().check(&url).await?;
    let made = call.store().administer(AdminCommand::Webhook(WebhookCommand::Add { url, events })).await?;
    let endpoint = made.webhook.ok_or_else(|| missing("webhook endpoint", ""))?;
    Ok(created(&payload::webhook_endpoint(&endpoint, true)))
}

/// Responds to `PATCH /webhook_endpoints/{id}`, which changes the properties that the body has.
pub(super) async fn update(call: &Call<'_>, id: &str, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let url = properties.text("endpoint_url");
    let (events, is_enabled) = (events(&mut properties), status(&mut properties));
    properties.finish(())?;
    let url = match url {
        Some(url) => Some(call.app.webhooks().check(&url).await?),
        None => None,
    };
    let command = WebhookCommand::Set { id: id.to_owned(), url, events, is_enabled };
    let changed = call.store().administer(AdminCommand::Webhook(command)).await?;
    let endpoint = changed.webhook.ok_or_else(|| missing("webhook endpoint", id))?;
    Ok(ok(&payload::webhook_endpoint(&endpoint, false)))
}

/// Responds to `DELETE /webhook_endpoints/{id}`. Its log of attempts is deleted with it.
pub(super) async fn remove(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    call.store().administer(AdminCommand::Webhook(WebhookCommand::Remove { id: id.to_owned() })).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// Reads the names of events, each once.
fn events(properties: &mut Properties) -> Option<Vec<EventName>> {
    let names = match properties.take("events") {
        None | Some(Value::Null) => return None,
        Some(Value::Array(names)) if !names.is_empty() => names,
        Some(_) => {
            properties.error("events", "events must be an array of event names that is not empty".to_owned());
            return None;
        }
    };
    let mut events = Vec::new();
    for name in &names {
        match name.as_str().and_then(EventName::from_wire).filter(|name| name.is_subscribable()) {
            Some(name) if events.contains(&name) => {}
            Some(name) => events.push(name),
            None => {
                let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                properties.error("events", format!("a webhook cannot subscribe to the event \"{}\"", short(&name)));
            }
        }
    }
    Some(events)
}

fn status(properties: &mut Properties) -> Option<bool> {
    match properties.text("status")?.as_str() {
        "enabled" => Some(true),
        "disabled" => Some(false),
        other => {
            properties.error("status", format!("status must be enabled or disabled, not \"{}\"", short(other)));
            None
        }
    }
}

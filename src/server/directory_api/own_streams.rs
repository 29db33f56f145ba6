//! Routes for event streams, which RFC 8935 and RFC 8936 leave to the transmitter: `/scimulate/directories/{id}/event_streams`
//! and `/scimulate/event_streams`.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::origin::origin;
use super::body::Properties;
use super::call::{Call, created, missing, ok};
use super::error::ApiError;
use super::params::Reader;
use crate::base::Secret;
use crate::delivery::new_signing_key;
use crate::directory::event_stream::{StreamDelivery, StreamQueue};
use crate::directory::payload;
use crate::http::response;
use crate::server::query::short;
use crate::store::{AdminCommand, NewStream, StoreError, StreamCommand};

/// Responds to `GET /scimulate/directories/{id}/event_streams`.
pub(super) async fn list(call: &Call<'_>, directory: &str) -> Result<Response, ApiError> {
    call.store().directory(directory).await?.ok_or_else(|| missing("directory", directory))?;
    let streams = call.store().event_streams(Some(directory)).await?;
    let shown: Vec<Value> = streams.iter().map(|queue| show(call, queue)).collect();
    Ok(ok(&json!({"object": "list", "data": shown})))
}

/// Responds to `POST /scimulate/directories/{id}/event_streams` with the stream. If it is polled, the response contains its
/// token, which no other response shows.
pub(super) async fn create(call: &Call<'_>, directory: &str, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let (kind, url) = (properties.required("delivery"), properties.text("endpoint_url"));
    let (audience, authorization) = (properties.text("audience"), properties.text("authorization"));
    match (kind.as_str(), &url) {
        ("push", None) => properties.error("endpoint_url", "endpoint_url is required for push".to_owned()),
        ("poll", Some(_)) => properties.error("endpoint_url", "endpoint_url is only for push".to_owned()),
        ("poll", None) if authorization.is_some() => {
            properties.error("authorization", "authorization is only for push".to_owned());
        }
        ("poll" | "push" | "", _) => {}
        (other, _) => properties.error("delivery", format!("delivery must be poll or push, not \"{}\"", short(other))),
    }
    if authorization.as_ref().is_some_and(|value| http::HeaderValue::from_str(value).is_err()) {
        properties.error("authorization", "authorization must be the value of an HTTP header".to_owned());
    }
    properties.finish(())?;
    let delivery = match url {
        Some(url) => {
            let url = call.app.webhooks().check(&url).await?;
            StreamDelivery::Push { url, authorization: authorization.map(Secret::new) }
        }
        None => StreamDelivery::Poll,
    };
    let key = new_signing_key().map_err(|error| StoreError::Backend(error.to_string()))?;
    let (directory, base_url) = (directory.to_owned(), origin(call.app, call.parts));
    let new = NewStream { directory, delivery, base_url, audience, key };
    let made = call.store().administer(AdminCommand::Stream(StreamCommand::Add(new))).await?;
    let stream = made.stream.ok_or_else(|| missing("event stream", ""))?;
    let mut shown = payload::event_stream(&stream, None, &origin(call.app, call.parts));
    if let (Some(shown), Some(token)) = (shown.as_object_mut(), made.secret) {
        shown.insert("token".to_owned(), json!(token.expose()));
    }
    Ok(created(&shown))
}

/// Responds to `GET /scimulate/event_streams/{id}`.
pub(super) async fn one(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    Ok(ok(&show(call, &find(call, id).await?)))
}

/// Responds to `PATCH /scimulate/event_streams/{id}`, which enables or disables a stream.
pub(super) async fn update(call: &Call<'_>, id: &str, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let status = properties.required("status");
    if !matches!(status.as_str(), "enabled" | "disabled" | "") {
        properties.error("status", format!("status must be enabled or disabled, not \"{}\"", short(&status)));
    }
    let (id, is_enabled) = properties.finish((id.to_owned(), status == "enabled"))?;
    let command = StreamCommand::Set { id: id.clone(), is_enabled };
    call.store().administer(AdminCommand::Stream(command)).await?;
    one(call, &id).await
}

/// Responds to `DELETE /scimulate/event_streams/{id}`. Its queue is deleted in the background.
pub(super) async fn remove(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    call.store().administer(AdminCommand::Stream(StreamCommand::Remove { id: id.to_owned() })).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// Responds to `GET /scimulate/event_streams/{id}/attempts` with the attempts to push tokens.
pub(super) async fn attempts(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    find(call, id).await?;
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let range = read.finish(listing.range.clone())?;
    let reservation = call.reserve().await?;
    let page = call.store().list_attempts(id, range).await.map_err(ApiError::unknown_cursor)?;
    Ok(reservation.attach(call.page(page, &listing, payload::webhook_attempt).await))
}

async fn find(call: &Call<'_>, id: &str) -> Result<StreamQueue, ApiError> {
    call.store().event_stream(id).await?.ok_or_else(|| missing("event stream", id))
}

fn show(call: &Call<'_>, queue: &StreamQueue) -> Value {
    let last_error = queue.progress.last_error.as_deref();
    payload::event_stream(&queue.stream, last_error, &origin(call.app, call.parts))
}

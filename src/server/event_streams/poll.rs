//! Polling (RFC 8936 section 2): acknowledges tokens, then returns the next ones, or waits for them.
//!
//! A token is returned by each poll until it is acknowledged or rejected, so a receiver that fails in between misses none.

use std::collections::HashSet;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::{Map, json};

use super::super::app::App;
use super::error::StreamError;
use super::request::PollRequest;
use crate::base::secret::same_digest;
use crate::base::{Secret, limits};
use crate::delivery::TokenSigner;
use crate::directory::event_stream::{StreamProgress, StreamQueue};
use crate::events::security_event::txn_of;
use crate::http::response::{self, JSON};
use crate::http::{body, request_id};
use crate::store::{AdminCommand, QueuePage, StreamCommand, StreamRecord};

/// Characters of a receiver's error that are kept.
const ERROR_SHOWN: usize = 500;

/// Responds to `POST /event_streams/{id}/poll`.
pub(super) async fn respond(app: &App, parts: &Parts, body: &mut Body, id: &str) -> Result<Response, StreamError> {
    let queue = authorized(app, parts, id).await?;
    body::check_coding(&parts.headers)?;
    let bytes = body::read(&parts.headers, body, app.transport()).await?;
    let request = PollRequest::parse(&bytes, app.bounds().depth)?;
    record(app, &queue, &request).await?;
    let page = next(app, parts, id, &request).await?;
    let mut sets = Map::new();
    if !page.changes.is_empty() {
        let signer = TokenSigner::new(&app.store().signing_keys(&queue.stream.directory_id).await?)?;
        for change in &page.changes {
            sets.insert(change.jti(id), signer.token(&queue.stream, change)?.into());
        }
    }
    Ok(response::json(StatusCode::OK, JSON, &json!({"sets": sets, "moreAvailable": page.has_more})))
}

/// Returns the stream if the request carries its token as `Authorization: Bearer <token>`.
async fn authorized(app: &App, parts: &Parts, id: &str) -> Result<StreamQueue, StreamError> {
    let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let digest = token.map(|(_, token)| Secret::new(token.trim()).digest());
    let found = app.store().event_stream(id).await?;
    let is_right = |queue: &StreamQueue| match (&queue.token_digest, &digest) {
        (Some(expected), Some(given)) => same_digest(expected, given),
        _ => false,
    };
    found.filter(is_right).ok_or(StreamError::Unauthorized)
}

/// Removes the tokens from the queue that the receiver acknowledges or rejects. It would reject the same token again, so a
/// rejected one is not repeated (RFC 8936 section 2.4.4); the stream keeps the last error for its operator.
async fn record(app: &App, queue: &StreamQueue, request: &PollRequest) -> Result<(), StreamError> {
    let id = &queue.stream.id;
    let ids = request.acknowledged.iter().chain(request.refused.iter().map(|(jti, _)| jti));
    let done: Vec<String> = ids.filter_map(|jti| txn_of(jti, id)).map(str::to_owned).collect();
    let progress = last_refused(app, id, request).await?.map(|(jti, error)| {
        let error: String = format!("{jti}: {error}").chars().take(ERROR_SHOWN).collect();
        tracing::warn!(
            request = request_id::current(),
            stream = id,
            error,
            "a receiver rejected a security event token"
        );
        StreamProgress { last_error: Some(error), ..queue.progress.clone() }
    });
    if done.is_empty() && progress.is_none() {
        return Ok(());
    }
    let (stream, attempts) = (id.clone(), Vec::new());
    let record = StreamRecord { stream, done, progress, is_exhausted: false, attempts };
    app.store().administer(AdminCommand::Stream(StreamCommand::Record(record))).await?;
    Ok(())
}

/// Returns the last token of `setErrs` that is in the queue of the stream, with its error. A receiver can only reject what it
/// has received. That is among the oldest tokens, because a poll returns only those.
async fn last_refused<'a>(
    app: &App,
    id: &str,
    request: &'a PollRequest,
) -> Result<Option<&'a (String, String)>, StreamError> {
    if request.refused.is_empty() {
        return Ok(None);
    }
    let page = app.store().queued_changes(id, limits::POLLED_TOKENS).await?;
    let queued: HashSet<String> = page.changes.iter().map(|change| change.jti(id)).collect();
    Ok(request.refused.iter().rfind(|(jti, _)| queued.contains(jti)))
}

/// Returns the next changes. Without any it waits, unless the request forbids it, for at most [`limits::LONG_POLL`],
/// and only while the stream exists.
async fn next(app: &App, parts: &Parts, id: &str, request: &PollRequest) -> Result<QueuePage, StreamError> {
    let mut commits = app.store().changes();
    let deadline = tokio::time::sleep(limits::LONG_POLL);
    tokio::pin!(deadline);
    let mut authorized_at = None;
    loop {
        // Before the queue is read, so that no commit after that goes unnoticed.
        let administrative = commits.borrow_and_update().administrative;
        let page = app.store().queued_changes(id, request.limit).await?;
        if request.is_immediate || request.limit == 0 || !page.changes.is_empty() {
            return Ok(page);
        }
        // The stream or its directory may have been removed.
        if authorized_at != Some(administrative) {
            authorized(app, parts, id).await?;
            authorized_at = Some(administrative);
        }
        let is_over = tokio::select! {
            committed = commits.changed() => committed.is_err(),
            () = &mut deadline => true,
            () = app.stopping().cancelled() => true,
        };
        if is_over {
            return Ok(page);
        }
    }
}

//! The queue of one event stream whose tokens are pushed (RFC 8935): sends one token after another, and retries as webhooks
//! do.
//!
//! A change leaves the queue of the store only after its token was accepted. Deliveries are recorded in batches, so that after
//! a crash some tokens are sent once more, with the same `jti`, and none is missed.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::queue::{End, RETRIES, STORE_INTERVAL, STORE_PAUSE, Tools, pause};
use super::sender::{Proof, Shipment};
use super::tail::Outgoing;
use super::tokens::TokenSigner;
use crate::base::limits;
use crate::directory::event_stream::{EventStream, StreamDelivery, StreamProgress, StreamQueue};
use crate::directory::webhook::{Attempt, AttemptCause};
use crate::events::security_event::QueuedChange;
use crate::events::signing_key::SigningKeyError;
use crate::store::{AdminCommand, Store, StoreChanges, StoreError, StreamCommand, StreamRecord};

/// Characters of a receiver's error that are kept.
const ERROR_SHOWN: usize = 500;

/// A running queue.
pub(super) struct PushQueue {
    tools: Tools,
    store: Arc<dyn Store>,
    stream: EventStream,
    progress: StreamProgress,
    /// Signs with the newest key that was read.
    signer: Option<TokenSigner>,
    /// Transactions that were delivered, and attempts, which are not stored yet.
    done: Vec<String>,
    attempts: Vec<Attempt>,
    stored_at: Instant,
    changes: watch::Receiver<StoreChanges>,
    canceled: CancellationToken,
}

impl PushQueue {
    pub(super) fn new(tools: Tools, store: Arc<dyn Store>, queue: StreamQueue, canceled: CancellationToken) -> Self {
        let changes = store.changes();
        let StreamQueue { stream, progress, .. } = queue;
        let (done, attempts, stored_at) = (Vec::new(), Vec::new(), Instant::now());
        Self { tools, store, stream, progress, signer: None, done, attempts, stored_at, changes, canceled }
    }

    /// Pushes until it is canceled, or its stream is disabled.
    pub(super) async fn run(mut self) {
        loop {
            match self.turn().await {
                Ok(None) => {}
                Ok(Some(End::Closed)) | Err(StoreError::Unknown(_)) => break,
                Ok(Some(End::Canceled)) => {
                    // What was delivered is stored, so that it is not delivered again.
                    if let Err(error) = self.record(false).await {
                        tracing::warn!(stream = self.stream.id, %error, "some tokens will be pushed again");
                    }
                    break;
                }
                Err(error) => {
                    tracing::error!(stream = self.stream.id, %error, "an event stream waits for the store");
                    if pause(&self.canceled, STORE_PAUSE).await.is_some() {
                        break;
                    }
                }
            }
        }
    }

    /// Waits until the next attempt is due, then pushes the next tokens, or waits for new changes.
    async fn turn(&mut self) -> Result<Option<End>, StoreError> {
        if let Some(due) = self.progress.next_at
            && let Some(end) = pause(&self.canceled, self.tools.left(due)).await
        {
            return Ok(Some(end));
        }
        // Before the queue is read, so that no commit after that goes unnoticed.
        self.changes.borrow_and_update();
        let page = self.store.queued_changes(&self.stream.id, limits::WEBHOOK_BATCH).await?;
        if page.changes.is_empty() {
            tokio::select! {
                () = self.canceled.cancelled() => return Ok(Some(End::Canceled)),
                changed = self.changes.changed() => return Ok(changed.err().map(|_| End::Canceled)),
            }
        }
        for change in page.changes {
            let token = self.sign(&change).await?;
            if let Some(end) = self.push(&change, token).await? {
                return Ok(Some(end));
            }
            if self.progress.next_at.is_some() {
                return Ok(None);
            }
        }
        // Otherwise the next page would begin with the same changes.
        self.record(false).await?;
        Ok(None)
    }

    /// Renders and signs a token. The keys are read for each, because they may be rotated between two tokens of a page.
    async fn sign(&mut self, change: &QueuedChange) -> Result<String, StoreError> {
        let unusable = |error: SigningKeyError| StoreError::Backend(format!("a signing key: {error}"));
        let keys = self.store.signing_keys(&self.stream.directory_id).await?;
        let signer = match self.signer.take().filter(|signer| signer.has_newest(&keys)) {
            Some(signer) => signer,
            None => TokenSigner::new(&keys).map_err(unusable)?,
        };
        let token = signer.token(&self.stream, change).map_err(unusable)?;
        self.signer = Some(signer);
        Ok(token)
    }

    /// Makes one attempt. A failure is stored at once, a success with the batch.
    async fn push(&mut self, change: &QueuedChange, token: String) -> Result<Option<End>, StoreError> {
        let StreamDelivery::Push { url, authorization } = &self.stream.delivery else {
            return Ok(Some(End::Closed));
        };
        let number = self.progress.failures + 1;
        let name = change.change.kinds().first().map(|kind| kind.uri().to_owned()).unwrap_or_default();
        let event = Outgoing { id: change.jti(&self.stream.id), name, body: token.into() };
        let shipment = Shipment { url, event: &event, proof: Proof::Token(authorization.as_ref()) };
        let attempt = tokio::select! {
            () = self.canceled.cancelled() => return Ok(Some(End::Canceled)),
            attempt = self.tools.sender.send(shipment, AttemptCause::Event, number) => attempt,
        };
        let is_delivered = attempt.is_delivered();
        let is_exhausted = !is_delivered && number > RETRIES;
        if is_delivered {
            self.progress = StreamProgress { failures: 0, next_at: None, last_error: self.progress.last_error.take() };
            self.done.push(change.txn.clone());
        } else {
            // An exhausted stream keeps the change, and begins with it when it is enabled again.
            let next_at = (!is_exhausted).then(|| self.tools.due(number));
            self.progress = StreamProgress { failures: number, next_at, last_error: Some(reason(&attempt)) };
        }
        self.attempts.push(attempt);
        let is_due = self.attempts.len() >= limits::WEBHOOK_BATCH || self.stored_at.elapsed() >= STORE_INTERVAL;
        if !is_delivered || is_due {
            self.record(is_exhausted).await?;
        }
        if is_exhausted {
            tracing::warn!(stream = self.stream.id, "the last retry failed; the event stream is disabled");
            return Ok(Some(End::Closed));
        }
        Ok(None)
    }

    /// Stores the attempts and the progress.
    async fn record(&mut self, is_exhausted: bool) -> Result<(), StoreError> {
        self.stored_at = Instant::now();
        if self.attempts.is_empty() {
            return Ok(());
        }
        let record = StreamRecord {
            stream: self.stream.id.clone(),
            done: self.done.clone(),
            progress: Some(self.progress.clone()),
            is_exhausted,
            attempts: self.attempts.clone(),
        };
        self.store.administer(AdminCommand::Stream(StreamCommand::Record(record))).await?;
        self.done.clear();
        self.attempts.clear();
        Ok(())
    }
}

/// Returns the reason for which a token was not accepted: the error that the receiver reports (RFC 8935 section 2.3), else
/// the status of its response.
fn reason(attempt: &Attempt) -> String {
    let reported: Option<Value> = serde_json::from_str(&attempt.response).ok();
    let text = |name: &str| reported.as_ref()?.get(name)?.as_str();
    let reason = match (attempt.status, text("err")) {
        (_, Some(code)) => {
            let description = text("description").map(|text| format!(": {text}")).unwrap_or_default();
            format!("{}: {code}{description}", attempt.event_id)
        }
        (Some(status), None) => format!("{}: status {status}", attempt.event_id),
        (None, None) => attempt.error.clone().unwrap_or_default(),
    };
    reason.chars().take(ERROR_SHOWN).collect()
}

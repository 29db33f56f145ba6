//! The queue of one endpoint: reads the log from its position, delivers one event after another, and stores its progress.
//!
//! The position moves only after a delivery, or the failure of the last retry. Progress is stored in batches, so that after
//! a crash some events are delivered once more, and none is missed.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sender::{Sender, Shipment};
use super::tail::{Outgoing, Tail};
use crate::base::{Clock, limits};
use crate::directory::webhook::{Attempt, AttemptCause, Progress, WebhookEndpoint, WebhookQueue};
use crate::store::{AdminCommand, DeliveryRecord, Store, StoreChanges, StoreError, WebhookCommand};

/// Retries after the first attempt, as at WorkOS.
pub(super) const RETRIES: u32 = 6;
/// The factor by which each retry waits longer than the one before.
const BACK_OFF: u32 = 5;
/// The sum of all waits, in units of the first one: 1 + 5 + 25 + 125 + 625 + 3,125.
const WAITS: u32 = 3_906;
/// The time after which the progress of a slow receiver is stored before its batch is complete.
pub(super) const STORE_INTERVAL: Duration = Duration::from_secs(1);
/// The pause after the store failed.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Returns the wait before the next attempt. All waits together are `retry_time`.
fn wait(failures: u32, retry_time: Duration) -> SignedDuration {
    let first = retry_time / WAITS;
    let wait = first.saturating_mul(BACK_OFF.saturating_pow(failures.saturating_sub(1)));
    SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)
}

/// The tools of a queue.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) sender: Arc<Sender>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) retry_time: Duration,
}

impl Tools {
    /// Returns the time of the attempt after a number of failures.
    pub(super) fn due(&self, failures: u32) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(wait(failures, self.retry_time)).unwrap_or(now)
    }

    /// Returns the time that is left until an attempt is due.
    pub(super) fn left(&self, due: Timestamp) -> Duration {
        Duration::try_from(due.duration_since(self.clock.now())).unwrap_or_default()
    }
}

/// A running queue.
pub(super) struct Queue {
    tools: Tools,
    store: Arc<dyn Store>,
    tail: Arc<Tail>,
    endpoint: WebhookEndpoint,
    progress: Progress,
    /// Attempts that are not stored yet.
    attempts: Vec<Attempt>,
    stored_at: Instant,
    changes: watch::Receiver<StoreChanges>,
    canceled: CancellationToken,
}

/// The reasons for which the queue of an endpoint or a stream ends.
pub(super) enum End {
    Canceled,
    /// The endpoint or stream is disabled or gone.
    Closed,
}

/// Waits, unless the queue is canceled.
pub(super) async fn pause(canceled: &CancellationToken, time: Duration) -> Option<End> {
    tokio::select! {
        () = canceled.cancelled() => Some(End::Canceled),
        () = tokio::time::sleep(time) => None,
    }
}

impl Queue {
    pub(super) fn new(tools: Tools, tail: Arc<Tail>, queue: WebhookQueue, canceled: CancellationToken) -> Self {
        let store = Arc::clone(tail.store());
        let changes = store.changes();
        let WebhookQueue { endpoint, progress } = queue;
        let (attempts, stored_at) = (Vec::new(), Instant::now());
        Self { tools, store, tail, endpoint, progress, attempts, stored_at, changes, canceled }
    }

    /// Delivers until it is canceled, or its endpoint is disabled.
    pub(super) async fn run(mut self) {
        loop {
            match self.turn().await {
                Ok(None) => {}
                Ok(Some(End::Closed)) | Err(StoreError::Unknown(_)) => break,
                Ok(Some(End::Canceled)) => {
                    // What was delivered is stored, so that it is not delivered again.
                    if let Err(error) = self.record(false).await {
                        tracing::warn!(endpoint = self.endpoint.id, %error, "some webhooks will be delivered again");
                    }
                    break;
                }
                Err(error) => {
                    tracing::error!(endpoint = self.endpoint.id, %error, "webhooks wait for the store");
                    if pause(&self.canceled, STORE_PAUSE).await.is_some() {
                        break;
                    }
                }
            }
        }
    }

    /// Waits until the next attempt is due, then delivers the next events, or waits for new ones.
    async fn turn(&mut self) -> Result<Option<End>, StoreError> {
        if let Some(due) = self.progress.next_at
            && let Some(end) = pause(&self.canceled, self.tools.left(due)).await
        {
            return Ok(Some(end));
        }
        // Before the log is read, so that no commit after that goes unnoticed.
        self.changes.borrow_and_update();
        let window = self.tail.window(self.progress.position, &self.endpoint.events).await?;
        let is_at_the_end = window.end == self.progress.position;
        for (position, event) in window.events {
            if let Some(end) = self.deliver(position, &event).await? {
                return Ok(Some(end));
            }
            if self.progress.next_at.is_some() {
                return Ok(None);
            }
        }
        self.progress.position = window.end;
        self.record(false).await?;
        if is_at_the_end {
            tokio::select! {
                () = self.canceled.cancelled() => return Ok(Some(End::Canceled)),
                changed = self.changes.changed() => {
                    if changed.is_err() {
                        return Ok(Some(End::Canceled));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Makes one attempt. A failure is stored at once, a success with the batch.
    async fn deliver(&mut self, position: u64, event: &Outgoing) -> Result<Option<End>, StoreError> {
        let number = self.progress.failures + 1;
        let attempt = tokio::select! {
            () = self.canceled.cancelled() => return Ok(Some(End::Canceled)),
            attempt = self.tools.sender.send(Shipment::webhook(&self.endpoint, event), AttemptCause::Event, number) => attempt,
        };
        let is_delivered = attempt.is_delivered();
        let is_exhausted = !is_delivered && number > RETRIES;
        self.attempts.push(attempt);
        if is_delivered || is_exhausted {
            self.progress = Progress { position, failures: 0, next_at: None };
        } else {
            self.progress = Progress { failures: number, next_at: Some(self.tools.due(number)), ..self.progress };
        }
        let is_due = self.attempts.len() >= limits::WEBHOOK_BATCH || self.stored_at.elapsed() >= STORE_INTERVAL;
        if !is_delivered || is_due {
            self.record(is_exhausted).await?;
        }
        if is_exhausted {
            tracing::warn!(
                endpoint = self.endpoint.id,
                event = event.id,
                "the last retry failed; the endpoint is disabled"
            );
            return Ok(Some(End::Closed));
        }
        Ok(None)
    }

    /// Stores the attempts and the progress. Positions without a wanted event are stored with the next attempt.
    async fn record(&mut self, is_exhausted: bool) -> Result<(), StoreError> {
        self.stored_at = Instant::now();
        if self.attempts.is_empty() {
            return Ok(());
        }
        let record = DeliveryRecord {
            endpoint: self.endpoint.id.clone(),
            progress: Some(self.progress),
            is_exhausted,
            attempts: self.attempts.clone(),
        };
        self.store.administer(AdminCommand::Webhook(WebhookCommand::Record(record))).await?;
        self.attempts.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_waits_fill_the_time_and_grow() {
        let time = Duration::from_hours(72);
        let waits: Vec<i64> = (1..=RETRIES).map(|failures| wait(failures, time).as_secs()).collect();
        assert_eq!(waits, [66, 331, 1_658, 8_294, 41_474, 207_373]);
        assert_eq!((0..RETRIES).map(|n| BACK_OFF.pow(n)).sum::<u32>(), WAITS);
        assert_eq!(wait(3, Duration::ZERO), SignedDuration::ZERO);
    }
}

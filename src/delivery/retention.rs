//! Deletes events that are older than the server keeps them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::base::{Clock, limits};
use crate::store::{AdminCommand, Store};

/// The shortest and the longest pause between two looks for old events.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_mins(1));

/// A running task that deletes old events.
#[derive(Debug)]
pub struct Retention {
    canceled: CancellationToken,
    task: JoinHandle<()>,
}

impl Retention {
    /// Starts to delete events that are older than `keep`, in a task of the present runtime.
    #[must_use]
    pub fn start(store: Arc<dyn Store>, clock: Arc<dyn Clock>, keep: Duration) -> Self {
        let canceled = CancellationToken::new();
        let task = tokio::spawn(expire(store, clock, keep, canceled.clone()));
        Self { canceled, task }
    }

    /// Stops, after the deletion in progress.
    pub async fn stop(self) {
        self.canceled.cancel();
        // A task that panicked has nothing left to do.
        drop(self.task.await);
    }
}

/// Deletes old events in small steps, so that other writes wait for no more than one step, until it is canceled.
async fn expire(store: Arc<dyn Store>, clock: Arc<dyn Clock>, keep: Duration, canceled: CancellationToken) {
    let pause = (keep / 10).clamp(PAUSE.0, PAUSE.1);
    while !canceled.is_cancelled() {
        // A time before the calendar begins keeps everything.
        let deleted = match clock.now().checked_sub(keep) {
            Ok(before) => store.administer(AdminCommand::ExpireEvents { before }).await.map(|outcome| outcome.expired),
            Err(_) => Ok(0),
        };
        match deleted {
            Ok(limits::EXPIRED_EVENTS) => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "old events could not be deleted"),
        }
        tokio::select! {
            () = canceled.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

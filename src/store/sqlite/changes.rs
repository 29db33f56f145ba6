//! Wakes those who wait for a commit.

use tokio::sync::watch;

/// The number of commits of events and of administrative commands so far.
#[derive(Debug, Default)]
pub(super) struct Changes(watch::Sender<u64>);

impl Changes {
    /// Wakes the receivers. Called after a commit.
    pub(super) fn wake(&self) {
        self.0.send_modify(|commits| *commits = commits.wrapping_add(1));
    }

    /// Returns a receiver, which has seen the present value.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

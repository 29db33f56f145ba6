//! Wakes those who wait for a commit.

use tokio::sync::watch;

use super::super::StoreChanges;

/// The commits so far.
#[derive(Debug, Default)]
pub(super) struct Changes(watch::Sender<StoreChanges>);

impl Changes {
    /// Wakes the receivers. Called after a commit of events or of an administrative command.
    pub(super) fn wake(&self, is_administrative: bool) {
        self.0.send_modify(|changes| {
            changes.commits = changes.commits.wrapping_add(1);
            changes.administrative = changes.administrative.wrapping_add(u64::from(is_administrative));
        });
    }

    /// Returns a receiver, which has seen the present value.
    pub(super) fn subscribe(&self) -> watch::Receiver<StoreChanges> {
        self.0.subscribe()
    }
}

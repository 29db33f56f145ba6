//! The newest events of the log, read and rendered once for all queues.
//!
//! A queue that is up to date takes its events from here, so that a commit costs one read of the log, however many endpoints there are. A
//! queue that is further behind reads the log itself.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Mutex, watch};

use crate::base::limits;
use crate::events::{Event, EventName};
use crate::store::{Store, StoreChanges, StoreError};

/// Events that are kept: some hundred milliseconds of the fastest import.
const KEPT: usize = 1_024;
/// The bodies that are kept, in bytes.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// An event as it is sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// `event_…`
    pub(super) id: String,
    /// The name on the wire.
    pub(super) name: String,
    /// The body of the request.
    pub(super) body: Bytes,
}

impl From<&Event> for Outgoing {
    fn from(event: &Event) -> Self {
        Self { id: event.id.clone(), name: event.event.clone(), body: event.to_json().to_string().into() }
    }
}

/// The next events of a queue, with their positions, and the position up to which the log was searched for them.
pub(super) struct Window {
    pub(super) events: Vec<(u64, Arc<Outgoing>)>,
    pub(super) end: u64,
}

/// The newest events of a store.
pub(super) struct Tail {
    store: Arc<dyn Store>,
    recent: Mutex<Recent>,
}

/// The events after the position `begin`, up to `end`.
struct Recent {
    begin: u64,
    end: u64,
    events: VecDeque<(u64, Arc<Outgoing>)>,
    /// The size of all bodies.
    bytes: usize,
    changes: watch::Receiver<StoreChanges>,
    /// The log ended at `end` when it was last read.
    is_complete: bool,
}

impl Tail {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let changes = store.changes();
        let recent = Recent { begin: 0, end: 0, events: VecDeque::new(), bytes: 0, changes, is_complete: false };
        Self { store, recent: Mutex::new(recent) }
    }

    /// Returns the store, for the progress of queues.
    pub(super) const fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Returns the next events with these names after a position, at most [`limits::WEBHOOK_BATCH`].
    pub(super) async fn window(&self, after: u64, names: &[EventName]) -> Result<Window, StoreError> {
        let mut recent = self.recent.lock().await;
        if after > recent.end {
            // The queues that are in front define the tail.
            recent.restart(after);
        }
        if after == recent.end {
            recent.extend(&*self.store).await?;
        }
        if after >= recent.begin {
            return Ok(recent.after(after, names));
        }
        drop(recent);
        let window = self.store.log_window(after, names).await?;
        let events = window.events.iter().map(|(position, event)| (*position, Arc::new(Outgoing::from(event))));
        Ok(Window { events: events.collect(), end: window.end })
    }
}

impl Recent {
    fn restart(&mut self, begin: u64) {
        self.events.clear();
        (self.begin, self.end, self.bytes, self.is_complete) = (begin, begin, 0, false);
    }

    /// Reads the next events of the log, if there may be any.
    async fn extend(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        if self.is_complete && !self.changes.has_changed().unwrap_or(true) {
            return Ok(());
        }
        // Before the log is read, so that no commit after that goes unnoticed.
        self.changes.borrow_and_update();
        self.is_complete = false;
        let names: Vec<EventName> = EventName::subscribable().collect();
        let window = store.log_window(self.end, &names).await?;
        // Otherwise a limit may have ended the search.
        self.is_complete = window.end.saturating_sub(self.end) < limits::WEBHOOK_BATCH as u64;
        self.end = window.end;
        for (position, event) in &window.events {
            let event = Outgoing::from(event);
            self.bytes += event.body.len();
            self.events.push_back((*position, Arc::new(event)));
        }
        while self.events.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some((position, event)) = self.events.pop_front() else { break };
            (self.begin, self.bytes) = (position, self.bytes.saturating_sub(event.body.len()));
        }
        Ok(())
    }

    fn after(&self, after: u64, names: &[EventName]) -> Window {
        let first = self.events.partition_point(|(position, _)| *position <= after);
        let mut window = Window { events: Vec::new(), end: self.end };
        for (position, event) in self.events.range(first..) {
            if !names.iter().any(|name| name.as_str() == event.name) {
                continue;
            }
            window.events.push((*position, Arc::clone(event)));
            if window.events.len() == limits::WEBHOOK_BATCH {
                window.end = *position;
                break;
            }
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemClock;
    use crate::directory::Settings;
    use crate::store::AdminCommand;
    use crate::store::sqlite::SqliteStore;

    /// Adds directories. Each has one event that endpoints can subscribe to.
    async fn add_directories(store: &dyn Store, organization: &str, names: std::ops::Range<usize>) {
        let add = |n: usize| {
            let (organization, name) = (organization.to_owned(), format!("Directory {n}"));
            store.administer(AdminCommand::AddDirectory { organization, name, settings: Settings::default() })
        };
        futures::future::try_join_all(names.map(add)).await.unwrap();
    }

    /// Returns the positions and IDs of all events after a position.
    async fn walk(tail: &Tail, mut after: u64, names: &[EventName]) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        loop {
            let window = tail.window(after, names).await.unwrap();
            assert!(window.events.len() <= limits::WEBHOOK_BATCH && window.end >= after);
            all.extend(window.events.iter().map(|(position, event)| (*position, event.id.clone())));
            if window.end == after {
                return all;
            }
            after = window.end;
        }
    }

    /// A queue gets each event once and in order, from the tail or from the log, whatever other queues read before.
    #[tokio::test]
    async fn a_queue_gets_all_events_after_its_position() {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap());
        let organization = store.bootstrap().await.unwrap().directory.organization_id;
        let tail = Tail::new(Arc::clone(&store));
        let names: Vec<EventName> = EventName::subscribable().collect();
        let mut added = 1;
        // Nothing new, a few events, and more than the tail keeps.
        for more in [0, 3, 200, KEPT + 100, 1] {
            add_directories(&*store, &organization, added..added + more).await;
            added += more;
            let expected = walk(&Tail::new(Arc::clone(&store)), 0, &names).await;
            assert_eq!(expected.len(), added);
            for (at, (after, _)) in
                expected.iter().enumerate().step_by(97).chain(expected.iter().enumerate().next_back())
            {
                assert_eq!(walk(&tail, *after, &names).await, expected[at + 1..], "after {after} of {added}");
                assert_eq!(walk(&tail, *after, &[EventName::Deleted]).await, []);
            }
            assert!(tail.recent.lock().await.events.len() <= KEPT);
        }
    }

    /// Of queues that are up to date, the first reads the log after a commit.
    #[tokio::test]
    async fn queues_share_what_was_read() {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap());
        store.bootstrap().await.unwrap();
        let tail = Tail::new(store);
        let names: Vec<EventName> = EventName::subscribable().collect();
        let one = tail.window(0, &names).await.unwrap();
        let other = tail.window(0, &names).await.unwrap();
        assert_eq!(one.events.len(), 1);
        assert!(Arc::ptr_eq(&one.events[0].1, &other.events[0].1));
    }
}

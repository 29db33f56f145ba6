//! Events of a store file.

use anyhow::Result;

use super::super::Usage;
use super::print::Printer;
use super::range::Range;
use crate::base::limits;
use crate::events::Event;
use crate::store::{EventQuery, Store, StoreError};

/// Prints the events of a store. To follow them, it waits for the store's next commit; commits of a server on the same
/// file are noticed within a second.
pub(super) async fn print(store: &dyn Store, range: Range, printer: &Printer) -> Result<()> {
    let mut changes = store.changes();
    let mut after = if range.new_only { newest(store).await? } else { range.after };
    loop {
        // Before the log is read, so that no commit after that goes unnoticed.
        changes.borrow_and_update();
        loop {
            let query = EventQuery { after: after.clone(), limit: limits::EVENTS_PAGE, ..EventQuery::default() };
            let page = store.events(query).await.map_err(unknown_cursor)?;
            let events: Vec<_> = page.events.iter().map(Event::to_json).collect();
            printer.print(&events)?;
            if let Some(last) = page.events.last() {
                after = Some(last.id.clone());
            }
            if page.after.is_none() {
                break;
            }
        }
        if !range.follow || changes.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Returns the ID of the newest event.
async fn newest(store: &dyn Store) -> Result<Option<String>> {
    let query = EventQuery { descending: true, limit: 1, ..EventQuery::default() };
    Ok(store.events(query).await?.events.into_iter().next().map(|event| event.id))
}

fn unknown_cursor(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Cursor(_) | StoreError::ExpiredCursor(_) => Usage(format!("--after: {error}")).into(),
        error => error.into(),
    }
}

//! Detects the commits of other processes.

use rusqlite::Connection;

use super::super::StoreError;
use super::{Shared, rows};

/// The state by which changes are detected: the generation of the registry, the end of the log, the number of webhook
/// endpoints and their last change.
type State = (String, Option<i64>, i64, Option<i64>);

impl Shared {
    /// Wakes the receivers of changes if the store is not as it was at the last call. Returns whether directories, tokens or
    /// keys changed.
    pub(super) fn look_for_changes(&self, known: &mut Option<State>) -> bool {
        // A store that cannot be read has no news.
        let Ok(state) = self.readers.with(state) else { return false };
        let Some(before) = known.replace(state.clone()) else { return false };
        let is_administrative = (&before.0, before.2, before.3) != (&state.0, state.2, state.3);
        if before != state {
            self.counters.changes.wake(is_administrative);
        }
        before.0 != state.0
    }
}

fn state(connection: &Connection) -> Result<State, StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT (SELECT max(position) FROM event), (SELECT count(*) FROM webhook_endpoint),
             (SELECT max(updated_at) FROM webhook_endpoint)",
    )?;
    let generation = rows::generation(connection)?;
    Ok(find.query_row([], |row| Ok((generation, row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

//! Counts of resources in blocks of consecutive rows, kept up to date by the writer, so that page N of a list is found
//! without reading the rows before it.

use rusqlite::{Connection, params};

use super::super::{StoreCounts, StoreError};
use super::rows::{self, kind_code};
use crate::scim::resource::Kind;

/// The rows in a block: skipping within a block takes some tens of microseconds at most.
pub(super) const BLOCK: i64 = 1_024;

/// Selects the blocks in which a directory has resources of a kind, in order, with their counts.
pub(super) const COUNTS: &str = "SELECT block, resources FROM block WHERE directory = ?1 AND kind = ?2 ORDER BY block";

/// Returns the block of a row.
pub(super) const fn block_of(row: i64) -> i64 {
    row / BLOCK
}

/// Returns the counts of these directories and of the log. Events leave the log only at its beginning, so that the first and
/// the last position say how many there are.
pub(super) fn counts(connection: &Connection, directories: &[String]) -> Result<StoreCounts, StoreError> {
    let mut resources = Vec::with_capacity(directories.len());
    for id in directories {
        resources.push(match rows::directory_by_id(connection, id)? {
            Some((row, _)) => (total(connection, row, Kind::User)?, total(connection, row, Kind::Group)?),
            None => (0, 0),
        });
    }
    let mut span = connection.prepare_cached(
        "SELECT coalesce((SELECT max(position) FROM event) - (SELECT min(position) FROM event) + 1, 0)",
    )?;
    let events: i64 = span.query_row([], |row| row.get(0))?;
    Ok(StoreCounts { resources, events: u64::try_from(events).unwrap_or_default() })
}

/// Returns the number of resources of a kind in a directory.
pub(super) fn total(connection: &Connection, directory: i64, kind: Kind) -> Result<u64, StoreError> {
    let mut sum = connection
        .prepare_cached("SELECT coalesce(sum(resources), 0) FROM block WHERE directory = ?1 AND kind = ?2")?;
    let total: i64 = sum.query_row(params![directory, kind_code(kind)], |row| row.get(0))?;
    Ok(u64::try_from(total).unwrap_or_default())
}

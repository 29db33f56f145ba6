//! Deleting the rows of removed directories and event streams, step by step, so that other writes wait for no more than one step. A step that
//! is interrupted leaves a consistent store, and the next start continues.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::StoreError;
use super::rows;
use super::transaction::Transaction;
use super::{event_streams, unique};

/// Resources or memberships that one step deletes: a few milliseconds' work.
const STEP: usize = 256;

/// Returns whether there is a removed directory or stream with rows to delete.
pub(super) fn is_due(connection: &Connection) -> Result<bool, StoreError> {
    Ok(event_streams::is_purge_due(connection)? || next(connection)?.is_some())
}

/// Finds the directory that was removed first.
fn next(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT row FROM directory WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?)
}

/// Deletes a part of a removed stream, or else of a removed directory.
pub(super) fn step(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    let connection = transaction.connection;
    if event_streams::is_purge_due(connection)? {
        return event_streams::purge(connection);
    }
    let Some(directory) = next(connection)? else { return Ok(()) };
    // Groups come first, and with them all memberships.
    let resources: Vec<(i64, i64)> = connection
        .prepare_cached(
            "SELECT row, kind FROM resource INDEXED BY resource_in_order WHERE directory = ?1
             ORDER BY kind DESC, row LIMIT ?2",
        )?
        .query_map(params![directory, i64::try_from(STEP).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if resources.is_empty() {
        return finish(transaction, directory);
    }
    let mut left = STEP;
    for (row, kind) in resources {
        if kind == 1 {
            left = left.saturating_sub(memberships(transaction, row, left)?);
        }
        if left == 0 {
            break;
        }
        left -= 1;
        for sql in [
            "DELETE FROM directory_user WHERE resource = ?1",
            "DELETE FROM directory_group WHERE resource = ?1",
            "DELETE FROM resource WHERE row = ?1",
        ] {
            connection.prepare_cached(sql)?.execute([row])?;
        }
        unique::release(connection, row)?;
        transaction.count_resource(directory, kind, row, -1);
    }
    Ok(())
}

/// Deletes at most `most` members of a group, and returns their number.
fn memberships(transaction: &Transaction<'_>, group: i64, most: usize) -> Result<usize, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut delete = transaction.connection.prepare_cached(
        "DELETE FROM membership WHERE team = ?1 AND position IN (
             SELECT position FROM membership WHERE team = ?1 ORDER BY position LIMIT ?2)",
    )?;
    Ok(delete.execute([group, most])?)
}

/// Deletes what is left once a directory has no resources: its tokens, and the directory itself.
fn finish(transaction: &mut Transaction<'_>, directory: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM token_use WHERE token IN (SELECT row FROM token WHERE directory = ?1)",
        "DELETE FROM token WHERE directory = ?1",
        "DELETE FROM signing_key WHERE directory = ?1",
        "DELETE FROM block WHERE directory = ?1",
        // No other directory gets this row, because a request that began before may still know it.
        "INSERT INTO setting VALUES ('last_deleted_directory', ?1)
         ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        "DELETE FROM directory WHERE row = ?1",
    ] {
        transaction.connection.prepare_cached(sql)?.execute([directory])?;
    }
    rows::next_generation(transaction.connection)?;
    transaction.forget_directories();
    Ok(())
}

//! Opens connections, and creates and migrates the tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::super::StoreError;
use super::{file, sorted};

/// Longest wait for a write of another process. Commands take milliseconds, except one that declares an
/// attribute unique: it scans the whole directory, about 10 s for 1,000,000 users.
const BUSY: Duration = Duration::from_mins(1);
/// Prepared statements that a connection keeps; there are about sixty.
const STATEMENTS: usize = 96;
/// Each entry migrates a store by one version. Entries never change; new ones are appended.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("unique.sql")),
    M::up(include_str!("uses.sql")),
    M::up(include_str!("active.sql")),
    M::up(include_str!("cursors.sql")),
    M::up(include_str!("nested.sql")),
    M::up(include_str!("tokens.sql")),
    M::up(include_str!("directory_api.sql")),
    M::up(include_str!("organizations.sql")),
    M::up(include_str!("addresses.sql")),
    M::up(include_str!("webhooks.sql")),
    M::up(include_str!("event_streams.sql")),
];

/// Opens the writing connection and migrates the schema. Creates a store if there is no file or an empty one. Refuses any
/// other file without changing it.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let unusable = |error: &dyn std::fmt::Display| {
        StoreError::File(format!("the store {} cannot be opened: {error}", path.display()))
    };
    file::prepare(path)?;
    let mut connection = Connection::open(path).map_err(|error| unusable(&error))?;
    connection.busy_timeout(BUSY)?;
    // Before the write-ahead log is enabled, so that the header of the file itself always has the ID.
    let id: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if id != i64::from(file::APPLICATION_ID) {
        connection.pragma_update(None, "application_id", file::APPLICATION_ID)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "OFF")?;
    // In KiB. Keeps the index of a million userNames in memory, which creates touch in random places.
    connection.pragma_update(None, "cache_size", -131_072)?;
    // In pages. Larger checkpoints copy fewer pages twice.
    connection.pragma_update(None, "wal_autocheckpoint", 16_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    keep_statements(&connection)?;
    // Migrations use the functions.
    sorted::register(&connection)?;
    Migrations::from_slice(MIGRATIONS).to_latest(&mut connection).map_err(|error| unusable(&error))?;
    Ok(connection)
}

/// Sets up the cache of prepared statements. Without the stability guarantee of the query planner, SQLite parses a statement
/// with `LIMIT ?` again each time a value is bound, because the value may influence the plan. That doubles the cost of a
/// point read.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Returns whether a database has the tables of this version.
pub(super) fn is_current(connection: &Connection) -> Result<bool, StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(usize::try_from(version) == Ok(MIGRATIONS.len()))
}

/// Opens a connection for point reads. It does not map the file: SQLite drops the mapping on each commit of another
/// connection, and the page faults afterwards cost more than reading the pages.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Opens a connection for lists and scans. It maps the file (SQLite maps at most 2 GiB), so that reading many pages needs no
/// system calls.
pub(super) fn open_scanner(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_reader(path)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 40)?;
    sorted::register(&connection)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    /// A new bound value must not make SQLite parse a statement again.
    #[test]
    fn statements_are_parsed_once() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("store.db");
        for connection in [open(&path).unwrap(), open_reader(&path).unwrap(), open_scanner(&path).unwrap()] {
            let mut select = connection.prepare("SELECT team FROM membership WHERE member = ?1 LIMIT ?2").unwrap();
            for most in 1..4_i64 {
                assert!(select.query([most, most]).unwrap().next().unwrap().is_none());
            }
            assert_eq!(select.get_status(StatementStatus::RePrepare), 0);
        }
    }

    /// A store of any earlier version gets the same tables and indexes as a new one.
    #[test]
    fn older_stores_are_migrated() {
        let place = tempfile::tempdir().unwrap();
        let tables = |connection: &Connection| -> Vec<String> {
            let mut all =
                connection.prepare("SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_schema").unwrap();
            let mut all: Vec<String> = all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            all.sort();
            all
        };
        let newest = tables(&open(&place.path().join("new.db")).unwrap());
        for version in 1..MIGRATIONS.len() {
            let path = place.path().join(format!("{version}.db"));
            let mut older = Connection::open(&path).unwrap();
            sorted::register(&older).unwrap();
            Migrations::from_slice(&MIGRATIONS[..version]).to_latest(&mut older).unwrap();
            drop(older);
            assert_eq!(tables(&open(&path).unwrap()), newest);
        }
    }
}

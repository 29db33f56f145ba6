//! The tables, as migrations, and how a connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::super::StoreError;
use super::sorted;

/// How long a connection waits for another process's write. Orders of the command line take milliseconds, but for one that
/// declares an attribute unique: that goes through the whole directory, some 10 s for 1,000,000 users.
const BUSY: Duration = Duration::from_mins(1);
/// Prepared statements kept by a connection; there are about fifty in all.
const STATEMENTS: usize = 96;
/// Each entry moves a store one version on. What is here never changes; new entries are added.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("unique.sql")),
    M::up(include_str!("uses.sql")),
    M::up(include_str!("active.sql")),
    M::up(include_str!("cursors.sql")),
    M::up(include_str!("nested.sql")),
];

/// Opens the writing connection and brings the schema up to date.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)
        .map_err(|error| StoreError::Backend(format!("{} can't be opened: {error}", path.display())))?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "OFF")?;
    // In KiB: the index of a million userNames, which creates touch in random places, stays in memory.
    connection.pragma_update(None, "cache_size", -131_072)?;
    // In pages: the more a checkpoint copies at once, the fewer pages are copied twice.
    connection.pragma_update(None, "wal_autocheckpoint", 16_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Migrations::from_slice(MIGRATIONS)
        .to_latest(&mut connection)
        .map_err(|error| StoreError::Backend(format!("{} is no store of this version: {error}", path.display())))?;
    Ok(connection)
}

/// Opens a connection for point reads. It keeps pages that it has read until somebody writes, and maps nothing: SQLite gives
/// the whole map up with each commit of another connection, and then each first touch of a page would be a fault, which
/// costs more than reading the page.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Opens a connection for lists and scans, which go through many pages: it maps the file (SQLite takes at most 2 GiB of
/// this), so that none of them costs a call to the system.
pub(super) fn open_scanner(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_reader(path)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 40)?;
    sorted::register(&connection)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store of any earlier version is brought to the newest: the same tables and indexes as those of a new one.
    #[test]
    fn older_stores_are_opened() {
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
            Migrations::from_slice(&MIGRATIONS[..version]).to_latest(&mut older).unwrap();
            drop(older);
            assert_eq!(tables(&open(&path).unwrap()), newest);
        }
    }
}

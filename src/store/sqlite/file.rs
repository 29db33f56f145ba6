//! Inspects files before they are opened as a store, and creates files with private permissions.
//!
//! A store has scimulate's `application_id` in its header. Any other database, and any other file, is refused without
//! being changed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::super::StoreError;

/// `SCIM`, in the field of the header that names the application of a database.
pub(super) const APPLICATION_ID: u32 = 0x5343_494d;

/// The first bytes of a SQLite database (<https://www.sqlite.org/fileformat.html>, section 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
const APPLICATION_ID_AT: usize = 68;
/// Tables that every version of a store has, for stores made before they had an `application_id`.
const TABLES: &str = "'setting', 'organization', 'directory', 'token', 'resource', 'membership', 'event'";
const TABLE_COUNT: i64 = 7;

/// The content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    Missing,
    /// A file of no bytes, which a server may turn into a store.
    Empty,
    /// A store, of any version.
    Store,
}

/// Inspects a file without changing it.
///
/// # Errors
/// [`StoreError::Foreign`] when it is something else than a store, [`StoreError::File`] when it cannot be read.
pub fn inspect(path: &Path) -> Result<Content, StoreError> {
    let unreadable = |error: &io::Error| StoreError::File(format!("{} cannot be read: {error}", path.display()));
    let foreign = |what: &str| StoreError::Foreign(format!("{} is not a scimulate store: {what}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Missing),
        Err(error) => return Err(unreadable(&error)),
    };
    if !file.metadata().map_err(|error| unreadable(&error))?.is_file() {
        return Err(foreign("it is not a file"));
    }
    let mut header = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64).read_to_end(&mut header).map_err(|error| unreadable(&error))?;
    if header.is_empty() {
        return Ok(Content::Empty);
    }
    if !header.starts_with(MAGIC) {
        return Err(foreign("it is not a SQLite database"));
    }
    let id = header.get(APPLICATION_ID_AT..).and_then(|rest| rest.first_chunk()).map(|id| u32::from_be_bytes(*id));
    match id {
        Some(APPLICATION_ID) => Ok(Content::Store),
        Some(0) if has_tables(path)? => Ok(Content::Store),
        _ => Err(foreign("it is a SQLite database of another application")),
    }
}

/// Makes sure that a store can be opened at a path: makes an empty file where there is none.
///
/// # Errors
/// As [`inspect`], and [`StoreError::File`] when the file cannot be made.
pub fn prepare(path: &Path) -> Result<(), StoreError> {
    inspect(path)?;
    create_private(path).map_err(|error| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let cause =
            folder.map_or_else(|| error.to_string(), |folder| format!("there is no folder {}", folder.display()));
        StoreError::File(format!("the store {} cannot be created: {cause}", path.display()))
    })
}

/// Returns whether the tables of a store are there.
fn has_tables(path: &Path) -> Result<bool, StoreError> {
    let connection = open_read_only(path)?;
    let sql = format!("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ({TABLES})");
    // What SQLite cannot read is not a store.
    Ok(connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).is_ok_and(|count| count == TABLE_COUNT))
}

/// Opens a database so that nothing about it changes: not the file, and no file beside it.
///
/// While a process has it open there is a write-ahead log, which contains the newest pages and must be read. Without one
/// the database is opened as immutable, since SQLite would make a log and an index of it even for a reader.
pub(super) fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if has_log(path) {
        return Ok(Connection::open_with_flags(path, flags)?);
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let absolute = absolute.to_string_lossy();
    let uri = format!("file:{}?immutable=1", utf8_percent_encode(&absolute, NON_ALPHANUMERIC));
    Ok(Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?)
}

/// Returns whether there is a write-ahead log beside a database.
pub(super) fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log).metadata().is_ok_and(|found| found.len() > 0)
}

/// Makes an empty file that only its owner can read, unless there is a file. SQLite gives the same permissions to the
/// files that it makes beside it.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Files made with these options can be read and written by their owner only.
pub(super) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

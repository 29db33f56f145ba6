//! A pool of connections for reading.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::super::StoreError;

/// The number of idle connections that are kept open; each has its own page cache.
const IDLE: usize = 8;

/// Opens a connection on the store.
type Open = fn(&Path) -> Result<Connection, StoreError>;

/// A pool of connections that are configured alike. It opens a connection when none is idle, so callers never wait for each
/// other.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    open: Open,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path, open: Open) -> Self {
        Self { path: path.to_owned(), open, idle: Mutex::new(Vec::new()) }
    }

    /// Runs `read` with a connection. The lock is held only while a connection is taken or returned.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => (self.open)(&self.path)?,
        };
        let result = read(&connection);
        if !connection.is_autocommit() {
            // A transaction that could not be ended: close the connection.
            return result;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
        result
    }
}

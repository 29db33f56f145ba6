//! A transaction that runs each command in a savepoint, so that a command that fails leaves no trace.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, OptionalExtension, params};
use ulid::Ulid;

use super::super::{Access, StoreError};
use super::blocks::block_of;
use super::{error, rows};
use crate::base::Clock;
use crate::base::ids::Minter;
use crate::directory::administration::Source;

/// The state of the writer that outlives a transaction.
pub(super) struct WriterState {
    /// Randomness for IDs.
    pub(super) entropy: ChaCha8Rng,
    /// Randomness for tokens and API keys.
    pub(super) secrets: ChaCha8Rng,
    pub(super) minter: Minter,
    pub(super) directories: DirectoryCache,
}

/// Row numbers of directories, cached for one generation of the registry.
#[derive(Default)]
pub(super) struct DirectoryCache {
    generation: String,
    by_id: HashMap<String, DirectoryRows>,
}

/// The row numbers of a directory and of its organization, and when its settings last changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct DirectoryRows {
    pub(super) directory: i64,
    pub(super) organization: i64,
    /// The directory has event streams.
    pub(super) has_streams: bool,
    updated_at: Timestamp,
}

/// An open transaction with the state that its commands use.
pub(super) struct Transaction<'a> {
    pub(super) connection: &'a Connection,
    clock: &'a dyn Clock,
    state: &'a mut WriterState,
    /// Resources that the present command created and deleted: (directory, kind, row) and 1 or -1.
    pending: Vec<((i64, i64, i64), i64)>,
    /// The same for all commands so far, by block.
    counts: HashMap<(i64, i64, i64), i64>,
    /// Commands begun so far, including those that failed.
    pub(super) commands: u64,
    /// Events of the present command.
    appended: u64,
    /// Events of all commands so far.
    pub(super) events: u64,
    /// Changes of all commands so far that were queued for event streams.
    pub(super) queued: u64,
    /// Directories changed since the last transaction, here or in another process.
    pub(super) is_new_generation: bool,
    /// The failure for which SQLite itself rolled the transaction back, as it may when the disk is full.
    pub(super) rolled_back: Option<StoreError>,
}

impl<'a> Transaction<'a> {
    /// Wraps a connection on which a transaction has begun.
    pub(super) fn new(connection: &'a Connection, clock: &'a dyn Clock, state: &'a mut WriterState) -> Self {
        let (pending, counts) = (Vec::new(), HashMap::new());
        Self {
            connection,
            clock,
            state,
            pending,
            counts,
            commands: 0,
            appended: 0,
            events: 0,
            queued: 0,
            is_new_generation: false,
            rolled_back: None,
        }
    }

    /// Catches up with other processes: new IDs come after the greatest that exists, and directories that changed are
    /// read again. Returns by how many milliseconds the newest event is ahead of the clock.
    pub(super) fn catch_up(&mut self) -> Result<u64, StoreError> {
        let generation = rows::generation(self.connection)?;
        if self.state.directories.generation != generation {
            self.is_new_generation = true;
            self.state.directories = DirectoryCache { generation, ..DirectoryCache::default() };
        }
        let last = |sql| -> Result<Option<Ulid>, StoreError> {
            let id = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
            Ok(id.map(Ulid::from_bytes))
        };
        let event = last("SELECT id FROM event ORDER BY position DESC LIMIT 1")?;
        let resource = last("SELECT id FROM resource ORDER BY row DESC LIMIT 1")?;
        for id in event.into_iter().chain(resource) {
            self.state.minter.observe(id);
        }
        let now = u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default();
        Ok(event.map_or(0, |event| event.timestamp_ms().saturating_sub(now)))
    }

    /// Runs one command in a savepoint. A command that fails or panics leaves no trace.
    pub(super) fn command<T>(
        &mut self,
        command: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.connection.is_autocommit() {
            // SQLite rolled the whole transaction back, as it does when the disk is full. A savepoint would now begin
            // another transaction and commit it. The commit that is still to come fails as it should.
            return Err(StoreError::Backend("the transaction was rolled back".to_owned()));
        }
        self.commands += 1;
        let result = self.statement("SAVEPOINT command").and_then(|()| {
            let outcome = catch_unwind(AssertUnwindSafe(|| command(self)))
                .unwrap_or_else(|_| Err(StoreError::Backend("a command panicked".to_owned())));
            if let Err(error) = &outcome {
                self.pending.clear();
                self.appended = 0;
                if self.connection.is_autocommit() {
                    self.rolled_back = Some(error::copy_of(error));
                }
                self.statement("ROLLBACK TO command")?;
            }
            self.statement("RELEASE command")?;
            outcome
        });
        self.events += std::mem::take(&mut self.appended);
        for ((directory, kind, row), by) in self.pending.drain(..) {
            *self.counts.entry((directory, kind, block_of(row))).or_default() += by;
        }
        result
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Writes the resource counts, once for all commands of the transaction.
    pub(super) fn write_counts(&mut self) -> Result<(), StoreError> {
        for ((directory, kind, block), by) in self.counts.drain().filter(|(_, by)| *by != 0) {
            self.connection
                .prepare_cached(
                    "INSERT INTO block VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET resources = resources + excluded.resources",
                )?
                .execute(params![directory, kind, block, by])?;
        }
        Ok(())
    }

    /// Counts an event that the present command wrote.
    pub(super) fn count_event(&mut self) {
        self.appended += 1;
    }

    /// Counts changes that the present command queued for event streams.
    pub(super) fn count_queued(&mut self, changes: usize) {
        self.queued += changes as u64;
    }

    /// Counts a resource that the present command created (1) or deleted (-1).
    pub(super) fn count_resource(&mut self, directory: i64, kind: i64, row: i64, by: i64) {
        self.pending.push(((directory, kind, row), by));
    }

    /// Returns the present in whole milliseconds.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Returns the next ID, which is greater than all before it.
    pub(super) fn mint(&mut self, now: Timestamp) -> Ulid {
        let WriterState { entropy, minter, .. } = &mut *self.state;
        minter.next(now, random(entropy))
    }

    /// Lends the source of time, IDs and secrets to a decision.
    pub(super) fn with_source<T>(&mut self, decide: impl FnOnce(&mut Source<'_, ChaCha8Rng>) -> T) -> T {
        let now = self.now();
        let WriterState { entropy, secrets, minter, .. } = &mut *self.state;
        let mut next_id = || minter.next(now, random(entropy));
        decide(&mut Source { now, next_id: &mut next_id, secrets })
    }

    /// Empties the cache of directories, because the present command changes one.
    pub(super) fn forget_directories(&mut self) {
        self.state.directories = DirectoryCache::default();
    }

    /// Returns the access as it is now, if the directory changed after the request was authenticated.
    pub(super) fn renewed(&mut self, access: &Access) -> Result<Option<Access>, StoreError> {
        let id = &access.directory.id;
        if self.directory_rows(id)?.updated_at == access.directory.updated_at {
            return Ok(None);
        }
        let found = rows::directory_by_id(self.connection, id)?;
        found.map(|(_, directory)| Access::of(directory)).transpose()
    }

    /// Returns the row numbers of a directory and of its organization.
    pub(super) fn directory_rows(&mut self, directory: &str) -> Result<DirectoryRows, StoreError> {
        if let Some(found) = self.state.directories.by_id.get(directory) {
            return Ok(*found);
        }
        let found = self
            .connection
            .prepare_cached(
                "SELECT row, organization, updated_at,
                     EXISTS (SELECT 1 FROM event_stream s WHERE s.directory = d.row AND s.enabled AND NOT s.removed)
                 FROM directory d WHERE id = ?1 AND deleted_at IS NULL",
            )?
            .query_row([directory], |row| {
                Ok(DirectoryRows {
                    directory: row.get(0)?,
                    organization: row.get(1)?,
                    updated_at: rows::at(row, 2)?,
                    has_streams: row.get(3)?,
                })
            })
            .optional()?
            .ok_or_else(|| StoreError::Unknown(format!("no directory has the ID {directory}")))?;
        self.state.directories.by_id.insert(directory.to_owned(), found);
        Ok(found)
    }
}

fn random(entropy: &mut ChaCha8Rng) -> u128 {
    (u128::from(entropy.next_u64()) << 64) | u128::from(entropy.next_u64())
}

//! One transaction: each command within a savepoint of its own, and what all of them leave to be written once.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, OptionalExtension, params};
use ulid::Ulid;

use super::super::super::{Access, StoreError, Write, Written};
use super::super::blocks::block_of;
use super::super::{registry, rows, write};
use crate::base::Clock;
use crate::base::ids::Minter;

/// What is known of directories, as of one generation.
#[derive(Default)]
pub(super) struct DirectoryCache {
    generation: String,
    by_id: HashMap<String, DirectoryRows>,
}

/// The row numbers of a directory and of its organization, and when its settings were last changed.
#[derive(Clone, Copy)]
struct DirectoryRows {
    directory: i64,
    organization: i64,
    updated_at: Timestamp,
}

/// An open transaction, and what its commands need.
pub(in super::super) struct Transaction<'a> {
    pub(in super::super) connection: &'a Connection,
    clock: &'a dyn Clock,
    entropy: &'a mut ChaCha8Rng,
    pub(in super::super) secrets: &'a mut ChaCha8Rng,
    minter: &'a mut Minter,
    directories: &'a mut DirectoryCache,
    /// Resources made and deleted by the present command: (directory, kind, row) and 1 or -1.
    pending: Vec<((i64, i64, i64), i64)>,
    /// The same of all commands so far, by block.
    counts: HashMap<(i64, i64, i64), i64>,
    /// Commands begun so far, refused ones too.
    pub(super) commands: u64,
    /// Events of the present command.
    appended: u64,
    /// The same of all commands so far.
    pub(super) events: u64,
}

impl<'a> Transaction<'a> {
    /// Over a connection that has begun one.
    pub(super) fn new(
        connection: &'a Connection,
        clock: &'a dyn Clock,
        entropy: &'a mut ChaCha8Rng,
        secrets: &'a mut ChaCha8Rng,
        minter: &'a mut Minter,
        directories: &'a mut DirectoryCache,
    ) -> Self {
        let (pending, counts) = (Vec::new(), HashMap::new());
        Self {
            connection,
            clock,
            entropy,
            secrets,
            minter,
            directories,
            pending,
            counts,
            commands: 0,
            appended: 0,
            events: 0,
        }
    }

    /// Ids go on after the greatest that is there, which another process may have given; and what it changed of
    /// directories is seen.
    pub(super) fn catch_up(&mut self) -> Result<(), StoreError> {
        let generation = rows::generation(self.connection)?;
        if self.directories.generation != generation {
            *self.directories = DirectoryCache { generation, ..DirectoryCache::default() };
        }
        for last in
            ["SELECT id FROM event ORDER BY position DESC LIMIT 1", "SELECT id FROM resource ORDER BY row DESC LIMIT 1"]
        {
            let last: Option<[u8; 16]> =
                self.connection.prepare_cached(last)?.query_row([], |row| row.get(0)).optional()?;
            if let Some(last) = last {
                self.minter.observe(Ulid::from_bytes(last));
            }
        }
        Ok(())
    }

    /// Carries out writes in their order until `most` have failed.
    pub(super) fn sequence(&mut self, writes: &[Write], most: Option<usize>) -> Vec<Result<Written, StoreError>> {
        let mut results = Vec::with_capacity(writes.len());
        let mut failed = 0;
        for write in writes {
            if most.is_some_and(|most| failed >= most) {
                break;
            }
            let result = self.command(|transaction| write::carry_out(transaction, write));
            failed += usize::from(result.is_err());
            results.push(result);
        }
        results
    }

    /// Carries out one command within a savepoint of its own: one that fails, or breaks off, leaves nothing behind.
    pub(super) fn command<T>(
        &mut self,
        command: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.connection.is_autocommit() {
            // SQLite itself took everything back, as it does when the disk is full. A savepoint would now begin another
            // transaction, and commit it; the commit that is still to come fails as it should.
            return Err(StoreError::Backend("the transaction was taken back".to_owned()));
        }
        self.commands += 1;
        let result = self.statement("SAVEPOINT command").and_then(|()| {
            let outcome = catch_unwind(AssertUnwindSafe(|| command(self)))
                .unwrap_or_else(|_| Err(StoreError::Backend("a command broke off".to_owned())));
            if outcome.is_err() {
                self.pending.clear();
                self.appended = 0;
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

    /// Writes the counts of resources down, once for all commands of the transaction.
    pub(super) fn count(&mut self) -> Result<(), StoreError> {
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

    /// Notes events that the present command has written.
    pub(in super::super) fn note_events(&mut self, count: usize) {
        self.appended += count as u64;
    }

    /// Notes that the present command made (1) or deleted (-1) a resource.
    pub(in super::super) fn note(&mut self, directory: i64, kind: i64, row: i64, by: i64) {
        self.pending.push(((directory, kind, row), by));
    }

    /// The present moment in whole milliseconds.
    pub(in super::super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// The next id of all.
    pub(in super::super) fn mint(&mut self, now: Timestamp) -> Ulid {
        let entropy = (u128::from(self.entropy.next_u64()) << 64) | u128::from(self.entropy.next_u64());
        self.minter.next(now, entropy)
    }

    /// Forgets what is known of directories: the present command changes one.
    pub(in super::super) fn forget(&mut self) {
        *self.directories = DirectoryCache::default();
    }

    /// The row numbers of a directory and of its organization.
    pub(in super::super) fn directory_rows(&mut self, directory: &str) -> Result<(i64, i64), StoreError> {
        self.look_up(directory).map(|found| (found.directory, found.organization))
    }

    /// The directory as it is now, where it was changed after a request was let into it.
    pub(in super::super) fn renewed(&mut self, access: &Access) -> Result<Option<Access>, StoreError> {
        let id = &access.directory.id;
        if self.look_up(id)?.updated_at == access.directory.updated_at {
            return Ok(None);
        }
        let found = rows::directory_by_id(self.connection, id)?;
        found.map(|(_, directory)| registry::access_to(directory)).transpose()
    }

    fn look_up(&mut self, directory: &str) -> Result<DirectoryRows, StoreError> {
        if let Some(found) = self.directories.by_id.get(directory) {
            return Ok(*found);
        }
        let found = self
            .connection
            .prepare_cached("SELECT row, organization, updated_at FROM directory WHERE id = ?1")?
            .query_row([directory], |row| {
                Ok(DirectoryRows { directory: row.get(0)?, organization: row.get(1)?, updated_at: rows::at(row, 2)? })
            })
            .optional()?
            .ok_or_else(|| StoreError::Unknown(format!("no directory {directory}")))?;
        self.directories.by_id.insert(directory.to_owned(), found);
        Ok(found)
    }
}

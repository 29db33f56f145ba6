//! Records when each token was last used, without a write per request.
//!
//! A use is noted in memory. The writer stores what was noted together with other writes, once a minute when there are
//! none, and when the store closes. Its work grows with the tokens used since the last time, not with all tokens.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::super::StoreError;

/// Longest delay before uses are stored while there are other writes, in milliseconds.
const INTERVAL_MS: i64 = 10_000;
/// Longest delay before uses are stored while tokens are only used for reading, in milliseconds.
const READING_MS: i64 = 60_000;
/// The most uses stored by one transaction (a few milliseconds); the rest waits for the next one.
const PER_TRANSACTION: usize = 1_000;

/// The last use of one token that is not stored yet.
#[derive(Debug)]
pub(super) struct LastUse {
    /// The token's row.
    token: i64,
    /// Milliseconds since 1970; 0 when there is nothing to store.
    at: AtomicI64,
}

impl LastUse {
    pub(super) fn of(token: i64) -> Arc<Self> {
        Arc::new(Self { token, at: AtomicI64::new(0) })
    }
}

/// The uses that are not stored yet.
#[derive(Debug)]
pub(super) struct Uses {
    pending: Mutex<Vec<Arc<LastUse>>>,
    /// Time of the last storing, or of the last request for one.
    stored_at: AtomicI64,
}

impl Uses {
    /// Creates an empty list for a store opened at this time (milliseconds since 1970).
    pub(super) fn since(now: i64) -> Self {
        Self { pending: Mutex::default(), stored_at: AtomicI64::new(now) }
    }

    /// Notes that a token was used. Takes a lock only for the first use since the last storing.
    pub(super) fn note(&self, token: &Arc<LastUse>, now: i64) {
        if token.at.swap(now, Ordering::Relaxed) == 0 {
            self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(token));
        }
    }

    /// Returns true when a token was used and nothing has been stored for a minute. Only one of several concurrent
    /// callers gets true.
    pub(super) fn are_due(&self, now: i64) -> bool {
        let stored = self.stored_at.load(Ordering::Relaxed);
        now.saturating_sub(stored) >= READING_MS
            && self.stored_at.compare_exchange(stored, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn take(&self, most: usize) -> Vec<Arc<LastUse>> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let most = most.min(pending.len());
        pending.drain(..most).collect()
    }
}

/// The writer's side: decides when uses are stored.
#[derive(Debug)]
pub(super) struct UseWriter {
    uses: Arc<Uses>,
    at: i64,
}

impl UseWriter {
    pub(super) fn new(uses: Arc<Uses>) -> Self {
        Self { uses, at: i64::MIN }
    }

    /// Stores pending uses within the open transaction, unless that was done less than ten seconds ago.
    pub(super) fn write_if_due(&mut self, connection: &Connection, now: i64) -> Result<(), StoreError> {
        if now.saturating_sub(self.at) >= INTERVAL_MS && self.write(connection, PER_TRANSACTION)? {
            self.at = now;
            self.uses.stored_at.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Stores all pending uses in a transaction of its own, when the store closes.
    pub(super) fn write_all(&mut self, connection: &Connection) -> Result<(), StoreError> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let written = self.write(connection, usize::MAX);
        connection.execute_batch(if written.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        written.map(drop)
    }

    /// Returns whether there was anything to store. When the transaction fails, these times are lost until the tokens
    /// are used again.
    fn write(&mut self, connection: &Connection, most: usize) -> Result<bool, StoreError> {
        let pending = self.uses.take(most);
        for token in &pending {
            connection
                .prepare_cached(
                    "INSERT INTO token_use VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at)",
                )?
                .execute(params![token.token, token.at.swap(0, Ordering::Relaxed)])?;
        }
        Ok(!pending.is_empty())
    }
}

//! When tokens were last used: kept in memory by whoever checks them, written down together with other writes, once a
//! minute where there are none, and at the end. A request costs no write.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::super::StoreError;

/// How long uses may stay unwritten while there are writes, in milliseconds.
const INTERVAL_MS: i64 = 10_000;

/// How long they may stay unwritten while tokens are used and nothing else is written, in milliseconds.
const READING_MS: i64 = 60_000;

/// One token's last use, in milliseconds since 1970; 0 for none in this process.
pub(super) type Use = Arc<AtomicI64>;

/// The uses of all tokens, by row.
#[derive(Debug)]
pub(super) struct Uses {
    by_row: Mutex<HashMap<i64, Use>>,
    /// When they were last written down, or asked to be.
    written: AtomicI64,
}

impl Uses {
    /// Of a store that was opened at this moment, in milliseconds since 1970.
    pub(super) fn since(now: i64) -> Self {
        Self { by_row: Mutex::default(), written: AtomicI64::new(now) }
    }

    /// Where a token's use is noted; the same place for as long as the store is open.
    pub(super) fn of(&self, token: i64) -> Use {
        let mut uses = self.by_row.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(uses.entry(token).or_default())
    }

    /// Whether a token was just used and nothing was written for so long that they should be, for that alone; true for
    /// one of all who ask.
    pub(super) fn are_due(&self, now: i64) -> bool {
        let written = self.written.load(Ordering::Relaxed);
        now.saturating_sub(written) >= READING_MS
            && self.written.compare_exchange(written, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn all(&self) -> Vec<(i64, i64)> {
        let uses = self.by_row.lock().unwrap_or_else(PoisonError::into_inner);
        uses.iter().map(|(token, last)| (*token, last.load(Ordering::Relaxed))).collect()
    }
}

/// What the writer has written of them.
#[derive(Debug)]
pub(super) struct Noted {
    uses: Arc<Uses>,
    written: HashMap<i64, i64>,
    at: i64,
}

impl Noted {
    pub(super) fn new(uses: Arc<Uses>) -> Self {
        Self { uses, written: HashMap::new(), at: i64::MIN }
    }

    /// Writes within the open transaction, unless that was done a moment ago.
    pub(super) fn write_if_due(&mut self, connection: &Connection, now: i64) -> Result<(), StoreError> {
        if now.saturating_sub(self.at) < INTERVAL_MS {
            return Ok(());
        }
        if self.write(connection)? {
            self.at = now;
            self.uses.written.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Writes what has changed; whether that was anything. What a failed transaction takes back is written again with
    /// the next use.
    pub(super) fn write(&mut self, connection: &Connection) -> Result<bool, StoreError> {
        let mut any = false;
        for (token, last) in self.uses.all() {
            if last == 0 || self.written.get(&token) == Some(&last) {
                continue;
            }
            connection
                .prepare_cached(
                    "INSERT INTO token_use VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at)",
                )?
                .execute(params![token, last])?;
            self.written.insert(token, last);
            any = true;
        }
        Ok(any)
    }
}

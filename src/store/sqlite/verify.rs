//! What `verify-store` looks at.

use rusqlite::Connection;

use super::super::{StoreError, Verification};

/// Counts, and the first inconsistencies.
pub(super) fn verify(connection: &Connection) -> Result<Verification, StoreError> {
    let mut result = Verification::default();
    for (what, sql) in [
        ("users", "SELECT count(*) FROM resource WHERE kind = 0"),
        ("groups", "SELECT count(*) FROM resource WHERE kind = 1"),
        ("memberships", "SELECT count(*) FROM membership"),
        ("events", "SELECT count(*) FROM event"),
    ] {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        result.counted.push((what.to_owned(), u64::try_from(count).unwrap_or_default()));
    }
    Ok(result)
}

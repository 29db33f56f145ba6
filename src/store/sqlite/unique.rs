//! The values that an extension declares unique, as rows: the key of the table says who came second.

use rusqlite::{Connection, params};

use super::super::StoreError;
use crate::scim::schema::UniqueValue;

/// Takes a resource's values in place of those that it had.
///
/// # Errors
/// 409 `uniqueness` when another resource of the directory has one of them; the caller's savepoint undoes the rest.
pub(super) fn keep(
    connection: &Connection,
    directory: i64,
    row: i64,
    values: &[UniqueValue],
) -> Result<(), StoreError> {
    give_up(connection, row)?;
    let mut take =
        connection.prepare_cached("INSERT INTO unique_value VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?;
    for unique in values {
        if take.execute(params![directory, unique.attribute, unique.value, row])? == 0 {
            return Err(unique.taken().into());
        }
    }
    Ok(())
}

/// Frees the values of a resource.
pub(super) fn give_up(connection: &Connection, row: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM unique_value WHERE resource = ?1")?.execute([row])?;
    Ok(())
}

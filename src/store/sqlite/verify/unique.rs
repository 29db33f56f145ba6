//! Verifies that the table of unique values matches the documents.

use rusqlite::Connection;

use super::super::super::{Access, StoreError};
use super::super::{rows, unique};
use super::limit::REPORTED;

pub(super) fn verify(connection: &Connection, wrong: &mut Vec<String>) -> Result<(), StoreError> {
    for (row, directory) in rows::directories(connection)? {
        let id = directory.id.clone();
        let schemas = Access::of(directory)?.schemas;
        let mut found = 0_i64;
        unique::each(connection, row, &schemas, |resource, id, values| {
            for value in values {
                found += 1;
                match unique::holder(connection, row, value)? {
                    Some((holder, _)) if holder == resource => {}
                    Some((_, other)) => wrong.push(format!("{id}: {other} has the same value of {}", value.attribute)),
                    None => wrong
                        .push(format!("{id}: its value of {} is not in the table of unique values", value.attribute)),
                }
            }
            Ok(wrong.len() < REPORTED)
        })?;
        let kept: i64 = connection
            .prepare_cached("SELECT count(*) FROM unique_value WHERE directory = ?1")?
            .query_row([row], |row| row.get(0))?;
        if kept > found && wrong.len() < REPORTED {
            wrong.push(format!("{id}: {kept} rows of unique values, but {found} in documents"));
        }
    }
    Ok(())
}

//! The values of attributes that an extension declares unique. The primary key of their table finds duplicates.

use rusqlite::types::Value as Sql;
use rusqlite::{CachedStatement, Connection, Statement, params, params_from_iter};

use super::super::StoreError;
use super::rows::{corrupt, id_text, kind_code};
use crate::directory::administration::DuplicateValue;
use crate::scim::Schemas;
use crate::scim::filter::Reads;
use crate::scim::message::shown;
use crate::scim::resource::Kind;
use crate::scim::schema::UniqueValue;

/// Number of resources that [`each`] reads at a time.
const BATCH: usize = 1_024;
/// Number of shared values that [`rebuild`] reports at most.
const REPORTED: usize = 5;

/// Replaces the unique values of a resource. Returns the first value that another resource of the directory already has;
/// the caller's savepoint then undoes the rest.
pub(super) fn replace<'v>(
    connection: &Connection,
    directory: i64,
    row: i64,
    values: &'v [UniqueValue],
) -> Result<Option<&'v UniqueValue>, StoreError> {
    release(connection, row)?;
    let mut insert = insertion(connection)?;
    for unique in values {
        if !claim(&mut insert, directory, row, unique)? {
            return Ok(Some(unique));
        }
    }
    Ok(None)
}

/// Prepares the statement of [`claim`].
fn insertion(connection: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    Ok(connection.prepare_cached("INSERT INTO unique_value VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?)
}

/// Claims a value for a resource. Returns false if another resource has it.
fn claim(insert: &mut Statement<'_>, directory: i64, row: i64, unique: &UniqueValue) -> Result<bool, StoreError> {
    Ok(insert.execute(params![directory, unique.attribute, unique.value, row])? > 0)
}

/// Deletes the unique values of a resource.
pub(super) fn release(connection: &Connection, row: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM unique_value WHERE resource = ?1")?.execute([row])?;
    Ok(())
}

/// Finds the resource that has a value: its row number and its SCIM ID.
pub(super) fn holder(
    connection: &Connection,
    directory: i64,
    unique: &UniqueValue,
) -> Result<Option<(i64, String)>, StoreError> {
    let mut holder = connection.prepare_cached(
        "SELECT r.row, r.id FROM unique_value u JOIN resource r ON r.row = u.resource
         WHERE u.directory = ?1 AND u.attribute = ?2 AND u.value = ?3",
    )?;
    let mut found = holder
        .query_map(params![directory, unique.attribute, unique.value], |row| Ok((row.get(0)?, id_text(row.get(1)?))))?;
    Ok(found.next().transpose()?)
}

/// Rebuilds the unique values of a directory from the documents of its resources. Returns the first values that several
/// resources share; the caller's savepoint then undoes the rest.
pub(super) fn rebuild(
    connection: &Connection,
    directory: i64,
    schemas: &Schemas,
) -> Result<Vec<DuplicateValue>, StoreError> {
    connection.prepare_cached("DELETE FROM unique_value WHERE directory = ?1")?.execute([directory])?;
    let mut duplicates = Vec::new();
    let mut insert = insertion(connection)?;
    each(connection, directory, schemas, |row, id, values| {
        for unique in values {
            if claim(&mut insert, directory, row, unique)? {
                continue;
            }
            let other = holder(connection, directory, unique)?.map(|(_, id)| id).unwrap_or_default();
            let value = shown(&unique.value.as_str().into());
            let attribute = unique.attribute.clone();
            duplicates.push(DuplicateValue { attribute, value, resources: [other, id.to_owned()] });
        }
        Ok(duplicates.len() < REPORTED)
    })?;
    duplicates.truncate(REPORTED);
    Ok(duplicates)
}

/// Calls `visit` with the row number, the SCIM ID and the unique values of each resource that may have some, in batches,
/// until it returns false.
pub(super) fn each(
    connection: &Connection,
    directory: i64,
    schemas: &Schemas,
    mut visit: impl FnMut(i64, &str, &[UniqueValue]) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    for kind in [Kind::User, Kind::Group].into_iter().filter(|kind| schemas.has_unique(*kind)) {
        // Only the extensions with unique attributes are parsed, not the whole document.
        let reads: Reads = schemas.with_unique(kind).map(|schema| schema.id.as_str()).collect();
        let mut after = i64::MIN;
        loop {
            let batch = batch(connection, directory, kind, schemas, after)?;
            let Some((last, ..)) = batch.last() else { break };
            after = *last;
            for (row, id, text) in &batch {
                let values = schemas.unique_values(kind, &reads.of(text).map_err(corrupt)?);
                if !visit(*row, id, &values)? {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Reads the next resources whose documents contain an extension with unique attributes, in row order.
fn batch(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    schemas: &Schemas,
    after: i64,
) -> Result<Vec<(i64, String, String)>, StoreError> {
    // A key as JSON text has it, with quotes and escapes; schema URNs are compared without letter case.
    let key = |urn: &str| serde_json::Value::from(urn.to_ascii_lowercase()).to_string();
    let keys: Vec<Sql> = schemas.with_unique(kind).map(|schema| Sql::Text(key(&schema.id))).collect();
    let holds = vec!["instr(lower(document), ?)"; keys.len()].join(" OR ");
    let sql = format!(
        "SELECT row, id, document FROM resource INDEXED BY resource_in_order
         WHERE directory = ? AND kind = {} AND row > ? AND ({holds}) ORDER BY row LIMIT {BATCH}",
        kind_code(kind)
    );
    let mut find = connection.prepare_cached(&sql)?;
    let values = [Sql::Integer(directory), Sql::Integer(after)].into_iter().chain(keys);
    let found = find.query_map(params_from_iter(values), |row| Ok((row.get(0)?, id_text(row.get(1)?), row.get(2)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

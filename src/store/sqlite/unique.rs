//! The values that an extension declares unique, as rows: the key of the table says who came second.

use rusqlite::types::Value as Sql;
use rusqlite::{CachedStatement, Connection, Statement, params, params_from_iter};

use super::super::StoreError;
use super::rows::{corrupt, id_text, kind_code};
use crate::scim::Schemas;
use crate::scim::filter::Reads;
use crate::scim::message::shown;
use crate::scim::resource::Kind;
use crate::scim::schema::UniqueValue;

/// How many resources are read at a time where all of them are gone through.
const BATCH: usize = 1_024;
/// How many clashes are told; more of them say nothing new.
const TOLD: usize = 5;

/// Takes a resource's values in place of those that it had.
///
/// # Errors
/// 409 `uniqueness` when another resource of the directory has one of them; the caller's savepoint undoes the rest.
pub(super) fn write_values(
    connection: &Connection,
    directory: i64,
    row: i64,
    values: &[UniqueValue],
) -> Result<(), StoreError> {
    release(connection, row)?;
    let mut taking = taking(connection)?;
    for unique in values {
        if !take(&mut taking, directory, row, unique)? {
            return Err(unique.taken().into());
        }
    }
    Ok(())
}

/// The statement by which [`take`] does it.
fn taking(connection: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    Ok(connection.prepare_cached("INSERT INTO unique_value VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?)
}

/// Takes a value, unless somebody has it.
fn take(taking: &mut Statement<'_>, directory: i64, row: i64, unique: &UniqueValue) -> Result<bool, StoreError> {
    Ok(taking.execute(params![directory, unique.attribute, unique.value, row])? > 0)
}

/// Frees the values of a resource.
pub(super) fn release(connection: &Connection, row: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM unique_value WHERE resource = ?1")?.execute([row])?;
    Ok(())
}

/// The row and the id of who has a value.
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

/// Takes the values of all resources of a directory, by schemas that it is given now.
///
/// # Errors
/// [`StoreError::Refused`] when two resources have the same value, with the value and who has it; the caller's savepoint
/// undoes the rest.
pub(super) fn declare(connection: &Connection, directory: i64, schemas: &Schemas) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM unique_value WHERE directory = ?1")?.execute([directory])?;
    let mut clashes = Vec::new();
    let mut taking = taking(connection)?;
    each(connection, directory, schemas, |row, id, values| {
        for unique in values {
            if take(&mut taking, directory, row, unique)? {
                continue;
            }
            let other = holder(connection, directory, unique)?.map(|(_, id)| id).unwrap_or_default();
            let value = shown(&unique.value.as_str().into());
            clashes.push(format!("{} {value} of {other} and {id}", unique.attribute));
        }
        Ok(clashes.len() < TOLD)
    })?;
    if clashes.is_empty() {
        return Ok(());
    }
    clashes.truncate(TOLD);
    Err(StoreError::Refused(format!(
        "resources of the directory have the same value where the schema allows it once, and nothing was changed: {}",
        clashes.join("; ")
    )))
}

/// Goes through the resources that have values which must be unique, some at a time, until `seen` says that it is
/// enough. It is given the row, the id and the values.
pub(super) fn each(
    connection: &Connection,
    directory: i64,
    schemas: &Schemas,
    mut seen: impl FnMut(i64, &str, &[UniqueValue]) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    for kind in [Kind::User, Kind::Group].into_iter().filter(|kind| schemas.has_unique(*kind)) {
        // Of each document only the extensions are built whose attributes are meant.
        let reads: Reads = schemas.with_unique(kind).map(|schema| schema.id.as_str()).collect();
        let mut after = i64::MIN;
        loop {
            let batch = batch(connection, directory, kind, schemas, after)?;
            let Some((last, ..)) = batch.last() else { break };
            after = *last;
            for (row, id, text) in &batch {
                let values = schemas.unique_values(kind, &reads.of(text).map_err(corrupt)?);
                if !seen(*row, id, &values)? {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// The next resources in whose documents an extension with unique attributes stands, in the order of rows.
fn batch(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    schemas: &Schemas,
    after: i64,
) -> Result<Vec<(i64, String, String)>, StoreError> {
    // As the keys of an object stand in a text: with quotes and escapes, in any letter case.
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

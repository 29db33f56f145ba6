//! Point reads, and the rows of a resource for commands.

use rusqlite::{Connection, params};

use super::super::StoreError;
use super::rows::{self, id_bytes, kind_code};
use crate::directory::Subject;
use crate::scim::resource::{Kind, Resource};

/// Runs several statements on one state of the database.
pub(super) fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read(connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

/// Selects a resource by id, in a directory and of a kind, with columns [`rows::RESOURCE`].
pub(super) const BY_ID: &str = "SELECT r.row, r.id, r.kind, r.version, r.created_at, r.last_modified, r.document
     FROM resource r WHERE r.id = ?1 AND r.directory = ?2 AND r.kind = ?3";

/// Selects a resource by row, with columns [`rows::RESOURCE`].
pub(super) const AT_ROW: &str = "SELECT r.row, r.id, r.kind, r.version, r.created_at, r.last_modified, r.document
     FROM resource r WHERE r.row = ?1";

/// Returns a resource by id, with its row number.
fn resource(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    id: &str,
) -> Result<Option<(i64, Resource)>, StoreError> {
    let Some(bytes) = id_bytes(id) else { return Ok(None) };
    let mut find = connection.prepare_cached(BY_ID)?;
    find.query_and_then(params![bytes, directory, kind_code(kind)], rows::resource)?.next().transpose()
}

/// Returns the rows of a resource, as [`crate::directory::apply`] takes them.
pub(super) fn subject(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    id: &str,
) -> Result<Option<(i64, Subject)>, StoreError> {
    let Some((row, resource)) = resource(connection, directory, kind, id)? else { return Ok(None) };
    let entity = rows::entity(connection, kind, row)?;
    Ok(Some((row, Subject { resource, entity })))
}

//! One resource by id.

use rusqlite::{Connection, params};

use super::super::{StoreError, StoredResource, UserGroup};
use super::members::{self, Groups};
use super::rows::{self, id_bytes, kind_code};
use crate::directory::Subject;
use crate::scim::resource::{Kind, Resource};

/// Runs several statements on one and the same state of the database.
pub(super) fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read(connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

/// Finds a resource by id, in a directory and of a kind.
const BY_ID: &str = "SELECT r.row, r.id, r.kind, r.version, r.created_at, r.last_modified, r.document
     FROM resource r WHERE r.id = ?1 AND r.directory = ?2 AND r.kind = ?3";

/// A resource by id with the number of its row.
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

/// The rows of a resource, as [`crate::directory::apply`] takes them.
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

/// A resource as a client sees it.
pub(super) fn by_id(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    id: &str,
    with_members: bool,
) -> Result<Option<StoredResource>, StoreError> {
    let Some(bytes) = id_bytes(id) else { return Ok(None) };
    let mut find = connection.prepare_cached(BY_ID)?;
    let mut found = find.query(params![bytes, directory, kind_code(kind)])?;
    // While this stands on its row, what is read beside it comes from the same state of the database, without a transaction
    // to be begun and ended.
    let Some(found) = found.next()? else { return Ok(None) };
    let (row, resource) = rows::resource(found)?;
    RelationReader::new(connection).complete(row, resource, with_members).map(Some)
}

/// Reads what stands beside resources: of one, or of all that a page shows.
pub(super) struct RelationReader<'c> {
    connection: &'c Connection,
    groups: Option<Groups<'c>>,
}

impl<'c> RelationReader<'c> {
    pub(super) const fn new(connection: &'c Connection) -> Self {
        Self { connection, groups: None }
    }

    /// Adds the rows beside a resource.
    pub(super) fn complete(
        &mut self,
        row: i64,
        resource: Resource,
        with_members: bool,
    ) -> Result<StoredResource, StoreError> {
        let (members, groups) = match resource.kind {
            _ if !with_members => (Vec::new(), Vec::new()),
            Kind::Group => (members::all(self.connection, row)?, Vec::new()),
            Kind::User => (Vec::new(), self.groups_of(row)?),
        };
        Ok(StoredResource { resource, members, groups })
    }

    /// The groups of a user.
    pub(super) fn groups_of(&mut self, row: i64) -> Result<Vec<UserGroup>, StoreError> {
        let groups = match &mut self.groups {
            Some(groups) => groups,
            none => none.insert(Groups::new(self.connection)?),
        };
        groups.of(row)
    }
}

/// The resource at a row.
pub(super) fn at_row(connection: &Connection, row: i64) -> Result<Option<(i64, Resource)>, StoreError> {
    let mut find = connection.prepare_cached(&format!("SELECT {} FROM resource r WHERE r.row = ?1", rows::RESOURCE))?;
    find.query_and_then([row], rows::resource)?.next().transpose()
}

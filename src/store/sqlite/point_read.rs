//! Reads one resource as a client sees it. Point reads run on the caller's thread, so they are bounded: a resource that is
//! large is left for the scan pool.

use rusqlite::{Connection, params};

use super::super::{StoreError, StoredResource};
use super::read::BY_ID;
use super::relations::{self, RelationReader};
use super::rows::{self, id_bytes, kind_code};
use crate::base::limits;
use crate::scim::resource::Kind;

/// The result of a bounded point read.
#[derive(Debug, PartialEq)]
pub(super) enum PointRead {
    Done(Option<StoredResource>),
    /// The resource exceeds [`limits::POINT_READ_BYTES`] or [`limits::POINT_READ_MEMBERS`].
    TooLarge,
}

/// Reads a resource unless it is large. A large document is not parsed, and a large group is read only up to one member
/// beyond the bound.
pub(super) fn bounded(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    id: &str,
    with_members: bool,
) -> Result<PointRead, StoreError> {
    read(connection, directory, kind, id, with_members, Some(limits::POINT_READ_MEMBERS))
}

/// Reads a resource of any size.
pub(super) fn unbounded(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    id: &str,
    with_members: bool,
) -> Result<Option<StoredResource>, StoreError> {
    match read(connection, directory, kind, id, with_members, None)? {
        PointRead::Done(found) => Ok(found),
        PointRead::TooLarge => Ok(None),
    }
}

fn read(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    id: &str,
    with_members: bool,
    most: Option<usize>,
) -> Result<PointRead, StoreError> {
    let Some(bytes) = id_bytes(id) else { return Ok(PointRead::Done(None)) };
    let mut find = connection.prepare_cached(BY_ID)?;
    let mut found = find.query(params![bytes, directory, kind_code(kind)])?;
    // While the statement is on its row, the relations are read from the same state of the database, without the cost of a
    // transaction.
    let Some(found) = found.next()? else { return Ok(PointRead::Done(None)) };
    let document = found.get_ref(6)?.as_bytes().map_err(rows::corrupt)?.len();
    if most.is_some() && document > limits::POINT_READ_BYTES {
        return Ok(PointRead::TooLarge);
    }
    let (row, resource) = rows::resource(found)?;
    let mut stored = StoredResource { resource, members: Vec::new(), groups: Vec::new() };
    if !with_members {
        return Ok(PointRead::Done(Some(stored)));
    }
    // One more than the bound shows that it is exceeded.
    let most_read = most.map(|most| most + 1);
    let relations = match kind {
        Kind::Group => {
            stored.members = relations::members(connection, row, most_read)?;
            stored.members.len()
        }
        Kind::User => {
            stored.groups = RelationReader::new(connection).groups_of(row, most_read)?;
            stored.groups.len()
        }
    };
    Ok(if most.is_some_and(|most| relations > most) { PointRead::TooLarge } else { PointRead::Done(Some(stored)) })
}

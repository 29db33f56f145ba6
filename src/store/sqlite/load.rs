//! Loading the rows that a command depends on.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::super::StoreError;
use super::super::steps::{Needs, Rows};
use super::read;
use super::relations;
use super::rows::{id_bytes, kind_of};
use crate::directory::members::LoadedMembers;
use crate::scim::resource::{Kind, Member};

/// The rows of a command, with their row numbers.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) rows: Rows,
    pub(super) numbers: RowNumbers,
}

/// The row numbers of a resource and of the members that a command names.
#[derive(Debug, Default)]
pub(super) struct RowNumbers {
    pub(super) resource: Option<i64>,
    /// By SCIM ID.
    pub(super) members: HashMap<String, i64>,
}

/// Loads the resource that a command names.
pub(super) fn resource(connection: &Connection, directory: i64, needs: &Needs<'_>) -> Result<Loaded, StoreError> {
    let Some((kind, id)) = needs.resource else { return Ok(Loaded::default()) };
    let Some((row, subject)) = read::subject(connection, directory, kind, id)? else { return Ok(Loaded::default()) };
    let rows = Rows { subject: Some(subject), members: LoadedMembers::default() };
    Ok(Loaded { rows, numbers: RowNumbers { resource: Some(row), members: HashMap::new() } })
}

/// Loads the members that a command names and, if it needs them, all present members.
pub(super) fn members(
    connection: &Connection,
    directory: i64,
    needs: &Needs<'_>,
    loaded: &mut Loaded,
) -> Result<(), StoreError> {
    let Loaded { rows, numbers } = loaded;
    let group = numbers.resource;
    let mut present = Vec::new();
    for id in &needs.members.named {
        let Some((row, kind)) = find(connection, directory, id)? else { continue };
        numbers.members.insert(id.clone(), row);
        rows.members.known.insert(id.clone(), kind);
        if let Some(group) = group.filter(|_| !needs.members.everyone)
            && let Some((position, display)) = membership(connection, group, row)?
        {
            present.push((position, (Member { value: id.clone(), display }, kind)));
        }
    }
    if let Some(group) = group.filter(|_| needs.members.everyone) {
        rows.members.present = relations::members(connection, group, None)?;
    } else {
        present.sort_by_key(|(position, _)| *position);
        rows.members.present = present.into_iter().map(|(_, member)| member).collect();
    }
    Ok(())
}

/// Finds the row number and the kind of an ID in a directory.
fn find(connection: &Connection, directory: i64, id: &str) -> Result<Option<(i64, Kind)>, StoreError> {
    let Some(bytes) = id_bytes(id) else { return Ok(None) };
    let mut find = connection.prepare_cached("SELECT row, kind FROM resource WHERE id = ?1 AND directory = ?2")?;
    let found = find.query_row(params![bytes, directory], |row| Ok((row.get(0)?, kind_of(row.get(1)?))));
    Ok(found.optional()?)
}

/// Finds the position and the display of a member in a group.
fn membership(connection: &Connection, group: i64, member: i64) -> Result<Option<(i64, Option<String>)>, StoreError> {
    let mut find =
        connection.prepare_cached("SELECT position, display FROM membership WHERE team = ?1 AND member = ?2")?;
    Ok(find.query_row([group, member], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

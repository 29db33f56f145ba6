//! Memberships: rows of their own, found by group, by member, and in a group's order.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::super::StoreError;
use super::relations;
use super::rows::{self, id_bytes, kind_of};
use super::write::DirectoryUsers;
use crate::directory::members::{Deltas, LoadedMembers, Needs};
use crate::directory::profile::Profile;
use crate::directory::{Entity, UserWithProfile};
use crate::scim::resource::{Kind, Member};

/// What a command needs to know of members.
pub(super) struct MemberRows {
    pub(super) loaded: LoadedMembers,
    /// Row numbers of the named ones that exist.
    pub(super) rows: HashMap<String, i64>,
}

/// Looks up whom a command names, and everybody present where it asks for that.
pub(super) fn load(
    connection: &Connection,
    directory: i64,
    team: Option<i64>,
    needs: &Needs,
) -> Result<MemberRows, StoreError> {
    let mut members = MemberRows { loaded: LoadedMembers::default(), rows: HashMap::new() };
    let mut present = Vec::new();
    for id in &needs.named {
        let Some((row, kind)) = find(connection, directory, id)? else { continue };
        members.rows.insert(id.clone(), row);
        members.loaded.known.insert(id.clone(), kind);
        if needs.everyone {
            continue;
        }
        if let Some(team) = team
            && let Some((position, display)) = membership(connection, team, row)?
        {
            present.push((position, Member { value: id.clone(), display }));
        }
    }
    if let Some(team) = team.filter(|_| needs.everyone) {
        for (member, kind) in relations::members(connection, team, None)? {
            members.loaded.known.insert(member.value.clone(), kind);
            members.loaded.present.push(member);
        }
    } else {
        present.sort_by_key(|(position, _)| *position);
        members.loaded.present = present.into_iter().map(|(_, member)| member).collect();
    }
    Ok(members)
}

fn find(connection: &Connection, directory: i64, id: &str) -> Result<Option<(i64, Kind)>, StoreError> {
    let Some(bytes) = id_bytes(id) else { return Ok(None) };
    let mut find = connection.prepare_cached("SELECT row, kind FROM resource WHERE id = ?1 AND directory = ?2")?;
    let found = find.query_row(params![bytes, directory], |row| Ok((row.get(0)?, kind_of(row.get(1)?))));
    Ok(found.optional()?)
}

fn membership(connection: &Connection, team: i64, member: i64) -> Result<Option<(i64, Option<String>)>, StoreError> {
    let mut find =
        connection.prepare_cached("SELECT position, display FROM membership WHERE team = ?1 AND member = ?2")?;
    Ok(find.query_row([team, member], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The directory users among those who join or leave.
pub(super) fn people(connection: &Connection, directory: i64, deltas: &Deltas) -> Result<DirectoryUsers, StoreError> {
    let mut people = DirectoryUsers::new();
    for (member, kind) in deltas.removed.iter().chain(&deltas.added) {
        if *kind == Kind::User
            && let Some((_, subject)) = super::read::subject(connection, directory, Kind::User, &member.value)?
            && let Some(Entity::User(row)) = subject.entity
        {
            let profile = Profile::of(&subject.resource.document);
            people.insert(member.value.clone(), UserWithProfile { row, profile });
        }
    }
    Ok(people)
}

/// Writes the deltas of a group down.
pub(super) fn write_deltas(
    connection: &Connection,
    team: i64,
    deltas: &Deltas,
    named: &HashMap<String, i64>,
) -> Result<(), StoreError> {
    for (member, _) in &deltas.removed {
        let row = row_of(connection, named, &member.value)?;
        connection.prepare_cached("DELETE FROM membership WHERE team = ?1 AND member = ?2")?.execute([team, row])?;
    }
    for member in &deltas.shown {
        let row = row_of(connection, named, &member.value)?;
        connection
            .prepare_cached("UPDATE membership SET display = ?3 WHERE team = ?1 AND member = ?2")?
            .execute(params![team, row, member.display])?;
    }
    if deltas.added.is_empty() {
        return Ok(());
    }
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(position) FROM membership WHERE team = ?1")?
        .query_row([team], |row| row.get(0))?;
    for (position, (member, kind)) in (last.unwrap_or(0) + 1..).zip(&deltas.added) {
        let row = row_of(connection, named, &member.value)?;
        let id = id_bytes(&member.value).ok_or_else(|| rows::corrupt(&member.value))?;
        connection.prepare_cached("INSERT INTO membership VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            team,
            position,
            row,
            id,
            rows::kind_code(*kind),
            member.display
        ])?;
    }
    Ok(())
}

fn row_of(connection: &Connection, named: &HashMap<String, i64>, id: &str) -> Result<i64, StoreError> {
    if let Some(row) = named.get(id) {
        return Ok(*row);
    }
    let bytes = id_bytes(id).ok_or_else(|| rows::corrupt(id))?;
    let mut find = connection.prepare_cached("SELECT row FROM resource WHERE id = ?1")?;
    Ok(find.query_row([bytes], |row| row.get(0))?)
}

//! Memberships: rows of their own, found by group, by member, and in a group's order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::super::{StoreError, UserGroup};
use super::rows::{self, id_bytes, id_text, kind_of};
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
        for (member, kind) in all(connection, team)? {
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

/// The members of a group in their order, each with what it is.
pub(super) fn all(connection: &Connection, team: i64) -> Result<Vec<(Member, Kind)>, StoreError> {
    let mut all = connection
        .prepare_cached("SELECT member_id, kind, display FROM membership WHERE team = ?1 ORDER BY position")?;
    let all = all.query_map([team], |row| {
        Ok((Member { value: id_text(row.get(0)?), display: row.get(2)? }, kind_of(row.get(1)?)))
    })?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// How many groups are remembered while the groups of many users are looked up.
const REMEMBERED: usize = 4_096;

/// The groups of users, looked up for as many as a page or a scan shows, on one state of the database: what was read of a
/// group is not read again.
pub(super) struct Groups<'c> {
    connection: &'c Connection,
    direct: CachedStatement<'c>,
    known: HashMap<i64, Group>,
}

/// A group as its members show it.
struct Group {
    id: String,
    name: String,
    /// The groups that hold it.
    above: Vec<i64>,
}

impl<'c> Groups<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        let direct = connection.prepare_cached("SELECT team FROM membership WHERE member = ?1 ORDER BY team")?;
        Ok(Self { connection, direct, known: HashMap::new() })
    }

    /// The groups of a user: those whose member it is, oldest first, then those that hold these, and so on. A circle ends
    /// where it began.
    pub(super) fn of(&mut self, member: i64) -> Result<Vec<UserGroup>, StoreError> {
        let direct = self.direct.query_map([member], |row| row.get(0))?;
        let mut rows: Vec<i64> = direct.collect::<Result<_, _>>()?;
        let own = rows.len();
        let (mut all, mut seen) = (Vec::with_capacity(own), None);
        while let Some(&row) = rows.get(all.len()) {
            let group = self.group(row)?;
            all.push(UserGroup { group: group.id.clone(), name: group.name.clone(), direct: all.len() < own });
            if group.above.is_empty() {
                continue;
            }
            let seen: &mut HashSet<i64> = seen.get_or_insert_with(|| rows.iter().copied().collect());
            rows.extend(group.above.iter().filter(|above| seen.insert(**above)));
        }
        Ok(all)
    }

    /// A group by its row.
    fn group(&mut self, row: i64) -> Result<&Group, StoreError> {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(&row) {
            self.known.clear();
        }
        match self.known.entry(row) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(group(self.connection, row)?)),
        }
    }
}

/// Reads a group and what holds it. Where no group of the store is in another that index is empty.
fn group(connection: &Connection, row: i64) -> Result<Group, StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT r.id, g.name, m.team FROM resource r JOIN directory_group g ON g.resource = r.row
         LEFT JOIN membership m INDEXED BY membership_of_groups ON m.member = r.row AND m.kind = 1
         WHERE r.row = ?1 ORDER BY m.team",
    )?;
    let mut found = find.query([row])?;
    let mut group: Option<Group> = None;
    while let Some(found) = found.next()? {
        let above: Option<i64> = found.get(2)?;
        if let Some(group) = &mut group {
            group.above.extend(above);
        } else {
            let (id, name) = (id_text(found.get(0)?), found.get(1)?);
            group = Some(Group { id, name, above: above.into_iter().collect() });
        }
    }
    group.ok_or_else(|| rows::corrupt(format_args!("a member of row {row}, which is no group")))
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

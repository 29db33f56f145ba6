//! Writing membership changes and the events of memberships, one row at a time.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::StoreError;
use super::super::steps::Writes;
use super::load::RowNumbers;
use super::rows::{self, id_bytes};
use super::transaction::{DirectoryRows, Transaction};
use super::{log, relations};
use crate::directory::derive::{GroupMembershipEvents, MembershipEvents, UserMembershipEvents};
use crate::directory::members::Deltas;
use crate::directory::profile::Profile;
use crate::directory::{UserSettings, UserWithProfile};
use crate::events::EventName;
use crate::scim::resource::{Kind, Member};

/// The number of removed members from which on the whole group is read in order, instead of looking up each member.
const WALK_FROM: usize = 64;

/// Writes the membership changes of the resource at `row`, and the events of memberships. Returns the number of events.
///
/// Documents are read and events are rendered row by row, so that memory does not grow with the documents of a group or
/// with the groups of a user.
pub(super) fn write(
    transaction: &mut Transaction<'_>,
    directory: DirectoryRows,
    row: i64,
    numbers: &RowNumbers,
    writes: &Writes,
) -> Result<usize, StoreError> {
    let organization = directory.organization;
    match &writes.events.memberships {
        MembershipEvents::OfUser(events) => announce(transaction, organization, row, events),
        _ if writes.members.is_empty() => Ok(0),
        MembershipEvents::OfGroup(events) => change(
            MembershipWriter { transaction, organization, group: row, numbers, events, count: 0 },
            &writes.members,
        ),
        MembershipEvents::None => Err(rows::corrupt("a membership change of something other than a group")),
    }
}

/// Reads the groups of which a user is a direct member, in the order in which they were created.
const GROUPS: &str = "SELECT g.id, g.idp_id, g.name, g.created_at, g.updated_at
     FROM membership m JOIN directory_group g ON g.resource = m.team WHERE m.member = ?1 ORDER BY m.team";

/// Appends the events of a user that has become a directory user: one for each of its groups.
fn announce(
    transaction: &mut Transaction<'_>,
    organization: i64,
    user: i64,
    events: &UserMembershipEvents,
) -> Result<usize, StoreError> {
    let mut groups = transaction.connection.prepare_cached(GROUPS)?;
    let mut groups = groups.query([user])?;
    let mut count = 0;
    while let Some(row) = groups.next()? {
        let data = events.data(&rows::directory_group(row)?).map_err(rows::corrupt)?;
        log::append(transaction, organization, EventName::GroupUserAdded, &data)?;
        count += 1;
    }
    Ok(count)
}

/// Writes the membership changes of a group: first removals, then additions. Returns the number of events.
fn change(mut membership: MembershipWriter<'_, '_>, deltas: &Deltas) -> Result<usize, StoreError> {
    if deltas.removed.len() < WALK_FROM {
        membership.remove_each(&deltas.removed)?;
    } else {
        membership.remove_by_walking(&deltas.removed)?;
    }
    membership.redisplay(&deltas.redisplayed)?;
    membership.add(&deltas.added)?;
    Ok(membership.count)
}

struct MembershipWriter<'w, 'c> {
    transaction: &'w mut Transaction<'c>,
    organization: i64,
    group: i64,
    numbers: &'w RowNumbers,
    events: &'w GroupMembershipEvents,
    count: usize,
}

/// Finds the directory user and the document of a member. A retained user (state 2) has no events.
const USER: &str = "SELECT u.id, u.idp_id, u.state, u.created_at, u.updated_at, r.document
     FROM directory_user u JOIN resource r ON r.row = u.resource WHERE u.resource = ?1 AND u.state <> 2";

/// Reads the members of a group in order, with their directory users and documents.
const WALK: &str =
    "SELECT m.member_id, m.position, u.id, u.idp_id, u.state, u.created_at, u.updated_at, r.document, m.member
     FROM membership m
     LEFT JOIN directory_user u ON u.resource = m.member AND u.state <> 2
     LEFT JOIN resource r ON r.row = u.resource
     WHERE m.team = ?1 ORDER BY m.position";

impl<'c> MembershipWriter<'_, 'c> {
    fn connection(&self) -> &'c Connection {
        self.transaction.connection
    }

    /// Appends an event with the roles that the user has afterwards.
    fn append(&mut self, name: EventName, mut user: UserWithProfile, member: i64) -> Result<(), StoreError> {
        if !self.events.users().roles.is_empty() {
            let left = (name == EventName::GroupUserRemoved).then_some(self.group);
            user.groups = relations::group_identities(self.connection(), member, left)?;
        }
        let data = self.events.data(&user).map_err(rows::corrupt)?;
        log::append(self.transaction, self.organization, name, &data)?;
        self.count += 1;
        Ok(())
    }

    /// Appends an event for a member that has a directory user. Groups and users deactivated in `delete` mode have none.
    fn append_for(&mut self, name: EventName, kind: Kind, member: i64) -> Result<(), StoreError> {
        if kind != Kind::User {
            return Ok(());
        }
        let mut find = self.connection().prepare_cached(USER)?;
        let user = find.query_and_then([member], |row| user(row, 0, self.events.users()))?.next().transpose()?;
        user.map_or(Ok(()), |user| self.append(name, user, member))
    }

    fn remove_each(&mut self, removed: &[(Member, Kind)]) -> Result<(), StoreError> {
        for (member, kind) in removed {
            let row = self.row_of(&member.value)?;
            self.append_for(EventName::GroupUserRemoved, *kind, row)?;
            self.connection()
                .prepare_cached("DELETE FROM membership WHERE team = ?1 AND member = ?2")?
                .execute([self.group, row])?;
        }
        Ok(())
    }

    /// Removes many members by reading the group in its order, which is the order of `removed` too.
    fn remove_by_walking(&mut self, removed: &[(Member, Kind)]) -> Result<(), StoreError> {
        let mut walk = self.connection().prepare_cached(WALK)?;
        let mut members = walk.query([self.group])?;
        let (mut positions, mut stays) = (Vec::with_capacity(removed.len()), false);
        let mut left = removed.iter().map(|(member, _)| id_bytes(&member.value)).peekable();
        while let Some(row) = members.next()? {
            let id: [u8; 16] = row.get(0)?;
            if left.next_if(|next| *next == Some(id)).is_none() {
                stays = true;
                continue;
            }
            positions.push(row.get::<_, i64>(1)?);
            if row.get_ref(2)? != rusqlite::types::ValueRef::Null {
                let user = user(row, 2, self.events.users())?;
                self.append(EventName::GroupUserRemoved, user, row.get(8)?)?;
            }
        }
        drop(members);
        if !stays {
            self.connection().prepare_cached("DELETE FROM membership WHERE team = ?1")?.execute([self.group])?;
            return Ok(());
        }
        let mut delete =
            self.connection().prepare_cached("DELETE FROM membership WHERE team = ?1 AND position = ?2")?;
        for position in positions {
            delete.execute([self.group, position])?;
        }
        Ok(())
    }

    fn redisplay(&mut self, members: &[Member]) -> Result<(), StoreError> {
        for member in members {
            let row = self.row_of(&member.value)?;
            self.connection()
                .prepare_cached("UPDATE membership SET display = ?3 WHERE team = ?1 AND member = ?2")?
                .execute(params![self.group, row, member.display])?;
        }
        Ok(())
    }

    fn add(&mut self, added: &[(Member, Kind)]) -> Result<(), StoreError> {
        if added.is_empty() {
            return Ok(());
        }
        let last: Option<i64> = self
            .connection()
            .prepare_cached("SELECT max(position) FROM membership WHERE team = ?1")?
            .query_row([self.group], |row| row.get(0))?;
        for (position, (member, kind)) in (last.unwrap_or(0) + 1..).zip(added) {
            let row = self.row_of(&member.value)?;
            let id = id_bytes(&member.value).ok_or_else(|| rows::corrupt(&member.value))?;
            self.connection()
                .prepare_cached("INSERT INTO membership VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute(params![self.group, position, row, id, rows::kind_code(*kind), member.display])?;
            self.append_for(EventName::GroupUserAdded, *kind, row)?;
        }
        Ok(())
    }

    fn row_of(&self, id: &str) -> Result<i64, StoreError> {
        if let Some(row) = self.numbers.members.get(id) {
            return Ok(*row);
        }
        let bytes = id_bytes(id).ok_or_else(|| rows::corrupt(id))?;
        let mut find = self.connection().prepare_cached("SELECT row FROM resource WHERE id = ?1")?;
        find.query_row([bytes], |row| row.get(0)).optional()?.ok_or_else(|| rows::corrupt(id))
    }
}

/// Reads a directory user and its document from six columns, the first at `from`.
fn user(row: &Row<'_>, from: usize, settings: &UserSettings) -> Result<UserWithProfile, StoreError> {
    let directory_user = rows::directory_user(row, from)?;
    let document = rows::document(row.get_ref(from + 5)?.as_str().map_err(rows::corrupt)?)?;
    Ok(UserWithProfile { row: directory_user, profile: Profile::of(&document, settings), groups: Vec::new() })
}

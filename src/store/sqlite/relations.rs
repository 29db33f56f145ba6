//! Reads the rows related to resources: members of groups, groups of users.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use rusqlite::{CachedStatement, Connection, params};

use super::super::{StoreError, StoredResource, UserGroup};
use super::rows::{self, id_text, kind_of};
use crate::scim::resource::{Kind, Member, Resource};

/// The number of groups that are cached while the groups of many users are read.
const CACHED_GROUPS: usize = 4_096;

/// Reads the relations of one resource, or of all resources on a page.
pub(super) struct RelationReader<'c> {
    connection: &'c Connection,
    groups: Option<Groups<'c>>,
}

impl<'c> RelationReader<'c> {
    pub(super) const fn new(connection: &'c Connection) -> Self {
        Self { connection, groups: None }
    }

    /// Adds the related rows to a resource, at most `most` of them.
    pub(super) fn complete(
        &mut self,
        row: i64,
        resource: Resource,
        with_members: bool,
        most: Option<usize>,
    ) -> Result<StoredResource, StoreError> {
        let (members, groups) = match resource.kind {
            _ if !with_members => (Vec::new(), Vec::new()),
            Kind::Group => (members(self.connection, row, most)?, Vec::new()),
            Kind::User => (Vec::new(), self.groups_of(row, most)?),
        };
        Ok(StoredResource { resource, members, groups })
    }

    /// Returns the groups of a user, at most `most` of them.
    pub(super) fn groups_of(&mut self, row: i64, most: Option<usize>) -> Result<Vec<UserGroup>, StoreError> {
        let groups = match &mut self.groups {
            Some(groups) => groups,
            none => none.insert(Groups::new(self.connection)?),
        };
        groups.of(row, most)
    }
}

/// Returns the members of a group in their order, at most `most` of them, each with its type.
pub(super) fn members(
    connection: &Connection,
    team: i64,
    most: Option<usize>,
) -> Result<Vec<(Member, Kind)>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT member_id, kind, display FROM membership WHERE team = ?1 ORDER BY position LIMIT ?2")?;
    let members = select.query_map(params![team, sql_limit(most)], |row| {
        Ok((Member { value: id_text(row.get(0)?), display: row.get(2)? }, kind_of(row.get(1)?)))
    })?;
    Ok(members.collect::<Result<_, _>>()?)
}

/// A negative LIMIT is none.
fn sql_limit(most: Option<usize>) -> i64 {
    most.map_or(-1, |most| i64::try_from(most).unwrap_or(i64::MAX))
}

/// Reads the groups of many users from one state of the database, each group once.
struct Groups<'c> {
    connection: &'c Connection,
    direct: CachedStatement<'c>,
    cached: HashMap<i64, Group>,
}

/// A group as its members show it.
struct Group {
    id: String,
    name: String,
    /// The groups of which it is a member.
    parents: Vec<i64>,
}

impl<'c> Groups<'c> {
    fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        let direct =
            connection.prepare_cached("SELECT team FROM membership WHERE member = ?1 ORDER BY team LIMIT ?2")?;
        Ok(Self { connection, direct, cached: HashMap::new() })
    }

    /// Returns the groups of a user: first those with the user as a member, oldest first, then the parents of these, and
    /// so on, at most `most` of them. Each group appears once, even if groups contain each other.
    fn of(&mut self, member: i64, most: Option<usize>) -> Result<Vec<UserGroup>, StoreError> {
        let direct = self.direct.query_map([member, sql_limit(most)], |row| row.get(0))?;
        let mut rows: Vec<i64> = direct.collect::<Result<_, _>>()?;
        let own = rows.len();
        let (mut all, mut seen) = (Vec::with_capacity(own), None);
        while let Some(&row) = rows.get(all.len()).filter(|_| most.is_none_or(|most| all.len() < most)) {
            let group = self.group(row)?;
            all.push(UserGroup { group: group.id.clone(), name: group.name.clone(), direct: all.len() < own });
            if group.parents.is_empty() {
                continue;
            }
            let seen: &mut HashSet<i64> = seen.get_or_insert_with(|| rows.iter().copied().collect());
            rows.extend(group.parents.iter().filter(|parent| seen.insert(**parent)));
        }
        Ok(all)
    }

    fn group(&mut self, row: i64) -> Result<&Group, StoreError> {
        if self.cached.len() >= CACHED_GROUPS && !self.cached.contains_key(&row) {
            self.cached.clear();
        }
        match self.cached.entry(row) {
            Entry::Occupied(cached) => Ok(cached.into_mut()),
            Entry::Vacant(vacant) => Ok(vacant.insert(group(self.connection, row)?)),
        }
    }
}

/// Reads a group and its parents. The index of nested groups is empty in a store without any.
fn group(connection: &Connection, row: i64) -> Result<Group, StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT r.id, g.name, m.team FROM resource r JOIN directory_group g ON g.resource = r.row
         LEFT JOIN membership m INDEXED BY membership_of_groups ON m.member = r.row AND m.kind = 1
         WHERE r.row = ?1 ORDER BY m.team",
    )?;
    let mut found = find.query([row])?;
    let mut group: Option<Group> = None;
    while let Some(found) = found.next()? {
        let parent: Option<i64> = found.get(2)?;
        if let Some(group) = &mut group {
            group.parents.extend(parent);
        } else {
            let (id, name) = (id_text(found.get(0)?), found.get(1)?);
            group = Some(Group { id, name, parents: parent.into_iter().collect() });
        }
    }
    group.ok_or_else(|| rows::corrupt(format_args!("row {row} has members but is not a group")))
}

/// Returns the `idp_id` of each group that a user is a direct member of, without the group that it leaves.
pub(super) fn group_identities(
    connection: &Connection,
    member: i64,
    left: Option<i64>,
) -> Result<Vec<String>, StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT g.idp_id FROM membership m JOIN directory_group g ON g.resource = m.team
         WHERE m.member = ?1 AND m.team IS NOT ?2 ORDER BY m.team",
    )?;
    let found = find.query_map(params![member, left], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

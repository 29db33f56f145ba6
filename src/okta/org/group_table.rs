//! The groups of an org, by name and by number.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{GroupId, PersonId};
use super::model::Group;

/// The name of the built-in group of all people. Okta changes its members, and an administrator cannot.
pub const EVERYONE: &str = "Everyone";

/// The number of the group "Everyone", which every org has.
pub(super) const EVERYONE_ID: GroupId = GroupId(0);

/// All groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct GroupTable {
    /// By number. A deleted group leaves its place empty.
    entries: Vec<Option<Group>>,
    by_name: BTreeMap<String, GroupId>,
}

impl GroupTable {
    /// Returns the names of all groups, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(super) fn find(&self, name: &str) -> Option<GroupId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, id: GroupId) -> Option<&Group> {
        self.entries.get(id.0 as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.entries.get_mut(id.0 as usize)?.as_mut()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        self.entries.iter_mut().flatten()
    }

    /// Returns the name of a group; empty if it was deleted.
    pub(super) fn name(&self, id: GroupId) -> &str {
        self.get(id).map_or("", |group| group.name.as_str())
    }

    /// Adds a group. A group with this name must not exist.
    pub(super) fn insert(&mut self, group: Group) -> GroupId {
        let id = GroupId(u32::try_from(self.entries.len()).expect("invariant: an org has fewer than 2^32 groups"));
        self.by_name.insert(group.name.clone(), id);
        self.entries.push(Some(group));
        id
    }

    pub(super) fn rename(&mut self, id: GroupId, to: &str) {
        let Some(group) = self.entries.get_mut(id.0 as usize).and_then(Option::as_mut) else { return };
        self.by_name.remove(&group.name);
        to.clone_into(&mut group.name);
        self.by_name.insert(to.to_owned(), id);
    }

    /// Deletes a group, and returns it.
    pub(super) fn remove(&mut self, id: GroupId) -> Option<Group> {
        let group = self.entries.get_mut(id.0 as usize)?.take()?;
        self.by_name.remove(&group.name);
        Some(group)
    }
}

impl Group {
    pub(super) fn new(name: &str, id: String) -> Self {
        Self { name: name.to_owned(), id, members: Vec::new(), assigned_by: Vec::new(), pushed_by: Vec::new() }
    }

    /// Removes members. Returns them with their positions before the change, in ascending order.
    pub(super) fn remove_members(&mut self, leaving: &BTreeSet<PersonId>) -> Vec<(usize, PersonId)> {
        let mut left = Vec::new();
        let mut position = 0;
        self.members.retain(|member| {
            let leaves = leaving.contains(member);
            if leaves {
                left.push((position, *member));
            }
            position += 1;
            !leaves
        });
        left
    }
}

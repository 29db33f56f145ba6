//! The assignments of groups to an app: their priorities and the attributes that they set.

use std::collections::BTreeMap;

use super::keys::GroupId;
use crate::okta::mapping::Profile;

/// The assignments of groups to one app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GroupAssignments {
    /// The groups by priority; 0 is the highest.
    order: BTreeMap<u32, GroupId>,
    /// The attributes of the groups that set some.
    attributes: BTreeMap<GroupId, Profile>,
}

impl GroupAssignments {
    /// Adds a group. Without a priority it is the last one.
    pub(super) fn insert(&mut self, group: GroupId, priority: Option<u32>, attributes: Profile) {
        let last = self.order.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
        self.prioritize(group, priority.unwrap_or(last));
        if !attributes.is_empty() {
            self.attributes.insert(group, attributes);
        }
    }

    /// Gives a group a priority. A group that has it already, and those right after it, move down by one (MGMTAPI).
    pub(super) fn prioritize(&mut self, group: GroupId, priority: u32) {
        self.order.retain(|_, other| *other != group);
        let (mut moved, mut at) = (group, priority);
        while let Some(next) = self.order.insert(at, moved) {
            (moved, at) = (next, at.saturating_add(1));
        }
    }

    pub(super) fn remove(&mut self, group: GroupId) {
        self.order.retain(|_, other| *other != group);
        self.attributes.remove(&group);
    }

    /// Returns the attributes that a group sets.
    pub(super) fn attributes_mut(&mut self, group: GroupId) -> &mut Profile {
        self.attributes.entry(group).or_default()
    }

    pub(super) fn set_attributes(&self) -> bool {
        self.attributes.values().any(|attributes| !attributes.is_empty())
    }

    /// Returns the assigned groups, the highest priority first.
    #[cfg(test)]
    pub(super) fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.order.values().copied()
    }

    /// Returns the groups that set attributes, and these, the highest priority first.
    pub(super) fn by_priority(&self) -> impl Iterator<Item = (GroupId, &Profile)> {
        self.order.values().filter_map(|group| Some((*group, self.attributes.get(group)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_takes_its_priority_and_moves_the_others_down() {
        let mut assignments = GroupAssignments::default();
        for (group, priority) in [(1, None), (2, None), (3, Some(0)), (4, Some(9)), (5, None), (6, Some(1))] {
            assignments.insert(GroupId(group), priority, Profile::new());
        }
        let order = |assignments: &GroupAssignments| -> Vec<(u32, u32)> {
            assignments.order.iter().map(|(at, group)| (*at, group.0)).collect()
        };
        assert_eq!(order(&assignments), [(0, 3), (1, 6), (2, 1), (3, 2), (9, 4), (10, 5)]);
        assignments.prioritize(GroupId(2), 0);
        assert_eq!(order(&assignments), [(0, 2), (1, 3), (2, 6), (3, 1), (9, 4), (10, 5)]);
        assignments.remove(GroupId(6));
        assert_eq!(order(&assignments), [(0, 2), (1, 3), (3, 1), (9, 4), (10, 5)]);
    }
}

//! Memberships and assignments, each stored in both directions, and who has an app.

use std::collections::BTreeSet;

use super::keys::{AppId, GroupId, PersonId, insert, remove};
use super::model::App;
use super::state::Org;
use crate::okta::action::Action;

/// The ways in which a person is assigned to an app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssignmentWays {
    pub direct: bool,
    /// The names of the groups that assign the app to the person, in the order in which they were created.
    pub groups: Vec<String>,
}

/// The people and apps whose assignments an action may change.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) apps: Vec<AppId>,
    pub(super) people: BTreeSet<PersonId>,
}

impl Org {
    /// Adds a member to a group. Returns false if the person is one already.
    pub(super) fn join(&mut self, person: PersonId, group: GroupId) -> bool {
        let Some(record) = self.people.get_mut(person) else { return false };
        let is_new = insert(&mut record.groups, group);
        if let (true, Some(group)) = (is_new, self.groups.get_mut(group)) {
            group.members.push(person);
        }
        is_new
    }

    /// Removes members from a group. Returns them with their positions before the change.
    pub(super) fn leave(&mut self, people: &BTreeSet<PersonId>, group: GroupId) -> Vec<(usize, PersonId)> {
        let left = self.groups.get_mut(group).map(|group| group.remove_members(people)).unwrap_or_default();
        for (_, person) in &left {
            if let Some(record) = self.people.get_mut(*person) {
                remove(&mut record.groups, &group);
            }
        }
        left
    }

    pub(super) fn is_member(&self, person: PersonId, group: GroupId) -> bool {
        self.people.get(person).is_some_and(|record| record.groups.binary_search(&group).is_ok())
    }

    pub(super) fn assign_directly(&mut self, person: PersonId, app: AppId) {
        self.at_mut(app).direct.insert(person);
        if let Some(record) = self.people.get_mut(person) {
            insert(&mut record.direct, app);
        }
    }

    pub(super) fn unassign_directly(&mut self, person: PersonId, app: AppId) {
        self.at_mut(app).direct.remove(&person);
        if let Some(record) = self.people.get_mut(person) {
            remove(&mut record.direct, &app);
        }
    }

    /// Returns the ways in which a person is assigned to an app, also before activation and after deactivation.
    #[must_use]
    pub fn ways(&self, app: &App, person: &str) -> AssignmentWays {
        let Some(id) = self.people.find(person) else { return AssignmentWays::default() };
        let groups = self.people.get(id).map(|record| record.groups.as_slice()).unwrap_or_default();
        let assigning = groups.iter().filter(|group| app.assigned_groups.contains(group));
        AssignmentWays {
            direct: app.direct.contains(&id),
            groups: assigning.map(|group| self.groups.name(*group).to_owned()).collect(),
        }
    }

    /// Returns true if a person has the app, directly or through a group.
    pub(super) fn has_app(&self, app: &App, person: PersonId) -> bool {
        let Some(record) = self.people.get(person).filter(|record| record.state.can_have_apps()) else { return false };
        let (mine, assigned) = (&record.groups, &app.assigned_groups);
        app.direct.contains(&person)
            || if mine.len() <= assigned.len() {
                mine.iter().any(|group| assigned.contains(group))
            } else {
                assigned.iter().any(|group| mine.binary_search(group).is_ok())
            }
    }

    /// Returns those of some people who have an app.
    pub(super) fn holders(&self, app: AppId, people: &BTreeSet<PersonId>) -> BTreeSet<PersonId> {
        let app = self.at(app);
        people.iter().copied().filter(|person| self.has_app(app, *person)).collect()
    }

    /// Returns the apps that a person has or would have if active, by the index of the person and of the person's groups.
    fn apps_of(&self, person: PersonId) -> Vec<AppId> {
        let Some(record) = self.people.get(person) else { return Vec::new() };
        let groups = record.groups.iter().filter_map(|group| self.groups.get(*group));
        let through_groups = groups.flat_map(|group| &group.assigned_by);
        let apps: BTreeSet<AppId> = record.direct.iter().chain(through_groups).copied().collect();
        apps.into_iter().collect()
    }

    /// Returns what an action may change. Names that do not exist are left out, because the action is not possible.
    pub(super) fn scope(&self, action: &Action) -> Scope {
        let ids = |keys: &[String]| keys.iter().filter_map(|key| self.people.find(key)).collect();
        let group = |name: &str| self.groups.find(name).and_then(|id| self.groups.get(id));
        let members = |name: &str| group(name).map(|group| group.members.iter().copied().collect()).unwrap_or_default();
        let apps_of_group = |name: &str| group(name).map(|group| group.assigned_by.clone()).unwrap_or_default();
        let app = |label: &str| self.app_id(label).into_iter().collect();
        match action {
            Action::ActivatePerson { person }
            | Action::ReactivatePerson { person }
            | Action::DeactivatePerson { person }
            | Action::SuspendPerson { person }
            | Action::UnsuspendPerson { person } => {
                let person = self.people.find(person);
                Scope {
                    apps: person.map(|id| self.apps_of(id)).unwrap_or_default(),
                    people: person.into_iter().collect(),
                }
            }
            Action::AddToGroup { group, people } | Action::RemoveFromGroup { group, people } => {
                Scope { apps: apps_of_group(group), people: ids(people) }
            }
            Action::ChangeGroup { group, add, remove } => {
                let people: BTreeSet<PersonId> = ids(add);
                let removed: BTreeSet<PersonId> = ids(remove);
                Scope { apps: apps_of_group(group), people: people.into_iter().chain(removed).collect() }
            }
            Action::DeleteGroup { group } => Scope { apps: apps_of_group(group), people: members(group) },
            Action::AssignGroup { app: label, group } | Action::UnassignGroup { app: label, group } => {
                Scope { apps: app(label), people: members(group) }
            }
            Action::Assign { app: label, people }
            | Action::Unassign { app: label, people }
            | Action::ConfirmImport { app: label, people } => Scope { apps: app(label), people: ids(people) },
            _ => Scope::default(),
        }
    }
}

//! Memberships and assignments, each stored in both directions, and who has an app.

use std::collections::BTreeSet;

use super::group_table::EVERYONE;
use super::keys::{AppId, GroupId, PersonId, insert, remove};
use super::model::{App, PersonState};
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
    /// True if group rules apply to these people afterwards.
    pub(super) by_rules: bool,
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
        let at = self.at_mut(app);
        at.direct.remove(&person);
        at.person_attributes.remove(&person);
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
        let Some(record) = self.people.get(person) else { return false };
        // A confirmed import links a person also before the activation.
        let is_linked = || record.state == PersonState::Staged && app.users.contains_key(&person);
        if !record.state.can_have_apps() && !is_linked() {
            return false;
        }
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
        let ids = |keys: &[String]| keys.iter().filter_map(|key| self.people.find(key)).collect::<BTreeSet<PersonId>>();
        let group = |name: &str| self.groups.find(name).and_then(|id| self.groups.get(id));
        let members = |name: &str| group(name).map(|group| group.members.iter().copied().collect()).unwrap_or_default();
        let apps_of_group = |name: &str| group(name).map(|group| group.assigned_by.clone()).unwrap_or_default();
        let app = |label: &str| self.app_id(label).into_iter().collect();
        let fixed = |apps: Vec<AppId>, people: BTreeSet<PersonId>| Scope { apps, people, by_rules: false };
        match action {
            Action::ActivatePerson { person }
            | Action::ReactivatePerson { person }
            | Action::DeactivatePerson { person }
            | Action::SuspendPerson { person }
            | Action::UnsuspendPerson { person } => {
                let person = self.people.find(person);
                self.scope_with_rules(
                    person.map(|id| self.apps_of(id)).unwrap_or_default(),
                    person.into_iter().collect(),
                )
            }
            // The person is not there yet.
            Action::CreatePerson { .. } => self.scope_with_rules(apps_of_group(EVERYONE), BTreeSet::new()),
            Action::ConfirmNewUser { app: label, .. } => self.scope_of_new_people(label),
            Action::UpdateProfile { person, .. } => {
                self.scope_with_rules(Vec::new(), self.people.find(person).into_iter().collect())
            }
            Action::AddToGroup { group, people } | Action::RemoveFromGroup { group, people } => {
                self.scope_with_rules(apps_of_group(group), ids(people))
            }
            Action::ChangeGroup { group, add, remove } => {
                self.scope_with_rules(apps_of_group(group), &ids(add) | &ids(remove))
            }
            Action::ActivateGroupRule { rule } => Scope {
                apps: self.apps_assigning(self.groups_of_rules(Some(rule))),
                people: self.people.ids().collect(),
                by_rules: true,
            },
            Action::DeleteGroup { group } => fixed(apps_of_group(group), members(group)),
            Action::AssignGroup { app: label, group, .. }
            | Action::EditGroupAssignment { app: label, group, .. }
            | Action::UnassignGroup { app: label, group } => fixed(app(label), members(group)),
            Action::EditAssignment { app: label, person, .. } | Action::MatchImport { app: label, person, .. } => {
                fixed(app(label), self.people.find(person).into_iter().collect())
            }
            Action::Assign { app: label, people, .. }
            | Action::Unassign { app: label, people }
            | Action::ConfirmImport { app: label, people } => fixed(app(label), ids(people)),
            _ => Scope::default(),
        }
    }

    /// Returns a scope that contains what the group rules may change too.
    pub(super) fn scope_with_rules(&self, apps: Vec<AppId>, people: BTreeSet<PersonId>) -> Scope {
        if !self.has_active_rules() {
            return Scope { apps, people, by_rules: false };
        }
        let by_rules = self.apps_assigning(self.groups_of_rules(None));
        let apps: BTreeSet<AppId> = apps.into_iter().chain(by_rules).collect();
        Scope { apps: apps.into_iter().collect(), people, by_rules: true }
    }

    /// Returns the apps that assign one of these groups.
    fn apps_assigning(&self, groups: BTreeSet<GroupId>) -> Vec<AppId> {
        let groups = groups.into_iter().filter_map(|group| self.groups.get(group));
        let apps: BTreeSet<AppId> = groups.flat_map(|group| group.assigned_by.iter().copied()).collect();
        apps.into_iter().collect()
    }
}

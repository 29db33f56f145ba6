//! The attributes of people in an app, as far as assignments set them.
//!
//! For each attribute, the value of the person's own assignment counts; without one, that of the assigned group with the
//! highest priority; without one, the mapping (MGMTAPI). Not documented, and so our choice: a group that sets no value
//! leaves the attribute to the next group, and the values of groups also count for people who are assigned directly.

use std::collections::{BTreeMap, BTreeSet};

use super::assignments::Scope;
use super::error::OrgError;
use super::keys::{AppId, PersonId};
use super::model::{App, PersonState};
use super::specs::{Effects, JobKind, JobSpec};
use super::state::Org;
use crate::okta::habits::Habits;
use crate::okta::mapping::{AppProfile, AppValues, Profile, ProfileValue};

/// The lowest priority of a group (MGMTAPI).
const LOWEST_PRIORITY: u32 = 100;

/// The attributes that assignments set, by app and person.
pub(super) type Assigned = BTreeMap<AppId, BTreeMap<PersonId, Profile>>;

impl Org {
    /// Returns what an app knows of a person who has a profile, besides the profile.
    pub(crate) fn app_values(&self, app: &App, person: PersonId, profile: &Profile) -> AppValues {
        self.values_with(app, person, profile, self.assigned_attributes(app, person))
    }

    fn values_with(&self, app: &App, person: PersonId, profile: &Profile, assigned: Profile) -> AppValues {
        let touched = app.touched.get(&person).cloned().unwrap_or_default();
        AppValues { computed: self.computed(app, person, profile), assigned, touched }
    }

    /// Returns the attributes that assignments set for a person.
    fn assigned_attributes(&self, app: &App, person: PersonId) -> Profile {
        let mut values = Profile::new();
        for (_, attributes) in app.group_assignments.by_priority().filter(|(group, _)| self.is_member(person, *group)) {
            for (name, value) in attributes {
                match (values.get_mut(name), value) {
                    (Some(ProfileValue::List(list)), ProfileValue::List(more)) if app.mapping.combines_groups(name) => {
                        let new: Vec<String> = more.iter().filter(|item| !list.contains(item)).cloned().collect();
                        list.extend(new);
                    }
                    (Some(_), _) => {}
                    (None, value) => {
                        values.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        values.extend(app.person_attributes.get(&person).cloned().unwrap_or_default());
        values
    }

    /// Returns the attributes that assignments set for the people who have the apps of a scope.
    pub(super) fn assigned(&self, scope: &Scope, holders: &[BTreeSet<PersonId>]) -> Assigned {
        let mut assigned = Assigned::new();
        for (at, holders) in scope.apps.iter().zip(holders) {
            let app = self.at(*at);
            if app.assignments_set_attributes() {
                let of = |person: &PersonId| (*person, self.assigned_attributes(app, *person));
                assigned.insert(*at, holders.iter().map(of).collect());
            }
        }
        assigned
    }

    /// Returns the profile pushes of people who keep an app and whose attributes an action on assignments changed.
    pub(super) fn push_attributes(
        &mut self,
        scope: &Scope,
        kept: &[BTreeSet<PersonId>],
        before: &Assigned,
        habits: &Habits,
    ) -> Vec<JobSpec> {
        let mut specs = Vec::new();
        for (at, kept) in scope.apps.iter().copied().zip(kept) {
            if !self.at(at).assignments_set_attributes() && !before.contains_key(&at) {
                continue;
            }
            let mut keys = Vec::new();
            for person in kept {
                let old = before.get(&at).and_then(|people| people.get(person)).cloned().unwrap_or_default();
                let new = self.assigned_attributes(self.at(at), *person);
                if old == new {
                    continue;
                }
                self.at_mut(at).touched.entry(*person).or_default().extend(old.keys().cloned());
                if self.changes_attributes(at, *person, &old, &new, habits) {
                    keys.push(self.key(*person).to_owned());
                }
            }
            keys.sort_unstable();
            let app = self.at(at);
            specs.extend(keys.into_iter().map(|person| app.spec(JobKind::UpdateProfile { person })));
        }
        specs
    }

    /// Returns true if a change of assigned attributes has to be pushed.
    fn changes_attributes(&self, at: AppId, person: PersonId, old: &Profile, new: &Profile, habits: &Habits) -> bool {
        let app = self.at(at);
        let Some(record) = self.people.get(person) else { return false };
        if !app.provisioning || !app.to_app.update || app.external_id(person).is_none() {
            return false;
        }
        let profile = &self.people.profile(record);
        let values = |assigned: &Profile| self.values_with(app, person, profile, assigned.clone());
        let (old, new) = (values(old), values(new));
        app.mapping.changes(AppProfile { profile, values: &old }, AppProfile { profile, values: &new }, habits)
    }

    pub(super) fn edit_assignment(&mut self, label: &str, key: &str, set: &Profile) -> Result<Effects, OrgError> {
        let (person, at) = (self.person_id(key)?, self.app_id(label)?);
        if self.state(person) == Some(PersonState::Deprovisioned) {
            return Err(OrgError::PersonDeactivated { person: key.to_owned(), change: "change the assignments" });
        }
        let app = self.at(at);
        if !app.users.contains_key(&person) {
            return Err(OrgError::NoAccount { person: key.to_owned(), app: label.to_owned() });
        }
        app.mapping.check_assigned(set)?;
        let profile = self.people.get(person).map(|record| self.people.profile(record)).unwrap_or_default();
        let values = self.values_with(app, person, &profile, Profile::new());
        let pushes = app.provisioning && app.to_app.update;
        let mapped = |name: &str, value: &ProfileValue| {
            app.mapping.contradicts(name, value, AppProfile { profile: &profile, values: &values })
        };
        let refused = set.iter().find(|(name, value)| pushes && !value.is_empty() && mapped(name, value));
        if let Some((attribute, _)) = refused {
            return Err(OrgError::AttributeMapped { attribute: attribute.clone(), app: label.to_owned() });
        }
        edit(self.at_mut(at).person_attributes.entry(person).or_default(), set);
        Ok(Effects::default())
    }

    pub(super) fn edit_group_assignment(
        &mut self,
        label: &str,
        name: &str,
        set: &Profile,
        priority: Option<u32>,
    ) -> Result<Effects, OrgError> {
        let (group, at) = (self.group_id(name)?, self.app_id(label)?);
        if !self.at(at).assigned_groups.contains(&group) {
            return Err(OrgError::GroupNotAssigned { group: name.to_owned(), app: label.to_owned() });
        }
        self.at(at).mapping.check_assigned(set)?;
        check_priority(priority)?;
        let assignments = &mut self.at_mut(at).group_assignments;
        if let Some(priority) = priority {
            assignments.prioritize(group, priority);
        }
        edit(assignments.attributes_mut(group), set);
        Ok(Effects::default())
    }
}

/// Checks the priority of a group.
pub(super) fn check_priority(priority: Option<u32>) -> Result<(), OrgError> {
    match priority.filter(|priority| *priority > LOWEST_PRIORITY) {
        Some(priority) => Err(OrgError::Priority { priority, lowest: LOWEST_PRIORITY }),
        None => Ok(()),
    }
}

/// Returns the attributes that are not empty.
pub(super) fn set_attributes(attributes: &Profile) -> Profile {
    let set = attributes.iter().filter(|(_, value)| !value.is_empty());
    set.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn edit(attributes: &mut Profile, set: &Profile) {
    for (name, value) in set {
        attributes.remove(name);
        if !value.is_empty() {
            attributes.insert(name.clone(), value.clone());
        }
    }
}

impl App {
    fn assignments_set_attributes(&self) -> bool {
        self.group_assignments.set_attributes() || self.person_attributes.values().any(|set| !set.is_empty())
    }
}

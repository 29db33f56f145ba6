//! Actions on people and groups.

use super::error::{Entity, OrgError};
use super::model::{App, MappingState, Person, PersonState};
use super::specs::{Effects, GroupPush, JobKind, MemberChange};
use super::state::{Org, password};
use crate::okta::habits::{Habits, Suspend};
use crate::okta::mapping::Profile;

impl Org {
    pub(super) fn create_person(&mut self, key: &str, profile: &Profile, staged: bool) -> Result<Effects, OrgError> {
        self.add_person(key, profile.clone())?;
        if staged {
            self.person_mut(key)?.state = PersonState::Staged;
        }
        Ok(Effects::default())
    }

    pub(super) fn update_profile(&mut self, key: &str, set: &Profile, habits: &Habits) -> Result<Effects, OrgError> {
        let person = self.person_mut(key)?;
        if person.state == PersonState::Deprovisioned {
            return Err(OrgError::PersonDeactivated { person: key.to_owned(), change: "change the profile" });
        }
        let before = person.clone();
        for (name, value) in set {
            if value.is_empty() {
                person.profile.remove(name);
            } else {
                person.profile.insert(name.clone(), value.clone());
            }
        }
        let after = person.clone();
        let mapped = |app: &App, person: &Person| {
            let login = (!app.to_app.exclude_username_updates).then(|| person.login().to_owned());
            (login, app.mapping.attributes(&person.profile, habits, true))
        };
        let concerned = |app: &&App| {
            let has_account = app.external_id(key).is_some();
            app.provisioning && app.to_app.update && has_account && mapped(app, &before) != mapped(app, &after)
        };
        let apps = self.apps.iter().filter(concerned);
        Ok(Effects::of(apps.map(|app| app.spec(JobKind::UpdateProfile { person: key.to_owned() })).collect()))
    }

    pub(super) fn change_password(&mut self, key: &str) -> Result<Effects, OrgError> {
        let seed = self.seed;
        let person = self.person_mut(key)?;
        person.password_changes += 1;
        person.password = password(seed, "okta", key, person.password_changes);
        let synced = |app: &&App| app.provisioning && app.to_app.sync_password && app.external_id(key).is_some();
        let apps = self.apps.iter().filter(synced);
        Ok(Effects::of(apps.map(|app| app.spec(JobKind::PushPassword { person: key.to_owned() })).collect()))
    }

    pub(super) fn set_state(
        &mut self,
        key: &str,
        from: &[PersonState],
        to: PersonState,
        verb: &'static str,
    ) -> Result<Effects, OrgError> {
        let person = self.person_mut(key)?;
        if !from.contains(&person.state) {
            let (state, allowed) = (person.state, from.to_vec());
            return Err(OrgError::WrongState { person: key.to_owned(), verb, state, allowed });
        }
        person.state = to;
        Ok(Effects::default())
    }

    /// Returns the jobs that a suspension causes under the habit `suspend`; none by default.
    pub(super) fn push_suspension(&self, key: &str, active: bool, habits: &Habits) -> Effects {
        if habits.suspend == Suspend::Nothing {
            return Effects::default();
        }
        let spec = |app: &App| {
            let id = app.external_id(key).filter(|_| app.provisioning && app.to_app.deactivate)?.to_owned();
            Some(app.spec(JobKind::SetActive { person: key.to_owned(), id, active }))
        };
        Effects::of(self.apps.iter().filter_map(spec).collect())
    }

    pub(super) fn deactivate(&mut self, key: &str) -> Result<Effects, OrgError> {
        let person = self.person_mut(key)?;
        if person.state == PersonState::Deprovisioned {
            return Err(OrgError::AlreadyDeactivated { person: key.to_owned() });
        }
        person.state = PersonState::Deprovisioned;
        // Okta keeps the person's group memberships but removes direct assignments for good.
        for app in &mut self.apps {
            app.direct.remove(key);
        }
        Ok(Effects::default())
    }

    pub(super) fn delete_person(&mut self, key: &str) -> Result<Effects, OrgError> {
        if self.person(key)?.state != PersonState::Deprovisioned {
            return Err(OrgError::NotDeactivated { person: key.to_owned() });
        }
        self.people.remove(key);
        for group in self.groups.values_mut() {
            group.members.retain(|member| member != key);
        }
        Ok(Effects::default())
    }

    pub(super) fn rename_group(&mut self, name: &str, to: &str) -> Result<Effects, OrgError> {
        if self.groups.contains_key(to) {
            return Err(OrgError::exists(Entity::Group, to));
        }
        self.group(name)?;
        let mut specs = Vec::new();
        if let Some(group) = self.groups.remove(name) {
            self.groups.insert(to.to_owned(), group);
        }
        for app in &mut self.apps {
            if app.assigned_groups.remove(name) {
                app.assigned_groups.insert(to.to_owned());
            }
            let (renames, provisioning) = (app.rename_groups, app.provisioning);
            let Some(mapping) = app.push_mut(name) else { continue };
            to.clone_into(&mut mapping.group);
            if !renames {
                mapping.state = MappingState::Inactive;
            } else if provisioning && mapping.state != MappingState::Inactive {
                specs.push(app.spec(JobKind::PushGroup { group: to.to_owned(), push: GroupPush::Rename }));
            }
        }
        Ok(Effects::of(specs))
    }

    pub(super) fn delete_group(&mut self, name: &str) -> Result<Effects, OrgError> {
        self.group(name)?;
        if let Some(app) = self.apps.iter().find(|app| app.push(name).is_some()) {
            return Err(OrgError::StillPushed { group: name.to_owned(), app: app.label.clone() });
        }
        self.groups.remove(name);
        for app in &mut self.apps {
            app.assigned_groups.remove(name);
        }
        Ok(Effects::default())
    }

    pub(super) fn change_group(&mut self, name: &str, add: &[String], remove: &[String]) -> Result<Effects, OrgError> {
        for person in add.iter().chain(remove) {
            self.person(person)?;
        }
        let group = self.group_mut(name)?;
        if let Some(person) = remove.iter().find(|person| !group.members.contains(person)) {
            return Err(OrgError::NotAMember { person: person.clone(), group: name.to_owned() });
        }
        let mut change = MemberChange::default();
        let leaves = |(_, member): &(usize, &String)| remove.contains(member);
        change.left = group.members.iter().enumerate().filter(leaves).map(|(at, one)| (at, one.clone())).collect();
        group.members.retain(|member| !remove.contains(member));
        for person in add {
            if !group.members.contains(person) {
                group.members.push(person.clone());
                change.joined.push(person.clone());
            }
        }
        let membership = change.is_membership_change().then(|| (name.to_owned(), change));
        Ok(Effects { specs: Vec::new(), membership })
    }
}

//! Actions on people and groups. Each checks everything before it changes anything.

use std::collections::BTreeSet;

use super::error::{Entity, OrgError};
use super::group_table::EVERYONE_ID;
use super::keys::PersonId;
use super::model::{App, MappingState, PersonState};
use super::people_table::PersonRecord;
use super::specs::{Effects, GroupPush, JobKind, MemberChange};
use super::state::Org;
use super::transition::Transition;
use crate::okta::habits::{Habits, Suspend};
use crate::okta::mapping::{AppProfile, Profile};

impl Org {
    pub(super) fn create_person(
        &mut self,
        key: &str,
        profile: &Profile,
        staged: bool,
        has_password: bool,
    ) -> Result<Effects, OrgError> {
        self.add_person(key, profile.clone())?;
        let record = self.record_mut(key)?.1;
        record.has_password = has_password;
        record.state = match (staged, has_password) {
            (true, _) => PersonState::Staged,
            (false, true) => PersonState::Active,
            (false, false) => PersonState::Provisioned,
        };
        let joined = vec![self.person_id(key)?];
        Ok(Effects::of_members(EVERYONE_ID, MemberChange { joined, ..MemberChange::default() }))
    }

    /// Returns a person's number and data.
    pub(super) fn record_mut(&mut self, key: &str) -> Result<(PersonId, &mut PersonRecord), OrgError> {
        let id = self.person_id(key)?;
        Ok((id, self.people.get_mut(id).expect("invariant: `person_id` found the person")))
    }

    pub(super) fn state(&self, person: PersonId) -> Option<PersonState> {
        self.people.get(person).map(|record| record.state)
    }

    pub(super) fn update_profile(&mut self, key: &str, set: &Profile, habits: &Habits) -> Result<Effects, OrgError> {
        let id = self.person_id(key)?;
        if self.state(id) == Some(PersonState::Deprovisioned) {
            return Err(OrgError::PersonDeactivated { person: key.to_owned(), change: "change the profile" });
        }
        let before = self.people.get(id).map(|record| self.people.profile(record)).unwrap_or_default();
        let mut after = before.clone();
        for (name, value) in set {
            if value.is_empty() {
                after.remove(name);
            } else {
                after.insert(name.clone(), value.clone());
            }
        }
        let user_name = |app: &App, profile: &Profile| {
            let record = self.people.get(id).filter(|_| !app.to_app.exclude_username_updates);
            record.map(|record| self.user_name_from(app, id, record, profile))
        };
        let changes = |app: &App| {
            let values = |profile| self.app_values(app, id, profile);
            let (old, new) = (values(&before), values(&after));
            let (old, new) =
                (AppProfile { profile: &before, values: &old }, AppProfile { profile: &after, values: &new });
            app.mapping.changes(old, new, habits) || user_name(app, &before) != user_name(app, &after)
        };
        let concerned =
            |app: &&App| app.provisioning && app.to_app.update && app.external_id(id).is_some() && changes(app);
        let apps = self.apps.iter().filter(concerned);
        let specs = apps.map(|app| app.spec(JobKind::UpdateProfile { person: key.to_owned() })).collect();
        self.people.set_profile(id, after);
        Ok(Effects::of(specs))
    }

    pub(super) fn change_password(&mut self, key: &str) -> Result<Effects, OrgError> {
        let (id, record) = self.record_mut(key)?;
        record.password_changes += 1;
        record.has_password = true;
        // The person follows the link of the activation or the reset, or replaces the expired password.
        if matches!(record.state, PersonState::Provisioned | PersonState::Recovery | PersonState::PasswordExpired) {
            record.state = PersonState::Active;
        }
        let synced = |app: &&App| app.provisioning && app.to_app.sync_password && app.external_id(id).is_some();
        let apps = self.apps.iter().filter(synced);
        Ok(Effects::of(apps.map(|app| app.spec(JobKind::PushPassword { person: key.to_owned() })).collect()))
    }

    /// Changes the state of a person.
    pub(super) fn change_state(&mut self, key: &str, transition: Transition) -> Result<Effects, OrgError> {
        let (_, record) = self.record_mut(key)?;
        let state = record.state;
        if !transition.from().contains(&state) {
            let allowed = transition.from().to_vec();
            return Err(OrgError::WrongState { person: key.to_owned(), transition, state, allowed });
        }
        record.state = transition.to(state, record.has_password);
        Ok(Effects::default())
    }

    /// Returns the jobs that a suspension causes under the habit `suspend`; none by default.
    pub(super) fn push_suspension(&self, key: &str, active: bool, habits: &Habits) -> Effects {
        if habits.suspend == Suspend::Nothing {
            return Effects::default();
        }
        let spec = |app: &App| {
            let id = self.external_id(app, key).filter(|_| app.provisioning && app.to_app.deactivate)?.to_owned();
            Some(app.spec(JobKind::SetActive { person: key.to_owned(), id, active }))
        };
        Effects::of(self.apps.iter().filter_map(spec).collect())
    }

    pub(super) fn deactivate(&mut self, key: &str) -> Result<Effects, OrgError> {
        let (id, record) = self.record_mut(key)?;
        if record.state == PersonState::Deprovisioned {
            return Err(OrgError::AlreadyDeactivated { person: key.to_owned() });
        }
        record.state = PersonState::Deprovisioned;
        // Okta keeps the person's group memberships but removes direct assignments for good.
        for app in record.direct.clone() {
            self.unassign_directly(id, app);
        }
        Ok(Effects::default())
    }

    pub(super) fn delete_person(&mut self, key: &str) -> Result<Effects, OrgError> {
        let id = self.person_id(key)?;
        if self.state(id) != Some(PersonState::Deprovisioned) {
            return Err(OrgError::NotDeactivated { person: key.to_owned() });
        }
        let (groups, direct) =
            self.people.get(id).map(|record| (record.groups.clone(), record.direct.clone())).unwrap_or_default();
        for group in groups {
            self.leave(&BTreeSet::from([id]), group);
        }
        // A confirmed import may assign an app to a deactivated person.
        for app in direct {
            self.unassign_directly(id, app);
        }
        for app in &mut self.apps {
            app.users.remove(&id);
        }
        self.forget_in_rules(Some(id), None);
        self.people.remove(id);
        Ok(Effects::default())
    }

    pub(super) fn rename_group(&mut self, name: &str, to: &str) -> Result<Effects, OrgError> {
        if self.groups.find(to).is_some() {
            return Err(OrgError::exists(Entity::Group, to));
        }
        let id = self.own_group(name)?;
        self.groups.rename(id, to);
        let mut specs = Vec::new();
        for at in self.groups.get(id).map(|group| group.pushed_by.clone()).unwrap_or_default() {
            let app = self.at_mut(at);
            let (renames, provisioning) = (app.rename_groups, app.provisioning);
            let Some(mapping) = app.pushed_groups.get_mut(&id) else { continue };
            to.clone_into(&mut mapping.group);
            if !renames {
                mapping.state = MappingState::Inactive;
            } else if provisioning && mapping.state != MappingState::Inactive {
                specs.push(app.spec(JobKind::PushGroup { group: to.to_owned(), push: GroupPush::Rename }));
            }
        }
        specs.extend(self.pushes_by_rules(to));
        Ok(Effects::of(specs))
    }

    pub(super) fn delete_group(&mut self, name: &str) -> Result<Effects, OrgError> {
        let id = self.own_group(name)?;
        if let Some(app) = self.group(name)?.pushed_by.first() {
            return Err(OrgError::StillPushed { group: name.to_owned(), app: self.at(*app).label.clone() });
        }
        let members = self.group(name)?.members.iter().copied().collect();
        self.leave(&members, id);
        self.forget_in_rules(None, Some(id));
        if let Some(group) = self.groups.remove(id) {
            for app in group.assigned_by {
                let app = self.at_mut(app);
                app.assigned_groups.remove(&id);
                app.group_assignments.remove(id);
            }
        }
        Ok(Effects::default())
    }

    pub(super) fn change_group(&mut self, name: &str, add: &[String], remove: &[String]) -> Result<Effects, OrgError> {
        let (add, leaving) = (self.person_ids(add)?, self.person_ids(remove)?);
        let group = self.own_group(name)?;
        if let Some(person) = leaving.iter().find(|person| !self.is_member(**person, group)) {
            return Err(OrgError::NotAMember { person: self.key(*person).to_owned(), group: name.to_owned() });
        }
        let leaving: BTreeSet<PersonId> = leaving.into_iter().collect();
        self.note_leavers(group, &leaving);
        let left = self.leave(&leaving, group);
        let joined = add.into_iter().filter(|person| self.join(*person, group)).collect();
        let change = MemberChange { joined, left, ..MemberChange::default() };
        Ok(Effects::of_members(group, change))
    }
}

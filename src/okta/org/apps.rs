//! Actions on an app: its connection, assignments and group pushes. Each checks everything before it changes anything.

use std::collections::{BTreeMap, BTreeSet};

use super::attributes::{check_priority, set_attributes};
use super::error::OrgError;
use super::keys::{AppId, GroupId, insert, remove};
use super::model::{App, AppUser, GroupPushMapping, MappingState, PersonState, Task};
use super::specs::{Effects, GroupPush, JobKind, JobSpec};
use super::state::Org;
use crate::okta::action::ToAppChange;
use crate::okta::mapping::Profile;

impl Org {
    pub(super) fn test_connection(&self, label: &str) -> Result<Effects, OrgError> {
        Ok(self.app(label)?.effects([JobKind::TestConnection { saving: false }]))
    }

    pub(super) fn save_connection(&mut self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        app.provisioning = true;
        Ok(app.effects([JobKind::TestConnection { saving: true }]))
    }

    pub(super) fn disable_provisioning(&mut self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        app.require_provisioning()?;
        app.provisioning = false;
        Ok(Effects::default())
    }

    pub(super) fn refresh_app_groups(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        if !app.import_groups {
            return Err(OrgError::GroupsNotImported { app: label.to_owned() });
        }
        Ok(app.effects([JobKind::RefreshGroups]))
    }

    pub(super) fn save_to_app(&mut self, label: &str, switches: &ToAppChange) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        app.set_switches(switches);
        Ok(app.effects([JobKind::TestConnection { saving: true }]))
    }

    pub(super) fn assign(&mut self, label: &str, people: &[String], attributes: &Profile) -> Result<Effects, OrgError> {
        let mut ids = Vec::new();
        for key in people {
            let person = self.person_id(key)?;
            if self.people.get(person).is_some_and(|record| record.state == PersonState::Deprovisioned) {
                return Err(OrgError::PersonDeactivated { person: key.clone(), change: "change the assignments" });
            }
            ids.push(person);
        }
        let at = self.app_id(label)?;
        let mut new = BTreeSet::new();
        if let Some(person) = ids.iter().find(|person| self.at(at).direct.contains(person) || !new.insert(**person)) {
            let person = self.key(*person).to_owned();
            return Err(OrgError::PersonAlreadyAssigned { person, app: label.to_owned() });
        }
        self.at(at).mapping.check_assigned(attributes)?;
        let attributes = set_attributes(attributes);
        for person in ids {
            self.assign_directly(person, at);
            if !attributes.is_empty() {
                self.at_mut(at).person_attributes.insert(person, attributes.clone());
            }
        }
        Ok(Effects::default())
    }

    pub(super) fn unassign(&mut self, label: &str, people: &[String]) -> Result<Effects, OrgError> {
        let mut removed = BTreeSet::new();
        for key in people {
            let person = self.person_id(key)?;
            if !self.app(label)?.direct.contains(&person) || !removed.insert(person) {
                return Err(OrgError::PersonNotAssigned { person: key.clone(), app: label.to_owned() });
            }
        }
        let at = self.app_id(label)?;
        for person in removed {
            self.unassign_directly(person, at);
        }
        Ok(Effects::default())
    }

    pub(super) fn assign_group(
        &mut self,
        label: &str,
        name: &str,
        attributes: &Profile,
        priority: Option<u32>,
    ) -> Result<Effects, OrgError> {
        let (group, at) = (self.group_id(name)?, self.app_id(label)?);
        let app = self.at(at);
        if app.assigned_groups.contains(&group) {
            return Err(OrgError::GroupAlreadyAssigned { group: name.to_owned(), app: label.to_owned() });
        }
        app.mapping.check_assigned(attributes)?;
        check_priority(priority)?;
        let app = self.at_mut(at);
        app.assigned_groups.insert(group);
        app.group_assignments.insert(group, priority, set_attributes(attributes));
        if let Some(group) = self.groups.get_mut(group) {
            insert(&mut group.assigned_by, at);
        }
        Ok(Effects::default())
    }

    pub(super) fn unassign_group(&mut self, label: &str, name: &str) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let group = self.groups.find(name).filter(|group| self.at(at).assigned_groups.contains(group));
        let Some(group) = group else {
            return Err(OrgError::GroupNotAssigned { group: name.to_owned(), app: label.to_owned() });
        };
        let app = self.at_mut(at);
        app.assigned_groups.remove(&group);
        app.group_assignments.remove(group);
        if let Some(group) = self.groups.get_mut(group) {
            remove(&mut group.assigned_by, &at);
        }
        Ok(Effects::default())
    }

    pub(super) fn provision_users(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        let users = self.users(app).into_iter();
        let waiting = users.filter(|(_, user)| user.external_id.is_none());
        Ok(app.effects(waiting.map(|(person, _)| JobKind::ProvisionUser { person: person.to_owned() })))
    }

    pub(super) fn force_sync(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        let users = self.users(app).into_iter();
        let linked = users.filter(|(_, user)| user.external_id.is_some() && app.to_app.update);
        Ok(app.effects(linked.map(|(person, _)| JobKind::UpdateProfile { person: person.to_owned() })))
    }

    pub(super) fn retry_tasks(&mut self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        let (retried, kept): (Vec<Task>, Vec<Task>) =
            std::mem::take(&mut app.tasks).into_iter().partition(Task::offers_retry);
        app.tasks = kept;
        Ok(Effects::of(retried.into_iter().map(|task| task.spec).collect()))
    }

    pub(super) fn complete_tasks(&mut self, label: &str) -> Result<Effects, OrgError> {
        self.app_mut(label)?.tasks.retain(Task::offers_retry);
        Ok(Effects::default())
    }

    pub(super) fn stop_deprovisioning_tasks(&mut self, label: &str) -> Result<Effects, OrgError> {
        self.app_mut(label)?.deprovisioning_tasks = false;
        Ok(Effects::default())
    }

    pub(super) fn begin_push(&mut self, label: &str, name: &str, push: GroupPush) -> Result<Effects, OrgError> {
        let (group, at) = (self.group_id(name)?, self.app_id(label)?);
        if self.at(at).require_provisioning()?.pushed_groups.contains_key(&group) {
            return Err(OrgError::AlreadyPushed { group: name.to_owned(), app: label.to_owned() });
        }
        let mapping = GroupPushMapping {
            group: name.to_owned(),
            state: MappingState::Active,
            target_id: None,
            name: String::new(),
            pushed: BTreeMap::new(),
        };
        self.add_push(at, group, mapping);
        Ok(self.at(at).effects([JobKind::PushGroup { group: name.to_owned(), push }]))
    }

    fn add_push(&mut self, at: AppId, group: GroupId, mapping: GroupPushMapping) {
        self.at_mut(at).pushed_groups.insert(group, mapping);
        if let Some(group) = self.groups.get_mut(group) {
            insert(&mut group.pushed_by, at);
        }
    }

    /// Adds the push of a group that was pushed before, such as one from a recording.
    ///
    /// # Errors
    /// The app or the group does not exist.
    pub fn restore_push(&mut self, label: &str, mapping: GroupPushMapping) -> Result<(), OrgError> {
        let (group, at) = (self.group_id(&mapping.group)?, self.app_id(label)?);
        self.add_push(at, group, mapping);
        Ok(())
    }

    /// Assigns a person directly with an account that was provisioned before, such as one from a recording.
    ///
    /// # Errors
    /// The app or the person does not exist.
    pub fn restore_account(&mut self, label: &str, key: &str, user: AppUser) -> Result<(), OrgError> {
        let (person, at) = (self.person_id(key)?, self.app_id(label)?);
        self.at_mut(at).users.insert(person, user);
        self.assign_directly(person, at);
        Ok(())
    }

    /// Returns the app and the number of a group that it pushes.
    fn pushed(&self, label: &str, name: &str) -> Result<(AppId, GroupId), OrgError> {
        let at = self.app_id(label)?;
        let group = self.groups.find(name).filter(|group| self.at(at).pushed_groups.contains_key(group));
        let error = || OrgError::NotPushed { group: name.to_owned(), app: label.to_owned() };
        Ok((at, group.ok_or_else(error)?))
    }

    fn set_push(&mut self, at: AppId, group: GroupId, state: MappingState) {
        if let Some(mapping) = self.at_mut(at).pushed_groups.get_mut(&group) {
            mapping.state = state;
        }
    }

    pub(super) fn push_now(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        self.pushed(label, group)?;
        Ok(app.effects([JobKind::PushGroup { group: group.to_owned(), push: GroupPush::Full }]))
    }

    pub(super) fn deactivate_push(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        let (at, group) = self.pushed(label, group)?;
        self.set_push(at, group, MappingState::Inactive);
        Ok(Effects::default())
    }

    pub(super) fn activate_push(&mut self, label: &str, name: &str) -> Result<Effects, OrgError> {
        self.app(label)?.require_provisioning()?;
        let (at, group) = self.pushed(label, name)?;
        self.set_push(at, group, MappingState::Active);
        Ok(self.at(at).effects([JobKind::PushGroup { group: name.to_owned(), push: GroupPush::Full }]))
    }

    pub(super) fn unlink_group(&mut self, label: &str, name: &str, delete: bool) -> Result<Effects, OrgError> {
        if delete {
            self.app(label)?.require_provisioning()?;
        }
        let (at, group) = self.pushed(label, name)?;
        if let Some(group) = self.groups.get_mut(group) {
            remove(&mut group.pushed_by, &at);
        }
        let app = self.at_mut(at);
        app.forget_in_push_rules(group);
        let id = app.pushed_groups.remove(&group).and_then(|mapping| mapping.target_id);
        Ok(app.effects(id.filter(|_| delete).map(|id| JobKind::DeleteGroup { group: name.to_owned(), id })))
    }
}

impl App {
    pub(super) fn spec(&self, kind: JobKind) -> JobSpec {
        JobSpec { app: self.label.clone(), kind }
    }

    pub(super) fn effects(&self, kinds: impl IntoIterator<Item = JobKind>) -> Effects {
        Effects::of(kinds.into_iter().map(|kind| self.spec(kind)).collect())
    }

    pub(super) fn require_provisioning(&self) -> Result<&Self, OrgError> {
        if self.provisioning { Ok(self) } else { Err(OrgError::NotProvisioned { app: self.label.clone() }) }
    }

    fn set_switches(&mut self, change: &ToAppChange) {
        let to_app = &mut self.to_app;
        for (switch, value) in [
            (&mut to_app.create, change.create),
            (&mut to_app.update, change.update),
            (&mut to_app.deactivate, change.deactivate),
            (&mut to_app.sync_password, change.sync_password),
            (&mut to_app.exclude_username_updates, change.exclude_username_updates),
        ] {
            *switch = value.unwrap_or(*switch);
        }
    }
}

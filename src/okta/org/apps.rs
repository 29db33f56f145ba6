//! Actions on an app: its connection, assignments and group pushes.

use std::collections::BTreeMap;

use super::error::OrgError;
use super::model::{App, AppUser, GroupPushMapping, MappingState, PersonState, Task};
use super::specs::{Effects, GroupPush, JobKind, JobSpec};
use super::state::Org;
use crate::okta::action::ToAppChange;

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

    pub(super) fn import(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        Ok(app.effects([JobKind::Import { groups: app.import_groups }]))
    }

    pub(super) fn confirm_import(&mut self, label: &str, people: &[String]) -> Result<Effects, OrgError> {
        for key in people {
            let user_name = self.person(key)?.login().to_owned();
            let app = self.app_mut(label)?;
            let Some(id) = app.imported_users.get(&user_name).cloned() else {
                return Err(OrgError::NotImported { app: label.to_owned(), user_name });
            };
            // The account is linked before assignments are compared, so that Okta sends no lookup.
            app.users.insert(key.clone(), AppUser::linked(id));
            app.direct.insert(key.clone());
        }
        Ok(Effects::default())
    }

    pub(super) fn assign(&mut self, label: &str, people: &[String]) -> Result<Effects, OrgError> {
        for person in people {
            if self.person(person)?.state == PersonState::Deprovisioned {
                return Err(OrgError::PersonDeactivated { person: person.clone(), change: "change the assignments" });
            }
        }
        let app = self.app_mut(label)?;
        for person in people {
            if !app.direct.insert(person.clone()) {
                return Err(OrgError::PersonAlreadyAssigned { person: person.clone(), app: label.to_owned() });
            }
        }
        Ok(Effects::default())
    }

    pub(super) fn unassign(&mut self, label: &str, people: &[String]) -> Result<Effects, OrgError> {
        for person in people {
            self.person(person)?;
            if !self.app_mut(label)?.direct.remove(person) {
                return Err(OrgError::PersonNotAssigned { person: person.clone(), app: label.to_owned() });
            }
        }
        Ok(Effects::default())
    }

    pub(super) fn assign_group(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        self.group(group)?;
        if !self.app_mut(label)?.assigned_groups.insert(group.to_owned()) {
            return Err(OrgError::GroupAlreadyAssigned { group: group.to_owned(), app: label.to_owned() });
        }
        Ok(Effects::default())
    }

    pub(super) fn unassign_group(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        if !self.app_mut(label)?.assigned_groups.remove(group) {
            return Err(OrgError::GroupNotAssigned { group: group.to_owned(), app: label.to_owned() });
        }
        Ok(Effects::default())
    }

    pub(super) fn provision_users(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        let waiting = app.users.iter().filter(|(_, user)| user.external_id.is_none());
        Ok(app.effects(waiting.map(|(person, _)| JobKind::ProvisionUser { person: person.clone() })))
    }

    pub(super) fn force_sync(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        let linked = app.users.iter().filter(|(_, user)| user.external_id.is_some() && app.to_app.update);
        Ok(app.effects(linked.map(|(person, _)| JobKind::UpdateProfile { person: person.clone() })))
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

    pub(super) fn begin_push(&mut self, label: &str, group: &str, push: GroupPush) -> Result<Effects, OrgError> {
        self.group(group)?;
        let app = self.app_mut(label)?;
        app.require_provisioning()?;
        if app.push(group).is_some() {
            return Err(OrgError::AlreadyPushed { group: group.to_owned(), app: label.to_owned() });
        }
        app.pushed_groups.push(GroupPushMapping {
            group: group.to_owned(),
            state: MappingState::Active,
            target_id: None,
            name: String::new(),
            pushed: BTreeMap::new(),
        });
        Ok(app.effects([JobKind::PushGroup { group: group.to_owned(), push }]))
    }

    pub(super) fn push_now(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        app.require_provisioning()?;
        app.require_push(group)?;
        Ok(app.effects([JobKind::PushGroup { group: group.to_owned(), push: GroupPush::Full }]))
    }

    pub(super) fn deactivate_push(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        self.app_mut(label)?.require_push(group)?.state = MappingState::Inactive;
        Ok(Effects::default())
    }

    pub(super) fn activate_push(&mut self, label: &str, group: &str) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        app.require_provisioning()?;
        app.require_push(group)?.state = MappingState::Active;
        Ok(app.effects([JobKind::PushGroup { group: group.to_owned(), push: GroupPush::Full }]))
    }

    pub(super) fn unlink_group(&mut self, label: &str, group: &str, delete: bool) -> Result<Effects, OrgError> {
        let app = self.app_mut(label)?;
        if delete {
            app.require_provisioning()?;
        }
        let id = app.require_push(group)?.target_id.clone();
        app.pushed_groups.retain(|mapping| mapping.group != group);
        Ok(app.effects(id.filter(|_| delete).map(|id| JobKind::DeleteGroup { group: group.to_owned(), id })))
    }
}

impl App {
    pub(super) fn spec(&self, kind: JobKind) -> JobSpec {
        JobSpec { app: self.label.clone(), kind }
    }

    fn effects(&self, kinds: impl IntoIterator<Item = JobKind>) -> Effects {
        Effects::of(kinds.into_iter().map(|kind| self.spec(kind)).collect())
    }

    fn require_provisioning(&self) -> Result<&Self, OrgError> {
        if self.provisioning { Ok(self) } else { Err(OrgError::NotProvisioned { app: self.label.clone() }) }
    }

    fn require_push(&mut self, group: &str) -> Result<&mut GroupPushMapping, OrgError> {
        let error = OrgError::NotPushed { group: group.to_owned(), app: self.label.clone() };
        self.push_mut(group).ok_or(error)
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

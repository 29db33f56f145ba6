//! Results of jobs, and how they change the org.

use std::collections::BTreeMap;

use super::import_rules::ImportedUsers;
use super::keys::PersonId;
use super::model::{App, GroupPushMapping, LeftActive, LeftActiveCause, MappingState, Task};
use super::specs::{JobKind, JobSpec};
use super::state::Org;

/// The data that a job collected from responses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobResult {
    /// The target's `id` of the user or group.
    pub id: Option<String>,
    /// True if the user is active in the target, as far as the responses show.
    pub active: bool,
    /// The group name that was sent to the target.
    pub name: Option<String>,
    /// All members that the target's group has after a full list, as (person, target id).
    pub members: Option<Vec<(PersonId, String)>>,
    /// Members that were added, as (person, target id).
    pub added: Vec<(PersonId, String)>,
    /// Members that were removed.
    pub removed: Vec<PersonId>,
    /// The users that were read, from userName to `id`.
    pub users: BTreeMap<String, String>,
    /// The other attributes of these users.
    pub details: ImportedUsers,
    /// People whose account is not among them.
    pub missing: Vec<PersonId>,
    /// The number of inactive users that were read.
    pub inactive: usize,
    /// The groups that were read, from displayName to `id`; `None` if no list of groups was read to its end.
    pub groups: Option<BTreeMap<String, String>>,
}

impl Org {
    /// Stores the result of a job. `task` is the error that the administrator sees if the job failed; a failed job waits
    /// in the app's tasks for the administrator.
    pub fn record(&mut self, spec: &JobSpec, result: &JobResult, task: Option<&str>) {
        self.record_result(spec, result, task.is_some());
        if let Some(text) = task {
            self.record_task(spec, text);
        }
    }

    /// Stores the result of a job without its task.
    pub fn record_result(&mut self, spec: &JobSpec, result: &JobResult, failed: bool) {
        let Ok(at) = self.app_id(&spec.app) else { return };
        let subject = spec.kind.subject();
        let person = subject.filter(|_| spec.kind.is_about_a_user()).and_then(|key| self.people.find_any(key));
        let pushed = subject.filter(|_| spec.kind.is_about_a_group()).and_then(|name| self.groups.find(name));
        let app = self.at_mut(at);
        match &spec.kind {
            JobKind::TestConnection { .. } | JobKind::RefreshGroups | JobKind::Import { .. } => {
                if !failed {
                    app.record_groups(result);
                    if matches!(spec.kind, JobKind::Import { .. }) {
                        self.record_import(at, result);
                    }
                }
            }
            JobKind::ProvisionUser { .. } => {
                if let Some(person) = person {
                    app.record_provisioned(person, result, failed);
                }
            }
            JobKind::UpdateProfile { .. } | JobKind::PushPassword { .. } => {
                if let Some(user) = person.and_then(|person| app.users.get_mut(&person)) {
                    user.failed = failed;
                }
            }
            JobKind::PushGroup { .. } => {
                if let Some(mapping) = pushed.and_then(|group| app.pushed_groups.get_mut(&group)) {
                    if let Some(id) = &result.id {
                        mapping.target_id = Some(id.clone());
                    }
                    if failed {
                        mapping.state = MappingState::Error;
                    } else {
                        if mapping.state == MappingState::Error {
                            mapping.state = MappingState::Active;
                        }
                        mapping.record(result);
                    }
                }
            }
            JobKind::DeleteGroup { id, .. } => {
                if let (Some(known), false) = (&mut app.known_groups, failed) {
                    known.retain(|_, other| other != id);
                }
            }
            JobKind::SetActive { id, active, .. } => {
                if let (false, true, Some(person)) = (*active, failed, person) {
                    let left = LeftActive { id: id.clone(), cause: LeftActiveCause::DeactivationFailed };
                    app.left_active.insert(person, left);
                }
            }
        }
    }

    /// Adds the task of a job that failed. A failed test or import of the connection leaves none.
    pub fn record_task(&mut self, spec: &JobSpec, text: &str) {
        let Ok(at) = self.app_id(&spec.app) else { return };
        if spec.kind.subject().is_none() {
            return;
        }
        let (app, task) = (self.at_mut(at), Task { spec: spec.clone(), text: text.to_owned() });
        if task.offers_retry() || app.deprovisioning_tasks {
            app.tasks.push(task);
        }
    }
}

impl App {
    fn record_groups(&mut self, result: &JobResult) {
        if let Some(groups) = &result.groups {
            let mut known = groups.clone();
            // Okta does not import the groups that it pushed (AZLAB-20).
            known.retain(|_, id| self.pushed_groups.values().all(|mapping| mapping.target_id.as_ref() != Some(id)));
            self.known_groups = Some(known);
        }
    }

    fn record_provisioned(&mut self, person: PersonId, result: &JobResult, failed: bool) {
        // An earlier action may have removed the assignment.
        let Some(user) = self.users.get_mut(&person) else { return };
        user.failed = failed;
        if failed {
            // Okta keeps no ID of a match whose profile push failed (DEVF7207).
            user.lost_match = result.id.clone().filter(|_| result.active);
        } else if let Some(id) = &result.id {
            user.external_id = Some(id.clone());
            user.lost_match = None;
            self.former.remove(&person);
            self.left_active.remove(&person);
        }
    }
}

impl GroupPushMapping {
    fn record(&mut self, result: &JobResult) {
        if let Some(name) = &result.name {
            self.name.clone_from(name);
        }
        if let Some(members) = &result.members {
            self.pushed = members.iter().cloned().collect();
        }
        self.pushed.extend(result.added.iter().cloned());
        for person in &result.removed {
            self.pushed.remove(person);
        }
    }
}

//! Results of jobs, and how they change the org.

use std::collections::BTreeMap;

use super::model::{GroupPushMapping, MappingState};
use super::specs::{GroupPush, JobKind, JobSpec};
use super::state::Org;

/// The data that a job collected from responses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobResult {
    /// The target's `id` of the user or group.
    pub id: Option<String>,
    /// The group name that was sent to the target.
    pub name: Option<String>,
    /// Members that were pushed, as (person, target id).
    pub added: Vec<(String, String)>,
    /// Members that were removed.
    pub removed: Vec<String>,
    /// Imported users, from userName to `id`.
    pub users: BTreeMap<String, String>,
    /// Imported groups, from displayName to `id`.
    pub groups: BTreeMap<String, String>,
}

impl Org {
    /// Stores the result of a job. `task` is the error that the administrator sees if the job failed; a failed job waits
    /// in the app's tasks for a retry.
    pub fn record(&mut self, spec: &JobSpec, result: &JobResult, task: Option<&str>) {
        let Ok(app) = self.app_mut(&spec.app) else { return };
        match &spec.kind {
            JobKind::TestConnection { .. } => return,
            JobKind::Import { .. } => {
                if task.is_none() {
                    app.imported_users.clone_from(&result.users);
                    app.imported_groups.clone_from(&result.groups);
                }
                return;
            }
            JobKind::ProvisionUser { person } => {
                // An earlier action may have removed the assignment.
                if let Some(user) = app.users.get_mut(person) {
                    user.failed = task.is_some();
                    if let Some(id) = &result.id {
                        user.external_id = Some(id.clone());
                        app.former.remove(person);
                    }
                }
            }
            JobKind::UpdateProfile { person } | JobKind::PushPassword { person } => {
                if let Some(user) = app.users.get_mut(person) {
                    user.failed = task.is_some();
                }
            }
            JobKind::PushGroup { group, push } => {
                if let Some(mapping) = app.push_mut(group) {
                    if let Some(id) = &result.id {
                        mapping.target_id = Some(id.clone());
                    }
                    if task.is_some() {
                        mapping.state = MappingState::Error;
                    } else {
                        if mapping.state == MappingState::Error {
                            mapping.state = MappingState::Active;
                        }
                        record_push(mapping, push, result);
                    }
                }
            }
            JobKind::SetActive { .. } | JobKind::DeleteGroup { .. } => {}
        }
        if let Some(text) = task {
            app.tasks.push((spec.clone(), text.to_owned()));
        }
    }
}

fn record_push(mapping: &mut GroupPushMapping, push: &GroupPush, result: &JobResult) {
    if let Some(name) = &result.name {
        mapping.name.clone_from(name);
    }
    if matches!(push, GroupPush::Full | GroupPush::First { .. }) {
        mapping.pushed.clear();
    }
    mapping.pushed.extend(result.added.iter().cloned());
    for person in &result.removed {
        mapping.pushed.remove(person);
    }
}

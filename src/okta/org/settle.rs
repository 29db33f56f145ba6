//! Enters into the org what a job learned.

use super::{MappingState, Org, Push, What};
use crate::okta::plan::{Job, Learned};

impl Org {
    /// Enters what a job learned. `task` is what the administrator reads when it failed; the job then waits for a retry.
    pub fn settle(&mut self, job: &Job, task: Option<&str>) {
        let spec = job.spec().clone();
        let learned = job.learned();
        let Ok(app) = self.app_mut(&spec.app) else { return };
        match &spec.what {
            What::Connect { .. } => return,
            What::Import { .. } => {
                if task.is_none() {
                    app.imported_users.clone_from(&learned.users);
                    app.imported_groups.clone_from(&learned.groups);
                }
                return;
            }
            What::Provision { person } => {
                // The assignment may be gone by now.
                if let Some(user) = app.users.get_mut(person) {
                    user.failed = task.is_some();
                    if let Some(id) = &learned.id {
                        user.external_id = Some(id.clone());
                        app.former.remove(person);
                    }
                }
            }
            What::UpdateProfile { person } | What::PushPassword { person } => {
                if let Some(user) = app.users.get_mut(person) {
                    user.failed = task.is_some();
                }
            }
            What::PushGroup { group, push } => {
                if let Some(mapping) = app.push_mut(group) {
                    if let Some(id) = &learned.id {
                        mapping.target_id = Some(id.clone());
                    }
                    if task.is_some() {
                        mapping.state = MappingState::Error;
                    } else {
                        if mapping.state == MappingState::Error {
                            mapping.state = MappingState::Active;
                        }
                        enter(mapping, push, learned);
                    }
                }
            }
            What::SetActive { .. } | What::DeleteGroup { .. } => {}
        }
        if let Some(text) = task {
            app.tasks.push((spec, text.to_owned()));
        }
    }
}

fn enter(mapping: &mut super::GroupPushMapping, push: &Push, learned: &Learned) {
    if let Some(name) = &learned.name {
        mapping.name.clone_from(name);
    }
    if matches!(push, Push::Full | Push::First { .. }) {
        mapping.pushed.clear();
    }
    mapping.pushed.extend(learned.added.iter().cloned());
    for person in &learned.removed {
        mapping.pushed.remove(person);
    }
}

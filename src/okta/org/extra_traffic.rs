//! The traffic of a [`Sabotage`], which the real Okta never sends.

use super::model::{App, MappingState};
use super::specs::{GroupPush, JobKind, JobSpec, MemberChange, Waves};
use super::state::Org;
use crate::okta::action::Action;
use crate::okta::habits::{Habits, Sabotage};

impl Org {
    /// Returns the additional jobs of an action that is about to change the org; none unless a test sabotages the
    /// simulator.
    pub(super) fn extra_waves(&self, action: &Action, habits: &Habits) -> Waves {
        let of = |app| self.extra_jobs(app, action, habits).into_iter().map(|kind| app.spec(kind));
        let specs: Vec<JobSpec> = self.apps.iter().flat_map(of).collect();
        if specs.is_empty() { Waves::new() } else { vec![specs] }
    }

    fn extra_jobs(&self, app: &App, action: &Action, habits: &Habits) -> Vec<JobKind> {
        let set_inactive =
            |person: &String, id: &str| JobKind::SetActive { person: person.clone(), id: id.to_owned(), active: false };
        let deactivation = |person: &String| Some(set_inactive(person, self.external_id(app, person)?));
        let former = |person: &str| app.former.get(&self.people.find(person)?);
        let ignores_switches = habits.has(Sabotage::ToAppOff);
        match action {
            Action::UpdateProfile { person, .. } if self.external_id(app, person).is_some() => {
                let sent = habits.has(Sabotage::UnmappedChange) || (ignores_switches && !app.to_app.update);
                if sent { vec![JobKind::UpdateProfile { person: person.clone() }] } else { Vec::new() }
            }
            Action::ChangePassword { person }
                if habits.has(Sabotage::PasswordOff) && self.external_id(app, person).is_some() =>
            {
                vec![JobKind::PushPassword { person: person.clone() }]
            }
            Action::RetryTasks { .. } if habits.has(Sabotage::Retry) => {
                app.tasks.iter().map(|task| task.spec.kind.clone()).collect()
            }
            Action::Unassign { people, .. } if ignores_switches && !app.to_app.deactivate => {
                people.iter().filter_map(deactivation).collect()
            }
            Action::DeletePerson { person } if habits.has(Sabotage::Deletion) => {
                former(person).map(|id| set_inactive(person, id)).into_iter().collect()
            }
            Action::ReactivatePerson { person } if habits.has(Sabotage::Reactivation) => {
                let activation =
                    |id: &String| JobKind::SetActive { person: person.clone(), id: id.clone(), active: true };
                former(person).map(activation).into_iter().collect()
            }
            Action::UnlinkGroup { group, delete: false, .. } if habits.has(Sabotage::UnlinkLeave) => {
                let id = self.push(app, group).and_then(|mapping| mapping.target_id.clone());
                id.map(|id| JobKind::DeleteGroup { group: group.clone(), id }).into_iter().collect()
            }
            Action::AddToGroup { group, people } if habits.has(Sabotage::PushPaused) => {
                let paused = self.push(app, group).is_some_and(|mapping| mapping.state == MappingState::Inactive);
                let joined = people.iter().filter_map(|person| self.people.find(person)).collect();
                let push = GroupPush::Members(MemberChange { joined, ..MemberChange::default() });
                if paused { vec![JobKind::PushGroup { group: group.clone(), push }] } else { Vec::new() }
            }
            Action::RemoveFromGroup { group, people } if habits.has(Sabotage::SecondAssignment) => {
                let assigned_twice = |person: &&String| {
                    let ways = self.ways(app, person);
                    ways.direct && ways.groups.contains(group)
                };
                people.iter().filter(assigned_twice).filter_map(deactivation).collect()
            }
            _ => Vec::new(),
        }
    }
}

//! The traffic of a [`Sabotage`], which the real Okta never sends.

use super::model::{App, MappingState};
use super::specs::{GroupPush, JobKind, JobSpec, MemberChange, Waves};
use super::state::Org;
use crate::okta::action::Action;
use crate::okta::habits::{Habits, Sabotage};

/// Returns the additional jobs of an action that led from `before` to `after`; none unless a test sabotages the simulator.
pub(super) fn extra_waves(before: &Org, after: &Org, action: &Action, habits: &Habits) -> Waves {
    let specs: Vec<JobSpec> = before
        .apps
        .iter()
        .zip(&after.apps)
        .flat_map(|(old, new)| {
            let jobs = extra_jobs(before, old, new, action, habits);
            jobs.into_iter().map(|kind| JobSpec { app: new.label.clone(), kind })
        })
        .collect();
    if specs.is_empty() { Waves::new() } else { vec![specs] }
}

fn extra_jobs(before: &Org, old: &App, new: &App, action: &Action, habits: &Habits) -> Vec<JobKind> {
    let set_inactive =
        |person: &String, id: &str| JobKind::SetActive { person: person.clone(), id: id.to_owned(), active: false };
    let deactivation = |person: &String| Some(set_inactive(person, old.external_id(person)?));
    let ignores_switches = habits.has(Sabotage::ToAppOff);
    match action {
        Action::UpdateProfile { person, .. } if old.external_id(person).is_some() => {
            let sent = habits.has(Sabotage::UnmappedChange) || (ignores_switches && !old.to_app.update);
            if sent { vec![JobKind::UpdateProfile { person: person.clone() }] } else { Vec::new() }
        }
        Action::Unassign { people, .. } if ignores_switches && !old.to_app.deactivate => {
            people.iter().filter_map(deactivation).collect()
        }
        Action::DeletePerson { person } if habits.has(Sabotage::Deletion) => {
            old.former.get(person).map(|id| set_inactive(person, id)).into_iter().collect()
        }
        Action::ReactivatePerson { person } if habits.has(Sabotage::Reactivation) => {
            let id = old.former.get(person).cloned();
            id.map(|id| JobKind::SetActive { person: person.clone(), id, active: true }).into_iter().collect()
        }
        Action::UnlinkGroup { group, delete: false, .. } if habits.has(Sabotage::UnlinkLeave) => {
            let id = old.push(group).and_then(|mapping| mapping.target_id.clone());
            id.map(|id| JobKind::DeleteGroup { group: group.clone(), id }).into_iter().collect()
        }
        Action::AddToGroup { group, people } if habits.has(Sabotage::PushPaused) => {
            let paused = new.push(group).is_some_and(|mapping| mapping.state == MappingState::Inactive);
            let push = GroupPush::Members(MemberChange { joined: people.clone(), ..MemberChange::default() });
            if paused { vec![JobKind::PushGroup { group: group.clone(), push }] } else { Vec::new() }
        }
        Action::RemoveFromGroup { group, people } if habits.has(Sabotage::SecondAssignment) => {
            let assigned_twice = |person: &&String| old.direct.contains(*person) && old.assigned_groups.contains(group);
            let was_member = |person: &&String| before.group(group).is_ok_and(|group| group.members.contains(person));
            people.iter().filter(assigned_twice).filter(was_member).filter_map(deactivation).collect()
        }
        _ => Vec::new(),
    }
}

//! What an Okta would send that does not keep still where the real one does.
//!
//! That nothing is sent can only be shown by an Okta that sends something there: each habit here has a value that no
//! source shows, so that a spec which says "Okta sends nothing" can be seen to notice.

use super::act::Waves;
use super::{App, MappingState, Org, Push, Spec, What};
use crate::okta::action::Action;
use crate::okta::habits::{Habits, names};

/// What is sent beyond what Okta sends, for an action that led from `before` to `after`.
pub(super) fn waves(before: &Org, after: &Org, action: &Action, habits: &Habits) -> Waves {
    let specs: Vec<Spec> = before
        .apps
        .iter()
        .zip(&after.apps)
        .flat_map(|(was, is)| {
            let what = about(before, was, is, action, habits);
            what.into_iter().map(|what| Spec { app: is.label.clone(), what })
        })
        .collect();
    if specs.is_empty() { Waves::new() } else { vec![specs] }
}

fn about(before: &Org, was: &App, is: &App, action: &Action, habits: &Habits) -> Vec<What> {
    let inactive =
        |person: &String, id: &str| What::SetActive { person: person.clone(), id: id.to_owned(), active: false };
    let held = |person: &String| Some(inactive(person, was.external_id(person)?));
    let off = habits.is(names::TO_APP_OFF, "sent");
    match action {
        Action::UpdateProfile { person, .. } if was.external_id(person).is_some() => {
            let sent = habits.is(names::UNMAPPED_CHANGE, "sent") || (off && !was.to_app.update);
            if sent { vec![What::UpdateProfile { person: person.clone() }] } else { Vec::new() }
        }
        Action::Unassign { people, .. } if off && !was.to_app.deactivate => people.iter().filter_map(held).collect(),
        Action::DeletePerson { person } if habits.is(names::DELETION, "deactivate") => {
            was.former.get(person).map(|id| inactive(person, id)).into_iter().collect()
        }
        Action::ReactivatePerson { person } if habits.is(names::REACTIVATION, "activate") => {
            let id = was.former.get(person).cloned();
            id.map(|id| What::SetActive { person: person.clone(), id, active: true }).into_iter().collect()
        }
        Action::UnlinkGroup { group, delete: false, .. } if habits.is(names::UNLINK_LEAVE, "delete") => {
            let id = was.push(group).and_then(|mapping| mapping.target_id.clone());
            id.map(|id| What::DeleteGroup { group: group.clone(), id }).into_iter().collect()
        }
        Action::AddToGroup { group, .. } if habits.is(names::PUSH_PAUSED, "sent") => {
            let paused = is.push(group).is_some_and(|mapping| mapping.state == MappingState::Inactive);
            let push = Push::Change { removed: Vec::new(), forced: Vec::new() };
            if paused { vec![What::PushGroup { group: group.clone(), push }] } else { Vec::new() }
        }
        Action::RemoveFromGroup { group, people } if habits.is(names::SECOND_ASSIGNMENT, "ignored") => {
            let both = |person: &&String| was.direct.contains(*person) && was.assigned_groups.contains(group);
            let member = |person: &&String| before.group(group).is_ok_and(|group| group.members.contains(person));
            people.iter().filter(both).filter(member).filter_map(held).collect()
        }
        _ => Vec::new(),
    }
}

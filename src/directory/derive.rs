//! Which events a change yields: one table.
//!
//! Within one change a group's own event comes first, then those who left, then those who joined. A group that is
//! deleted, and a user that is, take their memberships along without `user_removed` (WorkOS: "group deleted, no
//! user_removed"; for users the sources disagree, and this is the choice here).

use super::change::{Change, DirectoryRef, Transition};
use super::model::DirectoryGroup;
use super::{UserWithProfile, payload};
use crate::events::{Draft, EventName};

/// The events of a change, in log order.
#[must_use]
pub fn derive(change: &Change) -> Vec<Draft> {
    match change {
        Change::Nothing => Vec::new(),
        Change::Activated(directory) => vec![draft(EventName::Activated, payload::directory(directory))],
        Change::TokenCreated(directory, token) => {
            vec![draft(EventName::TokenCreated, payload::token(directory, token))]
        }
        Change::TokenRevoked(directory, token) => {
            vec![draft(EventName::TokenRevoked, payload::token(directory, token))]
        }
        Change::User(directory, user) => of_user(directory, user).into_iter().collect(),
        Change::Group { directory, group, removed, added } => of_group(directory, group, removed, added),
    }
}

fn draft(name: EventName, data: serde_json::Value) -> Draft {
    Draft { name, data }
}

fn of_user(directory: &DirectoryRef, user: &Transition<UserWithProfile>) -> Option<Draft> {
    let show = |person| payload::user(directory, person);
    match user {
        Transition::Created(person) => Some(draft(EventName::UserCreated, show(person))),
        Transition::Deleted(person) => Some(draft(EventName::UserDeleted, show(person))),
        Transition::Updated { before, after } => {
            payload::updated(&show(before), show(after)).map(|data| draft(EventName::UserUpdated, data))
        }
    }
}

fn of_group(
    directory: &DirectoryRef,
    group: &Transition<DirectoryGroup>,
    removed: &[UserWithProfile],
    added: &[UserWithProfile],
) -> Vec<Draft> {
    let show = |team| payload::group(directory, team);
    let (own, team) = match group {
        Transition::Created(team) => (Some(draft(EventName::GroupCreated, show(team))), team),
        Transition::Deleted(team) => return vec![draft(EventName::GroupDeleted, show(team))],
        Transition::Updated { before, after } => {
            let data = payload::updated(&show(before), show(after));
            (data.map(|data| draft(EventName::GroupUpdated, data)), after)
        }
    };
    let edges = |name, people: &[UserWithProfile]| -> Vec<Draft> {
        people.iter().map(|person| draft(name, payload::membership(directory, person, team))).collect()
    };
    let left = edges(EventName::GroupUserRemoved, removed);
    let joined = edges(EventName::GroupUserAdded, added);
    own.into_iter().chain(left).chain(joined).collect()
}

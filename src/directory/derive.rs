//! The events that each change yields, as one table.
//!
//! Within one change, a group's own event comes first, then `user_removed` for each member that left, then `user_added`
//! for each member that joined. Deleting a group or a user ends its memberships without `user_removed` (WorkOS: "group
//! deleted, no user_removed"; for users the sources disagree, and this is the choice here).

use serde::Serialize;
use serde_json::Value;

use super::change::{Change, DirectoryRef, Transition, UserWithProfile};
use super::model::DirectoryGroup;
use super::payload;
use crate::events::{Draft, EventName};

/// The events of one change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Events {
    /// The event of the user, group, directory or token itself.
    pub own: Option<Draft>,
    /// Renders the events of membership changes. `None` if the change has no such events.
    pub memberships: Option<MembershipEvents>,
}

/// Renders one event for each directory user that joins or leaves a group, so that a backend can write the events of a
/// large group without building all of them first.
#[derive(Debug, Clone, PartialEq)]
pub struct MembershipEvents {
    directory: DirectoryRef,
    /// The payload of the group after the change.
    group: Value,
}

/// A membership change as `data` shows it.
#[derive(Serialize)]
struct Membership<'a> {
    directory_id: &'a str,
    user: Value,
    group: &'a Value,
}

impl MembershipEvents {
    /// Renders the `data` of `dsync.group.user_added` or `dsync.group.user_removed` as JSON text.
    ///
    /// # Errors
    /// If serialization fails, which it does not for these types.
    pub fn data(&self, user: &UserWithProfile) -> serde_json::Result<String> {
        let user = payload::user(&self.directory, user);
        serde_json::to_string(&Membership { directory_id: &self.directory.directory_id, user, group: &self.group })
    }
}

/// Returns the events of a change.
#[must_use]
pub fn derive(change: &Change) -> Events {
    let own = match change {
        Change::Nothing => None,
        Change::Activated(directory) => Some(draft(EventName::Activated, payload::directory(directory))),
        Change::TokenCreated(directory, token) => {
            Some(draft(EventName::TokenCreated, payload::token(directory, token)))
        }
        Change::TokenRevoked(directory, token) => {
            Some(draft(EventName::TokenRevoked, payload::token(directory, token)))
        }
        Change::User(directory, user) => of_user(directory, user),
        Change::Group(directory, group) => return of_group(directory, group),
    };
    Events { own, memberships: None }
}

fn draft(name: EventName, data: Value) -> Draft {
    Draft { name, data }
}

fn of_user(directory: &DirectoryRef, user: &Transition<UserWithProfile>) -> Option<Draft> {
    let show = |user| payload::user(directory, user);
    match user {
        Transition::Created(user) => Some(draft(EventName::UserCreated, show(user))),
        Transition::Deleted(user) => Some(draft(EventName::UserDeleted, show(user))),
        Transition::Updated { before, after } => {
            payload::updated(&show(before), show(after)).map(|data| draft(EventName::UserUpdated, data))
        }
    }
}

fn of_group(directory: &DirectoryRef, group: &Transition<DirectoryGroup>) -> Events {
    let show = |group| payload::group(directory, group);
    let memberships = |group| Some(MembershipEvents { directory: directory.clone(), group });
    match group {
        Transition::Created(group) => {
            let data = show(group);
            Events { own: Some(draft(EventName::GroupCreated, data.clone())), memberships: memberships(data) }
        }
        Transition::Deleted(group) => {
            Events { own: Some(draft(EventName::GroupDeleted, show(group))), memberships: None }
        }
        Transition::Updated { before, after } => {
            let group = show(after);
            let data = payload::updated(&show(before), group.clone());
            Events { own: data.map(|data| draft(EventName::GroupUpdated, data)), memberships: memberships(group) }
        }
    }
}

//! The events that each change yields, as one table.
//!
//! Within one change, a group's own event comes first, then `user_removed` for each member that left, then `user_added`
//! for each member that joined. Deleting a group or a user ends its memberships without `user_removed` (WorkOS: "group
//! deleted, no user_removed"; for users the sources disagree, and this is the choice here).
//!
//! If an existing SCIM user gets a new directory user, `user.created` comes first, then `user_added` for each group
//! of which it is a direct member, in the order in which the groups were created. A consumer that follows the log
//! therefore knows all direct memberships of all directory users.

use serde::Serialize;
use serde_json::Value;

use super::change::{Change, DirectoryRef, Transition, UserWithProfile};
use super::model::DirectoryGroup;
use super::payload;
use super::user_settings::UserSettings;
use crate::events::{Draft, EventName};

/// The events of one change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Events {
    /// The event of the user, group, directory or token itself.
    pub own: Option<Draft>,
    /// The events of memberships, which follow it.
    pub memberships: MembershipEvents,
}

/// The events of memberships. They are rendered one by one, so that a backend can write those of a large group, or of a
/// user in many groups, without building all of them first.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum MembershipEvents {
    /// The change has no such events.
    #[default]
    None,
    /// One event for each directory user that leaves or joins the group: first `user_removed`, then `user_added`.
    OfGroup(GroupMembershipEvents),
    /// `user_added` for each group of which the user is a direct member, in the order in which the groups were created.
    OfUser(UserMembershipEvents),
}

/// Renders the membership events of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMembershipEvents {
    directory: DirectoryRef,
    /// The payload of the group after the change.
    group: Value,
}

/// Renders the membership events of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserMembershipEvents {
    directory: DirectoryRef,
    /// The payload of the user, the same as in `user.created`.
    user: Value,
}

/// A membership as `data` shows it.
#[derive(Serialize)]
struct Membership<'a> {
    directory_id: &'a str,
    user: &'a Value,
    group: &'a Value,
}

impl GroupMembershipEvents {
    /// Returns the settings of the directory's users.
    #[must_use]
    pub const fn users(&self) -> &UserSettings {
        &self.directory.users
    }

    /// Renders the `data` of `dsync.group.user_added` or `dsync.group.user_removed` as JSON text.
    ///
    /// # Errors
    /// If serialization fails, which it does not for these types.
    pub fn data(&self, user: &UserWithProfile) -> serde_json::Result<String> {
        let Self { directory, group } = self;
        let user = &payload::user(directory, user);
        serde_json::to_string(&Membership { directory_id: &directory.directory_id, user, group })
    }
}

impl UserMembershipEvents {
    /// Renders the `data` of `dsync.group.user_added` as JSON text.
    ///
    /// # Errors
    /// If serialization fails, which it does not for these types.
    pub fn data(&self, group: &DirectoryGroup) -> serde_json::Result<String> {
        let Self { directory, user } = self;
        let group = &payload::group(directory, group);
        serde_json::to_string(&Membership { directory_id: &directory.directory_id, user, group })
    }
}

/// Returns the events of a change.
#[must_use]
pub fn derive(change: &Change) -> Events {
    let own = match change {
        Change::Nothing => None,
        Change::Activated(directory, domains) => {
            Some(draft(EventName::Activated, payload::activated(directory, domains)))
        }
        Change::Removed(directory) => Some(draft(EventName::Deleted, payload::removed(directory))),
        Change::TokenCreated(directory, token) => {
            Some(draft(EventName::TokenCreated, payload::token(directory, token)))
        }
        Change::TokenRevoked(directory, token) => {
            Some(draft(EventName::TokenRevoked, payload::token(directory, token)))
        }
        Change::User(directory, user) => of_user(directory, user),
        Change::UserWithMemberships(directory, user) => return of_user_with_memberships(directory, user),
        Change::Group(directory, group) => return of_group(directory, group),
    };
    Events { own, memberships: MembershipEvents::None }
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

fn of_user_with_memberships(directory: &DirectoryRef, user: &UserWithProfile) -> Events {
    let user = payload::user(directory, user);
    let own = Some(draft(EventName::UserCreated, user.clone()));
    let events = UserMembershipEvents { directory: directory.clone(), user };
    Events { own, memberships: MembershipEvents::OfUser(events) }
}

fn of_group(directory: &DirectoryRef, group: &Transition<DirectoryGroup>) -> Events {
    let show = |group| payload::group(directory, group);
    let memberships = |group| MembershipEvents::OfGroup(GroupMembershipEvents { directory: directory.clone(), group });
    match group {
        Transition::Created(group) => {
            let data = show(group);
            Events { own: Some(draft(EventName::GroupCreated, data.clone())), memberships: memberships(data) }
        }
        Transition::Deleted(group) => {
            Events { own: Some(draft(EventName::GroupDeleted, show(group))), memberships: MembershipEvents::None }
        }
        Transition::Updated { before, after } => {
            let group = show(after);
            let data = payload::updated(&show(before), group.clone());
            Events { own: data.map(|data| draft(EventName::GroupUpdated, data)), memberships: memberships(group) }
        }
    }
}

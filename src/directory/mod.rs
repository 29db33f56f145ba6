//! Directory sync rules, pure: how a command changes rows ([`apply`]), which events a change yields
//! ([`derive`](mod@derive)), and how operators manage organizations, directories, tokens and API keys
//! ([`administration`]).
//!
//! Nothing here reads a clock, mints an ID or touches a database; all of these are parameters. The steps in which a
//! backend uses these functions are described in [`store::steps`](crate::store::steps).
//!
//! Decisions where the sources leave room:
//! - In `delete` mode, a user created inactive has no directory user until it is active. A deactivated user keeps its SCIM
//!   memberships. While it has no directory user, changes of them yield no events. When it becomes active it gets a new
//!   directory user and its memberships: `user.created`, then `user_added` for each group of which the SCIM user is a
//!   direct member. The sources disagree (`workos-dsync` section 2.5): this follows the documentation of WorkOS. Notes on
//!   its migration proxy keep the ID and do not announce the memberships again: that is the mode `delete-retained`, in which
//!   the row stays but is hidden. While it is hidden, changes of its memberships yield no events, and no event tells of them
//!   later.
//! - A document without `active` is active.
//! - Deleting a user or a group ends memberships without `user_removed`. Each group that loses a member this way gets a new
//!   version.
//! - A group's identity (externalId, else displayName) is unique and survives renames, so the old name of a renamed group
//!   stays taken.
//! - A group may contain groups, but never itself. Only users yield `user_added` and `user_removed`.
//! - Adding a present member or removing an absent one changes nothing. `replace` may change a member's `display`, which
//!   gives the group a new version but yields no event.
//! - A user's role follows from its direct memberships at the time of an event. A role that changes with a membership or
//!   with the settings yields no event of its own.
//! - A change of settings yields no event and affects a user only at its next change.

pub mod address;
pub mod administration;
pub mod apply;
pub mod change;
pub mod command;
pub mod credentials;
pub mod derive;
pub mod event_stream;
pub mod members;
pub mod model;
pub mod payload;
pub mod profile;
pub mod receiver;
pub mod resource_change;
pub mod samples;
pub mod user_settings;
pub mod webhook;

pub use apply::{ApplyContext, Entity, Outcome, Subject};
pub use change::{Change, DirectoryRef, Transition, UserWithProfile};
pub use command::Command;
pub use model::{Directory, DirectoryGroup, DirectoryState, DirectoryUser, Organization, Settings, Token, UserState};
pub use user_settings::UserSettings;

#[cfg(test)]
mod tests;

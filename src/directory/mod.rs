//! Directory sync, pure: organizations, directories, tokens, directory users and groups, how a command changes the rows
//! ([`apply`]), and which events a change yields ([`derive`](mod@derive)).
//!
//! A backend carries out a command in four steps, reading only the rows that the command names: it loads the resource
//! and asks [`apply::admit`]; it loads the members that [`members::needs`] names and asks [`members::resolve`] for the
//! deltas; it loads the people whom the deltas move and calls [`apply::apply`]; it writes the outcome and appends what
//! [`derive::derive`] makes of the change. Nothing here reads a clock, mints an id or touches a database.
//!
//! Decisions where the sources leave room:
//! - `delete` mode: a person who comes in inactive has no directory user until active; one who is deactivated keeps the
//!   SCIM memberships, and they are not told again on return (the sources disagree; `workos-dsync` section 2.5);
//! - a document without `active` is active;
//! - deleting a user or a group ends memberships without `user_removed`; the groups that lose a member that way are
//!   another version;
//! - a group's identity (externalId, else displayName) is unique and sticky: the old name of a renamed group stays taken;
//! - a group may hold groups, never itself; only users yield `user_added` and `user_removed`;
//! - adding a present member or removing an absent one is no change; `replace` may change a member's `display`, which is
//!   another version of the group and no event;
//! - a change of settings yields no event, and touches nobody until the next change of that person.

pub mod administration;
pub mod apply;
pub mod change;
pub mod command;
pub mod derive;
pub mod members;
pub mod model;
pub mod payload;
pub mod profile;

pub use apply::{ApplyContext, Entity, Outcome, Subject};
pub use change::{Change, DirectoryRef, Transition, UserWithProfile};
pub use command::Command;
pub use model::{Directory, DirectoryGroup, DirectoryUser, Organization, Settings, Token, UserState};

#[cfg(test)]
mod tests;

//! Directory sync, pure: organizations, directories, tokens, directory users and groups, how a command changes the rows
//! ([`apply`]), and which events a change yields ([`derive`]).
//!
//! A backend carries out a command in four steps, reading only the rows that the command names: it loads the resource
//! and asks [`apply::admit`]; it loads the members that [`members::needs`] names and asks [`members::resolve`] for the
//! deltas; it loads the people whom the deltas move and calls [`apply::apply`]; it writes the outcome and appends what
//! [`derive::derive`] makes of the change. Nothing here reads a clock, mints an id or touches a database.

pub mod apply;
pub mod change;
pub mod derive;
pub mod members;
pub mod model;
pub mod payload;
pub mod profile;

pub use apply::{Command, Context, Entity, Outcome, Subject};
pub use change::{Change, Person, Place, Transition};
pub use model::{Directory, DirectoryGroup, DirectoryUser, OnDeactivate, Organization, Settings, Token, UserState};

#[cfg(test)]
mod tests;

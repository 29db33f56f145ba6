//! Directory sync, pure: organizations, directories, tokens, directory users and groups, how a command changes the rows
//! ([`apply`]), and which events a change yields ([`derive`]).

pub mod apply;
pub mod derive;
pub mod model;
pub mod payload;

pub use apply::{Change, Command};
pub use model::{Directory, DirectoryGroup, DirectoryUser, OnDeactivate, Organization, Settings, UserState};

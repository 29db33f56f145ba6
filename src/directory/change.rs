//! What a command or an order changed, as far as directory sync shows it.

use super::model::{Directory, DirectoryGroup, DirectoryUser, Token};
use super::profile::Profile;

/// Where a directory user or group belongs: the ids that every payload repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRef {
    /// `directory_…`
    pub directory_id: String,
    /// `org_…`
    pub organization_id: String,
}

impl From<&Directory> for DirectoryRef {
    fn from(directory: &Directory) -> Self {
        Self { directory_id: directory.id.clone(), organization_id: directory.organization_id.clone() }
    }
}

/// A directory user with the profile that its SCIM document gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct UserWithProfile {
    pub row: DirectoryUser,
    pub profile: Profile,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Transition<T> {
    /// It is new.
    Created(T),
    /// It was there and stays; the two may show the same, for example where only members moved.
    Updated { before: T, after: T },
    /// It is gone; this is how it was last seen.
    Deleted(T),
}

/// What a command changed: member deltas, never member lists.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing that directory sync shows.
    Nothing,
    /// A directory user.
    User(DirectoryRef, Box<Transition<UserWithProfile>>),
    /// A directory group, and who left and joined it. Members without a directory user (groups, people deactivated in
    /// `delete` mode) are not among them.
    Group {
        directory: DirectoryRef,
        group: Box<Transition<DirectoryGroup>>,
        removed: Vec<UserWithProfile>,
        added: Vec<UserWithProfile>,
    },
    /// A directory was made.
    Activated(Box<Directory>),
    /// A token was made.
    TokenCreated(DirectoryRef, Token),
    /// A token was revoked.
    TokenRevoked(DirectoryRef, Token),
}

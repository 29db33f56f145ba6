//! The changes of directory users, groups, directories and tokens that events report.

use super::model::{Directory, DirectoryGroup, DirectoryUser, OrganizationDomain, Token};
use super::profile::Profile;
use super::user_settings::UserSettings;

/// The part of a directory that every payload needs: its ID, that of its organization, and the settings of its users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryRef {
    /// `directory_…`
    pub directory_id: String,
    /// `org_…`
    pub organization_id: String,
    pub users: UserSettings,
}

impl From<&Directory> for DirectoryRef {
    fn from(directory: &Directory) -> Self {
        Self {
            directory_id: directory.id.clone(),
            organization_id: directory.organization_id.clone(),
            users: directory.settings.users.clone(),
        }
    }
}

/// A directory user together with the profile from its SCIM document.
#[derive(Debug, Clone, PartialEq)]
pub struct UserWithProfile {
    pub row: DirectoryUser,
    pub profile: Profile,
    /// The `idp_id` of each group that it is a direct member of; empty if the directory gives no roles.
    pub groups: Vec<String>,
}

/// A row before and after a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Transition<T> {
    /// The row is new.
    Created(T),
    /// The row existed and still does. Both sides are equal if, for example, only memberships changed.
    Updated { before: T, after: T },
    /// The row was deleted; this is its last state.
    Deleted(T),
}

/// A change that a command made. Memberships are not part of it: those that change are the
/// [`Deltas`](super::members::Deltas) of the command, those that are announced are in the store, and a backend renders
/// their events one by one.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing that directory sync reports.
    Nothing,
    /// A directory user changed.
    User(DirectoryRef, Box<Transition<UserWithProfile>>),
    /// A directory user was created for a SCIM user that existed without one: it was deactivated, or created inactive,
    /// and now is active. It may be a member of groups already; these memberships are announced.
    UserWithMemberships(DirectoryRef, Box<UserWithProfile>),
    /// A directory group changed, or its memberships did.
    Group(DirectoryRef, Box<Transition<DirectoryGroup>>),
    /// A directory was created, in an organization with these domains.
    Activated(Box<Directory>, Vec<OrganizationDomain>),
    /// A directory was removed with everything in it.
    Removed(Box<Directory>),
    /// A token was created.
    TokenCreated(DirectoryRef, Token),
    /// A token was revoked.
    TokenRevoked(DirectoryRef, Token),
}

//! Queries of the directory API, and their results: directory users, directory groups, directories and organizations in pages.
//!
//! Objects are listed in the order of their ids, which is that of their creation. The members of a group and the groups of
//! a user follow the creation of the SCIM resources, so that a page is read from an index whatever the size of the group.

use crate::directory::{DirectoryGroup, DirectoryRef, UserWithProfile};

/// The object at which a page begins or ends. It is not on the page itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// The page follows this object.
    After(String),
    /// The page precedes this object.
    Before(String),
}

/// The part of a list that a page covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectRange {
    /// The newest object comes first.
    pub descending: bool,
    pub cursor: Option<Cursor>,
    pub limit: usize,
}

/// A page of objects. It ends after [`ObjectRange::limit`] objects, or earlier at
/// [`limits::PAGE_BYTES`](crate::base::limits::PAGE_BYTES).
#[derive(Debug, Clone)]
pub struct ObjectPage<T> {
    pub objects: Vec<T>,
    /// The cursor of the page before; `None` on the first page.
    pub before: Option<String>,
    /// The cursor of the next page; `None` on the last page.
    pub after: Option<String>,
    /// The approximate size of the objects once they are rendered, in bytes.
    pub bytes: usize,
}

impl<T> Default for ObjectPage<T> {
    fn default() -> Self {
        Self { objects: Vec::new(), before: None, after: None, bytes: 0 }
    }
}

/// A query of directory users. Filters are combined with "and".
#[derive(Debug, Clone, Default)]
pub struct DirectoryUserQuery {
    /// `directory_…`
    pub directory: Option<String>,
    /// `directory_group_…`; only its direct members.
    pub group: Option<String>,
    /// Only together with `directory`.
    pub idp_id: Option<String>,
    /// The address of [`Profile::email`](crate::directory::profile::Profile::email), in any letter case. Only together
    /// with `directory`.
    pub email: Option<String>,
    pub range: ObjectRange,
}

/// A query of directory groups. Filters are combined with "and".
#[derive(Debug, Clone, Default)]
pub struct DirectoryGroupQuery {
    /// `directory_…`
    pub directory: Option<String>,
    /// `directory_user_…`; only groups of which it is a direct member.
    pub user: Option<String>,
    pub range: ObjectRange,
}

/// A query of directories. Filters are combined with "and".
#[derive(Debug, Clone, Default)]
pub struct DirectoryQuery {
    pub organization_id: Option<String>,
    /// A domain of the organization.
    pub domain: Option<String>,
    /// Text in the name, in any letter case.
    pub search: Option<String>,
    pub range: ObjectRange,
}

/// A query of organizations. Filters are combined with "and".
#[derive(Debug, Clone, Default)]
pub struct OrganizationQuery {
    /// One of these domains; empty for all organizations.
    pub domains: Vec<String>,
    /// Text in the name, in any letter case.
    pub search: Option<String>,
    pub range: ObjectRange,
}

/// A directory user with the directory that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredUser {
    pub directory: DirectoryRef,
    pub user: UserWithProfile,
}

/// A directory group with the directory that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredGroup {
    pub directory: DirectoryRef,
    pub group: DirectoryGroup,
}

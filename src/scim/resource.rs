//! Resource types, and the document of a resource with its version and times.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Object;

/// The core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The resource types of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// `/Users`
    User,
    /// `/Groups`
    Group,
}

impl Kind {
    /// `User`, `Group`: the name of the resource type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// `Users`, `Groups`: the endpoint without its slash.
    #[must_use]
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// The URN of the core schema.
    #[must_use]
    pub const fn urn(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }
}

/// One member of a group, as a request names it and as the group gives it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The id of the user or group.
    pub value: String,
    /// The `display` that the client sent; Okta sends the userName.
    pub display: Option<String>,
}

/// A resource as it is kept: the document that was sent, less `password`, `members`, `groups`, `id` and `meta`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The SCIM id, a ULID.
    pub id: String,
    /// User or Group.
    pub kind: Kind,
    /// The document, `schemas` included.
    pub document: Object,
    /// Counts changes from 1; `meta.version` is `W/"<version>"`.
    pub version: u64,
    /// `meta.created`
    pub created: Timestamp,
    /// `meta.lastModified`
    pub last_modified: Timestamp,
}

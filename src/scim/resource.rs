//! Resource types, and resources with their version and times.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Object;

/// The URN of the core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the core Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The resource types of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A user, under `/Users`.
    User,
    /// A group, under `/Groups`.
    Group,
}

impl Kind {
    /// Returns the name of the resource type: `User` or `Group`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Returns the endpoint without its slash: `Users` or `Groups`.
    #[must_use]
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// Returns the URN of the core schema.
    #[must_use]
    pub const fn urn(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }
}

/// One member of a group, as in requests and responses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The ID of the user or group.
    pub value: String,
    /// The `display` that the client sent; Okta sends the userName.
    pub display: Option<String>,
}

/// A stored resource. Its document is the one that was sent, without `password`, `members`, `groups`, `id` and `meta`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The SCIM ID, a ULID.
    pub id: String,
    /// The resource type.
    pub kind: Kind,
    /// The document, including `schemas`.
    pub document: Object,
    /// The number of changes, starting at 1; `meta.version` is `W/"<version>"`.
    pub version: u64,
    /// `meta.created`
    pub created: Timestamp,
    /// `meta.lastModified`
    pub last_modified: Timestamp,
}

//! The form of a row, and the capabilities that rows are about.

use super::source::Source;
use crate::okta::ClientKind;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// `okta/list-resources`. It never changes.
    pub id: &'static str,
    /// The client whose requests show a violation, `None` for both.
    pub client: Option<ClientKind>,
    pub capability: Capability,
    pub sources: &'static [Source],
    /// The demand, in one sentence.
    pub sentence: &'static str,
    /// The reason why it matters to Okta.
    pub why: &'static str,
    /// The way to fix a violation.
    pub fix: &'static str,
}

/// The part of a SCIM server that a requirement is about. A server may lack some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    /// Users: list, look up, create and read.
    Users,
    /// PUT on users.
    Put,
    /// PATCH on users.
    Patch,
    /// Changes of passwords.
    Password,
    /// Groups: list, look up, create, read and delete.
    Groups,
    /// PUT on groups.
    GroupPut,
    /// PATCH on groups.
    GroupPatch,
    /// Members of groups in responses.
    Members,
    Auth,
    /// Directory sync events, which a check reads only with an event source.
    Events,
}

impl Capability {
    /// Every capability with its name in reports and documentation.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Users, "users"),
        (Self::Put, "put"),
        (Self::Patch, "patch"),
        (Self::Password, "password"),
        (Self::Groups, "groups"),
        (Self::GroupPut, "group-put"),
        (Self::GroupPatch, "group-patch"),
        (Self::Members, "members"),
        (Self::Auth, "auth"),
        (Self::Events, "events"),
    ];

    /// Returns the name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(capability, _)| *capability == self).map_or("", |(_, name)| name)
    }
}

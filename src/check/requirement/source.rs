//! The source of a requirement: the document that demands something, and the weight of the demand.

use crate::report::Level;

/// The documents to which a source belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Okta's documentation, captured traffic, reports of administrators, and Okta's published suites.
    Okta,
    /// RFC 7643, 7644, 9865 and 9110.
    Rfc,
    /// Directory sync events as WorkOS documents them. They count only for a run with an event source.
    Dsync,
}

impl Family {
    /// Returns the name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Rfc => "rfc",
            Self::Dsync => "dsync",
        }
    }
}

/// A source and the weight that it gives to a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    pub family: Family,
    pub level: Level,
    /// The section of an RFC, or keys of docs/sources.md: `RFC 7644 §3.4.2`, `KB-HRMOS`.
    pub place: &'static str,
}

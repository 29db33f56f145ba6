//! The levels of requirements.

use serde::{Deserialize, Serialize};

/// The weight of a requirement, from the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Interoperability, other clients, a MAY.
    Note,
    /// A SHOULD of an RFC.
    Should,
    /// A MUST of an RFC.
    Must,
    /// Okta's published suites or its test plan ask for it.
    Review,
    /// A source shows that Okta reports an error, stops or loses data, or that the server ends in another state than the one
    /// that Okta sent.
    Okta,
    /// A request without the right credential reads or writes, or a response contains a secret.
    Security,
}

impl Level {
    /// Every level with its name in reports, from the highest to the lowest.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Security, "security"),
        (Self::Okta, "okta"),
        (Self::Review, "review"),
        (Self::Must, "must"),
        (Self::Should, "should"),
        (Self::Note, "note"),
    ];

    /// Returns the name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(level, _)| *level == self).map_or("", |(_, name)| name)
    }
}

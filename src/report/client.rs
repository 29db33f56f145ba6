//! Okta's clients in reports.

use serde::{Deserialize, Serialize};

/// One of Okta's clients, whose requests a server is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// A catalog app, from the Okta Integration Network.
    Oin,
    /// An app made with the App Integration Wizard.
    Aiw,
}

impl Client {
    /// Returns the name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oin => "oin",
            Self::Aiw => "aiw",
        }
    }

    /// Describes the client as a part of a sentence.
    #[must_use]
    pub(super) const fn described(self) -> &'static str {
        match self {
            Self::Oin => "as a catalog app (OIN)",
            Self::Aiw => "as an app made with the App Integration Wizard (AIW)",
        }
    }
}

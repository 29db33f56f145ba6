//! The provisioning clients of Okta.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The provisioning client of an app. They send different requests for the same change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// A catalog app, from the Okta Integration Network (OIN): PATCH for activation and groups, GET and PUT for profiles.
    #[default]
    Oin,
    /// An app created with the App Integration Wizard (AIW): GET and PUT for everything.
    Aiw,
    /// An app made with the OIN Wizard (OIW): HTTPS only, no Basic authentication, PATCH for users, and it reads the target's
    /// schemas (OIW). Documented, not captured; it is simulated as a catalog app that also reads `/Schemas`.
    Oiw,
}

/// A word that names no provisioning client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a provisioning client: use \"oin\" (catalog app), \"aiw\" (App Integration Wizard app) or \"oiw\" (OIN Wizard app)"
)]
pub struct UnknownClient(String);

impl ClientKind {
    /// Every client.
    pub const ALL: [Self; 3] = [Self::Oin, Self::Aiw, Self::Oiw];
    /// The clients that a check simulates, because their requests are recorded.
    pub const CHECKED: [Self; 2] = [Self::Oin, Self::Aiw];

    /// Returns `oin`, `aiw` or `oiw`, as in scenarios, tags and flags.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oin => "oin",
            Self::Aiw => "aiw",
            Self::Oiw => "oiw",
        }
    }

    /// Describes the client in one line, for `--help`.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Oin => "Catalog app, from the Okta Integration Network (OIN)",
            Self::Aiw => "App created with the App Integration Wizard (AIW)",
            Self::Oiw => "App made with the OIN Wizard: https only, no Basic authentication",
        }
    }
}

impl fmt::Display for ClientKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ClientKind {
    type Err = UnknownClient;

    fn from_str(word: &str) -> Result<Self, UnknownClient> {
        Self::ALL.into_iter().find(|client| client.as_str() == word).ok_or_else(|| UnknownClient(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_parse_from_their_names() {
        for client in ClientKind::ALL {
            assert_eq!(client.to_string().parse(), Ok(client));
        }
        assert!("OIN".parse::<ClientKind>().unwrap_err().to_string().contains("\"oin\""));
    }
}

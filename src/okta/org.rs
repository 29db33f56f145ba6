//! The org: people with Okta's states, groups, memberships, apps, assignments, pushed groups. Pure.

use serde::{Deserialize, Serialize};

/// Which provisioning client an app has (research: "OIN" and "AIW").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// The catalogue app: PATCH for activation and groups, GET and PUT for profiles.
    #[default]
    Oin,
    /// The wizard app: GET and PUT for everything.
    Aiw,
}

/// An Okta org.
#[derive(Debug, Clone, Default)]
pub struct Org {}

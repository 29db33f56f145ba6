//! The accounts that stay active in the target of a played scenario, although Okta has removed the person's access.

use serde::{Deserialize, Serialize};

/// An account that is still active in the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillActive {
    /// The label of the app.
    pub app: String,
    /// The person's key in the scenario.
    pub person: String,
    /// The target's `id` of the user.
    pub id: String,
    pub reason: StillActiveReason,
}

/// The reason why an account is still active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StillActiveReason {
    /// The deactivation failed. Okta tries it once (AZLAB-14).
    DeactivationFailed,
    /// Okta kept no ID of the account, because the profile push after the match failed (DEVF7207).
    LinkFailed,
}

//! The accounts that stay active in the target although Okta has removed the person's access. Pure.

use serde::Serialize;

use crate::okta::Org;
use crate::okta::org::{LeftActive, LeftActiveCause};

/// An account that is still active in the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StillActiveReason {
    /// The deactivation failed. Okta tries it once (AZLAB-14).
    DeactivationFailed,
    /// Okta kept no ID of the account, because the profile push after the match failed (DEVF7207).
    LinkFailed,
}

/// Lists the accounts that are active in the target, as far as the org knows, although they should not be.
#[must_use]
pub fn still_active(org: &Org) -> Vec<StillActive> {
    let of = |(app, person, left): (&String, &str, &LeftActive)| StillActive {
        app: app.clone(),
        person: person.to_owned(),
        id: left.id.clone(),
        reason: match left.cause {
            LeftActiveCause::DeactivationFailed => StillActiveReason::DeactivationFailed,
            LeftActiveCause::LinkFailed => StillActiveReason::LinkFailed,
        },
    };
    let apps = org.apps().iter();
    apps.flat_map(|app| org.left_active(app).into_iter().map(|(person, left)| of((&app.label, person, left)))).collect()
}

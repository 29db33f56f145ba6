//! The accounts that stay active in the target although Okta has removed the person's access. Pure.

use serde::Serialize;

use super::play::PlayedEntry;
use crate::okta::agent::observer::JobEnd;
use crate::okta::org::JobKind;

/// An account that is still active in the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StillActive {
    /// The label of the app.
    pub app: String,
    /// The person's key in the scenario.
    pub person: String,
    /// The target's `id` of the user.
    pub id: Option<String>,
    pub reason: StillActiveReason,
}

/// The reason why an account is still active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StillActiveReason {
    /// The deactivation failed. Okta tries it once (AZLAB-14).
    DeactivationFailed,
}

/// Returns the accounts that are active after these actions although they should not be. A later action that deactivates
/// the account, or assigns the app to the person again, removes it from the list.
#[must_use]
pub fn still_active(played: &[PlayedEntry]) -> Vec<StillActive> {
    let mut all: Vec<StillActive> = Vec::new();
    for job in played.iter().flat_map(|entry| &entry.outcome.jobs) {
        let (JobKind::SetActive { person, .. } | JobKind::ProvisionUser { person }) = &job.spec.kind else { continue };
        let succeeded = job.end == JobEnd::Done;
        if succeeded || job.deactivation().is_some() {
            all.retain(|one| one.app != job.spec.app || one.person != *person);
        }
        if let (Some((person, id)), false) = (job.deactivation(), succeeded) {
            all.push(StillActive {
                app: job.spec.app.clone(),
                person: person.to_owned(),
                id: Some(id.to_owned()),
                reason: StillActiveReason::DeactivationFailed,
            });
        }
    }
    all
}

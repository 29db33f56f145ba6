//! Finds the accounts that stay active in the target although Okta has removed the person's access. Pure.

use crate::okta::Org;
use crate::okta::org::{LeftActive, LeftActiveCause};
use crate::report::{StillActive, StillActiveReason};

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

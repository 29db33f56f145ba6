//! The Okta org of a scenario.

use crate::okta::{ClientKind, Org};

/// An org with one app.
#[must_use]
pub(super) fn with_one_app(label: &str, client: ClientKind) -> Org {
    Org::with_app(label, client)
}

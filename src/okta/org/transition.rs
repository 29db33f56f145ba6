//! The transitions between the states of a person, as in Okta's lifecycle operations.

use std::fmt;

use super::model::PersonState;

use PersonState::{Active, Deprovisioned, LockedOut, PasswordExpired, Provisioned, Recovery, Staged, Suspended};

/// A lifecycle operation that is possible in some states only. Deactivation and deletion have their own errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    Activate,
    Reactivate,
    Suspend,
    Unsuspend,
    /// Too many failed sign-ins.
    Lock,
    Unlock,
    ExpirePassword,
    ResetPassword,
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Activate => "activate",
            Self::Reactivate => "reactivate",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::ExpirePassword => "expire password",
            Self::ResetPassword => "reset password",
        })
    }
}

impl Transition {
    /// Returns the states in which the operation is possible (MGMTAPI).
    pub(super) const fn from(self) -> &'static [PersonState] {
        match self {
            Self::Activate => &[Staged, Deprovisioned],
            // The Admin Console offers Reactivate for a deactivated person; the API calls that Activate.
            Self::Reactivate => &[Deprovisioned, Provisioned, Recovery],
            Self::Suspend | Self::Lock => &[Active],
            Self::Unsuspend => &[Suspended],
            Self::Unlock => &[LockedOut],
            Self::ExpirePassword => &[Active, Recovery],
            Self::ResetPassword => &[Active, Recovery, PasswordExpired, LockedOut],
        }
    }

    /// Returns the state after the operation. A person who is activated without a password must set one first.
    pub(super) const fn to(self, from: PersonState, has_password: bool) -> PersonState {
        match self {
            Self::Activate if has_password => Active,
            Self::Reactivate if has_password && matches!(from, Deprovisioned) => Active,
            Self::Activate | Self::Reactivate => Provisioned,
            Self::Unsuspend | Self::Unlock => Active,
            Self::Suspend => Suspended,
            Self::Lock => LockedOut,
            Self::ExpirePassword => PasswordExpired,
            Self::ResetPassword => Recovery,
        }
    }
}

//! The directory setting that decides which events follow a deactivation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The directory's reaction to a SCIM user that becomes `active: false`.
///
/// The setting is part of the directory. No SCIM response reveals it, so `check` has to be given it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnDeactivate {
    /// Emits `dsync.user.updated` with state `inactive` (the guide).
    #[default]
    Keep,
    /// Emits `dsync.user.deleted`; on reactivation a new directory user is created (WorkOS environments since
    /// 2023-10-19, after their documentation).
    Delete,
    /// Emits `dsync.user.deleted`; on reactivation the directory user returns with its ID, and its memberships are not
    /// announced again (the same environments, after the notes on the migration proxy of WorkOS).
    DeleteRetained,
}

impl OnDeactivate {
    /// Every value with its name and its effect in one line.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Keep, "keep", "Keep the directory user, with state inactive"),
        (Self::Delete, "delete", "Delete the directory user; reactivation creates a new one"),
        (Self::DeleteRetained, "delete-retained", "Delete the directory user; reactivation brings it back with its ID"),
    ];

    /// The name in settings, on the command line, and above the column in a feature's table of events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::DeleteRetained => "delete-retained",
        }
    }

    /// The other values.
    pub fn others(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(value, ..)| value).filter(move |value| *value != self)
    }
}

impl fmt::Display for OnDeactivate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A value that is not in [`OnDeactivate::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a value of on-deactivate; use keep, delete or delete-retained")]
pub struct UnknownOnDeactivate(String);

impl FromStr for OnDeactivate {
    type Err = UnknownOnDeactivate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let row = Self::ALL.into_iter().find(|(_, name, _)| *name == text);
        row.map(|(value, ..)| value).ok_or_else(|| UnknownOnDeactivate(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_one_name_in_every_form() {
        for (value, name, _) in OnDeactivate::ALL {
            assert_eq!(value.name(), name);
            assert_eq!(value.to_string(), name);
            assert_eq!(name.parse(), Ok(value));
            assert_eq!(serde_json::to_value(value).unwrap(), name);
            assert_eq!(value.others().count(), 2);
        }
        let error = "purge".parse::<OnDeactivate>().unwrap_err();
        assert_eq!(error.to_string(), "\"purge\" is not a value of on-deactivate; use keep, delete or delete-retained");
    }
}

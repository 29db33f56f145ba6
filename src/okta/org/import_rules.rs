//! The rules by which an app matches imported users to people.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::okta::mapping::Profile;

/// The attribute by which an imported user is an exact match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImportMatch {
    /// The `userName` is the application username.
    #[default]
    Username,
    /// The primary e-mail address is the same.
    Email,
}

/// The settings of Provisioning ▸ To Okta (HELP).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImportRules {
    /// The attribute by which an imported user is an exact match.
    #[serde(rename = "match")]
    pub match_by: ImportMatch,
    /// Allow partial matches: the first and the last name are enough if nothing matches exactly.
    pub partial: bool,
    /// Auto-confirm exact matches.
    pub auto_confirm: bool,
    /// Auto-confirm new users: an import creates a person for each user that no person matches.
    pub auto_confirm_new: bool,
    /// Auto-activate new users: these people are activated at once.
    pub auto_activate_new: bool,
    /// The import safeguard: the largest percentage of the app's users that an import may unassign.
    pub safeguard: u8,
}

impl Default for ImportRules {
    fn default() -> Self {
        Self {
            match_by: ImportMatch::Username,
            partial: false,
            auto_confirm: false,
            auto_confirm_new: false,
            auto_activate_new: false,
            safeguard: 20,
        }
    }
}

impl ImportRules {
    /// The number of users up to which an app has no safeguard (HELP-usgp-import-safeguard).
    pub const WITHOUT_SAFEGUARD: usize = 100;

    /// Returns true if an import that would unassign some of the users stops.
    #[must_use]
    pub fn stops(&self, removed: usize, users: usize) -> bool {
        users > Self::WITHOUT_SAFEGUARD && removed * 100 > users * usize::from(self.safeguard)
    }
}

/// The attributes of a user that an import reads, besides `userName` and `id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedDetails {
    /// The primary e-mail address.
    pub email: Option<String>,
    /// The first and the last name.
    pub name: Option<(String, String)>,
    /// The Okta profile that the attribute mapping makes of the user.
    pub profile: Profile,
}

/// Imported users by `userName`.
pub type ImportedUsers = BTreeMap<String, ImportedDetails>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_safeguard_is_for_more_than_a_hundred_users() {
        let rules = ImportRules::default();
        for (removed, users, stops) in
            [(100, 100, false), (20, 101, false), (21, 101, true), (40, 200, false), (41, 200, true)]
        {
            assert_eq!(rules.stops(removed, users), stops, "{removed} of {users}");
        }
        assert!(!ImportRules { safeguard: 50, ..rules }.stops(50, 101));
    }
}

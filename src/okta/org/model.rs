//! People, groups and apps: the data of an org.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::client::ClientKind;
use super::specs::JobSpec;
use crate::okta::action::ToApp;
use crate::okta::mapping::{Mapping, Profile};

/// The state of a person, by its name in Okta's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PersonState {
    Staged,
    Provisioned,
    Active,
    Recovery,
    PasswordExpired,
    LockedOut,
    Suspended,
    Deprovisioned,
}

impl PersonState {
    /// Returns true if the person can be assigned to apps, which excludes people before activation and after deactivation.
    #[must_use]
    pub const fn can_have_apps(self) -> bool {
        !matches!(self, Self::Staged | Self::Deprovisioned)
    }
}

/// A person in Okta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The Okta user ID, `00u` and 17 characters. Okta sends it as `externalId`.
    pub id: String,
    pub state: PersonState,
    pub profile: Profile,
    /// The Okta password. Okta sends it only with Sync Password.
    pub password: String,
    /// The number of password changes so far.
    pub(super) password_changes: u32,
}

impl Person {
    /// Returns the Okta username, which is also the application username.
    #[must_use]
    pub fn login(&self) -> &str {
        self.profile.get("login").map_or("", String::as_str)
    }
}

/// A group in Okta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The Okta group ID, `00g` and 17 characters. Okta never sends it.
    pub id: String,
    /// Keys of people, in the order in which they joined.
    pub members: Vec<String>,
}

/// A person's account in an app. It exists as long as the person is assigned to the app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppUser {
    /// The target's `id` of the user. The Admin Console calls it External ID.
    pub external_id: Option<String>,
    /// True if the last job for this account failed.
    pub failed: bool,
}

/// The state of a group push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappingState {
    Active,
    Inactive,
    Error,
}

/// A pushed group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPushMapping {
    pub group: String,
    pub state: MappingState,
    /// The target's `id` of the group.
    pub target_id: Option<String>,
    /// The name that was last sent to the target.
    pub name: String,
    /// The members that were pushed, with their `id` in the target. People who were deactivated since then stay here,
    /// because they stay members in the target.
    pub pushed: BTreeMap<String, String>,
}

/// An app whose users and groups can be provisioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub label: String,
    pub client: ClientKind,
    pub to_app: ToApp,
    /// True if API integration is enabled.
    pub provisioning: bool,
    pub import_groups: bool,
    /// The setting "Rename app groups to match group name in Okta".
    pub rename_groups: bool,
    pub mapping: Mapping,
    /// People who are assigned directly.
    pub direct: BTreeSet<String>,
    /// Groups that are assigned.
    pub assigned_groups: BTreeSet<String>,
    /// Accounts of the people who are assigned, directly or through a group.
    pub users: BTreeMap<String, AppUser>,
    /// The last `id` in the target of people who are no longer assigned.
    pub former: BTreeMap<String, String>,
    pub pushed_groups: Vec<GroupPushMapping>,
    /// Users that the last import found in the target, from userName to `id`.
    pub imported_users: BTreeMap<String, String>,
    /// Groups that the last import found in the target, from displayName to `id`.
    pub imported_groups: BTreeMap<String, String>,
    /// Failed jobs that wait for a retry, with the text that the administrator sees.
    pub tasks: Vec<(JobSpec, String)>,
}

impl App {
    /// Returns an app with a saved connection, and Create, Update and Deactivate enabled.
    #[must_use]
    pub fn new(label: impl Into<String>, client: ClientKind) -> Self {
        Self {
            label: label.into(),
            client,
            to_app: ToApp::default(),
            provisioning: true,
            import_groups: false,
            rename_groups: true,
            mapping: Mapping::default(),
            direct: BTreeSet::new(),
            assigned_groups: BTreeSet::new(),
            users: BTreeMap::new(),
            former: BTreeMap::new(),
            pushed_groups: Vec::new(),
            imported_users: BTreeMap::new(),
            imported_groups: BTreeMap::new(),
            tasks: Vec::new(),
        }
    }

    /// Returns the push of a group.
    #[must_use]
    pub fn push(&self, group: &str) -> Option<&GroupPushMapping> {
        self.pushed_groups.iter().find(|mapping| mapping.group == group)
    }

    pub(super) fn push_mut(&mut self, group: &str) -> Option<&mut GroupPushMapping> {
        self.pushed_groups.iter_mut().find(|mapping| mapping.group == group)
    }

    /// Returns the target's `id` of a person.
    #[must_use]
    pub fn external_id(&self, person: &str) -> Option<&str> {
        self.users.get(person)?.external_id.as_deref()
    }
}

//! People, groups and apps: the data of an org.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::client::ClientKind;
use super::group_assignments::GroupAssignments;
use super::import_rules::{ImportRules, ImportedUsers};
use super::keys::{AppId, GroupId, PersonId};
use super::push_rule::PushRule;
use super::specs::{JobKind, JobSpec};
use super::username_format::UsernameFormat;
use crate::okta::action::ToApp;
use crate::okta::expression::Expression;
use crate::okta::mapping::{Mapping, Profile, ProfileValue};

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
    /// Returns the name in Okta's API.
    #[must_use]
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }

    /// Returns true if the person can be assigned to apps, which excludes people before activation and after deactivation.
    #[must_use]
    pub const fn can_have_apps(self) -> bool {
        !matches!(self, Self::Staged | Self::Deprovisioned)
    }
}

/// A person in Okta, as a copy: the org stores people in compact form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The Okta user ID, `00u` and 17 characters. Okta sends it as `externalId`.
    pub id: String,
    pub state: PersonState,
    pub profile: Profile,
    /// The Okta password. Okta sends it only with Sync Password.
    pub password: String,
}

impl Person {
    /// Returns the Okta username, which is also the application username.
    #[must_use]
    pub fn login(&self) -> &str {
        self.profile.get("login").and_then(ProfileValue::text).unwrap_or_default()
    }
}

/// A group in Okta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    /// The Okta group ID, `00g` and 17 characters. Okta never sends it.
    pub id: String,
    /// The members, in the order in which they joined.
    pub members: Vec<PersonId>,
    /// The apps that assign the group, sorted.
    pub(super) assigned_by: Vec<AppId>,
    /// The apps that push the group, sorted.
    pub(super) pushed_by: Vec<AppId>,
}

/// A person's account in an app. It exists as long as the person is assigned to the app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppUser {
    /// The target's `id` of the user. The Admin Console calls it External ID.
    pub external_id: Option<String>,
    /// True if the last job for this account failed.
    pub failed: bool,
    /// The `id` of an active user that a failed job had matched. Okta does not keep it (DEVF7207); the simulator does, to
    /// report an account that stays active.
    pub(super) lost_match: Option<String>,
}

impl AppUser {
    /// Returns the account of a person who is provisioned.
    #[must_use]
    pub fn linked(external_id: impl Into<String>) -> Self {
        Self { external_id: Some(external_id.into()), ..Self::default() }
    }
}

/// A failed job that the administrator sees under Tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub(super) spec: JobSpec,
    pub text: String,
}

impl Task {
    /// Returns true if the task has a Retry button. The task of a failed deactivation has none (AZLAB-14).
    #[must_use]
    pub fn offers_retry(&self) -> bool {
        !matches!(self.spec.kind, JobKind::SetActive { active: false, .. })
    }
}

/// The reason why an account stays active in the target after the person lost the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftActiveCause {
    /// The deactivation failed, and Okta does not try it again (AZLAB-14).
    DeactivationFailed,
    /// Okta had lost the ID of the account, because an earlier job failed after the match (DEVF7207).
    LinkFailed,
}

/// An account that stays active in the target although Okta considers the person deprovisioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftActive {
    /// The `id` in the target.
    pub id: String,
    pub cause: LeftActiveCause,
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
    pub pushed: BTreeMap<PersonId, String>,
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
    /// The expressions of mapping rows that have one, by row.
    pub(super) expressions: BTreeMap<String, Expression>,
    pub username_format: UsernameFormat,
    /// People who are assigned directly.
    pub(super) direct: BTreeSet<PersonId>,
    /// Groups that are assigned.
    pub(super) assigned_groups: BTreeSet<GroupId>,
    /// Priorities and attributes of the groups that are assigned.
    pub(super) group_assignments: GroupAssignments,
    /// The attributes that the assignments of people set, by the names of mapping rows.
    pub(super) person_attributes: BTreeMap<PersonId, Profile>,
    /// The mapping rows that assignments have set for people who still have the app.
    pub(super) touched: BTreeMap<PersonId, BTreeSet<String>>,
    /// Accounts of the people who are assigned, directly or through a group.
    pub(super) users: BTreeMap<PersonId, AppUser>,
    /// The last `id` in the target of people who are no longer assigned.
    pub(super) former: BTreeMap<PersonId, String>,
    pub(super) pushed_groups: BTreeMap<GroupId, GroupPushMapping>,
    /// The rules of group push, in the order in which they were created.
    pub(super) push_rules: Vec<PushRule>,
    /// Users that the last import found in the target, from userName to `id`.
    pub imported_users: BTreeMap<String, String>,
    /// The number of inactive users in the last import. Okta counts them as removed (AZLAB-19).
    pub import_removed: usize,
    /// The other attributes of these users that the last import read.
    pub(super) imported_details: ImportedUsers,
    /// The matching rules of imports, and the safeguard.
    pub import_rules: ImportRules,
    /// The target's groups as of the last import, save or Refresh App Groups, from displayName to `id`; `None` if they were
    /// never read. Groups that Okta pushed are not among them.
    pub known_groups: Option<BTreeMap<String, String>>,
    /// Failed jobs that wait for the administrator.
    pub tasks: Vec<Task>,
    /// False after "Don't create deprovisioning tasks".
    pub deprovisioning_tasks: bool,
    /// Accounts that stay active in the target, by person.
    pub(super) left_active: BTreeMap<PersonId, LeftActive>,
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
            expressions: BTreeMap::new(),
            username_format: UsernameFormat::default(),
            direct: BTreeSet::new(),
            assigned_groups: BTreeSet::new(),
            group_assignments: GroupAssignments::default(),
            person_attributes: BTreeMap::new(),
            touched: BTreeMap::new(),
            users: BTreeMap::new(),
            former: BTreeMap::new(),
            pushed_groups: BTreeMap::new(),
            push_rules: Vec::new(),
            imported_users: BTreeMap::new(),
            import_removed: 0,
            imported_details: ImportedUsers::new(),
            import_rules: ImportRules::default(),
            known_groups: None,
            tasks: Vec::new(),
            deprovisioning_tasks: true,
            left_active: BTreeMap::new(),
        }
    }

    /// Returns the expressions of mapping rows that have one, by row.
    pub fn expressions(&self) -> impl Iterator<Item = (&str, &Expression)> {
        self.expressions.iter().map(|(row, expression)| (row.as_str(), expression))
    }

    /// Returns the pushes of groups.
    pub fn pushed_groups(&self) -> impl Iterator<Item = &GroupPushMapping> {
        self.pushed_groups.values()
    }

    /// Returns true if changes of the group are pushed to the target.
    pub(super) fn is_pushing(&self, group: GroupId) -> bool {
        let is_on = |mapping: &GroupPushMapping| mapping.state != MappingState::Inactive;
        self.provisioning && self.pushed_groups.get(&group).is_some_and(is_on)
    }

    /// Returns the target's `id` of a person.
    #[must_use]
    pub fn external_id(&self, person: PersonId) -> Option<&str> {
        self.users.get(&person)?.external_id.as_deref()
    }
}

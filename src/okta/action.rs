//! The actions of an administrator or an HR source: the vocabulary of scenarios and specs.
//!
//! People are identified by a short key (`ada`), groups by their name, apps by their label.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::okta::mapping::Profile;

/// The switches of an app's provisioning settings "To App".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToApp {
    /// Create Users.
    pub create: bool,
    /// Update User Attributes.
    pub update: bool,
    /// Deactivate Users.
    pub deactivate: bool,
    /// Sync Password.
    pub sync_password: bool,
    /// Exclude Username Updates.
    pub exclude_username_updates: bool,
}

impl Default for ToApp {
    fn default() -> Self {
        Self { create: true, update: true, deactivate: true, sync_password: false, exclude_username_updates: false }
    }
}

/// One action in the org.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Provisioning ▸ Test API Credentials.
    TestConnection { app: String },
    /// Provisioning ▸ Save, which tests the connection again.
    SaveConnection { app: String },
    /// Provisioning ▸ To App ▸ Save.
    SaveToApp {
        app: String,
        #[serde(flatten)]
        switches: ToAppChange,
    },
    /// Provisioning ▸ Integration ▸ Disable API integration. `save-connection` enables it again.
    DisableProvisioning { app: String },
    /// Push Groups ▸ Refresh App Groups: reads the target's groups again.
    RefreshAppGroups { app: String },
    /// Import ▸ Import Now.
    Import { app: String },
    /// Import ▸ Confirm Assignments: matches these people to imported users by the matching rules of the app.
    ConfirmImport { app: String, people: Vec<String> },
    /// Import ▸ Existing Okta user I specify: matches a person to the imported user with this `userName`, whatever the matching
    /// rules say.
    MatchImport { app: String, person: String, user: String },
    /// Import ▸ New user ▸ Confirm Assignments: creates a person from the imported user with this `userName`, and links it. With
    /// `activate`, the person is activated at once.
    ConfirmNewUser {
        app: String,
        person: String,
        user: String,
        #[serde(default, skip_serializing_if = "is_false")]
        activate: bool,
    },
    /// Directory ▸ People ▸ Add person. Attributes that are not given stay unset.
    CreatePerson {
        person: String,
        #[serde(default)]
        profile: Profile,
        #[serde(default)]
        staged: bool,
        /// The person has no password, and stays in the state "Pending user action" until `change-password` sets one.
        #[serde(rename = "without-password", default, skip_serializing_if = "is_false")]
        without_password: bool,
    },
    /// Changes profile attributes; an empty string or list clears an attribute.
    UpdateProfile { person: String, set: Profile },
    /// Sets a new Okta password, which also ends the states "Pending user action", "Password reset" and "Password
    /// expired". Okta sends it only to apps with Sync Password.
    ChangePassword { person: String },
    /// Activates a staged or a deactivated person.
    ActivatePerson { person: String },
    /// Directory ▸ People ▸ Deactivate: the person loses every app.
    DeactivatePerson { person: String },
    /// Activates a deactivated person, or sends the link of the activation again.
    ReactivatePerson { person: String },
    /// Deletes a person for good, who must be deactivated first.
    DeletePerson { person: String },
    /// More Actions ▸ Suspend: the person cannot sign in, and keeps all apps. Okta sends nothing.
    SuspendPerson { person: String },
    /// More Actions ▸ Unsuspend.
    UnsuspendPerson { person: String },
    /// The person tries too many wrong passwords.
    LockPerson { person: String },
    /// More Actions ▸ Unlock.
    UnlockPerson { person: String },
    /// More Actions ▸ Expire Password: the person must change the password at the next sign-in.
    ExpirePassword { person: String },
    /// Reset Password: the person gets a link to set a new one.
    ResetPassword { person: String },
    /// Directory ▸ Groups ▸ Add Group. The group has no members.
    CreateGroup { group: String },
    /// Directory ▸ Groups ▸ Rules ▸ Add Rule: people for whom the Okta expression `when` is true become
    /// members of groups, and lose the membership when `when` is no longer true.
    /// The rule has to be activated.
    CreateGroupRule { rule: String, when: String, groups: Vec<String> },
    /// Groups ▸ Rules ▸ Activate: the people for whom the rule is true become members.
    ActivateGroupRule { rule: String },
    /// Deactivates a rule. The members that it added stay.
    DeactivateGroupRule { rule: String },
    /// Deletes a rule that is not active. The members that it added stay.
    DeleteGroupRule { rule: String },
    /// Changes the name of a group.
    RenameGroup { group: String, to: String },
    /// Deletes a group that is not pushed.
    DeleteGroup { group: String },
    /// Adds people to a group.
    AddToGroup { group: String, people: Vec<String> },
    /// Removes people from a group.
    RemoveFromGroup { group: String, people: Vec<String> },
    /// Adds and removes members in one change, which is pushed once.
    ChangeGroup {
        group: String,
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Assignments ▸ Assign to People. The form sets attributes, by the names of mapping rows, which win over the mapping.
    Assign {
        app: String,
        people: Vec<String>,
        #[serde(default, skip_serializing_if = "Profile::is_empty")]
        attributes: Profile,
    },
    /// Assignments ▸ People ▸ Edit: changes attributes that the mapping does not push; an empty string clears an attribute.
    EditAssignment { app: String, person: String, set: Profile },
    /// Assignments ▸ remove: the people lose the app, unless a group assigns it too.
    Unassign { app: String, people: Vec<String> },
    /// Assignments ▸ Assign to Groups. If a person is in several groups, the value of the group with the highest priority
    /// wins. 0 is the highest; without a number the group is last.
    AssignGroup {
        app: String,
        group: String,
        #[serde(default, skip_serializing_if = "Profile::is_empty")]
        attributes: Profile,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<u32>,
    },
    /// Assignments ▸ Groups ▸ Edit: changes attributes and the priority; an empty string clears an attribute.
    EditGroupAssignment {
        app: String,
        group: String,
        #[serde(default, skip_serializing_if = "Profile::is_empty")]
        set: Profile,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<u32>,
    },
    /// Assignments ▸ Groups ▸ remove.
    UnassignGroup { app: String, group: String },
    /// Sign On ▸ Application username format ▸ Save ▸ Update Now: `okta-username`, `okta-username-prefix`, `email`,
    /// `email-prefix` or an Okta expression.
    SetUsernameFormat { app: String, format: String },
    /// Profile Editor ▸ Mappings ▸ Save Mappings ▸ Apply updates now: a row of the attribute mapping takes the value of an
    /// Okta expression. Okta pushes the profiles of those whose value changes.
    SetMapping { app: String, row: String, expression: String },
    /// Assignments ▸ Provision User, for people who were assigned before provisioning was enabled.
    ProvisionUsers { app: String },
    /// Provisioning ▸ To App ▸ Force Sync: pushes the profile of every provisioned user again.
    ForceSync { app: String },
    /// Push Groups ▸ Find groups by name.
    PushGroup {
        app: String,
        group: String,
        #[serde(default = "yes")]
        immediately: bool,
    },
    /// Push Groups ▸ Find groups by rule: pushes the groups whose names match, also those that match later. A rule can match
    /// at most 100 groups.
    CreatePushRule {
        app: String,
        rule: String,
        #[serde(rename = "starts-with", default, skip_serializing_if = "Option::is_none")]
        starts_with: Option<String>,
        #[serde(rename = "ends-with", default, skip_serializing_if = "Option::is_none")]
        ends_with: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contains: Option<String>,
        #[serde(default = "yes")]
        immediately: bool,
    },
    /// Push Groups ▸ By rule ▸ Activate: the groups that match and are not pushed yet are pushed.
    ActivatePushRule { app: String, rule: String },
    /// Push Groups ▸ By rule ▸ Deactivate: groups that match later are not pushed. Those that the rule pushed stay pushed.
    DeactivatePushRule { app: String, rule: String },
    /// Push Groups ▸ By rule ▸ Delete: unlinks all groups that the rule pushed, and deletes them in the target or leaves them
    /// there.
    DeletePushRule { app: String, rule: String, delete: bool },
    /// Push Groups ▸ Link Group, to an existing group of the target with this name.
    LinkGroup { app: String, group: String, to: String },
    /// Push Groups ▸ Push now.
    PushNow { app: String, group: String },
    /// Push Groups ▸ Deactivate group push: changes are no longer sent.
    DeactivatePush { app: String, group: String },
    /// Push Groups ▸ Activate group push, which pushes all members.
    ActivatePush { app: String, group: String },
    /// Unlink pushed group, and delete it in the target or leave it there.
    UnlinkGroup { app: String, group: String, delete: bool },
    /// Dashboard ▸ Tasks ▸ Retry, for all tasks of an app that offer it. A failed deactivation offers none (AZLAB-14).
    RetryTasks { app: String },
    /// Dashboard ▸ Tasks ▸ Mark all complete: closes the tasks of failed deactivations.
    CompleteTasks { app: String },
    /// Dashboard ▸ Tasks ▸ Don't create deprovisioning tasks: later failed deactivations leave no task.
    StopDeprovisioningTasks { app: String },
}

impl Action {
    /// Returns true if the imported users decide whether Okta accepts the action.
    #[must_use]
    pub const fn depends_on_an_import(&self) -> bool {
        matches!(self, Self::ConfirmImport { .. } | Self::MatchImport { .. } | Self::ConfirmNewUser { .. })
    }

    /// Returns actions with the same effect on people and assignments, for an org that has imported no users.
    #[must_use]
    pub fn without_import(&self) -> Vec<Self> {
        match self.clone() {
            Self::ConfirmImport { app, people } => vec![Self::assign(app, people)],
            Self::MatchImport { app, person, .. } => vec![Self::assign(app, vec![person])],
            Self::ConfirmNewUser { app, person, user, activate } => {
                let profile = Profile::from([("login".to_owned(), user.into())]);
                let create =
                    Self::CreatePerson { person: person.clone(), profile, staged: !activate, without_password: true };
                vec![create, Self::assign(app, vec![person])]
            }
            other => vec![other],
        }
    }

    /// Returns the assignment of people with the values of the mapping.
    #[must_use]
    pub fn assign(app: impl Into<String>, people: Vec<String>) -> Self {
        Self::Assign { app: app.into(), people, attributes: Profile::new() }
    }

    /// Returns the assignment of a group that sets no attributes.
    #[must_use]
    pub fn assign_group(app: impl Into<String>, group: impl Into<String>) -> Self {
        Self::AssignGroup { app: app.into(), group: group.into(), attributes: Profile::new(), priority: None }
    }
}

/// A change of To App switches. Switches that are not given keep their value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct ToAppChange {
    pub create: Option<bool>,
    pub update: Option<bool>,
    pub deactivate: Option<bool>,
    pub sync_password: Option<bool>,
    pub exclude_username_updates: Option<bool>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
const fn is_false(value: &bool) -> bool {
    !*value
}

const fn yes() -> bool {
    true
}

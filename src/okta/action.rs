//! What happens in an Okta org: the words of scenarios and specs.
//!
//! People are named by a short key (`ada`), groups by their name, apps by their label.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The To App switches; all but `create`, `update` and `deactivate` are off by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToApp {
    pub create: bool,
    pub update: bool,
    pub deactivate: bool,
    pub sync_password: bool,
    pub exclude_username_updates: bool,
}

impl Default for ToApp {
    fn default() -> Self {
        Self { create: true, update: true, deactivate: true, sync_password: false, exclude_username_updates: false }
    }
}

/// One thing that an administrator, or an HR source, does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Provisioning ▸ Test API Credentials.
    TestConnection {
        app: String,
    },
    /// Provisioning ▸ Save: the probe once more.
    SaveConnection {
        app: String,
    },
    /// Provisioning ▸ To App ▸ Save.
    SaveToApp {
        app: String,
        #[serde(flatten)]
        switches: ToAppChange,
    },
    /// Import ▸ Import Now.
    Import {
        app: String,
    },
    /// Import ▸ Confirm Assignments: these people are who the last import brought under their logins.
    ConfirmImport {
        app: String,
        people: Vec<String>,
    },
    /// Directory ▸ People ▸ Add person. Unset profile attributes stay unset.
    CreatePerson {
        person: String,
        #[serde(default)]
        profile: BTreeMap<String, String>,
        #[serde(default)]
        staged: bool,
    },
    /// Changes profile attributes; an empty string clears one.
    UpdateProfile {
        person: String,
        set: BTreeMap<String, String>,
    },
    /// A new Okta password (sent only with Sync Password).
    ChangePassword {
        person: String,
    },
    ActivatePerson {
        person: String,
    },
    DeactivatePerson {
        person: String,
    },
    ReactivatePerson {
        person: String,
    },
    DeletePerson {
        person: String,
    },
    SuspendPerson {
        person: String,
    },
    UnsuspendPerson {
        person: String,
    },
    CreateGroup {
        group: String,
    },
    RenameGroup {
        group: String,
        to: String,
    },
    DeleteGroup {
        group: String,
    },
    AddToGroup {
        group: String,
        people: Vec<String>,
    },
    RemoveFromGroup {
        group: String,
        people: Vec<String>,
    },
    /// Adds and removes at once: one push.
    ChangeGroup {
        group: String,
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Assignments ▸ Assign to People.
    Assign {
        app: String,
        people: Vec<String>,
    },
    Unassign {
        app: String,
        people: Vec<String>,
    },
    /// Assignments ▸ Assign to Groups.
    AssignGroup {
        app: String,
        group: String,
    },
    UnassignGroup {
        app: String,
        group: String,
    },
    /// Assignments ▸ Provision User, for those assigned before provisioning was on.
    ProvisionUsers {
        app: String,
    },
    /// Provisioning ▸ To App ▸ Force Sync: the profiles of those who are provisioned, once more.
    ForceSync {
        app: String,
    },
    /// Push Groups ▸ Find groups by name.
    PushGroup {
        app: String,
        group: String,
        #[serde(default = "yes")]
        immediately: bool,
    },
    /// Push Groups ▸ Link Group, to an existing group of the target with this name.
    LinkGroup {
        app: String,
        group: String,
        to: String,
    },
    PushNow {
        app: String,
        group: String,
    },
    DeactivatePush {
        app: String,
        group: String,
    },
    ActivatePush {
        app: String,
        group: String,
    },
    /// Unlink pushed group: delete it in the target, or leave it.
    UnlinkGroup {
        app: String,
        group: String,
        delete: bool,
    },
    /// Retries the tasks of an app.
    RetryTasks {
        app: String,
    },
}

/// To App switches to set; those not named stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ToAppChange {
    pub create: Option<bool>,
    pub update: Option<bool>,
    pub deactivate: Option<bool>,
    pub sync_password: Option<bool>,
    pub exclude_username_updates: Option<bool>,
}

const fn yes() -> bool {
    true
}

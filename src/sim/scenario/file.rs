//! The format of a scenario file. The JSON schema is made from these types, and their docs are its descriptions. Pure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::okta::action::{Action, ToApp};
use crate::okta::mapping::{CustomRow, Profile};
use crate::okta::org::ImportRules;
use crate::okta::{ClientKind, Pace};

/// A scenario of scimulate: an Okta org and a timeline of actions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "scimulate scenario")]
pub(super) struct File {
    /// The name, by which reports identify the scenario.
    pub(super) name: String,
    /// One or two sentences for people who do not know the scenario.
    #[serde(default)]
    pub(super) about: String,
    /// The treatment of Okta's waits. `--pace` wins.
    #[serde(default)]
    #[schemars(with = "Option<Pace>")]
    pub(super) pace: Option<Pace>,
    /// The apps, which are assigned to people and provision users in the target.
    pub(super) app: Vec<AppEntry>,
    /// The people in the org, each with a short key by which actions name the person.
    #[serde(default)]
    pub(super) people: BTreeMap<String, Profile>,
    /// Generated people and groups, besides those that the file names.
    #[serde(default)]
    pub(super) population: Option<PopulationEntry>,
    /// The groups in the org, by name, each with the keys of its members.
    #[serde(default)]
    pub(super) groups: BTreeMap<String, Vec<String>>,
    /// Faults of the target, or of the network before it, which the run simulates.
    #[serde(default)]
    pub(super) fault: Vec<FaultEntry>,
    /// With this section, the run reads the target after the last action, and compares what it stores with what it accepted and with
    /// the access that the org intends.
    #[serde(default)]
    pub(super) audit: Option<AuditEntry>,
    /// Parameters: `${name}` in a string inserts the value, and `--set name=value` changes it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Parameter>")]
    #[allow(dead_code, reason = "the values are inserted in the text before it is parsed")]
    pub(super) set: toml::Table,
    /// The actions, in order. `do` is the verb.
    #[schemars(with = "Vec<Action>")]
    pub(super) timeline: Vec<toml::Table>,
}

/// The access audit. It has no keys.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditEntry {}

/// Generated people with the keys `p0`, `p1`, …, in generated groups with the names `Group 0`, `Group 1`, ….
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PopulationEntry {
    /// The number of generated people, at most 1,000,000.
    pub(super) people: u32,
    /// The number of generated groups, at most 100,000.
    #[serde(default)]
    pub(super) groups: u32,
    /// The number of generated groups that each generated person is a member of.
    #[serde(default)]
    pub(super) groups_per_person: u32,
    /// The number from which names and attributes are made.
    #[serde(default = "one")]
    pub(super) population_seed: u64,
}

/// The value of a parameter.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only the schema names it")]
enum Parameter {
    Text(String),
    Number(f64),
    Switch(bool),
}

/// A fault: from one time until before another one, requests fail.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FaultEntry {
    /// The beginning, such as `2027-03-01 09:00`; without it, the fault begins with the run.
    #[schemars(with = "Option<String>")]
    pub(super) from: Option<toml::Value>,
    /// The end, such as `2027-03-01 12:00`; without it, the fault lasts to the end of the run.
    #[schemars(with = "Option<String>")]
    pub(super) to: Option<toml::Value>,
    /// No connection is established.
    #[serde(default)]
    pub(super) unreachable: bool,
    /// The status of every response.
    pub(super) status: Option<u16>,
    /// The header Retry-After of the response, in seconds.
    #[serde(alias = "retry_after")]
    pub(super) retry_after: Option<u64>,
    /// The seconds until a response arrives. Okta gives up after 60.
    #[serde(default)]
    pub(super) delay: u64,
    /// The requests are sent with a wrong token.
    #[serde(default, alias = "wrong_token")]
    pub(super) wrong_token: bool,
}

/// An app.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AppEntry {
    /// The name of the app in Okta.
    pub(super) label: String,
    /// The provisioning client: `oin` for a catalog app, `aiw` for an app created with the App Integration Wizard, `oiw` for an
    /// app made with the OIN Wizard.
    #[serde(default)]
    pub(super) client: ClientKind,
    /// Enable API integration. If false, people can be assigned before `save-connection` enables it.
    #[serde(default = "yes")]
    pub(super) provisioning: bool,
    /// Import Groups.
    #[serde(default)]
    pub(super) import_groups: bool,
    /// Provisioning ▸ To Okta: how imported users are matched, and the import safeguard.
    #[serde(default)]
    pub(super) import: ImportRules,
    /// Rename app groups to match group name in Okta.
    #[serde(default = "yes")]
    pub(super) rename_groups: bool,
    /// The application username format: `okta-username`, `okta-username-prefix`, `email`, `email-prefix` or an Okta expression.
    #[serde(default)]
    pub(super) username_format: Option<String>,
    /// Provisioning ▸ To App.
    #[serde(default)]
    pub(super) to_app: ToApp,
    /// Rows of the attribute mapping that take the value of an Okta expression, by name.
    #[serde(default)]
    pub(super) mapping: BTreeMap<String, String>,
    /// Rows of the attribute mapping to delete.
    #[serde(default)]
    pub(super) without: Vec<String>,
    /// Rows of the attribute mapping that apply to creates only.
    #[serde(default)]
    pub(super) create_only: Vec<String>,
    /// Custom attributes, which extend the attribute mapping.
    #[serde(default)]
    pub(super) custom: Vec<CustomRow>,
}

const fn one() -> u64 {
    1
}

const fn yes() -> bool {
    true
}

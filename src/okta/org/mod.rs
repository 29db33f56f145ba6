//! The org: people with Okta's states, groups, memberships, apps, assignments, pushed groups. Pure.
//!
//! [`act`] turns an action into a changed org and the jobs that follow; [`settle`] enters what a job learned.

mod act;
mod contrary;
mod settle;
mod specs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::action::ToApp;
use super::mapping::{Mapping, Profile};
use crate::base::{Seed, seed};

pub use specs::{Push, Spec, What};

/// The provisioning client of an app. Okta has two, and they send different requests for the same change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// A catalog app, from the Okta Integration Network (OIN): PATCH for activation and groups, GET and PUT for profiles.
    #[default]
    Oin,
    /// An app created with the App Integration Wizard (AIW): GET and PUT for everything.
    Aiw,
}

/// A word that names no provisioning client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a provisioning client: use \"oin\" (catalog app) or \"aiw\" (App Integration Wizard app)")]
pub struct UnknownClient(String);

impl ClientKind {
    /// Both clients.
    pub const ALL: [Self; 2] = [Self::Oin, Self::Aiw];

    /// Returns `oin` or `aiw`, as in scenarios, tags and flags.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oin => "oin",
            Self::Aiw => "aiw",
        }
    }

    /// Describes the client in one line, for `--help`.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Oin => "Catalog app, from the Okta Integration Network (OIN)",
            Self::Aiw => "App created with the App Integration Wizard (AIW)",
        }
    }
}

impl fmt::Display for ClientKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ClientKind {
    type Err = UnknownClient;

    fn from_str(word: &str) -> Result<Self, UnknownClient> {
        Self::ALL.into_iter().find(|client| client.as_str() == word).ok_or_else(|| UnknownClient(word.to_owned()))
    }
}

/// The state of a person; the names are those of Okta's API.
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
    /// Whether apps hold the person: neither before activation nor after deactivation.
    #[must_use]
    pub const fn holds_apps(self) -> bool {
        !matches!(self, Self::Staged | Self::Deprovisioned)
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The Okta user id, `00u` and 17 characters: `externalId` on the wire.
    pub id: String,
    pub state: PersonState,
    pub profile: Profile,
    /// The Okta password, sent only with Sync Password.
    pub password: String,
    /// How often the password was changed.
    passwords: u32,
}

impl Person {
    /// The Okta username, which is also the application username.
    #[must_use]
    pub fn login(&self) -> &str {
        self.profile.get("login").map_or("", String::as_str)
    }
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `00g` and 17 characters; never on the wire.
    pub id: String,
    /// In order of joining.
    pub members: Vec<String>,
}

/// A person's account in an app, as long as the app is assigned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppUser {
    /// The target's id of the user: what the console calls External ID.
    pub external_id: Option<String>,
    /// The last job about it failed.
    pub failed: bool,
}

/// What became of a pushed group.
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
    /// The target's id of the group.
    pub target_id: Option<String>,
    /// The name that the target was last told.
    pub name: String,
    /// Who was last pushed, with the id in the target; people who were made inactive since stay here, as they stay there.
    pub pushed: BTreeMap<String, String>,
}

/// An app with provisioning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub label: String,
    pub client: ClientKind,
    pub to_app: ToApp,
    /// API integration is on.
    pub provisioning: bool,
    pub import_groups: bool,
    /// "Rename app groups to match group name in Okta".
    pub rename_groups: bool,
    pub mapping: Mapping,
    /// People assigned by themselves.
    pub direct: BTreeSet<String>,
    /// Groups assigned.
    pub assigned_groups: BTreeSet<String>,
    /// Accounts of those who are assigned, one way or the other.
    pub users: BTreeMap<String, AppUser>,
    /// The last ids in the target of those who lost the app.
    pub former: BTreeMap<String, String>,
    pub pushed_groups: Vec<GroupPushMapping>,
    /// Users of the target that the last import brought, userName to id.
    pub imported_users: BTreeMap<String, String>,
    /// Groups of the target that the last import brought, name to id.
    pub imported_groups: BTreeMap<String, String>,
    /// What failed and waits for a retry, with what the administrator reads.
    pub tasks: Vec<(Spec, String)>,
}

impl App {
    /// An app whose connection is set up, with Create, Update and Deactivate on.
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

    /// The mapping of a pushed group.
    #[must_use]
    pub fn push(&self, group: &str) -> Option<&GroupPushMapping> {
        self.pushed_groups.iter().find(|mapping| mapping.group == group)
    }

    pub(super) fn push_mut(&mut self, group: &str) -> Option<&mut GroupPushMapping> {
        self.pushed_groups.iter_mut().find(|mapping| mapping.group == group)
    }

    /// The target's id of a person.
    #[must_use]
    pub fn external_id(&self, person: &str) -> Option<&str> {
        self.users.get(person)?.external_id.as_deref()
    }
}

/// An Okta org.
///
/// ```
/// use scimulate::okta::org::{ClientKind, Org};
///
/// let mut org = Org::with_app("app", ClientKind::Oin);
/// org.add_person("ada", [("lastName", "Lovelace")]).unwrap();
/// assert_eq!(org.person("ada").unwrap().login(), "ada@example.com");
/// ```
#[derive(Debug, Clone)]
pub struct Org {
    seed: Seed,
    people: BTreeMap<String, Person>,
    groups: BTreeMap<String, Group>,
    apps: Vec<App>,
}

impl Default for Org {
    fn default() -> Self {
        Self { seed: Seed(1), people: BTreeMap::new(), groups: BTreeMap::new(), apps: Vec::new() }
    }
}

impl Org {
    /// An org with one app whose connection is set up.
    #[must_use]
    pub fn with_app(label: impl Into<String>, client: ClientKind) -> Self {
        Self { apps: vec![App::new(label, client)], ..Self::default() }
    }

    /// Makes all ids and passwords from this seed.
    #[must_use]
    pub fn seeded(mut self, seed: Seed) -> Self {
        self.seed = seed;
        for (key, person) in &mut self.people {
            person.id = okta_id(seed, "00u", key);
            person.password = password(seed, "okta", key, person.passwords);
        }
        for (name, group) in &mut self.groups {
            group.id = okta_id(seed, "00g", name);
        }
        self
    }

    /// Adds an app.
    pub fn add_app(&mut self, app: App) {
        self.apps.push(app);
    }

    /// Adds an active person. Where the profile has none, the e-mail is `<key>@example.com`, the login the e-mail, the
    /// first name the key and the last name `Example`: Okta wants these four.
    ///
    /// # Errors
    /// The key is taken.
    pub fn add_person<K: Into<String>, V: Into<String>>(
        &mut self,
        key: &str,
        profile: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), String> {
        if self.people.contains_key(key) {
            return Err(format!("there is a person {key:?} already"));
        }
        let mut profile: Profile = profile.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let mut name = key.to_owned();
        if let Some(first) = name.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        profile.entry("firstName".into()).or_insert(name);
        profile.entry("lastName".into()).or_insert_with(|| "Example".to_owned());
        let email = profile.entry("email".into()).or_insert_with(|| format!("{key}@example.com")).clone();
        profile.entry("login".into()).or_insert(email);
        let person = Person {
            id: okta_id(self.seed, "00u", key),
            state: PersonState::Active,
            profile,
            password: password(self.seed, "okta", key, 0),
            passwords: 0,
        };
        self.people.insert(key.to_owned(), person);
        Ok(())
    }

    /// Adds a group with members.
    ///
    /// # Errors
    /// The name is taken, or a person is unknown.
    pub fn add_group(&mut self, name: &str, members: &[impl AsRef<str>]) -> Result<(), String> {
        if self.groups.contains_key(name) {
            return Err(format!("there is a group {name:?} already"));
        }
        let members: Vec<String> = members.iter().map(|member| member.as_ref().to_owned()).collect();
        for member in &members {
            self.person(member)?;
        }
        self.groups.insert(name.to_owned(), Group { id: okta_id(self.seed, "00g", name), members });
        Ok(())
    }

    /// A person by key.
    ///
    /// # Errors
    /// Says who exists.
    pub fn person(&self, key: &str) -> Result<&Person, String> {
        self.people.get(key).ok_or_else(|| unknown("person", key, self.people.keys()))
    }

    /// A person by key, to set what no action sets (an id that a recording holds).
    ///
    /// # Errors
    /// As [`Org::person`].
    pub fn person_mut(&mut self, key: &str) -> Result<&mut Person, String> {
        let error = unknown("person", key, self.people.keys());
        self.people.get_mut(key).ok_or(error)
    }

    /// A group by name.
    ///
    /// # Errors
    /// Says which exist.
    pub fn group(&self, name: &str) -> Result<&Group, String> {
        self.groups.get(name).ok_or_else(|| unknown("group", name, self.groups.keys()))
    }

    /// An app by label.
    ///
    /// # Errors
    /// Says which exist.
    pub fn app(&self, label: &str) -> Result<&App, String> {
        self.apps.iter().find(|app| app.label == label).ok_or_else(|| self.no_app(label))
    }

    /// An app by label, to change its setup.
    ///
    /// # Errors
    /// As [`Org::app`].
    pub fn app_mut(&mut self, label: &str) -> Result<&mut App, String> {
        let error = self.no_app(label);
        self.apps.iter_mut().find(|app| app.label == label).ok_or(error)
    }

    /// All apps.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    fn no_app(&self, label: &str) -> String {
        unknown("app", label, self.apps.iter().map(|app| &app.label))
    }

    /// The password that a create or a password push carries.
    pub(super) fn password_for(&self, app: &App, key: &str) -> String {
        match self.people.get(key) {
            Some(person) if app.to_app.sync_password => person.password.clone(),
            _ => password(self.seed, &app.label, key, 0),
        }
    }

    /// Who has the app, by themselves or through a group.
    fn assigned(&self, app: &App) -> BTreeSet<String> {
        let through_groups =
            app.assigned_groups.iter().filter_map(|name| self.groups.get(name)).flat_map(|g| &g.members);
        let holds = |key: &&String| self.people.get(*key).is_some_and(|person| person.state.holds_apps());
        app.direct.iter().chain(through_groups).filter(holds).cloned().collect()
    }

    /// Who of a group stands in the app with an id of the target, in order of joining: (person, id, userName).
    #[must_use]
    pub fn provisioned_members(&self, app: &App, group: &str, with_inactive: bool) -> Vec<(String, String, String)> {
        let members = self.groups.get(group).map_or(&[][..], |group| &group.members);
        let of = |key: &String| {
            let former = || app.former.get(key).filter(|_| with_inactive).map(String::as_str);
            let id = app.external_id(key).or_else(former)?;
            Some((key.clone(), id.to_owned(), self.people.get(key)?.login().to_owned()))
        };
        members.iter().filter_map(of).collect()
    }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let there =
        if known.is_empty() { "there is none yet".to_owned() } else { format!("there are {}", known.join(", ")) };
    format!("there is no {kind} {name:?}; {there}")
}

/// An id in Okta's form: a prefix and 17 characters, 20 in all.
fn okta_id(from: Seed, prefix: &str, name: &str) -> String {
    let tail = seed::text(&mut from.stream(&format!("okta-id:{prefix}:{name}")), seed::ALPHANUMERIC, 17);
    format!("{prefix}{tail}")
}

/// Eight random characters, as in every create that was seen.
fn password(from: Seed, whose: &str, key: &str, nth: u32) -> String {
    seed::text(&mut from.stream(&format!("password:{whose}:{key}:{nth}")), seed::ALPHANUMERIC, 8)
}

//! The state of an org, its lookups, and the IDs and passwords that follow from its seed.

use std::collections::{BTreeMap, BTreeSet};

use super::client::ClientKind;
use super::error::{Entity, OrgError};
use super::model::{App, Group, Person, PersonState};
use crate::base::{Seed, seed};
use crate::okta::mapping::{Profile, ProfileValue};

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
    pub(super) seed: Seed,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) apps: Vec<App>,
}

impl Default for Org {
    fn default() -> Self {
        Self { seed: Seed(1), people: BTreeMap::new(), groups: BTreeMap::new(), apps: Vec::new() }
    }
}

impl Org {
    /// Returns an org with one app whose connection is saved.
    #[must_use]
    pub fn with_app(label: impl Into<String>, client: ClientKind) -> Self {
        Self { apps: vec![App::new(label, client)], ..Self::default() }
    }

    /// Derives all IDs and passwords from this seed.
    #[must_use]
    pub fn seeded(mut self, seed: Seed) -> Self {
        self.seed = seed;
        for (key, person) in &mut self.people {
            person.id = okta_id(seed, "00u", key);
            person.password = password(seed, "okta", key, person.password_changes);
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

    /// Adds an active person. Okta requires four attributes, which have these defaults: the email is `<key>@example.com`,
    /// the login is the email, the first name is the key, and the last name is `Example`.
    ///
    /// # Errors
    /// A person with this key exists.
    pub fn add_person<K: Into<String>, V: Into<ProfileValue>>(
        &mut self,
        key: &str,
        profile: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), OrgError> {
        if self.people.contains_key(key) {
            return Err(OrgError::exists(Entity::Person, key));
        }
        let mut profile: Profile = profile.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let mut name = key.to_owned();
        if let Some(first) = name.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        profile.entry("firstName".into()).or_insert_with(|| name.into());
        profile.entry("lastName".into()).or_insert_with(|| "Example".into());
        let email = profile.entry("email".into()).or_insert_with(|| format!("{key}@example.com").into()).clone();
        profile.entry("login".into()).or_insert(email);
        let person = Person {
            id: okta_id(self.seed, "00u", key),
            state: PersonState::Active,
            profile,
            password: password(self.seed, "okta", key, 0),
            password_changes: 0,
        };
        self.people.insert(key.to_owned(), person);
        Ok(())
    }

    /// Adds a group with members.
    ///
    /// # Errors
    /// A group with this name exists, or a member does not exist.
    pub fn add_group(&mut self, name: &str, members: &[impl AsRef<str>]) -> Result<(), OrgError> {
        if self.groups.contains_key(name) {
            return Err(OrgError::exists(Entity::Group, name));
        }
        let members: Vec<String> = members.iter().map(|member| member.as_ref().to_owned()).collect();
        for member in &members {
            self.person(member)?;
        }
        self.groups.insert(name.to_owned(), Group { id: okta_id(self.seed, "00g", name), members });
        Ok(())
    }

    /// Returns a person by key.
    ///
    /// # Errors
    /// There is no such person. The error lists those that exist.
    pub fn person(&self, key: &str) -> Result<&Person, OrgError> {
        self.people.get(key).ok_or_else(|| OrgError::unknown(Entity::Person, key, self.people.keys()))
    }

    /// Returns a person by key, to set data that no action sets, such as an ID from a recording.
    ///
    /// # Errors
    /// As [`Org::person`].
    pub fn person_mut(&mut self, key: &str) -> Result<&mut Person, OrgError> {
        let error = OrgError::unknown(Entity::Person, key, self.people.keys());
        self.people.get_mut(key).ok_or(error)
    }

    /// Returns a group by name.
    ///
    /// # Errors
    /// There is no such group. The error lists those that exist.
    pub fn group(&self, name: &str) -> Result<&Group, OrgError> {
        self.groups.get(name).ok_or_else(|| OrgError::unknown(Entity::Group, name, self.groups.keys()))
    }

    pub(super) fn group_mut(&mut self, name: &str) -> Result<&mut Group, OrgError> {
        let error = OrgError::unknown(Entity::Group, name, self.groups.keys());
        self.groups.get_mut(name).ok_or(error)
    }

    /// Returns an app by label.
    ///
    /// # Errors
    /// There is no such app. The error lists those that exist.
    pub fn app(&self, label: &str) -> Result<&App, OrgError> {
        self.apps.iter().find(|app| app.label == label).ok_or_else(|| self.unknown_app(label))
    }

    /// Returns an app by label, to change its settings.
    ///
    /// # Errors
    /// As [`Org::app`].
    pub fn app_mut(&mut self, label: &str) -> Result<&mut App, OrgError> {
        let error = self.unknown_app(label);
        self.apps.iter_mut().find(|app| app.label == label).ok_or(error)
    }

    /// Returns all apps.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    fn unknown_app(&self, label: &str) -> OrgError {
        OrgError::unknown(Entity::App, label, self.apps.iter().map(|app| &app.label))
    }

    /// Returns the password that a create or a password push carries.
    pub(crate) fn password_for(&self, app: &App, key: &str) -> String {
        match self.people.get(key) {
            Some(person) if app.to_app.sync_password => person.password.clone(),
            _ => password(self.seed, &app.label, key, 0),
        }
    }

    /// Returns the people who are assigned to an app, directly or through a group.
    pub(super) fn assigned(&self, app: &App) -> BTreeSet<String> {
        let through_groups =
            app.assigned_groups.iter().filter_map(|name| self.groups.get(name)).flat_map(|g| &g.members);
        let eligible = |key: &&String| self.people.get(*key).is_some_and(|person| person.state.can_have_apps());
        app.direct.iter().chain(through_groups).filter(eligible).cloned().collect()
    }

    /// Returns those of these people who have an account in the target, as (person, target id, userName).
    /// `with_inactive` includes people who are no longer assigned to the app.
    #[must_use]
    pub fn provisioned(&self, app: &App, people: &[String], with_inactive: bool) -> Vec<(String, String, String)> {
        let of = |key: &String| {
            let former = || app.former.get(key).filter(|_| with_inactive).map(String::as_str);
            let id = app.external_id(key).or_else(former)?;
            Some((key.clone(), id.to_owned(), self.people.get(key)?.login().to_owned()))
        };
        people.iter().filter_map(of).collect()
    }
}

/// Returns an ID in Okta's form: a prefix and 17 characters, 20 in total.
fn okta_id(from: Seed, prefix: &str, name: &str) -> String {
    let tail = seed::text(&mut from.stream(&format!("okta-id:{prefix}:{name}")), seed::ALPHANUMERIC, 17);
    format!("{prefix}{tail}")
}

/// Returns eight random characters, as in every observed create.
pub(super) fn password(from: Seed, whose: &str, key: &str, nth: u32) -> String {
    seed::text(&mut from.stream(&format!("password:{whose}:{key}:{nth}")), seed::ALPHANUMERIC, 8)
}

//! The state of an org, its lookups, and the IDs and passwords that follow from its seed.

use super::client::ClientKind;
use super::error::{Entity, OrgError};
use super::group_rule::GroupRule;
use super::group_table::{EVERYONE, EVERYONE_ID, GroupTable};
use super::keys::{AppId, GroupId, PersonId};
use super::model::{App, AppUser, Group, GroupPushMapping, LeftActive, Person};
use super::people_table::PeopleTable;
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
#[derive(Debug, Clone, PartialEq)]
pub struct Org {
    pub(super) seed: Seed,
    pub(super) people: PeopleTable,
    pub(super) groups: GroupTable,
    /// In the order in which they were created, which is the order in which they apply.
    pub(super) rules: Vec<GroupRule>,
    pub(super) apps: Vec<App>,
}

impl Default for Org {
    fn default() -> Self {
        let mut groups = GroupTable::default();
        groups.insert(Group::new(EVERYONE, okta_id(Seed(1), "00g", EVERYONE)));
        Self { seed: Seed(1), people: PeopleTable::default(), groups, rules: Vec::new(), apps: Vec::new() }
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
        for record in self.people.records_mut() {
            record.okta_id = None;
        }
        for group in self.groups.iter_mut() {
            group.id = okta_id(seed, "00g", &group.name);
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
        if self.people.find(key).is_some() {
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
        let person = self.people.insert(key, profile);
        self.join(person, EVERYONE_ID);
        Ok(())
    }

    /// Adds a group with members.
    ///
    /// # Errors
    /// A group with this name exists, or a member does not exist.
    pub fn add_group(&mut self, name: &str, members: &[impl AsRef<str>]) -> Result<(), OrgError> {
        if self.groups.find(name).is_some() {
            return Err(OrgError::exists(Entity::Group, name));
        }
        let members = self.person_ids(members)?;
        let group = self.groups.insert(Group::new(name, okta_id(self.seed, "00g", name)));
        for member in members {
            self.join(member, group);
        }
        Ok(())
    }

    /// Returns a person by key.
    ///
    /// # Errors
    /// There is no such person. The error lists those that exist.
    pub fn person(&self, key: &str) -> Result<Person, OrgError> {
        let record = self.people.get(self.person_id(key)?).ok_or_else(|| self.unknown_person(key))?;
        let id = record.okta_id.as_deref().map_or_else(|| okta_id(self.seed, "00u", key), str::to_owned);
        Ok(Person {
            id,
            state: record.state,
            profile: self.people.profile(record),
            password: password(self.seed, "okta", key, record.password_changes),
        })
    }

    /// Returns the number of a person.
    ///
    /// # Errors
    /// As [`Org::person`].
    pub fn person_id(&self, key: &str) -> Result<PersonId, OrgError> {
        self.people.find(key).ok_or_else(|| self.unknown_person(key))
    }

    /// Returns the numbers of people.
    pub(super) fn person_ids(&self, keys: &[impl AsRef<str>]) -> Result<Vec<PersonId>, OrgError> {
        keys.iter().map(|key| self.person_id(key.as_ref())).collect()
    }

    /// Returns the key of a person who exists or existed.
    #[must_use]
    pub fn key(&self, person: PersonId) -> &str {
        self.people.key(person)
    }

    /// Sets the Okta user ID of a person, such as one from a recording.
    ///
    /// # Errors
    /// As [`Org::person`].
    pub fn set_okta_id(&mut self, key: &str, id: &str) -> Result<(), OrgError> {
        let person = self.person_id(key)?;
        if let Some(record) = self.people.get_mut(person) {
            record.okta_id = Some(id.into());
        }
        Ok(())
    }

    /// Returns a group by name.
    ///
    /// # Errors
    /// There is no such group. The error lists those that exist.
    pub fn group(&self, name: &str) -> Result<&Group, OrgError> {
        self.groups.find(name).and_then(|id| self.groups.get(id)).ok_or_else(|| self.unknown_group(name))
    }

    /// Returns the number of a group that an administrator can change.
    pub(super) fn own_group(&self, name: &str) -> Result<GroupId, OrgError> {
        match self.group_id(name)? {
            EVERYONE_ID => Err(OrgError::BuiltInGroup { group: name.to_owned() }),
            group => Ok(group),
        }
    }

    pub(super) fn group_id(&self, name: &str) -> Result<GroupId, OrgError> {
        self.groups.find(name).ok_or_else(|| self.unknown_group(name))
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
        let app = self.app_id(label)?;
        Ok(self.at_mut(app))
    }

    pub(super) fn app_id(&self, label: &str) -> Result<AppId, OrgError> {
        let position = self.apps.iter().position(|app| app.label == label).ok_or_else(|| self.unknown_app(label))?;
        Ok(app_number(position))
    }

    pub(super) fn at(&self, app: AppId) -> &App {
        self.apps.get(usize::from(app.0)).expect("invariant: apps are never removed")
    }

    pub(super) fn at_mut(&mut self, app: AppId) -> &mut App {
        self.apps.get_mut(usize::from(app.0)).expect("invariant: apps are never removed")
    }

    pub(super) fn app_ids(&self) -> impl Iterator<Item = AppId> + use<> {
        (0..self.apps.len()).map(app_number)
    }

    /// Returns all apps.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    fn unknown_person(&self, key: &str) -> OrgError {
        OrgError::unknown(Entity::Person, key, self.people.keys())
    }

    fn unknown_group(&self, name: &str) -> OrgError {
        OrgError::unknown(Entity::Group, name, self.groups.names())
    }

    fn unknown_app(&self, label: &str) -> OrgError {
        OrgError::unknown(Entity::App, label, self.apps.iter().map(|app| app.label.as_str()))
    }

    /// Returns the accounts of an app by person, sorted by key.
    #[must_use]
    pub fn users<'a>(&'a self, app: &'a App) -> Vec<(&'a str, &'a AppUser)> {
        self.by_key(app.users.iter().map(|(person, user)| (*person, user)))
    }

    /// Returns the last `id` in the target of people who are no longer assigned, sorted by key.
    #[must_use]
    pub fn former_users<'a>(&'a self, app: &'a App) -> Vec<(&'a str, &'a str)> {
        self.by_key(app.former.iter().map(|(person, id)| (*person, id.as_str())))
    }

    /// Returns the accounts that stay active in the target, sorted by the key of the person.
    #[must_use]
    pub fn left_active<'a>(&'a self, app: &'a App) -> Vec<(&'a str, &'a LeftActive)> {
        self.by_key(app.left_active.iter().map(|(person, left)| (*person, left)))
    }

    /// Returns true if the person has an account in the app, provisioned or not.
    pub(crate) fn has_account(&self, app: &App, person: &str) -> bool {
        self.people.find_any(person).is_some_and(|person| app.users.contains_key(&person))
    }

    /// Returns the target's `id` of a person.
    #[must_use]
    pub fn external_id<'a>(&self, app: &'a App, person: &str) -> Option<&'a str> {
        app.external_id(self.people.find_any(person)?)
    }

    /// Returns the push of a group.
    #[must_use]
    pub fn push<'a>(&self, app: &'a App, group: &str) -> Option<&'a GroupPushMapping> {
        app.pushed_groups.get(&self.groups.find(group)?)
    }

    fn by_key<T>(&self, entries: impl Iterator<Item = (PersonId, T)>) -> Vec<(&str, T)> {
        let mut named: Vec<(&str, T)> = entries.map(|(person, item)| (self.people.key(person), item)).collect();
        named.sort_unstable_by_key(|(key, _)| *key);
        named
    }

    /// Returns the password that a create or a password push carries.
    pub(crate) fn password_for(&self, app: &App, key: &str) -> String {
        let record = self.people.find(key).and_then(|person| self.people.get(person));
        match record {
            Some(record) if app.to_app.sync_password => password(self.seed, "okta", key, record.password_changes),
            _ => password(self.seed, &app.label, key, 0),
        }
    }

    /// Returns those of these people who have an account in the target, as (person, target id, userName).
    /// `with_inactive` includes people who are no longer assigned to the app.
    #[must_use]
    pub fn provisioned(&self, app: &App, people: &[PersonId], with_inactive: bool) -> Vec<(PersonId, String, String)> {
        let of = |person: &PersonId| {
            let former = || app.former.get(person).filter(|_| with_inactive).map(String::as_str);
            let id = app.external_id(*person).or_else(former)?;
            self.people.get(*person)?;
            Some((*person, id.to_owned(), self.user_name(app, *person)))
        };
        people.iter().filter_map(of).collect()
    }
}

fn app_number(position: usize) -> AppId {
    AppId(u16::try_from(position).expect("invariant: an org has fewer than 2^16 apps"))
}

/// Returns an ID in Okta's form: a prefix and 17 characters, 20 in total.
fn okta_id(from: Seed, prefix: &str, name: &str) -> String {
    let tail = seed::text(&mut from.stream(&format!("okta-id:{prefix}:{name}")), seed::ALPHANUMERIC, 17);
    format!("{prefix}{tail}")
}

/// Returns eight random characters, as in every observed create.
fn password(from: Seed, whose: &str, key: &str, nth: u32) -> String {
    seed::text(&mut from.stream(&format!("password:{whose}:{key}:{nth}")), seed::ALPHANUMERIC, 8)
}

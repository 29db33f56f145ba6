//! The people of an org in compact form: a key and a number each, and the profile as one text.

use indexmap::{IndexMap, IndexSet};

use super::keys::{AppId, GroupId, PersonId};
use super::model::PersonState;
use crate::okta::mapping::{Profile, ProfileValue};

/// The attribute of the application username, which is stored apart, because each push of a group needs it.
const LOGIN: &str = "login";

/// All people, by key, in the order in which they were created.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PeopleTable {
    /// A deleted person leaves the key, so that jobs and accounts that name the person still have one.
    entries: IndexMap<Box<str>, Option<PersonRecord>>,
    /// The names of all attributes. A profile contains their positions.
    attributes: IndexSet<Box<str>>,
}

/// A person who exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PersonRecord {
    pub(super) state: PersonState,
    /// The number of password changes so far.
    pub(super) password_changes: u32,
    pub(super) has_password: bool,
    /// The Okta user ID, if it does not follow from the seed.
    pub(super) okta_id: Option<Box<str>>,
    login: Option<Box<str>>,
    profile: PackedProfile,
    /// The groups of which the person is a member, sorted.
    pub(super) groups: Vec<GroupId>,
    /// The apps that are assigned directly, sorted.
    pub(super) direct: Vec<AppId>,
}

/// A profile without the login, as JSON: `[[0,"Ada"],[1,"Lovelace"]]`, where the numbers are positions of attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PackedProfile(Box<str>);

impl PeopleTable {
    /// Makes space for more people.
    pub(super) fn reserve(&mut self, additional: usize) {
        self.entries.reserve_exact(additional);
    }

    /// Returns the keys of all people who exist.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, record)| record.is_some()).map(|(key, _)| key.as_ref())
    }

    /// Returns the numbers of all people who exist.
    pub(super) fn ids(&self) -> impl Iterator<Item = PersonId> {
        let all = self.entries.values().enumerate();
        all.filter(|(_, record)| record.is_some()).map(|(position, _)| number(position))
    }

    /// Returns the number of a person who exists.
    pub(super) fn find(&self, key: &str) -> Option<PersonId> {
        let (position, _, record) = self.entries.get_full(key)?;
        record.as_ref().map(|_| number(position))
    }

    /// Returns the number of a person who exists or existed.
    pub(super) fn find_any(&self, key: &str) -> Option<PersonId> {
        self.entries.get_index_of(key).map(number)
    }

    /// Returns the key of a person who exists or existed.
    pub(super) fn key(&self, id: PersonId) -> &str {
        self.entries.get_index(id.0 as usize).map_or("", |(key, _)| key)
    }

    pub(super) fn get(&self, id: PersonId) -> Option<&PersonRecord> {
        self.entries.get_index(id.0 as usize)?.1.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: PersonId) -> Option<&mut PersonRecord> {
        self.entries.get_index_mut(id.0 as usize)?.1.as_mut()
    }

    pub(super) fn records_mut(&mut self) -> impl Iterator<Item = &mut PersonRecord> {
        self.entries.values_mut().flatten()
    }

    /// Adds an active person. A person with this key must not exist.
    pub(super) fn insert(&mut self, key: &str, profile: Profile) -> PersonId {
        let (login, profile) = self.pack(profile);
        let record = PersonRecord {
            state: PersonState::Active,
            password_changes: 0,
            has_password: true,
            okta_id: None,
            login,
            profile,
            groups: Vec::new(),
            direct: Vec::new(),
        };
        number(self.entries.insert_full(key.into(), Some(record)).0)
    }

    /// Deletes a person, and returns what was known of the person.
    pub(super) fn remove(&mut self, id: PersonId) -> Option<PersonRecord> {
        self.entries.get_index_mut(id.0 as usize)?.1.take()
    }

    /// Returns the Okta username; empty if the person has none.
    pub(super) fn login(&self, id: PersonId) -> &str {
        self.get(id).and_then(|record| record.login.as_deref()).unwrap_or_default()
    }

    /// Returns the profile of a person.
    pub(super) fn profile(&self, record: &PersonRecord) -> Profile {
        let packed: Vec<(usize, ProfileValue)> =
            serde_json::from_str(&record.profile.0).expect("invariant: `pack` wrote this JSON");
        let unpacked = packed.into_iter().filter_map(|(position, value)| {
            let name = self.attributes.get_index(position)?;
            Some((name.to_string(), value))
        });
        let login = record.login.iter().map(|login| (LOGIN.to_owned(), ProfileValue::from(login.as_ref())));
        unpacked.chain(login).collect()
    }

    pub(super) fn set_profile(&mut self, id: PersonId, profile: Profile) {
        let (login, profile) = self.pack(profile);
        if let Some(record) = self.get_mut(id) {
            record.login = login;
            record.profile = profile;
        }
    }

    fn pack(&mut self, mut profile: Profile) -> (Option<Box<str>>, PackedProfile) {
        let login = match profile.get(LOGIN) {
            Some(ProfileValue::Text(login)) => Some(login.as_str().into()),
            _ => None,
        };
        if login.is_some() {
            profile.remove(LOGIN);
        }
        let numbered: Vec<(usize, &ProfileValue)> =
            profile.iter().map(|(name, value)| (self.attribute(name), value)).collect();
        let json = serde_json::to_string(&numbered).expect("invariant: strings and lists are JSON");
        (login, PackedProfile(json.into()))
    }

    fn attribute(&mut self, name: &str) -> usize {
        self.attributes.get_index_of(name).unwrap_or_else(|| self.attributes.insert_full(name.into()).0)
    }
}

fn number(position: usize) -> PersonId {
    PersonId(u32::try_from(position).expect("invariant: an org has fewer than 2^32 people"))
}

//! People whom an import creates: imported users whom no person in Okta matches.
//!
//! An import offers such a user as a new one, which an administrator or the setting "Auto-confirm new users" confirms. Okta then
//! creates the person, staged because there is no password, and links the person to the user without a request (KBIMPORT, AZLAB-21).
//! Not documented, and so our choice: the attribute mapping is read backwards, and the Okta username is the `userName` if that is
//! an e-mail address, otherwise the e-mail address. A new user whom Okta could not create is left to the administrator.

use std::collections::BTreeSet;

use super::assignments::Scope;
use super::error::{Entity, OrgError};
use super::group_table::{EVERYONE, EVERYONE_ID};
use super::import_index::ImportIndex;
use super::keys::{AppId, PersonId};
use super::model::{App, PersonState};
use super::specs::{Effects, JobKind, JobSpec, MemberChange, Waves};
use super::state::Org;
use super::transition::Transition;
use crate::okta::habits::Habits;
use crate::okta::mapping::{Profile, ProfileValue};

/// The attributes that Okta requires of a person (MGMTAPI).
const REQUIRED: [&str; 4] = ["login", "email", "firstName", "lastName"];

impl Org {
    /// Confirms an imported user as a new person with this key.
    pub(super) fn confirm_new_user(
        &mut self,
        label: &str,
        key: &str,
        user: &str,
        activate: bool,
    ) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        if self.people.find(key).is_some() {
            return Err(OrgError::exists(Entity::Person, key));
        }
        let app = self.at(at);
        let profile = app.new_profile(user)?;
        if let Some(other) = ImportIndex::of(app).holder(user, None) {
            let (user, app, person) = (user.to_owned(), label.to_owned(), self.key(other).to_owned());
            return Err(OrgError::ImportTaken { user, app, person });
        }
        let login = login(&profile);
        if let Some(other) = self.people.ids().find(|person| self.people.login(*person).to_lowercase() == login) {
            return Err(OrgError::LoginTaken { login, person: self.key(other).to_owned() });
        }
        let joined = vec![self.add_imported(at, key, user, profile, activate)?];
        Ok(Effects::of_members(EVERYONE_ID, MemberChange { joined, ..MemberChange::default() }))
    }

    /// Returns what follows from a job that succeeded: after an import of an app with auto-confirmation of new users, the
    /// provisioning of the people whom it created, in the apps that their groups assign.
    pub fn follow_up(&mut self, spec: &JobSpec, habits: &Habits) -> Waves {
        let Ok(at) = self.app_id(&spec.app) else { return Waves::new() };
        let rules = &self.at(at).import_rules;
        let activate = rules.auto_activate_new;
        if !matches!(spec.kind, JobKind::Import { .. }) || !rules.auto_confirm_new {
            return Waves::new();
        }
        let mut scope = self.scope_of_new_people(&spec.app);
        let before = self.standing(&scope);
        let mut joined = Vec::new();
        for (user, profile) in self.new_users(at) {
            joined.extend(self.add_imported(at, &user, &user, profile, activate));
        }
        scope.people.extend(joined.iter().copied());
        let change = MemberChange { joined, ..MemberChange::default() };
        self.settle(&scope, &before, Effects::of_members(EVERYONE_ID, change), habits)
    }

    /// Returns what the creation of people by an import may change.
    pub(super) fn scope_of_new_people(&self, label: &str) -> Scope {
        let of_everyone = self.group(EVERYONE).map(|group| group.assigned_by.clone()).unwrap_or_default();
        let apps: BTreeSet<AppId> = of_everyone.into_iter().chain(self.app_id(label)).collect();
        self.scope_with_rules(apps.into_iter().collect(), BTreeSet::new())
    }

    /// Returns the imported users that Okta can create: no person matches or has them, and no person has the Okta username.
    fn new_users(&self, at: AppId) -> Vec<(String, Profile)> {
        let app = self.at(at);
        let (index, mut matched, mut logins) = (ImportIndex::of(app), BTreeSet::new(), BTreeSet::new());
        for person in self.people.ids() {
            matched.extend(index.matches(&self.traits(app, person)).users);
            logins.insert(self.people.login(person).to_lowercase());
        }
        let mut new = Vec::new();
        for user in app.imported_users.keys() {
            if matched.contains(user.as_str()) || index.holder(user, None).is_some() || self.people.find(user).is_some()
            {
                continue;
            }
            if let Ok(profile) = app.new_profile(user)
                && logins.insert(login(&profile))
            {
                new.push((user.clone(), profile));
            }
        }
        new
    }

    /// Adds a person without a password, who is linked to an imported user.
    fn add_imported(
        &mut self,
        at: AppId,
        key: &str,
        user: &str,
        profile: Profile,
        activate: bool,
    ) -> Result<PersonId, OrgError> {
        self.add_person(key, profile)?;
        let (person, record) = self.record_mut(key)?;
        record.has_password = false;
        record.password_changes = 0;
        record.state = PersonState::Staged;
        if activate {
            record.state = Transition::Activate.to(PersonState::Staged, false);
        }
        self.link_imported(at, person, user);
        Ok(person)
    }
}

impl App {
    /// Returns the Okta profile of an imported user.
    fn new_profile(&self, user: &str) -> Result<Profile, OrgError> {
        let (app, user_name) = (self.label.clone(), user.to_owned());
        let Some(details) = self.imported_details.get(user) else {
            return Err(OrgError::NotImported { app, user_name });
        };
        let mut profile = details.profile.clone();
        if let Some((first, last)) = &details.name {
            profile.entry("firstName".to_owned()).or_insert_with(|| first.as_str().into());
            profile.entry("lastName".to_owned()).or_insert_with(|| last.as_str().into());
        }
        if let Some(email) = &details.email {
            profile.entry("email".to_owned()).or_insert_with(|| email.as_str().into());
        }
        let login = if user.contains('@') { Some(user) } else { details.email.as_deref() };
        profile.extend(login.map(|login| ("login".to_owned(), login.into())));
        let is_missing = |name: &&str| profile.get(*name).is_none_or(ProfileValue::is_empty);
        match REQUIRED.iter().find(|name| is_missing(name)) {
            Some(attribute) => Err(OrgError::ImportIncomplete { user: user_name, app, attribute }),
            None => Ok(profile),
        }
    }
}

/// Returns the Okta username in lower case, because Okta ignores the case when it compares usernames (MGMTAPI).
fn login(profile: &Profile) -> String {
    profile.get("login").and_then(ProfileValue::text).unwrap_or_default().to_lowercase()
}

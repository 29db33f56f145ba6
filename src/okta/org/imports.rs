//! Imports: matching users of the target to people, and removing those who are no longer in the target.
//!
//! Okta matches and confirms without a request to the target (AZLAB-21). Not documented, and so our choice: a user that
//! several people match, and a person whom several users match, is a conflict that only `match-import` decides.

use std::collections::BTreeSet;

use super::error::OrgError;
use super::import_rules::ImportMatch;
use super::keys::{AppId, PersonId};
use super::model::{App, AppUser, PersonState};
use super::results::JobResult;
use super::specs::{Effects, JobKind};
use super::state::Org;
use crate::okta::mapping::ProfileValue;

impl Org {
    pub(super) fn import(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        Ok(app.effects([JobKind::Import { groups: app.import_groups }]))
    }

    pub(super) fn confirm_import(&mut self, label: &str, people: &[String]) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let mut confirmed: Vec<(PersonId, String)> = Vec::new();
        for key in people {
            let person = self.person_id(key)?;
            let app = self.at(at);
            let user = match self.imported_matches(app, person).as_slice() {
                [] => {
                    let user_name = self.user_name(app, person);
                    return Err(OrgError::NotImported { app: label.to_owned(), user_name });
                }
                [one] => one.clone(),
                several => {
                    let (person, app) = (key.clone(), label.to_owned());
                    return Err(OrgError::ImportConflict { person, app, users: several.to_vec() });
                }
            };
            self.check_free(app, &user, person)?;
            if let Some((other, _)) = confirmed.iter().find(|(_, taken)| *taken == user) {
                let person = self.key(*other).to_owned();
                return Err(OrgError::ImportTaken { user, app: label.to_owned(), person });
            }
            confirmed.push((person, user));
        }
        for (person, user) in confirmed {
            self.link_imported(at, person, &user);
        }
        Ok(Effects::default())
    }

    pub(super) fn match_import(&mut self, label: &str, key: &str, user: &str) -> Result<Effects, OrgError> {
        let (at, person) = (self.app_id(label)?, self.person_id(key)?);
        let app = self.at(at);
        if self.state(person) == Some(PersonState::Deprovisioned) {
            return Err(OrgError::PersonDeactivated { person: key.to_owned(), change: "change the assignments" });
        }
        if app.external_id(person).is_some() {
            return Err(OrgError::PersonAlreadyAssigned { person: key.to_owned(), app: label.to_owned() });
        }
        if !app.imported_users.contains_key(user) {
            return Err(OrgError::NotImported { app: label.to_owned(), user_name: user.to_owned() });
        }
        self.check_free(app, user, person)?;
        self.link_imported(at, person, user);
        Ok(Effects::default())
    }

    /// Checks that no other person has an imported user.
    fn check_free(&self, app: &App, user: &str, person: PersonId) -> Result<(), OrgError> {
        let id = app.imported_users.get(user);
        let has_it = |(other, account): &(&PersonId, &AppUser)| **other != person && account.external_id.as_ref() == id;
        match app.users.iter().find(has_it) {
            Some((other, _)) => {
                let (user, app, person) = (user.to_owned(), app.label.clone(), self.key(*other).to_owned());
                Err(OrgError::ImportTaken { user, app, person })
            }
            None => Ok(()),
        }
    }

    /// Links a person to an imported user, and assigns the person.
    fn link_imported(&mut self, at: AppId, person: PersonId, user: &str) {
        let Some(id) = self.at(at).imported_users.get(user).cloned() else { return };
        // The account is linked before assignments are compared, so that Okta sends no lookup.
        let app = self.at_mut(at);
        app.users.insert(person, AppUser::linked(id));
        app.former.remove(&person);
        self.assign_directly(person, at);
    }

    /// Returns the `userName`s of the imported users that match a person: the exact matches, otherwise the partial ones.
    fn imported_matches(&self, app: &App, person: PersonId) -> Vec<String> {
        let exact: Vec<String> = match app.import_rules.match_by {
            ImportMatch::Username => {
                let user_name = self.user_name(app, person);
                app.imported_users.contains_key(&user_name).then_some(user_name).into_iter().collect()
            }
            ImportMatch::Email => {
                let email = self.attribute(person, "email").unwrap_or_default().to_lowercase();
                let same = |other: &String| !email.is_empty() && other.to_lowercase() == email;
                let users = app.imported_details.iter();
                users.filter(|(_, user)| user.email.as_ref().is_some_and(same)).map(|(name, _)| name.clone()).collect()
            }
        };
        if !app.import_rules.partial || !exact.is_empty() {
            return exact;
        }
        let name = self.attribute(person, "firstName").zip(self.attribute(person, "lastName"));
        let users = app.imported_details.iter().filter(|(_, user)| name.is_some() && user.name == name);
        users.map(|(name, _)| name.clone()).collect()
    }

    fn attribute(&self, person: PersonId, name: &str) -> Option<String> {
        let record = self.people.get(person)?;
        self.people.profile(record).get(name).and_then(ProfileValue::text).map(str::to_owned)
    }

    /// Stores the users that an import read. People whose account is no longer in the target lose it, and the app if they
    /// are assigned directly. With auto-confirmation, people with exactly one exact match get the app.
    pub(super) fn record_import(&mut self, at: AppId, result: &JobResult) {
        let app = self.at_mut(at);
        app.imported_users.clone_from(&result.users);
        app.imported_details.clone_from(&result.details);
        app.import_removed = result.inactive;
        for person in &result.missing {
            self.remove_missing(at, *person);
        }
        if self.at(at).import_rules.auto_confirm {
            self.auto_confirm(at);
        }
    }

    fn remove_missing(&mut self, at: AppId, person: PersonId) {
        self.unassign_directly(person, at);
        let keeps = self.has_app(self.at(at), person);
        let app = self.at_mut(at);
        let account = app.users.remove(&person);
        if let Some(id) = account.and_then(|account| account.external_id) {
            app.former.insert(person, id);
        }
        if keeps {
            // A group still assigns the app: the person waits for Provision User.
            app.users.insert(person, AppUser::default());
        } else {
            app.touched.remove(&person);
        }
    }

    fn auto_confirm(&mut self, at: AppId) {
        let app = self.at(at);
        let is_free = |person: &PersonId| {
            let active = self.people.get(*person).is_some_and(|record| record.state.can_have_apps());
            active && app.external_id(*person).is_none()
        };
        let mut matched: Vec<(String, PersonId)> = Vec::new();
        for person in self.people.ids().filter(is_free) {
            if let [one] = self.imported_matches(app, person).as_slice()
                && self.is_exact(app, person, one)
                && self.check_free(app, one, person).is_ok()
            {
                matched.push((one.clone(), person));
            }
        }
        let mut once = BTreeSet::new();
        let twice: BTreeSet<String> =
            matched.iter().filter(|(user, _)| !once.insert(user.clone())).map(|(user, _)| user.clone()).collect();
        for (user, person) in matched.into_iter().filter(|(user, _)| !twice.contains(user)) {
            self.link_imported(at, person, &user);
        }
    }

    fn is_exact(&self, app: &App, person: PersonId, user: &str) -> bool {
        match app.import_rules.match_by {
            ImportMatch::Username => self.user_name(app, person) == user,
            ImportMatch::Email => {
                let email = app.imported_details.get(user).and_then(|user| user.email.as_ref());
                let own = self.attribute(person, "email");
                email.zip(own).is_some_and(|(email, own)| email.to_lowercase() == own.to_lowercase())
            }
        }
    }
}

impl App {
    /// Returns the people with an account in the target, and the `id` of each.
    pub(in crate::okta) fn linked(&self) -> impl Iterator<Item = (PersonId, &str)> {
        self.users.iter().filter_map(|(person, user)| Some((*person, user.external_id.as_deref()?)))
    }
}

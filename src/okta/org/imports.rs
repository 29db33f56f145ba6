//! Imports: matching users of the target to people, and removing those who are no longer in the target.
//!
//! Okta matches and confirms without a request to the target (AZLAB-21). Not documented, and so our choice: a user that
//! several people match, and a person whom several users match, is a conflict that only `match-import` decides.

use std::collections::BTreeMap;

use super::error::OrgError;
use super::import_index::ImportIndex;
use super::keys::{AppId, PersonId};
use super::model::{App, AppUser, PersonState};
use super::results::JobResult;
use super::specs::{Effects, JobKind};
use super::state::Org;

impl Org {
    pub(super) fn import(&self, label: &str) -> Result<Effects, OrgError> {
        let app = self.app(label)?.require_provisioning()?;
        Ok(app.effects([JobKind::Import { groups: app.import_groups }]))
    }

    pub(super) fn confirm_import(&mut self, label: &str, people: &[String]) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let app = self.at(at);
        let index = ImportIndex::of(app);
        let mut confirmed: Vec<(PersonId, String)> = Vec::new();
        for key in people {
            let person = self.person_id(key)?;
            let user = match index.matches(&self.traits(app, person)).users.as_slice() {
                [] => {
                    let user_name = self.user_name(app, person);
                    return Err(OrgError::NotImported { app: label.to_owned(), user_name });
                }
                [one] => (*one).to_owned(),
                several => {
                    let users = several.iter().map(|user| (*user).to_owned()).collect();
                    return Err(OrgError::ImportConflict { person: key.clone(), app: label.to_owned(), users });
                }
            };
            let taken = confirmed.iter().find(|(_, taken)| *taken == user).map(|(other, _)| *other);
            self.check_free(&index, label, &user, person, taken)?;
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
        self.check_free(&ImportIndex::of(app), label, user, person, None)?;
        self.link_imported(at, person, user);
        Ok(Effects::default())
    }

    /// Checks that no other person has an imported user. `confirmed` is a person to whom the same action gives it.
    fn check_free(
        &self,
        index: &ImportIndex<'_>,
        label: &str,
        user: &str,
        person: PersonId,
        confirmed: Option<PersonId>,
    ) -> Result<(), OrgError> {
        match index.holder(user, Some(person)).or(confirmed) {
            Some(other) => {
                let (user, app, person) = (user.to_owned(), label.to_owned(), self.key(other).to_owned());
                Err(OrgError::ImportTaken { user, app, person })
            }
            None => Ok(()),
        }
    }

    /// Links a person to an imported user, and assigns the person.
    pub(super) fn link_imported(&mut self, at: AppId, person: PersonId, user: &str) {
        let Some(id) = self.at(at).imported_users.get(user).cloned() else { return };
        // The account is linked before assignments are compared, so that Okta sends no lookup.
        let app = self.at_mut(at);
        app.users.insert(person, AppUser::linked(id));
        app.former.remove(&person);
        self.assign_directly(person, at);
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
        let app = self.at_mut(at);
        let account = app.users.remove(&person);
        if let Some(id) = account.and_then(|account| account.external_id) {
            app.former.insert(person, id);
        }
        if self.has_app(self.at(at), person) {
            // A group still assigns the app: the person waits for Provision User.
            self.at_mut(at).users.insert(person, AppUser::default());
        } else {
            self.at_mut(at).touched.remove(&person);
        }
    }

    fn auto_confirm(&mut self, at: AppId) {
        let app = self.at(at);
        let is_free = |person: &PersonId| {
            let active = self.people.get(*person).is_some_and(|record| record.state.can_have_apps());
            active && app.external_id(*person).is_none()
        };
        let index = ImportIndex::of(app);
        let mut matched: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
        for person in self.people.ids().filter(is_free) {
            let found = index.matches(&self.traits(app, person));
            if let [one] = found.users.as_slice()
                && found.is_exact
                && index.holder(one, Some(person)).is_none()
            {
                matched.entry((*one).to_owned()).or_default().push(person);
            }
        }
        for (user, people) in matched {
            // A user that several people match is left to the administrator.
            if let [person] = people.as_slice() {
                self.link_imported(at, *person, &user);
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

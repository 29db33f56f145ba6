//! People of the population in a scenario: they join its cast, and enter Okta by import and confirmation.

use super::cast::CastUser;
use super::outcome::{Outcome, StepResult};
use super::reading;
use super::world::{APP, Sender, World};
use crate::okta::Action;
use crate::okta::org::OrgError;
use crate::wire::{Method, id_text};

fn invalid(error: &OrgError) -> Outcome {
    Outcome::InvalidStep(error.to_string())
}

impl World {
    /// Adds the user that is leased to the scenario under this key to the cast. Returns false if there is none.
    pub(super) fn adopt(&mut self, key: &str) -> bool {
        let Some(user) = self.leases.remove(key) else { return false };
        let (profile, logins) = (user.person.profile.clone(), vec![user.person.login.clone()]);
        self.cast.people.insert(key.to_owned(), CastUser { profile, logins, ..CastUser::default() });
        self.unconfirmed.insert(key.to_owned(), user.person.okta_id.clone());
        // The scenario judges the user by what this create made.
        self.record_exchange(Sender::Harness, user.created.clone());
        true
    }

    /// Returns the resources that the scenario created, as (collection, ID), groups first.
    pub(super) fn created(&self) -> Vec<(String, String)> {
        let leased = self.run.population.users();
        let is_leased = |id: &String| leased.iter().any(|user| user.id == *id);
        let posts = self.exchanges.iter().filter(|(_, exchange)| exchange.request.method == Method::Post);
        let made = posts.filter(|(_, exchange)| reading::succeeded(exchange)).filter_map(|(_, exchange)| {
            let (collection, _) = exchange.request.subject();
            Some((collection, id_text(exchange.json()?.get("id")?)?))
        });
        let markers = self.marker_ids.iter().map(|id| ("Users".to_owned(), id.clone()));
        let (users, groups): (Vec<_>, Vec<_>) = made.chain(markers).partition(|(collection, _)| collection == "Users");
        groups.into_iter().chain(users.into_iter().filter(|(_, id)| !is_leased(id))).collect()
    }

    /// Gives a person of the population the Okta ID that the user has as `externalId`.
    pub(super) fn identify(&mut self, key: &str) -> StepResult {
        let Some(id) = self.unconfirmed.get(key).cloned() else { return Ok(()) };
        self.agent()?.org_mut().set_okta_id(key, &id).map_err(|error| invalid(&error))
    }

    /// Begins an action with the confirmation of imported users, which sends nothing. The import itself is read by one scenario
    /// for the whole run.
    pub(super) async fn confirm_import(&mut self, people: Vec<String>) -> StepResult {
        self.mark = self.exchanges.len();
        let mut imported = Vec::new();
        for key in &people {
            imported.push((self.person(key)?.login().to_owned(), self.person_id(key)?));
            self.unconfirmed.remove(key);
        }
        self.confirm(people, imported).await
    }

    /// Confirms users, given as (userName, ID).
    pub(super) async fn confirm(&mut self, people: Vec<String>, imported: Vec<(String, String)>) -> StepResult {
        if people.is_empty() {
            return Ok(());
        }
        let app = self.agent()?.org_mut().app_mut(APP).map_err(|error| invalid(&error))?;
        app.imported_users.extend(imported);
        self.act_also(Action::ConfirmImport { app: APP.to_owned(), people }).await
    }

    /// Imports all users of the population into Okta, and assigns them to the app.
    pub(super) async fn import_crowd(&mut self) -> StepResult {
        self.mark = self.exchanges.len();
        self.crowd = self.run.population.users().to_vec();
        let crowd = self.crowd.clone();
        for user in &crowd {
            let org = self.agent()?.org_mut();
            let person = &user.person;
            org.add_person(&person.key, person.profile.clone()).map_err(|error| invalid(&error))?;
            org.set_okta_id(&person.key, &person.okta_id).map_err(|error| invalid(&error))?;
        }
        let keys = crowd.iter().map(|user| user.person.key.clone()).collect();
        let imported = crowd.iter().map(|user| (user.person.login.clone(), user.id.clone())).collect();
        self.confirm(keys, imported).await
    }
}

//! The application username: what Okta sends as `userName`.

use super::error::OrgError;
use super::keys::PersonId;
use super::model::App;
use super::people_table::PersonRecord;
use super::specs::{Effects, JobKind};
use super::state::Org;
use super::username_format::UsernameFormat;
use crate::okta::mapping::Profile;

impl Org {
    /// Returns the application username of a person; empty if the person was deleted.
    pub(crate) fn user_name(&self, app: &App, person: PersonId) -> String {
        let Some(record) = self.people.get(person).filter(|_| !app.username_format.is_login()) else {
            return self.people.login(person).to_owned();
        };
        self.user_name_from(app, person, record, &self.people.profile(record))
    }

    /// As [`Org::user_name`], for a caller that has the profile.
    pub(crate) fn user_name_with(&self, app: &App, person: PersonId, profile: &Profile) -> String {
        match self.people.get(person) {
            Some(record) if !app.username_format.is_login() => self.user_name_from(app, person, record, profile),
            _ => self.people.login(person).to_owned(),
        }
    }

    /// Returns the application username that a person has with a profile.
    pub(super) fn user_name_from(
        &self,
        app: &App,
        person: PersonId,
        record: &PersonRecord,
        profile: &Profile,
    ) -> String {
        self.evaluate(&app.username_format.0, person, record, profile).text()
    }

    /// Changes the format, and pushes the profiles of those whose username changes.
    pub(super) fn set_username_format(&mut self, label: &str, format: &str) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let format = UsernameFormat::parse(format).map_err(OrgError::Expression)?;
        let app = self.at(at);
        let names =
            |app: &App| -> Vec<String> { app.users.keys().map(|person| self.user_name(app, *person)).collect() };
        let before = names(app);
        let mut changed = app.clone();
        changed.username_format = format.clone();
        let pushes = app.provisioning && app.to_app.update && !app.to_app.exclude_username_updates;
        let moved = app.users.iter().zip(before.iter().zip(names(&changed)));
        let moved =
            moved.filter(|((_, user), (before, after))| pushes && user.external_id.is_some() && *before != after);
        let mut people: Vec<&str> = moved.map(|((person, _), _)| self.people.key(*person)).collect();
        people.sort_unstable();
        let effects =
            app.effects(people.into_iter().map(|person| JobKind::UpdateProfile { person: person.to_owned() }));
        self.at_mut(at).username_format = format;
        Ok(effects)
    }
}

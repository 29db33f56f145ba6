//! Mapping rows whose value is an Okta expression.
//!
//! Okta evaluates an expression when it pushes a profile. Not documented, and so our choice: a change of groups or of the
//! state alone pushes nothing, and a number or a boolean is sent as a string.

use super::error::OrgError;
use super::keys::PersonId;
use super::model::App;
use super::people_table::PersonRecord;
use super::specs::{Effects, JobKind};
use super::state::Org;
use crate::okta::expression::{Expression, Subject, Value};
use crate::okta::habits::Habits;
use crate::okta::mapping::{AppProfile, Profile, ProfileValue};

impl Org {
    /// Evaluates an expression for a person who has a profile.
    pub(super) fn evaluate(
        &self,
        expression: &Expression,
        person: PersonId,
        record: &PersonRecord,
        profile: &Profile,
    ) -> Value {
        let is_member_of = |name: &str| self.groups.find(name).is_some_and(|group| self.is_member(person, group));
        expression.evaluate(&Subject { profile, status: record.state.api_name(), is_member_of: &is_member_of })
    }

    /// Returns the values of the rows with expressions for a person who has a profile.
    pub(super) fn computed(&self, app: &App, person: PersonId, profile: &Profile) -> Profile {
        let Some(record) = self.people.get(person).filter(|_| !app.expressions.is_empty()) else {
            return Profile::new();
        };
        let value = |row: &str, expression: &Expression| match self.evaluate(expression, person, record, profile) {
            Value::List(items) if app.mapping.takes_lists(row) => {
                ProfileValue::List(items.iter().map(Value::text).collect())
            }
            value => value.text().into(),
        };
        app.expressions.iter().map(|(row, expression)| (row.clone(), value(row, expression))).collect()
    }

    /// Gives a row to an expression, and pushes the profiles of those whose value changes.
    pub(super) fn set_mapping(
        &mut self,
        label: &str,
        row: &str,
        expression: &str,
        habits: &Habits,
    ) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let app = self.at(at);
        let mut changed = app.clone();
        changed.set_expression(row, expression)?;
        let pushes = app.provisioning && app.to_app.update;
        let differs = |person: PersonId| {
            let Some(record) = self.people.get(person) else { return false };
            let profile = &self.people.profile(record);
            let sent = |app: &App| {
                let values = self.app_values(app, person, profile);
                app.mapping.attributes(AppProfile { profile, values: &values }, habits, true)
            };
            sent(app) != sent(&changed)
        };
        let linked = app.users.iter().filter(|(_, user)| pushes && user.external_id.is_some());
        let concerned = linked.filter(|(person, _)| differs(**person));
        let mut people: Vec<String> = concerned.map(|(person, _)| self.key(*person).to_owned()).collect();
        people.sort_unstable();
        let effects = app.effects(people.into_iter().map(|person| JobKind::UpdateProfile { person }));
        let app = self.at_mut(at);
        (app.mapping, app.expressions) = (changed.mapping, changed.expressions);
        Ok(effects)
    }
}

impl App {
    /// Gives a row of the mapping to an Okta expression.
    ///
    /// # Errors
    /// The row does not exist, or the expression is not valid.
    pub fn set_expression(&mut self, row: &str, expression: &str) -> Result<(), OrgError> {
        let expression = Expression::parse(expression).map_err(OrgError::Expression)?;
        self.mapping.compute(row).map_err(OrgError::MappingTarget)?;
        self.expressions.insert(row.to_owned(), expression);
        Ok(())
    }
}

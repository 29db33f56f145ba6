//! Matches people and imported users by the rules of an app.
//!
//! The index finds the users of one person without a comparison with all others, so that an import costs the sum of people and
//! users, not their product.

use std::collections::HashMap;

use super::import_rules::ImportMatch;
use super::keys::PersonId;
use super::model::App;
use super::state::Org;
use crate::okta::mapping::ProfileValue;

/// The attributes of a person that matching rules compare.
#[derive(Debug, Default)]
pub(super) struct PersonTraits {
    user_name: String,
    /// In lower case.
    email: String,
    /// The first and the last name.
    name: Option<(String, String)>,
}

/// The imported users of one app.
pub(super) struct ImportIndex<'a> {
    app: &'a App,
    /// The `userName`s by e-mail address in lower case.
    by_email: HashMap<String, Vec<&'a str>>,
    /// The `userName`s by first and last name.
    by_name: HashMap<&'a (String, String), Vec<&'a str>>,
    /// The people by the target's `id` of their account.
    holders: HashMap<&'a str, Vec<PersonId>>,
}

/// The imported users that match a person.
pub(super) struct ImportMatches<'a> {
    /// The `userName`s, sorted.
    pub(super) users: Vec<&'a str>,
    /// True for exact matches, false for partial ones.
    pub(super) is_exact: bool,
}

impl<'a> ImportIndex<'a> {
    pub(super) fn of(app: &'a App) -> Self {
        let mut index = Self { app, by_email: HashMap::new(), by_name: HashMap::new(), holders: HashMap::new() };
        for (user, details) in &app.imported_details {
            if let Some(email) = details.email.as_ref().filter(|email| !email.is_empty()) {
                index.by_email.entry(email.to_lowercase()).or_default().push(user);
            }
            if let Some(name) = &details.name {
                index.by_name.entry(name).or_default().push(user);
            }
        }
        for (person, id) in app.linked() {
            index.holders.entry(id).or_default().push(person);
        }
        index
    }

    /// Returns the imported users that match a person: the exact matches, otherwise the partial ones.
    pub(super) fn matches(&self, person: &PersonTraits) -> ImportMatches<'a> {
        let rules = &self.app.import_rules;
        let exact: Vec<&str> = match rules.match_by {
            ImportMatch::Username => {
                let user = self.app.imported_users.get_key_value(&person.user_name);
                user.map(|(name, _)| name.as_str()).into_iter().collect()
            }
            ImportMatch::Email => self.by_email.get(&person.email).cloned().unwrap_or_default(),
        };
        if !rules.partial || !exact.is_empty() {
            return ImportMatches { users: exact, is_exact: true };
        }
        let partial = person.name.as_ref().and_then(|name| self.by_name.get(name)).cloned();
        ImportMatches { users: partial.unwrap_or_default(), is_exact: false }
    }

    /// Returns a person who has the account of an imported user, other than the given one.
    pub(super) fn holder(&self, user: &str, except: Option<PersonId>) -> Option<PersonId> {
        let id = self.app.imported_users.get(user)?;
        self.holders.get(id.as_str())?.iter().copied().find(|person| Some(*person) != except)
    }
}

impl Org {
    /// Returns the attributes of a person that the matching rules of an app compare.
    pub(super) fn traits(&self, app: &App, person: PersonId) -> PersonTraits {
        let Some(record) = self.people.get(person) else { return PersonTraits::default() };
        let profile = self.people.profile(record);
        let text = |name: &str| profile.get(name).and_then(ProfileValue::text).map(str::to_owned);
        PersonTraits {
            user_name: self.user_name_from(app, person, record, &profile),
            email: text("email").unwrap_or_default().to_lowercase(),
            name: text("firstName").zip(text("lastName")),
        }
    }
}

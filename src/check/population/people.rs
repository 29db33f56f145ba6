//! The people of the population, and the documents of their users. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::size::SIZE;
use crate::base::{Seed, seed};
use crate::okta::Habits;
use crate::okta::mapping::{Mapping, Profile, create_body};

/// First names. The userNames of the first two begin alike.
const FIRST_NAMES: [&str; 25] = [
    "Ann", "Anna", "Bela", "Carl", "Dina", "Egon", "Faye", "Gita", "Hugo", "Iris", "Jonas", "Kira", "Liam", "Mona",
    "Nils", "Olga", "Paul", "Rosa", "Sven", "Tara", "Ugo", "Vera", "Willa", "Yann", "Zita",
];
/// Last names.
const LAST_NAMES: [&str; 10] =
    ["Abel", "Brandt", "Conti", "Duarte", "Eklund", "Fontaine", "Grau", "Holm", "Ivanov", "Jensen"];

/// A person of the population: a plain one, with an e-mail address as userName.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The key in reports: `ann_abel`.
    pub key: String,
    pub login: String,
    /// The Okta user ID, which the user has as `externalId`.
    pub okta_id: String,
    /// The Okta profile.
    pub profile: BTreeMap<String, String>,
}

/// Returns the people of a run, always in the same order.
#[must_use]
pub fn people(from: Seed, run_id: &str, email_domain: &str) -> Vec<Person> {
    let names = LAST_NAMES.iter().flat_map(|last| FIRST_NAMES.iter().map(move |first| (*first, *last)));
    names.take(SIZE).map(|(first, last)| person(from, (first, last), run_id, email_domain)).collect()
}

fn person(from: Seed, (first, last): (&str, &str), run_id: &str, email_domain: &str) -> Person {
    let name = format!("{first}.{last}").to_lowercase();
    let login = format!("{name}.{run_id}@{email_domain}");
    let tail = seed::text(&mut from.stream(&format!("population/{name}")), seed::ALPHANUMERIC, 17);
    let profile = [
        ("login", login.clone()),
        ("email", login.clone()),
        ("displayName", format!("{first} {last}")),
        ("firstName", first.to_owned()),
        ("lastName", last.to_owned()),
    ];
    Person {
        key: name.replace('.', "_"),
        login,
        okta_id: format!("00u{tail}"),
        profile: profile.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

impl Person {
    /// Returns the document that the harness creates the user with: that of Okta's create, without a password.
    #[must_use]
    pub fn document(&self) -> Value {
        let profile: Profile = self.profile.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let habits = Habits::default();
        let mut body = create_body(&Mapping::default(), &profile, &self.login, Some(&self.okta_id), "", &habits);
        body.shift_remove("password");
        body.shift_remove("groups");
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_people_are_many_plain_and_always_the_same() {
        let all = people(Seed(7), "rk3", "example.com");
        assert_eq!(all, people(Seed(7), "rk3", "example.com"));
        assert_eq!(all.len(), SIZE);
        let distinct = |value: fn(&Person) -> &String| all.iter().map(value).collect::<BTreeSet<_>>().len();
        assert_eq!(
            (distinct(|one| &one.login), distinct(|one| &one.okta_id), distinct(|one| &one.key)),
            (250, 250, 250)
        );
        assert!(all.iter().all(|one| one.login.is_ascii() && one.login.contains("rk3") && one.okta_id.len() == 20));
        let [first, second] = [&all[0].login, &all[1].login].map(|login| login.split('.').next().unwrap());
        assert!(second.starts_with(first), "{first} {second}");
        let body = all[0].document();
        assert_eq!(
            (&body["userName"], &body["active"]),
            (&Value::from("ann.abel.rk3@example.com"), &Value::Bool(true))
        );
        assert!(body.get("password").is_none() && body["externalId"] == all[0].okta_id.as_str(), "{body}");
    }
}

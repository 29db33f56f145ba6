//! A person's profile in Okta and in an app, and the value of a mapping row.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::okta::habits::{Habits, UnsetAttributes};

/// A person's profile in Okta, by Okta's attribute names (`firstName`, `login`, …). Unset attributes are absent.
pub type Profile = BTreeMap<String, ProfileValue>;

/// The value of a profile attribute. An empty text and an empty list mean that the attribute is unset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a value of a profile must be a string or a list of strings")]
pub enum ProfileValue {
    Text(String),
    /// A value of Okta's type "string array".
    List(Vec<String>),
}

impl ProfileValue {
    /// Returns the text; `None` for a list.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) => None,
        }
    }

    /// Returns true for a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Returns true if the value means that the attribute is unset.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
        }
    }
}

impl From<&str> for ProfileValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ProfileValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The values that an app has for a person besides the Okta profile. The keys are names of mapping rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppValues {
    /// The values of rows that have an expression.
    pub computed: Profile,
    /// The values that assignments set. They win over the mapping.
    pub assigned: Profile,
    /// The rows that an assignment has set before. They are sent also if the mapping does not push them.
    pub touched: BTreeSet<String>,
}

static NO_VALUES: AppValues =
    AppValues { computed: Profile::new(), assigned: Profile::new(), touched: BTreeSet::new() };

/// A person's profile as an app sees it.
#[derive(Debug, Clone, Copy)]
pub struct AppProfile<'a> {
    pub profile: &'a Profile,
    pub values: &'a AppValues,
}

impl<'a> From<&'a Profile> for AppProfile<'a> {
    /// Returns the view of an app whose assignments set no attributes.
    fn from(profile: &'a Profile) -> Self {
        Self { profile, values: &NO_VALUES }
    }
}

impl AppProfile<'_> {
    /// Returns true if assignments set a row, or did so before.
    pub(super) fn is_managed(&self, row: &str) -> bool {
        self.values.assigned.contains_key(row) || self.values.touched.contains(row)
    }

    /// Returns the value of a row as Okta sends it, or Okta's own default. The habit `unset-attributes` decides how an
    /// unset attribute is sent; by default it is omitted.
    pub(super) fn value(&self, row: &str, source: Option<&str>, habits: &Habits) -> Option<Value> {
        let given = self.values.assigned.get(row).or_else(|| self.values.computed.get(row));
        let value = match given {
            Some(given) => Some(given).filter(|value| !value.is_empty()).map(|value| json!(value)),
            None => source.and_then(|source| self.mapped(source)),
        };
        value.or(match habits.unset_attributes {
            UnsetAttributes::Empty => Some(json!("")),
            UnsetAttributes::Null => Some(Value::Null),
            UnsetAttributes::Omit => None,
        })
    }

    /// Returns the value that the mapping takes from the Okta profile.
    fn mapped(&self, source: &str) -> Option<Value> {
        let set = |name: &str| self.profile.get(name).filter(|value| !value.is_empty()).map(|value| json!(value));
        // An element has a type if it has a value.
        let type_of = |row: &str, value: &str| {
            let is_set = set(value).is_some() || self.values.assigned.get(row).is_some_and(|value| !value.is_empty());
            is_set.then(|| set(source).unwrap_or_else(|| json!("work")))
        };
        match source {
            "emailType" => type_of("emails.value", "email"),
            "primaryPhoneType" => type_of("phoneNumbers.value", "primaryPhone"),
            "locale" => set(source).or_else(|| Some(json!("en-US"))),
            "displayName" => set(source).or_else(|| full_name(self.profile)),
            _ => set(source),
        }
    }
}

fn full_name(profile: &Profile) -> Option<Value> {
    let names = ["firstName", "lastName"].into_iter().filter_map(|name| profile.get(name)?.text());
    let parts: Vec<&str> = names.filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| json!(parts.join(" ")))
}

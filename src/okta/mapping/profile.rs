//! A person's profile in Okta, and the value that a mapping row takes from it.

use std::collections::BTreeMap;

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

/// Returns the value of a profile attribute as Okta sends it, or Okta's own default. The habit `unset-attributes` decides
/// how an unset attribute is sent; by default it is omitted.
pub(super) fn value_of(source: &str, profile: &Profile, habits: &Habits) -> Option<Value> {
    let set = |name: &str| profile.get(name).filter(|value| !value.is_empty()).map(|value| json!(value));
    let type_of = |value: &str| set(value).map(|_| set(source).unwrap_or_else(|| json!("work")));
    let value = match source {
        "emailType" => type_of("email"),
        "primaryPhoneType" => type_of("primaryPhone"),
        "locale" => set(source).or_else(|| Some(json!("en-US"))),
        "displayName" => set(source).or_else(|| full_name(profile)),
        _ => set(source),
    };
    value.or(match habits.unset_attributes {
        UnsetAttributes::Empty => Some(json!("")),
        UnsetAttributes::Null => Some(Value::Null),
        UnsetAttributes::Omit => None,
    })
}

fn full_name(profile: &Profile) -> Option<Value> {
    let names = ["firstName", "lastName"].into_iter().filter_map(|name| profile.get(name)?.text());
    let parts: Vec<&str> = names.filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| json!(parts.join(" ")))
}

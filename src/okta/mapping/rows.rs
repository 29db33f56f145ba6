//! The rows of an attribute mapping, and the SCIM attributes that they produce from a profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::okta::habits::{Habits, UnsetAttributes};
use crate::scim::schema::ENTERPRISE;

/// A person's profile in Okta, by Okta's attribute names (`firstName`, `login`, …). Unset attributes are absent.
pub type Profile = BTreeMap<String, String>;

/// A JSON object whose keys keep their order on the wire.
pub type Document = Map<String, Value>;

/// A change of a mapping that Okta rejects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("there is no mapping row {name:?}; there are {}", known.join(", "))]
    UnknownRow { name: String, known: Vec<String> },
    #[error("`groups` cannot be the name of a custom attribute, because it is a core attribute")]
    ReservedName,
}

/// The requests that a row applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyOn {
    Create,
    #[default]
    CreateAndUpdate,
}

/// The position of a row's value in the SCIM document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Destination {
    /// `name.<sub>`
    Name(&'static str),
    /// A sub-attribute of the only e-mail address.
    Email(&'static str),
    /// A sub-attribute of the only phone number.
    Phone(&'static str),
    /// A sub-attribute of the only address.
    Address(&'static str),
    /// A core attribute.
    Core(String),
    /// An attribute of an extension. A dot in the name makes a nested object.
    Extension { namespace: String, name: String },
}

/// One row: an attribute of the Okta profile and its destination.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The row's name in scenarios and in the attribute list of the Admin Console: `givenName`, `emails.type`, `department`.
    name: String,
    /// The attribute of the Okta profile.
    source: String,
    destination: Destination,
    apply: ApplyOn,
}

/// A custom attribute: its external name in its external namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CustomRow {
    /// The attribute of the Okta profile.
    pub source: String,
    /// The external name. A dot makes a nested object.
    pub name: String,
    /// The external namespace, a URN.
    pub namespace: String,
    #[serde(default)]
    pub apply: ApplyOn,
}

/// The attribute mapping of an app. `userName` is not a row: the application username format sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    rows: Vec<Row>,
}

/// The rows of Okta's SCIM template, in order (ROSTR's list before pruning, and the additional name parts of WORKOSSPEC).
const TEMPLATE: [(&str, &str, Destination); 29] = [
    ("givenName", "firstName", Destination::Name("givenName")),
    ("familyName", "lastName", Destination::Name("familyName")),
    ("middleName", "middleName", Destination::Name("middleName")),
    ("honorificPrefix", "honorificPrefix", Destination::Name("honorificPrefix")),
    ("honorificSuffix", "honorificSuffix", Destination::Name("honorificSuffix")),
    ("emails.value", "email", Destination::Email("value")),
    ("emails.type", "emailType", Destination::Email("type")),
    ("displayName", "displayName", Destination::Core(String::new())),
    ("locale", "locale", Destination::Core(String::new())),
    ("nickName", "nickName", Destination::Core(String::new())),
    ("profileUrl", "profileUrl", Destination::Core(String::new())),
    ("title", "title", Destination::Core(String::new())),
    ("userType", "userType", Destination::Core(String::new())),
    ("preferredLanguage", "preferredLanguage", Destination::Core(String::new())),
    ("timezone", "timezone", Destination::Core(String::new())),
    ("phoneNumbers.value", "primaryPhone", Destination::Phone("value")),
    ("phoneNumbers.type", "primaryPhoneType", Destination::Phone("type")),
    ("addresses.streetAddress", "streetAddress", Destination::Address("streetAddress")),
    ("addresses.locality", "city", Destination::Address("locality")),
    ("addresses.region", "state", Destination::Address("region")),
    ("addresses.postalCode", "zipCode", Destination::Address("postalCode")),
    ("addresses.country", "countryCode", Destination::Address("country")),
    ("employeeNumber", "employeeNumber", Destination::Extension { namespace: String::new(), name: String::new() }),
    ("costCenter", "costCenter", Destination::Extension { namespace: String::new(), name: String::new() }),
    ("organization", "organization", Destination::Extension { namespace: String::new(), name: String::new() }),
    ("division", "division", Destination::Extension { namespace: String::new(), name: String::new() }),
    ("department", "department", Destination::Extension { namespace: String::new(), name: String::new() }),
    ("manager.value", "managerId", Destination::Extension { namespace: String::new(), name: String::new() }),
    ("manager.displayName", "manager", Destination::Extension { namespace: String::new(), name: String::new() }),
];

impl Default for Mapping {
    /// Returns the rows of Okta's SCIM template.
    fn default() -> Self {
        let rows = TEMPLATE.into_iter().map(|(name, source, destination)| Row {
            name: name.to_owned(),
            source: source.to_owned(),
            destination: match destination {
                Destination::Core(_) => Destination::Core(name.to_owned()),
                Destination::Extension { .. } => {
                    Destination::Extension { namespace: ENTERPRISE.to_owned(), name: name.to_owned() }
                }
                other => other,
            },
            apply: ApplyOn::CreateAndUpdate,
        });
        Self { rows: rows.collect() }
    }
}

impl Mapping {
    /// Deletes rows by name, as an administrator does under Attribute Mappings.
    ///
    /// # Errors
    /// A row does not exist.
    pub fn without(mut self, names: &[impl AsRef<str>]) -> Result<Self, MappingError> {
        for name in names.iter().map(AsRef::as_ref) {
            let before = self.rows.len();
            self.rows.retain(|row| row.name != name);
            if self.rows.len() == before {
                return Err(self.unknown_row(name));
            }
        }
        Ok(self)
    }

    /// Makes rows apply to creates only.
    ///
    /// # Errors
    /// As [`Mapping::without`].
    pub fn create_only(mut self, names: &[impl AsRef<str>]) -> Result<Self, MappingError> {
        for name in names.iter().map(AsRef::as_ref) {
            let error = self.unknown_row(name);
            self.rows.iter_mut().find(|row| row.name == name).ok_or(error)?.apply = ApplyOn::Create;
        }
        Ok(self)
    }

    /// Adds a custom attribute.
    ///
    /// # Errors
    /// The name is `groups`, which Okta forbids because it collides with the core attribute (FAQ).
    pub fn with(mut self, custom: CustomRow) -> Result<Self, MappingError> {
        if custom.name == "groups" {
            return Err(MappingError::ReservedName);
        }
        let destination = Destination::Extension { namespace: custom.namespace, name: custom.name.clone() };
        self.rows.push(Row { name: custom.name, source: custom.source, destination, apply: custom.apply });
        Ok(self)
    }

    fn unknown_row(&self, name: &str) -> MappingError {
        MappingError::UnknownRow {
            name: name.to_owned(),
            known: self.rows.iter().map(|row| row.name.clone()).collect(),
        }
    }

    /// Returns the mapped attributes of a profile, without `schemas`, in wire order. The habit `unset-attributes`
    /// decides how unset attributes are sent; by default they are omitted.
    #[must_use]
    pub fn attributes(&self, profile: &Profile, habits: &Habits, updating: bool) -> Document {
        let (mut core, mut extensions) = (Document::new(), Document::new());
        for row in &self.rows {
            if updating && row.apply == ApplyOn::Create {
                continue;
            }
            let Some(value) = value_of(&row.source, profile, habits) else { continue };
            match &row.destination {
                Destination::Name(sub) => put(object(&mut core, "name"), sub, value),
                Destination::Email(sub) => put(element(&mut core, "emails"), sub, value),
                Destination::Phone(sub) => put(element(&mut core, "phoneNumbers"), sub, value),
                Destination::Address(sub) => put(element(&mut core, "addresses"), sub, value),
                Destination::Core(name) => put(&mut core, name, value),
                Destination::Extension { namespace, name } => {
                    set_nested(object(&mut extensions, namespace), name, value);
                }
            }
        }
        // An element that has only `type` or `primary` has no value and is not sent.
        for many in ["emails", "phoneNumbers", "addresses"] {
            let bare =
                |item: &Value| item.as_object().is_some_and(|item| item.keys().all(|k| k == "primary" || k == "type"));
            if core.get(many).and_then(Value::as_array).is_some_and(|items| items.iter().all(bare)) {
                core.shift_remove(many);
            }
        }
        core.append(&mut extensions);
        core
    }

    /// Returns the attributes of the Okta profile that the rows send.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.source.as_str())
    }

    /// Lists the top-level keys that updates manage. A PUT removes those that are mapped but unset.
    pub(super) fn managed_keys(&self) -> Vec<String> {
        let key = |row: &Row| match &row.destination {
            Destination::Name(_) | Destination::Extension { .. } => None,
            Destination::Email(_) => Some("emails".to_owned()),
            Destination::Phone(_) => Some("phoneNumbers".to_owned()),
            Destination::Address(_) => Some("addresses".to_owned()),
            Destination::Core(name) => Some(name.clone()),
        };
        self.rows.iter().filter(|row| row.apply == ApplyOn::CreateAndUpdate).filter_map(key).collect()
    }

    /// Lists the extension attributes that updates manage, as (namespace, name).
    pub(super) fn managed_extension_attributes(&self) -> Vec<(String, String)> {
        let updated = self.rows.iter().filter(|row| row.apply == ApplyOn::CreateAndUpdate);
        let pair = |row: &Row| match &row.destination {
            Destination::Extension { namespace, name } => Some((namespace.clone(), name.clone())),
            _ => None,
        };
        updated.filter_map(pair).collect()
    }
}

/// Returns the value of an attribute, or Okta's own default if the profile has none.
fn value_of(source: &str, profile: &Profile, habits: &Habits) -> Option<Value> {
    if let Some(value) = profile.get(source).filter(|value| !value.is_empty()) {
        return Some(json!(value));
    }
    match source {
        "emailType" | "primaryPhoneType" => Some(json!("work")),
        "locale" => Some(json!("en-US")),
        "displayName" => {
            let parts: Vec<&str> =
                ["firstName", "lastName"].iter().filter_map(|key| profile.get(*key).map(String::as_str)).collect();
            Some(json!(parts.join(" ")))
        }
        _ => match habits.unset_attributes {
            UnsetAttributes::Empty => Some(json!("")),
            UnsetAttributes::Null => Some(Value::Null),
            UnsetAttributes::Omit => None,
        },
    }
}

pub(super) fn put(object: &mut Document, key: &str, value: Value) {
    object.insert(key.to_owned(), value);
}

fn object<'a>(document: &'a mut Document, key: &str) -> &'a mut Document {
    let slot = document.entry(key).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    slot.as_object_mut().expect("invariant: was just made an object")
}

/// Returns the only element of a multi-valued attribute; `primary` is its first key (REF20).
fn element<'a>(document: &'a mut Document, key: &str) -> &'a mut Document {
    let slot = document.entry(key).or_insert_with(|| json!([{"primary": true}]));
    slot.get_mut(0).and_then(Value::as_object_mut).expect("invariant: created with one object")
}

/// Sets `a.b` in a nested object.
fn set_nested(document: &mut Document, name: &str, value: Value) {
    match name.split_once('.') {
        Some((head, tail)) => set_nested(object(document, head), tail, value),
        None => put(document, name, value),
    }
}

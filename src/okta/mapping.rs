//! From an Okta profile to a SCIM document: mapping rows, key order, what is left out. Pure.
//!
//! The order of keys on the wire is the order of Okta's published create body: `schemas`, `userName`, `name`, `emails`,
//! `displayName`, `locale`, further mapped attributes, `externalId`, `groups`, `password`, `active`, extensions
//! (research: REF20, DOC2018, ROSTR; the place of the further attributes is our inference).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::habits::{Habits, names};

/// The core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Attributes of a person in Okta, by Okta's names (`firstName`, `login`, …). What is not there is unset.
pub type Profile = BTreeMap<String, String>;

/// A JSON object in the order of its keys on the wire.
pub type Document = Map<String, Value>;

/// When a row is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyOn {
    Create,
    #[default]
    CreateAndUpdate,
}

/// Where a row's value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// `name.<sub>`
    Name(&'static str),
    /// A sub-attribute of the one e-mail.
    Email(&'static str),
    /// A sub-attribute of the one phone number.
    Phone(&'static str),
    /// A sub-attribute of the one address.
    Address(&'static str),
    /// A core attribute.
    Core(String),
    /// An attribute of an extension; a dot in the name builds a nested object.
    Extension { namespace: String, name: String },
}

/// One row: an attribute of Okta's profile, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The row's name in a scenario, and in the attribute list of the console: `givenName`, `emails.type`, `department`.
    name: String,
    /// The attribute of the profile.
    source: String,
    place: Place,
    apply: ApplyOn,
}

/// An attribute beyond the template's: its external name under its external namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CustomRow {
    /// The attribute of the Okta profile.
    pub source: String,
    /// The external name; with a dot it builds a nested object.
    pub name: String,
    /// The external namespace, a URN.
    pub namespace: String,
    #[serde(default)]
    pub apply: ApplyOn,
}

/// The mapping of an app. `userName` is no row: it is the application username format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    rows: Vec<Row>,
}

/// The rows of the template, in order (ROSTR's list before pruning, and the name extras of WORKOSSPEC).
const TEMPLATE: [(&str, &str, Place); 29] = [
    ("givenName", "firstName", Place::Name("givenName")),
    ("familyName", "lastName", Place::Name("familyName")),
    ("middleName", "middleName", Place::Name("middleName")),
    ("honorificPrefix", "honorificPrefix", Place::Name("honorificPrefix")),
    ("honorificSuffix", "honorificSuffix", Place::Name("honorificSuffix")),
    ("emails.value", "email", Place::Email("value")),
    ("emails.type", "emailType", Place::Email("type")),
    ("displayName", "displayName", Place::Core(String::new())),
    ("locale", "locale", Place::Core(String::new())),
    ("nickName", "nickName", Place::Core(String::new())),
    ("profileUrl", "profileUrl", Place::Core(String::new())),
    ("title", "title", Place::Core(String::new())),
    ("userType", "userType", Place::Core(String::new())),
    ("preferredLanguage", "preferredLanguage", Place::Core(String::new())),
    ("timezone", "timezone", Place::Core(String::new())),
    ("phoneNumbers.value", "primaryPhone", Place::Phone("value")),
    ("phoneNumbers.type", "primaryPhoneType", Place::Phone("type")),
    ("addresses.streetAddress", "streetAddress", Place::Address("streetAddress")),
    ("addresses.locality", "city", Place::Address("locality")),
    ("addresses.region", "state", Place::Address("region")),
    ("addresses.postalCode", "zipCode", Place::Address("postalCode")),
    ("addresses.country", "countryCode", Place::Address("country")),
    ("employeeNumber", "employeeNumber", Place::Extension { namespace: String::new(), name: String::new() }),
    ("costCenter", "costCenter", Place::Extension { namespace: String::new(), name: String::new() }),
    ("organization", "organization", Place::Extension { namespace: String::new(), name: String::new() }),
    ("division", "division", Place::Extension { namespace: String::new(), name: String::new() }),
    ("department", "department", Place::Extension { namespace: String::new(), name: String::new() }),
    ("manager.value", "managerId", Place::Extension { namespace: String::new(), name: String::new() }),
    ("manager.displayName", "manager", Place::Extension { namespace: String::new(), name: String::new() }),
];

impl Default for Mapping {
    /// The template's rows.
    fn default() -> Self {
        let rows = TEMPLATE.into_iter().map(|(name, source, place)| Row {
            name: name.to_owned(),
            source: source.to_owned(),
            place: match place {
                Place::Core(_) => Place::Core(name.to_owned()),
                Place::Extension { .. } => Place::Extension { namespace: ENTERPRISE.to_owned(), name: name.to_owned() },
                other => other,
            },
            apply: ApplyOn::CreateAndUpdate,
        });
        Self { rows: rows.collect() }
    }
}

impl Mapping {
    /// Deletes rows by name, as an administrator does in the attribute mappings.
    ///
    /// # Errors
    /// Names the row that does not exist, and those that do.
    pub fn without(mut self, names: &[impl AsRef<str>]) -> Result<Self, String> {
        for name in names.iter().map(AsRef::as_ref) {
            let before = self.rows.len();
            self.rows.retain(|row| row.name != name);
            if self.rows.len() == before {
                let known: Vec<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
                return Err(format!("there is no mapping row {name:?}; there are {}", known.join(", ")));
            }
        }
        Ok(self)
    }

    /// Applies rows on create only.
    ///
    /// # Errors
    /// As [`Mapping::without`].
    pub fn create_only(mut self, names: &[impl AsRef<str>]) -> Result<Self, String> {
        for name in names.iter().map(AsRef::as_ref) {
            let row = self.rows.iter_mut().find(|row| row.name == name);
            row.ok_or_else(|| format!("there is no mapping row {name:?}"))?.apply = ApplyOn::Create;
        }
        Ok(self)
    }

    /// Adds an attribute of the administrator's own.
    ///
    /// # Errors
    /// `groups` is forbidden as a name: it collides with the core attribute (FAQ).
    pub fn with(mut self, custom: CustomRow) -> Result<Self, String> {
        if custom.name == "groups" {
            return Err("`groups` can't be the name of a custom attribute: it is a core attribute".to_owned());
        }
        let place = Place::Extension { namespace: custom.namespace, name: custom.name.clone() };
        self.rows.push(Row { name: custom.name, source: custom.source, place, apply: custom.apply });
        Ok(self)
    }

    /// The mapped attributes of a profile, without `schemas`, in wire order. Unset attributes are left out (or sent as
    /// the habit `unset-attributes` says).
    #[must_use]
    pub fn attributes(&self, profile: &Profile, habits: &Habits, updating: bool) -> Document {
        let (mut core, mut extensions) = (Document::new(), Document::new());
        for row in &self.rows {
            if updating && row.apply == ApplyOn::Create {
                continue;
            }
            let Some(value) = value_of(&row.source, profile, habits) else { continue };
            match &row.place {
                Place::Name(sub) => put(object(&mut core, "name"), sub, value),
                Place::Email(sub) => put(element(&mut core, "emails"), sub, value),
                Place::Phone(sub) => put(element(&mut core, "phoneNumbers"), sub, value),
                Place::Address(sub) => put(element(&mut core, "addresses"), sub, value),
                Place::Core(name) => put(&mut core, name, value),
                Place::Extension { namespace, name } => nested(object(&mut extensions, namespace), name, value),
            }
        }
        // A type alone is no phone number, `primary` alone no address.
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

    /// The top-level keys that the rows of an update own: what is mapped and unset disappears from a PUT.
    #[must_use]
    pub fn owned(&self) -> Vec<String> {
        let key = |row: &Row| match &row.place {
            Place::Name(_) | Place::Extension { .. } => None,
            Place::Email(_) => Some("emails".to_owned()),
            Place::Phone(_) => Some("phoneNumbers".to_owned()),
            Place::Address(_) => Some("addresses".to_owned()),
            Place::Core(name) => Some(name.clone()),
        };
        self.rows.iter().filter(|row| row.apply == ApplyOn::CreateAndUpdate).filter_map(key).collect()
    }

    /// Extension attributes that the rows of an update own, as (namespace, name).
    #[must_use]
    pub fn owned_in_extensions(&self) -> Vec<(String, String)> {
        let updated = self.rows.iter().filter(|row| row.apply == ApplyOn::CreateAndUpdate);
        let pair = |row: &Row| match &row.place {
            Place::Extension { namespace, name } => Some((namespace.clone(), name.clone())),
            _ => None,
        };
        updated.filter_map(pair).collect()
    }
}

/// The value of an attribute; what Okta fills in by itself where the profile has none.
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
        _ => match habits.get(names::UNSET_ATTRIBUTES) {
            "empty" => Some(json!("")),
            "null" => Some(Value::Null),
            _ => None,
        },
    }
}

fn put(object: &mut Document, key: &str, value: Value) {
    object.insert(key.to_owned(), value);
}

fn object<'a>(document: &'a mut Document, key: &str) -> &'a mut Document {
    let slot = document.entry(key).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    slot.as_object_mut().expect("invariant: just made an object")
}

/// The one element of a multi-valued attribute; `primary` stands first (REF20).
fn element<'a>(document: &'a mut Document, key: &str) -> &'a mut Document {
    let slot = document.entry(key).or_insert_with(|| json!([{"primary": true}]));
    slot.get_mut(0).and_then(Value::as_object_mut).expect("invariant: made with one object")
}

/// Sets `a.b` as a nested object.
pub(super) fn nested(document: &mut Document, name: &str, value: Value) {
    match name.split_once('.') {
        Some((head, tail)) => nested(object(document, head), tail, value),
        None => put(document, name, value),
    }
}

/// The body of `POST /Users`.
#[must_use]
pub fn create_body(
    mapping: &Mapping,
    profile: &Profile,
    user_name: &str,
    external_id: Option<&str>,
    password: &str,
    habits: &Habits,
) -> Document {
    let mut body = Document::new();
    put(&mut body, "schemas", json!([USER]));
    put(&mut body, "userName", json!(user_name));
    let (extensions, core): (Vec<_>, Vec<_>) =
        mapping.attributes(profile, habits, false).into_iter().partition(|(key, _)| key.contains(':'));
    body.extend(core);
    if let Some(id) = external_id {
        put(&mut body, "externalId", json!(id));
    }
    put(&mut body, "groups", json!([]));
    put(&mut body, "password", json!(password));
    put(&mut body, "active", json!(true));
    for (urn, _) in &extensions {
        add_schema(&mut body, urn);
    }
    body.extend(extensions);
    body
}

/// Makes sure that `schemas` names a URN.
fn add_schema(body: &mut Document, urn: &str) {
    if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut)
        && !schemas.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(urn)))
    {
        schemas.push(json!(urn));
    }
}

/// The body of a profile push: the server's own document, edited in place (FIREZONE, DOC2018). Sub-keys of `name` are
/// merged, multi-valued attributes replaced, what is mapped and unset is taken away, everything else echoed.
#[must_use]
pub fn overlay(
    mut body: Document,
    mapping: &Mapping,
    profile: &Profile,
    user_name: Option<&str>,
    external_id: &str,
    habits: &Habits,
) -> Document {
    let mut attributes = mapping.attributes(profile, habits, true);
    for key in mapping.owned() {
        if !attributes.contains_key(&key) {
            body.shift_remove(&key);
        }
    }
    for (namespace, name) in mapping.owned_in_extensions() {
        let head = name.split('.').next().unwrap_or_default();
        if attributes.get(&namespace).and_then(|ext| ext.get(head)).is_none()
            && let Some(extension) = body.get_mut(&namespace).and_then(Value::as_object_mut)
        {
            extension.shift_remove(head);
        }
    }
    let emptied = |_: &String, value: &Value| value.as_object().is_some_and(Map::is_empty);
    let empty: Vec<String> = body
        .iter()
        .filter(|(key, value)| key.contains(':') && emptied(key, value))
        .map(|(key, _)| key.clone())
        .collect();
    for urn in empty {
        body.shift_remove(&urn);
        if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
            schemas.retain(|one| one.as_str() != Some(urn.as_str()));
        }
    }
    if let Some(user_name) = user_name {
        put(&mut body, "userName", json!(user_name));
    }
    let extensions: Vec<String> = attributes.keys().filter(|key| key.contains(':')).cloned().collect();
    let late: Vec<(String, Value)> =
        extensions.into_iter().filter_map(|urn| attributes.shift_remove(&urn).map(|value| (urn, value))).collect();
    for (key, value) in attributes {
        merge(&mut body, &key, value);
    }
    put(&mut body, "externalId", json!(external_id));
    put(&mut body, "groups", json!([]));
    put(&mut body, "active", json!(true));
    for (urn, value) in late {
        add_schema(&mut body, &urn);
        merge(&mut body, &urn, value);
    }
    body
}

/// Objects are merged key by key, everything else is replaced.
fn merge(body: &mut Document, key: &str, value: Value) {
    match (body.get_mut(key), value) {
        (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
        (_, value) => put(body, key, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(pairs: &[(&str, &str)]) -> Profile {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn created(profile: &Profile, mapping: &Mapping) -> String {
        let body = create_body(
            mapping,
            profile,
            "test.user@okta.local",
            Some("00ujl29u0le5T6Aj10h7"),
            "1mz050nq",
            &Habits::default(),
        );
        Value::Object(body).to_string()
    }

    #[test]
    fn the_create_body_is_okta_s_published_one() {
        let person = profile(&[("firstName", "Test"), ("lastName", "User"), ("email", "test.user@okta.local")]);
        assert_eq!(
            created(&person, &Mapping::default()),
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@okta.local","name":{"givenName":"Test","familyName":"User"},"emails":[{"primary":true,"value":"test.user@okta.local","type":"work"}],"displayName":"Test User","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}"#
        );
    }

    #[test]
    fn deleted_rows_disappear() {
        let person = profile(&[("firstName", "test"), ("lastName", "joiner"), ("email", "a@b.c")]);
        let mapping = Mapping::default().without(&["displayName", "locale", "emails.type"]).unwrap();
        let body = created(&person, &mapping);
        assert!(body.contains(r#""emails":[{"primary":true,"value":"a@b.c"}],"externalId""#), "{body}");
        assert!(Mapping::default().without(&["nope"]).unwrap_err().contains("givenName"));
    }

    #[test]
    fn extensions_come_second_in_schemas_and_nest_at_dots() {
        let person = profile(&[("email", "a@b.c"), ("department", "R&D"), ("managerId", "00u1"), ("city", "Oslo")]);
        let body: Value = serde_json::from_str(&created(&person, &Mapping::default())).unwrap();
        assert_eq!(body["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(body[ENTERPRISE], json!({"department": "R&D", "manager": {"value": "00u1"}}));
        assert_eq!(body["addresses"], json!([{"primary": true, "locality": "Oslo"}]));
        assert_eq!(body.get("phoneNumbers"), None);
    }

    #[test]
    fn a_profile_push_edits_the_servers_document() {
        let mut server = Document::new();
        for (key, value) in [
            ("id", json!("7")),
            ("meta", json!({"resourceType": "User"})),
            ("name", json!({"formatted": "Old", "givenName": "Old"})),
            ("title", json!("Boss")),
            ("nonstandard", json!([1])),
            ("schemas", json!([USER, ENTERPRISE])),
            (ENTERPRISE, json!({"department": "Old"})),
        ] {
            server.insert(key.to_owned(), value);
        }
        let person = profile(&[("firstName", "Ada"), ("lastName", "L"), ("email", "a@b.c")]);
        let body = overlay(server, &Mapping::default(), &person, Some("a@b.c"), "00u1", &Habits::default());
        let keys: Vec<&str> = body.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "id",
                "meta",
                "name",
                "nonstandard",
                "schemas",
                "userName",
                "emails",
                "displayName",
                "locale",
                "externalId",
                "groups",
                "active"
            ]
        );
        assert_eq!(body["name"], json!({"formatted": "Old", "givenName": "Ada", "familyName": "L"}));
        assert_eq!(body["schemas"], json!([USER]));
    }
}

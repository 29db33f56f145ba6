//! The profile of a directory user, read from its SCIM document (WorkOS attribute table; source `workos-dsync`).

use serde_json::{Value, json};

use super::user_settings::UserSettings;
use crate::scim::attr::get;
use crate::scim::schema::ENTERPRISE;
use crate::scim::{Object, attr};

/// The attributes of a directory user.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// The e-mail address that [`email`] selects.
    pub email: Option<String>,
    /// `name.givenName`
    pub first_name: Option<String>,
    /// `name.familyName`
    pub last_name: Option<String>,
    /// Given and family name, else `name.formatted`, else `displayName`.
    pub name: Option<String>,
    /// The predefined attributes that have a value, and the mapped ones.
    pub custom_attributes: Object,
}

/// Predefined attributes with the core attribute that each is read from.
const CORE: [(&str, &str); 3] = [("username", "userName"), ("job_title", "title"), ("employee_type", "userType")];
/// Predefined attributes with the attribute of the enterprise extension that each is read from.
const EXTENSION: [(&str, &str); 5] = [
    ("department_name", "department"),
    ("division_name", "division"),
    ("employee_number", "employeeNumber"),
    ("cost_center_name", "costCenter"),
    ("organization", "organization"),
];

impl Profile {
    /// Reads the profile from the document of a User.
    #[must_use]
    pub fn of(document: &Object, settings: &UserSettings) -> Self {
        let names = get(document, "name").and_then(Value::as_object);
        let name_part = |key| names.and_then(|names| text(names, key));
        let (first_name, last_name) = (name_part("givenName"), name_part("familyName"));
        let name = match (&first_name, &last_name) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => name_part("formatted").or_else(|| text(document, "displayName")),
        };
        Self {
            email: email(document),
            first_name,
            last_name,
            name,
            custom_attributes: custom_attributes(document, settings),
        }
    }
}

/// Returns whether the user of a document is active. A document without `active` is.
#[must_use]
pub fn is_active(document: &Object) -> bool {
    get(document, "active").and_then(Value::as_bool).unwrap_or(true)
}

/// Returns the non-empty string under `key`.
#[must_use]
pub fn text(object: &Object, key: &str) -> Option<String> {
    get(object, key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Selects the e-mail address of a directory user: the primary one, else the one of type `work`, else of type `home`. If
/// the document has no `emails`, a userName that looks like an address is used. A malformed address yields `None` (all as
/// WorkOS does it).
#[must_use]
pub fn email(document: &Object) -> Option<String> {
    let emails = elements(document, "emails");
    if emails.is_empty() {
        return text(document, "userName").filter(|name| looks_like_email(name));
    }
    let of_type = |wanted: &str| {
        emails.iter().find(|email| get(email, "type").and_then(Value::as_str).is_some_and(|kind| kind == wanted))
    };
    let primary = emails.iter().find(|email| get(email, "primary").and_then(Value::as_bool) == Some(true));
    primary
        .or_else(|| of_type("work"))
        .or_else(|| of_type("home"))
        .and_then(|email| text(email, "value"))
        .filter(|value| looks_like_email(value))
}

/// Returns whether there is text before and after the last `@`, without white space.
pub(super) fn looks_like_email(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

fn elements<'a>(document: &'a Object, key: &str) -> Vec<&'a Object> {
    get(document, key)
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |all| all.iter().filter_map(Value::as_object).collect())
}

fn custom_attributes(document: &Object, settings: &UserSettings) -> Object {
    let mut shown = predefined(document);
    if settings.predefined_attributes.is_some() {
        shown.retain(|name, _| settings.shows(name));
    }
    for (name, path) in &settings.custom_attributes {
        shown.insert(name.clone(), path.value(document));
    }
    shown
}

fn predefined(document: &Object) -> Object {
    let mut out = Object::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    for (key, source) in CORE {
        put(key, text(document, source).map(Value::from));
    }
    if let Some(extension) = attr::get(document, ENTERPRISE).and_then(Value::as_object) {
        for (key, source) in EXTENSION {
            put(key, text(extension, source).map(Value::from));
        }
        put("manager_email", manager_email(extension).map(Value::from));
    }
    put(
        "emails",
        list(
            document,
            "emails",
            |email| json!({"primary": flag(email), "type": get(email, "type"), "value": get(email, "value")}),
        ),
    );
    put(
        "addresses",
        list(document, "addresses", |address| {
            json!({
                "street_address": get(address, "streetAddress"), "locality": get(address, "locality"),
                "region": get(address, "region"), "postal_code": get(address, "postalCode"),
                "country": get(address, "country"), "type": get(address, "type"), "primary": flag(address),
                "raw_address": get(address, "formatted"),
            })
        }),
    );
    out
}

/// Returns the manager's ID if it looks like an e-mail address. Okta sends the attribute that the administrator mapped,
/// which is usually the manager's login.
fn manager_email(extension: &Object) -> Option<String> {
    let manager = get(extension, "manager")?;
    let value = match manager {
        Value::Object(manager) => text(manager, "value"),
        other => other.as_str().map(str::to_owned),
    };
    value.filter(|value| looks_like_email(value))
}

fn flag(object: &Object) -> bool {
    get(object, "primary").and_then(Value::as_bool).unwrap_or(false)
}

fn list(document: &Object, key: &str, shape: impl Fn(&Object) -> Value) -> Option<Value> {
    let all = elements(document, key);
    (!all.is_empty()).then(|| all.into_iter().map(shape).collect())
}

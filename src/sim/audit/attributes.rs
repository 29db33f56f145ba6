//! Finds the attributes that the next profile push would change, because Okta and the target have different values. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::links::{Account, Link, Wish, wish};
use crate::model::Model;
use crate::okta::mapping::{AppProfile, overlay};
use crate::okta::{Habits, Org};
use crate::scim::{Kind, Object};

/// Attributes that a profile push sends but that are not part of the profile.
const FIXED: [&str; 7] = ["schemas", "id", "meta", "externalId", "groups", "active", "password"];

/// The two values of an attribute; each is `None` if there is no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lag {
    pub(super) okta: Option<Value>,
    /// The value that an ideal server has after the requests.
    pub(super) ideal: Option<Value>,
}

/// Returns the attributes of a user that the next profile push would change, by path. If several apps provision the user, returns
/// those that each app would change.
pub(super) fn lags(
    org: &Org,
    model: &Model,
    (id, accounts): (&str, &[Account]),
    habits: &Habits,
) -> BTreeMap<String, Lag> {
    let Some(Value::Object(ideal)) = model.expected(Kind::User, id) else { return BTreeMap::new() };
    let is_provisioned =
        |account: &&Account| account.link == Link::Linked && wish(org, &account.app, &account.person) != Wish::None;
    let pushes = accounts.iter().filter(is_provisioned).filter_map(|account| push(org, account, &ideal, habits));
    let changes = pushes.map(|next| differences(&ideal, &next));
    changes.reduce(|all, one| all.into_iter().filter(|(path, _)| one.contains_key(path)).collect()).unwrap_or_default()
}

/// Returns the document of the next profile push.
fn push(org: &Org, account: &Account, ideal: &Object, habits: &Habits) -> Option<Object> {
    let (app, id) = (org.app(&account.app).ok()?, org.person_id(&account.person).ok()?);
    let profile = org.person(&account.person).ok()?.profile;
    let values = org.app_values(app, id, &profile);
    let user_name = (!app.to_app.exclude_username_updates).then(|| org.user_name(app, id));
    let person = AppProfile { profile: &profile, values: &values };
    Some(overlay(ideal.clone(), &app.mapping, person, user_name.as_deref(), None, habits))
}

fn differences(ideal: &Object, next: &Object) -> BTreeMap<String, Lag> {
    let (ideal, next) = (leaves(&Value::Object(ideal.clone())), leaves(&Value::Object(next.clone())));
    let paths = ideal.keys().chain(next.keys().filter(|path| !ideal.contains_key(*path)));
    let differing = paths.filter(|path| ideal.get(*path) != next.get(*path));
    let is_of_profile = |path: &&String| !FIXED.contains(&path.split(['.', '[']).next().unwrap_or_default());
    let lag = |path: &String| Lag { okta: next.get(path).cloned(), ideal: ideal.get(path).cloned() };
    differing.filter(is_of_profile).map(|path| (path.clone(), lag(path))).collect()
}

/// Returns the values of a document by path: `name.givenName`, `emails[0].value`. Empty values are left out.
pub(super) fn leaves(document: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    collect(String::new(), document, &mut found);
    found
}

fn collect(path: String, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let of_extension = path.starts_with("urn:") && !path.ends_with(']');
                let dot = if path.is_empty() {
                    ""
                } else if of_extension {
                    ":"
                } else {
                    "."
                };
                collect(format!("{path}{dot}{key}"), value, found);
            }
        }
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                collect(format!("{path}[{nth}]"), item, found);
            }
        }
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        value => {
            found.insert(path, value.clone());
        }
    }
}

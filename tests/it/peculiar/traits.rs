//! Unusual behavior of sound servers, each as a function of one response. The rows of docs/sources.md and the RFCs allow it.

use http::header::{CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};

use super::sound::{Change, Reply};

/// Calls a function for every object in a document, outer objects first.
pub(super) fn each(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| each(value, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| each(value, change)),
        _ => {}
    }
}

/// Calls a function for every user in a document.
fn each_user(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    each(value, &mut |object| {
        if object.contains_key("userName") {
            change(object);
        }
    });
}

/// IDs that a URL has to encode: `01K…` becomes `mail to 01K…+1?#%@example.com/ü`.
pub(super) fn strange_ids(_: &Parts, reply: &mut Reply) {
    let ulid = |text: &str| text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    each(&mut reply.body, &mut |object| {
        for (key, value) in object.iter_mut() {
            if let Value::String(text) = value
                && matches!(key.as_str(), "id" | "value")
                && ulid(text)
            {
                *text = format!("mail to {text}+1?#%@example.com/ü");
            }
        }
    });
}

/// Translates a request for the server behind the proxy.
pub(super) fn plain_ids(text: &str) -> String {
    let strange = Regex::new(
        r"mail(?:%20| )to(?:%20| )([0-9A-Z]{26})(?:%2[Bb]|\+)1(?:%3[Ff]%23%25|\?#%)(?:%40|@)example\.com(?:%2[Ff]|/)(?:%C3%BC|ü)",
    )
    .unwrap();
    strange.replace_all(text, |found: &Captures<'_>| found[1].to_owned()).into_owned()
}

pub(super) fn keys_in_another_order(_: &Parts, reply: &mut Reply) {
    each(&mut reply.body, &mut |object| *object = std::mem::take(object).into_iter().rev().collect());
}

/// Attributes that were not sent, including null, and derived ones.
pub(super) fn more_attributes(_: &Parts, reply: &mut Reply) {
    each(&mut reply.body, &mut |object| {
        if object.contains_key("userName") {
            object.insert("nickName".to_owned(), Value::Null);
            object.insert("urn:example:vendor".to_owned(), json!({"tier": 3, "tags": []}));
        }
        if let Some(name) = object.get_mut("name").and_then(Value::as_object_mut) {
            name.insert("formatted".to_owned(), "An Example".into());
        }
        if let Some(emails) = object.get_mut("emails").and_then(Value::as_array_mut) {
            emails.push(json!({"value": "second@example.com", "type": "home"}));
        }
    });
}

pub(super) fn plain_json(_: &Parts, reply: &mut Reply) {
    reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
}

pub(super) fn patch_of_a_user_without_body(request: &Parts, reply: &mut Reply) {
    if request.method == Method::PATCH && request.uri.path().contains("/Users/") && reply.status.is_success() {
        (reply.status, reply.body) = (StatusCode::NO_CONTENT, Value::Null);
    }
}

pub(super) fn lists_without_members(request: &Parts, reply: &mut Reply) {
    if request.method == Method::GET && request.uri.path().ends_with("/Groups") {
        each(&mut reply.body, &mut |object| drop(object.remove("members")));
    }
}

/// Members with nothing but their value.
pub(super) fn bare_members(_: &Parts, reply: &mut Reply) {
    each(&mut reply.body, &mut |object| {
        for member in object.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten() {
            *member = json!({"value": member["value"]});
        }
    });
}

/// The keys of a list in lower case, which Okta tolerates (DOC2018).
pub(super) fn lower_case_lists(_: &Parts, reply: &mut Reply) {
    if let Some(list) = reply.body.as_object_mut().filter(|list| list.contains_key("Resources")) {
        *list = std::mem::take(list).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
    }
}

pub(super) fn location_on_another_host(_: &Parts, reply: &mut Reply) {
    change_location(reply, |path| format!("https://internal.example:8443{path}"));
}

pub(super) fn location_of_a_proxy(_: &Parts, reply: &mut Reply) {
    change_location(reply, |path| format!("/tenant/7{path}?from=proxy"));
}

fn change_location(reply: &mut Reply, change: impl FnOnce(&str) -> String) {
    let Some(path) = reply.headers.get(LOCATION).and_then(|location| location.to_str().ok()) else { return };
    let path = path.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
    reply.headers.insert(LOCATION, change(&path).parse().unwrap());
}

/// People of others, whose userName begins with `odd`, without name and active.
pub(super) fn strangers_without_active(_: &Parts, reply: &mut Reply) {
    each_user(&mut reply.body, &mut |user| {
        if user["userName"].as_str().is_some_and(|name| name.starts_with("odd")) {
            user.retain(|key, _| key != "active" && key != "name");
        }
    });
}

fn without(reply: &mut Reply, attribute: &str) {
    each_user(&mut reply.body, &mut |user| drop(user.shift_remove(attribute)));
}

/// Behavior of servers that Okta works with, although they do not show everything that Okta sends (Okta's sample server,
/// Sentry, AWS).
pub(super) const SPARSE: &[(&str, Change)] = &[
    ("users without displayName", |_, reply| without(reply, "displayName")),
    ("users without locale", |_, reply| without(reply, "locale")),
    ("users without externalId", |_, reply| without(reply, "externalId")),
    ("users without displayName, locale and externalId", |_, reply| {
        for attribute in ["displayName", "locale", "externalId"] {
            without(reply, attribute);
        }
    }),
    ("emails without type, and a derived name.formatted", |_, reply| {
        each_user(&mut reply.body, &mut |user| {
            for email in user.get_mut("emails").and_then(Value::as_array_mut).into_iter().flatten() {
                email.as_object_mut().unwrap().remove("type");
            }
            if let Some(name) = user.get_mut("name").and_then(Value::as_object_mut) {
                let part = |key: &str| name.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                name.insert("formatted".to_owned(), format!("{}, {}", part("familyName"), part("givenName")).into());
            }
        });
    }),
    ("a displayName that is made of the name", |_, reply| {
        each_user(&mut reply.body, &mut |user| {
            let part = |key: &str| {
                let part = user.get("name").and_then(|name| name.get(key)?.as_str());
                part.unwrap_or_default().to_owned()
            };
            let made = format!("{} {}", part("familyName").to_uppercase(), part("givenName"));
            user.insert("displayName".to_owned(), made.into());
        });
    }),
    ("groups whose members are always []", |_, reply| {
        each(&mut reply.body, &mut |object| {
            if let Some(members) = object.get_mut("members") {
                *members = json!([]);
            }
        });
    }),
    ("groups without members", |_, reply| each(&mut reply.body, &mut |object| drop(object.remove("members")))),
    ("userName and active only", |_, reply| {
        each_user(&mut reply.body, &mut |user| {
            user.retain(|name, _| ["id", "schemas", "meta", "userName", "active", "emails"].contains(&&**name));
            user.insert("name".to_owned(), json!({"givenName": "N/A", "familyName": "N/A"}));
        });
    }),
];

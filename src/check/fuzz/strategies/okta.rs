//! Bodies in the form that Okta sends, including the order of keys, about people with ordinary and unusual names.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::values::with_key;
use crate::check::fuzz::case::{Body, Expect};
use crate::scim::schema::{ENTERPRISE, GROUP, USER};
use crate::scim::{Kind, message};

/// Generates a document for POST.
pub fn document(kind: Kind) -> BoxedStrategy<Body> {
    match kind {
        Kind::User => user().prop_map(Body::Json).boxed(),
        Kind::Group => group().prop_map(Body::Json).boxed(),
    }
}

/// Generates a document for PUT, and the values that a GET must return afterwards. Okta sends PUT for apps created with
/// the App Integration Wizard (AIW): it reads the user, changes one attribute and writes the whole document.
pub fn replacement(kind: Kind) -> BoxedStrategy<(Body, Vec<Expect>)> {
    match kind {
        Kind::User => (user(), any::<bool>())
            .prop_map(|(document, active)| {
                let document = with_key(with_key(document, "id", "@ID@"), "active", active);
                (Body::Json(document), vec![Expect { attribute: "active".into(), value: json!(active) }])
            })
            .boxed(),
        Kind::Group => group()
            .prop_map(|document| {
                let document = with_key(document, "id", "@ID@");
                let name = document.get("displayName").cloned().unwrap_or_default();
                (Body::Json(document), vec![Expect { attribute: "displayName".into(), value: name }])
            })
            .boxed(),
    }
}

/// Generates a PATCH body, and the values that a GET must return afterwards.
pub fn patch(kind: Kind) -> BoxedStrategy<(Body, Vec<Expect>)> {
    let patches = match kind {
        Kind::User => user_patch(),
        Kind::Group => group_patch(),
    };
    patches.prop_map(|(operations, expect)| (Body::Json(patch_op(&operations)), expect)).boxed()
}

/// Wraps operations in a PatchOp message.
pub fn patch_op(operations: &Value) -> Value {
    json!({"schemas": [message::PATCH_OP], "Operations": operations})
}

/// Generates a given or family name: letters of several scripts, apostrophes, hyphens.
pub fn name() -> BoxedStrategy<String> {
    prop_oneof![
        "[A-Z][a-z]{1,10}",
        "[A-Z][a-zà-öø-ÿ]{0,11}(['-][A-Z][a-z]{1,6})?",
        "[А-Я][а-я]{1,10}",
        "[ぁ-ゖ一-龠]{1,5}",
        "[𐐀-𐐧]{1,4}",
    ]
    .boxed()
}

/// Generates a user as Okta creates it.
pub fn user() -> BoxedStrategy<Value> {
    let optional = (
        prop::option::of(name()),
        prop::option::of(r"\+[1-9][0-9]{6,12}"),
        prop::option::of(name()),
        prop::option::of(("[0-9]{1,6}", name())),
        any::<bool>(),
    );
    ("[a-z]{1,8}", name(), name(), "00u[a-zA-Z0-9]{17}", optional)
        .prop_map(|(local, given, family, external, (title, phone, middle, enterprise, display))| {
            let login = format!("{local}.@NAME@@example.com");
            let mut user = Map::new();
            let mut put = |key: &str, value: Value| drop(user.insert(key.to_owned(), value));
            put("schemas", if enterprise.is_some() { json!([USER, ENTERPRISE]) } else { json!([USER]) });
            put("userName", json!(login));
            put(
                "name",
                match middle {
                    Some(middle) => json!({"givenName": given, "familyName": family, "middleName": middle}),
                    None => json!({"givenName": given, "familyName": family}),
                },
            );
            put("emails", json!([{"primary": true, "value": login, "type": "work"}]));
            if display {
                put("displayName", json!(format!("{given} {family}")));
                put("locale", json!("en-US"));
            }
            if let Some(title) = title {
                put("title", json!(title));
            }
            if let Some(phone) = phone {
                put("phoneNumbers", json!([{"primary": true, "value": phone, "type": "work"}]));
            }
            put("externalId", json!(external));
            put("groups", json!([]));
            put("password", json!("1mz050nq"));
            put("active", json!(true));
            if let Some((number, department)) = enterprise {
                put(ENTERPRISE, json!({"employeeNumber": number, "department": department}));
            }
            Value::Object(user)
        })
        .boxed()
}

/// Generates a group as Okta pushes it.
fn group() -> BoxedStrategy<Value> {
    (name(), prop::option::of(members(0..3)))
        .prop_map(|(name, members)| {
            let group = json!({"schemas": [GROUP], "displayName": format!("{name} @NAME@")});
            with_key(group, "members", members.unwrap_or_else(|| json!([])))
        })
        .boxed()
}

/// Generates members: the companion, or an ID that does not exist, because Okta may refer to users that the server has
/// lost.
fn members(count: std::ops::Range<usize>) -> BoxedStrategy<Value> {
    let id = prop_oneof![3 => Just("@COMPANION@".to_owned()), 1 => "unknown-[a-z0-9]{1,8}"];
    prop::collection::vec((id, name()), count)
        .prop_map(|people| {
            people.into_iter().map(|(value, display)| json!({"value": value, "display": display})).collect()
        })
        .boxed()
}

type Operations = (Value, Vec<Expect>);

fn user_patch() -> BoxedStrategy<Operations> {
    let active = any::<bool>().prop_map(|active| {
        let expect = vec![Expect { attribute: "active".into(), value: json!(active) }];
        (json!([{"op": "replace", "value": {"active": active}}]), expect)
    });
    let by_path = any::<bool>().prop_map(|active| {
        let expect = vec![Expect { attribute: "active".into(), value: json!(active) }];
        (json!([{"op": "replace", "path": "active", "value": active}]), expect)
    });
    let profile = (name(), prop::option::of(name())).prop_map(|(display, title)| {
        let mut value = Map::new();
        value.insert("displayName".into(), json!(display));
        if let Some(title) = title {
            value.insert("title".into(), json!(title));
        }
        // No expectation: servers may ignore titles and a user's display name.
        (json!([{"op": "replace", "value": value}]), Vec::new())
    });
    let nested =
        name().prop_map(|given| (json!([{"op": "replace", "path": "name.givenName", "value": given}]), Vec::new()));
    prop_oneof![active, by_path, profile, nested].boxed()
}

fn group_patch() -> BoxedStrategy<Operations> {
    let rename = name().prop_map(|name| {
        let name = json!(format!("{name} @NAME@"));
        let expect = vec![Expect { attribute: "displayName".into(), value: name.clone() }];
        (json!([{"op": "replace", "value": {"id": "@ID@", "displayName": name}}]), expect)
    });
    let add =
        members(1..4).prop_map(|members| (json!([{"op": "add", "path": "members", "value": members}]), Vec::new()));
    let remove = Just((json!([{"op": "remove", "path": "members[value eq \"@COMPANION@\"]"}]), Vec::new()));
    let both = members(1..3).prop_map(|members| {
        let first = json!({"op": "remove", "path": "members[value eq \"@COMPANION@\"]"});
        (json!([first, {"op": "add", "path": "members", "value": members}]), Vec::new())
    });
    let replace =
        members(0..3).prop_map(|members| (json!([{"op": "replace", "path": "members", "value": members}]), Vec::new()));
    prop_oneof![rename, add, remove, both, replace].boxed()
}

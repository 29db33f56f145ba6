//! Invalid and extreme requests: deep nesting, wrong types, huge strings, control and astral characters, duplicate keys,
//! wrong media types, bodies that are not JSON, unknown paths.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::values::{json_value, text, with_key};
use super::{okta, query};
use crate::check::fuzz::case::{Act, Body, NAME, encode};
use crate::scim::Kind;
use crate::wire::Method;

/// Keys in the schemas, one of which is overwritten.
const KEYS: [&str; 17] = [
    "schemas",
    "userName",
    "displayName",
    "name",
    "emails",
    "active",
    "members",
    "externalId",
    "id",
    "meta",
    "groups",
    "password",
    "phoneNumbers",
    "title",
    "roles",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "USERNAME",
];
/// The maximum length of a string in characters, above the reference's body limit.
const HUGE: usize = 2_200_000;
/// The maximum nesting depth.
const DEEP: usize = 20_000;

/// Generates a document for POST or PUT that is invalid or unusual.
pub fn document(kind: Kind) -> BoxedStrategy<Body> {
    let wrong_type = (okta::document(kind), prop::sample::select(&KEYS[..]), json_value())
        .prop_map(|(body, key, value)| overwrite(body, key, value));
    let wrong_name = (okta::document(kind), text()).prop_map(move |(body, text)| {
        overwrite(body, if kind == Kind::User { "userName" } else { "displayName" }, json!(format!("{text}@NAME@")))
    });
    let unknown =
        (okta::document(kind), text(), json_value()).prop_map(|(body, key, value)| overwrite(body, &key, value));
    let doubled = (okta::document(kind), prop::sample::select(&KEYS[..]), json_value())
        .prop_map(|(body, key, value)| doubled(body, key, &value));
    prop_oneof![
        4 => wrong_type,
        4 => wrong_name,
        3 => unknown,
        2 => doubled,
        1 => json_value().prop_map(Body::Json),
        2 => not_json(),
        1 => (okta::document(kind), content_type()).prop_map(|(body, as_type)| Body::As(as_type, Box::new(body))),
        1 => (okta::document(kind), prop_oneof![20 => 0..4_000_usize, 1 => 0..HUGE])
            .prop_map(|(body, length)| overwrite(body, "title", json!("x".repeat(length)))),
        1 => (1..DEEP).prop_map(|depth| Body::Text(format!("{{\"schemas\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)))),
        1 => (1..2_000_usize).prop_map(many_values),
    ]
    .prop_map(provable)
    .boxed()
}

/// Generates a PATCH body that is invalid or unusual.
pub fn patch(kind: Kind) -> BoxedStrategy<Body> {
    let path = prop_oneof![
        3 => query::path(),
        2 => (query::path(), query::filter(), query::path()).prop_map(|(a, f, s)| format!("{a}[{f}].{s}")),
        1 => (query::path(), query::filter()).prop_map(|(a, f)| format!("{a}[{f}")),
        2 => text(),
        1 => (1..400_usize).prop_map(|depth| "emails[".repeat(depth)),
    ];
    let op = prop_oneof![
        4 => prop::sample::select(&["replace", "add", "remove", "Replace", "ADD"][..]).prop_map(Value::from),
        1 => json_value(),
    ];
    let operation = (op, prop::option::of(path), prop::option::of(json_value())).prop_map(|(op, path, value)| {
        let operation = path.into_iter().fold(json!({"op": op}), |operation, path| with_key(operation, "path", path));
        value.into_iter().fold(operation, |operation, value| with_key(operation, "value", value))
    });
    let operations = prop::collection::vec(operation, 0..4).prop_map(Value::from);
    let known = okta::patch(kind).prop_map(|(body, _)| body);
    prop_oneof![
        6 => operations.prop_map(|operations| Body::Json(okta::patch_op(&operations))),
        2 => json_value().prop_map(|operations| Body::Json(okta::patch_op(&operations))),
        1 => json_value().prop_map(Body::Json),
        1 => not_json(),
        1 => (known, content_type()).prop_map(|(body, as_type)| Body::As(as_type, Box::new(body))),
        1 => (1..3_000_usize).prop_map(|count| {
            Body::Json(okta::patch_op(&vec![json!({"op": "replace", "path": "active", "value": true}); count].into()))
        }),
    ]
    .boxed()
}

/// Generates a request outside of the protocol. Writes go only to fictitious IDs. These contain no dot and no slash, so
/// that no proxy can normalize them to the path of a collection.
pub fn odd() -> BoxedStrategy<Act> {
    let id = text().prop_map(|text| {
        let plain: String = text.chars().filter(|c| !matches!(c, '.' | '/' | '\\')).collect();
        format!("@NAME@{}", encode(&plain))
    });
    let kind = prop_oneof![Just("Users"), Just("Groups")];
    let write = prop::sample::select(&[Method::Put, Method::Patch, Method::Delete][..]);
    let body = || prop::option::of(prop_oneof![json_value().prop_map(Body::Json), not_json()]);
    let unknown = (write, kind.clone(), id, body()).prop_map(|(method, kind, id, body)| Act::Odd {
        method,
        path: format!("/{kind}/{id}"),
        content_type: None,
        body: if method == Method::Delete { None } else { body },
    });
    let routes = [
        "/Nothing",
        "/Users/@ID@/more",
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Users/",
        "/%00",
        "/Users/%ff",
    ];
    let read = (
        prop::sample::select(&[Method::Get, Method::Head, Method::Options][..]),
        prop::sample::select(routes.to_vec()),
    )
        .prop_map(|(method, path)| Act::Odd { method, path: path.to_owned(), content_type: None, body: None });
    let posted = (prop::option::of(content_type()), body()).prop_map(|(as_type, body)| Act::Odd {
        method: Method::Post,
        path: "/Nothing-@NAME@".to_owned(),
        content_type: as_type.flatten(),
        body,
    });
    prop_oneof![unknown, read, posted].boxed()
}

/// Generates a media type other than SCIM's, or none.
fn content_type() -> BoxedStrategy<Option<String>> {
    const TYPES: [&str; 7] = [
        "application/json",
        "text/plain",
        "application/xml",
        "application/json; charset=latin1",
        "multipart/form-data",
        "x",
        "*/*",
    ];
    prop_oneof![6 => prop::sample::select(&TYPES[..]).prop_map(|t| Some(t.to_owned())), 1 => Just(None)].boxed()
}

/// Generates a body that is not JSON.
fn not_json() -> BoxedStrategy<Body> {
    const TEXTS: [&str; 8] =
        ["", " ", "{", "{\"a\":", "\"\\ud800\"", "{\"userName\":\"\\ud83d\"}", "{\"a\":1}}", "\u{feff}{}"];
    prop_oneof![
        prop::sample::select(&TEXTS[..]).prop_map(|text| Body::Text(text.to_owned())),
        prop::collection::vec(any::<u8>(), 0..64).prop_map(Body::Bytes),
        (1..DEEP).prop_map(|depth| Body::Text("[".repeat(depth))),
        (1..DEEP).prop_map(|depth| Body::Text("{\"a\":".repeat(depth))),
    ]
    .boxed()
}

/// Builds a user with many email addresses.
fn many_values(count: usize) -> Body {
    let emails: Vec<Value> = (0..count).map(|n| json!({"value": format!("{n}@example.com"), "type": "work"})).collect();
    Body::Json(json!({"schemas": [crate::scim::schema::USER], "userName": "@NAME@", "emails": emails}))
}

fn overwrite(body: Body, key: &str, value: Value) -> Body {
    let Body::Json(document) = body else { return body };
    Body::Json(with_key(document, key, named(key, value)))
}

/// Adds the unique name to a text for an attribute that must contain it, because the run may change only resources that it
/// recognizes.
fn named(key: &str, value: Value) -> Value {
    match value {
        Value::String(text) if is_name(key) && !text.contains(NAME) => Value::String(text + NAME),
        other => other,
    }
}

fn is_name(key: &str) -> bool {
    ["userName", "displayName"].iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// Adds an `externalId` with the unique name to a document that has none in its names.
fn provable(body: Body) -> Body {
    match body {
        Body::Json(Value::Object(document)) => {
            let has_name = document
                .iter()
                .any(|(key, value)| is_name(key) && value.as_str().is_some_and(|text| text.contains(NAME)));
            let document = Value::Object(document);
            Body::Json(if has_name { document } else { with_key(document, "externalId", NAME) })
        }
        Body::As(media_type, body) => Body::As(media_type, Box::new(provable(*body))),
        other => other,
    }
}

/// Repeats a key at the end of the document.
fn doubled(body: Body, key: &str, value: &Value) -> Body {
    let Body::Json(document) = body else { return body };
    let (text, value) = (document.to_string(), named(key, value.clone()));
    Body::Text(format!("{},{}:{value}}}", text.strip_suffix('}').unwrap_or(&text), json!(key)))
}

//! What nobody should send: deep nesting, wrong types, huge strings, control and astral characters, duplicate keys, wrong
//! media types, bodies that are no JSON, paths that lead nowhere.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{okta, query, with as set};
use crate::check::fuzz::case::{Act, Body, encode};
use crate::scim::Kind;
use crate::wire::Method;

/// Keys that schemas know, of which one is overwritten.
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
/// Strings with a history.
const STRINGS: [&str; 16] = [
    "",
    " ",
    "\u{0}",
    "\u{7f}\u{1b}[31m",
    "\u{202e}abc",
    "\u{feff}",
    "😀",
    "👩‍👩‍👧",
    "İstanbul",
    "ß",
    "'; DROP TABLE users; --",
    "null",
    "%00%ff",
    "\\\"",
    "../../etc/passwd",
    "\u{10ffff}",
];
/// The longest string, in characters: more than the reference's largest body.
const HUGE: usize = 2_200_000;
/// The deepest nesting.
const DEEP: usize = 20_000;

/// Any text; the short and plain first.
pub fn text() -> BoxedStrategy<String> {
    let anything = prop::collection::vec(any::<char>(), 0..10).prop_map(|chars| chars.into_iter().collect::<String>());
    prop_oneof!["[a-z]{0,6}", prop::sample::select(&STRINGS[..]).prop_map(str::to_owned), "\\PC{0,16}", anything]
        .boxed()
}

/// Any JSON value.
pub fn json_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        prop::sample::select(&["true", "False", "0", "1"][..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
    .boxed()
}

/// A document for POST or PUT with something wrong with it, or merely odd.
pub fn document(kind: Kind) -> BoxedStrategy<Body> {
    let wrong_type = (okta::document(kind), prop::sample::select(&KEYS[..]), json_value())
        .prop_map(|(body, key, value)| with(body, key, value));
    let wrong_name = (okta::document(kind), text()).prop_map(move |(body, text)| {
        with(body, if kind == Kind::User { "userName" } else { "displayName" }, json!(format!("{text}@NAME@")))
    });
    let unknown = (okta::document(kind), text(), json_value()).prop_map(|(body, key, value)| with(body, &key, value));
    let doubled = (okta::document(kind), prop::sample::select(&KEYS[..]), json_value())
        .prop_map(|(body, key, value)| doubled(body, key, &value));
    prop_oneof![
        4 => wrong_type,
        4 => wrong_name,
        3 => unknown,
        2 => doubled,
        1 => json_value().prop_map(Body::Json),
        2 => no_json(),
        1 => (okta::document(kind), content_type()).prop_map(|(body, as_type)| Body::As(as_type, Box::new(body))),
        1 => (okta::document(kind), prop_oneof![20 => 0..4_000_usize, 1 => 0..HUGE])
            .prop_map(|(body, length)| with(body, "title", json!("x".repeat(length)))),
        1 => (1..DEEP).prop_map(|depth| Body::Text(format!("{{\"schemas\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)))),
        1 => (1..2_000_usize).prop_map(many_values),
    ]
    .boxed()
}

/// A PATCH body with something wrong with it.
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
        let operation = path.into_iter().fold(json!({"op": op}), |operation, path| set(operation, "path", path));
        value.into_iter().fold(operation, |operation, value| set(operation, "value", value))
    });
    let operations = prop::collection::vec(operation, 0..4).prop_map(Value::from);
    let known = okta::patch(kind).prop_map(|(body, _)| body);
    prop_oneof![
        6 => operations.prop_map(|operations| Body::Json(okta::patch_op(&operations))),
        2 => json_value().prop_map(|operations| Body::Json(okta::patch_op(&operations))),
        1 => json_value().prop_map(Body::Json),
        1 => no_json(),
        1 => (known, content_type()).prop_map(|(body, as_type)| Body::As(as_type, Box::new(body))),
        1 => (1..3_000_usize).prop_map(|count| {
            Body::Json(okta::patch_op(&vec![json!({"op": "replace", "path": "active", "value": true}); count].into()))
        }),
    ]
    .boxed()
}

/// A request that fits nothing. Writes go to made-up ids only, and those hold no dot and no slash, so that nothing on the
/// way can fold them into the path of a collection.
pub fn odd() -> BoxedStrategy<Act> {
    let id = text().prop_map(|text| {
        let plain: String = text.chars().filter(|c| !matches!(c, '.' | '/' | '\\')).collect();
        format!("@NAME@{}", encode(&plain))
    });
    let kind = prop_oneof![Just("Users"), Just("Groups")];
    let write = prop::sample::select(&[Method::Put, Method::Patch, Method::Delete][..]);
    let body = || prop::option::of(prop_oneof![json_value().prop_map(Body::Json), no_json()]);
    let nobody = (write, kind.clone(), id, body()).prop_map(|(method, kind, id, body)| Act::Odd {
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
    prop_oneof![nobody, read, posted].boxed()
}

/// A media type other than SCIM's, or none.
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

/// Bodies that are no JSON.
fn no_json() -> BoxedStrategy<Body> {
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

/// A user with very many emails.
fn many_values(count: usize) -> Body {
    let emails: Vec<Value> = (0..count).map(|n| json!({"value": format!("{n}@example.com"), "type": "work"})).collect();
    Body::Json(json!({"schemas": [crate::scim::schema::USER], "userName": "@NAME@", "emails": emails}))
}

fn with(body: Body, key: &str, value: Value) -> Body {
    let Body::Json(document) = body else { return body };
    Body::Json(set(document, key, value))
}

/// The document with one key a second time, at its end.
fn doubled(body: Body, key: &str, value: &Value) -> Body {
    let Body::Json(document) = body else { return body };
    let text = document.to_string();
    Body::Text(format!("{},{}:{value}}}", text.strip_suffix('}').unwrap_or(&text), json!(key)))
}

//! Filters, attribute paths and paging parameters, valid and invalid.

use proptest::prelude::*;

use super::values::text;
use crate::check::fuzz::case::encode;

/// Generates the query of a list request.
pub fn list() -> BoxedStrategy<String> {
    let page = prop_oneof![
        4 => Just("&startIndex=1&count=100".to_owned()),
        1 => (number(), number()).prop_map(|(start, count)| format!("&startIndex={start}&count={count}")),
    ];
    let sort = prop::option::weighted(0.2, (path(), prop_oneof![Just("ascending"), Just("descending"), Just("up")]));
    (filter_text(), page, sort)
        .prop_map(|(filter, page, sort)| {
            let sort = sort.map(|(by, order)| format!("&sortBy={}&sortOrder={order}", encode(&by)));
            format!("?filter={}{page}{}", encode(&filter), sort.unwrap_or_default())
        })
        .boxed()
}

/// Generates the query of a read, which selects attributes.
pub fn projection() -> BoxedStrategy<String> {
    let names = prop::collection::vec(prop_oneof![3 => path(), 1 => text()], 0..4);
    let parameter = prop_oneof![Just("attributes"), Just("excludedAttributes")];
    (parameter, names).prop_map(|(parameter, names)| format!("?{parameter}={}", encode(&names.join(",")))).boxed()
}

/// Generates the text of a filter, valid or not.
fn filter_text() -> BoxedStrategy<String> {
    prop_oneof![4 => filter(), 2 => broken(), 1 => text()].boxed()
}

/// Generates a number, or an invalid text in its place.
fn number() -> BoxedStrategy<String> {
    prop_oneof![
        (0_u32..200).prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        Just("99999999999999999999999".to_owned()),
        "[a-z%. -]{0,4}".prop_map(|text| encode(&text)),
    ]
    .boxed()
}

/// Generates an attribute path for a PATCH or a filter, sometimes one that is in no schema.
pub fn path() -> BoxedStrategy<String> {
    const PATHS: [&str; 14] = [
        "userName",
        "active",
        "displayName",
        "name.givenName",
        "emails",
        "emails.value",
        "members",
        "externalId",
        "id",
        "USERNAME",
        "meta.lastModified",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "nickName2",
    ];
    prop_oneof![8 => prop::sample::select(&PATHS[..]).prop_map(str::to_owned), 1 => "[a-zA-Z$_-]{1,12}(\\.[a-z]{1,8})?"]
        .boxed()
}

/// Generates a filter of the grammar (RFC 7644 section 3.4.2.2).
pub fn filter() -> BoxedStrategy<String> {
    let operator = prop::sample::select(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"][..]);
    let value = prop_oneof![
        Just("\"@NAME@\"".to_owned()),
        text().prop_map(|text| serde_json::Value::String(text).to_string()),
        (-9_999_i32..10_000).prop_map(|n| n.to_string()),
        prop::sample::select(&["true", "false", "null", "1.5e3", "\"2026-11-20T10:15:00Z\""][..])
            .prop_map(str::to_owned),
    ];
    let compare = (path(), operator, value).prop_map(|(path, op, value)| format!("{path} {op} {value}"));
    let leaf = prop_oneof![6 => compare, 1 => path().prop_map(|path| format!("{path} pr"))];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
            inner.clone().prop_map(|a| format!("not ({a})")),
            inner.prop_map(|a| format!("({a})")),
            Just("emails[type eq \"work\" and value co \"@\"]".to_owned()),
        ]
    })
    .boxed()
}

/// Generates an invalid filter, or one that exceeds limits.
fn broken() -> BoxedStrategy<String> {
    prop_oneof![
        (filter(), any::<prop::sample::Index>()).prop_map(|(whole, cut)| {
            let at = cut.index(whole.chars().count().max(1));
            whole.chars().take(at).collect::<String>()
        }),
        (filter(), "[()\\[\\]\"\\\\]{1,3}").prop_map(|(whole, more)| whole + &more),
        (1_usize..400).prop_map(|depth| format!("{}active pr{}", "(".repeat(depth), ")".repeat(depth))),
        (1_usize..400).prop_map(|terms| vec!["active eq true"; terms].join(" or ")),
        (1_usize..6_000).prop_map(|length| format!("userName eq \"{}\"", "x".repeat(length))),
    ]
    .boxed()
}

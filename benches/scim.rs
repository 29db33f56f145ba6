//! Measures the pure parts of one request: `cargo bench --bench scim`.
#![allow(clippy::unwrap_used, missing_docs)]

use divan::{Bencher, black_box};
use scimulate::scim::bulk::Bulk;
use scimulate::scim::message::{BULK_REQUEST, PATCH_OP, parse_object};
use scimulate::scim::patch::Patch;
use scimulate::scim::projection::Projection;
use scimulate::scim::schema::{ENTERPRISE, USER};
use scimulate::scim::{Filter, Kind, Mode, Object, Rules, Schemas};
use serde_json::{Value, json};

fn rules() -> Rules {
    Mode::Lenient.into()
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Returns the user that Okta posts, with the enterprise extension.
fn user() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "ines.moreau@northwind.example",
        "name": {"givenName": "Ines", "familyName": "Moreau"},
        "emails": [{"primary": true, "value": "ines.moreau@northwind.example", "type": "work"}],
        "displayName": "Ines Moreau", "locale": "en-US", "externalId": "00u1e8mutl6wlH3lL4x7",
        "groups": [], "password": "1mz050nq", "active": true,
        ENTERPRISE: {"department": "Field", "costCenter": "7"},
    })
}

fn patch(operations: &Value) -> Object {
    object(json!({"schemas": [PATCH_OP], "Operations": operations}))
}

fn stored() -> Object {
    Schemas::standard().accept(Kind::User, object(user()), rules()).unwrap().document
}

fn main() {
    divan::main();
}

#[divan::bench]
fn parse_and_accept_a_user(bencher: Bencher<'_, '_>) {
    let bytes = user().to_string().into_bytes();
    bencher.bench_local(|| {
        Schemas::standard().accept(Kind::User, parse_object(black_box(&bytes), 32).unwrap(), rules()).unwrap()
    });
}

const LOOKUP: &str = "userName eq \"ines.moreau@northwind.example\"";
const LONG: &str =
    "(emails[type eq \"work\" and value co \"@northwind\"] or name.familyName sw \"M\") and not (active eq false)";

#[divan::bench(args = [LOOKUP, LONG])]
fn parse_a_filter(text: &str) -> Filter {
    black_box(text).parse().unwrap()
}

#[divan::bench(args = [LOOKUP, LONG])]
fn evaluate_a_filter(bencher: Bencher<'_, '_>, text: &str) {
    let (document, filter) = (stored(), text.parse::<Filter>().unwrap());
    bencher.bench_local(|| filter.matches(black_box(&document), Kind::User, Schemas::standard()));
}

#[divan::bench(args = ["deactivate", "paths"])]
fn patch_a_user(bencher: Bencher<'_, '_>, name: &str) {
    let document = stored();
    let operations = match name {
        "deactivate" => json!([{"op": "replace", "value": {"active": false}}]),
        _ => json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "i@northwind.example"},
            {"op": "add", "path": "name.middleName", "value": "K"},
            {"op": "remove", "path": format!("{ENTERPRISE}:costCenter")},
        ]),
    };
    let body = patch(&operations);
    bencher.bench_local(|| {
        let patch = Patch::parse(black_box(&body), Kind::User, "u", Schemas::standard(), rules()).unwrap();
        patch.apply(&document, Kind::User, Schemas::standard(), rules()).unwrap()
    });
}

#[divan::bench(args = ["add", "remove"])]
fn parse_a_patch_of_1000_members(bencher: Bencher<'_, '_>, op: &str) {
    let operations = if op == "add" {
        let members: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("m{n}"), "display": "x@y"})).collect();
        json!([{"op": "add", "path": "members", "value": members}])
    } else {
        (0..1_000).map(|n| json!({"op": "remove", "path": format!("members[value eq \"m{n}\"]")})).collect()
    };
    let body = patch(&operations);
    bencher.bench_local(|| Patch::parse(black_box(&body), Kind::Group, "g", Schemas::standard(), rules()).unwrap());
}

#[divan::bench(args = ["", "userName,name.givenName,emails.value"])]
fn project_a_user(bencher: Bencher<'_, '_>, attributes: &str) {
    let document = stored();
    let projection = Projection::parse(Some(attributes).filter(|names| !names.is_empty()), None).unwrap();
    bencher
        .with_inputs(|| document.clone())
        .bench_local_refs(|document| projection.apply(document, Kind::User, Schemas::standard(), &[]));
}

/// Returns a user with 1,000 e-mail values of 400 characters each.
fn large_user(letter: char) -> Object {
    let filler: String = std::iter::repeat_n(letter, 395).collect();
    let emails: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("{filler}{n:05}"), "type": "work"})).collect();
    object(json!({"schemas": [USER], "userName": "ines", "emails": emails}))
}

/// The PATCH requests that cost the most. Each must stay under 50 ms, whether it is carried out or rejected with
/// `tooMany`.
#[divan::bench(
    args = ["filters over non-ASCII values", "filters over ASCII values", "extension", "added values", "listed values"],
    sample_count = 10
)]
fn apply_a_hostile_patch(bencher: Bencher<'_, '_>, name: &str) {
    let change =
        |n: usize| json!({"op": "replace", "path": format!("emails[value ew \"{n:05}\"].display"), "value": "d"});
    let extension = |n: usize| match n % 2 {
        0 => json!({"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "x"}),
        _ => json!({"op": "remove", "path": ENTERPRISE}),
    };
    let email = |n: usize| json!({"value": format!("{n}@x"), "type": "work"});
    let (document, operations): (Object, Vec<Value>) = match name {
        "filters over non-ASCII values" => (large_user('é'), (0..1_000).map(change).collect()),
        "filters over ASCII values" => (large_user('e'), (0..1_000).map(change).collect()),
        "extension" => (large_user('é'), (0..2_000).map(extension).collect()),
        "added values" => {
            let add = |n: usize| json!({"op": "add", "path": "emails", "value": [email(n % 1_000)]});
            (stored(), (0..2_000).map(add).collect())
        }
        _ => {
            let listed: Vec<Value> = (0..1_000).map(email).collect();
            (large_user('é'), vec![json!({"op": "remove", "path": "emails", "value": listed}); 20])
        }
    };
    let body = patch(&operations.into());
    let patch = Patch::parse(&body, Kind::User, "u", Schemas::standard(), rules()).unwrap();
    bencher.bench_local(|| patch.apply(black_box(&document), Kind::User, Schemas::standard(), rules()));
}

#[divan::bench]
fn evaluate_128_terms_over_non_ascii_values(bencher: Bencher<'_, '_>) {
    let filter: Filter = vec!["emails.value co \"ü\""; 128].join(" or ").parse().unwrap();
    let document = large_user('é');
    bencher.bench_local(|| filter.matches(black_box(&document), Kind::User, Schemas::standard()));
}

#[divan::bench]
fn order_a_bulk_of_1_mb_of_references(bencher: Bencher<'_, '_>) {
    let note = format!(" {}", "bulkId:".repeat(140_000));
    let operation = json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {"note": note}});
    let body = object(json!({"schemas": [BULK_REQUEST], "Operations": [operation]}));
    bencher.bench_local(|| Bulk::parse(black_box(&body), 1_000).unwrap().order());
}

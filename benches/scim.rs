//! How long the pure parts take for one request: `cargo bench --bench scim`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use scimulate::scim::message::{PATCH_OP, parse_object};
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

/// What Okta posts, with the enterprise extension.
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

fn bodies(c: &mut Criterion) {
    let bytes = user().to_string().into_bytes();
    c.bench_function("parse and accept a user", |b| {
        b.iter(|| {
            Schemas::standard().accept(Kind::User, parse_object(black_box(&bytes), 32).unwrap(), rules()).unwrap()
        });
    });
}

fn filters(c: &mut Criterion) {
    let simple = "userName eq \"ines.moreau@northwind.example\"";
    let long =
        "(emails[type eq \"work\" and value co \"@northwind\"] or name.familyName sw \"M\") and not (active eq false)";
    let document = stored();
    for (name, text) in [("lookup", simple), ("long", long)] {
        c.bench_function(&format!("filter parse: {name}"), |b| b.iter(|| black_box(text).parse::<Filter>().unwrap()));
        let filter: Filter = text.parse().unwrap();
        c.bench_function(&format!("filter evaluate: {name}"), |b| {
            b.iter(|| filter.matches(black_box(&document), Kind::User, Schemas::standard()));
        });
    }
}

fn patches(c: &mut Criterion) {
    let document = stored();
    let cases = [
        ("deactivate", json!([{"op": "replace", "value": {"active": false}}])),
        (
            "paths",
            json!([
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "i@northwind.example"},
                {"op": "add", "path": "name.middleName", "value": "K"},
                {"op": "remove", "path": format!("{ENTERPRISE}:costCenter")},
            ]),
        ),
    ];
    for (name, operations) in cases {
        let body = patch(&operations);
        c.bench_function(&format!("patch: {name}"), |b| {
            b.iter(|| {
                let patch = Patch::parse(black_box(&body), Kind::User, "u", Schemas::standard(), rules()).unwrap();
                patch.apply(&document, Kind::User, Schemas::standard(), rules()).unwrap()
            });
        });
    }
    let members: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("m{n}"), "display": "x@y"})).collect();
    let add = patch(&json!([{"op": "add", "path": "members", "value": members}]));
    let removals: Vec<Value> =
        (0..1_000).map(|n| json!({"op": "remove", "path": format!("members[value eq \"m{n}\"]")})).collect();
    let remove = patch(&removals.into());
    for (name, body) in [("add 1,000 members", add), ("remove 1,000 members", remove)] {
        c.bench_function(&format!("patch: {name}"), |b| {
            b.iter(|| Patch::parse(black_box(&body), Kind::Group, "g", Schemas::standard(), rules()).unwrap());
        });
    }
}

fn projections(c: &mut Criterion) {
    let document = stored();
    for (name, attributes) in [("default", None), ("three names", Some("userName,name.givenName,emails.value"))] {
        let projection = Projection::parse(attributes, None).unwrap();
        c.bench_function(&format!("projection: {name}"), |b| {
            b.iter_batched_ref(
                || document.clone(),
                |document| projection.apply(document, Kind::User, Schemas::standard(), &[]),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, bodies, filters, patches, projections);
criterion_main!(benches);

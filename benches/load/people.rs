//! The users of the benches: names without an order, and the bodies that Okta sends.

use scimulate::scim::Object;
use serde_json::{Value, json};

/// Derives a name from a number. Names have no order.
pub fn name(n: usize) -> String {
    let scattered = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    format!("{scattered:016x}@northwind.example")
}

/// Builds the body of Okta's `POST /Users`. There are 4,096 family names without an order, and no titles.
pub fn body(n: usize) -> Value {
    let name = name(n);
    let id = format!("00u{:0>17}", &name[..13]);
    let family = format!("Moreau {}", &name[13..16]);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name, "name": {"givenName": "Ines", "familyName": family},
        "emails": [{"primary": true, "value": name, "type": "work"}],
        "displayName": format!("Ines {family}"), "locale": "en-US", "externalId": id, "groups": [],
        "password": "1mz050nq", "active": true,
    })
}

/// Builds the same user as the document that the store receives.
pub fn document(n: usize) -> Object {
    let Value::Object(mut document) = body(n) else { return Object::new() };
    document.shift_remove("password");
    document.shift_remove("groups");
    document
}

//! Resources (RFC 7643 sections 2 to 4, RFC 7644 sections 3.3 to 3.6): create, read, replace, delete. Each requirement has one
//! row or assertion.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::{GROUP, Server, USER, filter, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Returns a user with every attribute of the core schema and the enterprise extension.
fn whole(name: &str) -> Value {
    let several = |one: Value, other: Value| {
        json!([
            {"value": one, "type": "work", "primary": true, "display": "One"},
            {"value": other, "type": "home", "primary": false, "display": "Two"},
        ])
    };
    json!({
        "schemas": [USER, ENTERPRISE], "userName": name, "externalId": "Ext-1",
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane",
            "honorificPrefix": "Ms.", "honorificSuffix": "III",
        },
        "displayName": "Babs", "nickName": "Babs", "profileUrl": "https://login.example.com/bjensen", "title": "Guide",
        "userType": "Employee", "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles",
        "active": true,
        "emails": several(json!("Babs@work.example"), json!("babs@home.example")),
        "phoneNumbers": several(json!("tel:+1-201-555-0123"), json!("555-5555")),
        "ims": several(json!("someaimhandle"), json!("other")),
        "photos": several(json!("https://photos.example.com/1"), json!("https://photos.example.com/2")),
        "entitlements": several(json!("a"), json!("b")), "roles": several(json!("a"), json!("b")),
        "x509Certificates": several(json!("MIIDQzCCAqygAwIBAgICEAAwDQYJKoZI"), json!("TUlJ")),
        "addresses": [{
            "type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA",
            "postalCode": "91608", "country": "US", "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
            "primary": true,
        }],
        ENTERPRISE: {
            "employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios", "division": "Theme Park",
            "department": "Tour", "manager": {"value": "26118915", "$ref": "../Users/26118915"},
        },
    })
}

#[tokio::test]
async fn attributes_are_returned_as_sent() {
    let server = Server::start().await;
    let sent = whole("bjensen@example.com");
    let created = server.post("/Users", sent.clone()).await;
    let path = format!("/Users/{}", created.id());
    let got = server.get(&path).await.json();
    assert_eq!(created.json(), got, "CRE-004, CRE-005");
    for (key, value) in sent.as_object().unwrap() {
        assert_eq!(
            &got[key], value,
            "TYPE-001, MV-009, RES-006, RES-017, USR-005, USR-007, USR-011, USR-012, ENT-001: {key}"
        );
    }
    assert_eq!(got["meta"]["created"], got["meta"]["lastModified"], "RES-021");
    assert_eq!(created.header("location"), got["meta"]["location"].as_str(), "CRE-003, RES-023");
    let put = server.put(&path, got.clone()).await;
    assert_eq!((put.status, put.json()), (200, got.clone()), "PUT-001, PUT-014");
    let same = server.patch(&path, json!([{"op": "replace", "path": "active", "value": true}])).await;
    for reply in [&created, &put, &same, &server.get(&path).await] {
        assert_eq!(reply.header("content-location"), got["meta"]["location"].as_str(), "RES-023");
    }
    let listed = server.get("/Users").await.json();
    assert_eq!(listed["Resources"], json!([got]), "LIST-006, LIST-008");
    // The order of attributes and of schemas is not significant.
    let mut reversed: serde_json::Map<String, Value> =
        whole("second@example.com").as_object().unwrap().clone().into_iter().rev().collect();
    reversed["schemas"] = json!([ENTERPRISE, USER]);
    let other = server.post("/Users", Value::Object(reversed)).await;
    assert_eq!((other.status, &other.json()[ENTERPRISE]), (201, &sent[ENTERPRISE]), "RES-004, TYPE-010");
}

#[tokio::test]
async fn text_is_stored_unchanged() {
    let server = Server::start().await;
    for (n, text) in [
        "plain",
        "ünï",
        "日本語",
        "👩‍👩‍👧",
        "e\u{301}",
        "שלום",
        "a\u{200b}b",
        "tab\tnew\nline",
        "quote\" back\\slash",
        "<b>&amp;</b>",
        "'; DROP TABLE resource; --",
        "{{7*7}}",
        "*)(uid=*",
        " spaces ",
        "\u{7f}",
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = user(&format!("u{n}@example.com"));
        body["displayName"] = text.into();
        let id = server.post("/Users", body).await.id();
        assert_eq!(server.get(&format!("/Users/{id}")).await.json()["displayName"], text, "MED-009, SEC-006, SEC-008");
        let found = server.get(&format!("/Users?{}", filter(&format!("displayName eq {}", json!(text))))).await.json();
        assert_eq!(
            (&found["totalResults"], &found["Resources"][0]["id"]),
            (&json!(1), &json!(id)),
            "FLT-057: {text:?}"
        );
    }
    for name in ["a+b@x", "\"q\"@x", "back\\slash", "with space", "ünï@x", &"x".repeat(300)] {
        let id = server.user(name).await;
        let found = server.get(&format!("/Users?{}", filter(&format!("userName eq {}", json!(name))))).await.json();
        assert_eq!(found["Resources"][0]["id"], id, "USR-018: {name}");
    }
    let escaped = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"\u0041\ud83d\ude00\/x"}"#;
    let reply = server.send_with(Method::POST, "/Users", &[], Some(escaped.to_owned())).await;
    assert_eq!(reply.json()["userName"], "A😀/x", "MED-010");
}

#[tokio::test]
async fn attributes_of_the_server_are_not_taken_from_the_client() {
    let server = Server::start().await;
    let mut body = user("ann@example.com");
    body["id"] = json!("mine");
    body["meta"] =
        json!({"created": "2001-01-01T00:00:00Z", "version": "x", "resourceType": "Robot", "location": "http://x"});
    body["groups"] = json!([{"value": "g"}]);
    let created = server.post("/Users", body.clone()).await.json();
    let id = created["id"].as_str().unwrap();
    assert!(id != "mine" && !id.is_empty() && !id.contains("bulkId"), "RES-011, RES-015, RES-016");
    assert_eq!(created["meta"]["resourceType"], "User", "RES-019, RES-025");
    assert!(!created["meta"]["created"].as_str().unwrap().starts_with("2001"), "RES-025");
    assert_eq!(created["groups"], json!([]), "CRE-006, USR-013");
    let path = format!("/Users/{id}");
    body["title"] = json!("T");
    let replaced = server.put(&path, body).await.json();
    assert_eq!(
        (&replaced["id"], &replaced["meta"]["created"]),
        (&created["id"], &created["meta"]["created"]),
        "PUT-004, PUT-010, RES-013, RES-020"
    );
    assert!(replaced["meta"]["lastModified"].as_str() >= created["meta"]["lastModified"].as_str(), "RES-022");
    let read = server.get(&path).await.json();
    assert_eq!(read["meta"], replaced["meta"], "RES-022, ETG-003");
    let group = server.group("Team", &[id]).await;
    assert_ne!(group, id, "RES-012");
    server.get(&format!("/Groups/{id}")).await.is_scim_error(404, None); // GET-003
    let of_group = server.get(&format!("/Groups/{group}")).await.json();
    assert_eq!(of_group["meta"]["resourceType"], "Group", "RES-019");
    let member = &of_group["members"][0];
    assert_eq!((&member["value"], &member["type"]), (&json!(id), &json!("User")), "GRP-003");
    assert_eq!(server.get(member["$ref"].as_str().unwrap()).await.json()["id"], id, "GRP-004, TYPE-008");
    let seen = &server.get(&path).await.json()["groups"][0];
    assert_eq!((&seen["value"], &seen["type"]), (&json!(group), &json!("direct")), "USR-014, USR-015");
    assert_eq!(server.get(seen["$ref"].as_str().unwrap()).await.json()["id"], group, "USR-014");
}

#[tokio::test]
async fn null_and_empty_are_unassigned() {
    let server = Server::start().await;
    let bare = json!({"schemas": [USER], "userName": "a@x"});
    for (n, (id, more)) in [
        ("NULL-001", json!({"title": null, "emails": [], "name": null})),
        ("NULL-001", json!({"emails": null, ENTERPRISE: null})),
        ("NULL-001, RES-005", json!({"schemas": [USER, ENTERPRISE]})),
        ("RES-005", json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {}})),
        ("MV-004", json!({"name": {}, "roles": []})),
        ("NULL-001: of what no schema knows", json!({"shoe": [], "shoes": {"size": null}, "urn:example:shoe": {}})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = bare.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body["userName"] = json!(format!("u{n}@x"));
        let mut made = server.post("/Users", body).await.json();
        assert_eq!(made["schemas"], json!([USER]), "{id}: {more}");
        for own in ["id", "meta", "groups", "userName", "schemas"] {
            made.as_object_mut().unwrap().shift_remove(own);
        }
        assert_eq!(made, json!({}), "NULL-002, {id}: {more}");
    }
    for text in ["title pr", "emails pr", "name pr"] {
        assert_eq!(server.get(&format!("/Users?{}", filter(text))).await.json()["totalResults"], 0, "NULL-002: {text}");
    }
    let id = server.post("/Users", whole("whole@x")).await.id();
    let cleared = json!({"schemas": [USER], "userName": "whole@x", "title": null, "emails": []});
    let put = server.put(&format!("/Users/{id}"), cleared).await.json();
    for gone in ["title", "emails", "nickName", "roles", ENTERPRISE, "externalId"] {
        assert_eq!(put.get(gone), None, "NULL-003, PUT-003, PUT-015: {gone}");
    }
    assert_eq!(put["schemas"], json!([USER]), "RES-005");
    let mut empty = user("empty@x");
    empty["title"] = json!("");
    assert_eq!(server.post("/Users", empty).await.json()["title"], "", "NULL-004, OKT-023");
}

#[tokio::test]
async fn invalid_bodies_are_rejected() {
    let server = Server::start().await;
    let with = |key: &str, value: Value| {
        let mut body = user("new@example.com");
        body[key] = value;
        body
    };
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    for (id, body, scim_type) in [
        ("RES-008", json!({"userName": "x"}), "invalidValue"),
        ("RES-008", json!({"schemas": [], "userName": "x"}), "invalidValue"),
        ("CRE-015", with("schemas", json!([GROUP])), "invalidValue"),
        ("USR-002", json!({"schemas": [USER]}), "invalidValue"),
        ("USR-003", with("userName", json!("  ")), "invalidValue"),
        ("NULL-005, MUT-009", with("userName", Value::Null), "invalidValue"),
        ("MUT-009", with("userName", json!([])), "invalidValue"),
        ("MV-003", with("emails", two.clone()), "invalidValue"),
        ("MV-003", with("roles", two), "invalidValue"),
        ("TYPE-005", with("name", json!(["x"])), "invalidValue"),
        ("TYPE-006, TYPE-013", with("x509Certificates", json!([{"value": "not base64!"}])), "invalidValue"),
        ("TYPE-011", with("title", json!(7)), "invalidValue"),
        ("TYPE-011", with("active", json!(1)), "invalidValue"),
        ("TYPE-011", with("emails", json!({"value": "x"})), "invalidValue"),
        ("TYPE-011", with("name", json!("x")), "invalidValue"),
        ("RES-027", with("USERNAME", json!("x")), "invalidSyntax"),
        ("RES-027", with("shoe", json!({"size": 1, "SIZE": 2})), "invalidSyntax"),
        ("RES-006, USR-009", with(&format!("{USER}:password"), json!("s3cret")), "invalidValue"),
        ("RES-006", with(&format!("{ENTERPRISE}:department"), json!("D")), "invalidValue"),
    ] {
        let reply = server.post("/Users", body.clone()).await;
        let said = (reply.status, reply.json()["scimType"].as_str().unwrap_or_default().to_owned());
        assert_eq!(said, (400, scim_type.to_owned()), "{id}: {body}");
    }
    for body in [
        json!({"schemas": [GROUP]}),
        json!({"schemas": [GROUP], "displayName": ""}),
        json!({"schemas": [USER], "displayName": "x"}),
    ] {
        server.post("/Groups", body).await.is_scim_error(400, Some("invalidValue")); // GRP-002
    }
    assert_eq!(server.get("/Users").await.json()["totalResults"], 0, "CRE-009");
    assert_eq!(server.get("/Groups").await.json()["totalResults"], 0, "CRE-009");
    server.post("/Users/1", user("x@x")).await.is_scim_error(405, None); // CRE-016
    let ann = format!("/Users/{}", server.user("ann@example.com").await);
    for body in [json!({"schemas": [USER]}), json!({"schemas": [USER], "userName": null}), json!({"userName": "x"})] {
        server.put(&ann, body).await.is_scim_error(400, Some("invalidValue")); // PUT-008
    }
    assert_eq!(server.delete(&ann).await.status, 204);
    server.put("/Users", user("x@x")).await.is_scim_error(405, None); // PUT-017
    server.delete("/Users").await.is_scim_error(405, None); // DEL-007
    server.put("/Users/01ARZ3NDEKTSV4RRFFQ69G5FAV", user("x@x")).await.is_scim_error(404, None); // PUT-009
    assert_eq!(server.get("/Users").await.json()["totalResults"], 0, "PUT-009");
}

#[tokio::test]
async fn names_are_unique_without_letter_case_if_the_schema_says_so() {
    let server = Server::start().await;
    let ann = server.user("ann@example.com").await;
    let bob = server.user("bob@example.com").await;
    for name in ["ann@example.com", "ANN@example.com"] {
        server.post("/Users", user(name)).await.is_scim_error(409, Some("uniqueness")); // CRE-008, CRE-010, USR-004
        server.put(&format!("/Users/{bob}"), user(name)).await.is_scim_error(409, Some("uniqueness")); // PUT-011
    }
    assert_eq!(server.get("/Users").await.json()["totalResults"], 2, "CRE-009");
    assert_eq!(server.put(&format!("/Users/{ann}"), user("Ann@example.com")).await.status, 200, "PUT-012");
    let mut twin = user("cid@example.com");
    twin["externalId"] = json!("00uann@example.com");
    twin["emails"] = user("ann@example.com")["emails"].clone();
    assert_eq!(server.post("/Users", twin).await.status, 201, "RES-018, MUT-008");
    assert_eq!(
        server
            .patch(&format!("/Users/{ann}"), json!([{"op": "replace", "path": "active", "value": false}]))
            .await
            .status,
        200
    );
    server.post("/Users", user("ann@example.com")).await.is_scim_error(409, Some("uniqueness")); // LIFE-006
    let inactive = server.get(&format!("/Users?{}", filter("userName eq \"ann@example.com\""))).await.json();
    assert_eq!(inactive["Resources"][0]["active"], false, "LIFE-001, LIFE-003");
    let inactive = server.get(&format!("/Users?{}", filter("active eq false"))).await.json();
    assert_eq!(inactive["totalResults"], 1, "LIFE-004");
}

#[tokio::test]
async fn a_deleted_resource_does_not_come_back() {
    let server = Server::start().await;
    let (ann, bob) = (server.user("ann@example.com").await, server.user("bob@example.com").await);
    let (team, crew) = (server.group("Team", &[&ann, &bob]).await, server.group("Crew", &[&ann]).await);
    let path = format!("/Users/{ann}");
    let reply = server.send_with(Method::DELETE, &path, &[], Some("{\"ignored\":true}".to_owned())).await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""), "DEL-001, DEL-008");
    server.get(&path).await.is_scim_error(404, None); // DEL-002
    server.put(&path, user("ann@example.com")).await.is_scim_error(404, None);
    server.patch(&path, json!([{"op": "remove", "path": "title"}])).await.is_scim_error(404, None);
    server.delete(&path).await.is_scim_error(404, None); // DEL-002, DEL-004
    for query in [String::new(), filter("userName eq \"ann@example.com\""), filter(&format!("id eq \"{ann}\""))] {
        let list = server.get(&format!("/Users?{query}")).await.json();
        assert!(list["Resources"].as_array().unwrap().iter().all(|one| one["id"] != ann), "DEL-003, LIST-007");
    }
    assert_eq!(server.members(&team).await, std::slice::from_ref(&bob), "GRP-009");
    assert_eq!(server.delete(&format!("/Groups/{crew}")).await.status, 204);
    assert_eq!(server.delete(&format!("/Groups/{team}")).await.status, 204);
    assert_eq!(server.get(&format!("/Users/{bob}")).await.json()["groups"], json!([]), "GRP-010");
    let again = server.user("ann@example.com").await;
    assert_ne!(again, ann, "DEL-005, DEL-006, RES-014");
    assert_eq!(server.get(&format!("/Users/{again}")).await.json()["groups"], json!([]), "DEL-006");
}

#[tokio::test]
async fn groups_can_be_nested_and_circular() {
    let server = Server::start().await;
    let only_name = server.post("/Groups", json!({"schemas": [GROUP], "displayName": "Alone"})).await;
    assert_eq!((only_name.status, &only_name.json()["members"]), (201, &json!([])), "GRP-001");
    let inner = only_name.id();
    let outer = server.group("Outer", &[&inner, &inner]).await;
    let seen = server.get(&format!("/Groups/{outer}")).await.json();
    assert_eq!(seen["members"].as_array().unwrap().len(), 1, "GRP-008, MV-010");
    assert_eq!(seen["members"][0]["type"], "Group", "GRP-006");
    let add = json!([{"op": "add", "path": "members", "value": [{"value": outer}]}]);
    assert_eq!(server.patch(&format!("/Groups/{inner}"), add).await.status, 204, "GRP-007");
    assert_eq!(server.members(&inner).await, std::slice::from_ref(&outer), "GRP-007");
    // A member of a group is also a member of the groups that contain it.
    let ann = server.user("ann@example.com").await;
    let add =
        json!([{"op": "add", "path": "members", "value": [{"value": ann, "type": "Group", "$ref": "http://nowhere"}]}]);
    assert_eq!(server.patch(&format!("/Groups/{inner}"), add).await.status, 204);
    let told = |user: Value| -> Vec<(String, String)> {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        user["groups"].as_array().unwrap().iter().map(|one| (text(one, "value"), text(one, "type"))).collect()
    };
    let user = server.get(&format!("/Users/{ann}")).await.json();
    assert_eq!(
        told(user.clone()),
        [(inner.clone(), "direct".to_owned()), (outer.clone(), "indirect".to_owned())],
        "USR-014"
    );
    for (text, total) in [
        (format!("groups.value eq \"{outer}\""), 1),
        (format!("groups[type eq \"indirect\" and value eq \"{outer}\"]"), 1),
        (format!("groups[type eq \"direct\" and value eq \"{outer}\"]"), 0),
    ] {
        let list = server.get(&format!("/Users?{}", filter(&text))).await.json();
        assert_eq!(list["totalResults"], total, "USR-014, FLT-046: {text}");
        let shown = list["Resources"].as_array().unwrap().iter().all(|one| *one == user);
        assert!(shown, "LIST-008: {text}");
    }
    let members = server.get(&format!("/Groups/{inner}")).await.json()["members"].clone();
    let member = members.as_array().unwrap().iter().find(|one| one["value"] == ann.as_str()).unwrap();
    assert_eq!(member["type"], "User", "GRP-003: what a member is, not what was said");
    let mut body = server.get(&format!("/Groups/{outer}")).await.json();
    body["members"] = json!([]);
    let put = server.put(&format!("/Groups/{outer}"), body).await;
    assert_eq!((put.status, &put.json()["members"]), (200, &json!([])), "PUT-016");
}

#[tokio::test]
async fn a_representation_contains_each_attribute_once() {
    let server = Server::start().await;
    let body = json!({"SCHEMAS": [USER.to_uppercase(), ENTERPRISE.to_lowercase()], "USERNAME": "ann@x", "Name": {"GIVENNAME": "Ann"}, ENTERPRISE.to_uppercase(): {"Department": "D"}, "shoeSize": 7});
    let created = server.post("/Users", body).await;
    assert_eq!(created.status, 201, "RES-029: {}", created.text);
    let made = created.json();
    assert_eq!(
        (&made["userName"], &made["name"]["givenName"], &made[ENTERPRISE]["department"]),
        (&json!("ann@x"), &json!("Ann"), &json!("D")),
        "RES-029"
    );
    let keys: Vec<String> = made.as_object().unwrap().keys().map(|key| key.to_lowercase()).collect();
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "RES-026");
    let urns = made["schemas"].as_array().unwrap();
    assert_eq!(urns, &[json!(USER), json!(ENTERPRISE)], "RES-001, RES-002, RES-003");
    assert_eq!(made["shoeSize"], 7, "RES-028: stored in a lenient directory");
}

#[tokio::test]
async fn equal_values_and_names_are_merged() {
    let server = Server::start().await;
    let mail = |value: &str, kind: &str| json!({"value": value, "type": kind});
    let mut body = user("ann@example.com");
    body["emails"] =
        json!([mail("a@x", "work"), {"value": "a@x", "type": "work", "display": "A"}, mail("a@x", "home")]);
    let path = format!("/Users/{}", server.post("/Users", body.clone()).await.id());
    let united = json!([{"value": "a@x", "type": "work", "display": "A"}, mail("a@x", "home")]);
    assert_eq!(server.get(&path).await.json()["emails"], united, "MV-006, MV-010: POST");
    body["emails"] = json!([mail("b@x", "work"), mail("b@x", "work")]);
    assert_eq!(server.put(&path, body).await.json()["emails"], json!([mail("b@x", "work")]), "MV-006: PUT");
    let same = json!([{"op": "add", "path": "emails", "value": [mail("c@x", "work")]}, {"op": "replace", "path": "emails[value eq \"c@x\"].value", "value": "b@x"}]);
    assert_eq!(server.patch(&path, same).await.json()["emails"], json!([mail("b@x", "work")]), "MV-006: PATCH");
    // RFC 7644 section 5: user names are compared by PRECIS.
    server.user("J\u{e9}r\u{f4}me@example.com").await;
    for (name, how) in [
        ("je\u{301}ro\u{302}me@example.com", "decomposed"),
        ("\u{ff2a}\u{e9}r\u{f4}me\u{ff20}example.com", "full width"),
    ] {
        server.post("/Users", user(name)).await.is_scim_error(409, Some("uniqueness")); // USR-019
        let found = server.get(&format!("/Users?{}", filter(&format!("userName eq \"{name}\"")))).await.json();
        assert_eq!(found["totalResults"], 1, "USR-019: {how}");
    }
}

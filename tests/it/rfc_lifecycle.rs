//! The life cycle of a person and a group: the requests of Okta and Entra in their order, and the profile of IPSIE. Each
//! requirement has one assertion.

use serde_json::{Value, json};

use crate::support::reference::{GROUP, Server, USER, filter, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn found(server: &Server, kind: &str, text: &str) -> Vec<String> {
    let list = server.get(&format!("/{kind}?{}", filter(text))).await;
    assert_eq!(list.status, 200, "ENTRA-020: {text}: {}", list.text);
    let list = list.json();
    list["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn joiner_mover_leaver_and_rehire() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let (team, crew) = (server.group("Team", &[&id]).await, server.group("Crew", &[]).await);
    let path = format!("/Users/{id}");
    let groups = async || {
        let seen = server.get(&path).await.json();
        let of = |group: &Value| group["display"].as_str().unwrap().to_owned();
        seen["groups"].as_array().unwrap().iter().map(of).collect::<Vec<_>>().join(" ")
    };
    for round in 0..3 {
        // Mover: another name, another group.
        let name = format!("ann{round}@example.com");
        let mut body = server.get(&path).await.json();
        body["userName"] = json!(name);
        body["costCode"] = json!(round);
        let put = server.put(&path, body).await;
        assert_eq!((put.status, &put.json()["id"]), (200, &json!(id)), "OKT-027, LIFE-009");
        assert_eq!(server.get(&path).await.json()["costCode"], round, "OKT-010: what no schema knows comes back");
        assert_eq!(groups().await, "Team", "LIFE-009");
        let move_in = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        assert_eq!(server.patch(&format!("/Groups/{crew}"), move_in).await.status, 204, "LIFE-010");
        assert_eq!(groups().await, "Team Crew", "LIFE-010");
        // Leaver, by PUT and by PATCH.
        let mut body = server.get(&path).await.json();
        body["active"] = json!(false);
        let left = if round == 1 {
            server.put(&path, body).await
        } else {
            server.patch(&path, json!([{"op": "replace", "value": {"active": false}}])).await
        };
        assert_eq!((left.status, &left.json()["active"]), (200, &json!(false)), "LIFE-001, LIFE-002, OKT-011, OKT-012");
        assert_eq!(server.get(&path).await.json()["active"], false, "LIFE-002");
        for text in [format!("userName eq \"{name}\""), "active eq false".to_owned(), format!("id eq \"{id}\"")] {
            assert_eq!(found(&server, "Users", &text).await, std::slice::from_ref(&id), "LIFE-003, LIFE-004: {text}");
        }
        server.post("/Users", user(&name)).await.is_scim_error(409, Some("uniqueness")); // LIFE-006
        // Rehire.
        let back = server.patch(&path, json!([{"op": "replace", "value": {"active": true}}])).await.json();
        assert_eq!((&back["id"], &back["costCode"]), (&json!(id), &json!(round)), "LIFE-005, IPS-009");
        assert_eq!(groups().await, "Team Crew", "LIFE-005");
        let move_out = json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]);
        assert_eq!(server.patch(&format!("/Groups/{crew}"), move_out).await.status, 204, "LIFE-010");
        assert_eq!(server.members(&crew).await, Vec::<String>::new(), "LIFE-010");
    }
    assert_eq!(server.delete(&path).await.status, 204);
    assert_eq!(server.members(&team).await, Vec::<String>::new(), "LIFE-010");
    let again = server.user("ann2@example.com").await;
    assert_ne!(again, id, "LIFE-007, IPS-008");
    assert_eq!(server.get(&format!("/Users/{again}")).await.json()["groups"], json!([]), "LIFE-007, DEL-006");
}

#[tokio::test]
async fn okta_pushes_groups_passwords_roles_and_imports_all() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(server.user(&format!("u{n}@example.com")).await);
    }
    let page =
        server.get(&format!("/Groups?{}&startIndex=1&count=100", filter("displayName eq \"Team\""))).await.json();
    assert_eq!(page["totalResults"], 0, "OKT-015");
    let pushed = server.post("/Groups", json!({"schemas": [GROUP], "displayName": "Team", "members": []})).await;
    assert_eq!((pushed.status, &pushed.json()["members"]), (201, &json!([])), "OKT-014");
    let group = pushed.id();
    let path = format!("/Groups/{group}");
    let rename = json!([{"op": "replace", "value": {"id": group, "displayName": "Crew"}}]);
    assert_eq!(server.patch(&path, rename).await.status, 204, "OKT-016");
    let value = |places: &[usize]| Value::Array(places.iter().map(|place| json!({"value": ids[*place]})).collect());
    let by_filter = |place: usize| format!("members[value eq \"{}\"]", ids[place]);
    for (operations, wanted) in [
        (json!([{"op": "add", "path": "members", "value": value(&[0, 1])}]), &[0, 1][..]),
        (json!([{"op": "remove", "path": by_filter(0)}]), &[1]),
        (json!([{"op": "replace", "path": "members", "value": value(&[2, 3])}]), &[2, 3]),
        (
            json!([{"op": "remove", "path": by_filter(2)}, {"op": "add", "path": "members", "value": value(&[4])}]),
            &[3, 4],
        ),
    ] {
        assert_eq!(server.patch(&path, operations.clone()).await.status, 204, "OKT-017: {operations}");
        let mut ids: Vec<String> = wanted.iter().map(|place| ids[*place].clone()).collect();
        ids.sort();
        assert_eq!(server.members(&group).await, ids, "OKT-017: {operations}");
    }
    // A retry after a lost response changes nothing.
    let add = json!([{"op": "add", "path": "members", "value": value(&[4])}]);
    let before = server.get(&path).await;
    assert_eq!(server.patch(&path, add).await.status, 204, "OKT-022");
    assert_eq!(server.get(&path).await.json(), before.json(), "OKT-022");
    assert_eq!(server.delete(&path).await.status, 204, "OKT-018");
    server.delete(&path).await.is_scim_error(404, None); // OKT-022

    let ann = format!("/Users/{}", ids[0]);
    let password = server.patch(&ann, json!([{"op": "replace", "value": {"password": "n3w-secret"}}])).await;
    assert!(password.status == 200 && !password.text.contains("n3w"), "OKT-013");
    let mut whole = server.get(&ann).await.json();
    assert!(!server.put(&ann, whole.clone()).await.text.contains("assword"), "OKT-013, PUT-013");
    for name in ["roles", "entitlements"] {
        let all = json!([{"value": "a", "type": "x"}, {"value": "b"}]);
        assert_eq!(
            server.patch(&ann, json!([{"op": "add", "path": name, "value": all}])).await.json()[name],
            all,
            "OKT-025"
        );
        let remove = json!([{"op": "remove", "path": format!("{name}[value eq \"a\"]")}]);
        assert_eq!(server.patch(&ann, remove).await.json()[name], json!([{"value": "b"}]), "OKT-025");
        let remove = json!([{"op": "remove", "path": name, "value": [{"value": "b"}]}]);
        assert_eq!(server.patch(&ann, remove).await.json().get(name), None, "OKT-025");
    }
    let more = json!({
        "phoneNumbers": [{"value": "1", "type": "work", "primary": true}, {"value": "2", "type": "mobile"}],
        "addresses": [{"type": "work", "streetAddress": "S", "locality": "L", "region": "R", "postalCode": "P", "country": "DE", "primary": true}],
        ENTERPRISE: {"employeeNumber": "7", "costCenter": "C", "department": "D", "manager": {"value": ids[1], "displayName": "B"}},
    });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    assert_eq!(server.put(&ann, whole).await.status, 200);
    let titled = server.patch(&ann, json!([{"op": "add", "path": "title", "value": "T"}])).await.json();
    assert_eq!(titled[ENTERPRISE]["manager"]["displayName"], "B", "PAT-071, PUT-018");
    let mut imported = Vec::new();
    for start in [1, 3, 5, 7] {
        let page = server.get(&format!("/Users?startIndex={start}&count=2")).await.json();
        assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(5), &json!(start)), "OKT-019, PAG-007");
        imported.extend(page["Resources"].as_array().unwrap().clone());
    }
    let seen: Vec<&str> = imported.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(seen, ids, "OKT-019, PAG-007, PAG-015");
    for (key, value) in more.as_object().unwrap() {
        assert_eq!(&imported[0][key], value, "OKT-020: {key}");
    }
}

/// Operations of Entra, with and without the flag aadOptscim062020.
const SPELLINGS: [[&str; 3]; 2] = [["Add", "Replace", "Remove"], ["add", "replace", "remove"]];

#[tokio::test]
async fn entra_creates_and_finds_a_user() {
    let server = Server::start().await;
    let body = json!({
        "schemas": [USER, ENTERPRISE], "externalId": "ann", "userName": "Ann@example.com", "active": true,
        "displayName": "Ann", "emails": [{"primary": true, "type": "work", "value": "ann@example.com"}],
        "name": {"formatted": "Ann Lee", "familyName": "Lee", "givenName": "Ann"}, "title": null,
        "meta": {"resourceType": "User"},
    });
    let id = server.post("/Users", body.clone()).await.id();
    for text in [
        "userName eq \"ann@example.com\"",
        "externalId eq \"ann\"",
        "emails[type eq \"work\" and value eq \"ann@example.com\"]",
        "displayName eq \"Ann\" and name.familyName eq \"lee\"",
    ] {
        let seen = found(&server, "Users", text).await;
        assert_eq!(seen, std::slice::from_ref(&id), "ENTRA-001, ENTRA-003, IPS-002: {text}");
    }
    assert!(found(&server, "Users", "userName eq \"nobody\"").await.is_empty(), "ENTRA-003, ENTRA-020");
    server.post("/Users", body).await.is_scim_error(409, Some("uniqueness")); // ENTRA-002
    let path = format!("/Users/{id}");
    assert_eq!(server.delete(&path).await.status, 204, "ENTRA-010");
    server.get(&path).await.is_scim_error(404, None); // ENTRA-010
    server.delete(&path).await.is_scim_error(404, None); // ENTRA-013
    server.delete("/Users/nobody").await.is_scim_error(404, None); // ENTRA-013
}

#[tokio::test]
async fn entra_changes_a_user() {
    for [add, replace, remove] in SPELLINGS {
        let server = Server::start().await;
        let (id, boss) = (server.user("ann@example.com").await, server.user("boss@example.com").await);
        let path = format!("/Users/{id}");
        let manager = format!("{ENTERPRISE}:manager");
        let all = json!([
            {"op": replace, "path": "userName", "value": "ann.lee@example.com"},
            {"op": replace, "path": "name.givenName", "value": "Anna"},
            {"op": replace, "path": "emails[type eq \"work\"].value", "value": "anna@example.com"},
            {"op": add, "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1"},
            {"op": add, "path": "addresses[type eq \"work\"].locality", "value": "Bonn"},
            {"op": add, "path": "addresses[type eq \"work\"].country", "value": "DE"},
            {"op": add, "path": "roles[primary eq \"True\"].value", "value": "lead"},
            {"op": add, "path": format!("{ENTERPRISE}:department"), "value": "D"},
            {"op": add, "path": manager, "value": boss},
            {"op": replace, "path": "title", "value": "one"},
            {"op": replace, "path": "title", "value": "two"},
        ]);
        let patched = server.patch(&path, all).await;
        assert_eq!(patched.status, 200, "ENTRA-004, ENTRA-014: {}", patched.text);
        let seen = server.get(&path).await.json();
        for (id, place, value) in [
            ("ENTRA-005", "/userName", json!("ann.lee@example.com")),
            ("ENTRA-004", "/name", json!({"givenName": "Anna", "familyName": "User"})),
            ("ENTRA-004", "/emails", json!([{"primary": true, "value": "anna@example.com", "type": "work"}])),
            ("ENTRA-008", "/phoneNumbers", json!([{"type": "mobile", "value": "1"}])),
            ("ENTRA-008", "/addresses", json!([{"type": "work", "locality": "Bonn", "country": "DE"}])),
            ("ENTRA-009", "/roles", json!([{"primary": true, "value": "lead"}])),
            ("ENTRA-013", "/title", json!("two")),
        ] {
            assert_eq!(seen.pointer(place), Some(&value), "{id}: {place}");
        }
        assert_eq!(seen[ENTERPRISE], json!({"department": "D", "manager": {"value": boss}}), "ENTRA-007");
        for (operation, left) in [
            (json!({"op": replace, "path": manager, "value": {"value": id}}), json!({"value": id})),
            (json!({"op": remove, "path": manager}), Value::Null),
        ] {
            let seen = server.patch(&path, json!([operation])).await.json();
            assert_eq!(seen[ENTERPRISE].get("manager").unwrap_or(&Value::Null), &left, "ENTRA-007");
        }
        for off in [
            json!({"op": replace, "path": "active", "value": "False"}),
            json!({"op": replace, "value": {"active": false}}),
        ] {
            let seen = server.patch(&path, json!([off])).await.json();
            assert_eq!(seen["active"], false, "ENTRA-006, ENTRA-016");
            let since = seen["meta"]["lastModified"].as_str().unwrap();
            let window =
                format!("meta.lastModified ge \"{since}\" and meta.lastModified le \"{since}\" and active eq false");
            assert_eq!(found(&server, "Users", &window).await, std::slice::from_ref(&id), "ENTRA-022");
            let on = json!([{"op": replace, "path": "active", "value": "True"}]);
            assert_eq!(server.patch(&path, on).await.json()["active"], true, "ENTRA-006");
        }
    }
}

#[tokio::test]
async fn entra_manages_a_group() {
    for [add, replace, remove] in SPELLINGS {
        let server = Server::start().await;
        let (id, boss) = (server.user("ann@example.com").await, server.user("boss@example.com").await);
        let group =
            json!({"schemas": [GROUP], "externalId": "g1", "displayName": "Team", "meta": {"resourceType": "Group"}});
        let team = server.post("/Groups", group.clone()).await.id();
        server.post("/Groups", group).await.is_scim_error(409, Some("uniqueness")); // ENTRA-011
        for text in ["displayName eq \"TEAM\"", "externalId eq \"g1\""] {
            let list = server.get(&format!("/Groups?excludedAttributes=members&{}", filter(text))).await.json();
            let members = list["Resources"][0].get("members");
            assert_eq!((&list["totalResults"], members), (&json!(1), None), "ENTRA-011: {text}");
        }
        let path = format!("/Groups/{team}");
        let members = json!([{"$ref": null, "value": id}, {"$ref": null, "value": boss}]);
        let mut both = [id.clone(), boss.clone()];
        both.sort();
        let one = json!([{"$ref": null, "value": boss}]);
        for (row, operations, left) in [
            ("ENTRA-012, ENTRA-021, IPS-004", json!([{"op": add, "path": "members", "value": members}]), &both[..]),
            (
                "ENTRA-012",
                json!([{"op": replace, "path": "displayName", "value": "Crew"}, {"op": replace, "path": "externalId", "value": "g2"}]),
                &both,
            ),
            ("ENTRA-015, IPS-004", json!([{"op": remove, "path": "members", "value": one}]), std::slice::from_ref(&id)),
            ("IPS-004", json!([{"op": remove, "path": format!("members[value eq \"{id}\"]")}]), &[]),
            ("ENTRA-021", json!([{"op": add, "path": "members", "value": members}]), &both),
            ("ENTRA-021", json!([{"op": remove, "path": "members", "value": members}]), &[]),
        ] {
            let reply = server.patch(&path, operations.clone()).await;
            assert_eq!(reply.status, 204, "{row}: {operations}: {}", reply.text);
            assert_eq!(server.members(&team).await, left, "{row}: {operations}");
        }
        let seen = server.get(&path).await.json();
        assert_eq!((&seen["displayName"], &seen["externalId"]), (&json!("Crew"), &json!("g2")), "ENTRA-012");
    }
}

#[tokio::test]
async fn a_thousand_members_in_one_operation() {
    let server = Server::start().await;
    let most = 1_000;
    let mut ids = Vec::new();
    // A bulk request with the same number.
    let user = |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": {"schemas": [USER], "userName": format!("u{n}")}});
    let made: Vec<Value> = (0..most).map(user).collect();
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": made});
    for done in server.post("/Bulk", bulk).await.json()["Operations"].as_array().unwrap() {
        ids.push(done["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
    }
    ids.sort();
    let group = server.group("Team", &[]).await;
    let path = format!("/Groups/{group}");
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    assert_eq!(
        server.patch(&path, json!([{"op": "add", "path": "members", "value": members}])).await.status,
        204,
        "PAT-077"
    );
    assert_eq!(server.members(&group).await, ids, "PAT-077");
    // Okta removes the same number, each in a separate operation.
    let out: Vec<Value> =
        ids.iter().map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})).collect();
    assert_eq!(server.patch(&path, Value::Array(out)).await.status, 204, "PAT-077, PAT-063");
    assert_eq!(server.members(&group).await, Vec::<String>::new(), "PAT-077");
}

//! PATCH (RFC 7644 section 3.5.2): each operation with each form of path, and rejected requests. Each row starts with the same
//! user, and a rejected request changes nothing.

use serde_json::{Value, json};

use crate::support::reference::{PATCH_OP, Server, USER};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn base() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "userName": "ann@example.com", "title": "Lead", "active": true,
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"type": "work", "value": "a@w", "primary": true}, {"type": "home", "value": "a@h"}],
        ENTERPRISE: {"employeeNumber": "7", "manager": {"value": "m1"}},
    })
}

/// The JSON pointer of a value in the response, and the value; null if it is absent.
type Wanted = (&'static str, Value);

async fn fresh() -> (Server, String) {
    let server = Server::start().await;
    let id = server.post("/Users", base()).await.id();
    (server, format!("/Users/{id}"))
}

/// Sends the operations of each row to the base user and asserts the response.
async fn holds(rows: Vec<(&str, Value, Vec<Wanted>)>) {
    let (server, path) = fresh().await;
    for (id, operations, wanted) in rows {
        assert_eq!(server.put(&path, base()).await.status, 200);
        let before = server.get(&path).await.json();
        let reply = server.patch(&path, operations.clone()).await;
        assert_eq!(reply.status, 200, "PAT-001, {id}: {operations}: {}", reply.text);
        let after = reply.json();
        assert_eq!(server.get(&path).await.json(), after, "PAT-002, PAT-003, {id}");
        for (place, value) in &wanted {
            assert_eq!(after.pointer(place).unwrap_or(&Value::Null), value, "{id}: {operations} at {place}");
        }
        // Attributes that the row does not mention are unchanged.
        let touched = |key: &str| {
            key == "meta"
                || key == "schemas"
                || wanted.iter().any(|(place, _)| place[1..].split('/').next().is_some_and(|first| first == key))
        };
        for (key, value) in before.as_object().unwrap().iter().filter(|(key, _)| !touched(key)) {
            assert_eq!(&after[key], value, "PAT-080, {id}: {operations} changed {key}");
        }
        let same = after == before || {
            let mut after = after.clone();
            after["meta"] = before["meta"].clone();
            after == before
        };
        assert_eq!(after["meta"]["version"] == before["meta"]["version"], same, "PAT-070, ETG-003, {id}: {operations}");
        assert_eq!(reply.header("etag"), after["meta"]["version"].as_str(), "RES-024, {id}");
    }
}

const ENT: &str = "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn at_ent(rest: &str) -> &'static str {
    Box::leak(format!("{ENT}{rest}").into_boxed_str())
}

#[tokio::test]
async fn add() {
    let emails = |rest: Value| {
        let mut all = base()["emails"].as_array().unwrap().clone();
        all.extend(rest.as_array().unwrap().clone());
        Value::Array(all)
    };
    holds(vec![
        ("PAT-010", json!([{"op": "add", "path": "nickName", "value": "A"}]), vec![("/nickName", json!("A"))]),
        ("PAT-011", json!([{"op": "add", "path": "title", "value": "B"}]), vec![("/title", json!("B"))]),
        (
            "PAT-012",
            json!([{"op": "add", "path": "name", "value": {"middleName": "M"}}]),
            vec![("/name", json!({"givenName": "Ann", "familyName": "Lee", "middleName": "M"}))],
        ),
        (
            "PAT-013",
            json!([{"op": "add", "path": "name.middleName", "value": "M"}]),
            vec![("/name/middleName", json!("M")), ("/name/givenName", json!("Ann"))],
        ),
        (
            "PAT-014",
            json!([{"op": "add", "path": "emails", "value": {"value": "x"}}]),
            vec![("/emails", emails(json!([{"value": "x"}])))],
        ),
        (
            "PAT-014",
            json!([{"op": "add", "path": "emails", "value": [{"value": "x"}, {"value": "y"}]}]),
            vec![("/emails", emails(json!([{"value": "x"}, {"value": "y"}])))],
        ),
        (
            "PAT-015",
            json!([{"op": "add", "path": "emails", "value": [{"type": "home", "value": "a@h"}]}]),
            vec![("/emails", base()["emails"].clone())],
        ),
        ("PAT-015", json!([{"op": "add", "path": "title", "value": "Lead"}]), vec![("/title", json!("Lead"))]),
        (
            "PAT-016",
            json!([{"op": "add", "value": {"title": "B", "emails": [{"value": "x"}]}}]),
            vec![("/title", json!("B")), ("/emails", emails(json!([{"value": "x"}])))],
        ),
        (
            "PAT-018",
            json!([{"op": "add", "path": "emails[type eq \"home\"]", "value": {"display": "H"}}]),
            vec![
                ("/emails/1", json!({"type": "home", "value": "a@h", "display": "H"})),
                ("/emails/0", base()["emails"][0].clone()),
            ],
        ),
        (
            "PAT-018",
            json!([{"op": "add", "path": "emails[type eq \"home\"].display", "value": "H"}]),
            vec![("/emails/1/display", json!("H"))],
        ),
        (
            "PAT-019, ENTRA-008",
            json!([{"op": "add", "path": "emails[type eq \"other\"].value", "value": "x"}]),
            vec![("/emails", emails(json!([{"type": "other", "value": "x"}])))],
        ),
        (
            "PAT-045",
            json!([{"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "D"}]),
            vec![(at_ent("/department"), json!("D")), (at_ent("/employeeNumber"), json!("7"))],
        ),
        (
            "PAT-043",
            json!([{"op": "add", "value": {ENTERPRISE: {"department": "D"}}}]),
            vec![(at_ent(""), json!({"employeeNumber": "7", "manager": {"value": "m1"}, "department": "D"}))],
        ),
        (
            "PAT-058",
            json!([{"op": "add", "path": "emails", "value": [{"value": "x", "primary": true}]}]),
            vec![("/emails/0/primary", json!(false)), ("/emails/2/primary", json!(true))],
        ),
    ])
    .await;
}

#[tokio::test]
async fn remove() {
    holds(vec![
        ("PAT-022", json!([{"op": "remove", "path": "title"}]), vec![("/title", Value::Null)]),
        ("PAT-022", json!([{"op": "remove", "path": "name.familyName"}]), vec![("/name", json!({"givenName": "Ann"}))]),
        ("PAT-023", json!([{"op": "remove", "path": "emails"}]), vec![("/emails", Value::Null)]),
        ("PAT-024", json!([{"op": "remove", "path": "emails[type eq \"home\"]"}]), vec![("/emails", json!([base()["emails"][0]]))]),
        ("PAT-025", json!([{"op": "remove", "path": "emails[type eq \"home\"].type"}]), vec![("/emails/1", json!({"value": "a@h"}))]),
        ("PAT-026", json!([{"op": "remove", "path": "emails[value pr]"}]), vec![("/emails", Value::Null)]),
        ("PAT-028", json!([{"op": "remove", "path": "nickName"}]), vec![("/nickName", Value::Null)]),
        ("PAT-053", json!([{"op": "remove", "path": "emails[not (type eq \"work\") and (value sw \"a\" or value ew \"z\")]"}]), vec![("/emails", json!([base()["emails"][0]]))]),
        ("PAT-045", json!([{"op": "remove", "path": format!("{ENTERPRISE}:manager.value")}]), vec![(at_ent(""), json!({"employeeNumber": "7"}))]),
        ("PAT-046", json!([{"op": "remove", "path": format!("{ENTERPRISE}:manager")}, {"op": "remove", "path": format!("{ENTERPRISE}:employeeNumber")}]), vec![(at_ent(""), Value::Null), ("/schemas", json!([USER]))]),
        ("PAT-046", json!([{"op": "remove", "path": ENTERPRISE}]), vec![(at_ent(""), Value::Null), ("/schemas", json!([USER]))]),
    ])
    .await;
}

#[tokio::test]
async fn replace() {
    holds(vec![
        ("PAT-032", json!([{"op": "replace", "path": "title", "value": "B"}]), vec![("/title", json!("B"))]),
        ("PAT-033", json!([{"op": "replace", "path": "nickName", "value": "N"}]), vec![("/nickName", json!("N"))]),
        ("PAT-034", json!([{"op": "replace", "path": "emails", "value": [{"value": "x"}]}]), vec![("/emails", json!([{"value": "x"}]))]),
        ("PAT-035", json!([{"op": "replace", "path": "name", "value": {"givenName": "B"}}]), vec![("/name", json!({"givenName": "B", "familyName": "Lee"}))]),
        ("PAT-036", json!([{"op": "replace", "path": "name.givenName", "value": "B"}]), vec![("/name", json!({"givenName": "B", "familyName": "Lee"}))]),
        ("PAT-037", json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"type": "other", "value": "x"}}]), vec![("/emails", json!([base()["emails"][0], {"type": "other", "value": "x"}]))]),
        ("PAT-038, PAT-067", json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x"}]), vec![("/emails/0", json!({"type": "work", "value": "x", "primary": true})), ("/emails/1/value", json!("a@h"))]),
        ("PAT-040", json!([{"op": "replace", "value": {"title": "B", "active": false}}]), vec![("/title", json!("B")), ("/active", json!(false))]),
        ("PAT-042", json!([{"op": "replace", "value": {"name.givenName": "B"}}]), vec![("/name", json!({"givenName": "B", "familyName": "Lee"})), ("/name.givenName", Value::Null)]),
        ("PAT-042", json!([{"op": "replace", "value": {format!("{ENTERPRISE}:employeeNumber"): "8"}}]), vec![(at_ent("/employeeNumber"), json!("8"))]),
        ("PAT-043", json!([{"op": "replace", "value": {ENTERPRISE: {"employeeNumber": "8"}}}]), vec![(at_ent(""), json!({"employeeNumber": "8", "manager": {"value": "m1"}}))]),
        ("PAT-044", json!([{"op": "replace", "path": format!("{USER}:title"), "value": "B"}]), vec![("/title", json!("B"))]),
        ("PAT-047", json!([{"op": "replace", "path": "NAME.GIVENNAME", "value": "B"}]), vec![("/name/givenName", json!("B")), ("/NAME", Value::Null)]),
        ("PAT-047", json!([{"op": "replace", "path": format!("{}:EMPLOYEENUMBER", ENTERPRISE.to_uppercase()), "value": "8"}]), vec![(at_ent("/employeeNumber"), json!("8"))]),
        ("PAT-058", json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]), vec![("/emails/0/primary", json!(false)), ("/emails/1/primary", json!(true))]),
        ("PAT-060", json!([{"op": "add", "path": "nickName", "value": "N"}, {"op": "remove", "path": "nickName"}, {"op": "add", "path": "roles", "value": [{"value": "r"}]}, {"op": "replace", "path": "roles[value eq \"r\"].value", "value": "s"}]), vec![("/nickName", Value::Null), ("/roles", json!([{"value": "s"}]))]),
        ("PAT-069", json!([{"op": "replace", "path": "schemas", "value": [USER]}, {"op": "add", "path": format!("{ENTERPRISE}:division"), "value": "N"}]), vec![(at_ent(""), json!({"division": "N"})), ("/schemas", json!([USER, ENTERPRISE]))]),
        ("PAT-064", json!([{"op": "replace", "path": "title", "value": null}]), vec![("/title", Value::Null)]),
        ("PAT-066", json!([{"op": "replace", "path": "emails", "value": {"value": "x"}}]), vec![("/emails", json!([{"value": "x"}]))]),
        ("PAT-068", json!([{"OP": "replace", "Path": "title", "VALUE": "B"}]), vec![("/title", json!("B"))]),
        ("PAT-007", json!([{"op": "Replace", "path": "title", "value": "B"}]), vec![("/title", json!("B"))]),
        ("PAT-070", json!([{"op": "replace", "path": "title", "value": "Lead"}]), vec![("/title", json!("Lead"))]),
        ("ENTRA-006", json!([{"op": "Replace", "path": "active", "value": "False"}]), vec![("/active", json!(false))]),
        ("ENTRA-009", json!([{"op": "replace", "path": "emails[primary eq \"True\"].value", "value": "x"}]), vec![("/emails/0/value", json!("x"))]),
        ("USR-010", json!([{"op": "replace", "path": "password", "value": "n3w-secret"}]), vec![("/password", Value::Null)]),
        ("PAT-063", Value::Array((0..100).map(|n| json!({"op": "replace", "path": "title", "value": n.to_string()})).collect()), vec![("/title", json!("99"))]),
    ])
    .await;
}

#[tokio::test]
async fn rejected_requests_change_nothing() {
    let (server, path) = fresh().await;
    server.user("bob@example.com").await;
    let before = server.get(&path).await.json();
    for (id, operations, scim_type) in [
        ("PAT-005", json!([]), "invalidSyntax"),
        ("PAT-006", json!([{"path": "title", "value": "x"}]), "invalidSyntax"),
        ("PAT-006", json!([{"op": "", "path": "title", "value": "x"}]), "invalidSyntax"),
        ("PAT-006", json!([{"op": "move", "path": "title", "value": "x"}]), "invalidSyntax"),
        ("PAT-017", json!([{"op": "add", "path": "title"}]), "invalidValue"),
        ("PAT-019", json!([{"op": "add", "path": "emails[type sw \"none\"].value", "value": "x"}]), "noTarget"),
        ("PAT-021", json!([{"op": "remove"}]), "noTarget"),
        ("PAT-027", json!([{"op": "remove", "path": "emails[type eq \"none\"]"}]), "noTarget"),
        ("PAT-029", json!([{"op": "remove", "path": "userName"}]), "mutability"),
        ("PAT-030", json!([{"op": "remove", "path": "groups"}]), "mutability"),
        (
            "PAT-039",
            json!([{"op": "replace", "path": "emails[type eq \"none\"]", "value": {"value": "x"}}]),
            "noTarget",
        ),
        ("PAT-041", json!([{"op": "replace", "path": "title"}]), "invalidValue"),
        ("PAT-048", json!([{"op": "replace", "path": "name..givenName", "value": "x"}]), "invalidPath"),
        ("PAT-048", json!([{"op": "replace", "path": "", "value": "x"}]), "invalidPath"),
        ("PAT-049", json!([{"op": "replace", "path": "shoeSize", "value": "x"}]), "invalidPath"),
        ("PAT-049", json!([{"op": "replace", "path": "name.shoeSize", "value": "x"}]), "invalidPath"),
        ("PAT-050", json!([{"op": "remove", "path": "emails[type is \"x\"]"}]), "invalidFilter"),
        ("PAT-051", json!([{"op": "remove", "path": "emails[0]"}]), "invalidPath"),
        ("PAT-052", json!([{"op": "replace", "path": "/name/givenName", "value": "x"}]), "invalidPath"),
        ("PAT-054", json!([{"op": "replace", "path": "id", "value": "x"}]), "mutability"),
        ("PAT-054", json!([{"op": "replace", "path": "meta.created", "value": "2020-01-01T00:00:00Z"}]), "mutability"),
        ("PAT-054", json!([{"op": "add", "path": "groups", "value": [{"value": "x"}]}]), "mutability"),
        ("PAT-056", json!([{"op": "replace", "path": "title", "value": 7}]), "invalidValue"),
        ("PAT-056", json!([{"op": "replace", "path": "name", "value": "x"}]), "invalidValue"),
        ("PAT-056", json!([{"op": "replace", "path": "emails", "value": "x"}]), "invalidValue"),
        (
            "PAT-059",
            json!([{"op": "replace", "path": "emails", "value": [{"value": "x", "primary": true}, {"value": "y", "primary": true}]}]),
            "invalidValue",
        ),
        (
            "PAT-061, PAT-062",
            json!([{"op": "replace", "path": "title", "value": "x"}, {"op": "remove", "path": "userName"}]),
            "mutability",
        ),
        ("PAT-065", json!([{"op": "replace", "path": "userName", "value": null}]), "invalidValue"),
        ("USR-003", json!([{"op": "replace", "path": "userName", "value": " "}]), "invalidValue"),
    ] {
        let reply = server.patch(&path, operations.clone()).await;
        let said = (reply.status, reply.json()["scimType"].as_str().unwrap_or_default().to_owned());
        assert_eq!(said, (400, scim_type.to_owned()), "{id}: {operations}: {}", reply.text);
        assert_eq!(server.get(&path).await.json(), before, "PAT-061, PAT-062, {id}: {operations}");
    }
    let taken = json!([{"op": "replace", "path": "userName", "value": "BOB@example.com"}]);
    server.patch(&path, taken).await.is_scim_error(409, Some("uniqueness")); // PAT-057
    for body in [json!({"Operations": [{"op": "remove", "path": "title"}]}), json!({"schemas": [PATCH_OP]})] {
        let reply = server.send(reqwest::Method::PATCH, &path, Some(&body)).await;
        reply.is_scim_error(400, Some("invalidSyntax")); // PAT-004, PAT-005
    }
    assert_eq!(server.get(&path).await.json(), before, "PAT-057");
    let nothing = json!([{"op": "remove", "path": "title"}]);
    server.patch("/Users/nobody", nothing).await.is_scim_error(404, None); // PAT-008
}

#[tokio::test]
async fn memberships() {
    let server = Server::start().await;
    let mut users = Vec::new();
    for n in 0..4 {
        users.push(server.user(&format!("u{n}@example.com")).await);
    }
    let value = |places: &[usize]| Value::Array(places.iter().map(|place| json!({"value": users[*place]})).collect());
    let by_filter = |place: usize| format!("members[value eq \"{}\"]", users[place]);
    let group = server.group("Team", &[&users[0], &users[1]]).await;
    let path = format!("/Groups/{group}");
    for (id, operations, wanted) in [
        ("PAT-072", json!([{"op": "add", "path": "members", "value": value(&[2])}]), &[0, 1, 2][..]),
        ("PAT-076", json!([{"op": "add", "path": "members", "value": value(&[2, 2])}]), &[0, 1, 2]),
        ("PAT-072", json!([{"op": "add", "value": {"members": value(&[3])}}]), &[0, 1, 2, 3]),
        ("PAT-073", json!([{"op": "remove", "path": by_filter(0)}]), &[1, 2, 3]),
        ("PAT-031", json!([{"op": "remove", "path": "members", "value": value(&[1])}]), &[2, 3]),
        (
            "PAT-078",
            json!([{"op": "add", "path": "members", "value": value(&[0])}, {"op": "remove", "path": by_filter(3)}]),
            &[0, 2],
        ),
        ("PAT-075", json!([{"op": "replace", "path": "members", "value": value(&[1, 3])}]), &[1, 3]),
        ("PAT-075", json!([{"op": "replace", "value": {"members": value(&[1]), "displayName": "Crew"}}]), &[1]),
        ("PAT-028", json!([{"op": "remove", "path": by_filter(0)}]), &[1]),
        ("PAT-074", json!([{"op": "remove", "path": "members"}]), &[]),
    ] {
        let before = server.get(&path).await;
        let reply = server.patch(&path, operations.clone()).await;
        assert_eq!((reply.status, reply.text.as_str()), (204, ""), "PAT-002, {id}: {operations}: {}", reply.text);
        let mut ids: Vec<String> = wanted.iter().map(|place| users[*place].clone()).collect();
        ids.sort();
        assert_eq!(server.members(&group).await, ids, "{id}: {operations}");
        let after = server.get(&path).await;
        let same = before.json()["members"] == after.json()["members"];
        assert_eq!(before.header("etag") == after.header("etag"), same, "ETG-014, {id}");
        assert_eq!(reply.header("etag"), after.header("etag"), "RES-024, {id}");
    }
    assert_eq!(server.get(&path).await.json()["displayName"], "Crew", "PAT-075");
    let asked = json!([{"op": "add", "path": "members", "value": value(&[0])}]);
    let reply = server.patch(&format!("{path}?attributes=members"), asked).await;
    assert_eq!((reply.status, &reply.json()["members"][0]["value"]), (200, &json!(users[0])), "PRJ-016");
    let member = format!("{}.value", by_filter(0));
    let immutable = json!([{"op": "replace", "path": member, "value": users[1]}]);
    server.patch(&path, immutable).await.is_scim_error(400, Some("mutability")); // GRP-013, PAT-055
}

// One PATCH of a few kilobytes must not occupy the writer for long.
#[tokio::test]
async fn a_patch_with_too_many_comparisons_is_rejected_and_changes_nothing() {
    let server = Server::start().await;
    let emails: Vec<Value> =
        (0..1_000).map(|n| json!({"type": "work", "value": format!("{}{n:04}", "é".repeat(200))})).collect();
    let id = server.post("/Users", json!({"schemas": [USER], "userName": "ann", "emails": emails})).await.id();
    let path = format!("/Users/{id}");
    let before = server.get(&path).await.json();
    let operations: Vec<Value> = (0..1_000)
        .map(|n| json!({"op": "replace", "path": format!("emails[value ew \"{n:04}\"].display"), "value": "x"}))
        .collect();
    let reply = server.patch(&path, operations.into()).await;
    assert_eq!((reply.status, &reply.json()["scimType"]), (400, &json!("tooMany")), "{}", reply.text);
    assert_eq!(server.get(&path).await.json(), before);
}

//! The protocol around resources: projections (RFC 7644 section 3.9), versions (3.14), errors (3.12), media types (3.8),
//! credentials (2). One row or assertion for each requirement.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::{Reply, Server, USER, client, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The same, as [`keys`] shows it.
const ENT: &str = "extension:enterprise:2.0:User";

fn keys(value: &Value) -> String {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(|key| key.trim_start_matches("urn:ietf:params:scim:schemas:"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn projections() {
    let server = Server::start().await;
    let mut body = user("ann@example.com");
    body["schemas"] = json!([USER, ENTERPRISE]);
    body[ENTERPRISE] = json!({"department": "D", "costCenter": "C"});
    let id = server.post("/Users", body.clone()).await.id();
    let path = format!("/Users/{id}");
    for (row, query, wanted) in [
        ("PRJ-001", "attributes=userName".to_owned(), "schemas id userName".to_owned()),
        ("PRJ-004", "attributes=password".to_owned(), "schemas id".to_owned()),
        ("PRJ-006", "attributes=name.givenName,emails.value".to_owned(), "schemas id name emails".to_owned()),
        (
            "PRJ-007",
            format!("attributes={USER}:userName,{ENTERPRISE}:department"),
            format!("schemas id userName {ENT}"),
        ),
        ("PRJ-008", format!("attributes={ENTERPRISE}"), format!("schemas id {ENT}")),
        ("PRJ-009", "attributes=USERNAME,Name.GIVENname".to_owned(), "schemas id userName name".to_owned()),
        ("PRJ-010", "attributes=shoeSize".to_owned(), "schemas id".to_owned()),
        ("PRJ-011", "attributes=%20userName%20,%20,userName".to_owned(), "schemas id userName".to_owned()),
        (
            "PRJ-006",
            "excludedAttributes=emails.value,emails.type,emails.primary,meta,name,groups".to_owned(),
            format!("schemas id userName externalId active displayName locale {ENT}"),
        ),
        ("PRJ-006", "attributes=emails.shoeSize".to_owned(), "schemas id".to_owned()),
        (
            "PRJ-003",
            "excludedAttributes=id,schemas,meta,name,emails,displayName,locale,externalId,groups,active".to_owned(),
            format!("schemas id userName {ENT}"),
        ),
        (
            "PRJ-002",
            format!("excludedAttributes=meta,name,emails,displayName,locale,externalId,groups,{ENTERPRISE}"),
            "schemas id userName active".to_owned(),
        ),
    ] {
        let one = server.get(&format!("{path}?{query}")).await;
        assert_eq!(one.status, 200, "{row}: {}", one.text);
        let sorted = |text: &str| {
            let mut all: Vec<&str> = text.split(' ').collect();
            all.sort_unstable();
            all.join(" ")
        };
        assert_eq!(sorted(&keys(&one.json())), sorted(&wanted), "PRJ-013, {row}: {query}");
        let list = server.get(&format!("/Users?{query}")).await.json();
        assert_eq!(list["Resources"][0], one.json(), "PRJ-014, {row}: {query}");
        let put = server.send(Method::PUT, &format!("{path}?{query}"), Some(&body)).await;
        assert_eq!(keys(&put.json()), keys(&one.json()), "PRJ-015, {row}: {query}");
        let patched =
            server.patch(&format!("{path}?{query}"), json!([{"op": "replace", "path": "active", "value": true}])).await;
        assert_eq!(
            (patched.status, keys(&patched.json())),
            (200, keys(&one.json())),
            "PRJ-015, PRJ-016, {row}: {query}"
        );
    }
    let created = server.post("/Users?attributes=userName", user("bob@example.com")).await;
    assert_eq!((created.status, keys(&created.json()).as_str()), (201, "schemas id userName"), "CRE-018, PRJ-015");
    assert!(created.header("location").is_some(), "CRE-002");
    let both = server.get(&format!("{path}?attributes=userName&excludedAttributes=name")).await;
    both.is_scim_error(400, Some("invalidValue")); // PRJ-012
    let group = server.group("Team", &[&id]).await;
    let light = server.get(&format!("/Groups/{group}?excludedAttributes=members")).await.json();
    assert!(light.get("members").is_none() && light["displayName"] == "Team", "PRJ-017, IPS-003");
}

#[tokio::test]
async fn versions() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let path = format!("/Users/{id}");
    let first = server.get(&path).await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.json()["meta"]["version"], tag.as_str(), "ETG-001, ETG-002, RES-024, ETG-011");
    let mut body = user("ann@example.com");
    for (id, header, value, method, status) in [
        ("ETG-004", "if-none-match", tag.as_str(), Method::GET, 304),
        ("ETG-004", "if-none-match", tag.trim_start_matches("W/"), Method::GET, 304),
        ("ETG-005", "if-none-match", "W/\"99\"", Method::GET, 200),
        ("ETG-006", "if-none-match", "*", Method::GET, 304),
        ("ETG-007", "if-match", "*", Method::GET, 200),
        ("ETG-008", "if-match", "W/\"99\"", Method::GET, 412),
        ("ETG-008", "if-match", "W/\"99\"", Method::PUT, 412),
        ("ETG-008", "if-match", "W/\"99\"", Method::PATCH, 412),
        ("ETG-008", "if-match", "W/\"99\"", Method::DELETE, 412),
        ("ETG-013", "if-match", "W/\"99\"", Method::POST, 201),
    ] {
        let posting = method == Method::POST;
        let target = if posting { "/Users" } else { &path };
        let sent = match method {
            Method::GET | Method::DELETE => None,
            Method::POST => Some(user("other@example.com").to_string()),
            _ => Some(body.to_string()),
        };
        let reply = server.send_with(method, target, &[(header, value)], sent).await;
        assert_eq!(reply.status, status, "{id}: {header} {value}: {}", reply.text);
        if status == 304 {
            assert_eq!((reply.text.as_str(), reply.header("etag")), ("", Some(tag.as_str())), "{id}");
        }
        assert_eq!(server.get(&path).await.json(), first.json(), "ETG-008, {id}");
    }
    let with_attributes =
        server.send_with(Method::GET, &format!("{path}?attributes=userName"), &[("if-none-match", &tag)], None).await;
    assert_eq!(with_attributes.status, 304, "ETG-015");
    body["title"] = json!("T");
    let listed = format!("W/\"98\", {tag}");
    let put = server.send_with(Method::PUT, &path, &[("if-match", &listed)], Some(body.to_string())).await;
    assert_eq!(put.status, 200, "ETG-007, ETG-010");
    assert_ne!(put.header("etag"), Some(tag.as_str()), "ETG-003");
    let racing = put.header("etag").unwrap().to_owned();
    let puts = (0..8).map(|n| {
        let mut body = body.clone();
        body["title"] = json!(n.to_string());
        let (server, path, racing) = (&server, &path, &racing);
        async move { server.send_with(Method::PUT, path, &[("if-match", racing)], Some(body.to_string())).await.status }
    });
    let mut statuses = futures::future::join_all(puts).await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[412; 7][..]), "ETG-012");
    let any = server.send_with(Method::DELETE, &path, &[("if-match", "*")], None).await;
    assert_eq!(any.status, 204, "ETG-009");
    let none = server.send_with(Method::DELETE, &path, &[("if-match", "*")], None).await;
    assert!(matches!(none.status, 404 | 412), "ETG-009");
}

#[tokio::test]
async fn each_scim_type_has_a_request_that_causes_it() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let path = format!("/Users/{id}");
    let one_operation = |operation: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    for (method, target, body, status, word) in [
        (Method::GET, "/Users?filter=x".to_owned(), None, 400, Some("invalidFilter")),
        (Method::POST, "/Users".to_owned(), Some(user("ann@example.com")), 409, Some("uniqueness")),
        (
            Method::PATCH,
            path.clone(),
            Some(one_operation(json!({"op": "replace", "path": "id", "value": "x"}))),
            400,
            Some("mutability"),
        ),
        (Method::POST, "/Users".to_owned(), Some(json!([])), 400, Some("invalidSyntax")),
        (
            Method::PATCH,
            path.clone(),
            Some(one_operation(json!({"op": "replace", "path": "a b", "value": "x"}))),
            400,
            Some("invalidPath"),
        ),
        (Method::PATCH, path.clone(), Some(one_operation(json!({"op": "remove"}))), 400, Some("noTarget")),
        (Method::POST, "/Users".to_owned(), Some(json!({"schemas": [USER]})), 400, Some("invalidValue")),
        (Method::GET, "/Users?cursor=x".to_owned(), None, 400, Some("invalidCursor")),
        (Method::GET, "/Users?cursor=&count=x".to_owned(), None, 400, Some("invalidCount")),
        (Method::GET, "/Users/nobody".to_owned(), None, 404, None),
        (Method::GET, format!("{path}?filter=userName%20pr"), None, 400, Some("invalidFilter")), // GET-009
        (Method::PUT, "/Users".to_owned(), Some(json!({})), 405, None),
        (Method::GET, "/v1/Users".to_owned(), None, 404, None),
    ] {
        // ERR-001 to ERR-006 in one: schemas, status as a string, media type, detail, scimType.
        let detail = server.send(method.clone(), &target, body.as_ref()).await.is_scim_error(status, word);
        for leak in ["src/", "sqlite", "SELECT", "panicked", "127.0.0.1"] {
            assert!(!detail.contains(leak), "ERR-007: {method} {target}: {detail}");
        }
    }
    // A password appears nowhere, not even in an error about it.
    for secret in [json!(["s3cr3t"]), json!({"s3cr3t": 1})] {
        let mut body = user("new@example.com");
        body["password"] = secret.clone();
        let reply = server.post("/Users", body).await;
        assert!(reply.status == 400 && !reply.text.contains("s3cr3t"), "ERR-008: {}", reply.text);
        let set = json!([{"op": "replace", "path": "password", "value": secret}]);
        let reply = server.patch(&path, set).await;
        assert!(reply.status == 400 && !reply.text.contains("s3cr3t"), "ERR-008: {}", reply.text);
    }
    for query in ["", "?attributes=password", "?excludedAttributes=userName"] {
        assert!(!server.get(&format!("{path}{query}")).await.text.contains("assword"), "USR-009, MUT-003, MUT-005");
    }
}

#[tokio::test]
async fn media_types_and_headers() {
    let server = Server::start().await;
    for (n, given) in [
        "application/scim+json",
        "application/json",
        "application/scim+json;charset=UTF-8",
        "application/scim+json ; CHARSET = utf-8",
        "Application/SCIM+JSON; charset=\"utf-8\"",
    ]
    .into_iter()
    .enumerate()
    {
        let body = user(&format!("m{n}@example.com")).to_string();
        let reply = server.send_with(Method::POST, "/Users", &[("content-type", given)], Some(body)).await;
        assert_eq!(reply.status, 201, "MED-002, MED-003, MED-004: {given}");
        assert_eq!(reply.header("content-type"), Some("application/scim+json"), "MED-001: {given}");
    }
    for given in ["text/plain", "text/xml", "multipart/form-data"] {
        let reply = server.send_with(Method::POST, "/Users", &[("content-type", given)], Some("{}".to_owned())).await;
        reply.is_scim_error(415, None); // MED-007
    }
    let untyped = client().post(format!("{}/Users", server.scim_url)).bearer_auth(&server.token).body("{}");
    Reply::of(untyped.send().await.unwrap()).await.is_scim_error(415, None); // MED-008
    let twice = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"first\",\"userName\":\"last\"}}");
    let reply = server.send_with(Method::POST, "/Users", &[], Some(twice)).await;
    assert_eq!(reply.json()["userName"], "last", "MED-013");
    for (id, body) in [
        (
            "MED-011",
            "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"\\ud800\"}".to_owned(),
        ),
        (
            "MED-011",
            "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"a\\u0000\"}".to_owned(),
        ),
        ("MED-012", format!("\u{feff}{}", user("bom@example.com"))),
        ("MED-014", format!("{{\"a\":{}{}}}", "[".repeat(1_000), "]".repeat(1_000))),
        ("MED-015", "{\"a\":1e400}".to_owned()),
        ("CRE-012", "{\"a\":".to_owned()),
        ("CRE-013", String::new()),
        ("CRE-014", "7".to_owned()),
    ] {
        let reply = server.send_with(Method::POST, "/Users", &[], Some(body)).await;
        assert_eq!((reply.status, reply.json()["scimType"].as_str()), (400, Some("invalidSyntax")), "{id}");
    }
    for path in ["/users", "/USERS", "/user"] {
        server.get(path).await.is_scim_error(404, None); // MED-020
    }
    assert_eq!(server.get("/Users/").await.status, 200, "MED-019");
    let head = server.send(Method::HEAD, "/Users", None).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""), "GET-008");
    let base = server.reference.base_url();
    let key = server.scim_url.rsplit('/').next().unwrap();
    server.get(&format!("{base}/scim/v1/{key}/Users")).await.is_scim_error(404, None); // MED-021
}

#[tokio::test]
async fn a_response_has_the_media_type_that_the_client_prefers() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    for (accept, wanted) in [
        ("application/scim+json", "application/scim+json"),
        ("application/scim+json; charset=utf-8", "application/scim+json"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/scim+json;q=0.5, application/json;q=0.9", "application/json"),
        ("application/json, application/scim+json", "application/scim+json"),
        ("application/json, text/plain, */*", "application/scim+json"),
        ("application/*;q=0.5, text/html;q=0.9", "application/scim+json"),
        ("*/*", "application/scim+json"),
        ("text/html", "application/scim+json"),
        ("image/png", "application/scim+json"),
    ] {
        let headers = [
            ("accept", accept),
            ("accept-charset", "utf-8"),
            ("user-agent", "Okta SCIM Client 1.0.0"),
            ("x-unknown", "1"),
        ];
        // A list, one, an error, and an error of a write.
        for (method, path, status) in [
            (Method::GET, "/Users".to_owned(), 200),
            (Method::HEAD, "/Users".to_owned(), 200),
            (Method::GET, format!("/Users/{id}"), 200),
            (Method::GET, "/Users/nobody".to_owned(), 404),
            (Method::GET, "/Nothing".to_owned(), 404),
            (Method::POST, "/Users".to_owned(), 415),
        ] {
            let reply = server.send_with(method, &path, &headers, None).await;
            assert_eq!(
                (reply.status, reply.header("content-type"), reply.header("vary")),
                (status, Some(wanted), Some("accept")),
                "MED-005, MED-006, MED-018, {path}: {accept}"
            );
        }
        let tag = server.get(&format!("/Users/{id}")).await.header("etag").unwrap().to_owned();
        let fresh = [("accept", accept), ("if-none-match", tag.as_str())];
        let reply = server.send_with(Method::GET, &format!("/Users/{id}"), &fresh, None).await;
        assert_eq!((reply.status, reply.header("content-type"), reply.header("vary")), (304, None, Some("accept")));
        let stranger = [("accept", accept), ("authorization", "Bearer wrong")];
        let reply = server.send_with(Method::GET, "/Users", &stranger, None).await;
        assert_eq!((reply.status, reply.header("content-type")), (401, Some(wanted)), "{accept}");
    }
}

#[tokio::test]
async fn credentials() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let token = server.token.clone();
    for given in [
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic YTpi",
        "wrong",
        "Bearer a b",
        &format!("Bearer {token}x"),
        &format!("Digest {token}"),
    ] {
        for (method, path) in [
            (Method::GET, format!("/Users/{id}")),
            (Method::POST, "/Users".to_owned()),
            (Method::GET, "/Nothing".to_owned()),
            (Method::GET, "/ServiceProviderConfig".to_owned()),
            (Method::GET, format!("/Users?access_token={token}")),
        ] {
            let reply = server.send_with(method, &path, &[("authorization", given)], Some("{".to_owned())).await;
            reply.is_scim_error(401, None); // AUT-003 to AUT-005, AUT-007, AUT-009, AUT-010, DISC-007
            let challenge = Some("Bearer realm=\"scim\", error=\"invalid_token\"");
            assert_eq!(reply.header("www-authenticate"), challenge, "AUT-002, AUT-004: {given}");
            assert!(!reply.text.contains(&token), "ERR-008");
        }
    }
    let none = client().get(format!("{}/Users", server.scim_url)).send().await.unwrap();
    assert_eq!(none.status(), 401, "AUT-001, DISC-007");
    assert_eq!(
        none.headers()["www-authenticate"],
        "Bearer realm=\"scim\"",
        "AUT-002: no error code without credentials"
    );
    let by_query = client().get(format!("{}/Users?access_token={token}", server.scim_url)).send().await.unwrap();
    assert_eq!(by_query.status(), 401, "AUT-007");
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let reply =
            server.send_with(Method::GET, "/Users", &[("authorization", &format!("{scheme} {token}"))], None).await;
        assert_eq!(reply.status, 200, "AUT-006: {scheme}");
    }
}

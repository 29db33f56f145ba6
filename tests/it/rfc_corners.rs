//! Edge cases of the RFCs that the other tests do not cover: values, members, lists, concurrent clients, and information in
//! headers and addresses. Each requirement has one row or assertion.

use std::net::TcpListener;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::raw;
use crate::support::reference::{GROUP, Server, USER, filter, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[tokio::test]
async fn values_are_returned_as_sent() {
    let server = Server::start().await;
    let primary = |value: &str| json!([{"value": value, "primary": true}, {"value": "other"}]);
    for (n, (id, key, value)) in [
        ("MV-005", "emails", primary("a@x")),
        ("MV-007, USR-016", "emails", json!([{"value": "Local.Part@EXAMPLE.com", "type": "work"}])),
        ("MV-007, USR-017", "phoneNumbers", json!([{"value": "tel:+1-201-555-0123;ext=9"}, {"value": "555 5555"}])),
        ("MV-011", "emails", json!([{"value": "a@x", "type": "Holiday"}, {"value": "b@x", "type": "WORK"}])),
        ("TYPE-014", "addresses", json!([{"country": "US"}, {"country": "Utopia"}])),
        ("TYPE-015", "profileUrl", json!("https://example.com/~ann?a=b#c")),
        ("TYPE-016", "locale", json!("zh-Hant-TW")),
        ("TYPE-016", "preferredLanguage", json!("da, en-gb;q=0.8, en;q=0.7")),
        ("TYPE-016", "timezone", json!("America/Argentina/Buenos_Aires")),
        ("USR-006", "name", json!({"formatted": "X", "givenName": "Ann"})),
        ("USR-008", "active", json!(false)),
        ("USR-008", "active", json!(true)),
        ("TYPE-012", "urn:example:numbers", json!({"a": 2_147_483_648_i64, "b": u64::MAX, "c": i64::MIN})),
        ("ENT-002, ENT-004", ENTERPRISE, json!({"manager": {"value": "nobody"}})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = json!({"schemas": [USER], "userName": format!("u{n}@x"), "roles": primary("r")});
        body[key] = value.clone();
        let created = server.post("/Users", body).await;
        let read = server.get(&format!("/Users/{}", created.id())).await;
        assert_eq!((created.status, &created.json()[key], &read.json()[key]), (201, &value, &value), "CRE-001, {id}");
        assert_eq!(created.header("etag"), Some("W/\"1\""), "CRE-017");
        let listed = created.json()["schemas"].as_array().unwrap().contains(&json!(key));
        assert_eq!(listed, key.starts_with("urn:"), "RES-007: the URN is added where the data is there: {key}");
        let mut resources = vec![read.json()];
        resources.extend(server.get("/Users").await.json()["Resources"].as_array().unwrap().clone());
        for one in &resources {
            assert!(one["userName"].as_str().is_some_and(|name| !name.is_empty()), "USR-001");
            for several in one.as_object().unwrap().values().filter_map(Value::as_array) {
                assert!(several.iter().filter(|value| value["primary"] == true).count() <= 1, "MV-002: {one}");
            }
        }
    }
    // Without letter case if the schema says so, in filters and value paths. (The tests of the extension cover uniqueness.)
    let id = server.user("ann@example.com").await;
    for text in [
        "locale eq \"EN-us\"",
        "emails[type eq \"WORK\" and value eq \"ANN@example.com\"]",
        "title co \"X\" or nickName pr or displayName sw \"TEST\"",
    ] {
        let found = server.get(&format!("/Users?{}", filter(text))).await.json();
        assert!(found["Resources"].as_array().unwrap().iter().any(|one| one["id"] == id.as_str()), "MUT-011: {text}");
    }
    let set = json!([{"op": "replace", "path": "emails[type eq \"WORK\"].display", "value": "D"}]);
    let patched = server.patch(&format!("/Users/{id}"), set).await.json();
    assert_eq!(patched["emails"][0]["display"], "D", "MUT-011");
}

#[tokio::test]
async fn groups_can_have_any_size_and_name() {
    let server = Server::start().await;
    let ids = join_all((0..500).map(|n| {
        let server = &server;
        async move { server.user(&format!("u{n}@x")).await }
    }))
    .await;
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    let group = server.group("Everyone", &members[..499]).await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": ids[499]}, {"value": "nobody"}]}]);
    assert_eq!(
        server.patch(&format!("/Groups/{group}"), add).await.status,
        204,
        "GRP-005: lenient drops unknown members"
    );
    let mut all = ids.clone();
    all.sort();
    assert_eq!(server.members(&group).await, all, "GRP-012");
    let again = json!({"schemas": [GROUP], "displayName": "Everyone"});
    server.post("/Groups", again.clone()).await.is_scim_error(409, Some("uniqueness")); // GRP-011
    let mut other = again;
    other["externalId"] = json!("g-2");
    assert_eq!(server.post("/Groups", other).await.status, 201, "GRP-011");
}

#[tokio::test]
async fn resources_are_found_by_address() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let read = server.get(&format!("/Users/{id}")).await;
    assert_eq!((read.status, &read.json()["id"]), (200, &json!(id)), "GET-001");
    let encoded = id.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(server.get(&format!("/Users/{encoded}")).await.json()["id"], id.as_str(), "GET-004");
    // An ID with another last character; one of 32 IDs ends in 0.
    let last = if id.ends_with('0') { '1' } else { '0' };
    for (row, path) in [
        ("GET-004: decoded once", format!("/Users/{}", encoded.replace('%', "%25"))),
        ("GET-002", format!("/Users/{}{last}", &id[..id.len() - 1])),
        ("GET-005: ids are caseExact", format!("/Users/{}", id.to_lowercase())),
        ("GET-005", "/Users/1".to_owned()),
        ("GET-005", "/Users/%00".to_owned()),
        ("GET-005", "/Users/..%2f..".to_owned()),
        ("GET-005", format!("/Users/{}", "x".repeat(2_000))),
        ("GET-006", "/Nothing".to_owned()),
        ("GET-006", "/Users/1/2".to_owned()),
    ] {
        let reply = server.get(&path).await;
        assert_eq!((reply.status, &reply.json()["status"]), (404, &json!("404")), "{row}: {path}");
    }
    for method in [Method::OPTIONS, Method::TRACE, Method::POST] {
        let reply = server.send(method, &format!("/Users/{id}"), None).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD, PUT, PATCH, DELETE")), "GET-007");
    }
    let empty = server.get(&format!("/Users?{}", filter("userName eq \"nobody\""))).await;
    assert_eq!((empty.status, &empty.json()["totalResults"]), (200, &json!(0)), "LIST-004");
    assert_eq!(empty.json()["Resources"], json!([]), "LIST-003");
}

#[tokio::test]
async fn concurrent_writes_are_not_lost() {
    let server = Server::start().await;
    let made = join_all((0..100).map(|n| {
        let server = &server;
        async move { server.user(&format!("u{n}@x")).await }
    }))
    .await;
    let list = server.get("/Users?count=1000").await.json();
    let mut listed: Vec<&str> =
        list["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let mut made: Vec<&str> = made.iter().map(String::as_str).collect();
    listed.sort_unstable();
    made.sort_unstable();
    assert_eq!((listed, &list["totalResults"]), (made.clone(), &json!(100)), "ROB-002, LIST-002, RES-012");
    // Eight clients increment one number, each with the version that it read.
    let path = format!("/Users/{}", made[0]);
    let count_up = || async {
        for _ in 0..5 {
            loop {
                let read = server.get(&path).await;
                let next = read.json()["title"].as_str().map_or(0, |title| title.parse::<u32>().unwrap()) + 1;
                let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": "title", "value": next.to_string()}]});
                let tag = [("if-match", read.header("etag").unwrap())];
                let reply = server.send_with(Method::PATCH, &path, &tag, Some(body.to_string())).await;
                match reply.status {
                    200 => break,
                    status => assert_eq!(status, 412, "ROB-003"),
                }
            }
        }
    };
    join_all((0..8).map(|_| count_up())).await;
    assert_eq!(server.get(&path).await.json()["title"], "40", "ROB-003");
}

#[tokio::test]
async fn a_write_is_visible_to_the_next_read() {
    let server = Server::start().await;
    for n in 0..20 {
        let name = format!("u{n}@x");
        let path = format!("/Users/{}", server.user(&name).await);
        let lookup = format!("/Users?{}", filter(&format!("userName eq \"{name}\"")));
        assert_eq!(server.get(&lookup).await.json()["totalResults"], 1, "ROB-001: POST");
        server.post("/Users", user(&name)).await.is_scim_error(409, Some("uniqueness")); // ROB-005
        let set = json!([{"op": "replace", "path": "title", "value": "T"}]);
        assert_eq!(server.patch(&path, set).await.json(), server.get(&path).await.json(), "ROB-001: PATCH");
        assert_eq!(server.put(&path, user(&name)).await.json(), server.get(&path).await.json(), "ROB-001: PUT");
        assert_eq!(server.delete(&path).await.status, 204);
        assert_eq!(server.get(&path).await.status, 404, "ROB-001: DELETE");
        assert_eq!(server.get(&lookup).await.json()["totalResults"], 0, "ROB-001: DELETE");
    }
}

#[tokio::test]
async fn responses_do_not_leak_information_and_the_server_opens_no_addresses() {
    let server = Server::start().await;
    // The server does not open addresses in documents.
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", canary.local_addr().unwrap());
    let mut body = user("ann@example.com");
    body["profileUrl"] = url.as_str().into();
    body["photos"] = json!([{"value": url, "type": "photo"}]);
    body[ENTERPRISE] = json!({"manager": {"value": "m", "$ref": url}});
    let id = server.post("/Users", body).await.id();
    let path = format!("/Users/{id}");
    let member = json!({"schemas": [GROUP], "displayName": "G", "members": [{"value": id, "$ref": url}]});
    assert_eq!(server.post("/Groups", member).await.status, 201);
    let read = server.get(&path).await;
    assert_eq!(read.json()[ENTERPRISE]["manager"]["$ref"], url, "ENT-003, TYPE-009: stored as sent");
    assert_eq!(canary.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "SEC-007");
    for path in [path.as_str(), "/Users", "/Users/nobody", "/Schemas"] {
        let reply = server.get(path).await;
        assert_eq!(reply.header("cache-control"), Some("private, no-cache"), "SEC-004: {path}");
        assert_eq!((reply.header("server"), reply.header("x-powered-by")), (None, None), "SEC-005: {path}");
    }
}

#[tokio::test]
async fn fragmented_and_pipelined_requests() {
    let server = Server::start().await;
    let address = server.reference.address();
    let target = server.scim_url.split_once("//").unwrap().1.split_once('/').unwrap().1.to_owned();
    let head = |method: &str, more: &str| {
        format!("{method} /{target}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{more}\r\n", server.token)
    };
    let body = user("ann@example.com").to_string();
    let length = format!("Content-Type: application/scim+json\r\nContent-Length: {}\r\n", body.len());
    // A request that is cut off in the body has no effect.
    let cut = format!("{}{}", head("POST", &length), &body[..body.len() - 1]);
    {
        use tokio::io::AsyncWriteExt;
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(cut.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await.unwrap();
        assert!(!String::from_utf8_lossy(&answer).contains(" 201 "), "SEC-010");
    }
    assert_eq!(server.get("/Users").await.json()["totalResults"], 0, "SEC-010");
    // The responses to two pipelined requests are in order.
    let pipelined = format!("{}{body}{}", head("POST", &length), head("GET", "Connection: close\r\n"));
    let answer = raw::exchange(address, pipelined.as_bytes()).await;
    let created = answer.find("HTTP/1.1 201").unwrap();
    let listed = answer.find("HTTP/1.1 200").unwrap();
    assert!(created < listed && answer.contains("\"totalResults\":1"), "ROB-006: {answer}");
}

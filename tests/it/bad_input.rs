//! Invalid requests over HTTP, with the expected status, `scimType` and detail.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::raw;
use crate::support::reference::{GROUP, PATCH_OP, Server, USER, filter, user};

/// Bodies for POST `/Users`: description, body, media type; then status, scimType and a word of the detail.
type Row = (&'static str, &'static [u8], &'static str, u16, Option<&'static str>, &'static str);

const BODIES: &[Row] = &[
    ("empty", b"", "application/scim+json", 400, Some("invalidSyntax"), "empty"),
    ("not UTF-8", b"{\"userName\":\"\xff\"}", "application/scim+json", 400, Some("invalidSyntax"), "UTF-8"),
    ("cut off", b"{\"userName\":", "application/scim+json", 400, Some("invalidSyntax"), "JSON"),
    ("text", b"userName=ann", "application/scim+json", 400, Some("invalidSyntax"), "JSON"),
    ("array", b"[]", "application/scim+json", 400, Some("invalidSyntax"), "array"),
    ("null", b"null", "application/scim+json", 400, Some("invalidSyntax"), "null"),
    ("string", b"\"a\"", "application/scim+json", 400, Some("invalidSyntax"), "string"),
    ("no media type asked for", b"{}", "text/plain", 415, None, "text/plain"),
    ("form", b"a=b", "application/x-www-form-urlencoded", 415, None, "application/scim+json"),
    ("xml", b"<a/>", "application/xml", 415, None, "application/scim+json"),
];

#[tokio::test]
async fn bodies_that_are_not_resources() {
    let server = Server::start().await;
    for (what, body, media_type, status, scim_type, word) in BODIES {
        let reply = crate::support::reference::client()
            .post(format!("{}/Users", server.scim_url))
            .bearer_auth(&server.token)
            .header("content-type", *media_type)
            .body(body.to_vec())
            .send()
            .await
            .unwrap();
        let detail = crate::support::reference::Reply::of(reply).await.is_scim_error(*status, *scim_type);
        assert!(detail.contains(word), "{what}: {detail}");
    }
}

#[tokio::test]
async fn both_media_types_are_accepted_with_any_parameters() {
    let server = Server::start().await;
    for (n, media_type) in [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/SCIM+JSON ; charset=\"utf-8\"",
    ]
    .iter()
    .enumerate()
    {
        let body = user(&format!("u{n}@example.com")).to_string();
        let reply = server.send_with(Method::POST, "/Users", &[("content-type", media_type)], Some(body)).await;
        assert_eq!(reply.status, 201, "{media_type}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_before_it_is_read() {
    let server = Server::start().await;
    let body = Some(user("ann@example.com").to_string());
    let reply = server.send_with(Method::POST, "/Users", &[("content-encoding", "br")], body.clone()).await;
    assert!(reply.is_scim_error(415, None).contains("br"));
    assert_eq!(reply.header("accept-encoding"), Some("gzip, identity"));
    let plain = server.send_with(Method::POST, "/Users", &[("content-encoding", "identity")], body).await;
    assert_eq!(plain.status, 201);
}

#[tokio::test]
async fn unfinished_requests_do_not_delay_others() {
    let server = Server::start().await;
    let address = server.reference.address();
    let path = server.scim_url.split_once(&address.to_string()).unwrap().1;
    let head = format!("POST {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", server.token);
    let body = format!("{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{");
    let mut slow = Vec::new();
    for bytes in [&b""[..], b"GET", head.as_bytes(), body.as_bytes()].repeat(16) {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        slow.push(stream);
    }
    let asking = (0..16).map(|n| server.post("/Users", user(&format!("u{n}@example.com"))));
    // Before the server closes the slow connections (`limits::HEADER_TIMEOUT`, `limits::BODY_TIMEOUT`).
    let asked = tokio::time::timeout(std::time::Duration::from_secs(25), futures::future::join_all(asking)).await;
    assert_eq!(asked.expect("no response in time").len(), 16);
    assert_eq!(server.get("/Users").await.json()["totalResults"], 16);
}

#[tokio::test]
async fn values_that_do_not_fit_the_schema() {
    let server = Server::start().await;
    let with = |key: &str, value: Value| {
        let mut body = user("ann@example.com");
        body[key] = value;
        body
    };
    let mut nameless = user("ann@example.com");
    nameless.as_object_mut().unwrap().shift_remove("userName");
    let mut plain = user("ann@example.com");
    plain.as_object_mut().unwrap().shift_remove("schemas");
    for (body, word) in [
        (nameless, "userName"),
        (with("userName", json!(7)), "userName"),
        (with("userName", json!("")), "userName"),
        (with("name", json!("Ann")), "name"),
        (with("emails", json!("ann@example.com")), "emails"),
        (with("emails", json!([7])), "emails"),
        (with("active", json!("perhaps")), "active"),
        (with("active", json!([])), "active"),
    ] {
        let detail = server.post("/Users", body).await.is_scim_error(400, Some("invalidValue"));
        assert!(detail.contains(word), "{detail}");
    }
    assert_eq!(server.post("/Users", plain).await.status, 400, "a body without schemas");
    let unnamed = json!({"schemas": [GROUP], "members": []});
    server.post("/Groups", unnamed).await.is_scim_error(400, Some("invalidValue"));
    let listed = server.get("/Users").await.json();
    assert_eq!(listed["totalResults"], 0, "nothing was stored: {listed}");
}

#[tokio::test]
async fn duplicates_in_any_letter_case() {
    let server = Server::start().await;
    server.user("ann@example.com").await;
    for name in ["ann@example.com", "ANN@Example.com"] {
        server.post("/Users", user(name)).await.is_scim_error(409, Some("uniqueness"));
    }
    let other = server.user("bob@example.com").await;
    server.put(&format!("/Users/{other}"), user("Ann@example.com")).await.is_scim_error(409, Some("uniqueness"));
}

#[tokio::test]
async fn invalid_filters_and_paging_parameters() {
    let server = Server::start().await;
    for (text, place) in
        [("userName eqq \"a\"", "at byte 9"), ("userName eq", "at byte"), ("", "at byte 0"), ("(", "at byte")]
    {
        let detail = server.get(&format!("/Users?{}", filter(text))).await.is_scim_error(400, Some("invalidFilter"));
        assert!(detail.contains(place), "{text:?}: {detail}");
    }
    let deep = format!("{}userName pr{}", "(".repeat(1000), ")".repeat(1000));
    server.get(&format!("/Users?{}", filter(&deep))).await.is_scim_error(400, Some("invalidFilter"));
    server.get("/Users?count=ten").await.is_scim_error(400, Some("invalidValue"));
    server.get("/Users?startIndex=").await.is_scim_error(400, Some("invalidValue"));
    server.get("/Users?count=1&count=2").await.is_scim_error(400, Some("invalidValue"));
    server.get("/Users?attributes=userName&excludedAttributes=name").await.is_scim_error(400, Some("invalidValue"));
    server.get("/Schemas?filter=id%20pr").await.is_scim_error(403, None);
}

#[tokio::test]
async fn failed_patches_change_nothing() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let path = format!("/Users/{id}");
    let before = server.get(&path).await.json();
    for (operations, scim_type) in [
        (json!([{"op": "remove", "path": "userName"}]), "mutability"),
        (json!([{"op": "replace", "path": "nothing", "value": 1}]), "invalidPath"),
        (json!([{"op": "replace", "path": "emails[", "value": 1}]), "invalidPath"),
        (json!([{"op": "replace", "value": {"id": "other"}}]), "mutability"),
        (json!([{"op": "replace", "path": "active", "value": "perhaps"}]), "invalidValue"),
        (json!([{"op": "remove"}]), "noTarget"),
        (
            json!([{"op": "replace", "path": "displayName", "value": "x"}, {"op": "remove", "path": "userName"}]),
            "mutability",
        ),
    ] {
        let reply = server.patch(&path, operations.clone()).await;
        assert_eq!(
            (reply.status, reply.json()["scimType"].as_str()),
            (400, Some(scim_type)),
            "{operations} {}",
            reply.text
        );
    }
    let no_schemas = json!({"Operations": [{"op": "replace", "value": {"active": false}}]});
    assert_eq!(server.send(Method::PATCH, &path, Some(&no_schemas)).await.status, 400);
    let no_operations = json!({"schemas": [PATCH_OP]});
    assert_eq!(server.send(Method::PATCH, &path, Some(&no_operations)).await.status, 400);
    assert_eq!(server.get(&path).await.json(), before);
}

#[tokio::test]
async fn unknown_resources_and_endpoints() {
    let server = Server::start().await;
    for id in
        ["010101001010101011001010101011", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a%20b", "%E2%98%83", "x".repeat(300).as_str()]
    {
        server.get(&format!("/Users/{id}")).await.is_scim_error(404, None);
        server.delete(&format!("/Groups/{id}")).await.is_scim_error(404, None);
        server.put(&format!("/Users/{id}"), user("a@example.com")).await.is_scim_error(404, None);
        server.patch(&format!("/Groups/{id}"), json!([])).await.is_scim_error(404, None);
    }
    for path in ["/Nothing", "//", "/users", "/Users/a/b", "/Users//", "/Bulk/1"] {
        server.get(path).await.is_scim_error(404, None);
    }
    let base = server.reference.base_url();
    for path in ["/", "/scim", "/scim/v2", "/scim/v2/", "/scim/v2//Users", "/Users", "/favicon.ico"] {
        server.get(&format!("{base}{path}")).await.is_scim_error(404, None);
    }
    server.get("/Me").await.is_scim_error(501, None);
}

#[tokio::test]
async fn unsupported_methods_yield_405_with_any_body() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    for (method, path, allowed) in [
        (Method::PUT, "/Users".to_owned(), "GET, HEAD, POST"),
        (Method::DELETE, "/Groups".to_owned(), "GET, HEAD, POST"),
        (Method::POST, format!("/Users/{id}"), "GET, HEAD, PUT, PATCH, DELETE"),
        (Method::POST, "/Users/nobody".to_owned(), "GET, HEAD, PUT, PATCH, DELETE"),
        (Method::POST, "/Schemas".to_owned(), "GET, HEAD"),
        (Method::OPTIONS, "/Users".to_owned(), "GET, HEAD, POST"),
        (Method::from_bytes(b"BREW").unwrap(), "/Users".to_owned(), "GET, HEAD, POST"),
    ] {
        for body in [None, Some("{".to_owned()), Some("x".repeat(100_000))] {
            let reply = server.send_with(method.clone(), &path, &[("content-type", "image/png")], body).await;
            reply.is_scim_error(405, None);
            assert_eq!(reply.header("allow"), Some(allowed), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn bodies_and_urls_that_are_too_large() {
    let server = Server::start().await;
    let huge = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"{}\"}}", "x".repeat(2_100_000));
    server.send_with(Method::POST, "/Users", &[], Some(huge)).await.is_scim_error(413, None);
    let long = format!("/Users?{}", filter(&format!("userName eq \"{}\"", "x".repeat(60_000))));
    assert_eq!(server.get(&long).await.status, 414);
    // The limit also applies to a body without Content-Length.
    let address = server.reference.address();
    let path = server.scim_url.split_once(&address.to_string()).unwrap().1;
    let mut request = format!(
        "POST {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        server.token
    )
    .into_bytes();
    for _ in 0..40 {
        request.extend_from_slice(b"10000\r\n");
        request.extend(std::iter::repeat_n(b'x', 65_536));
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let response = raw::exchange(address, &request).await;
    assert_eq!(raw::status(&response), 413, "{response}");
}

#[tokio::test]
async fn malformed_requests() {
    let server = Server::start().await;
    let address = server.reference.address();
    let path = server.scim_url.split_once(&address.to_string()).unwrap().1.to_owned();
    let auth = format!("Authorization: Bearer {}", server.token);
    let request = |line: &str| format!("{line}\r\nHost: x\r\n{auth}\r\nConnection: close\r\n\r\n");
    for (bytes, expected) in [
        (request(&format!("GET {path}/Users/% HTTP/1.1")), 400),
        (request(&format!("GET {path}/Users/%ff HTTP/1.1")), 400),
        (request(&format!("GET {path}/Users?filter=%zz HTTP/1.1")), 400),
        (request("GET /scim/v2/%zz/Users HTTP/1.1"), 401),
        (request(&format!("GET {path}/Users/.. HTTP/1.1")), 404),
        (request(&format!("HEAD {path}/Users HTTP/1.1")), 200),
        (request(&format!("GET {path}/Users HTTP/1.0")), 200),
        ("nonsense\r\n\r\n".to_owned(), 400),
        (
            format!(
                "GET {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \u{e9}\r\nConnection: close\r\n\r\n"
            ),
            401,
        ),
    ] {
        let response = raw::exchange(address, bytes.as_bytes()).await;
        assert_eq!(raw::status(&response), expected, "{bytes}\n{response}");
        if bytes.starts_with("HEAD") {
            assert!(response.ends_with("\r\n\r\n"), "HEAD has no body: {response}");
            assert!(response.to_ascii_lowercase().contains("content-length: "), "{response}");
        }
    }
    assert_eq!(server.get("/Users").await.status, 200, "the server still responds");
    assert!(server.reference.panics().is_empty());
}

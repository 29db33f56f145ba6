//! POST `/.search` (RFC 7644 section 3.4.3), for one resource type and at the root: the same responses as GET.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::{LIST, Server, filter};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Returns a search request with these parameters.
fn search(parameters: &Value) -> Value {
    let mut body = json!({"schemas": [SEARCH]});
    body.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    body
}

async fn filled() -> Server {
    let server = Server::start().await;
    for name in ["ann@example.com", "bob@example.com", "cid@example.com"] {
        server.user(name).await;
    }
    for name in ["Ann's", "Team"] {
        server.group(name, &[]).await;
    }
    server
}

// SRCH-001, SRCH-002, SRCH-005, SRCH-006, SRCH-010, SRCH-011; the parser has the test for letter case (SRCH-009)
#[tokio::test]
async fn a_search_of_a_type_returns_the_response_of_get() {
    let server = filled().await;
    let text = "userName sw \"b\" or userName sw \"c\"";
    for (get, body) in [
        (String::new(), json!({})),
        (format!("{}&attributes=userName", filter(text)), json!({"filter": text, "attributes": ["userName"]})),
        ("startIndex=2&count=1".to_owned(), json!({"startIndex": 2, "count": 1})),
        ("excludedAttributes=name,emails".to_owned(), json!({"excludedAttributes": ["name", "emails"]})),
        ("count=0".to_owned(), json!({"count": 0})),
    ] {
        let found = server.post("/Users/.search", search(&body)).await;
        assert_eq!((found.status, found.header("content-type")), (200, Some("application/scim+json")), "{body}");
        assert_eq!(found.json(), server.get(&format!("/Users?{get}")).await.json(), "{body}");
    }
    let groups = server.post("/Groups/.search", search(&json!({"filter": "displayName eq \"team\""}))).await.json();
    assert_eq!((&groups["totalResults"], &groups["Resources"][0]["displayName"]), (&json!(1), &json!("Team")));
}

// SRCH-003, SRCH-011
#[tokio::test]
async fn a_search_at_the_root_returns_both_types() {
    let server = filled().await;
    let names = async |body: Value| {
        let found = server.post("/.search", search(&body)).await;
        assert_eq!(found.status, 200, "{}", found.text);
        let found = found.json();
        assert_eq!(found["schemas"], json!([LIST]));
        let resources = found["Resources"].as_array().unwrap();
        assert_eq!(found["itemsPerPage"], resources.len());
        let name = |one: &Value| one.get("userName").unwrap_or(&one["displayName"]).as_str().unwrap()[..3].to_owned();
        (found["totalResults"].as_u64().unwrap(), resources.iter().map(name).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(names(json!({})).await, (5, "ann bob cid Ann Tea".to_owned()));
    // A page can contain both types.
    assert_eq!(names(json!({"startIndex": 3, "count": 2})).await, (5, "cid Ann".to_owned()));
    assert_eq!(names(json!({"startIndex": 5, "count": 2})).await, (5, "Tea".to_owned()));
    assert_eq!(names(json!({"startIndex": 6})).await, (5, String::new()));
    assert_eq!(names(json!({"count": 0})).await, (5, String::new()));
    // A GET of the root is equivalent (section 3.4.2.1).
    for path in ["", "/"] {
        let listed = server.get(&format!("{path}?startIndex=3&count=2")).await.json();
        assert_eq!(listed, server.post("/.search", search(&json!({"startIndex": 3, "count": 2}))).await.json());
    }
    let groups = server.get(&format!("/?{}", filter("meta.resourceType eq \"Group\""))).await.json();
    assert_eq!(groups["totalResults"], 2);
    // An attribute that a type does not define has no value.
    assert_eq!(names(json!({"filter": "userName sw \"a\""})).await, (1, "ann".to_owned()));
    assert_eq!(names(json!({"filter": "not (userName pr)"})).await, (2, "Ann Tea".to_owned()));
    assert_eq!(names(json!({"filter": "meta.resourceType eq \"Group\""})).await, (2, "Ann Tea".to_owned()));
}

// SRCH-004, SRCH-007, SRCH-008
#[tokio::test]
async fn a_search_at_the_root_sorts_both_types_together() {
    let server = filled().await;
    let names = |list: &Value| {
        let name = |one: &Value| one.get("userName").unwrap_or(&one["displayName"]).as_str().unwrap()[..3].to_owned();
        list["Resources"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
    };
    for (body, wanted) in [
        // These users have no displayName, and groups never have a userName.
        (json!({"sortBy": "displayName"}), "Ann Tea ann bob cid"),
        (json!({"sortBy": "userName", "sortOrder": "descending"}), "Tea Ann cid bob ann"),
        (json!({"sortBy": "meta.lastModified"}), "ann bob cid Ann Tea"),
        (json!({"sortBy": "id", "sortOrder": "descending"}), "Tea Ann cid bob ann"),
        (json!({"sortBy": "id", "startIndex": 3, "count": 2}), "cid Ann"),
        (json!({"sortBy": "members.display"}), "ann bob cid Ann Tea"),
    ] {
        let found = server.post("/.search", search(&body)).await.json();
        assert_eq!((names(&found).as_str(), &found["totalResults"]), (wanted, &json!(5)), "{body}");
    }
    let got = server.get("/?sortBy=displayName&count=2").await.json();
    assert_eq!(got, server.post("/.search", search(&json!({"sortBy": "displayName", "count": 2}))).await.json());
    for wrong in ["shoeSize", "name", "password"] {
        let reply = server.post("/.search", search(&json!({"sortBy": wrong}))).await;
        reply.is_scim_error(400, Some("invalidValue"));
    }
    let sideways = json!({"sortBy": "id", "sortOrder": "sideways"});
    server.post("/.search", search(&sideways)).await.is_scim_error(400, Some("invalidValue"));
    // Page by page, deleting the first resource of each page.
    let (mut seen, mut cursor) = (Vec::new(), json!(""));
    while !cursor.is_null() {
        let body = json!({"sortBy": "displayName", "count": 2, "cursor": cursor});
        let page = server.post("/.search", search(&body)).await.json();
        seen.push(names(&page));
        cursor = page["nextCursor"].clone();
        let first = page["Resources"][0]["meta"]["location"].as_str().unwrap();
        let path = first.strip_prefix(&server.scim_url).unwrap();
        assert_eq!(server.delete(path).await.status, 204);
    }
    assert_eq!(seen, ["Ann Tea", "ann bob", "cid"]);
}

#[tokio::test]
async fn invalid_searches_are_rejected() {
    let server = filled().await;
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        server.post(path, json!({})).await.is_scim_error(400, Some("invalidSyntax"));
        server.post(path, search(&json!({"filter": "userName eq"}))).await.is_scim_error(400, Some("invalidFilter"));
        server.post(path, search(&json!({"count": "many"}))).await.is_scim_error(400, Some("invalidValue"));
        let reply = server.get(path).await;
        reply.is_scim_error(405, None);
        assert_eq!(reply.header("allow"), Some("POST"));
        let none = [("authorization", "Bearer wrong")];
        let reply = server.send_with(Method::POST, path, &none, Some(search(&json!({})).to_string())).await;
        reply.is_scim_error(401, None);
    }
    server
        .post("/Users/.search", search(&json!({"filter": "password eq \"x\""})))
        .await
        .is_scim_error(400, Some("invalidFilter"));
    server
        .post("/.search", search(&json!({"filter": "password eq \"x\""})))
        .await
        .is_scim_error(400, Some("invalidFilter"));
}

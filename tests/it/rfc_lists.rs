//! Requirements on lists, one row each: sorting (RFC 7644 section 3.4.2.3), index paging (section 3.4.2.4) and cursors
//! (RFC 9865).

use std::sync::Arc;

use scimulate::base::clock::TestClock;
use scimulate::server::{Reference, Settings};
use serde_json::{Value, json};

use crate::support::reference::{ERROR, LIST, Server, USER, filter};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Starts a server with five users. Each attribute sorts them differently; `e` lacks most attributes.
async fn five() -> Server {
    let server = Server::start().await;
    for (name, title, external, mails, number) in [
        ("c", "Äpfel", "b", json!([{"value": "z@x"}, {"value": "a@x", "primary": true}]), "10"),
        ("B", "zebra", "B", json!([{"value": "b@x"}, {"value": "a@y"}]), "9"),
        ("a", "Apple", "a", json!([{"value": "C@x", "primary": true}]), "100"),
        ("d", "apple", "A", json!([{"value": "d@x"}]), "9"),
    ] {
        let user = json!({
            "schemas": [USER, ENTERPRISE], "userName": name, "title": title, "externalId": external, "emails": mails,
            "active": name != "B", ENTERPRISE: {"employeeNumber": number},
        });
        server.post("/Users", user).await.id();
    }
    server.post("/Users", json!({"schemas": [USER], "userName": "e"})).await.id();
    server
}

fn names(list: &Value) -> String {
    let of = |one: &Value| one.get("userName").unwrap_or(&one["displayName"]).as_str().unwrap().to_owned();
    list["Resources"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn lists_are_sorted_by_the_attribute_type() {
    let server = five().await;
    let urn = |name: &str| format!("{ENTERPRISE}:{name}");
    for (id, by, wanted) in [
        ("SRT-001, SRT-003", "userName", "aBcde"),
        ("SRT-003, SRT-005, SRT-017", "title", "adBce"),
        ("SRT-004", "externalId", "dBace"),
        ("SRT-006", "emails", "cBade"),
        ("SRT-006", "emails.value", "cBade"),
        ("SRT-008", "active", "Bcade"),
        ("SRT-008", "meta.created", "cBade"),
        ("SRT-008", "meta.lastModified", "cBade"),
        ("SRT-008", "meta.location", "cBade"),
        ("SRT-013", "USERNAME", "aBcde"),
        ("SRT-013", &format!("{USER}:userName"), "aBcde"),
        ("SRT-013", &urn("employeeNumber"), "caBde"),
        ("SRT-013", &urn("EMPLOYEENUMBER").to_uppercase(), "caBde"),
        ("id sorts as text", "id", "cBade"),
    ] {
        let list = server.get(&format!("/Users?sortBy={by}")).await.json();
        assert_eq!((names(&list).as_str(), &list["totalResults"]), (wanted, &json!(5)), "{id}: {by}");
        assert_eq!(server.get(&format!("/Users?sortBy={by}")).await.json(), list, "SRT-015, {id}: {by}");
        let explicit = server.get(&format!("/Users?sortBy={by}&sortOrder=ascending")).await.json();
        assert_eq!(explicit, list, "{id}: {by}");
        let down = server.get(&format!("/Users?sortBy={by}&sortOrder=Descending")).await.json();
        assert_eq!(names(&down), wanted.chars().rev().collect::<String>(), "SRT-002, {id}: {by}");
    }
    let unsorted = server.get("/Users").await.json();
    assert_eq!(server.get("/Users?sortOrder=descending").await.json(), unsorted, "SRT-011");
}

#[tokio::test]
async fn sorted_lists_can_be_filtered_and_paged() {
    let server = five().await;
    let by = "sortBy=title&sortOrder=descending";
    for (id, query, wanted) in [
        ("SRT-012", "count=2".to_owned(), "ec"),
        ("SRT-012", "startIndex=3&count=2".to_owned(), "Bd"),
        ("SRT-012", "startIndex=5&count=2".to_owned(), "a"),
        ("PAG-005", "startIndex=6".to_owned(), ""),
        ("PAG-002", "count=0".to_owned(), ""),
    ] {
        let list = server.get(&format!("/Users?{by}&{query}")).await.json();
        assert_eq!((names(&list).as_str(), &list["totalResults"]), (wanted, &json!(5)), "{id}: {query}");
    }
    // Evaluated by a scan, by columns alone, and by columns that only narrow the scan.
    for (text, wanted) in [
        ("title co \"a\"", "Bda"),
        ("userName gt \"a\" and userName lt \"d\"", "cB"),
        ("userName gt \"a\" and active eq true", "cd"),
        ("userName eq \"B\"", "B"),
    ] {
        let list = server.get(&format!("/Users?{by}&{}", filter(text))).await.json();
        assert_eq!((names(&list).as_str(), &list["totalResults"]), (wanted, &json!(wanted.len())), "PAG-014: {text}");
        let end = server.get(&format!("/Users?{by}&{}&startIndex={}", filter(text), wanted.len())).await.json();
        assert_eq!(names(&end), wanted[wanted.len() - 1..], "PAG-006: {text}");
    }
    for name in ["Beta", "alpha"] {
        server.group(name, &[]).await;
    }
    assert_eq!(names(&server.get("/Groups?sortBy=displayName").await.json()), "alphaBeta");
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "sortBy": "title", "sortOrder": "descending"});
    assert_eq!(names(&server.post("/Users/.search", body).await.json()), "ecBda", "SRCH-005");
}

#[tokio::test]
async fn invalid_sort_and_paging_parameters_are_rejected() {
    let server = five().await;
    for (id, query) in [
        ("SRT-007", "sortBy=name"),
        ("SRT-007", "sortBy=addresses"),
        ("SRT-009", "sortBy=shoeSize"),
        ("SRT-009", "sortBy=employeeNumber"),
        ("SRT-009", "sortBy=a%20b"),
        ("SRT-010", "sortBy=title&sortOrder=sideways"),
        ("SRT-014", "sortBy=password"),
        ("PAG-012", "count=two"),
        ("PAG-012", "count=1.5"),
        ("PAG-012", "startIndex=x"),
        ("PAG-012", "startIndex="),
        ("PAG-012", "count=1e1"),
        ("CUR-020", "startIndex=1&cursor="),
    ] {
        let reply = server.get(&format!("/Users?{query}")).await;
        assert_eq!((reply.status, reply.json()["scimType"].as_str()), (400, Some("invalidValue")), "{id}: {query}");
    }
}

#[tokio::test]
async fn index_paging_handles_edge_cases_as_the_rfc_requires() {
    let server = five().await;
    for (id, query, start, wanted) in [
        ("PAG-001", "count=2", 1, "cB"),
        ("PAG-002", "count=0", 1, ""),
        ("PAG-003", "count=-3", 1, ""),
        ("PAG-004", "startIndex=0&count=1", 1, "c"),
        ("PAG-004", "startIndex=-5&count=1", 1, "c"),
        ("PAG-005", "startIndex=6", 6, ""),
        ("PAG-005", "startIndex=99999999999999999999", i64::MAX, ""),
        ("PAG-006", "startIndex=5", 5, "e"),
        ("PAG-009", "startIndex=3&count=2", 3, "ad"),
        ("PAG-011", "count=99999999999999999999", 1, "cBade"),
        ("PAG-013", "startIndex=4", 4, "de"),
        ("LIST-009", "colour=blue", 1, "cBade"),
    ] {
        let list = server.get(&format!("/Users?{query}")).await.json();
        assert_eq!(list["schemas"], json!([LIST]), "{id}");
        assert_eq!((names(&list).as_str(), &list["startIndex"]), (wanted, &json!(start)), "{id}: {query}");
        assert_eq!(list["totalResults"], 5, "PAG-008, {id}");
        assert_eq!(server.get(&format!("/Users?{query}")).await.json(), list, "PAG-015, {id}");
        assert_eq!(list["itemsPerPage"], wanted.len(), "PAG-010, {id}");
    }
    let twice = server.get("/Users?count=1&count=2").await;
    assert_eq!(twice.status, 400, "LIST-010");
    for (query, known) in [("Filter=userName%20pr", "filter"), ("startindex=2", "startIndex"), ("COUNT=1", "count")] {
        let detail = server.get(&format!("/Users?{query}")).await.is_scim_error(400, Some("invalidValue"));
        assert!(detail.ends_with(&format!("{known}?")), "LIST-010: {detail}");
    }
    let config = server.get("/ServiceProviderConfig").await.json();
    assert_eq!(config["sort"]["supported"], true, "DISC-011");
    let paging = &config["pagination"];
    assert_eq!((&paging["cursor"], &paging["index"]), (&json!(true), &json!(true)), "CUR-001");
    assert_eq!(paging["defaultPaginationMethod"], "index", "CUR-002, CUR-018");
    for size in ["defaultPageSize", "maxPageSize", "cursorTimeout"] {
        assert!(paging[size].as_u64().unwrap() > 0, "CUR-002: {size}");
    }
}

/// Follows the cursors to the last page. Returns the names page by page, and the last response.
async fn follow(server: &Server, path: &str, query: &str) -> (Vec<String>, Value) {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = server.get(&format!("{path}?cursor={cursor}&{query}")).await.json();
        assert_eq!(list["schemas"], json!([LIST]), "{list}");
        assert!(list.get("startIndex").is_none() && list.get("previousCursor").is_none(), "CUR-006: {list}");
        pages.push(names(&list));
        match list["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (pages, list),
        }
        let is_unreserved = cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        assert!(is_unreserved && !cursor.is_empty(), "CUR-008: {cursor}");
    }
}

#[tokio::test]
async fn cursor_paging_returns_each_resource_once() {
    let server = five().await;
    for (id, query, pages) in [
        ("CUR-003, CUR-004, CUR-005", "count=2".to_owned(), &["cB", "ad", "e"][..]),
        ("CUR-005", "count=5".to_owned(), &["cBade"]),
        ("CUR-009", "count=1".to_owned(), &["c", "B", "a", "d", "e"]),
        ("CUR-009", String::new(), &["cBade"]),
        ("CUR-010", "count=0".to_owned(), &[""]),
        ("CUR-010", "count=-1".to_owned(), &[""]),
        ("CUR-019", "sortBy=title&count=2".to_owned(), &["ad", "Bc", "e"]),
        ("CUR-009", format!("count=2&{}", filter("title co \"a\"")), &["Ba", "d"]),
        ("CUR-009", format!("count=2&{}", filter("userName gt \"a\"")), &["cB", "de"]),
    ] {
        let (seen, last) = follow(&server, "/Users", &query).await;
        assert_eq!(seen, pages, "{id}: {query}");
        assert_eq!(last["itemsPerPage"], pages.last().unwrap().len(), "{id}: {query}");
    }
    server.group("g", &[]).await;
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "cursor": "", "count": 5});
    for path in ["/Users/.search", "/.search"] {
        let mut body = search.clone();
        let mut seen = String::new();
        loop {
            let list = server.post(path, body.clone()).await.json();
            seen += &names(&list);
            let Some(next) = list["nextCursor"].as_str() else { break };
            body["cursor"] = next.into();
        }
        assert_eq!(seen, if path == "/.search" { "cBadeg" } else { "cBade" }, "CUR-017: {path}");
    }
}

#[tokio::test]
async fn a_cursor_expires_after_the_advertised_timeout() {
    let clock = Arc::new(TestClock::at(jiff::Timestamp::UNIX_EPOCH));
    let ticking = Arc::clone(&clock);
    let server = Server::with(|settings| Settings { clock, ..settings }).await;
    for name in ["a", "b", "c"] {
        server.user(name).await;
    }
    let timeout = server.get("/ServiceProviderConfig").await.json()["pagination"]["cursorTimeout"].as_i64().unwrap();
    let first = server.get("/Users?cursor=&count=1").await.json();
    let next = format!("/Users?cursor={}", first["nextCursor"].as_str().unwrap());
    ticking.advance(jiff::SignedDuration::from_secs(timeout));
    assert_eq!(names(&server.get(&next).await.json()), "b", "CUR-002, CUR-012");
    ticking.advance(jiff::SignedDuration::from_secs(1));
    server.get(&next).await.is_scim_error(400, Some("expiredCursor")); // CUR-012
}

#[tokio::test]
async fn deleting_a_listed_resource_neither_repeats_nor_hides_others() {
    let server = five().await;
    let first = server.get("/Users?cursor=&count=2").await.json();
    let id = first["Resources"][0]["id"].as_str().unwrap();
    assert_eq!(server.delete(&format!("/Users/{id}")).await.status, 204);
    let next = first["nextCursor"].as_str().unwrap();
    let second = server.get(&format!("/Users?cursor={next}&count=2")).await.json();
    assert_eq!((names(&second).as_str(), &second["totalResults"]), ("ad", &json!(4)), "PAG-016");
}

#[tokio::test]
async fn a_cursor_survives_a_restart_of_the_server() {
    let server = five().await;
    let pages = async |base: &str, path: &str| server.get(&format!("{base}{path}")).await.json();
    for query in ["count=2", "sortBy=title&count=2"] {
        let first = pages(&server.scim_url, &format!("/Users?cursor=&{query}")).await;
        let next = first["nextCursor"].as_str().unwrap();
        // A second server on the same store, like the first one after a restart.
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let other = Reference::start(listener, Settings::over(server.store.clone())).unwrap();
        let base = server.scim_url.replace(&server.reference.base_url(), &other.base_url());
        let second = pages(&base, &format!("/Users?cursor={next}&{query}")).await;
        let wanted = pages(&server.scim_url, &format!("/Users?cursor={next}&{query}")).await;
        assert_eq!((names(&second), names(&second).len()), (names(&wanted), 2), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_is_valid_only_for_its_own_query() {
    let server = five().await;
    let page = server.get("/Users?cursor=&count=2").await.json();
    let next = page["nextCursor"].as_str().unwrap();
    let (url, token) = server.another_directory("Other").await;
    let mut responses = Vec::new();
    for (id, query) in [
        ("CUR-011", format!("/Users?cursor={}", &next[1..])),
        ("CUR-011", "/Users?cursor=abc".to_owned()),
        ("CUR-014", format!("/Groups?cursor={next}")),
        ("CUR-014", format!("/Users?cursor={next}&{}", filter("userName pr"))),
        ("CUR-014", format!("/Users?cursor={next}&sortBy=title")),
        ("CUR-015", format!("{url}/Users?cursor={next}")),
    ] {
        let bearer = if query.starts_with("http") { &token } else { &server.token };
        let headers = [("authorization", format!("Bearer {bearer}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = server.send_with(reqwest::Method::GET, &query, &headers, None).await;
        reply.is_scim_error(400, Some("invalidCursor"));
        assert_eq!(reply.json()["schemas"], json!([ERROR]), "{id}");
        responses.push(reply.text);
    }
    responses.dedup();
    assert_eq!(responses.len(), 1, "CUR-016");
    for count in ["3", "x", "1.5"] {
        let reply = server.get(&format!("/Users?cursor={next}&count={count}")).await;
        reply.is_scim_error(400, Some("invalidCount"));
    }
    // The page size cannot change; the returned attributes can.
    let rest = server.get(&format!("/Users?cursor={next}&attributes=userName")).await.json();
    assert_eq!((names(&rest).as_str(), rest["Resources"][0].get("title")), ("ad", None), "CUR-013");
}

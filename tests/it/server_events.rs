//! The Events API over HTTP, as a WorkOS client library would use it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::Server;

fn names(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_are_returned_in_pages_oldest_first() {
    let server = Server::start().await;
    for n in 0..12 {
        server.user(&format!("u{n}@example.com")).await;
    }
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let query = after.map_or("?limit=5".to_owned(), |after| format!("?limit=5&after={after}"));
        let page = server.events(&query).await.json();
        assert_eq!(page["object"], "list");
        assert_eq!(page["list_metadata"].as_object().unwrap().keys().collect::<Vec<_>>(), ["after"]);
        for event in page["data"].as_array().unwrap() {
            assert_eq!(event["object"], "event");
            seen.push(event["id"].as_str().unwrap().to_owned());
        }
        match page["list_metadata"]["after"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(seen, sorted, "each event once, ids in log order");
    assert!(seen.len() >= 13, "{seen:?}");
    let first = server.events("").await.json();
    assert_eq!(names(&first)[0], "dsync.activated");
    assert_eq!(first["data"].as_array().unwrap().len(), 10, "the default limit is ten");
    let newest = server.events("?order=desc&limit=1").await.json();
    assert_eq!(newest["data"][0]["id"], seen.last().unwrap().as_str());
}

#[tokio::test]
async fn events_are_filtered_by_name_organization_and_time() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    server.patch(&format!("/Users/{id}"), json!([{"op": "replace", "value": {"active": false}}])).await;
    let both = ["dsync.user.created", "dsync.user.updated"];
    for query in [
        "?events=dsync.user.created,dsync.user.updated",
        "?events=dsync.user.created&events=dsync.user.updated",
        "?events[]=dsync.user.created&events[]=dsync.user.updated",
        "?events[0]=dsync.user.created&events[1]=dsync.user.updated",
    ] {
        assert_eq!(names(&server.events(query).await.json()), both, "{query}");
    }
    let mine = server.events(&format!("?organization_id={}&events=dsync.user.created", server.organization_id)).await;
    assert_eq!(names(&mine.json()), both[..1]);
    assert!(names(&server.events("?organization_id=org_nobody").await.json()).is_empty());
    assert!(names(&server.events("?range_end=2020-01-01T00:00:00Z").await.json()).is_empty());
    assert!(names(&server.events("?range_start=2020-01-01T00:00:00.000Z").await.json()).len() >= 3);
}

#[tokio::test]
async fn errors_have_the_format_of_workos() {
    let server = Server::start().await;
    let cursor = server.events("?limit=1").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    for (query, status) in [
        ("?limit=0".to_owned(), 422),
        ("?limit=101".to_owned(), 422),
        ("?limit=ten".to_owned(), 422),
        ("?order=up".to_owned(), 422),
        ("?events=nonsense".to_owned(), 422),
        ("?range_start=2026-11-20T10:15:00%2B00:00".to_owned(), 422),
        ("?range_start=yesterday".to_owned(), 422),
        (format!("?after={cursor}&range_start=2020-01-01T00:00:00Z"), 422),
        ("?after=%zz".to_owned(), 422),
        ("?after=event_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(), 400),
        ("?after=nonsense".to_owned(), 400),
    ] {
        let reply = server.events(&query).await;
        assert_eq!(reply.status, status, "{query}: {}", reply.text);
        assert!(reply.json()["message"].is_string(), "{}", reply.text);
    }
}

#[tokio::test]
async fn reading_events_requires_an_api_key() {
    let server = Server::start().await;
    for authorization in ["Bearer wrong", "Basic c2s6", &server.api_key, &format!("Bearer {}", server.token)] {
        let reply = server.send_with(Method::GET, &server.events_url, &[("authorization", authorization)], None).await;
        assert_eq!(reply.status, 401, "{authorization}");
        assert!(reply.json()["message"].is_string());
        assert!(reply.header("x-request-id").is_some());
    }
    let key = format!("Bearer {}", server.api_key);
    let headers = [("authorization", key.as_str())];
    let posted = server.send_with(Method::POST, &server.events_url, &headers, Some("{}".to_owned())).await;
    assert_eq!(posted.status, 405);
    let put = server.send_with(Method::PUT, &server.events_url, &headers, None).await;
    assert_eq!(put.header("allow"), Some("GET, HEAD"));
    // An API key is not a SCIM token.
    server.send_with(Method::GET, "/Users", &[("authorization", &key)], None).await.is_scim_error(401, None);
}

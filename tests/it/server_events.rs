//! The Events API over HTTP, as a WorkOS client library would use it.

use reqwest::Method;
use scimulate::directory::Settings;
use scimulate::events::OnDeactivate;
use scimulate::store::{AdminCommand, Store};
use serde_json::{Value, json};

use crate::support::reference::{GROUP, Server, user};

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
async fn a_cursor_that_is_too_old_is_told_from_an_unknown_one() {
    let server = Server::start().await;
    for n in 0..3 {
        server.user(&format!("u{n}@example.com")).await;
    }
    let all = server.events("").await.json();
    let id = |at: usize| all["data"][at]["id"].as_str().unwrap().to_owned();
    let before = all["data"][4]["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let before = before.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
    server.store.administer(AdminCommand::ExpireEvents { before }).await.unwrap();
    for (cursor, code) in [(id(0), "expired_cursor"), ("event_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".to_owned(), "invalid_cursor")]
    {
        for parameter in ["after", "before"] {
            let refused = server.events(&format!("?{parameter}={cursor}")).await;
            assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(code)), "{}", refused.text);
        }
    }
    let rest = server.events("").await.json();
    assert_eq!(rest["data"], json!([all["data"][4]]));
    assert_eq!(server.events(&format!("?after={}", id(3))).await.json()["data"], rest["data"]);
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

/// Starts a reference whose directory deletes deactivated users.
async fn deleting() -> Server {
    let server = Server::start().await;
    let directory = server.store.bootstrap().await.unwrap().directory;
    let settings = Settings { on_deactivate: OnDeactivate::Delete, ..directory.settings };
    server.store.administer(AdminCommand::SetDirectory { id: directory.id, settings }).await.unwrap();
    server
}

/// Returns the events of users and memberships, oldest first: the last part of the name, and the name of the group.
async fn user_events(server: &Server) -> Vec<String> {
    let page = server.events("?limit=100").await.json();
    let events = page["data"].as_array().unwrap().iter().filter_map(|event| {
        let name = event["event"].as_str().unwrap().trim_start_matches("dsync.");
        let group = event["data"]["group"]["name"].as_str();
        let described = group.map_or(name.to_owned(), |group| format!("{name} {group}"));
        name.contains("user").then_some(described)
    });
    events.collect()
}

/// A user that is deactivated, and later activated as Okta does it, by PATCH and then PUT, has a new ID and its memberships.
#[tokio::test]
async fn a_returning_user_is_announced_with_its_memberships() {
    let server = deleting().await;
    let ann = server.user("ann@example.com").await;
    let path = format!("/Users/{ann}");
    let active = |active: bool| json!([{"op": "replace", "value": {"active": active}}]);
    let (crew, _staff) = (server.group("crew", &[&ann]).await, server.group("staff", &[&ann]).await);
    let guests = server.group("guests", &[]).await;
    assert_eq!(server.patch(&path, active(false)).await.status, 200);
    let join = |group: &str| {
        let path = format!("/Groups/{group}");
        let operations = json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]);
        let server = &server;
        async move { assert_eq!(server.patch(&path, operations).await.status, 204) }
    };
    join(&guests).await;
    let dropped = json!({"schemas": [GROUP], "displayName": "crew", "members": []});
    assert_eq!(server.put(&format!("/Groups/{crew}"), dropped).await.status, 200);

    assert_eq!(server.patch(&path, active(true)).await.status, 200);
    assert_eq!(server.put(&path, user("ann@example.com")).await.status, 200);
    join(&guests).await;
    join(&crew).await;
    let expected = [
        "user.created",
        "group.user_added crew",
        "group.user_added staff",
        "user.deleted",
        "user.created",
        "group.user_added staff",
        "group.user_added guests",
        "group.user_added crew",
    ];
    assert_eq!(user_events(&server).await, expected);
    let created = server.events("?events=dsync.user.created").await.json();
    let added = server.events("?events=dsync.group.user_added").await.json();
    let ids: Vec<&Value> = added["data"].as_array().unwrap().iter().map(|event| &event["data"]["user"]["id"]).collect();
    let (first, second) = (&created["data"][0]["data"]["id"], &created["data"][1]["data"]["id"]);
    assert_ne!(first, second);
    assert_eq!(ids, [first, first, second, second, second]);
}

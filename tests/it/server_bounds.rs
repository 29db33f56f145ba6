//! The bounds that whoever runs the server can set: kept, and shown where SCIM has a field.

use std::num::NonZeroU32;

use reqwest::Method;
use scimulate::server::{Bounds, Settings};
use serde_json::{Value, json};

use crate::support::reference::{GROUP, Server, filter, user};

async fn bounded(bounds: Bounds) -> Server {
    Server::with(|settings| Settings { bounds, ..settings }).await
}

// ERR-010, PAG-017
#[tokio::test]
async fn bounds_are_kept_as_they_are_set() {
    let server = bounded(Bounds {
        body_bytes: 2_000,
        depth: 5,
        filter_terms: 2,
        members: 3,
        bulk_operations: 2,
        page_size: 2,
        ..Bounds::default()
    })
    .await;
    let config = server.get("/ServiceProviderConfig").await.json();
    assert_eq!(config["bulk"], json!({"supported": true, "maxOperations": 2, "maxPayloadSize": 2_000}));
    assert_eq!((&config["filter"]["maxResults"], &config["pagination"]["maxPageSize"]), (&json!(2), &json!(2)));

    let mut large = user("ann@example.com");
    large["title"] = "x".repeat(2_000).into();
    assert!(server.post("/Users", large).await.is_scim_error(413, None).contains("2000"));
    let deep: Value = json!({"a": {"b": {"c": {"d": {"e": {}}}}}});
    assert!(server.post("/Users", deep).await.is_scim_error(400, Some("invalidSyntax")).contains('5'));
    let long = filter("title pr or title pr or title pr");
    server.get(&format!("/Users?{long}")).await.is_scim_error(400, Some("invalidFilter"));
    let members = json!([{"value": "1"}, {"value": "2"}, {"value": "3"}, {"value": "4"}]);
    let group = json!({"schemas": [GROUP], "displayName": "Team", "members": members});
    assert!(server.post("/Groups", group).await.is_scim_error(413, None).contains('3'));
    let team = server.group("Team", &[]).await;
    let patch = json!([{"op": "add", "path": "members", "value": members}]);
    server.patch(&format!("/Groups/{team}"), patch).await.is_scim_error(413, None);
    for name in ["ann@example.com", "bob@example.com", "cid@example.com"] {
        server.user(name).await;
    }
    assert_eq!(server.get("/Users?count=500").await.json()["itemsPerPage"], 2);
}

// ERR-011, IPS-006
#[tokio::test]
async fn a_filter_may_hold_as_many_comparisons_as_it_is_told_and_each_counts() {
    const MOST: usize = 512;
    let server = bounded(Bounds { filter_terms: MOST, ..Bounds::default() }).await;
    server.user("ann@example.com").await;
    server.user("bob@example.com").await;
    // The last one decides, by a column, by a row beside, by the document, and in a chain of `and`.
    for (first, last, link, found) in [
        ("id eq \"x\"", "userName eq \"ann@example.com\"", " or ", 1),
        ("id eq \"x\"", "emails.value eq \"bob@example.com\"", " or ", 1),
        ("title eq \"x\"", "not (displayName pr)", " or ", 0),
        ("title ne \"x\"", "userName co \"ann\"", " and ", 1),
        ("emails[value co \"@\"]", "userName sw \"b\"", " and ", 1),
        ("meta.created pr", "meta.lastModified gt \"2020-01-01T00:00:00Z\"", " and ", 2),
    ] {
        let text = [vec![first; MOST - 1], vec![last]].concat().join(link);
        let reply = server.get(&format!("/Users?{}", filter(&text))).await;
        assert_eq!((reply.status, &reply.json()["totalResults"]), (200, &json!(found)), "{first} … {last}");
        let longer = filter(&format!("{text}{link}{last}"));
        server.get(&format!("/Users?{longer}")).await.is_scim_error(400, Some("invalidFilter"));
    }
}

#[tokio::test]
async fn a_directory_beyond_its_rate_waits_and_the_others_do_not() {
    let bounds = Bounds { requests_per_second: NonZeroU32::new(3), ..Bounds::default() };
    let server = bounded(bounds).await;
    let (other_url, other_token) = server.another_directory("Other").await;
    let mut refused = 0;
    for _ in 0..30 {
        let reply = server.get("/Users?count=0").await;
        if reply.status == 429 {
            reply.is_scim_error(429, None);
            assert_eq!(reply.header("retry-after"), Some("1"));
            refused += 1;
        }
    }
    assert!(refused > 0);
    let bearer = format!("Bearer {other_token}");
    let headers = [("authorization", bearer.as_str())];
    let there = server.send_with(Method::GET, &format!("{other_url}/Users"), &headers, None).await;
    assert_eq!(there.status, 200);
    // Whoever has no token is told so, and uses nothing up.
    let wrong = [("authorization", "Bearer wrong")];
    for _ in 0..10 {
        server.send_with(Method::GET, &format!("{other_url}/Users"), &wrong, None).await.is_scim_error(401, None);
    }
    let there = server.send_with(Method::GET, &format!("{other_url}/Users"), &headers, None).await;
    assert_eq!(there.status, 200);
}

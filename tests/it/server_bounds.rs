//! Bounds that the operator can set: each is enforced, and ServiceProviderConfig shows those that it has an attribute for.

use std::num::NonZeroU32;

use reqwest::Method;
use scimulate::http::TransportBounds;
use scimulate::server::{ScimBounds, Settings};
use serde_json::{Value, json};

use crate::support::reference::{GROUP, Server, filter, user};

async fn bounded(bounds: ScimBounds) -> Server {
    Server::with(|settings| Settings { bounds, ..settings }).await
}

// ERR-010, PAG-017
#[tokio::test]
async fn configured_bounds_are_enforced() {
    let bounds =
        ScimBounds { depth: 5, filter_terms: 2, members: 3, bulk_operations: 2, page_size: 2, ..ScimBounds::default() };
    let transport = TransportBounds { body_bytes: 2_000, ..TransportBounds::default() };
    let server = Server::with(|settings| Settings { bounds, transport, ..settings }).await;
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
async fn a_filter_may_contain_comparisons_up_to_the_limit() {
    const MOST: usize = 512;
    let server = bounded(ScimBounds { filter_terms: MOST, ..ScimBounds::default() }).await;
    server.user("ann@example.com").await;
    server.user("bob@example.com").await;
    // The last comparison decides: on a column, on a related row, on the document, and in a chain of `and`.
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
async fn a_directory_beyond_its_rate_gets_429_and_others_do_not() {
    let bounds = ScimBounds { requests_per_second: NonZeroU32::new(3), ..ScimBounds::default() };
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
    // Requests without a valid token get 401 and do not count.
    let wrong = [("authorization", "Bearer wrong")];
    for _ in 0..10 {
        server.send_with(Method::GET, &format!("{other_url}/Users"), &wrong, None).await.is_scim_error(401, None);
    }
    let there = server.send_with(Method::GET, &format!("{other_url}/Users"), &headers, None).await;
    assert_eq!(there.status, 200);
}

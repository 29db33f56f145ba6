//! Responses with large documents, many members or many events: pages end by their size, and no large response delays
//! other requests.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use scimulate::base::limits::{PAGE_BYTES, POINT_READ_MEMBERS};
use scimulate::directory::Command;
use scimulate::scim::Kind;
use scimulate::scim::resource::Member;
use scimulate::store::{Credentials, Expected, Store as _, Write};
use serde_json::{Value, json};

use crate::support::reference::{Server, USER};

/// The size of each document: five fit on a page, and it is below the limit of a request body.
const BYTES: usize = PAGE_BYTES * 10 / 55;
const USERS: usize = 12;

async fn with_large_users() -> Server {
    let server = Server::start().await;
    for n in 0..USERS {
        let user =
            json!({"schemas": [USER], "userName": format!("{n:02}"), "title": "x".repeat(BYTES), "active": true});
        server.post("/Users", user).await.id();
    }
    server
}

fn names(list: &Value) -> Vec<String> {
    let name = |one: &Value| one.get("userName").unwrap_or(&one["displayName"]).as_str().unwrap().to_owned();
    list["Resources"].as_array().unwrap().iter().map(name).collect()
}

fn wanted() -> Vec<String> {
    (0..USERS).map(|n| format!("{n:02}")).collect()
}

/// The true number of resources, in a response that is not much larger than a page.
fn check(text: &str) -> usize {
    assert!(text.len() < PAGE_BYTES + 64 * 1024, "{}", text.len());
    let list: Value = serde_json::from_str(text).unwrap();
    let resources = list["Resources"].as_array().unwrap().len();
    assert_eq!((&list["itemsPerPage"], &list["totalResults"]), (&json!(resources), &json!(USERS)));
    resources
}

// RFC 7644 section 3.4.2.4: a server may return fewer resources than `count`
#[tokio::test]
async fn index_pages_end_by_size_and_the_next_begins_there() {
    let server = with_large_users().await;
    for path in ["/Users", ""] {
        for sort in ["", "&sortBy=userName"] {
            let (mut seen, mut sizes) = (Vec::new(), Vec::new());
            while seen.len() < USERS {
                let start = seen.len() + 1;
                let page = server.get(&format!("{path}?startIndex={start}&count=100{sort}")).await;
                sizes.push(check(&page.text));
                assert_eq!(page.json()["startIndex"], start);
                seen.extend(names(&page.json()));
            }
            assert_eq!((seen, sizes), (wanted(), vec![5, 5, 2]), "{path} {sort}");
        }
    }
}

#[tokio::test]
async fn cursor_pages_end_by_size_and_the_cursor_continues_there() {
    let server = with_large_users().await;
    for path in ["/Users", ""] {
        for sort in ["", "&sortBy=userName"] {
            let (mut seen, mut sizes, mut cursor) = (Vec::new(), Vec::new(), Some(String::new()));
            while let Some(next) = cursor {
                let page = server.get(&format!("{path}?cursor={next}&count=100{sort}")).await;
                sizes.push(check(&page.text));
                seen.extend(names(&page.json()));
                cursor = page.json()["nextCursor"].as_str().map(str::to_owned);
            }
            assert_eq!((seen, sizes), (wanted(), vec![5, 5, 2]), "{path} {sort}");
        }
    }
}

#[tokio::test]
async fn event_pages_end_by_size_and_the_cursor_continues_there() {
    let server = with_large_users().await;
    let (mut seen, mut pages, mut after) = (0, 0, String::new());
    loop {
        let page = server.events(&format!("?limit=100&events=dsync.user.created{after}")).await;
        assert!(page.text.len() < PAGE_BYTES + 64 * 1024, "{}", page.text.len());
        let page = page.json();
        seen += page["data"].as_array().unwrap().len();
        pages += 1;
        match page["list_metadata"]["after"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, USERS);
    assert!(pages > 2, "{pages}");
}

/// Creates a group with this many members, and returns its path.
async fn large_group(server: &Server, members: usize) -> String {
    let key = server.scim_url.rsplit('/').next().unwrap();
    let credentials = Credentials { authorization: Some(format!("Bearer {}", server.token).as_str().into()) };
    let directory = server.store.authenticate(key, &credentials).await.unwrap().unwrap();
    let create = |kind, document: Value, members| {
        let Value::Object(document) = document else { unreachable!() };
        let command = Command::Create { kind, document, members };
        Write { directory: Arc::clone(&directory), expected: Expected::Any, command }
    };
    let users = (0..members).map(|n| create(Kind::User, json!({"userName": format!("user{n}")}), Vec::new()));
    let users = server.store.write_all(users.collect(), None).await;
    let ids = users.into_iter().map(|user| user.unwrap().resource.unwrap().id);
    let members = ids.map(|value| Member { value, display: None }).collect();
    let group = server.store.write(create(Kind::Group, json!({"displayName": "All"}), members)).await.unwrap();
    format!("/Groups/{}", group.resource.unwrap().id)
}

#[tokio::test]
async fn a_large_group_is_returned_whole() {
    let server = Server::start().await;
    let path = large_group(&server, POINT_READ_MEMBERS * 2).await;
    let group = server.get(&path).await;
    assert_eq!((group.status, group.header("etag")), (200, Some("W/\"1\"")));
    let group = group.json();
    assert_eq!(group["members"].as_array().unwrap().len(), POINT_READ_MEMBERS * 2);
    assert!(group["members"][7]["$ref"].as_str().unwrap().starts_with(&server.scim_url));
    assert_eq!(server.get("/Groups?filter=displayName%20eq%20%22all%22").await.json()["Resources"][0], group);
    assert_eq!(server.get("/Groups").await.json()["Resources"][0], group);
    assert_eq!(server.get(&format!("{path}?attributes=displayName")).await.json().get("members"), None);
}

/// Server and clients share one thread here. If that thread read or rendered the groups, `/healthz` would come last.
#[tokio::test]
async fn large_groups_do_not_delay_other_requests() {
    let server = &Server::start().await;
    let path = &large_group(server, 5_000).await;
    let health = server.scim_url.replace("/scim/v2/", " ").split(' ').next().unwrap().to_owned() + "/healthz";
    let requests = [path, path, path, path, &health];
    let mut responses: FuturesUnordered<_> =
        requests.map(async |path| (path, server.get(path).await.status)).into_iter().collect();
    assert_eq!(responses.next().await, Some((&health, 200)));
    while let Some((_, status)) = responses.next().await {
        assert_eq!(status, 200);
    }
}

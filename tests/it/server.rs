//! SCIM endpoints over HTTP: the order of validation, responses, versions, isolation, concurrency.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::reference::{LIST, Server, filter, user};

#[tokio::test]
async fn a_request_is_validated_in_order() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let one = format!("/Users/{id}");
    let wrong = ("authorization", "Bearer wrong");
    let stale = ("if-match", "W/\"99\"");
    let png = ("content-type", "image/png");
    let put = Method::PUT;
    // Each request violates this rule and all later ones; the response reports the first.
    for (headers, method, path, status) in [
        (&[wrong, stale, png][..], Method::POST, "/Nothing", 401),
        (&[stale, png], Method::from_bytes(b"BREW").unwrap(), "/Nothing", 404),
        (&[stale, png], Method::from_bytes(b"BREW").unwrap(), "/Users/nobody", 405),
        (&[stale, png], put.clone(), "/Users/nobody", 404),
        (&[stale, png], put.clone(), &one, 412),
        (&[png], put.clone(), &one, 415),
        (&[], put.clone(), &one, 400),
    ] {
        let reply = server.send_with(method.clone(), path, headers, Some("{".to_owned())).await;
        reply.is_scim_error(status, (status == 400).then_some("invalidSyntax"));
    }
}

#[tokio::test]
async fn an_unknown_directory_and_a_wrong_token_look_the_same() {
    let server = Server::start().await;
    let nowhere = format!("{}/scim/v2/NoSuchDirectory0/Users", server.reference.base_url());
    let unknown = server.get(&nowhere).await;
    let wrong = server.send_with(Method::GET, "/Users", &[("authorization", "Bearer wrong")], None).await;
    let bare = server.send_with(Method::GET, "/Users", &[("authorization", "non-token")], None).await;
    for reply in [&unknown, &wrong, &bare] {
        reply.is_scim_error(401, None);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"scim\", error=\"invalid_token\""));
        assert_eq!(reply.text, unknown.text);
    }
}

#[tokio::test]
async fn a_directory_sees_nothing_of_another() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let group = server.group("Team", &[&id]).await;
    let (other_url, other_token) = server.another_directory("Other").await;
    let other = format!("Bearer {other_token}");
    let paths = [
        "/Users".to_owned(),
        format!("/Users/{id}"),
        "/Groups".to_owned(),
        format!("/Groups/{group}"),
        "/ServiceProviderConfig".to_owned(),
        "/Schemas".to_owned(),
        "/ResourceTypes".to_owned(),
        "/Me".to_owned(),
        "/Nothing".to_owned(),
    ];
    for path in &paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            // The token of the other directory is not valid here ...
            let headers = [("authorization", other.as_str())];
            server.send_with(method, path, &headers, Some("{}".to_owned())).await.is_scim_error(401, None);
        }
    }
    // ... and ids of this directory do not exist in the other one.
    for path in [format!("/Users/{id}"), format!("/Groups/{group}")] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let headers = [("authorization", other.as_str())];
            let reply = server.send_with(method, &format!("{other_url}{path}"), &headers, Some("{}".to_owned())).await;
            reply.is_scim_error(404, None);
        }
    }
    let headers = [("authorization", other.as_str())];
    let there = |path: String| format!("{other_url}{path}");
    let lookup = there(format!("/Users?{}", filter("userName eq \"ann@example.com\"")));
    assert_eq!(server.send_with(Method::GET, &lookup, &headers, None).await.json()["totalResults"], 0);
    // The same userName is free there, and a member of this directory is unknown.
    let twin = user("ann@example.com").to_string();
    let twin = server.send_with(Method::POST, &there("/Users".to_owned()), &headers, Some(twin)).await;
    assert_ne!(twin.id(), id);
    let team =
        json!({"schemas": [crate::support::reference::GROUP], "displayName": "Team", "members": [{"value": id}]});
    let team = server.send_with(Method::POST, &there("/Groups".to_owned()), &headers, Some(team.to_string())).await;
    assert_eq!((team.status, &team.json()["members"]), (201, &json!([])));
}

#[tokio::test]
async fn the_response_to_a_create_has_the_resource_and_its_location() {
    let server = Server::start().await;
    let reply = server.post("/Users", user("ann@example.com")).await;
    let id = reply.id();
    let body = reply.json();
    let location = format!("{}/Users/{id}", server.scim_url);
    assert_eq!(reply.header("location"), Some(location.as_str()));
    assert_eq!(reply.header("etag"), Some("W/\"1\""));
    assert_eq!(reply.header("content-type"), Some("application/scim+json"));
    assert!(reply.header("x-request-id").is_some());
    assert_eq!(body["meta"]["location"], location);
    assert_eq!(body["meta"]["version"], "W/\"1\"");
    assert_eq!(body["meta"]["resourceType"], "User");
    assert_eq!(body["groups"], json!([]));
    assert!(body.get("password").is_none(), "{body}");
    let mut sent = user("ann@example.com");
    for key in ["password", "groups"] {
        sent.as_object_mut().unwrap().shift_remove(key);
    }
    for (key, value) in sent.as_object().unwrap() {
        assert_eq!(&body[key], value, "{key}");
    }
    assert_eq!(server.get(&format!("/Users/{id}")).await.json(), body);
}

#[tokio::test]
async fn a_group_shows_its_members_and_a_user_its_groups() {
    let server = Server::start().await;
    let ann = server.user("ann@example.com").await;
    let inner = server.group("Inner", &[]).await;
    let members = json!([{"value": ann, "display": "ann@example.com"}, {"value": inner}, {"value": "nobody"}]);
    let body = json!({"schemas": [crate::support::reference::GROUP], "displayName": "Team", "members": members});
    let reply = server.post("/Groups", body).await;
    let team = reply.id();
    let expected = json!([
        {"value": ann, "display": "ann@example.com", "type": "User", "$ref": format!("{}/Users/{ann}", server.scim_url)},
        {"value": inner, "type": "Group", "$ref": format!("{}/Groups/{inner}", server.scim_url)},
    ]);
    assert_eq!(reply.json()["members"], expected);
    assert_eq!(server.get(&format!("/Groups/{team}")).await.json()["members"], expected);
    let groups = json!([
        {"value": team, "display": "Team", "type": "direct", "$ref": format!("{}/Groups/{team}", server.scim_url)},
    ]);
    assert_eq!(server.get(&format!("/Users/{ann}")).await.json()["groups"], groups);
    let empty = server.get(&format!("/Groups/{inner}")).await.json();
    assert_eq!(empty["members"], json!([]), "a group without members has an empty array");
    let without = server.get(&format!("/Groups/{team}?excludedAttributes=members")).await.json();
    assert!(without.get("members").is_none() && without["displayName"] == "Team");
    let only = server.get(&format!("/Groups/{team}?attributes=displayName")).await.json();
    assert!(only.get("members").is_none() && only["displayName"] == "Team" && only["id"] == team);
}

#[tokio::test]
async fn a_patch_returns_200_for_a_user_and_204_for_a_group_unless_attributes_are_selected() {
    let server = Server::start().await;
    let ann = server.user("ann@example.com").await;
    let patched = server.patch(&format!("/Users/{ann}"), json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!((patched.status, &patched.json()["active"]), (200, &json!(false)));
    assert_eq!(patched.header("etag"), Some("W/\"2\""));
    let team = server.group("Team", &[]).await;
    let rename = json!([{"op": "replace", "value": {"id": team, "displayName": "Crew"}}]);
    let reply = server.patch(&format!("/Groups/{team}"), rename).await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    let rename = json!([{"op": "replace", "value": {"displayName": "Band"}}]);
    let reply = server.patch(&format!("/Groups/{team}?attributes=displayName"), rename).await;
    assert_eq!((reply.status, &reply.json()["displayName"]), (200, &json!("Band")));
    assert_eq!(server.delete(&format!("/Groups/{team}")).await.status, 204);
    server.get(&format!("/Groups/{team}")).await.is_scim_error(404, None);
}

#[tokio::test]
async fn lists_count_with_integers_within_bounds() {
    let server = Server::start().await;
    for n in 0..5 {
        server.user(&format!("user{n}@example.com")).await;
    }
    for (query, start, names) in [
        ("", 1, vec![0, 1, 2, 3, 4]),
        ("?startIndex=1&count=2", 1, vec![0, 1]),
        ("?startIndex=4&count=2", 4, vec![3, 4]),
        ("?startIndex=0&count=1", 1, vec![0]),
        ("?startIndex=-7&count=1", 1, vec![0]),
        ("?count=0", 1, vec![]),
        ("?count=-1", 1, vec![]),
        ("?startIndex=101&count=100", 101, vec![]),
        ("?count=99999999999999999999", 1, vec![0, 1, 2, 3, 4]),
        ("?startIndex=99999999999999999999", i64::MAX, vec![]),
    ] {
        let list = server.get(&format!("/Users{query}")).await.json();
        let found: Vec<&str> =
            list["Resources"].as_array().unwrap().iter().map(|user| user["userName"].as_str().unwrap()).collect();
        let expected: Vec<String> = names.iter().map(|n| format!("user{n}@example.com")).collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(list["schemas"], json!([LIST]));
        assert_eq!(list["totalResults"], 5, "{query}");
        assert_eq!(list["startIndex"], start, "{query}");
        assert_eq!(list["itemsPerPage"], names.len(), "{query}");
    }
}

#[tokio::test]
async fn preconditions_are_evaluated() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let one = format!("/Users/{id}");
    let same = server.send_with(Method::GET, &one, &[("if-none-match", "W/\"1\"")], None).await;
    assert_eq!((same.status, same.text.as_str(), same.header("etag")), (304, "", Some("W/\"1\"")));
    let newer = server.send_with(Method::GET, &one, &[("if-none-match", "W/\"2\"")], None).await;
    assert_eq!(newer.status, 200);
    let body = user("ann2@example.com").to_string();
    let stale = server.send_with(Method::PUT, &one, &[("if-match", "W/\"7\"")], Some(body.clone())).await;
    stale.is_scim_error(412, None);
    let fresh = server.send_with(Method::PUT, &one, &[("if-match", "W/\"1\"")], Some(body)).await;
    assert_eq!((fresh.status, fresh.header("etag")), (200, Some("W/\"2\"")));
    server.send_with(Method::DELETE, &one, &[("if-match", "W/\"1\"")], None).await.is_scim_error(412, None);
    assert_eq!(server.send_with(Method::DELETE, &one, &[("if-match", "*")], None).await.status, 204);
}

#[tokio::test]
async fn discovery_describes_the_server() {
    let server = Server::start().await;
    let config = server.get("/ServiceProviderConfig").await.json();
    for supported in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert_eq!(config[supported]["supported"], true, "{supported}");
    }
    for endpoint in ["ResourceTypes", "Schemas"] {
        let list = server.get(&format!("/{endpoint}")).await.json();
        let all = list["Resources"].as_array().unwrap();
        assert!(!all.is_empty());
        for one in all {
            let id = one["id"].as_str().unwrap();
            let location = format!("{}/{endpoint}/{id}", server.scim_url);
            assert_eq!(one["meta"]["location"], location);
            assert_eq!(&server.get(&location).await.json(), one);
        }
        server.get(&format!("/{endpoint}/nothing")).await.is_scim_error(404, None);
    }
}

#[tokio::test]
async fn locations_follow_the_host_that_the_client_used() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let key = server.scim_url.rsplit('/').next().unwrap();
    let host = [("host", "scim.example.com:8443")];
    let reply = server.send_with(Method::GET, &format!("/Users/{id}"), &host, None).await;
    let location = format!("http://scim.example.com:8443/scim/v2/{key}/Users/{id}");
    assert_eq!(reply.json()["meta"]["location"], location);
}

#[tokio::test]
async fn one_of_several_racing_creates_of_the_same_name_succeeds() {
    let server = Server::start().await;
    let racing = (0..16).map(|n| {
        let name = if n % 2 == 0 { "race@example.com" } else { "RACE@example.com" };
        server.post("/Users", user(name))
    });
    let mut statuses: Vec<u16> = futures::future::join_all(racing).await.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[409; 15]].concat());
    assert_eq!(server.get("/Users").await.json()["totalResults"], 1);
}

// PAT-079
#[tokio::test]
async fn racing_membership_patches_are_all_applied() {
    let server = Server::start().await;
    let team = server.group("Team", &[]).await;
    let mut ids = Vec::new();
    for n in 0..16 {
        ids.push(server.user(&format!("u{n}@example.com")).await);
    }
    let path = format!("/Groups/{team}");
    let adding =
        ids.iter().map(|id| server.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": id}]}])));
    assert!(futures::future::join_all(adding).await.iter().all(|reply| reply.status == 204));
    assert_eq!(server.members(&team).await, ids);
    let events = server.events("?limit=100&events=dsync.group.user_added").await.json();
    let added: HashSet<&Value> =
        events["data"].as_array().unwrap().iter().map(|event| &event["data"]["user"]["id"]).collect();
    assert_eq!(added.len(), 16);
}

#[tokio::test]
async fn a_stopped_server_finishes_its_requests() {
    let Server { reference, scim_url, token, .. } = Server::start().await;
    let url = reqwest::Url::parse(&scim_url).unwrap();
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let body = user("late@x.com").to_string();
    let head = format!(
        "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        url.path(),
        body.len()
    );
    let mut accepted = TcpStream::connect(address).await.unwrap();
    accepted.write_all(head.as_bytes()).await.unwrap();
    // The server has sent 100 Continue, so the request is in progress.
    let mut interim = [0; 25];
    accepted.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    let stopping = tokio::spawn(reference.stop());
    // Once it accepts no connection, it is stopping.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    accepted.write_all(body.as_bytes()).await.unwrap();
    let mut response = String::new();
    accepted.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 201 Created\r\n") && response.contains("late@x.com"), "{response}");
    stopping.await.unwrap().unwrap();
}

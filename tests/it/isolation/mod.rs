//! Isolation of directories: the token of one directory is sent to every route of another, with its ids, names and cursors.
//! All responses are identical and contain no data, and the server makes the same single call of the store for each. The
//! server therefore does the same work whatever exists, and takes the same time. [`timing`] measures that.

mod counted;
mod timing;

use reqwest::Method;
use scimulate::server::Settings;
use serde_json::json;

use self::counted::Counted;
use crate::support::reference::{PATCH_OP, Reply, Server, USER, filter, user};

/// Words in the other directory's data, which no response may contain.
const WORDS: &[&str] = &["ann@example.com", "Secret Team", "00uann"];

/// Returns a response without the headers that differ each time.
fn essence(reply: &Reply) -> String {
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!("{} {headers:?} {}", reply.status, reply.text)
}

/// Returns every route, with these ids and an unknown one.
fn routes(ids: &[&str], lookup: &str, cursor: &str) -> Vec<String> {
    let mut routes: Vec<String> =
        ["", "/", "/Me", "/Bulk", "/.search", "/Users/.search", "/Groups/.search", "/Nothing"]
            .map(str::to_owned)
            .to_vec();
    for discovery in
        ["ServiceProviderConfig", "ResourceTypes", "ResourceTypes/User", "Schemas", &format!("Schemas/{USER}")]
    {
        routes.push(format!("/{discovery}"));
    }
    for id in ids.iter().chain(&["01ARZ3NDEKTSV4RRFFQ69G5FAV"]) {
        routes.extend([format!("/Users/{id}"), format!("/Groups/{id}"), format!("/Users/{id}?attributes=userName")]);
    }
    routes.extend([
        format!("/Users?{lookup}"),
        format!("/Users?cursor={cursor}&count=1"),
        "/Users?sortBy=userName".to_owned(),
        "/Groups".to_owned(),
    ]);
    routes
}

#[tokio::test]
async fn a_token_of_another_directory_reveals_nothing() {
    let mut store = None;
    let server = Server::with(|settings| {
        let counted = store.insert(Counted::over(settings.store)).clone();
        Settings { store: counted, ..settings }
    })
    .await;
    let store = store.unwrap();
    let ann = server.user("ann@example.com").await;
    let team = server.group("Secret Team", &[&ann]).await;
    server.user("second@example.com").await;
    let first = server.get("/Users?cursor=&count=1").await.json();
    let cursor = first["nextCursor"].as_str().unwrap().to_owned();
    let before = (server.get("/Users").await.json(), server.get("/Groups").await.json());
    let (other_url, other_token) = server.another_directory("Other").await;
    let other = [("authorization", format!("Bearer {other_token}"))];
    let other: Vec<(&str, &str)> = other.iter().map(|(name, value)| (*name, value.as_str())).collect();

    let lookup = filter("userName eq \"ann@example.com\"");
    let routes = routes(&[&ann, &team], &lookup, &cursor);
    let rename = json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": {"displayName": "Gone"}}]});
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName pr"});
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{"method": "DELETE", "path": format!("/Users/{ann}")}]});
    let mut large = user("ann@example.com");
    large["title"] = "x".repeat(100_000).into();
    let bodies =
        [None, Some(user("ann@example.com")), Some(rename.clone()), Some(search), Some(bulk.clone()), Some(large)];
    let nowhere = server.scim_url.replace(server.scim_url.rsplit('/').next().unwrap(), "0000000000000000");
    let mut responses = Vec::new();
    for (base, route) in [&server.scim_url, &nowhere].iter().flat_map(|base| routes.iter().map(move |r| (base, r))) {
        for method in
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        {
            for body in &bodies {
                if body.is_some() && (method == Method::GET || method == Method::HEAD) {
                    continue;
                }
                store.take();
                let url = format!("{base}{route}");
                let reply =
                    server.send_with(method.clone(), &url, &other, body.as_ref().map(ToString::to_string)).await;
                assert_eq!(reply.status, 401, "AUT-010, AUT-012: {method} {route}: {}", reply.text);
                assert_eq!(store.take(), ["authenticate"], "SEC-009: {method} {route}: nothing is read");
                if method != Method::HEAD {
                    responses.push(essence(&reply));
                }
            }
        }
    }
    responses.sort();
    responses.dedup();
    assert_eq!(responses.len(), 1, "AUT-012, SEC-009: {responses:?}");

    // In the token's own directory, the same ids and cursors do not exist.
    for route in routes.iter().filter(|route| !matches!(route.as_str(), "/Nothing" | "/Me")) {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let body = (method != Method::GET).then(|| rename.to_string());
            let reply = server.send_with(method.clone(), &format!("{other_url}{route}"), &other, body).await;
            for word in WORDS {
                let in_request = route.contains(&lookup);
                assert!(in_request || !reply.text.contains(word), "AUT-012: {method} {route}: {}", reply.text);
            }
        }
    }
    let run = server.send_with(Method::POST, &format!("{other_url}/Bulk"), &other, Some(bulk.to_string())).await;
    assert_eq!((run.status, &run.json()["Operations"][0]["status"]), (200, &json!("404")), "AUT-012: {}", run.text);
    let taken = server
        .send_with(Method::POST, &format!("{other_url}/Users"), &other, Some(user("ann@example.com").to_string()))
        .await;
    assert_eq!(taken.status, 201, "AUT-013");
    let all = server.send_with(Method::GET, &format!("{other_url}/Users"), &other, None).await.json();
    assert_eq!(all["totalResults"], 1, "AUT-012");
    assert_eq!((server.get("/Users").await.json(), server.get("/Groups").await.json()), before, "nothing was changed");
}

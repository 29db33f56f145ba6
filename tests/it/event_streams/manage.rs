//! Streams in the directory API, and what ServiceProviderConfig says about them.

use reqwest::Method;
use serde_json::{Value, json};

use super::token::{PROV, Stream};
use crate::support::reference::Server;

/// RFC 9967 section 4: `securityEvents` is absent while the server is not configured for security events (EVT-001, EVT-009).
#[tokio::test]
async fn service_provider_config_lists_the_events_of_a_directory_with_a_stream() {
    let server = Server::start().await;
    let config = async || server.get("/ServiceProviderConfig").await.json()["securityEvents"].clone();
    assert_eq!(config().await, Value::Null);
    let stream = Stream::polled(&server).await;
    let kinds = ["create:notice", "put:notice", "patch:notice", "delete", "activate", "deactivate"];
    let uris = kinds.map(|kind| format!("{PROV}{kind}"));
    assert_eq!(config().await, json!({"asyncRequest": "none", "eventUris": uris}));
    // A request for asynchronous execution is executed at once (RFC 9967 section 2.5.1.1).
    let headers = [("prefer", "respond-async"), ("content-type", "application/scim+json")];
    let body = crate::support::reference::user("ann@x.example").to_string();
    let created = server.send_with(Method::POST, "/Users", &headers, Some(body)).await;
    assert_eq!((created.status, created.header("set-txn")), (201, None));
    let path = format!("/scimulate/event_streams/{}", stream.id);
    assert_eq!(server.api(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(config().await, Value::Null);
    let polled = stream.poll(&server, json!({})).await;
    assert_eq!(polled.status, 401);
    assert_eq!(server.api(Method::DELETE, &path, None).await.status, 404);
}

#[tokio::test]
async fn streams_are_listed_without_their_secrets() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    let token = stream.shown["token"].as_str().unwrap();
    let directory = stream.shown["directory_id"].as_str().unwrap();
    let base = server.reference.base_url();
    assert_eq!(stream.shown["issuer"], server.scim_url);
    assert_eq!(stream.shown["audience"], format!("{base}/event_streams/{}", stream.id));
    assert_eq!(stream.shown["poll_url"], format!("{base}/event_streams/{}/poll", stream.id));
    let list = server.api_get(&format!("/scimulate/directories/{directory}/event_streams")).await;
    assert_eq!(list["data"][0], server.api_get(&format!("/scimulate/event_streams/{}", stream.id)).await);
    assert!(!list.to_string().contains(token), "{list}");
}

#[tokio::test]
async fn mistakes_are_reported() {
    let server = Server::start().await;
    let directory = server.api_get("/directories").await["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/scimulate/directories/{directory}/event_streams");
    for (body, field) in [
        (json!({}), "delivery"),
        (json!({"delivery": "mail"}), "delivery"),
        (json!({"delivery": "push"}), "endpoint_url"),
        (json!({"delivery": "poll", "endpoint_url": "https://203.0.113.7/"}), "endpoint_url"),
        (json!({"delivery": "push", "endpoint_url": "https://203.0.113.7/", "authorization": "a\nb"}), "authorization"),
    ] {
        let refused = server.api(Method::POST, &path, Some(&body)).await;
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    let poll = json!({"delivery": "poll"});
    let unknown = server.api(Method::POST, "/scimulate/directories/directory_1/event_streams", Some(&poll)).await;
    assert_eq!(unknown.status, 404, "{}", unknown.text);
    for n in 0..11 {
        let made = server.api(Method::POST, &path, Some(&poll)).await;
        let expected = if n < 10 { (201, Value::Null) } else { (422, json!("too_many_streams")) };
        assert_eq!((made.status, made.json()["code"].clone()), expected);
    }
}

#[tokio::test]
async fn a_removed_directory_takes_its_streams_with_it() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    let directory = stream.shown["directory_id"].as_str().unwrap();
    assert_eq!(server.api(Method::DELETE, &format!("/directories/{directory}"), None).await.status, 202);
    assert_eq!(stream.poll(&server, json!({})).await.status, 401);
    let path = format!("/scimulate/event_streams/{}", stream.id);
    assert_eq!(server.api(Method::GET, &path, None).await.status, 404);
}

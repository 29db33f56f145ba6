//! Pushing: requests, retries, exhaustion, and private targets.

use std::time::Duration;

use reqwest::Method;
use scimulate::delivery::{WebhookSettings, new_signing_key};
use scimulate::server::Settings;
use scimulate::store::{AdminCommand, Store as _, StreamCommand};
use serde_json::{Value, json};
use wiremock::Request;

use super::token::{Stream, claims, uris};
use crate::support::reference::Server;
use crate::webhooks::receiver::Receiver;

/// The waits are 1 ms, 5 ms and so on.
const QUICK: Duration = Duration::from_millis(3_906);

async fn server() -> Server {
    let webhooks = WebhookSettings { allow_private: true, retry_time: QUICK, ..WebhookSettings::default() };
    Server::with(|settings| Settings { webhooks, ..settings }).await
}

async fn pushed(server: &Server, receiver: &Receiver) -> Stream {
    let body = json!({
        "delivery": "push", "endpoint_url": receiver.url(), "audience": "https://receiver.example/",
        "authorization": "Bearer of-the-receiver",
    });
    Stream::create(server, &body).await
}

/// RFC 8935 section 2.1.
#[tokio::test]
async fn a_token_is_the_body_of_a_post() {
    let server = server().await;
    let mut receiver = Receiver::start(&[202, 202]).await;
    let stream = pushed(&server, &receiver).await;
    assert_eq!(stream.shown["audience"], "https://receiver.example/");
    assert_eq!(stream.shown["poll_url"], Value::Null);
    assert!(stream.shown.get("token").is_none() && !stream.shown.to_string().contains("of-the-receiver"));
    let users = [server.user("ann@x.example").await, server.user("bob@x.example").await];
    let mut tokens = Vec::new();
    for _ in &users {
        let Request { method, headers, body, .. } = receiver.request().await;
        assert_eq!(method.as_str(), "POST");
        assert_eq!(headers["content-type"], "application/secevent+jwt");
        assert_eq!(headers["accept"], "application/json");
        assert_eq!(headers["authorization"], "Bearer of-the-receiver");
        assert!(headers.get("workos-signature").is_none());
        tokens.push(stream.claims(std::str::from_utf8(&body).unwrap()));
    }
    assert_eq!(uris(&tokens), users.map(|id| format!("/Users/{id}")));
    let polled = stream.poll_as(&server, "", json!({})).await;
    assert_eq!(polled.status, 401, "a stream that is pushed cannot be polled");
}

/// RFC 8935 section 2.3: the receiver reports an error. The token is sent again, with the same `jti`.
#[tokio::test]
async fn a_token_is_retried_and_the_next_one_waits() {
    let server = server().await;
    let mut receiver = Receiver::start(&[400, 503, 302, 202, 202]).await;
    let stream = pushed(&server, &receiver).await;
    for name in ["ann@x.example", "bob@x.example"] {
        server.user(name).await;
    }
    let mut tokens = Vec::new();
    for _ in 0..5 {
        let request = receiver.request().await;
        tokens.push(stream.claims(std::str::from_utf8(&request.body).unwrap()));
    }
    assert!(tokens[..4].iter().all(|claims| *claims == tokens[0]), "{tokens:#?}");
    assert_ne!(tokens[4]["jti"], tokens[0]["jti"]);
}

#[tokio::test]
async fn a_stream_is_disabled_after_the_last_retry_and_continues_when_it_is_enabled() {
    let server = server().await;
    let mut receiver = Receiver::start(&[503; 7]).await;
    let stream = pushed(&server, &receiver).await;
    server.user("ann@x.example").await;
    let mut first = Value::Null;
    for _ in 0..7 {
        first = stream.claims(std::str::from_utf8(&receiver.request().await.body).unwrap());
    }
    let path = format!("/scimulate/event_streams/{}", stream.id);
    let shown = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let shown = server.api_get(&path).await;
            if shown["status"] == "disabled" {
                return shown;
            }
        }
    });
    let shown = shown.await.expect("the stream was not disabled");
    assert_eq!(shown["last_error"], format!("{}: status 503", first["jti"].as_str().unwrap()));
    let attempts = server.api_get(&format!("{path}/attempts?order=asc&limit=100")).await;
    let numbers: Vec<u64> =
        attempts["data"].as_array().unwrap().iter().map(|attempt| attempt["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(attempts["data"][0]["event_id"], first["jti"]);
    // What happens while it is disabled is not queued; what was queued before is.
    let config = server.get("/ServiceProviderConfig").await.json();
    assert!(config.get("securityEvents").is_none(), "{config}");
    server.user("missed@x.example").await;
    let enabled = server.api(Method::PATCH, &path, Some(&json!({"status": "enabled"}))).await;
    assert_eq!((enabled.status, &enabled.json()["status"]), (200, &json!("enabled")));
    let bob = server.user("bob@x.example").await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        tokens.push(stream.claims(std::str::from_utf8(&receiver.request().await.body).unwrap()));
    }
    assert_eq!(tokens[0], first);
    assert_eq!(uris(&tokens)[1], format!("/Users/{bob}"));
}

/// The keys are rotated while a token waits for its response. The next one, which was read together with it, has the new key.
#[tokio::test]
async fn a_rotated_key_signs_the_next_token() {
    let server = server().await;
    let mut receiver = Receiver::gated().await;
    let stream = pushed(&server, &receiver).await;
    let directory = stream.shown["directory_id"].as_str().unwrap();
    server.user("ann@x.example").await;
    receiver.request().await;
    // They wait until the first response, so they are read together.
    for name in ["bob@x.example", "cid@x.example"] {
        server.user(name).await;
    }
    receiver.open();
    receiver.request().await;
    // After two rotations the first key is no longer published.
    for _ in 0..2 {
        let rotate = StreamCommand::RotateKey { directory: directory.to_owned(), key: new_signing_key().unwrap() };
        server.store.administer(AdminCommand::Stream(rotate)).await.unwrap();
    }
    receiver.open();
    let token = String::from_utf8(receiver.request().await.body).unwrap();
    receiver.open();
    let keys = server.send_with(Method::GET, stream.shown["jwks_url"].as_str().unwrap(), &[], None).await.json();
    let newest = json!({"keys": [keys["keys"][0]]});
    assert_eq!(claims(&token, &newest)["aud"], stream.shown["audience"]);
}

#[tokio::test]
async fn private_targets_are_refused() {
    let server = Server::start().await;
    let directory = server.api_get("/directories").await["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/scimulate/directories/{directory}/event_streams");
    for host in ["127.0.0.1:9", "[::1]", "169.254.169.254", "localhost"] {
        let body = json!({"delivery": "push", "endpoint_url": format!("https://{host}/")});
        let refused = server.api(Method::POST, &path, Some(&body)).await;
        assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("invalid_url")), "{host}");
    }
}

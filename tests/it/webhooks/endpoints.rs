//! Webhook endpoints in the directory API.

use reqwest::Method;
use scimulate::delivery::WebhookSettings;
use scimulate::server::Settings;
use serde_json::{Value, json};

use crate::support::reference::Server;

const PATH: &str = "/webhook_endpoints";

#[tokio::test]
async fn endpoints_are_created_listed_changed_and_deleted() {
    let server = Server::start().await;
    let body = json!({"endpoint_url": "https://203.0.113.7/hook", "events": ["dsync.user.created", "dsync.deleted"]});
    let created = server.api(Method::POST, PATH, Some(&body)).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let created = created.json();
    let keys: Vec<&str> = created.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["object", "id", "endpoint_url", "secret", "status", "events", "created_at", "updated_at"];
    assert_eq!(keys, expected);
    assert_eq!((&created["object"], &created["status"]), (&json!("webhook_endpoint"), &json!("enabled")));
    assert_eq!((&created["events"], &created["endpoint_url"]), (&body["events"], &body["endpoint_url"]));
    let (id, secret) = (created["id"].as_str().unwrap(), created["secret"].as_str().unwrap());
    assert!(id.starts_with("we_") && secret.starts_with("whsec_") && secret.len() == 46, "{created}");

    let path = format!("{PATH}/{id}");
    let shown = server.api_get(&path).await;
    assert_eq!(shown["secret"], format!("whsec_***{}", &secret[42..]));
    assert_eq!(server.api_get(PATH).await["data"], json!([shown]));
    let change =
        json!({"status": "disabled", "endpoint_url": "https://203.0.113.8/hook", "events": ["dsync.activated"]});
    let changed = server.api(Method::PATCH, &path, Some(&change)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let changed = changed.json();
    for field in ["status", "endpoint_url", "events"] {
        assert_eq!(changed[field], change[field]);
    }
    assert_eq!(server.api_get(&path).await, changed);
    assert_eq!(server.api(Method::DELETE, &path, None).await.status, 204);
    for (method, body) in [(Method::GET, None), (Method::PATCH, Some(&change)), (Method::DELETE, None)] {
        let gone = server.api(method, &path, body).await;
        assert_eq!((gone.status, &gone.json()["code"]), (404, &json!("entity_not_found")));
    }
}

#[tokio::test]
async fn an_endpoint_without_events_gets_all_that_can_be_subscribed() {
    let server = Server::start().await;
    let body = json!({"endpoint_url": "https://203.0.113.7/hook"});
    let created = server.api(Method::POST, PATH, Some(&body)).await.json();
    let events = created["events"].as_array().unwrap();
    assert_eq!(events.len(), 10);
    assert!(!events.contains(&json!("dsync.token.created")));
}

#[tokio::test]
async fn lists_are_paged() {
    let server = Server::start().await;
    for n in 1..=3 {
        let body = json!({"endpoint_url": format!("https://203.0.113.7/{n}")});
        assert_eq!(server.api(Method::POST, PATH, Some(&body)).await.status, 201);
    }
    let urls = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap();
        data.iter()
            .map(|endpoint| endpoint["endpoint_url"].as_str().unwrap().replace("https://203.0.113.7/", ""))
            .collect()
    };
    let first = server.api_get(&format!("{PATH}?limit=2")).await;
    assert_eq!(urls(&first), ["3", "2"]);
    let after = first["list_metadata"]["after"].as_str().unwrap();
    assert_eq!(urls(&server.api_get(&format!("{PATH}?limit=2&after={after}")).await), ["1"]);
    assert_eq!(urls(&server.api_get(&format!("{PATH}?order=asc")).await), ["1", "2", "3"]);
    let unknown = server.api(Method::GET, &format!("{PATH}?after=we_1"), None).await;
    assert_eq!(unknown.status, 422);
}

#[tokio::test]
async fn mistakes_have_the_codes_of_workos() {
    let server = Server::start().await;
    let url = "https://203.0.113.7/hook";
    let taken = json!({"endpoint_url": url});
    assert_eq!(server.api(Method::POST, PATH, Some(&taken)).await.status, 201);
    let invalid = "invalid_request_parameters";
    for (body, status, code) in [
        (taken.clone(), 409, "duplicate_endpoint"),
        (json!({}), 422, invalid),
        (json!({"endpoint_url": 7}), 422, invalid),
        (json!({"endpoint_url": "hooks"}), 422, "invalid_url"),
        (json!({"endpoint_url": "ftp://203.0.113.7/"}), 422, "invalid_url"),
        (json!({"endpoint_url": "https://user:secret@203.0.113.7/"}), 422, "invalid_url"),
        (json!({"endpoint_url": "https://no-such-host.invalid/"}), 422, "invalid_url"),
        (json!({"endpoint_url": "https://203.0.113.9/", "events": ["dsync.nothing"]}), 422, invalid),
        (json!({"endpoint_url": "https://203.0.113.9/", "events": ["dsync.token.created"]}), 422, invalid),
        (json!({"endpoint_url": "https://203.0.113.9/", "events": []}), 422, invalid),
        (json!({"endpoint_url": "https://203.0.113.9/", "events": "dsync.deleted"}), 422, invalid),
    ] {
        let reply = server.api(Method::POST, PATH, Some(&body)).await;
        assert_eq!((reply.status, &reply.json()["code"]), (status, &json!(code)), "{body}: {}", reply.text);
    }
    let unknown = json!({"endpoint_url": "https://203.0.113.9/", "events": ["dsync.nothing"]});
    let reply = server.api(Method::POST, PATH, Some(&unknown)).await.json();
    assert_eq!(reply["errors"][0]["code"], "unknown_event_type");
    let other = json!({"endpoint_url": "https://203.0.113.8/hook"});
    let other = server.api(Method::POST, PATH, Some(&other)).await.json();
    let path = format!("{PATH}/{}", other["id"].as_str().unwrap());
    let taken = server.api(Method::PATCH, &path, Some(&taken)).await;
    assert_eq!((taken.status, &taken.json()["code"]), (409, &json!("duplicate_endpoint")));
    let status = server.api(Method::PATCH, &path, Some(&json!({"status": "paused"}))).await;
    assert_eq!((status.status, &status.json()["errors"][0]["field"]), (422, &json!("status")));
    assert_eq!(server.api(Method::PUT, &path, Some(&json!({}))).await.status, 405);
}

#[tokio::test]
async fn private_targets_are_refused_unless_they_are_allowed() {
    let server = Server::start().await;
    let webhooks = WebhookSettings { allow_private: true, ..WebhookSettings::default() };
    let open = Server::with(|settings| Settings { webhooks, ..settings }).await;
    for host in
        ["127.0.0.1:9", "localhost:9", "[::1]:9", "10.0.0.1", "169.254.169.254", "0x7f000001:9", "[fd00:ec2::254]"]
    {
        let body = json!({"endpoint_url": format!("http://{host}/hook")});
        let refused = server.api(Method::POST, PATH, Some(&body)).await;
        assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("invalid_url")), "{host}");
        assert!(refused.text.contains("--allow-private-webhooks"), "{}", refused.text);
        // The same address in another spelling is the same endpoint.
        let status = open.api(Method::POST, PATH, Some(&body)).await.status;
        assert_eq!(status, if host.starts_with("0x") { 409 } else { 201 });
    }
}

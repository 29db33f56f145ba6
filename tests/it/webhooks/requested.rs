//! The log of attempts, redeliveries and test events over HTTP, and a webhook for a SCIM request.

use reqwest::Method;
use scimulate::delivery::WebhookSettings;
use scimulate::events::EventName;
use scimulate::server::Settings;
use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::support::reference::{Server, user};

async fn endpoint(server: &Server, receiver: &Receiver) -> (String, String) {
    let body = json!({"endpoint_url": receiver.url(), "events": ["dsync.user.created"]});
    let made = server.api(Method::POST, "/webhook_endpoints", Some(&body)).await.json();
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    (format!("/scimulate/webhook_endpoints/{}", text("id")), text("secret"))
}

async fn server() -> Server {
    let webhooks = WebhookSettings { allow_private: true, ..WebhookSettings::default() };
    Server::with(|settings| Settings { webhooks, ..settings }).await
}

#[tokio::test]
async fn an_event_is_delivered_once_more_on_request() {
    let (server, mut receiver) = (server().await, Receiver::start(&[200, 410]).await);
    let (path, secret) = endpoint(&server, &receiver).await;
    server.post("/Users", user("ann@example.com")).await.id();
    let event = receiver.event(&secret).await;
    let body = json!({"event_id": event["id"]});
    let reply = server.api(Method::POST, &format!("{path}/redeliveries"), Some(&body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let attempt = reply.json();
    assert_eq!(receiver.event(&secret).await, event);
    assert_eq!((&attempt["cause"], &attempt["status"]), (&json!("redelivery"), &json!(410)));
    assert_eq!((&attempt["delivered"], &attempt["response"]), (&json!(false), &json!("noted")));
    assert_eq!((&attempt["event_id"], &attempt["error"]), (&event["id"], &Value::Null));
    let logged = server.api_get(&format!("{path}/attempts?limit=1")).await;
    assert_eq!(logged["data"], json!([attempt]));
    // The failure of a redelivery leaves the endpoint as it is.
    let shown = server.api_get(&path.replace("/scimulate", "")).await;
    assert_eq!(shown["status"], "enabled");
    for (body, status) in [(json!({}), 422), (json!({"event_id": "event_01ARZ3NDEKTSV4RRFFQ69G5FAV"}), 404)] {
        let reply = server.api(Method::POST, &format!("{path}/redeliveries"), Some(&body)).await;
        assert_eq!(reply.status, status, "{}", reply.text);
    }
}

#[tokio::test]
async fn a_test_event_has_the_shape_of_its_kind_and_is_not_in_the_log() {
    let (server, mut receiver) = (server().await, Receiver::start(&[]).await);
    let (path, secret) = endpoint(&server, &receiver).await;
    for name in EventName::subscribable() {
        let body = json!({"event": name.as_str()});
        let attempt = server.api(Method::POST, &format!("{path}/test"), Some(&body)).await.json();
        assert_eq!((&attempt["cause"], &attempt["delivered"]), (&json!("test"), &json!(true)), "{attempt}");
        let event = receiver.event(&secret).await;
        assert_eq!((&event["event"], &event["id"]), (&json!(name.as_str()), &attempt["event_id"]));
        assert_eq!(event["data"]["previous_attributes"].is_object(), name.as_str().ends_with(".updated"), "{event}");
        let found = server.store_event(event["id"].as_str().unwrap()).await;
        assert!(!found, "{event}");
    }
    let default = server.api(Method::POST, &format!("{path}/test"), None).await.json();
    assert_eq!(default["event"], "dsync.user.created");
    let token = server.api(Method::POST, &format!("{path}/test"), Some(&json!({"event": "dsync.token.created"}))).await;
    assert_eq!(token.status, 422);
    let unknown = server.api(Method::GET, "/scimulate/webhook_endpoints/we_1/attempts", None).await;
    assert_eq!((unknown.status, &unknown.json()["code"]), (404, &json!("entity_not_found")));
}

impl Server {
    async fn store_event(&self, id: &str) -> bool {
        use scimulate::store::Store as _;
        self.store.event(id).await.unwrap().is_some()
    }
}

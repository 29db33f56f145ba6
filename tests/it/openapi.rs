//! The OpenAPI document: it has every route of the server, and real responses match its schemas.

use std::collections::BTreeSet;

use reqwest::Method;
use scimulate::delivery::WebhookSettings;
use scimulate::server::Settings;
use serde_json::{Value, json};

use crate::support::reference::{GROUP, Reply, Server, user};
use crate::support::schema::errors_in;
use crate::webhooks::receiver::Receiver;

/// Sends requests and compares each with the document.
struct Journey {
    server: Server,
    document: Value,
    /// The operations that have responded with success.
    seen: BTreeSet<String>,
}

impl Journey {
    async fn start() -> Self {
        let webhooks = WebhookSettings { allow_private: true, ..WebhookSettings::default() };
        let server = Server::with(|settings| Settings { webhooks, ..settings }).await;
        let document = document(&server).await;
        Self { server, document, seen: BTreeSet::new() }
    }

    /// Sends a request to an operation. `path` is the template, `id` the value of its parameter.
    async fn send(&mut self, method: &str, path: &str, id: &str, query: &str, body: Option<Value>) -> Value {
        let operation = self.document["paths"][path][method.to_ascii_lowercase()].clone();
        assert!(operation.is_object(), "{method} {path} is not in the document");
        if let Some(body) = &body {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(errors_in(&self.document, schema, body), Vec::<String>::new(), "{method} {path} {body}");
        }
        let target = format!("{}{query}", path.replace("{id}", id).replace("{external_id}", id));
        let reply = self.server.api(method.parse().unwrap(), &target, body.as_ref()).await;
        let text = format!("{method} {target}: {} {}", reply.status, reply.text);
        let response = &operation["responses"][reply.status.to_string()];
        assert!(response.is_object(), "the status is not in the document: {text}");
        assert!(reply.header("x-request-id").is_some(), "{text}");
        if reply.status < 300 {
            self.seen.insert(operation["operationId"].as_str().unwrap().to_owned());
        }
        let Some(content) = response.get("content") else {
            assert_eq!(reply.text, "", "{text}");
            return Value::Null;
        };
        assert_eq!(reply.header("content-type"), Some("application/json"), "{text}");
        let shown = reply.json();
        let schema = &content["application/json"]["schema"];
        assert_eq!(errors_in(&self.document, schema, &shown), Vec::<String>::new(), "{text}");
        shown
    }

    async fn get(&mut self, path: &str, id: &str) -> Value {
        self.send("GET", path, id, "", None).await
    }
}

async fn document(server: &Server) -> Value {
    let url = format!("{}/openapi.json", server.reference.base_url());
    let reply: Reply = server.send_with(Method::GET, &url, &[("authorization", "Bearer wrong")], None).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{}", reply.text);
    reply.json()
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_document_needs_no_key_and_names_the_server() {
    let server = Server::start().await;
    let document = document(&server).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], json!([{"url": server.reference.base_url()}]));
    assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
    let reply = server.api(Method::POST, "/openapi.json", None).await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")));
}

/// Every documented path has exactly the documented methods.
#[tokio::test]
async fn the_paths_of_the_document_are_the_routes_of_the_server() {
    let server = Server::start().await;
    let document = document(&server).await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let documented: BTreeSet<String> =
            methods.as_object().unwrap().keys().map(|method| method.to_ascii_uppercase()).collect();
        let path = path.replace("{id}", "x").replace("{external_id}", "x");
        let refused = server.api(Method::OPTIONS, &path, None).await;
        assert_eq!(refused.status, 405, "{path}: {}", refused.text);
        let allowed = refused.header("allow").unwrap().split(", ").filter(|method| *method != "HEAD");
        assert_eq!(allowed.map(str::to_owned).collect::<BTreeSet<_>>(), documented, "{path}");
    }
}

#[tokio::test]
async fn responses_of_every_operation_match_the_document() {
    let mut journey = Journey::start().await;
    let organization = journey.organizations().await;
    let mut receiver = Receiver::start(&[]).await;
    let body = json!({"endpoint_url": receiver.url(), "events": ["dsync.user.created"]});
    let endpoint = journey.send("POST", "/webhook_endpoints", "", "", Some(body)).await;
    let directory = journey.directory(&organization).await;
    let event = receiver.event(endpoint["secret"].as_str().unwrap()).await;
    journey.webhooks(&id(&endpoint), &id(&event)).await;
    journey.send("DELETE", "/directories/{id}", &directory, "", None).await;
    journey.send("DELETE", "/organizations/{id}", &organization, "", None).await;
    for (path, query) in [
        ("/events", "?after=event_1"),
        ("/events", "?events=dsync.nothing"),
        ("/directory_users", "?directory=x"),
        ("/directory_users", "?limit=x"),
        ("/organizations/{id}", ""),
    ] {
        let error = journey.send("GET", path, "x", query, None).await;
        assert!(error["code"].is_string(), "{path}{query}: {error}");
    }
    let paths = journey.document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let all: BTreeSet<String> =
        operations.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(journey.seen, all);
}

impl Journey {
    async fn organizations(&mut self) -> String {
        let body = json!({
            "name": "Acme",
            "domain_data": [{"domain": "acme.example", "state": "verified"}],
            "metadata": {"tier": "gold"},
            "external_id": "customer-1",
            "stripe_customer_id": "cus_1",
        });
        let organization = id(&self.send("POST", "/organizations", "", "", Some(body)).await);
        self.get("/organizations/{id}", &organization).await;
        self.get("/organizations/external_id/{external_id}", "customer-1").await;
        self.send("GET", "/organizations", "", "?domains=acme.example", None).await;
        let changes = json!({"name": "Acme 2", "metadata": {"tier": null}, "external_id": null});
        self.send("PUT", "/organizations/{id}", &organization, "", Some(changes)).await;
        let other = json!({"name": "Other", "domains": ["acme.example"]});
        let error = self.send("POST", "/organizations", "", "", Some(other)).await;
        assert_eq!(error["code"], "domain_already_used");
        organization
    }

    /// Creates a directory with a user and a group, and reads everything.
    async fn directory(&mut self, organization: &str) -> String {
        let settings = json!({
            "on_deactivate": "delete",
            "mode": "strict",
            "auth": "bearer",
            "label": "acme-okta",
            "host": "scim.acme.example",
            "users": {
                "predefined_attributes": ["job_title"],
                "custom_attributes": {"nick": "nickName"},
                "roles": {"groups": [{"group": "Crew", "role": "crew"}], "default": "member", "multiple": true},
            },
        });
        let body = json!({"organization_id": organization, "name": "Okta", "settings": settings});
        let made = self.send("POST", "/scimulate/directories", "", "", Some(body)).await;
        let person = self.scim(&made, "/Users", user("ann@acme.example")).await;
        let members = json!([{"value": person}]);
        self.scim(&made, "/Groups", json!({"schemas": [GROUP], "displayName": "Crew", "members": members})).await;

        let directory = id(&made);
        self.get("/directories", "").await;
        let body = json!({"organization": organization, "intent": "dsync"});
        self.send("POST", "/portal/generate_link", "", "", Some(body)).await;
        self.get("/directories/{id}", &directory).await;
        let body = json!({"revoke_old": true});
        self.send("POST", "/scimulate/directories/{id}/tokens", &directory, "", Some(body)).await;
        let in_directory = format!("?directory={directory}");
        let users = self.send("GET", "/directory_users", "", &in_directory, None).await;
        assert_eq!(users["data"][0]["roles"], json!([{"slug": "crew"}]));
        self.get("/directory_users/{id}", &id(&users["data"][0])).await;
        let groups = self.send("GET", "/directory_groups", "", &in_directory, None).await;
        self.get("/directory_groups/{id}", &id(&groups["data"][0])).await;
        self.event_streams(&directory).await;
        let events = self.send("GET", "/events", "", "?limit=100", None).await;
        assert!(events["data"].as_array().unwrap().len() > 6, "{events}");
        directory
    }

    /// Creates a resource through the SCIM URL and the token of a new directory.
    async fn scim(&self, made: &Value, path: &str, body: Value) -> String {
        let url = format!("{}{path}", made["scim_url"].as_str().unwrap());
        let token = format!("Bearer {}", made["token"].as_str().unwrap());
        let headers = [("authorization", token.as_str())];
        self.server.send_with(Method::POST, &url, &headers, Some(body.to_string())).await.id()
    }

    async fn event_streams(&mut self, directory: &str) {
        let path = "/scimulate/directories/{id}/event_streams";
        let push = json!({"delivery": "push", "endpoint_url": "https://203.0.113.7/", "authorization": "Bearer x"});
        self.send("POST", path, directory, "", Some(push)).await;
        let body = json!({"delivery": "poll", "audience": "https://receiver.example/"});
        let stream = id(&self.send("POST", path, directory, "", Some(body)).await);
        self.get(path, directory).await;
        self.get("/scimulate/event_streams/{id}", &stream).await;
        self.get("/scimulate/event_streams/{id}/attempts", &stream).await;
        let disable = json!({"status": "disabled"});
        self.send("PATCH", "/scimulate/event_streams/{id}", &stream, "", Some(disable)).await;
        self.send("DELETE", "/scimulate/event_streams/{id}", &stream, "", None).await;
    }

    async fn webhooks(&mut self, endpoint: &str, event: &str) {
        self.get("/webhook_endpoints", "").await;
        self.get("/webhook_endpoints/{id}", endpoint).await;
        let again = json!({"event_id": event});
        self.send("POST", "/scimulate/webhook_endpoints/{id}/redeliveries", endpoint, "", Some(again)).await;
        let test = json!({"event": "dsync.group.created"});
        self.send("POST", "/scimulate/webhook_endpoints/{id}/test", endpoint, "", Some(test)).await;
        let attempts = self.get("/scimulate/webhook_endpoints/{id}/attempts", endpoint).await;
        assert!(!attempts["data"].as_array().unwrap().is_empty());
        let disable = json!({"status": "disabled"});
        self.send("PATCH", "/webhook_endpoints/{id}", endpoint, "", Some(disable)).await;
        self.send("DELETE", "/webhook_endpoints/{id}", endpoint, "", None).await;
    }
}

/// Returns the objects of an event: the event, its data, and the user and group of a membership, each as a JSON pointer.
fn objects(event: &Value) -> Vec<&'static str> {
    let all = ["", "/data", "/data/user", "/data/group"];
    all.into_iter().filter(|place| event.pointer(place).is_some_and(Value::is_object)).collect()
}

/// The schema of an event has every property of the examples in docs/events.md, and requires each of them.
#[tokio::test]
async fn the_schemas_of_events_are_exact() {
    let document = document(&Server::start().await).await;
    let schema = json!({"$ref": "#/components/schemas/Event"});
    let page = include_str!("../../docs/events.md");
    let examples = page.split("```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    let examples: Vec<Value> = examples.map(|example| serde_json::from_str(example).unwrap()).collect();
    let names: BTreeSet<&str> = examples.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(names.len(), 12);
    for event in examples.iter().filter(|example| example["object"] == "event") {
        assert_eq!(errors_in(&document, &schema, event), Vec::<String>::new());
        for place in objects(event) {
            for key in event.pointer(place).unwrap().as_object().unwrap().keys() {
                let mut broken = event.clone();
                broken.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(key);
                assert_ne!(errors_in(&document, &schema, &broken), Vec::<String>::new(), "{place}/{key}: {event}");
            }
        }
    }
}

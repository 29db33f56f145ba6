//! A small SCIM server in memory with one planted bug.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::reference::{ERROR, LIST};

type Bug = dyn Fn(&Request, &mut BTreeMap<String, Value>) -> Option<ResponseTemplate> + Send + Sync;

struct Toy {
    made: AtomicUsize,
    resources: Mutex<BTreeMap<String, Value>>,
    bug: Arc<Bug>,
}

/// Starts a server. The bug receives each request first, and may respond to it or corrupt the stored resources.
pub(crate) async fn start(
    bug: impl Fn(&Request, &mut BTreeMap<String, Value>) -> Option<ResponseTemplate> + Send + Sync + 'static,
) -> MockServer {
    let server = MockServer::start().await;
    let toy = Toy { made: AtomicUsize::new(0), resources: Mutex::default(), bug: Arc::new(bug) };
    Mock::given(any()).respond_with(toy).mount(&server).await;
    server
}

/// Returns the body of a request if it is a JSON object.
pub(crate) fn body(request: &Request) -> Option<Value> {
    serde_json::from_slice(&request.body).ok().filter(Value::is_object)
}

impl Respond for Toy {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut resources = self.resources.lock().unwrap();
        if let Some(response) = (self.bug)(request, &mut resources) {
            return response;
        }
        let path = request.url.path().to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["Users" | "Groups"]) => {
                let id = format!("id-{}", self.made.fetch_add(1, Ordering::SeqCst) + 1);
                create(request, &mut resources, &path, &id)
            }
            ("GET", ["Users" | "Groups"]) => ResponseTemplate::new(200).set_body_json(json!({
                "schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
            })),
            ("GET" | "PUT" | "PATCH" | "DELETE", [_, _]) => one(request, &mut resources, &path),
            _ => error(404, "no such route"),
        }
    }
}

fn create(request: &Request, resources: &mut BTreeMap<String, Value>, path: &str, id: &str) -> ResponseTemplate {
    let Some(mut document) = body(request) else { return error(400, "the body is not a JSON object") };
    document["id"] = json!(id);
    resources.insert(format!("{path}/{id}"), document.clone());
    ResponseTemplate::new(201).set_body_json(document)
}

fn one(request: &Request, resources: &mut BTreeMap<String, Value>, path: &str) -> ResponseTemplate {
    let Some(document) = resources.get_mut(path) else { return error(404, "no such resource") };
    match request.method.as_str() {
        "DELETE" => {
            resources.remove(path);
            return ResponseTemplate::new(204);
        }
        "PUT" => match body(request) {
            Some(new) => *document = new,
            None => return error(400, "the body is not a JSON object"),
        },
        "PATCH" => match body(request).as_ref().and_then(|body| body["Operations"].as_array()) {
            Some(operations) => operations.iter().for_each(|operation| apply(document, operation)),
            None => return error(400, "no operations"),
        },
        _ => {}
    }
    ResponseTemplate::new(200).set_body_json(document)
}

fn apply(document: &mut Value, operation: &Value) {
    match (operation["path"].as_str(), &operation["value"]) {
        (None, Value::Object(values)) => {
            for (key, value) in values {
                document[key] = value.clone();
            }
        }
        (Some(path @ ("active" | "displayName")), value) => document[path] = value.clone(),
        _ => {}
    }
}

pub(crate) fn error(status: u16, detail: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"schemas": [ERROR], "status": status.to_string(), "detail": detail}))
}

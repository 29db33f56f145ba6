//! A SCIM server in memory, without uniqueness, so that a user or group that is created twice is there twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use scimulate::wire::{ResponseBody, Service, encode};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::reference::{ERROR, LIST};

/// The title that the server refuses with 400.
pub(super) const REFUSED: &str = "refused";

/// A request as text: method, path and body.
pub(super) type Sent = String;

/// The point at which a run is killed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kill {
    /// The number of the request, from 0.
    pub(super) request: usize,
    /// True if the server handles the request, and only the response is lost.
    pub(super) arrives: bool,
}

/// The resources by path, such as `/Users/1`, and all requests.
#[derive(Debug, Default, Clone)]
pub(super) struct Server {
    pub(super) resources: BTreeMap<String, Value>,
    created: usize,
    pub(super) sent: Vec<Sent>,
}

impl Server {
    /// Returns a server with two users and a group that Okta has not created.
    pub(super) fn with_others() -> Self {
        let mut server = Self::default();
        for (key, last_name) in [("zoe", "Zim"), ("yan", "Yo")] {
            let address = format!("{key}@example.com");
            let user = json!({"userName": address, "name": {"givenName": key, "familyName": last_name}, "title": "Theirs",
                "emails": [{"value": address, "primary": true, "type": "work"}], "active": true});
            server.create("/Users", user);
        }
        server.create("/Groups", json!({"displayName": "theirs", "members": []}));
        server
    }

    /// Returns the names of all users or groups, in lower case.
    pub(super) fn names(&self, kind: &str, name: &str) -> Vec<String> {
        let of_kind = self.resources.iter().filter(|(path, _)| path.starts_with(kind));
        of_kind.filter_map(|(_, resource)| Some(resource[name].as_str()?.to_lowercase())).collect()
    }

    fn create(&mut self, path: &str, mut resource: Value) -> Value {
        self.created += 1;
        let id = format!("{}{}", if path == "/Users" { "u" } else { "g" }, self.created);
        resource["id"] = json!(id);
        clean(&mut resource);
        self.resources.insert(format!("{path}/{id}"), resource.clone());
        resource
    }

    fn handle(&mut self, method: &str, path: &str, query: &str, body: &Value) -> (u16, Value) {
        let error = |status: u16| (status, json!({"schemas": [ERROR], "status": status.to_string(), "detail": "no"}));
        if body.to_string().contains(&format!("\"title\":\"{REFUSED}\"")) {
            return error(400);
        }
        match method {
            "GET" if path.matches('/').count() == 1 => (200, self.list(path, query)),
            "POST" => (201, self.create(path, body.clone())),
            _ if !self.resources.contains_key(path) => error(404),
            "GET" => (200, self.resources[path].clone()),
            "DELETE" => {
                self.resources.remove(path);
                (204, Value::Null)
            }
            "PUT" => {
                let mut resource = body.clone();
                resource["id"] = self.resources[path]["id"].clone();
                clean(&mut resource);
                self.resources.insert(path.to_owned(), resource.clone());
                (200, resource)
            }
            _ => {
                let resource = self.resources.get_mut(path).unwrap();
                body["Operations"].as_array().unwrap().iter().for_each(|operation| patch(resource, operation));
                clean(resource);
                (204, Value::Null)
            }
        }
    }

    /// Supports `filter=ATTRIBUTE eq "VALUE"`. All resources fit in one page.
    fn list(&self, path: &str, query: &str) -> Value {
        let filter = query.split('&').find_map(|pair| pair.strip_prefix("filter=")).map(encode::decode_query);
        let wanted: Option<(&str, String)> = filter.as_deref().map(|filter| {
            let (name, value) = filter.split_once(" eq ").unwrap();
            (name, serde_json::from_str::<String>(value).unwrap().to_lowercase())
        });
        let matches = |resource: &&Value| {
            let is = |name: &str, value: &str| resource[name].as_str().is_some_and(|own| own.to_lowercase() == value);
            wanted.as_ref().is_none_or(|(name, value)| is(name, value))
        };
        let prefix = format!("{path}/");
        let of_path = self.resources.iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(_, value)| value);
        let found: Vec<&Value> = of_path.filter(matches).collect();
        json!({"schemas": [LIST], "totalResults": found.len(), "startIndex": 1, "itemsPerPage": found.len(), "Resources": found})
    }
}

/// Removes what a server does not return, and sorts members, whose order means nothing.
fn clean(resource: &mut Value) {
    let resource = resource.as_object_mut().unwrap();
    resource.remove("password");
    resource.remove("groups");
    if let Some(Value::Array(members)) = resource.get_mut("members") {
        members.sort_by_key(|member| member["value"].to_string());
        members.dedup_by_key(|member| member["value"].clone());
    }
}

fn patch(resource: &mut Value, operation: &Value) {
    let (value, op) = (&operation["value"], operation["op"].as_str().unwrap());
    let mut members: Vec<Value> = resource["members"].as_array().cloned().unwrap_or_default();
    match (op, operation["path"].as_str()) {
        ("replace", None) => {
            for (name, new) in value.as_object().unwrap().iter().filter(|(name, _)| *name != "id") {
                resource[name] = new.clone();
            }
            return;
        }
        ("add", Some("members")) => {
            let new = value.as_array().unwrap();
            members.retain(|member| new.iter().all(|other| other["value"] != member["value"]));
            members.extend(new.iter().cloned());
        }
        ("replace", Some("members")) => members.clone_from(value.as_array().unwrap()),
        ("remove", Some(path)) => {
            let id = path.split('"').nth(1).unwrap();
            members.retain(|member| member["value"] != id);
        }
        other => panic!("{other:?}"),
    }
    resource["members"] = json!(members);
}

/// Returns the server as a service. The run is killed at the given point: the request gets no response.
pub(super) fn service(server: &Arc<Mutex<Server>>, kill: Option<Kill>, killed: &Arc<Notify>) -> Service {
    let (server, killed) = (Arc::clone(server), Arc::clone(killed));
    let count = Arc::new(Mutex::new(0));
    Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let is_last = kill.filter(|kill| {
            let mut count = count.lock().unwrap();
            *count += 1;
            *count == kill.request + 1
        });
        let response = is_last.is_none_or(|kill| kill.arrives).then(|| {
            let path = request.uri().path().strip_prefix("/scim").unwrap();
            let text = String::from_utf8(request.body().to_vec()).unwrap();
            let body = serde_json::from_str(&text).unwrap_or_default();
            let mut server = server.lock().unwrap();
            server.sent.push(format!("{} {} {text}", request.method(), request.uri()));
            server.handle(request.method().as_str(), path, request.uri().query().unwrap_or_default(), &body)
        });
        let killed = Arc::clone(&killed);
        async move {
            if let (Some((status, body)), None) = (response, is_last) {
                let text = if body.is_null() { String::new() } else { body.to_string() };
                return Ok(http::Response::builder().status(status).body(ResponseBody::from(text)).unwrap());
            }
            killed.notify_one();
            std::future::pending().await
        }
    }))
}

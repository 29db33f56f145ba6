//! A small SCIM server in this process, without sockets and threads, for tests on Tokio's paused clock.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use scimulate::wire::{Auth, Cause, Failure, ResponseBody, Service, Target, encode};
use serde_json::{Value, json};

use crate::support::reference::{ERROR, LIST};

pub(crate) type Response = http::Response<ResponseBody>;

/// The behavior of a broken server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// No response.
    Hang,
    /// The connection ends without a response.
    Cut,
    Html,
    Redirect,
    /// The users as a bare JSON array.
    Array,
    /// A slow body without an end.
    Endless,
    /// 429 with a Retry-After of an hour.
    Busy,
}

/// Returns a target that handles `good` requests and then shows a fault.
pub(crate) fn breaks_after(good: usize, fault: Fault) -> Target {
    let (server, handled) = (Arc::new(Toy::default()), Arc::new(AtomicUsize::new(0)));
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let (server, handled) = (Arc::clone(&server), Arc::clone(&handled));
        async move {
            if handled.fetch_add(1, Ordering::SeqCst) < good { Ok(server.handle(&request)) } else { fail(fault).await }
        }
    }));
    let mut target = Target::in_process("http://broken/scim", Auth::None, service);
    target.timeout = Duration::from_millis(400);
    target
}

async fn fail(fault: Fault) -> Result<Response, Failure> {
    let response = http::Response::builder();
    match fault {
        Fault::Hang => std::future::pending().await,
        Fault::Cut => Err(Failure::Cut(Cause::other("connection closed before message completed"))),
        Fault::Html => Ok(response.header("Content-Type", "text/html").body("<html>hello</html>".into()).unwrap()),
        Fault::Array => Ok(response.body(r#"[{"id":"1","userName":"ada"}]"#.into()).unwrap()),
        Fault::Redirect => Ok(response.status(302).header("Location", "/again").body("".into()).unwrap()),
        Fault::Busy => Ok(response.status(429).header("Retry-After", "3600").body("".into()).unwrap()),
        Fault::Endless => {
            let chunks = futures::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
            });
            Ok(response.body(ResponseBody::wrap_stream(chunks)).unwrap())
        }
    }
}

/// The server with its resources by path, such as `/Users/1`.
#[derive(Default)]
pub(crate) struct Toy {
    resources: Mutex<BTreeMap<String, Value>>,
    created: AtomicUsize,
}

impl Toy {
    /// Returns a server with these resources, by path.
    pub(crate) fn with(resources: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let resources = resources.into_iter().map(|(path, resource)| (path.to_owned(), resource)).collect();
        Self { resources: Mutex::new(resources), created: AtomicUsize::new(0) }
    }

    /// Returns the resources.
    pub(crate) fn resources(&self) -> BTreeMap<String, Value> {
        self.resources.lock().unwrap().clone()
    }

    /// Sets an attribute of every user.
    pub(crate) fn change_users(&self, name: &str, value: &Value) {
        let mut resources = self.resources.lock().unwrap();
        let users = resources.iter_mut().filter(|(path, _)| path.starts_with("/Users/"));
        users.for_each(|(_, user)| user[name] = value.clone());
    }

    pub(crate) fn handle(&self, request: &http::Request<Bytes>) -> Response {
        let mut resources = self.resources.lock().unwrap();
        let path = request.uri().path().strip_prefix("/scim").unwrap().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let is_collection = path.matches('/').count() == 1;
        match (request.method().as_str(), is_collection) {
            ("GET", true) => list(&resources, &path, request.uri().query().unwrap_or_default()),
            ("POST", true) => {
                let id = format!("toy-{}", self.created.fetch_add(1, Ordering::SeqCst) + 1);
                let mut resource = body;
                resource["id"] = json!(id);
                resources.insert(format!("{path}/{id}"), resource.clone());
                respond(201, &resource)
            }
            ("DELETE", false) if resources.remove(&path).is_some() => respond(204, &Value::Null),
            ("PUT", false) if resources.contains_key(&path) => {
                resources.insert(path, body.clone());
                respond(200, &body)
            }
            ("PATCH", false) if resources.contains_key(&path) => respond(200, &patch(&mut resources, &path, &body)),
            ("GET", false) if resources.contains_key(&path) => respond(200, &resources[&path]),
            _ => respond(404, &json!({"schemas": [ERROR], "status": "404", "detail": "not found"})),
        }
    }
}

/// Supports `filter=ATTRIBUTE eq "VALUE"`.
fn list(resources: &BTreeMap<String, Value>, path: &str, query: &str) -> Response {
    let filter = query.split('&').find_map(|pair| pair.strip_prefix("filter=")).map(encode::decode_query);
    let wanted: Option<(&str, Value)> = filter.as_deref().and_then(|filter| {
        let (name, value) = filter.split_once(" eq ")?;
        Some((name, serde_json::from_str(value).ok()?))
    });
    let matches = |resource: &&Value| wanted.as_ref().is_none_or(|(name, value)| resource[name] == *value);
    let of_path = resources.iter().filter(|(key, _)| key.starts_with(&format!("{path}/"))).map(|(_, value)| value);
    let found: Vec<&Value> = of_path.filter(matches).collect();
    respond(
        200,
        &json!({"schemas": [LIST], "totalResults": found.len(), "startIndex": 1, "itemsPerPage": found.len(),
            "Resources": found}),
    )
}

/// Supports `replace` with a value object.
fn patch(resources: &mut BTreeMap<String, Value>, path: &str, body: &Value) -> Value {
    let resource = resources.get_mut(path).unwrap();
    for operation in body["Operations"].as_array().into_iter().flatten() {
        for (name, value) in operation["value"].as_object().into_iter().flatten() {
            resource[name] = value.clone();
        }
    }
    resource.clone()
}

pub(crate) fn respond(status: u16, body: &Value) -> Response {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    http::Response::builder().status(status).body(text.into()).unwrap()
}

//! Targets that lie about IDs, hosts and bodies, so that a run might change resources that it did not create.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use scimulate::wire::{Auth, ResponseBody, Service, Target, encode};
use serde_json::{Value, json};

use crate::support::toy::{Toy, respond};

/// The ID of the resident user, and a part of the name of every resident.
pub(super) const RESIDENT: &str = "resident";
const RESIDENT_GROUP: &str = "resident-group";

/// A response before it is sent.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: Value,
}

/// A request, as far as a lie depends on it.
pub(super) struct Asked {
    pub(super) method: String,
    /// The path below the base URL.
    pub(super) path: String,
    pub(super) query: String,
    /// The number of requests before this one.
    pub(super) earlier: usize,
}

impl Asked {
    pub(super) fn is_create(&self, collection: &str) -> bool {
        self.method == "POST" && self.path == format!("/{collection}")
    }

    fn is_list(&self) -> bool {
        self.method == "GET" && matches!(self.path.as_str(), "/Users" | "/Groups")
    }

    fn is_read(&self) -> bool {
        self.method == "GET" && !self.is_list()
    }
}

/// A lie: its name, and the change of a response.
pub(super) type Lie = (&'static str, fn(&Asked, &mut Answer));

fn resident() -> Value {
    json!({"id": RESIDENT, "userName": "resident@example.com", "externalId": "hr-1", "active": true})
}

fn resident_group() -> Value {
    json!({"id": RESIDENT_GROUP, "displayName": "residents", "members": [{"value": RESIDENT}]})
}

/// Gives a created user this ID in the body.
fn with_id(asked: &Asked, answer: &mut Answer, id: &Value) {
    if asked.is_create("Users") {
        answer.body["id"] = id.clone();
    }
}

/// Removes the residents from lists, so that the run does not know their IDs beforehand.
fn hide(asked: &Asked, answer: &mut Answer) {
    if asked.is_list()
        && let Some(resources) = answer.body["Resources"].as_array_mut()
    {
        resources.retain(|resource| !resource["id"].as_str().unwrap_or_default().starts_with(RESIDENT));
    }
}

/// Removes the ID from the response to a create and gives it a Location.
fn locate(asked: &Asked, answer: &mut Answer, location: &str) {
    if asked.is_create("Users") {
        answer.body.as_object_mut().unwrap().remove("id");
        answer.location = Some(location.to_owned());
    }
}

pub(super) const LIES: &[Lie] = &[
    ("a create returns the id of a listed user", |asked, answer| with_id(asked, answer, &json!(RESIDENT))),
    ("a create returns the id of a hidden user", |asked, answer| {
        hide(asked, answer);
        with_id(asked, answer, &json!(RESIDENT));
    }),
    ("a create returns a hidden user", |asked, answer| {
        hide(asked, answer);
        if asked.is_create("Users") {
            (answer.status, answer.body) = (200, resident());
        }
    }),
    ("later creates return the id of a hidden user", |asked, answer| {
        hide(asked, answer);
        if asked.earlier > 12 {
            with_id(asked, answer, &json!(RESIDENT));
        }
    }),
    ("a create returns the id in another case", |asked, answer| {
        hide(asked, answer);
        with_id(asked, answer, &json!("RESIDENT"));
    }),
    ("a create of a group returns a hidden group", |asked, answer| {
        hide(asked, answer);
        if asked.is_create("Groups") {
            answer.body["id"] = json!(RESIDENT_GROUP);
        }
    }),
    ("a create returns the id with a query", |asked, answer| with_id(asked, answer, &json!("resident?x=1"))),
    ("a create returns the id with a fragment", |asked, answer| with_id(asked, answer, &json!("resident#x"))),
    ("a create returns the id with a slash", |asked, answer| with_id(asked, answer, &json!("resident/"))),
    ("a create returns the encoded id", |asked, answer| with_id(asked, answer, &json!("%72esident"))),
    ("a create returns a path", |asked, answer| with_id(asked, answer, &json!("../Users/resident"))),
    ("a create returns an encoded path", |asked, answer| with_id(asked, answer, &json!("..%2FUsers%2Fresident"))),
    ("a create returns an absolute path", |asked, answer| with_id(asked, answer, &json!("/scim/Users/resident"))),
    ("a Location without an id names a user", |asked, answer| {
        hide(asked, answer);
        locate(asked, answer, "http://target/scim/Users/resident");
    }),
    ("a Location without an id names another host", |asked, answer| {
        locate(asked, answer, "http://elsewhere/scim/Users/resident");
    }),
    ("a Location without an id names another collection", |asked, answer| {
        locate(asked, answer, "http://target/scim/Groups/resident-group");
    }),
    ("a Location without an id contains dot segments", |asked, answer| {
        locate(asked, answer, "http://target/scim/Groups/../Users/resident");
    }),
    ("every lookup returns a user", |asked, answer| {
        if asked.is_list() && asked.path == "/Users" && asked.query.contains("filter=") {
            answer.body["Resources"] = json!([resident()]);
        }
    }),
    ("a lookup returns a user under the name that it asked for", |asked, answer| {
        if asked.is_list() && asked.path == "/Users" {
            let filter = encode::decode_query(&asked.query);
            let name = filter.split('"').nth(1).unwrap_or("resident@example.com").to_owned();
            answer.body["Resources"] = json!([{"id": RESIDENT, "userName": name, "active": true}]);
        }
        with_id(asked, answer, &json!(RESIDENT));
    }),
    ("every read returns a user", |asked, answer| {
        if asked.is_read() && asked.path.starts_with("/Users/") {
            (answer.status, answer.body) = (200, resident());
        }
    }),
    ("a conflict names a user", |asked, answer| {
        if asked.is_create("Users") {
            answer.status = 409;
            answer.body["id"] = json!(RESIDENT);
        }
    }),
    ("writes return a user", |asked, answer| {
        if matches!(asked.method.as_str(), "PUT" | "PATCH") && asked.path.starts_with("/Users/") {
            answer.body = resident();
        }
    }),
    ("a write is redirected to a user", |asked, answer| {
        if matches!(asked.method.as_str(), "PUT" | "PATCH" | "DELETE") {
            answer.status = 307;
            answer.location = Some("http://target/scim/Users/resident".to_owned());
        }
    }),
];

/// A lying target, its server, and every write that names a resident, as `PUT /Users/resident`.
pub(super) struct Liar {
    pub(super) target: Target,
    pub(super) server: Arc<Toy>,
    pub(super) writes: Arc<Mutex<Vec<String>>>,
}

/// Starts a server with residents and one lie.
pub(super) fn liar(lie: fn(&Asked, &mut Answer)) -> Liar {
    let server = Arc::new(Toy::with([("/Users/resident", resident()), ("/Groups/resident-group", resident_group())]));
    let writes = Arc::new(Mutex::new(Vec::new()));
    let (behind, written, count) = (Arc::clone(&server), Arc::clone(&writes), Arc::new(Mutex::new(0)));
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let asked = asked(&request, &count);
        // Servers decode paths, some of them twice, and compare ids without case.
        let decoded = encode::decode(&encode::decode(&asked.path)).to_lowercase();
        if decoded.contains(RESIDENT) && matches!(asked.method.as_str(), "PUT" | "PATCH" | "DELETE") {
            written.lock().unwrap().push(format!("{} {}", asked.method, asked.path));
        }
        let behind = Arc::clone(&behind);
        async move { Ok(answer(&behind, &request, &asked, lie).await) }
    }));
    Liar { target: Target::in_process("http://target/scim", Auth::None, service), server, writes }
}

fn asked(request: &http::Request<Bytes>, count: &Mutex<usize>) -> Asked {
    let mut count = count.lock().unwrap();
    *count += 1;
    Asked {
        method: request.method().to_string(),
        path: request.uri().path().strip_prefix("/scim").unwrap().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        earlier: *count - 1,
    }
}

async fn answer(
    server: &Toy,
    request: &http::Request<Bytes>,
    asked: &Asked,
    lie: fn(&Asked, &mut Answer),
) -> http::Response<ResponseBody> {
    // The server compares ids without case.
    let mut lower = http::Request::new(request.body().clone());
    *lower.method_mut() = request.method().clone();
    *lower.uri_mut() = request.uri().to_string().replace("RESIDENT", RESIDENT).parse().unwrap();
    let response = server.handle(&lower);
    let status = response.status().as_u16();
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let mut answer = Answer { status, location: None, body };
    lie(asked, &mut answer);
    let mut response = respond(answer.status, &answer.body);
    if let Some(location) = answer.location {
        response.headers_mut().insert("Location", location.parse().unwrap());
    }
    response
}

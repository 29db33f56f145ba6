//! A small server in memory, and an org whose jobs run against it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::okta::action::Action;
use crate::okta::org::LeftActive;
use crate::okta::plan::{Job, Step};
use crate::okta::{ClientKind, Habits, Org};
use crate::scim::message;
use crate::wire::{Exchange, Failure, Method, Request, Response};

/// Returns a response with a JSON body.
#[allow(clippy::unnecessary_wraps)] // the shape of an exchange's outcome
pub(super) fn respond(status: u16, body: &Value) -> Result<Response, Failure> {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Ok(Response { status, headers: Vec::new(), body })
}

pub(super) fn exchange(request: Request, outcome: Result<Response, Failure>) -> Exchange {
    Exchange {
        url: request.path.clone(),
        request,
        sent_headers: Vec::new(),
        outcome,
        at: Timestamp::UNIX_EPOCH,
        duration: Duration::ZERO,
        simulated: None,
    }
}

/// A minimal server: ids are a counter, filters are equality, PUT replaces, PATCH takes the forms that Okta sends.
#[derive(Default)]
pub(super) struct Server {
    pub(super) resources: BTreeMap<String, Value>,
    pub(super) created: usize,
}

impl Server {
    /// Returns the ids of a group's members.
    pub(super) fn members(&self, group: &str) -> Vec<&str> {
        let members = self.resources[&format!("/Groups/{group}")]["members"].as_array().unwrap();
        members.iter().map(|member| member["value"].as_str().unwrap()).collect()
    }

    pub(super) fn handle(&mut self, request: &Request) -> Result<Response, Failure> {
        let (endpoint, id) = request.subject();
        let path = id.map(|id| format!("/{endpoint}/{id}"));
        match (request.method, path) {
            (Method::Get, Some(path)) => match self.resources.get(&path) {
                Some(resource) => respond(200, resource),
                None => respond(404, &json!({"schemas": [message::ERROR], "detail": "gone"})),
            },
            (Method::Get, None) => {
                let wanted =
                    request.path.split("%22").nth(1).map(|value| value.replace("%40", "@").replace("%20", " "));
                let matches = |(path, value): &(&String, &Value)| {
                    let name = value.get("userName").or(value.get("displayName")).and_then(Value::as_str);
                    path.starts_with(&format!("/{endpoint}/")) && wanted.as_deref().is_none_or(|s| Some(s) == name)
                };
                let found: Vec<Value> = self.resources.iter().filter(matches).map(|(_, value)| value.clone()).collect();
                respond(200, &message::list_response(found.len() as u64, 1, found))
            }
            (Method::Post, _) => {
                self.created += 1;
                let mut body = request.json().unwrap();
                body["id"] = json!(format!("id{}", self.created));
                self.resources.insert(format!("/{endpoint}/id{}", self.created), body.clone());
                respond(201, &body)
            }
            (Method::Put, Some(path)) => {
                self.resources.insert(path, request.json().unwrap());
                respond(200, &request.json().unwrap())
            }
            (Method::Patch, Some(path)) => {
                let Some(resource) = self.resources.get_mut(&path) else {
                    return respond(404, &json!({"schemas": [message::ERROR], "detail": "gone"}));
                };
                for operation in request.json().unwrap()["Operations"].as_array().unwrap() {
                    patch(resource, operation);
                }
                respond(204, &Value::Null)
            }
            (_, Some(path)) => respond(if self.resources.remove(&path).is_some() { 204 } else { 404 }, &Value::Null),
            _ => respond(405, &Value::Null),
        }
    }
}

fn patch(resource: &mut Value, operation: &Value) {
    let value = &operation["value"];
    let mut members: Vec<Value> = resource["members"].as_array().cloned().unwrap_or_default();
    match (operation["op"].as_str().unwrap(), operation.get("path").and_then(Value::as_str)) {
        ("replace", None) => {
            for (key, new) in value.as_object().unwrap().iter().filter(|(key, _)| *key != "id") {
                resource[key] = new.clone();
            }
            return;
        }
        ("add", Some("members")) => {
            let new = value.as_array().unwrap();
            members.retain(|member| new.iter().all(|other| other["value"] != member["value"]));
            members.extend(new.iter().cloned());
        }
        ("replace", Some("members")) => members = value.as_array().unwrap().clone(),
        ("remove", Some(path)) => {
            let id = path.split('"').nth(1).unwrap();
            members.retain(|member| member["value"] != id);
        }
        other => panic!("{other:?}"),
    }
    resource["members"] = json!(members);
}

/// An org, a server, and the requests between them.
pub(super) struct Stage {
    pub(super) org: Org,
    pub(super) habits: Habits,
    pub(super) server: Server,
    pub(super) sent: Vec<Request>,
    pub(super) tasks: Vec<String>,
    pub(super) waits: Vec<Duration>,
}

impl Stage {
    pub(super) fn new(client: ClientKind) -> Self {
        let mut org = Org::with_app("app", client);
        for person in ["ada", "bob", "cyd"] {
            org.add_person(person, [("title", "Engineer")]).unwrap();
        }
        let (habits, server) = (Habits::default(), Server::default());
        Self { org, habits, server, sent: Vec::new(), tasks: Vec::new(), waits: Vec::new() }
    }

    pub(super) fn with(client: ClientKind, habit: &str) -> Self {
        let mut stage = Self::new(client);
        stage.habits.set_pair(habit).unwrap();
        stage
    }

    /// Performs an action given as JSON without `app`. Returns the requests in short form.
    pub(super) fn act(&mut self, action: Value) -> Vec<String> {
        self.act_on(action, Server::handle)
    }

    pub(super) fn act_on(
        &mut self,
        mut action: Value,
        mut handler: impl FnMut(&mut Server, &Request) -> Result<Response, Failure>,
    ) -> Vec<String> {
        if let Ok(action) = serde_json::from_value::<Action>(action.clone()) {
            return self.run(&action, &mut handler);
        }
        action["app"] = json!("app");
        let action: Action = serde_json::from_value(action).unwrap();
        self.run(&action, &mut handler)
    }

    pub(super) fn run(
        &mut self,
        action: &Action,
        handler: &mut dyn FnMut(&mut Server, &Request) -> Result<Response, Failure>,
    ) -> Vec<String> {
        let from = self.sent.len();
        let mut waves = VecDeque::from(self.org.act(action, &self.habits).unwrap());
        while let Some(wave) = waves.pop_front() {
            for spec in wave {
                let Some(mut job) = Job::new(&self.org, spec, &self.habits) else { continue };
                let mut last = None;
                let task = loop {
                    match job.step(last.take().as_ref()) {
                        Step::Send(request) => {
                            self.sent.push(request.clone());
                            let outcome = handler(&mut self.server, &request);
                            last = Some(exchange(request, outcome));
                        }
                        Step::Wait(wait) => self.waits.push(wait),
                        Step::Done(_) => break None,
                        Step::Task(error) => break Some(error.to_string()),
                    }
                };
                self.org.record(job.spec(), job.result(), task.as_deref());
                if task.is_none() {
                    waves.extend(self.org.follow_up(job.spec(), &self.habits));
                }
                self.tasks.extend(task);
            }
        }
        self.sent[from..].iter().map(short).collect()
    }

    /// Returns the target's `id` of a person, as the org knows it.
    pub(super) fn external_id(&self, person: &str) -> Option<&str> {
        self.org.external_id(self.org.app("app").unwrap(), person)
    }

    /// Returns the accounts that stay active in the target, by person.
    pub(super) fn left_active(&self) -> BTreeMap<&str, &LeftActive> {
        self.org.left_active(self.org.app("app").unwrap()).into_iter().collect()
    }

    pub(super) fn last_body(&self) -> Value {
        self.sent.last().unwrap().json().unwrap()
    }

    pub(super) fn prepared(client: ClientKind) -> Self {
        let mut stage = Self::new(client);
        stage.prepare();
        stage
    }

    /// Assigns the app to ada and bob, and pushes a group with both.
    pub(super) fn prepare(&mut self) {
        self.act(json!({"do": "assign", "people": ["ada", "bob"]}));
        self.act(json!({"do": "create-group", "group": "eng"}));
        self.act(json!({"do": "add-to-group", "group": "eng", "people": ["ada", "bob", "cyd"]}));
        self.act(json!({"do": "push-group", "group": "eng"}));
        assert_eq!(self.tasks, [""; 0]);
    }
}

/// Shortens a request: `GET /Users?filter`, `PATCH /Users/id1 replace`, `PUT /Users/id1`.
pub(super) fn short(request: &Request) -> String {
    let path = match request.path.split_once('?') {
        Some((path, query)) if query.starts_with("filter") => format!("{path}?filter"),
        _ => request.path.clone(),
    };
    let body = request.json().unwrap_or_default();
    let operations = body.get("Operations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let words: Vec<&str> = operations.iter().map(|operation| operation["op"].as_str().unwrap()).collect();
    let operations = if words.is_empty() { String::new() } else { format!(" {}", words.join(" ")) };
    format!("{} {path}{operations}", request.method.as_str())
}

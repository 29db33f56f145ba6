//! The model and the reference agree: whatever requests of Okta's shapes they receive, no difference remains.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use scimulate::model::{Membership, Model, Observed, RecordedExchange, RecordedResponse};
use serde_json::{Value, json};

use crate::support::reference::{GROUP, PATCH_OP, Server, user};

/// One request, or a GET and the PUT that follows from it. Numbers name users and groups; a request about one that does not
/// exist is sent all the same.
#[derive(Debug, Clone)]
enum Act {
    Create(usize),
    PatchUser(usize, Value),
    PutUser(usize, Value),
    DeleteUser(usize),
    CreateGroup(usize, Vec<usize>),
    PatchGroup(usize, GroupOp, Vec<usize>),
    Rename(usize, String),
    PutGroup(usize, Vec<usize>),
    DeleteGroup(usize),
}

#[derive(Debug, Clone, Copy)]
enum GroupOp {
    Add,
    RemoveEach,
    RemoveListed,
    Replace,
    WithoutPath,
    Swap,
}

const USERS: usize = 3;
const GROUPS: usize = 2;

fn act() -> impl Strategy<Value = Act> {
    let (user, group) = (|| 0..USERS, || 0..GROUPS);
    let members = || prop::sample::subsequence((0..USERS).collect::<Vec<_>>(), 0..=USERS);
    let op = prop::sample::select(vec![
        GroupOp::Add,
        GroupOp::RemoveEach,
        GroupOp::RemoveListed,
        GroupOp::Replace,
        GroupOp::WithoutPath,
        GroupOp::Swap,
    ]);
    prop_oneof![
        1 => user().prop_map(Act::Create),
        3 => (user(), operations()).prop_map(|(user, operations)| Act::PatchUser(user, operations)),
        3 => (user(), profile()).prop_map(|(user, profile)| Act::PutUser(user, profile)),
        1 => user().prop_map(Act::DeleteUser),
        1 => (group(), members()).prop_map(|(group, members)| Act::CreateGroup(group, members)),
        4 => (group(), op, members()).prop_map(|(group, op, members)| Act::PatchGroup(group, op, members)),
        1 => (group(), "[a-z]{3}").prop_map(|(group, name)| Act::Rename(group, name)),
        2 => (group(), members()).prop_map(|(group, members)| Act::PutGroup(group, members)),
        1 => group().prop_map(Act::DeleteGroup),
    ]
}

/// Generates attributes that Okta sends. Null unassigns one.
fn profile() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"active": false}),
        json!({"active": true, "title": "Countess"}),
        json!({"title": null, "locale": "de"}),
        json!({"name": {"givenName": "Ada", "familyName": "Byron"}, "displayName": "Ada Byron"}),
        json!({"emails": [{"value": "one@example.com", "type": "work", "primary": true}, {"value": "two@example.com"}]}),
        json!({"emails": [], "phoneNumbers": [{"value": "+1", "type": "mobile"}]}),
        json!({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D", "manager": {"value": "7"}}}),
        json!({"custom": {"a": [1, 2]}, "addresses": [{"locality": "Oslo", "primary": true}]}),
    ])
}

fn operations() -> impl Strategy<Value = Value> {
    let pathless = profile().prop_map(|profile| json!([{"op": "replace", "value": profile}]));
    let others = prop::sample::select(vec![
        json!([{"op": "Replace", "path": "active", "value": "False"}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "home@example.com", "type": "home"}]}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "work@example.com"}]),
        json!([{"op": "remove", "path": "emails[type eq \"home\"]"}, {"op": "remove", "path": "title"}]),
        json!([{"op": "replace", "value": {"name.familyName": "King", "password": "secret"}}]),
        json!([{"op": "remove", "path": "name.familyName"}]),
        json!([{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter": "9"}}]),
    ]);
    prop_oneof![pathless, others]
}

/// The reference and the model with the same requests.
struct Both<'a> {
    server: &'a Server,
    model: Model,
    /// Distinguishes the names of this case.
    label: usize,
    users: BTreeMap<usize, String>,
    groups: BTreeMap<usize, String>,
}

impl Both<'_> {
    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let reply = self.server.send(method.clone(), path, body).await;
        let shown: Option<Value> = serde_json::from_str(&reply.text).ok();
        let response = RecordedResponse { status: reply.status, body: shown.as_ref(), location: None };
        let method = scimulate::model::Method::parse(method.as_str()).unwrap();
        self.model.apply(&RecordedExchange { method, path, body, response: Some(response) });
        if reply.status < 300 { shown.unwrap_or_default() } else { Value::Null }
    }

    async fn patch(&mut self, path: &str, operations: &Value) {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        self.send(Method::PATCH, path, Some(&body)).await;
    }

    fn user(&self, number: usize) -> String {
        self.users.get(&number).cloned().unwrap_or_else(|| "none".to_owned())
    }

    fn group(&self, number: usize) -> String {
        let id = self.groups.get(&number).cloned();
        format!("/Groups/{}", id.as_deref().unwrap_or("none"))
    }

    fn members(&self, numbers: &[usize]) -> Value {
        numbers
            .iter()
            .filter_map(|number| self.users.get(number))
            .map(|id| json!({"value": id, "display": "x"}))
            .collect()
    }

    async fn perform(&mut self, act: &Act) {
        match act {
            Act::Create(number) => {
                let body = user(&format!("u{number}.{}@example.com", self.label));
                let created = self.send(Method::POST, "/Users", Some(&body)).await;
                self.users.extend(created["id"].as_str().map(|id| (*number, id.to_owned())));
            }
            Act::PatchUser(number, operations) => {
                self.patch(&format!("/Users/{}", self.user(*number)), operations).await;
            }
            Act::PutUser(number, profile) => {
                let path = format!("/Users/{}", self.user(*number));
                let mut document = self.send(Method::GET, &path, None).await;
                for (key, value) in profile.as_object().unwrap() {
                    document[key] = value.clone();
                }
                self.send(Method::PUT, &path, Some(&document)).await;
            }
            Act::DeleteUser(number) => {
                drop(self.send(Method::DELETE, &format!("/Users/{}", self.user(*number)), None).await);
            }
            Act::CreateGroup(number, members) => {
                let name = format!("g{number} {}", self.label);
                let body = json!({"schemas": [GROUP], "displayName": name, "members": self.members(members)});
                let created = self.send(Method::POST, "/Groups", Some(&body)).await;
                self.groups.extend(created["id"].as_str().map(|id| (*number, id.to_owned())));
            }
            Act::PatchGroup(number, op, members) => {
                let operations = self.group_operations(*op, members);
                self.patch(&self.group(*number), &operations).await;
            }
            Act::Rename(number, name) => {
                let path = self.group(*number);
                let id = path.rsplit('/').next().unwrap();
                let value = json!({"id": id, "displayName": format!("{name} {}", self.label)});
                self.patch(&path, &json!([{"op": "replace", "value": value}])).await;
            }
            Act::PutGroup(number, members) => {
                let path = self.group(*number);
                let mut document = self.send(Method::GET, &path, None).await;
                document["members"] = self.members(members);
                self.send(Method::PUT, &path, Some(&document)).await;
            }
            Act::DeleteGroup(number) => drop(self.send(Method::DELETE, &self.group(*number), None).await),
        }
    }

    fn group_operations(&self, op: GroupOp, members: &[usize]) -> Value {
        let (listed, ids) = (self.members(members), members.iter().map(|number| self.user(*number)));
        let mut removals: Vec<Value> =
            ids.map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})).collect();
        match op {
            GroupOp::Add => json!([{"op": "add", "path": "members", "value": listed}]),
            GroupOp::RemoveListed => json!([{"op": "remove", "path": "members", "value": listed}]),
            GroupOp::Replace => json!([{"op": "replace", "path": "members", "value": listed}]),
            GroupOp::WithoutPath => json!([{"op": "replace", "value": {"members": listed}}]),
            GroupOp::RemoveEach => Value::Array(removals),
            GroupOp::Swap => {
                removals.push(json!({"op": "add", "path": "members", "value": self.members(&[0])}));
                Value::Array(removals)
            }
        }
    }

    /// Reads every resource, and returns the differences.
    async fn differences(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for (endpoint, ids) in [("Users", self.users.clone()), ("Groups", self.groups.clone())] {
            for id in ids.into_values() {
                let shown = self.send(Method::GET, &format!("/{endpoint}/{id}"), None).await;
                let observed = shown.as_object().map_or(Observed::Gone, Observed::Shown);
                let compared = match endpoint {
                    "Users" => self.model.compare_user(&id, observed),
                    _ => self.model.compare_group(&id, observed),
                };
                let compared = compared.unwrap();
                if !compared.differences.is_empty() || compared.membership == Membership::Differs {
                    found.push(format!(
                        "{compared:?}\nexpected {:?}\nshown {shown}",
                        self.model.expected(kind(endpoint), &id)
                    ));
                }
            }
        }
        found
    }
}

fn kind(endpoint: &str) -> scimulate::scim::Kind {
    if endpoint == "Users" { scimulate::scim::Kind::User } else { scimulate::scim::Kind::Group }
}

/// Creates all users and groups, sends the requests to a server, and returns the differences that remain.
async fn play(server: &Server, acts: &[Act]) -> (Vec<String>, Model) {
    static LABELS: AtomicUsize = AtomicUsize::new(0);
    let label = LABELS.fetch_add(1, Ordering::SeqCst);
    let (users, groups) = (BTreeMap::new(), BTreeMap::new());
    let mut both = Both { server, model: Model::default(), label, users, groups };
    let start = (0..USERS).map(Act::Create).chain([Act::CreateGroup(0, vec![0, 1]), Act::CreateGroup(1, Vec::new())]);
    for act in start.collect::<Vec<_>>().iter().chain(acts) {
        both.perform(act).await;
    }
    (both.differences().await, both.model)
}

#[test]
fn the_reference_does_what_the_model_expects() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::start());
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(act(), 1..14), |acts| {
        let (found, model) = runtime.block_on(play(&server, &acts));
        prop_assert!(found.is_empty(), "{}", found.join("\n"));
        let never = model.evidence().never_kept();
        prop_assert!(never.is_empty(), "{never:?}");
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_server_that_applies_a_request_wrongly_differs_from_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for defect in [
        "put-ignored",
        "patch-ignored",
        "pathless-patch-ignored",
        "put-drops-external-id",
        "deactivation-ignored",
        "reactivation-ignored",
        "group-rename-ignored",
        "group-delete-ignored",
        "group-put-ignored",
        "put-members-adds",
        "replace-members-adds",
        "add-members-replaces",
        "add-members-ignored",
        "add-takes-only-first-member",
        "remove-member-ignored",
        "remove-member-empties-group",
    ] {
        let server = runtime.block_on(Server::with_defects(&[defect]));
        let mut runner = TestRunner::deterministic();
        let acts = prop::collection::vec(act(), 8..20);
        let noticed = (0..200).any(|_| {
            let acts = acts.new_tree(&mut runner).unwrap().current();
            !runtime.block_on(play(&server, &acts)).0.is_empty()
        });
        assert!(noticed, "{defect}");
    }
}

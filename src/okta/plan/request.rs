//! The bytes of a request: header order and values of Okta's client, URL encoding, and compact JSON (DOC2018, REF20).

use serde_json::{Value, json};

use super::call::Call;
use super::job::Job;
use crate::okta::habits::{Habits, Space};
use crate::scim::message::PATCH_OP;
use crate::scim::schema::GROUP;
use crate::wire::{Method, Request, encode};

/// The User-Agent of Okta's client.
const USER_AGENT: &str = "Okta SCIM Client 1.0.0";

/// Builds a request with the headers of Okta's client.
fn okta(method: Method, path: String, body: Option<&Value>) -> Request {
    let mut headers = vec![("Accept", "application/scim+json"), ("Accept-Charset", "utf-8")];
    // Okta's documentation shows DELETE with a Content-Type but without a body.
    if body.is_some() || method == Method::Delete {
        headers.push(("Content-Type", "application/scim+json; charset=utf-8"));
    }
    headers.extend([("User-Agent", USER_AGENT), ("Authorization", "")]);
    if body.is_some() {
        headers.push(("Content-Length", ""));
    }
    headers.extend([("Host", ""), ("Connection", "Keep-Alive"), ("Accept-Encoding", "gzip,deflate")]);
    Request {
        method,
        path,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.map(|body| body.to_string().into_bytes()),
    }
}

/// Builds `GET /Users?filter=userName%20eq%20%22…%22&startIndex=1&count=100`.
fn look_up(endpoint: &str, attribute: &str, value: &str, habits: &Habits) -> Request {
    let space = match habits.space {
        Space::Percent20 => "%20",
        Space::Plus => "+",
    };
    let filter = format!("{attribute} eq {}", json!(value));
    let encoded = encode::component(&filter).replace("%20", space);
    okta(Method::Get, format!("/{endpoint}?filter={encoded}&startIndex=1&count=100"), None)
}

/// Builds `/Users/{id}`.
fn resource(endpoint: &str, id: &str) -> String {
    format!("/{endpoint}/{}", encode::segment(id))
}

/// Builds a PatchOp message.
fn patch(operations: &Value) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

impl Job {
    /// Builds the request of a call.
    pub(super) fn request(&self, call: &Call) -> Request {
        let id = self.result.id.as_deref().unwrap_or_default();
        let user = || resource("Users", id);
        let group = || resource("Groups", id);
        let get = |path: String| okta(Method::Get, path, None);
        let habits = &self.settings.habits;
        match call {
            Call::TestConnection => get("/Users?startIndex=1&count=2".to_owned()),
            Call::ReadSchemas => get("/Schemas".to_owned()),
            Call::ImportPage { groups, start } => {
                let endpoint = if *groups { "Groups" } else { "Users" };
                get(format!("/{endpoint}?startIndex={start}&count=100"))
            }
            Call::LookUpUser => look_up("Users", "userName", self.user_name(), habits),
            Call::CreateUser => okta(Method::Post, "/Users".to_owned(), Some(&self.create_body())),
            Call::GetUser(_) => get(user()),
            Call::PutUser(body) => okta(Method::Put, user(), Some(&Value::Object(body.clone()))),
            Call::PatchActive(active) => {
                okta(Method::Patch, user(), Some(&patch(&json!([{"op": "replace", "value": {"active": active}}]))))
            }
            Call::PatchPassword => {
                let operations = json!([{"op": "replace", "value": {"password": self.password()}}]);
                okta(Method::Patch, user(), Some(&patch(&operations)))
            }
            Call::PatchProfile => okta(Method::Patch, user(), Some(&patch(&self.profile_operations()))),
            Call::LookUpGroup(name) => look_up("Groups", "displayName", name, habits),
            Call::CreateGroup { with_members } => {
                let members = if *with_members { self.current_members() } else { json!([]) };
                let body = json!({"schemas": [GROUP], "displayName": self.group_name(), "members": members});
                okta(Method::Post, "/Groups".to_owned(), Some(&body))
            }
            Call::ReadGroup | Call::GetGroup(_) => get(group()),
            Call::PutGroup(body, _) => okta(Method::Put, group(), Some(&Value::Object(body.clone()))),
            Call::PatchGroup(operations) => okta(Method::Patch, group(), Some(&patch(operations))),
            Call::RenameGroup => {
                let value = json!({"id": id, "displayName": self.group_name()});
                okta(Method::Patch, group(), Some(&patch(&json!([{"op": "replace", "value": value}]))))
            }
            Call::DeleteGroup => okta(Method::Delete, group(), None),
        }
    }
}

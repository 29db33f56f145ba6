//! An org, its actions, and the state of a directory in a form that can be compared.

use std::collections::BTreeMap;

use scimulate::okta::action::Action;
use scimulate::okta::{App, ClientKind, Org};
use scimulate::wire::{Auth, Client, Request, Target};
use serde_json::{Value, json};

/// Two apps with one target, four people and a group.
pub(super) fn org() -> Org {
    let mut org = Org::default();
    org.add_app(App::new("one", ClientKind::Oin));
    org.add_app(App::new("two", ClientKind::Aiw));
    for person in ["ada", "ben", "cyd", "dan"] {
        org.add_person(person, [("title", "x")]).unwrap();
    }
    org.add_group("crew", &["ada", "ben"]).unwrap();
    org
}

/// Actions with jobs about the same person or group in both apps.
pub(super) fn actions() -> Vec<Action> {
    [
        json!({"do": "assign", "app": "one", "people": ["ada", "ben", "cyd"]}),
        json!({"do": "assign-group", "app": "two", "group": "crew"}),
        json!({"do": "push-group", "app": "one", "group": "crew"}),
        json!({"do": "push-group", "app": "two", "group": "crew"}),
        json!({"do": "change-group", "group": "crew", "add": ["cyd", "dan"], "remove": ["ben"]}),
        json!({"do": "update-profile", "person": "ada", "set": {"title": "y"}}),
        json!({"do": "rename-group", "group": "crew", "to": "team"}),
        json!({"do": "deactivate-person", "person": "cyd"}),
        json!({"do": "force-sync", "app": "one"}),
    ]
    .map(|action| serde_json::from_value(action).unwrap())
    .to_vec()
}

/// Returns the users and groups of a directory, and their names by ID.
pub(super) async fn resources(url: &str, token: &str) -> (Vec<Value>, BTreeMap<String, String>) {
    let client = Client::new(Target::new(url, Auth::Bearer(token.into()))).unwrap();
    let mut all = Vec::new();
    for path in ["/Users?count=500", "/Groups?count=500"] {
        let list = client.get(path).await.json().unwrap();
        all.extend(list["Resources"].as_array().unwrap().iter().cloned());
    }
    let names = names(&all);
    (all, names)
}

/// Returns the users and groups of a directory without what the server chose: IDs become names, and `meta` is absent.
pub(super) async fn state(url: &str, token: &str) -> Vec<Value> {
    let (all, names) = resources(url, token).await;
    let renamed = |resource: Value| serde_json::from_str(&named(&resource.to_string(), &names)).unwrap();
    let mut state: Vec<Value> = all.into_iter().map(|resource| normal(renamed(resource))).collect();
    state.sort_by_key(Value::to_string);
    state
}

/// Returns the requests about each person and group, with names in the place of IDs.
pub(super) fn by_subject(requests: &[Request], names: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    // The server's times.
    let times = regex::Regex::new(r#""meta":\{[^}]*\}"#).unwrap();
    let mut subjects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for request in requests {
        let sent = request.json().unwrap_or_default();
        let name = sent.get("userName").or(sent.get("displayName")).and_then(Value::as_str).map(str::to_owned);
        let lookup = request.path.split("%22").nth(1).map(|name| name.replace("%40", "@"));
        let of_id = request.subject().1.and_then(|id| names.get(&id).cloned());
        let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
        let body = times.replace_all(&body, "");
        let words = format!("{} {} {body}", request.method.as_str(), request.path);
        subjects.entry(of_id.or(lookup).or(name).unwrap()).or_default().push(named(&words, names));
    }
    subjects
}

/// Returns the names of resources by ID.
fn names(resources: &[Value]) -> BTreeMap<String, String> {
    let name = |resource: &Value| resource.get("userName").or(resource.get("displayName"))?.as_str().map(str::to_owned);
    resources.iter().filter_map(|resource| Some((resource["id"].as_str()?.to_owned(), name(resource)?))).collect()
}

/// Returns a text with names in the place of IDs.
fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id.as_str(), name))
}

fn normal(mut resource: Value) -> Value {
    resource.as_object_mut().unwrap().remove("meta");
    for list in ["members", "groups"] {
        for member in resource[list].as_array_mut().into_iter().flatten() {
            member.as_object_mut().unwrap().remove("$ref");
        }
        if let Some(members) = resource.get_mut(list).and_then(Value::as_array_mut) {
            members.sort_by_key(Value::to_string);
        }
        if resource[list].is_null() {
            resource.as_object_mut().unwrap().remove(list);
        }
    }
    resource
}

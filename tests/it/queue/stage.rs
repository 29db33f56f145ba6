//! An org, its actions, and the state of a directory in a form that can be compared.

use std::collections::BTreeMap;

use scimulate::okta::action::Action;
use scimulate::okta::{App, ClientKind, Org};
use scimulate::wire::{Auth, Client, Target};
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

/// Returns the users and groups of a directory without what the server chose: IDs become names, and `meta` is absent.
pub(super) async fn state(url: &str, token: &str) -> Vec<Value> {
    let client = Client::new(Target::new(url, Auth::Bearer(token.into()))).unwrap();
    let mut all = Vec::new();
    for path in ["/Users?count=500", "/Groups?count=500"] {
        let list = client.get(path).await.json().unwrap();
        all.extend(list["Resources"].as_array().unwrap().iter().cloned());
    }
    let names = names(&all);
    let renamed = |resource: Value| serde_json::from_str(&named(&resource.to_string(), &names)).unwrap();
    let mut state: Vec<Value> = all.into_iter().map(|resource| normal(renamed(resource))).collect();
    state.sort_by_key(Value::to_string);
    state
}

/// Returns the names of resources by ID.
pub(super) fn names(resources: &[Value]) -> BTreeMap<String, String> {
    let name = |resource: &Value| resource.get("userName").or(resource.get("displayName"))?.as_str().map(str::to_owned);
    resources.iter().filter_map(|resource| Some((resource["id"].as_str()?.to_owned(), name(resource)?))).collect()
}

/// Returns a text with names in the place of IDs.
pub(super) fn named(text: &str, names: &BTreeMap<String, String>) -> String {
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

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::wire::{Request, Response};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

fn exchange(method: Method, path: &str, body: Option<&Value>, status: u16, answer: &Value) -> Exchange {
    Exchange {
        request: Request::scim(method, path, body),
        url: format!("http://x{path}"),
        sent_headers: Vec::new(),
        outcome: Ok(Response {
            status,
            headers: vec![("location".to_owned(), "http://x/Users/1".to_owned())],
            body: answer.to_string().into_bytes(),
        }),
        at: Timestamp::UNIX_EPOCH,
        duration: std::time::Duration::ZERO,
        simulated: None,
    }
}

fn user() -> Value {
    json!({"id": "1", "userName": "ada", "active": true})
}

fn page(total: impl Into<Value>, resources: &Value) -> Value {
    let total = total.into();
    let listed = resources.as_array().map_or(0, Vec::len);
    json!({"schemas": [LIST], "totalResults": total, "startIndex": 1, "itemsPerPage": listed, "Resources": resources})
}

/// Asserts that exactly these findings result.
#[track_caller]
fn finds(exchange: &Exchange, ids: &[&str]) {
    let found: Vec<String> = judge(exchange).faults.iter().map(Deviation::finding).collect();
    assert_eq!(found, ids, "{:?}", judge(exchange));
}

const LOOKUP: &str = "/Users?filter=userName%20eq%20%22ada%22&startIndex=1&count=100";

#[test]
fn a_lookup_returns_matching_resources_only() {
    let look = |answer: Value| exchange(Method::Get, LOOKUP, None, 200, &answer);
    finds(&look(page(1, &json!([user()]))), &[]);
    finds(&look(page(0, &json!([]))), &[]);
    finds(&look(page("1", &json!([user()]))), &["okta/list-counters:wrong-type"]);
    finds(&look(page(0, &json!([user()]))), &["okta/list-total:changed"]);
    let ben = json!([{"id": "1", "userName": "ben", "active": true}]);
    finds(&look(page(1, &ben)), &["okta/lookup-matches:extra:user"]);
    assert!(!judge(&look(page(1, &ben))).faults[0].actual.contains("ben"), "other users are not quoted");
    finds(&look(page(1, &json!([{"id": 1, "userName": "ada", "active": true}]))), &["rfc/id-string:wrong-type"]);
    let active = json!([{"id": "1", "userName": "ada", "active": "true"}]);
    finds(&look(page(1, &active)), &["rfc/active-boolean:wrong-type:user"]);
    finds(&look(json!({"totalResults": 0, "Resources": []})), &["oin/list-schemas:missing"]);
    finds(&look(json!({"schemas": [LIST], "totalResults": 0})), &["okta/list-resources:missing"]);
    let lower = json!({"schemas": [LIST], "totalresults": 0, "resources": []});
    finds(&look(lower), &["note/list-keys:changed", "note/list-keys:changed"]);
}

#[test]
fn resources_of_others_in_a_list_are_not_judged() {
    let list = |count: &str| format!("/Users?startIndex=1&count={count}");
    let bare = page(1, &json!([{"id": "9"}]));
    finds(&exchange(Method::Get, &list("2"), None, 200, &bare), &[]);
    let many = page(3, &json!([{}, {}, {}]));
    finds(&exchange(Method::Get, &list("2"), None, 200, &many), &["rfc/list-page:extra"]);
}

#[test]
fn an_empty_lookup_may_be_a_404_only_with_a_scim_error() {
    let error = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"});
    finds(&exchange(Method::Get, LOOKUP, None, 404, &error), &["oin/lookup-empty:wrong-status"]);
    finds(&exchange(Method::Get, LOOKUP, None, 404, &Value::Null), &["okta/list-status:wrong-status"]);
}

#[test]
fn a_create_returns_201_with_the_values_sent_and_without_the_password() {
    let sent = json!({"userName": "ada", "active": true, "password": "x"});
    let post = |status, answer: Value| exchange(Method::Post, "/Users", Some(&sent), status, &answer);
    finds(&post(201, user()), &[]);
    finds(&post(200, user()), &["oin/create-status:wrong-status:user"]);
    assert_eq!(was_created(&post(200, user())), Ok(()), "the harness accepts 200 for its own creates");
    assert!(was_created(&post(400, json!({}))).is_err());
    let inactive = json!({"id": "1", "userName": "ada", "active": false});
    finds(&post(201, inactive), &["rfc/create-response:changed:user"]);
    let leaking = json!({"id": "1", "userName": "ada", "active": true, "password": "x"});
    finds(&post(201, leaking), &["security/password-returned:extra:user"]);
    finds(&post(201, json!({"userName": "ada", "active": true})), &["okta/id:missing"]);
    finds(&post(201, Value::Null), &["okta/create-body:missing:user"]);
    // What the server does not show is no fault of the response.
    finds(&post(201, json!({"id": "1", "userName": "ada"})), &["oin/active:missing:user"]);
}

#[test]
fn a_patch_that_returns_the_old_state_deviates() {
    let sent = json!({"Operations": [{"op": "replace", "value": {"active": false}}]});
    let patch = |status, answer: Value| exchange(Method::Patch, "/Users/1", Some(&sent), status, &answer);
    finds(&patch(200, json!({"id": "1", "userName": "ada", "active": false})), &[]);
    finds(&patch(204, Value::Null), &[]);
    finds(&patch(200, user()), &["rfc/patch-response:changed:user"]);
    finds(&patch(501, json!({})), &["okta/patch-accepted:wrong-status:user@oin"]);
}

#[test]
fn members_in_a_response_reflect_the_patch() {
    let group = |ids: &[&str]| json!({"id": "g", "displayName": "crew", "members": ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>()});
    let patch = |operation: Value, answer: Value| {
        exchange(Method::Patch, "/Groups/g", Some(&json!({"Operations": [operation]})), 200, &answer)
    };
    let differ = ["rfc/members-response:changed:group"];
    let replace = json!({"op": "replace", "path": "members", "value": [{"value": "a"}]});
    finds(&patch(replace.clone(), group(&["a"])), &[]);
    finds(&patch(replace, group(&["a", "b"])), &differ);
    let add = json!({"op": "add", "path": "members", "value": [{"value": "a"}]});
    finds(&patch(add.clone(), group(&["a", "b"])), &[]);
    finds(&patch(add, json!({"id": "g", "displayName": "crew"})), &[]);
    let remove = json!({"op": "remove", "path": "members[value eq \"a\"]"});
    finds(&patch(remove.clone(), group(&["b"])), &[]);
    finds(&patch(remove, group(&["a", "b"])), &differ);
}

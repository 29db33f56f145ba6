use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::wire::Request;

fn exchange(method: Method, path: &str, body: Option<&Value>, status: u16, answer: &Value) -> Exchange {
    Exchange {
        request: Request::scim(method, path, body),
        url: format!("http://x{path}"),
        sent_headers: Vec::new(),
        outcome: Ok(Response { status, headers: Vec::new(), body: answer.to_string().into_bytes() }),
        at: Timestamp::UNIX_EPOCH,
        duration: std::time::Duration::ZERO,
    }
}

fn user() -> Value {
    json!({"id": "1", "userName": "ada", "active": true})
}

fn page(total: impl Into<Value>, resources: &Value) -> Value {
    let total = total.into();
    json!({"schemas": [LIST], "totalResults": total, "startIndex": 1, "itemsPerPage": 1, "Resources": resources})
}

fn deviates(exchange: &Exchange, part: &str) {
    match meets_okta_needs(exchange) {
        Err(Outcome::Deviation { sentence, .. }) => assert!(sentence.contains(part), "{sentence}"),
        other => panic!("{part}: {other:?}"),
    }
}

const LOOKUP: &str = "/Users?filter=userName%20eq%20%22ada%22&startIndex=1&count=100";

#[test]
fn a_lookup_returns_matching_resources_only() {
    let look = |answer: Value| exchange(Method::Get, LOOKUP, None, 200, &answer);
    assert_eq!(meets_okta_needs(&look(page(1, &json!([user()])))), Ok(()));
    assert_eq!(meets_okta_needs(&look(page(0, &json!([])))), Ok(()));
    deviates(&look(page("1", &json!([user()]))), "totalResults");
    deviates(&look(page(0, &json!([user()]))), "totalResults");
    deviates(&look(page(1, &json!([{"id": "1", "userName": "ben", "active": true}]))), "gave \"ben\"");
    deviates(&look(page(1, &json!([{"id": 1, "userName": "ada", "active": true}]))), "id is a number");
    deviates(&look(page(1, &json!([{"id": "1", "userName": "ada", "active": "true"}]))), "active");
    deviates(&look(json!({"totalResults": 0, "Resources": []})), "schemas");
}

#[test]
fn a_create_returns_201_with_the_values_sent_and_without_the_password() {
    let sent = json!({"userName": "ada", "active": true, "password": "x"});
    let post = |status, answer: Value| exchange(Method::Post, "/Users", Some(&sent), status, &answer);
    assert_eq!(meets_okta_needs(&post(201, user())), Ok(()));
    deviates(&post(200, user()), "answered 200");
    assert_eq!(was_created(&post(200, user())), Ok(()), "the harness accepts 200 for its own creates");
    assert!(was_created(&post(202, user())).is_err());
    deviates(&post(201, json!({"id": "1", "userName": "ada", "active": false})), "active");
    deviates(&post(201, json!({"id": "1", "userName": "ada", "active": true, "password": "x"})), "password");
    deviates(&post(201, json!({"userName": "ada", "active": true})), "id");
}

#[test]
fn a_patch_that_returns_the_old_state_deviates() {
    let sent = json!({"Operations": [{"op": "replace", "value": {"active": false}}]});
    let patch = |status, answer: Value| exchange(Method::Patch, "/Users/1", Some(&sent), status, &answer);
    assert_eq!(meets_okta_needs(&patch(200, json!({"id": "1", "active": false}))), Ok(()));
    assert_eq!(meets_okta_needs(&patch(204, Value::Null)), Ok(()));
    deviates(&patch(200, user()), "active");
    deviates(&patch(501, json!({})), "answered 501");
}

#[test]
fn members_in_a_response_reflect_the_patch() {
    let group = |ids: &[&str]| json!({"id": "g", "displayName": "crew", "members": ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>()});
    let patch = |operation: Value, answer: Value| {
        exchange(Method::Patch, "/Groups/g", Some(&json!({"Operations": [operation]})), 200, &answer)
    };
    let replace = json!({"op": "replace", "path": "members", "value": [{"value": "a"}]});
    assert_eq!(meets_okta_needs(&patch(replace.clone(), group(&["a"]))), Ok(()));
    deviates(&patch(replace, group(&["a", "b"])), "other members");
    let add = json!({"op": "add", "path": "members", "value": [{"value": "a"}]});
    assert_eq!(meets_okta_needs(&patch(add.clone(), group(&["a", "b"]))), Ok(()));
    assert_eq!(meets_okta_needs(&patch(add, json!({"id": "g", "displayName": "crew"}))), Ok(()));
    let remove = json!({"op": "remove", "path": "members[value eq \"a\"]"});
    assert_eq!(meets_okta_needs(&patch(remove.clone(), group(&["b"]))), Ok(()));
    deviates(&patch(remove, group(&["a", "b"])), "removed");
}

#[test]
fn an_excerpt_is_one_line_and_truncated() {
    assert_eq!(excerpt(b"<html>\n    <h1>Not   here</h1>\r\n</html>\n"), "<html> <h1>Not here</h1> </html>");
    assert_eq!(excerpt("\u{e4}".repeat(400).as_bytes()).chars().count(), 301);
}

use serde_json::json;

use super::*;

fn bulk(operations: &Value) -> Bulk {
    let body = json!({"schemas": [BULK_REQUEST], "Operations": operations});
    Bulk::parse(body.as_object().unwrap(), 100).unwrap()
}

fn post(name: &str, refers_to: &[&str]) -> Value {
    let members: Vec<Value> = refers_to.iter().map(|name| json!({"value": format!("bulkId:{name}")})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": {"displayName": name, "members": members}})
}

/// Formats the steps: a name in lower case means Do, in upper case Complete.
fn order(bulk: &Bulk) -> String {
    let name = |at: usize| bulk.operations[at].bulk_id.clone().unwrap_or_else(|| at.to_string());
    let steps = bulk.order().into_iter().map(|step| match step {
        Step::Do(at) => name(at),
        Step::Complete(at) => name(at).to_uppercase(),
    });
    steps.collect::<Vec<_>>().join(" ")
}

#[test]
fn operations_keep_their_order_except_referenced_ones_go_first() {
    assert_eq!(order(&bulk(&json!([post("a", &[]), post("b", &["a"]), post("c", &[])]))), "a b c");
    assert_eq!(order(&bulk(&json!([post("a", &["c"]), post("b", &[]), post("c", &[])]))), "c a b");
    let patch = json!({"method": "PATCH", "path": "/Groups/bulkId:a", "data": {}});
    assert_eq!(order(&bulk(&json!([patch, post("a", &[])]))), "a 0");
}

#[test]
fn circles_are_completed_as_soon_as_possible() {
    assert_eq!(order(&bulk(&json!([post("a", &["b"]), post("b", &["a"])]))), "b a B");
    assert_eq!(order(&bulk(&json!([post("a", &["a"])]))), "a A");
    let three = json!([post("a", &["b"]), post("b", &["c"]), post("c", &["a", "b"]), post("d", &[])]);
    assert_eq!(order(&bulk(&three)), "c b a C d");
}

#[test]
fn a_long_chain_needs_no_deep_stack() {
    let chain: Vec<Value> = (0..20_000).map(|at| post(&at.to_string(), &[&(at + 1).to_string()])).collect();
    let body = json!({"schemas": [BULK_REQUEST], "Operations": chain});
    let bulk = Bulk::parse(body.as_object().unwrap(), 20_000).unwrap();
    assert_eq!(bulk.order().len(), 20_000);
}

#[test]
fn references_are_resolved_anywhere_in_the_data() {
    let bulk = bulk(&json!([post("a", &[]), post("b c", &[])]));
    let known = |at: usize| BulkIdState::Created(["ID-A", "ID-B"][at]);
    for (given, resolved) in [
        (json!("bulkId:a"), json!("ID-A")),
        (json!("bulkId:b c"), json!("ID-B")),
        (json!({"x": [{"value": "bulkId:a"}]}), json!({"x": [{"value": "ID-A"}]})),
        (json!("members[value eq \"bulkId:a\"]"), json!("members[value eq \"ID-A\"]")),
        (json!("../Users/bulkId:a"), json!("../Users/ID-A")),
        (json!("bulkId:a/x bulkId:a"), json!("ID-A/x ID-A")),
        // A longer text without a defined bulkId is not a reference.
        (json!("see bulkId:unknown"), json!("see bulkId:unknown")),
        (json!([1, null, {}, []]), json!([1, null, {}, []])),
    ] {
        assert_eq!(bulk.resolve(&given, &known).unwrap(), Some(resolved), "{given}");
    }
    assert_eq!(bulk.resolve_path("/Users/bulkId:a?attributes=id", &known).unwrap(), "/Users/ID-A?attributes=id");
    let unknown = bulk.resolve(&json!("bulkId:nobody"), &known).unwrap_err();
    assert_eq!((unknown.status, unknown.detail.contains("nobody")), (400, true));
    assert_eq!(bulk.resolve(&json!(["bulkId:a"]), &|_| BulkIdState::Failed).unwrap_err().status, 409);
}

#[test]
fn references_to_missing_resources_are_omitted() {
    let bulk = bulk(&json!([post("a", &[]), post("b", &[])]));
    let known = |at: usize| if at == 0 { BulkIdState::Created("ID-A") } else { BulkIdState::Pending };
    let given = json!({
        "members": [{"value": "bulkId:a"}, {"value": "bulkId:b", "display": "B"}],
        "manager": {"value": "bulkId:b"}, "name": {},
    });
    let resolved = bulk.resolve(&given, &known).unwrap();
    assert_eq!(resolved, Some(json!({"members": [{"value": "ID-A"}], "name": {}})));
    assert_eq!(bulk.resolve_path("/Groups/bulkId:b", &known).unwrap_err().status, 409);
}

#[test]
fn invalid_requests_are_rejected_and_invalid_operations_marked() {
    let parse = |body: Value| Bulk::parse(body.as_object().unwrap(), 2);
    for (body, status) in [
        (json!({"Operations": []}), 400),
        (json!({"schemas": [BULK_REQUEST]}), 400),
        (json!({"schemas": [BULK_REQUEST], "Operations": [1]}), 400),
        (json!({"schemas": [BULK_REQUEST], "Operations": [], "failOnErrors": 0}), 400),
        (json!({"schemas": [BULK_REQUEST], "Operations": [], "failOnErrors": "1"}), 400),
        (json!({"schemas": [BULK_REQUEST], "Operations": [{}, {}, {}]}), 413),
    ] {
        assert_eq!(parse(body.clone()).unwrap_err().status, status, "{body}");
    }
    let bulk = bulk(&json!([
        {},
        {"method": "DELETE"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "PUT", "path": "/Users/1"},
        {"method": "DELETE", "path": 1},
        post("a", &[]),
        post("a", &[]),
    ]));
    let marked: Vec<bool> = bulk.operations.iter().map(|operation| operation.error.is_some()).collect();
    assert_eq!(marked, [true, true, true, true, true, false, true]);
}

/// A text full of prefixes must not be scanned to its end for each of them.
#[test]
fn a_bulk_id_has_a_bounded_length() {
    let long = "x".repeat(limits::BULK_ID_BYTES + 1);
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": long, "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"note": format!("{} bulkId:a", "bulkId:".repeat(100_000))}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"note": format!(" bulkId:{long}é bulkId:a/é")}},
    ]);
    let bulk = bulk(&operations);
    let error = bulk.operations[0].error.as_ref().unwrap();
    assert!(error.detail.contains("longer than 255 bytes"), "{}", error.detail);
    assert_eq!(bulk.needs(&bulk.operations[1]), [1]);
    assert_eq!(bulk.needs(&bulk.operations[2]), [1]);
}

//! POST `/Bulk` (RFC 7644 section 3.7): single operations, references between them, circles, limits.

use reqwest::Method;
use scimulate::store::Store as _;
use serde_json::{Value, json};

use crate::support::reference::{ERROR, GROUP, PATCH_OP, Reply, Server, USER, user};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn bulk(server: &Server, operations: Value) -> Vec<Value> {
    let reply = send(server, operations, None).await;
    assert_eq!((reply.status, &reply.json()["schemas"]), (200, &json!([BULK_RESPONSE])), "{}", reply.text);
    reply.json()["Operations"].as_array().unwrap().clone()
}

async fn send(server: &Server, operations: Value, fail_on_errors: Option<Value>) -> Reply {
    let mut body = json!({"schemas": [BULK], "Operations": operations});
    if let Some(most) = fail_on_errors {
        body["failOnErrors"] = most;
    }
    server.post("/Bulk", body).await
}

fn post_user(name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": user(&format!("{name}@example.com"))})
}

fn post_group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let data = json!({"schemas": [GROUP], "displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": data})
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

fn id(result: &Value) -> String {
    result["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

// BLK-001, BLK-003 to BLK-007, BLK-020
#[tokio::test]
async fn every_method_is_executed_and_returns_status_location_and_version() {
    let server = Server::start().await;
    let (ann, bob) = (server.user("ann@example.com").await, server.user("bob@example.com").await);
    let mut renamed = user("ann@example.com");
    renamed["displayName"] = json!("Ann");
    let patch = json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "Boss"}]});
    let results = bulk(
        &server,
        json!([
            post_user("cid"),
            {"method": "PUT", "path": format!("/Users/{ann}"), "data": renamed, "version": "W/\"1\""},
            {"method": "patch", "path": format!("Users/{ann}"), "data": patch},
            {"method": "DELETE", "path": format!("/Users/{bob}")},
        ]),
    )
    .await;
    assert_eq!(statuses(&results), ["201", "200", "200", "204"]);
    assert_eq!((&results[0]["bulkId"], &results[0]["version"]), (&json!("cid"), &json!("W/\"1\"")));
    assert_eq!(results[1]["location"], format!("{}/Users/{ann}", server.scim_url));
    assert_eq!((&results[1]["version"], &results[2]["version"]), (&json!("W/\"2\""), &json!("W/\"3\"")));
    assert!(results.iter().all(|result| result.get("response").is_none()));
    let cid = server.get(&format!("/Users/{}", id(&results[0]))).await.json();
    assert_eq!((&cid["userName"], &cid["meta"]["location"]), (&json!("cid@example.com"), &results[0]["location"]));
    let ann = server.get(&format!("/Users/{ann}")).await.json();
    assert_eq!((&ann["displayName"], &ann["title"]), (&json!("Ann"), &json!("Boss")));
    assert_eq!(server.get(&format!("/Users/{bob}")).await.status, 404);
}

// BLK-009 to BLK-011, BLK-022
#[tokio::test]
async fn forward_references_are_resolved_in_members_paths_and_filters() {
    let server = Server::start().await;
    let operation = |op: Value| json!({"schemas": [PATCH_OP], "Operations": [op]});
    let results = bulk(
        &server,
        json!([
            post_group("Team", &["bulkId:bob"]),
            post_user("ann"),
            post_user("bob"),
            {"method": "PATCH", "path": "/Groups/bulkId:Team",
             "data": operation(json!({"op": "add", "path": "members", "value": [{"value": "bulkId:ann"}]}))},
            {"method": "PATCH", "path": "/Groups/bulkId:Team",
             "data": operation(json!({"op": "remove", "path": "members[value eq \"bulkId:bob\"]"}))},
        ]),
    )
    .await;
    assert_eq!(statuses(&results), ["201", "201", "201", "204", "204"]);
    assert_eq!(server.members(&id(&results[0])).await, [id(&results[1])]);
}

// BLK-009, BLK-012
#[tokio::test]
async fn circles_are_resolved() {
    let server = Server::start().await;
    let with_manager = |name: &str, manager: &str| {
        let mut operation = post_user(name);
        operation["data"]["schemas"] = json!([USER, ENTERPRISE]);
        operation["data"][ENTERPRISE] = json!({"manager": {"value": format!("bulkId:{manager}")}});
        operation
    };
    let results = bulk(
        &server,
        json!([
            post_group("A", &["bulkId:B"]),
            post_group("B", &["bulkId:A"]),
            with_manager("ann", "bob"),
            with_manager("bob", "ann"),
            with_manager("cid", "cid"),
        ]),
    )
    .await;
    assert_eq!(statuses(&results), ["201", "201", "201", "201", "201"]);
    let ids: Vec<String> = results.iter().map(id).collect();
    assert_eq!(server.members(&ids[0]).await, [ids[1].clone()]);
    assert_eq!(server.members(&ids[1]).await, [ids[0].clone()]);
    for (who, manager) in [(2, 3), (3, 2), (4, 4)] {
        let reply = server.get(&format!("/Users/{}", ids[who])).await;
        assert_eq!(reply.json()[ENTERPRISE]["manager"]["value"], ids[manager], "{}", reply.text);
        assert_eq!(reply.header("etag"), results[who]["version"].as_str());
    }
}

// BLK-012
#[tokio::test]
async fn an_invalid_circle_creates_nothing() {
    let server = Server::start().await;
    // A group cannot be a member of itself.
    let results = bulk(&server, json!([post_group("Self", &["bulkId:Self"]), post_user("ann")])).await;
    assert_eq!(statuses(&results), ["409", "201"]);
    assert_eq!(server.get("/Groups").await.json()["totalResults"], 0);
}

// BLK-005, BLK-008, BLK-013 to BLK-015, BLK-017, BLK-020, BLK-021, BLK-023
#[tokio::test]
async fn a_failed_operation_returns_its_error_and_does_not_stop_the_others() {
    let server = Server::start().await;
    let ann = server.user("ann@example.com").await;
    let results = bulk(
        &server,
        json!([
            post_user("ann"),
            post_group("Team", &["bulkId:ann"]),
            post_group("Other", &["bulkId:nobody"]),
            {"method": "GET", "path": format!("/Users/{ann}")},
            {"method": "POST", "path": "/Users", "data": user("x@example.com")},
            {"method": "DELETE", "path": "/Users/nobody"},
            {"method": "DELETE", "path": "/Nothing/1"},
            {"method": "POST", "path": "/Bulk", "bulkId": "b", "data": {}},
            {"method": "DELETE", "path": "/Users"},
            {"method": "DELETE", "path": format!("/Users/{ann}"), "version": "W/\"9\""},
            post_user("bob"),
            post_user("bob"),
        ]),
    )
    .await;
    assert_eq!(
        statuses(&results),
        ["409", "409", "400", "405", "400", "404", "404", "400", "405", "412", "201", "400"]
    );
    for failed in results.iter().filter(|result| result["status"] != "201") {
        assert_eq!(failed["response"]["schemas"], json!([ERROR]), "{failed}");
        assert_eq!(failed["response"]["status"], failed["status"], "{failed}");
        assert!(failed["method"] != "POST" || failed.get("location").is_none(), "{failed}");
    }
    assert_eq!(results[0]["response"]["scimType"], "uniqueness");
    assert_eq!(results[5]["location"], format!("{}/Users/nobody", server.scim_url));
    assert_eq!(server.get("/Users").await.json()["totalResults"], 2);
}

// BLK-016, BLK-027
#[tokio::test]
async fn fail_on_errors_ends_the_request() {
    let server = Server::start().await;
    let missing = json!({"method": "DELETE", "path": "/Users/nobody"});
    let operations = json!([post_user("ann"), missing, missing, post_user("bob")]);
    for (most, done, users) in [(json!(1), 2, 1), (json!(2), 3, 1), (json!(3), 4, 2)] {
        let reply = send(&server, operations.clone(), Some(most)).await;
        assert_eq!(reply.json()["Operations"].as_array().unwrap().len(), done);
        let listed = server.get("/Users").await.json();
        assert_eq!(listed["totalResults"], users);
        for user in listed["Resources"].as_array().unwrap() {
            server.delete(&format!("/Users/{}", user["id"].as_str().unwrap())).await;
        }
    }
    for wrong in [json!(0), json!(-1), json!("1")] {
        send(&server, operations.clone(), Some(wrong)).await.is_scim_error(400, Some("invalidValue"));
    }
}

// BLK-016, BLK-025
#[tokio::test]
async fn errors_are_counted_in_order_of_execution() {
    let server = Server::start().await;
    let wrong = json!({"method": "POST", "path": "/Users", "bulkId": "w", "data": {"userName": 7}});
    // The store rejects the second creation of a name; the other errors are found before the store.
    let operations = json!([post_user("ann"), post_user("bob"), post_user("again"), wrong, post_user("cid")]);
    let mut operations = operations.as_array().unwrap().clone();
    operations[2]["data"]["userName"] = json!("ann@example.com");
    for (most, expected) in [
        (1, vec!["201", "201", "409"]),
        (2, vec!["201", "201", "409", "400"]),
        (3, vec!["201", "201", "409", "400", "201"]),
    ] {
        let reply = send(&server, json!(operations), Some(json!(most))).await;
        let results = reply.json()["Operations"].as_array().unwrap().clone();
        assert_eq!(statuses(&results), expected, "{most}");
        let listed = server.get("/Users").await.json();
        assert_eq!(listed["totalResults"], expected.iter().filter(|status| **status == "201").count(), "{most}");
        for user in listed["Resources"].as_array().unwrap() {
            server.delete(&format!("/Users/{}", user["id"].as_str().unwrap())).await;
        }
    }
}

// BLK-020, BLK-022, BLK-026
#[tokio::test]
async fn operations_on_one_resource_are_executed_in_order() {
    let server = Server::start().await;
    let (ann, team) = (server.user("ann@example.com").await, server.group("Team", &[]).await);
    let rename = |name: &str, version: &str| {
        let op = json!({"op": "replace", "path": "displayName", "value": name});
        let data = json!({"schemas": [PATCH_OP], "Operations": [op]});
        json!({"method": "PATCH", "path": format!("/Users/{ann}"), "version": version, "data": data})
    };
    let join = |who: &str| {
        let op = json!({"op": "add", "path": "members", "value": [{"value": who}]});
        let data = json!({"schemas": [PATCH_OP], "Operations": [op]});
        json!({"method": "PATCH", "path": format!("/Groups/{team}"), "data": data})
    };
    let bob = server.user("bob@example.com").await;
    let results = bulk(
        &server,
        json!([
            rename("A", "W/\"1\""),
            rename("B", "\"2\""),
            rename("C", "W/\"2\""),
            rename("D", "*"),
            rename("E", "W/\"3\", W/\"4\""),
            rename("F", "W/\"4\""),
            join(&ann),
            join(&bob),
            {"method": "DELETE", "path": format!("/Users/{ann}")},
            rename("G", "*"),
            {"method": "PATCH", "path": format!("/Users/{ann}"), "data": {}},
            {"method": "PUT", "path": format!("/Users/{ann}"), "data": user("ann@example.com")},
        ]),
    )
    .await;
    let expected = ["200", "200", "412", "200", "200", "412", "204", "204", "204", "404", "404", "404"];
    assert_eq!(statuses(&results), expected);
    assert_eq!(server.members(&team).await, [bob]);
    assert_eq!(results[11]["location"], format!("{}/Users/{ann}", server.scim_url));
}

#[tokio::test]
async fn many_operations_share_transactions() {
    let server = Server::start().await;
    let names: Vec<String> = (0..200).map(|n| format!("user{n}")).collect();
    let mut operations: Vec<Value> = names.iter().map(|name| post_user(name)).collect();
    let everybody: Vec<String> = names.iter().map(|name| format!("bulkId:{name}")).collect();
    operations.push(post_group("All", &everybody.iter().map(String::as_str).collect::<Vec<_>>()));
    let before = server.store.figures().commits;
    let results = bulk(&server, json!(operations)).await;
    assert!(results.iter().all(|result| result["status"] == "201"));
    // 64, 64, 64 and 8 users, then the group, which refers to all of them.
    assert_eq!(server.store.figures().commits - before, 5);
    assert_eq!(server.members(&id(&results[200])).await.len(), 200);
}

// BLK-018, BLK-019
#[tokio::test]
async fn limits_are_published_and_enforced() {
    let server = Server::start().await;
    let told = server.get("/ServiceProviderConfig").await.json()["bulk"].clone();
    assert_eq!(told["supported"], true);
    let most = usize::try_from(told["maxOperations"].as_u64().unwrap()).unwrap();
    let many = |count| Value::Array(vec![json!({"method": "DELETE", "path": "/Users/nobody"}); count]);
    assert_eq!(bulk(&server, many(most)).await.len(), most);
    let detail = send(&server, many(most + 1), None).await.is_scim_error(413, None);
    assert!(detail.contains(&most.to_string()), "{detail}");
    let bytes = usize::try_from(told["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let padded = |length: usize| {
        let body = json!({"schemas": [BULK], "Operations": []}).to_string();
        let padding = " ".repeat(length - body.len());
        body + &padding
    };
    assert_eq!(server.send_with(Method::POST, "/Bulk", &[], Some(padded(bytes))).await.status, 200);
    let reply = server.send_with(Method::POST, "/Bulk", &[], Some(padded(bytes + 1))).await;
    assert!(reply.is_scim_error(413, None).contains(&bytes.to_string()));
}

// BLK-002
#[tokio::test]
async fn invalid_bulk_requests_are_rejected() {
    let server = Server::start().await;
    server.post("/Bulk", json!({"Operations": []})).await.is_scim_error(400, Some("invalidSyntax"));
    server.post("/Bulk", json!({"schemas": [BULK]})).await.is_scim_error(400, Some("invalidSyntax"));
    let reply = server.get("/Bulk").await;
    reply.is_scim_error(405, None);
    assert_eq!(reply.header("allow"), Some("POST"));
    let wrong = [("authorization", "Bearer wrong")];
    server.send_with(Method::POST, "/Bulk", &wrong, Some("{}".to_owned())).await.is_scim_error(401, None);
}

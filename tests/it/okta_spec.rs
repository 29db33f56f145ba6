//! Okta's published SPEC test for SCIM 2.0 (export 1715608731), step by step, with its requests and assertions. It runs with
//! both media types. Steps 1 and 2 are OKT-001 and OKT-002, 3 and 5 OKT-003, 4 OKT-004, 6 and 7 OKT-005, 8 OKT-007, 9 OKT-006,
//! 10 OKT-008, 11 OKT-009; the headers of all OKT-021.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::{ERROR, LIST, Reply, Server, USER, filter};

const UNKNOWN_ID: &str = "010101001010101011001010101011";

/// Implements the suite's "not empty"; `false` and 0 are not empty.
fn not_empty(value: &Value) -> bool {
    !matches!(value, Value::Null) && value != "" && value != &json!([]) && value != &json!({})
}

struct Suite {
    server: Server,
    media_type: &'static str,
}

impl Suite {
    /// Returns the media type of responses: the accepted one, without parameters.
    fn response_media_type(&self) -> &'static str {
        self.media_type.split(';').next().unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let headers = [
            ("content-type", self.media_type),
            ("accept", self.media_type),
            ("accept-charset", "utf-8"),
            ("user-agent", "Okta SCIM Client 1.0.0"),
        ];
        self.server.send_with(method, path, &headers, body.map(Value::to_string)).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    fn has_name_and_mail(user: &Value) {
        for path in ["/id", "/name/familyName", "/name/givenName", "/userName", "/active", "/emails/0/value"] {
            assert!(not_empty(user.pointer(path).unwrap_or(&Value::Null)), "{path}");
        }
    }

    fn is_empty_list(reply: &Reply) {
        let list = reply.json();
        assert_eq!((reply.status, &list["schemas"], &list["totalResults"]), (200, &json!([LIST]), &json!(0)));
    }
}

#[tokio::test]
async fn every_step_passes() {
    for media_type in ["application/scim+json; charset=utf-8", "application/json"] {
        play(media_type).await;
    }
}

async fn play(media_type: &'static str) {
    let suite = Suite { server: Server::start().await, media_type };
    // Step 1 requires an existing user.
    suite.server.user("existing@example.com").await;

    // 1: Test Users endpoint
    let reply = suite.get("/Users?count=1&startIndex=1").await;
    let list = reply.json();
    assert_eq!((reply.status, &list["schemas"]), (200, &json!([LIST])), "step 1");
    for counter in ["itemsPerPage", "startIndex", "totalResults"] {
        assert!(list[counter].is_u64(), "step 1: {counter}");
    }
    Suite::has_name_and_mail(&list["Resources"][0]);
    let id = list["Resources"][0]["id"].as_str().unwrap();

    // 2: Get Users/{{id}}
    let reply = suite.get(&format!("/Users/{id}")).await;
    assert_eq!((reply.status, &reply.json()["id"]), (200, &json!(id)), "step 2");
    Suite::has_name_and_mail(&reply.json());

    // 3: Test invalid User by username
    Suite::is_empty_list(&suite.get(&format!("/Users?{}", filter("userName eq \"abcdefgh@atko.com\""))).await);

    // 4: Test invalid User by ID
    suite.get(&format!("/Users/{UNKNOWN_ID}")).await.is_scim_error_in(suite.response_media_type(), 404, None);

    // 5: Make sure random user doesn't exist
    let name = "Runscope123Lxyzabcde456@atko.com";
    Suite::is_empty_list(&suite.get(&format!("/Users?{}", filter(&format!("userName eq \"{name}\"")))).await);

    // 6: Create Okta user with realistic values
    let user = json!({
        "schemas": [USER],
        "userName": name,
        "name": {"familyName": "Lxyzabcde456", "givenName": "Runscope123"},
        "emails": [{"primary": true, "value": name, "type": "work"}],
        "displayName": "Runscope123 Lxyzabcde456",
        "active": true,
    });
    let reply = suite.send(Method::POST, "/Users", Some(&user)).await;
    let created = reply.json();
    assert_eq!(reply.status, 201, "step 6");
    assert_eq!(created["active"], true, "step 6");
    assert!(not_empty(&created["id"]), "step 6");
    assert!(created["schemas"].as_array().unwrap().contains(&json!(USER)), "step 6");
    for path in ["/name/familyName", "/name/givenName", "/userName"] {
        assert_eq!(created.pointer(path), user.pointer(path), "step 6: {path}");
    }

    // 7: Verify that user was created
    let reply = suite.get(&format!("/Users/{}", created["id"].as_str().unwrap())).await;
    let read = reply.json();
    assert_eq!(reply.status, 200, "step 7");
    for path in ["/name/familyName", "/name/givenName", "/userName"] {
        assert_eq!(read.pointer(path), user.pointer(path), "step 7: {path}");
    }

    // 8: Expect failure when recreating user with same values
    assert_eq!(suite.send(Method::POST, "/Users", Some(&user)).await.status, 409, "step 8");

    // 9: Username Case Sensitivity Check
    let upper_case = format!("/Users?{}", filter(&format!("userName eq \"{}\"", name.to_uppercase())));
    let reply = suite.get(&upper_case).await;
    assert_eq!((reply.status, &reply.json()["totalResults"]), (200, &json!(1)), "step 9");

    // 10: Verify Groups endpoint. Okta also requires a response within 600 ms, which depends on the machine.
    let reply = suite.get("/Groups").await;
    assert_eq!(reply.status, 200, "step 10");
    assert!(reply.json()["Resources"].is_array(), "step 10");

    // 11: Check status 401
    let reply = suite.server.send_with(Method::GET, &upper_case, &[("authorization", "non-token")], None).await;
    let error = reply.json();
    assert_eq!((reply.status, &error["status"], &error["schemas"]), (401, &json!("401"), &json!([ERROR])), "step 11");
    assert!(not_empty(&error["detail"]), "step 11");

    // 12: Check status 404
    suite.get("/Users/00919288221112222").await.is_scim_error_in(suite.response_media_type(), 404, None);
}

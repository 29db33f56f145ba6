//! docs/workos-rules.md: each rule of WorkOS that a directory with `rules = "workos"` has, and the behavior of a directory
//! with `rules = "rfc"` beside it.

use reqwest::Method;
use scimulate::Check;
use scimulate::directory::Settings;
use scimulate::directory::model::ShownState;
use scimulate::events::OnDeactivate;
use scimulate::report::Verdict;
use scimulate::scim::{Mode, RuleSet};
use scimulate::wire::{Auth, Target};
use serde_json::{Value, json};

use crate::support::harness::{ids, report_of};
use crate::support::reference::{GROUP, PATCH_OP, Reply, Server, USER, user};

/// A directory of a server.
struct Directory<'a> {
    server: &'a Server,
    scim_url: String,
    authorization: String,
}

impl<'a> Directory<'a> {
    async fn new(server: &'a Server, settings: Settings) -> Self {
        let (scim_url, token) = server.another_directory_with("Okta", settings).await;
        Self { server, scim_url, authorization: format!("Bearer {token}") }
    }

    /// Adds a directory with the rules of WorkOS and one with those of the RFCs.
    async fn pair(server: &'a Server, settings: Settings) -> (Self, Self) {
        let workos = Settings { rules: RuleSet::Workos, ..settings.clone() };
        (Self::new(server, workos).await, Self::new(server, settings).await)
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", self.scim_url);
        let headers = [("authorization", self.authorization.as_str())];
        let body = (!body.is_null()).then(|| body.to_string());
        self.server.send_with(method, &url, &headers, body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, body).await
    }

    async fn patch(&self, path: &str, operations: Value) -> Reply {
        self.send(Method::PATCH, path, &json!({"schemas": [PATCH_OP], "Operations": operations})).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &Value::Null).await
    }

    async fn user(&self, body: &Value) -> String {
        self.post("/Users", body).await.id()
    }

    /// Returns the names of the events of this directory, and their data.
    async fn events(&self) -> Vec<(String, Value)> {
        let key = self.scim_url.rsplit('/').next().unwrap();
        let all = self.server.api_get("/events?limit=100").await;
        let directories = self.server.api_get("/directories?limit=100").await;
        let directories = directories["data"].as_array().unwrap();
        let own = &directories.iter().find(|directory| directory["external_key"] == key).unwrap()["id"];
        let events = all["data"].as_array().unwrap().iter();
        let own = events.filter(|event| event["data"]["directory_id"] == *own);
        own.map(|event| (event["event"].as_str().unwrap().to_owned(), event["data"].clone())).collect()
    }

    /// Returns the address of each directory user, in the order in which they were created.
    async fn emails(&self) -> Vec<Value> {
        let created = |(name, data): (String, Value)| (name == "dsync.user.created").then(|| data["email"].clone());
        self.events().await.into_iter().filter_map(created).collect()
    }
}

/// Returns the user of Okta with some attributes changed; those that are null are left out.
fn changed(name: &str, changes: &Value) -> Value {
    let mut body = user(name);
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(key);
        } else {
            body[key] = value.clone();
        }
    }
    body
}

#[track_caller]
fn is_refused(reply: &Reply, scim_type: &str, detail: &str) {
    assert_eq!(reply.is_scim_error(400, Some(scim_type)), detail);
}

#[tokio::test]
async fn required_names() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    for nameless in
        [changed("ann@x.example", &json!({"userName": null})), changed("ann@x.example", &json!({"userName": ""}))]
    {
        is_refused(&workos.post("/Users", &nameless).await, "invalidValue", "'userName' is required");
        assert_ne!(
            rfc.post("/Users", &nameless).await.is_scim_error(400, Some("invalidValue")),
            "'userName' is required"
        );
    }
    let nameless = json!({"schemas": [GROUP], "members": []});
    is_refused(&workos.post("/Groups", &nameless).await, "invalidValue", "'displayName' is required");
    rfc.post("/Groups", &nameless).await.is_scim_error(400, Some("invalidValue"));
}

#[tokio::test]
async fn names_and_group_identities_are_unique() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    for directory in [&workos, &rfc] {
        directory.user(&user("ann@x.example")).await;
        let again = changed("ANN@x.example", &json!({"emails": [{"value": "other@x.example", "type": "work"}]}));
        let detail = directory.post("/Users", &again).await.is_scim_error(409, Some("uniqueness"));
        assert_eq!(detail, "Another user already exists with this username 'ANN@x.example'");
        let group = json!({"schemas": [GROUP], "displayName": "Crew"});
        let id = directory.post("/Groups", &group).await.id();
        let renamed = json!({"schemas": [GROUP], "displayName": "Team"});
        assert_eq!(directory.put(&format!("/Groups/{id}"), &renamed).await.status, 200);
        let detail = directory.post("/Groups", &group).await.is_scim_error(409, Some("uniqueness"));
        assert_eq!(detail, "Another group already exists with this ID 'Crew'");
    }
}

#[tokio::test]
async fn a_user_needs_an_address_unless_the_user_name_is_one() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let blank = json!([{"type": "work", "value": " "}]);
    for emails in [Value::Null, json!([]), blank.clone()] {
        let body = changed("ann", &json!({"emails": emails}));
        is_refused(&workos.post("/Users", &body).await, "invalidValue", "Required attributes missing: emails");
    }
    // Nothing is stored, and the corrected request is accepted.
    assert_eq!(workos.events().await.len(), 1);
    let with_address = json!({"emails": [{"type": "work", "value": "ann@x.example"}]});
    let id = workos.user(&changed("ann", &with_address)).await;
    let without = changed("ann", &json!({"emails": blank}));
    let replaced = workos.put(&format!("/Users/{id}"), &without).await;
    is_refused(&replaced, "invalidSyntax", "Required attributes missing: emails");
    let id = rfc.user(&without).await;
    assert_eq!(rfc.put(&format!("/Users/{id}"), &without).await.status, 200);

    let without = changed("bob@x.example", &json!({"emails": null}));
    let id = workos.user(&without).await;
    let added = json!([{"primary": true, "type": "work", "value": "bob@x.example"}]);
    assert_eq!(workos.get(&format!("/Users/{id}")).await.json()["emails"], added);
    assert_eq!(workos.put(&format!("/Users/{id}"), &without).await.json()["emails"], added);
    assert_eq!(rfc.post("/Users", &without).await.json()["emails"], Value::Null);
}

#[tokio::test]
async fn the_address_of_a_directory_user() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let cases = [
        (json!([{"value": "not an address", "primary": true}]), Value::Null),
        (
            json!([{"value": "a@x.example", "type": "home"}, {"value": "b@x.example", "primary": true}]),
            json!("b@x.example"),
        ),
        (
            json!([{"value": "c@x.example", "type": "home"}, {"value": "d@x.example", "type": "work"}]),
            json!("d@x.example"),
        ),
        (
            json!([{"value": "e@x.example", "type": "other"}, {"value": "f@x.example", "type": "home"}]),
            json!("f@x.example"),
        ),
        (json!([{"value": "g@x.example", "type": "other"}]), Value::Null),
    ];
    for directory in [&workos, &rfc] {
        for (at, (emails, _)) in cases.iter().enumerate() {
            directory.user(&changed(&format!("user{at}"), &json!({"emails": emails, "name": null}))).await;
        }
        let expected: Vec<Value> = cases.iter().map(|(_, email)| email.clone()).collect();
        assert_eq!(directory.emails().await, expected);
    }
}

#[tokio::test]
async fn an_address_belongs_to_one_active_user() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let shared = |name: &str| changed(name, &json!({"emails": [{"value": "Team@x.example", "type": "work"}]}));
    let other =
        |name: &str| changed(name, &json!({"emails": [{"value": format!("{name}@x.example"), "type": "work"}]}));
    let taken = |reply: Reply| {
        let detail = reply.is_scim_error(409, Some("uniqueness"));
        assert_eq!(detail, "Another user already exists with this email 'Team@x.example'");
    };
    let active = |value: bool| json!([{"op": "replace", "value": {"active": value}}]);
    let ann = workos.user(&changed("ann", &json!({"emails": [{"value": "team@X.example", "type": "work"}]}))).await;
    taken(workos.post("/Users", &shared("bob")).await);
    let bob = workos.user(&other("bob")).await;
    taken(workos.put(&format!("/Users/{bob}"), &shared("bob")).await);
    let emails = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "Team@x.example"}]);
    taken(workos.patch(&format!("/Users/{bob}"), emails).await);
    // A user keeps its own address.
    assert_eq!(workos.put(&format!("/Users/{ann}"), &shared("ann")).await.status, 200);
    // An inactive user does not block the address, and cannot return while another user has it.
    assert_eq!(workos.patch(&format!("/Users/{ann}"), active(false)).await.status, 200);
    assert_eq!(workos.put(&format!("/Users/{bob}"), &shared("bob")).await.status, 200);
    taken(workos.patch(&format!("/Users/{ann}"), active(true)).await);
    assert_eq!(workos.put(&format!("/Users/{ann}"), &other("ann")).await.status, 200);

    rfc.user(&shared("ann")).await;
    rfc.user(&shared("bob")).await;
}

#[tokio::test]
async fn types_are_strict() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let id = workos.user(&user("ann@x.example")).await;
    let text = changed("ann@x.example", &json!({"active": "true"}));
    let detail = "'active' is expected boolean, received string";
    is_refused(&workos.post("/Users", &text).await, "invalidSyntax", detail);
    is_refused(&workos.put(&format!("/Users/{id}"), &text).await, "invalidSyntax", detail);
    let id = rfc.user(&text).await;
    assert_eq!(rfc.put(&format!("/Users/{id}"), &text).await.status, 200);
    for (changes, detail) in [
        (json!({"emails": "ann@x.example"}), "'emails' is expected array, received string"),
        (json!({"emails": ["ann@x.example"]}), "'emails[0]' is expected object, received string"),
        (json!({"emails": [{"value": 7}]}), "'emails[0].value' is expected string, received number"),
        (json!({"name": {"givenName": true}}), "'name.givenName' is expected string, received boolean"),
    ] {
        is_refused(&workos.post("/Users", &changed("bob@x.example", &changes)).await, "invalidSyntax", detail);
    }
}

#[tokio::test]
async fn null_is_rejected_except_for_the_display_of_a_member() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let mut with_null = user("ann@x.example");
    with_null["name"]["middleName"] = Value::Null;
    is_refused(&workos.post("/Users", &with_null).await, "invalidSyntax", "'name.middleName' is null");
    let id = rfc.user(&with_null).await;
    let clear = json!([{"op": "replace", "path": "title", "value": null}]);
    assert_eq!(rfc.patch(&format!("/Users/{id}"), clear.clone()).await.status, 200);
    let id = workos.user(&user("ann@x.example")).await;
    is_refused(&workos.patch(&format!("/Users/{id}"), clear).await, "invalidSyntax", "'value' is null");
    let members = json!([{"value": id, "display": null}]);
    let group =
        workos.post("/Groups", &json!({"schemas": [GROUP], "displayName": "Crew", "members": members})).await.id();
    let replace = json!([{"op": "replace", "value": {"members": members}}]);
    assert_eq!(workos.patch(&format!("/Groups/{group}"), replace).await.status, 204);
}

#[tokio::test]
async fn an_inactive_user_is_created_only_if_deactivated_users_are_kept() {
    let server = Server::start().await;
    for on_deactivate in [OnDeactivate::Delete, OnDeactivate::DeleteRetained, OnDeactivate::Keep] {
        let settings = Settings { on_deactivate, ..Settings::default() };
        let (workos, rfc) = Directory::pair(&server, settings).await;
        let inactive = changed("ann@x.example", &json!({"active": false}));
        let reply = workos.post("/Users", &inactive).await;
        if on_deactivate == OnDeactivate::Keep {
            reply.id();
        } else {
            assert_eq!(reply.status, 400);
            assert_eq!((reply.json().get("detail"), reply.json().get("scimType")), (None, None));
        }
        rfc.user(&inactive).await;
    }
}

#[tokio::test]
async fn members_that_do_not_exist_are_dropped() {
    let server = Server::start().await;
    for mode in [Mode::Lenient, Mode::Strict] {
        let (workos, rfc) = Directory::pair(&server, Settings { mode, ..Settings::default() }).await;
        let group = json!({"schemas": [GROUP], "displayName": "Crew", "members": [{"value": "unknown"}]});
        let made = workos.post("/Groups", &group).await;
        assert_eq!((made.status, made.json().get("members")), (201, Some(&json!([]))));
        assert_eq!(rfc.post("/Groups", &group).await.status, if mode == Mode::Strict { 400 } else { 201 });
        let empty = json!({"schemas": [GROUP], "displayName": "Team", "members": [{"value": ""}]});
        for directory in [&workos, &rfc] {
            directory.post("/Groups", &empty).await.is_scim_error(400, Some("invalidValue"));
        }
    }
}

#[tokio::test]
async fn the_response_to_a_large_body_has_no_scim_error() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let large = changed("ann@x.example", &json!({"nickName": "n".repeat(2_000 * 1_024)}));
    let reply = workos.post("/Users", &large).await;
    assert_eq!((reply.status, reply.header("content-type")), (413, Some("text/plain; charset=utf-8")));
    rfc.post("/Users", &large).await.is_scim_error(413, None);
    let fits = changed("ann@x.example", &json!({"nickName": "n".repeat(2_000 * 1_000)}));
    workos.user(&fits).await;
}

#[tokio::test]
async fn only_post_creates_and_delete_removes() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    for directory in [&workos, &rfc] {
        let ann = user("ann@x.example");
        assert_eq!(directory.put("/Users/unknown", &ann).await.status, 404);
        assert_eq!(directory.patch("/Users/unknown", json!([])).await.status, 404);
        assert_eq!(directory.send(Method::DELETE, "/Users/unknown", &Value::Null).await.status, 404);
        let path = format!("/Users/{}", directory.user(&ann).await);
        assert_eq!(directory.send(Method::DELETE, &path, &Value::Null).await.status, 204);
        assert_eq!(directory.get(&path).await.status, 404);
        assert_eq!(directory.events().await.last().unwrap().0, "dsync.user.deleted");
    }
}

/// The rules hold for each operation of a bulk request, too.
#[tokio::test]
async fn bulk_operations_follow_the_rules() {
    let server = Server::start().await;
    let (workos, rfc) = Directory::pair(&server, Settings::default()).await;
    let create = |name: &str, emails: Value| {
        let data = changed(name, &json!({"emails": emails}));
        json!({"method": "POST", "path": "/Users", "bulkId": name, "data": data})
    };
    let shared = || json!([{"value": "team@x.example", "type": "work"}]);
    // The writes share a transaction, so that the second user with the shared address meets one that is not committed.
    let operations = [
        create("ann", Value::Null),
        create("bob@x.example", Value::Null),
        create("cid", shared()),
        create("dan", shared()),
    ];
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let statuses = async |directory: &Directory<'_>| {
        let reply = directory.post("/Bulk", &body).await.json();
        reply["Operations"].as_array().unwrap().iter().map(|done| done["status"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&workos).await, ["400", "201", "201", "409"]);
    assert_eq!(statuses(&rfc).await, ["201", "201", "201", "201"]);
}

#[tokio::test]
async fn the_setting_is_created_changed_and_listed() {
    let server = Server::start().await;
    let body = json!({"organization_id": server.organization_id, "name": "W", "settings": {"rules": "workos"}});
    let made = server.api(Method::POST, "/scimulate/directories", Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let workos = Directory {
        server: &server,
        scim_url: made["scim_url"].as_str().unwrap().to_owned(),
        authorization: format!("Bearer {}", made["token"].as_str().unwrap()),
    };
    let body = json!({"schemas": [USER], "userName": "ann"});
    is_refused(&workos.post("/Users", &body).await, "invalidValue", "Required attributes missing: emails");
    let unknown = json!({"organization_id": server.organization_id, "name": "W", "settings": {"rules": "okta"}});
    assert_eq!(server.api(Method::POST, "/scimulate/directories", Some(&unknown)).await.status, 422);
}

/// While a directory is set up, the users of Okta must have their IDs.
#[tokio::test]
async fn a_directory_that_is_validating_needs_the_ids_of_okta() {
    let server = Server::start().await;
    let settings = Settings { state: ShownState::Validating, ..Settings::default() };
    let (workos, rfc) = Directory::pair(&server, settings).await;
    let detail = "externalId must be an Okta user ID (e.g. `00u...`) for Okta SCIM v2.0 directories.";
    for (name, id) in [("ann", Value::Null), ("bob", json!("00u1")), ("cid", json!("cid@x.example-000000"))] {
        let body = changed(&format!("{name}@x.example"), &json!({"externalId": id}));
        is_refused(&workos.post("/Users", &body).await, "invalidValue", detail);
        rfc.user(&body).await;
    }
    let id = workos.user(&changed("dan@x.example", &json!({"externalId": "00u7k2example9Qx5d79"}))).await;
    let renamed = changed("dan@x.example", &json!({"externalId": "dan"}));
    assert_eq!(workos.put(&format!("/Users/{id}"), &renamed).await.status, 200, "only POST is checked");
}

/// The API shows each state that is set; nothing else changes.
#[tokio::test]
async fn the_state_of_a_directory_is_a_setting() {
    let server = Server::start().await;
    for state in ["linked", "unlinked", "validating", "invalid_credentials"] {
        let settings = json!({"state": state});
        let body = json!({"organization_id": server.organization_id, "name": "Okta", "settings": settings});
        let made = server.api(Method::POST, "/scimulate/directories", Some(&body)).await.json();
        assert_eq!(made["state"], state);
        let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        assert_eq!(server.api_get(&format!("/directories/{id}")).await["state"], state);
        let authorization = format!("Bearer {token}");
        let scim_url = made["scim_url"].as_str().unwrap().to_owned();
        Directory { server: &server, scim_url, authorization }.user(&user("ann@x.example")).await;
        let removed = server.api(Method::DELETE, &format!("/directories/{id}"), None).await;
        assert_eq!(removed.status, 202);
    }
}

/// A check finds nothing to blame: the only note is the address that WorkOS refuses.
#[tokio::test]
async fn a_check_blames_no_rule_of_workos() {
    let server = Server::start().await;
    let settings = Settings { on_deactivate: OnDeactivate::Delete, rules: RuleSet::Workos, ..Settings::default() };
    let directory = Directory::new(&server, settings).await;
    let token = directory.authorization.trim_start_matches("Bearer ").to_owned();
    let target = Target::new(&directory.scim_url, Auth::Bearer(token.as_str().into()));
    let check = Check::of(target).seed(7).events(server.events_url.clone(), server.api_key.clone());
    let check = check.on_deactivate(OnDeactivate::Delete);
    let run = tokio::task::spawn_blocking(move || report_of(check)).await.unwrap();
    assert!(run.scenarios.len() > 150, "{}", run.scenarios.len());
    assert_eq!(ids(&run, Verdict::Passed).len() + 1, run.scenarios.len(), "{run}");
    let findings: Vec<&str> = run.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(findings, ["note/e-mail-shared:wrong-status:user"]);
    assert_eq!(run.exit().0, 0);
}

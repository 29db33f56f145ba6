//! The request sequences of both clients, against a small server in memory.

mod stage;
mod switches;

use std::time::Duration;

use serde_json::{Value, json};

use self::stage::{Server, Stage, respond, short};
use crate::okta::ClientKind::{self, Aiw, Oin};
use crate::okta::action::Action;
use crate::okta::habits::{Habits, names};
use crate::scim::message;
use crate::wire::{Failure, Method, Request, Response};

const LOOKUP: &str = "GET /Users?filter";

#[test]
fn testing_the_connection_and_each_save_send_one_request() {
    let mut stage = Stage::new(Oin);
    assert_eq!(stage.act(json!({"do": "test-connection"})), ["GET /Users?startIndex=1&count=2"]);
    stage.org.app_mut("app").unwrap().import_groups = true;
    let both = ["GET /Users?startIndex=1&count=2", "GET /Groups?startIndex=1&count=100"];
    assert_eq!(stage.act(json!({"do": "save-connection"})), both);
    assert_eq!(stage.act(json!({"do": "save-to-app", "sync-password": true})), both);
    assert!(stage.org.app("app").unwrap().to_app.sync_password);
}

#[test]
fn a_new_person_is_looked_up_and_created() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::new(client);
        assert_eq!(stage.act(json!({"do": "assign", "people": ["ada"]})), [LOOKUP, "POST /Users"]);
        let body = stage.last_body();
        let id = body["externalId"].as_str().unwrap();
        assert!(id.starts_with("00u") && id.len() == 20);
        assert_eq!(body["password"].as_str().unwrap().len(), 8);
        assert_eq!(stage.org.app("app").unwrap().external_id("ada"), Some("id1"));
    }
}

#[test]
fn an_existing_user_is_linked() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::new(client);
        stage
            .server
            .resources
            .insert("/Users/x".into(), json!({"id": "x", "userName": "ada@example.com", "active": true}));
        let sent = stage.act(json!({"do": "assign", "people": ["ada"]}));
        assert_eq!(sent, [LOOKUP, "GET /Users/x", "PUT /Users/x"]);
        assert_eq!(stage.last_body()["active"], true);
    }
}

#[test]
fn unassigning_deactivates_and_assigning_again_reactivates() {
    for (client, off, on) in [
        (
            Oin,
            vec!["PATCH /Users/id1 replace"],
            vec![LOOKUP, "PATCH /Users/id1 replace", "GET /Users/id1", "PUT /Users/id1"],
        ),
        (Aiw, vec!["GET /Users/id1", "PUT /Users/id1"], vec![LOOKUP, "GET /Users/id1", "PUT /Users/id1"]),
    ] {
        let mut stage = Stage::new(client);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        assert_eq!(stage.act(json!({"do": "unassign", "people": ["ada"]})), off);
        assert_eq!(stage.server.resources["/Users/id1"]["active"], false);
        assert_eq!(stage.act(json!({"do": "assign", "people": ["ada"]})), on);
        assert_eq!(stage.server.resources["/Users/id1"]["active"], true);
        assert_eq!(stage.act(json!({"do": "deactivate-person", "person": "ada"})), off);
        assert_eq!(stage.act(json!({"do": "delete-person", "person": "ada"})), [""; 0]);
        assert_eq!(stage.tasks, [""; 0]);
    }
}

#[test]
fn a_deactivation_put_echoes_the_server_s_document() {
    let mut stage = Stage::new(Aiw);
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    let theirs = json!({"meta": {"x": 1}, "id": "id1", "userName": "changed", "title": "Theirs", "active": true});
    stage.server.resources.insert("/Users/id1".into(), theirs.clone());
    stage.act(json!({"do": "unassign", "people": ["ada"]}));
    let mut expected = theirs;
    expected["active"] = json!(false);
    assert_eq!(stage.last_body().to_string(), expected.to_string());
}

#[test]
fn only_a_mapped_change_is_pushed() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::new(client);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        let set =
            |attribute: &str, value: &str| json!({"do": "update-profile", "person": "ada", "set": {attribute: value}});
        assert_eq!(stage.act(set("secondEmail", "x@y.z")), [""; 0]);
        assert_eq!(stage.act(set("title", "Boss")), ["GET /Users/id1", "PUT /Users/id1"]);
        assert_eq!(stage.last_body()["title"], "Boss");
        stage.act(set("title", ""));
        assert_eq!(stage.last_body().get("title"), None);
        stage.act(set("login", "new@example.com"));
        assert_eq!(stage.last_body()["userName"], "new@example.com");
    }
}

#[test]
fn to_app_switches_suppress_requests() {
    let mut stage = Stage::new(Oin);
    stage.act(json!({"do": "save-to-app", "create": false}));
    assert_eq!(stage.act(json!({"do": "assign", "people": ["ada"]})), [LOOKUP]);
    assert!(stage.tasks[0].ends_with("Matching user not found"));
    stage.act(json!({"do": "save-to-app", "create": true, "update": false, "deactivate": false}));
    assert_eq!(stage.act(json!({"do": "retry-tasks"})), [LOOKUP, "POST /Users"]);
    assert_eq!(stage.act(json!({"do": "update-profile", "person": "ada", "set": {"title": "x"}})), [""; 0]);
    assert_eq!(stage.act(json!({"do": "unassign", "people": ["ada"]})), [""; 0]);

    let mut stage = Stage::new(Oin);
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    stage.act(json!({"do": "save-to-app", "exclude-username-updates": true}));
    assert_eq!(stage.act(json!({"do": "update-profile", "person": "ada", "set": {"login": "n@e.com"}})), [""; 0]);
    stage.act(json!({"do": "update-profile", "person": "ada", "set": {"title": "x"}}));
    assert_eq!(stage.last_body()["userName"], "ada@example.com");
}

#[test]
fn a_password_is_sent_only_with_sync_password() {
    for (client, expected) in [(Oin, vec!["PATCH /Users/id1 replace"]), (Aiw, vec!["GET /Users/id1", "PUT /Users/id1"])]
    {
        let mut stage = Stage::new(client);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        assert_eq!(stage.act(json!({"do": "change-password", "person": "ada"})), [""; 0]);
        stage.act(json!({"do": "save-to-app", "sync-password": true}));
        assert_eq!(stage.act(json!({"do": "change-password", "person": "ada"})), expected);
        assert!(stage.last_body().to_string().contains(&stage.org.person("ada").unwrap().password));
    }
}

#[test]
fn suspending_sends_nothing() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::prepared(client);
        assert_eq!(stage.act(json!({"do": "suspend-person", "person": "ada"})), [""; 0]);
        assert_eq!(stage.act(json!({"do": "unsuspend-person", "person": "ada"})), [""; 0]);
    }
    let mut stage = Stage::with(Oin, "suspend=deactivate");
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    assert_eq!(stage.act(json!({"do": "suspend-person", "person": "ada"})), ["PATCH /Users/id1 replace"]);
}

#[test]
fn a_first_push_creates_the_group() {
    let mut stage = Stage::prepared(Oin);
    let sent: Vec<String> = stage.sent[4..].iter().map(short).collect();
    assert_eq!(
        sent,
        ["GET /Groups?filter", "POST /Groups", "PATCH /Groups/id3 add", "GET /Groups/id3", "PATCH /Groups/id3 replace"]
    );
    assert_eq!(stage.sent[5].json().unwrap()["members"], json!([]));
    // Cyd has no account in the target, so she is not pushed.
    assert_eq!(
        stage.sent[6].json().unwrap()["Operations"][0]["value"][1],
        json!({"value": "id2", "display": "bob@example.com"})
    );
    assert_eq!(stage.sent[6].json().unwrap()["Operations"][0]["value"].as_array().unwrap().len(), 2);
    // She is pushed as soon as she has one.
    let sent = stage.act(json!({"do": "assign", "people": ["cyd"]}));
    assert_eq!(sent, [LOOKUP, "POST /Users", "PATCH /Groups/id3 add", "PATCH /Groups/id3 replace"]);

    let stage = Stage::prepared(Aiw);
    let sent: Vec<String> = stage.sent[4..].iter().map(short).collect();
    assert_eq!(sent, ["GET /Groups?filter", "POST /Groups", "GET /Groups/id3", "PUT /Groups/id3"]);
    assert_eq!(stage.sent[5].json().unwrap()["members"].as_array().unwrap().len(), 2);
}

#[test]
fn one_patch_adds_and_removes_members_removals_first() {
    let mut stage = Stage::prepared(Oin);
    stage.act(json!({"do": "assign", "people": ["cyd"]}));
    stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["cyd"]}));
    let sent = stage.act(json!({"do": "change-group", "group": "eng", "add": ["cyd"], "remove": ["ada", "bob"]}));
    assert_eq!(sent, ["PATCH /Groups/id3 remove remove add", "PATCH /Groups/id3 replace"]);
    let body = stage.sent[stage.sent.len() - 2].json().unwrap();
    assert_eq!(body["Operations"][0], json!({"op": "remove", "path": "members[value eq \"id1\"]"}));

    let mut stage = Stage::prepared(Aiw);
    let sent = stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["ada"]}));
    assert_eq!(sent, ["GET /Groups/id3", "PUT /Groups/id3"]);
    assert_eq!(stage.last_body()["members"], json!([{"value": "id2", "display": "bob@example.com"}]));
}

#[test]
fn other_operations_on_a_pushed_group() {
    for (client, put) in [(Oin, vec!["PATCH /Groups/id3 replace"]), (Aiw, vec!["GET /Groups/id3", "PUT /Groups/id3"])] {
        let mut stage = Stage::prepared(client);
        assert_eq!(stage.act(json!({"do": "push-now", "group": "eng"})), put);
        assert_eq!(stage.act(json!({"do": "deactivate-push", "group": "eng"})), [""; 0]);
        assert_eq!(stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["ada"]})), [""; 0]);
        assert_eq!(stage.act(json!({"do": "activate-push", "group": "eng"})), put);
        assert_eq!(stage.act(json!({"do": "rename-group", "group": "eng", "to": "Engineers"})), put);
        assert!(stage.last_body().to_string().contains("Engineers"));
        assert_eq!(stage.act(json!({"do": "unlink-group", "group": "Engineers", "delete": false})), [""; 0]);
        stage.act(json!({"do": "push-group", "group": "Engineers"}));
        let sent = stage.act(json!({"do": "unlink-group", "group": "Engineers", "delete": true}));
        assert_eq!(sent, ["DELETE /Groups/id3"]);
        assert_eq!(stage.tasks, [""; 0]);
    }
}

#[test]
fn linking_adds_members_to_the_existing_group() {
    for (client, expected) in [
        (Oin, vec!["GET /Groups?filter", "PATCH /Groups/x add", "GET /Groups/x", "PATCH /Groups/x replace"]),
        (Aiw, vec!["GET /Groups?filter", "GET /Groups/x", "PUT /Groups/x"]),
    ] {
        let mut stage = Stage::new(client);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        stage.org.add_group("eng", &["ada"]).unwrap();
        let existing =
            json!({"displayName": "Old", "id": "x", "externalId": "e", "meta": {}, "members": [{"value": "z"}]});
        stage.server.resources.insert("/Groups/x".into(), existing);
        assert_eq!(stage.act(json!({"do": "link-group", "group": "eng", "to": "Old"})), expected);
        if client == Aiw {
            let body = stage.last_body();
            let members = json!([{"value": "z", "display": null}, {"value": "id1", "display": "ada@example.com"}]);
            assert_eq!(body, json!({"displayName": "eng", "id": "x", "externalId": "e", "members": members}));
        }
        assert_eq!(stage.tasks, [""; 0]);
    }
}

fn same_group(habit: Option<&str>) -> Vec<String> {
    let mut stage = Stage::new(Oin);
    if let Some(habit) = habit {
        stage.habits.set_pair(habit).unwrap();
    }
    stage.org.add_group("all", &["ada", "bob"]).unwrap();
    stage.act(json!({"do": "assign-group", "group": "all"}));
    stage.act(json!({"do": "push-group", "group": "all"}));
    let sent = stage.act(json!({"do": "remove-from-group", "group": "all", "people": ["ada"]}));
    assert_eq!(stage.tasks, [""; 0]);
    sent
}

#[test]
fn leaving_a_group_that_assigns_and_is_pushed_does_not_remove_the_member() {
    assert_eq!(same_group(None), ["PATCH /Users/id1 replace"]);
    let removal = ["PATCH /Groups/id3 remove", "PATCH /Groups/id3 replace"];
    let both = same_group(Some("same-group-leave=remove-then-deactivate"));
    assert_eq!(both, [removal[0], removal[1], "PATCH /Users/id1 replace"]);
    let both = same_group(Some("same-group-leave=deactivate-then-remove"));
    assert_eq!(both, ["PATCH /Users/id1 replace", removal[0], removal[1]]);
    assert_eq!(same_group(Some("inactive-members=include")), both);
}

#[test]
fn reactivation_restores_group_assignments_but_not_direct_ones() {
    let mut stage = Stage::new(Oin);
    stage.org.add_group("all", &["ada"]).unwrap();
    stage.act(json!({"do": "assign-group", "group": "all"}));
    stage.act(json!({"do": "assign", "people": ["bob"]}));
    for person in ["ada", "bob"] {
        stage.act(json!({"do": "deactivate-person", "person": person}));
    }
    assert_eq!(stage.act(json!({"do": "reactivate-person", "person": "ada"}))[0], LOOKUP);
    assert_eq!(stage.act(json!({"do": "reactivate-person", "person": "bob"})), [""; 0]);
    // With two assigned groups, the person keeps the app until the last one is unassigned.
    stage.org.add_group("more", &["ada"]).unwrap();
    assert_eq!(stage.act(json!({"do": "assign-group", "group": "more"})), [""; 0]);
    assert_eq!(stage.act(json!({"do": "unassign-group", "group": "more"})), [""; 0]);
    assert_eq!(stage.act(json!({"do": "unassign-group", "group": "all"})), ["PATCH /Users/id1 replace"]);
}

#[test]
fn an_import_reads_pages_and_a_confirmation_sends_nothing() {
    let mut stage = Stage::new(Aiw);
    let page = |_: &mut Server, request: &Request| {
        let first = request.path.contains("startIndex=1&");
        let name = if first { "ada@example.com" } else { "zoe@example.com" };
        respond(
            200,
            &json!({"totalResults": 101, "startIndex": 1, "itemsPerPage": 1, "Resources": [{"id": "x", "userName": name}]}),
        )
    };
    let sent = stage.act_on(json!({"do": "import"}), page);
    assert_eq!(sent, ["GET /Users?startIndex=1&count=100", "GET /Users?startIndex=101&count=100"]);
    assert_eq!(stage.act(json!({"do": "confirm-import", "people": ["ada"]})), [""; 0]);
    assert_eq!(stage.org.app("app").unwrap().external_id("ada"), Some("x"));
}

/// Assigns ada in an app whose server returns this outcome for every request.
fn assigned_against(habit: &str, outcome: &Result<Response, Failure>) -> Stage {
    let mut stage = Stage::new(Oin);
    if !habit.is_empty() {
        stage.habits.set_pair(habit).unwrap();
    }
    stage.act_on(json!({"do": "assign", "people": ["ada"]}), |_, _| outcome.clone());
    stage
}

#[test]
fn an_unusable_lookup_response_is_a_task() {
    let error = json!({"schemas": [message::ERROR], "detail": "no", "status": "401"});
    let user = json!({"id": "x"});
    for (outcome, text) in [
        (
            respond(401, &error),
            "Error while verifying if user ada@example.com exists: Unauthorized. Errors reported by remote server: no",
        ),
        (
            respond(200, &json!({"Resources": [user, user]})),
            "Multiple users found by userName. Expected 0 or 1 results but was [2]",
        ),
        (respond(200, &json!({"Resources": [{"userName": "ada"}]})), "has no id"),
        (respond(200, &json!({"Resources": [], "totalResults": "0"})), "totalResults must be an integer"),
        (respond(200, &json!({})), "No results for users returned"),
        (respond(404, &Value::Null), "Not Found"),
        (
            Ok(Response { status: 200, headers: vec![], body: b"<html>".to_vec() }),
            "Invalid JSON: Unexpected character ('<' (code 60))",
        ),
        (Err(Failure::Timeout(Duration::from_mins(1))), "no complete response within 60 s"),
    ] {
        let stage = assigned_against("", &outcome);
        assert!(stage.tasks[0].contains(text), "{} lacks {text}", stage.tasks[0]);
        assert_eq!(stage.sent.len(), 1);
    }
}

#[test]
fn a_scim_404_counts_as_no_match() {
    let gone = respond(404, &json!({"schemas": [message::ERROR], "detail": "no"}));
    assert_eq!(assigned_against("", &gone).sent.len(), 2);
    assert_eq!(assigned_against("lookup-404=error", &gone).sent.len(), 1);
}

fn create_returns(habit: &str, outcome: &Result<Response, Failure>) -> Stage {
    let mut stage = Stage::new(Oin);
    if !habit.is_empty() {
        stage.habits.set_pair(habit).unwrap();
    }
    stage.act_on(json!({"do": "assign", "people": ["ada"]}), |server, request| match request.method {
        Method::Post => outcome.clone(),
        _ => server.handle(request),
    });
    stage
}

#[test]
fn a_failed_create_stops_the_job_and_a_retry_sends_it_again() {
    let conflict = respond(409, &json!({"schemas": [message::ERROR], "detail": "User already exists", "status": 409}));
    let mut stage = create_returns("", &conflict);
    let text = "Push new user to external application FAILURE: Conflict. Errors reported by remote server: User already exists";
    assert_eq!((stage.tasks[0].as_str(), stage.sent.len()), (text, 2));
    assert_eq!(stage.act(json!({"do": "retry-tasks"})), [LOOKUP, "POST /Users"]);
    assert_eq!(stage.sent[1], stage.sent[3]);
    assert_eq!(create_returns("create-conflict=again", &conflict).waits, [Duration::from_mins(30)]);
    for outcome in [respond(201, &Value::Null), respond(201, &json!({"userName": "x"}))] {
        let stage = create_returns("", &outcome);
        assert!(stage.tasks[0].ends_with("Create new user returned empty user."), "{}", stage.tasks[0]);
    }
}

#[test]
fn okta_waits_longer_after_each_429() {
    let throttled = |header: Option<&str>| {
        let headers = header.map(|value| ("retry-after".to_owned(), value.to_owned())).into_iter().collect();
        Ok(Response { status: 429, headers, body: Vec::new() })
    };
    let stage = assigned_against("", &throttled(Some("7")));
    let seconds: Vec<u64> = stage.waits.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [7, 14, 28, 56, 112, 224, 448, 896, 1792]);
    assert_eq!((stage.sent.len(), stage.tasks.len()), (10, 1));
    for header in [None, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some("1.5")] {
        assert_eq!(assigned_against("", &throttled(header)).waits[0], Duration::from_mins(5));
    }
    assert!(assigned_against("too-many-requests=task", &throttled(Some("7"))).waits.is_empty());
}

#[test]
fn a_patch_that_returns_501_is_a_task_or_a_put() {
    for (habit, expected) in [
        ("patch-501=task", vec!["PATCH /Users/id1 replace"]),
        ("patch-501=put", vec!["PATCH /Users/id1 replace", "GET /Users/id1", "PUT /Users/id1"]),
    ] {
        let mut stage = Stage::with(Oin, habit);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        let sent = stage.act_on(json!({"do": "unassign", "people": ["ada"]}), |server, request| match request.method {
            Method::Patch => respond(501, &Value::Null),
            _ => server.handle(request),
        });
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_list_instead_of_a_user_is_echoed_in_both_spellings() {
    let mut stage = Stage::new(Aiw);
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    stage.server.resources.insert("/Users/id1".into(), json!({"totalResults": 1, "Resources": ["..."]}));
    stage.act(json!({"do": "unassign", "people": ["ada"]}));
    let expected = r#"{"totalResults":1,"Resources":["..."],"resources":["..."],"active":false}"#;
    assert_eq!(stage.last_body().to_string(), expected);
}

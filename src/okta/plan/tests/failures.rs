//! Responses that Okta cannot use, and what it does then.

use super::*;
use crate::okta::org::LeftActiveCause;

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
        (
            Ok(Response { status: 200, headers: vec![], body: b"User not found".to_vec() }),
            "Invalid JSON: Unrecognized token 'User': was expecting (JSON String, Number, Array, Object or token 'null', \
             'true' or 'false')",
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
    assert_eq!(assigned_against("", &respond(404, &Value::Null)).sent.len(), 1);
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

#[test]
fn a_failed_link_leaves_an_account_that_okta_lost_track_of() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::new(client);
        stage.org.add_group("eng", &["ada"]).unwrap();
        let user = json!({"id": "x", "userName": "ada@example.com", "active": true});
        stage.server.resources.insert("/Users/x".into(), user);
        stage.act(json!({"do": "push-group", "group": "eng"}));
        let sent = stage.act_on(json!({"do": "assign", "people": ["ada"]}), |server, request| match request.method {
            Method::Put if request.path.starts_with("/Users") => respond(500, &Value::Null),
            _ => server.handle(request),
        });
        assert_eq!(sent, [LOOKUP, "GET /Users/x", "PUT /Users/x"], "a person who is not linked is not pushed");
        let text = "Automatic provisioning of user ada@example.com to app app failed: \
                    Error while trying to push profile update for ada@example.com: Internal Server Error";
        assert_eq!(stage.tasks, [text]);
        assert_eq!(stage.external_id("ada"), None);
        assert_eq!(stage.act(json!({"do": "unassign", "people": ["ada"]})), [""; 0]);
        let left = stage.left_active()["ada"];
        assert_eq!((left.id.as_str(), left.cause), ("x", LeftActiveCause::LinkFailed));
    }
}

#[test]
fn a_failed_membership_push_names_the_group() {
    let mut stage = Stage::prepared(Oin);
    stage.act_on(json!({"do": "remove-from-group", "group": "eng", "people": ["ada"]}), |_, _| {
        respond(400, &Value::Null)
    });
    let text = "Unable to update Group Push mapping target App group eng: \
                Error while updating user group membership for group eng: Bad Request";
    assert_eq!(stage.tasks, [text]);
}

//! The rows of a complete log of a wizard (AIW) app, AZLAB in docs/sources.md, request by request.
//!
//! Not played: AZLAB-24, because the defaults of a new app belong to the Admin Console, and the parts of AZLAB-22 and
//! AZLAB-23 that happen inside Okta (sessions, links to Active Directory). AZLAB-3 and AZLAB-12 are tests of bodies:
//! `src/okta/mapping/document.rs` and [`a_password_is_echoed_only_if_the_server_showed_it`].

use super::*;
use crate::okta::org::LeftActiveCause;
use crate::wire::Cause;
use crate::wire::failure::CauseKind;

/// Plays an action and returns its requests with the content of each write: the members of a group, `active` of a user.
fn play(stage: &mut Stage, action: Value) -> Vec<String> {
    let from = stage.sent.len();
    stage.act(action);
    stage.sent[from..].iter().map(line).collect()
}

fn line(request: &Request) -> String {
    let body = request.json().unwrap_or_default();
    let written = match (request.method, body.get("members"), body.get("active")) {
        (Method::Post | Method::Put, Some(members), _) => {
            let ids: Vec<&str> = members.as_array().unwrap().iter().map(|m| m["value"].as_str().unwrap()).collect();
            format!(" [{}]", ids.join(" "))
        }
        (Method::Put, None, Some(active)) => format!(" active={active}"),
        _ => String::new(),
    };
    short(request) + &written
}

/// Returns a wizard app with ada (id1) and bob (id2), who are members of the pushed group eng (id3). Cyd is a member
/// without the app.
fn lab() -> Stage {
    Stage::prepared(Aiw)
}

fn unassign(person: &str) -> Value {
    json!({"do": "unassign", "people": [person]})
}

fn assign(person: &str) -> Value {
    json!({"do": "assign", "people": [person]})
}

/// Returns the requests of two rounds that write these lists.
fn rounds(first: &str, second: &str) -> [String; 4] {
    let [get, put] = ["GET /Groups/id3", "PUT /Groups/id3"];
    [get.to_owned(), format!("{put} {first}"), get.to_owned(), format!("{put} {second}")]
}

#[test]
fn azlab_1_testing_and_saving_send_one_request_each() {
    let mut stage = Stage::new(Aiw);
    for action in ["test-connection", "save-connection"] {
        assert_eq!(play(&mut stage, json!({"do": action})), ["GET /Users?startIndex=1&count=2"]);
    }
}

#[test]
fn azlab_2_saving_to_app_reads_the_groups_of_an_app_that_imports_them() {
    let mut stage = Stage::new(Aiw);
    stage.org.app_mut("app").unwrap().import_groups = true;
    let sent = play(&mut stage, json!({"do": "save-to-app"}));
    assert_eq!(sent, ["GET /Users?startIndex=1&count=2", "GET /Groups?startIndex=1&count=100"]);
    assert_eq!(play(&mut stage, json!({"do": "refresh-app-groups"})), ["GET /Groups?startIndex=1&count=100"]);
    let refused = Stage::new(Aiw).org.act(&Action::RefreshAppGroups { app: "app".into() }, &Habits::default());
    assert!(refused.unwrap_err().to_string().contains("does not import groups"));
}

#[test]
fn azlab_4_an_unassigned_member_stays_in_the_group() {
    let mut stage = lab();
    assert_eq!(play(&mut stage, unassign("ada")), ["GET /Users/id1", "PUT /Users/id1 active=false"]);
    assert_eq!(stage.server.members("id3"), ["id1", "id2"]);
}

#[test]
fn azlab_5_the_app_has_lost_the_user() {
    let mut stage = lab();
    stage.server.resources.remove("/Users/id1");
    let change = json!({"do": "update-profile", "person": "ada", "set": {"title": "Boss"}});
    assert_eq!(play(&mut stage, change), ["GET /Users/id1"]);
    assert_eq!(stage.tasks.len(), 1);
    assert_eq!(play(&mut stage, json!({"do": "retry-tasks"})), ["GET /Users/id1"]);
    assert_eq!(stage.org.app("app").unwrap().tasks.len(), 1);
    assert_eq!(play(&mut stage, unassign("ada")), ["GET /Users/id1"]);
    assert_eq!((stage.tasks.len(), stage.org.app("app").unwrap().tasks.len()), (2, 0), "the unassignment ends quietly");
    let sent = play(&mut stage, assign("ada"));
    assert_eq!(sent[..2], [LOOKUP, "POST /Users"]);
    assert_eq!(stage.external_id("ada"), Some("id4"));
    assert!(stage.left_active().is_empty());

    // A catalog app in the same situation, by inference.
    let mut stage = Stage::prepared(Oin);
    stage.server.resources.remove("/Users/id1");
    assert_eq!(play(&mut stage, unassign("ada")), ["PATCH /Users/id1 replace"]);
    assert!(stage.tasks.is_empty());
}

#[test]
fn azlab_6_a_profile_change_replaces_the_user() {
    let sent = play(&mut lab(), json!({"do": "update-profile", "person": "ada", "set": {"title": "Boss"}}));
    assert_eq!(sent, ["GET /Users/id1", "PUT /Users/id1 active=true"]);
}

#[test]
fn azlab_7_a_push_with_cached_groups_sends_no_lookup() {
    let mut stage = Stage::new(Aiw);
    stage.org.app_mut("app").unwrap().import_groups = true;
    stage.act(json!({"do": "save-to-app"}));
    stage.act(assign("ada"));
    stage.org.add_group("eng", &["ada"]).unwrap();
    let sent = play(&mut stage, json!({"do": "push-group", "group": "eng"}));
    assert_eq!(sent, ["POST /Groups [id1]", "GET /Groups/id2", "PUT /Groups/id2 [id1]"]);

    // A group that the target got since then is missing in the list, so Okta creates it again.
    stage.server.resources.insert("/Groups/x".into(), json!({"id": "x", "displayName": "ops"}));
    stage.org.add_group("ops", &["ada"]).unwrap();
    let conflict = |server: &mut Server, request: &Request| match request.method {
        Method::Post => respond(409, &json!({"schemas": [message::ERROR], "detail": "taken"})),
        _ => server.handle(request),
    };
    assert_eq!(stage.act_on(json!({"do": "push-group", "group": "ops"}), conflict), ["POST /Groups"]);
    assert!(stage.tasks[0].contains("Error while creating user group ops: Conflict"), "{}", stage.tasks[0]);
    stage.act(json!({"do": "refresh-app-groups"}));
    let sent = play(&mut stage, json!({"do": "retry-tasks"}));
    assert_eq!(sent, ["GET /Groups/x", "PUT /Groups/x [id1]"]);
}

#[test]
fn azlab_8_a_push_creates_no_users() {
    let stage = lab();
    assert_eq!(stage.sent.iter().filter(|r| r.method == Method::Post && r.path == "/Users").count(), 2);
    let put = stage.last_body();
    assert_eq!(put["members"][0], json!({"value": "id1", "display": "ada@example.com"}));
}

#[test]
fn azlab_9_an_assigned_member_of_a_pushed_group_is_created_and_then_pushed() {
    let sent = play(&mut lab(), assign("cyd"));
    assert_eq!(sent[..2], [LOOKUP, "POST /Users"]);
    assert_eq!(sent[2..], rounds("[id1 id2 id4]", "[id1 id2 id4]"));
}

#[test]
fn azlab_10_a_returning_person_is_activated_in_two_rounds() {
    for (habit, number) in [("reactivate-rounds=2", 2), ("reactivate-rounds=1", 1)] {
        let mut stage = Stage::with(Aiw, habit);
        stage.act(assign("ada"));
        stage.act(unassign("ada"));
        let sent = play(&mut stage, assign("ada"));
        let round = ["GET /Users/id1", "PUT /Users/id1 active=true"];
        let expected: Vec<&str> = [LOOKUP].into_iter().chain(round.into_iter().cycle().take(2 * number)).collect();
        assert_eq!(sent, expected);
    }
}

#[test]
fn azlab_11_a_returning_person_is_back_in_the_pushed_groups() {
    let mut stage = lab();
    stage.act(unassign("ada"));
    // Another change drops the inactive member (AZLAB-18).
    stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["cyd"]}));
    assert_eq!(stage.server.members("id3"), ["id2"]);
    let sent = play(&mut stage, assign("ada"));
    assert_eq!(sent[5..], rounds("[id1 id2]", "[id1 id2]"));
    assert_eq!(stage.server.members("id3"), ["id1", "id2"]);

    // The same through an assignment group, and for a person who is provisioned late, by a retry.
    let mut stage = lab();
    stage.org.add_group("all", &["ada"]).unwrap();
    stage.act(unassign("ada"));
    let sent = play(&mut stage, json!({"do": "assign-group", "group": "all"}));
    assert_eq!(sent[5..], rounds("[id1 id2]", "[id1 id2]"));
    stage.act_on(assign("cyd"), |_, _| respond(500, &Value::Null));
    let sent = play(&mut stage, json!({"do": "retry-tasks"}));
    assert_eq!(sent[..2], [LOOKUP, "POST /Users"]);
    assert_eq!(sent[2..], rounds("[id1 id2 id4]", "[id1 id2 id4]"));

    // A catalog app, by inference: the member is added again, although the target may have kept it.
    let mut stage = Stage::prepared(Oin);
    stage.act(unassign("ada"));
    let sent = play(&mut stage, assign("ada"));
    assert_eq!(sent[4..], ["PATCH /Groups/id3 add", "PATCH /Groups/id3 replace"]);

    // HELPPRE: an administrator pushes the group by hand.
    let mut stage = lab();
    stage.habits.set_pair("return-to-groups=by-hand").unwrap();
    stage.act(unassign("ada"));
    assert_eq!(play(&mut stage, assign("ada")).len(), 5, "lookup and two rounds of the user");
    assert_eq!(play(&mut stage, assign("cyd")).len(), 6, "a first assignment is followed by the push");
}

#[test]
fn a_password_is_echoed_only_if_the_server_showed_it() {
    let mut stage = lab();
    for shown in [false, true] {
        let user = stage.server.resources.get_mut("/Users/id1").unwrap().as_object_mut().unwrap();
        user.remove("password");
        if shown {
            user.insert("password".into(), json!("hash"));
        }
        stage.act(json!({"do": "force-sync"}));
        let puts = stage.sent.iter().rev().filter(|request| request.path == "/Users/id1");
        let put = puts.into_iter().find(|request| request.method == Method::Put).unwrap().json().unwrap();
        assert_eq!(put.get("password").is_some(), shown);
    }
}

#[test]
fn azlab_13_an_unreachable_target_is_a_task_with_a_retry() {
    let mut stage = Stage::new(Aiw);
    let refused = Cause { kind: CauseKind::Other, text: "connection refused".to_owned() };
    let unreachable = |_: &mut Server, _: &Request| Err(Failure::Connect(refused.clone()));
    assert_eq!(stage.act_on(assign("ada"), unreachable), [LOOKUP]);
    assert_eq!(stage.tasks, ["Error while verifying if user exists: null"]);
    assert_eq!(play(&mut stage, json!({"do": "retry-tasks"})), [LOOKUP, "POST /Users"]);
}

#[test]
fn azlab_14_a_failed_deactivation_is_tried_once() {
    for (client, status) in [(Aiw, Some(502)), (Aiw, Some(403)), (Aiw, None), (Oin, Some(502))] {
        let mut stage = Stage::prepared(client);
        let sent = stage.act_on(unassign("ada"), |_, _| match status {
            Some(status) => respond(status, &Value::Null),
            None => Err(Failure::Timeout(Duration::from_mins(1))),
        });
        assert_eq!(sent.len(), 1);
        assert!(stage.tasks[0].starts_with("Application accounts need deprovisioning"), "{}", stage.tasks[0]);
        let app = stage.org.app("app").unwrap();
        assert!(!app.tasks[0].offers_retry());
        assert_eq!(
            (stage.left_active()["ada"].id.as_str(), stage.left_active()["ada"].cause),
            ("id1", LeftActiveCause::DeactivationFailed)
        );
        assert_eq!(stage.act(json!({"do": "retry-tasks"})), [""; 0]);
        assert_eq!(stage.org.app("app").unwrap().tasks.len(), 1);
        stage.act(json!({"do": "complete-tasks"}));
        assert!(stage.org.app("app").unwrap().tasks.is_empty());
        assert_eq!(stage.server.resources["/Users/id1"]["active"], true);
        // Assigned again, the account is linked, and no longer left behind.
        stage.act(assign("ada"));
        assert!(stage.left_active().is_empty());
    }
    let mut stage = lab();
    stage.act(json!({"do": "stop-deprovisioning-tasks"}));
    stage.act_on(unassign("ada"), |_, _| respond(502, &Value::Null));
    assert!(stage.org.app("app").unwrap().tasks.is_empty());
    assert_eq!(stage.left_active().len(), 1);
}

#[test]
fn azlab_15_a_member_without_the_app_causes_a_sync() {
    let mut stage = lab();
    stage.act(json!({"do": "create-person", "person": "dan"}));
    let join = json!({"do": "add-to-group", "group": "eng", "people": ["dan"]});
    assert_eq!(play(&mut stage, join.clone()), rounds("[id1 id2]", "[id1 id2]"));
    assert_eq!(play(&mut stage, join), [""; 0], "dan is a member already");
    let leave = json!({"do": "remove-from-group", "group": "eng", "people": ["dan"]});
    assert_eq!(play(&mut stage, leave.clone()), rounds("[id1 id2]", "[id1 id2]"));

    // A catalog app, by inference from REF20: the name is sent with each change.
    let mut stage = Stage::prepared(Oin);
    let leave = json!({"do": "remove-from-group", "group": "eng", "people": ["cyd"]});
    assert_eq!(play(&mut stage, leave.clone()), ["PATCH /Groups/id3 replace"]);
    for client in [Oin, Aiw] {
        let mut stage = Stage::prepared(client);
        stage.habits.set_pair("empty-sync=nothing").unwrap();
        assert_eq!(play(&mut stage, leave.clone()), [""; 0]);
    }
}

#[test]
fn azlab_16_a_removal_sends_the_old_list_first() {
    let mut stage = lab();
    stage.act(assign("cyd"));
    let change = json!({"do": "remove-from-group", "group": "eng", "people": ["ada", "cyd"]});
    assert_eq!(play(&mut stage, change), rounds("[id1 id2 id4]", "[id2]"));
    // Removals and additions together are not recorded: the first list has the leavers and the newcomers.
    let change = json!({"do": "change-group", "group": "eng", "add": ["ada"], "remove": ["bob"]});
    assert_eq!(play(&mut stage, change), rounds("[id2 id1]", "[id1]"));
    stage.habits.set_pair("group-rounds=one").unwrap();
    let change = json!({"do": "add-to-group", "group": "eng", "people": ["bob"]});
    assert_eq!(play(&mut stage, change), ["GET /Groups/id3", "PUT /Groups/id3 [id1 id2]"]);
}

#[test]
fn azlab_17_push_now_reads_twice() {
    let [get, put] = ["GET /Groups/id3", "PUT /Groups/id3"];
    for (habit, expected) in [
        (
            "push-now=reads-first",
            vec![get.to_owned(), get.to_owned(), format!("{put} [id1 id2]"), format!("{put} [id2]")],
        ),
        ("push-now=paired", rounds("[id1 id2]", "[id2]").to_vec()),
        ("push-now=one", vec![get.to_owned(), format!("{put} [id2]")]),
    ] {
        let mut stage = lab();
        stage.habits.set_pair(habit).unwrap();
        stage.act(unassign("ada"));
        assert_eq!(play(&mut stage, json!({"do": "push-now", "group": "eng"})), expected);
        assert_eq!(stage.server.members("id3"), ["id2"]);
    }
}

#[test]
fn azlab_18_a_group_put_is_okta_s_own_list() {
    let mut stage = lab();
    stage.server.resources.get_mut("/Groups/id3").unwrap()["members"] =
        json!([{"value": "stranger"}, {"value": "id2"}]);
    stage.act(unassign("ada"));
    assert_eq!(play(&mut stage, assign("cyd"))[2..], rounds("[id2 id4]", "[id2 id4]"));
    let mut stage = lab();
    stage.habits.set_pair("group-put=merge").unwrap();
    stage.server.resources.get_mut("/Groups/id3").unwrap()["members"] =
        json!([{"value": "stranger"}, {"value": "id2"}]);
    assert_eq!(play(&mut stage, assign("cyd"))[2..], rounds("[stranger id2]", "[stranger id2 id4]"));
}

#[test]
fn azlab_21_confirming_an_import_sends_nothing() {
    let mut stage = lab();
    stage.server.resources.insert("/Users/x".into(), json!({"id": "x", "userName": "cyd@example.com", "active": true}));
    stage.act(json!({"do": "import"}));
    assert_eq!(play(&mut stage, json!({"do": "confirm-import", "people": ["cyd"]})), [""; 0]);
    let sent = play(&mut stage, json!({"do": "push-now", "group": "eng"}));
    assert_eq!(sent[3], "PUT /Groups/id3 [id1 id2 x]");
}

#[test]
fn azlab_22_and_23_a_disabled_person_is_deactivated_and_does_not_return_alone() {
    let mut stage = lab();
    let off = play(&mut stage, json!({"do": "deactivate-person", "person": "ada"}));
    assert_eq!(off, ["GET /Users/id1", "PUT /Users/id1 active=false"]);
    assert_eq!(play(&mut stage, json!({"do": "reactivate-person", "person": "ada"})), [""; 0]);
    stage.org.add_group("all", &["bob"]).unwrap();
    stage.act(json!({"do": "assign-group", "group": "all"}));
    stage.act(json!({"do": "deactivate-person", "person": "bob"}));
    assert_eq!(play(&mut stage, json!({"do": "reactivate-person", "person": "bob"}))[0], LOOKUP);
}

#[test]
fn nothing_is_sent_with_provisioning_off() {
    let mut stage = lab();
    stage.act(json!({"do": "disable-provisioning"}));
    for action in [
        json!({"do": "add-to-group", "group": "eng", "people": ["cyd"]}),
        json!({"do": "remove-from-group", "group": "eng", "people": ["bob"]}),
        json!({"do": "rename-group", "group": "eng", "to": "ops"}),
        json!({"do": "update-profile", "person": "ada", "set": {"title": "x"}}),
        unassign("ada"),
        assign("cyd"),
    ] {
        assert_eq!(play(&mut stage, action.clone()), [""; 0], "{action}");
    }
    let push = Action::PushNow { app: "app".into(), group: "ops".into() };
    assert!(stage.org.act(&push, &stage.habits).unwrap_err().to_string().contains("no API integration"));
}

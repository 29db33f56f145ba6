//! Users: lookup, create, link, profile pushes, activation, passwords.

use super::*;

#[test]
fn a_new_person_is_looked_up_and_created() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::new(client);
        assert_eq!(stage.act(json!({"do": "assign", "people": ["ada"]})), [LOOKUP, "POST /Users"]);
        let body = stage.last_body();
        let id = body["externalId"].as_str().unwrap();
        assert!(id.starts_with("00u") && id.len() == 20);
        assert_eq!(body["password"].as_str().unwrap().len(), 8);
        assert_eq!(stage.external_id("ada"), Some("id1"));
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
        (
            Aiw,
            vec!["GET /Users/id1", "PUT /Users/id1"],
            vec![LOOKUP, "GET /Users/id1", "PUT /Users/id1", "GET /Users/id1", "PUT /Users/id1"],
        ),
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
fn a_stale_put_leaves_the_user_inactive() {
    for (habit, active) in [("reactivation-put=active", true), ("reactivation-put=stale", false)] {
        let mut stage = Stage::with(Oin, habit);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        stage.act(json!({"do": "unassign", "people": ["ada"]}));
        let sent = stage.act(json!({"do": "assign", "people": ["ada"]}));
        assert_eq!(sent, [LOOKUP, "PATCH /Users/id1 replace", "GET /Users/id1", "PUT /Users/id1"]);
        assert_eq!(stage.server.resources["/Users/id1"]["active"], active);
        assert_eq!(stage.tasks, [""; 0]);
    }
}

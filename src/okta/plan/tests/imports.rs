//! Connection tests and imports.

use super::*;
use crate::okta::org::{ImportMatch, ImportRules};

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
fn an_import_reads_pages() {
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
    assert_eq!(stage.external_id("ada"), Some("x"));
}

#[test]
fn inactive_users_count_as_removed() {
    let mut stage = Stage::new(Aiw);
    for (id, active) in [("a", true), ("b", false)] {
        let user = json!({"id": id, "userName": id, "active": active});
        stage.server.resources.insert(format!("/Users/{id}"), user);
    }
    stage.act(json!({"do": "import"}));
    let app = stage.org.app("app").unwrap();
    assert_eq!((app.imported_users.len(), app.import_removed), (1, 1));
}

#[test]
fn groups_that_okta_pushed_are_not_imported() {
    let mut stage = Stage::prepared(Aiw);
    stage.org.app_mut("app").unwrap().import_groups = true;
    stage.server.resources.insert("/Groups/x".into(), json!({"id": "x", "displayName": "theirs"}));
    let sent = stage.act(json!({"do": "import"}));
    assert_eq!(sent, ["GET /Users?startIndex=1&count=100", "GET /Groups?startIndex=1&count=100"]);
    let known = stage.org.app("app").unwrap().known_groups.clone().unwrap();
    assert_eq!(known.keys().collect::<Vec<_>>(), ["theirs"]);
}

/// Adds users to the target, as (id, userName, e-mail address, first name).
fn with_users(mut stage: Stage, users: &[(&str, &str, &str, &str)]) -> Stage {
    for (id, user_name, email, first) in users {
        let emails = json!([{"value": "x@home.example"}, {"value": email, "primary": true}]);
        let name = json!({"givenName": first, "familyName": "Example"});
        let user = json!({"id": id, "userName": user_name, "emails": emails, "name": name, "active": true});
        stage.server.resources.insert(format!("/Users/{id}"), user);
    }
    stage
}

fn matching(client: ClientKind, rules: ImportRules, users: &[(&str, &str, &str, &str)]) -> Stage {
    let mut stage = with_users(Stage::new(client), users);
    stage.org.app_mut("app").unwrap().import_rules = rules;
    stage.act(json!({"do": "import"}));
    stage
}

fn refused(stage: &Stage, action: Value) -> String {
    let action: Action = serde_json::from_value(action).unwrap();
    stage.org.clone().act(&action, &stage.habits).unwrap_err().to_string()
}

#[test]
fn the_matching_rules_decide_who_is_linked() {
    let users = [("1", "a.example", "ADA@example.com", "Ada"), ("2", "b.example", "other@example.com", "Bob")];
    let confirm = |person: &str| json!({"do": "confirm-import", "app": "app", "people": [person]});
    let by_email = ImportRules { match_by: ImportMatch::Email, ..ImportRules::default() };
    let mut stage = matching(Oin, by_email.clone(), &users);
    assert_eq!(stage.act(confirm("ada")), [""; 0]);
    assert_eq!(stage.external_id("ada"), Some("1"));
    assert!(refused(&stage, confirm("bob")).contains("found no user"));
    // The next profile push goes to the user that was matched, without a lookup.
    let title = json!({"do": "update-profile", "person": "ada", "set": {"title": "Lead"}});
    assert_eq!(stage.act(title), ["GET /Users/1", "PUT /Users/1"]);
    let mut partial = matching(Oin, ImportRules { partial: true, ..by_email }, &users);
    partial.act(confirm("bob"));
    assert_eq!(partial.external_id("bob"), Some("2"));
    assert!(refused(&matching(Oin, ImportRules::default(), &users), confirm("ada")).contains("found no user"));
}

#[test]
fn a_conflict_is_decided_by_hand() {
    let users = [("1", "a1", "ada@example.com", "Ada"), ("2", "a2", "ada@example.com", "Ada")];
    let rules = ImportRules { match_by: ImportMatch::Email, auto_confirm: true, ..ImportRules::default() };
    let mut stage = matching(Aiw, rules, &users);
    assert_eq!(stage.external_id("ada"), None, "a conflict is not confirmed by itself");
    let confirm = json!({"do": "confirm-import", "app": "app", "people": ["ada"]});
    assert!(refused(&stage, confirm).contains("a1, a2; decide with match-import"));
    let by_hand =
        |person: &str, user: &str| json!({"do": "match-import", "app": "app", "person": person, "user": user});
    assert_eq!(stage.act(by_hand("ada", "a2")), [""; 0]);
    assert_eq!(stage.external_id("ada"), Some("2"));
    assert!(refused(&stage, by_hand("bob", "a2")).contains("belongs to ada already"));
    assert!(refused(&stage, by_hand("bob", "none")).contains("found no user"));
    let again: Action = serde_json::from_value(by_hand("ada", "a1")).unwrap();
    let error = stage.org.clone().act(&again, &stage.habits).unwrap_err();
    assert_eq!(error.code(), Some("E0000062"));
    // Two people with the address of one user.
    let mut stage = matching(Aiw, ImportRules { match_by: ImportMatch::Email, ..ImportRules::default() }, &users[..1]);
    stage.act(json!({"do": "update-profile", "person": "bob", "set": {"email": "ada@example.com"}}));
    let both = json!({"do": "confirm-import", "app": "app", "people": ["ada", "bob"]});
    assert!(refused(&stage, both).contains("belongs to ada already"));
}

#[test]
fn exact_matches_can_be_confirmed_by_the_import() {
    let users = [("1", "ada@example.com", "", "Ada"), ("2", "zoe@example.com", "", "Bob")];
    let rules = ImportRules { auto_confirm: true, partial: true, ..ImportRules::default() };
    let mut stage = matching(Oin, rules, &users);
    assert_eq!((stage.external_id("ada"), stage.external_id("bob")), (Some("1"), None));
    assert_eq!(stage.act(json!({"do": "unassign", "people": ["ada"]})), ["PATCH /Users/1 replace"]);
}

#[test]
fn people_whose_account_is_gone_lose_the_app_with_the_next_import() {
    let mut stage = Stage::prepared(Oin);
    stage.act(json!({"do": "assign-group", "group": "eng"}));
    stage.server.resources.remove("/Users/id1");
    stage.server.resources.get_mut("/Users/id2").unwrap()["active"] = json!(false);
    stage.act(json!({"do": "import"}));
    assert_eq!((stage.external_id("ada"), stage.external_id("bob")), (None, None));
    // Okta knows of no account to change.
    assert_eq!(stage.act(json!({"do": "update-profile", "person": "bob", "set": {"title": "Lead"}})), [""; 0]);
    // The group still assigns the app, and Provision User looks them up.
    let provisioned = stage.act(json!({"do": "provision-users"}));
    assert_eq!(provisioned.iter().filter(|request| *request == LOOKUP).count(), 2, "{provisioned:?}");
    assert!(stage.tasks.is_empty(), "{:?}", stage.tasks);
}

#[test]
fn the_safeguard_stops_an_import_that_would_unassign_too_many() {
    let mut stage = Stage::new(Oin);
    let people: Vec<String> = (0..101).map(|number| format!("p{number}")).collect();
    for person in &people {
        stage.org.add_person(person, [("title", "x")]).unwrap();
    }
    stage.act(json!({"do": "assign", "people": people}));
    for number in 1..=21 {
        stage.server.resources.remove(&format!("/Users/id{number}"));
    }
    stage.act(json!({"do": "import"}));
    let expected = "Import stopped by the import safeguard: it would unassign 21 of 101 users, more than 20 %";
    assert_eq!(stage.tasks, [expected]);
    assert_eq!(stage.org.users(stage.org.app("app").unwrap()).len(), 101);
    stage.org.app_mut("app").unwrap().import_rules.safeguard = 21;
    stage.act(json!({"do": "import"}));
    assert_eq!((stage.tasks.len(), stage.org.users(stage.org.app("app").unwrap()).len()), (1, 80));
}

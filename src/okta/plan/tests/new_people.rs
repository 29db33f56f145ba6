//! People whom an import creates.

use super::*;
use crate::okta::App;
use crate::okta::org::{ImportRules, PersonState};

/// Adds a user to the target, with attributes at each kind of place.
fn add_user(stage: &mut Stage, id: &str, user_name: &str, last_name: Option<&str>) {
    let user = json!({
        "id": id, "userName": user_name, "active": true, "name": {"givenName": "Zoe", "familyName": last_name},
        "emails": [{"type": "home", "value": "zoe@home.example"}, {"primary": true, "type": "work", "value": format!("{id}@x.example")}],
        "displayName": "Zoe!", "locale": "fr-FR", "title": "Chief", "externalId": "theirs", "roles": ["kept"],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Labs", "manager": {"value": "m1"}},
    });
    stage.server.resources.insert(format!("/Users/{id}"), user);
}

fn confirm(person: &str, user: &str, activate: bool) -> Value {
    json!({"do": "confirm-new-user", "app": "app", "person": person, "user": user, "activate": activate})
}

fn refused(stage: &Stage, action: Value) -> (String, Option<&'static str>) {
    let action: Action = serde_json::from_value(action).unwrap();
    let error = stage.org.clone().act(&action, &stage.habits).unwrap_err();
    (error.to_string(), error.code())
}

#[test]
fn an_imported_user_becomes_a_person_who_is_linked_without_a_request() {
    for client in [Oin, Aiw] {
        let mut stage = Stage::new(client);
        add_user(&mut stage, "z", "zoe@x.example", Some("Ex"));
        stage.act(json!({"do": "import"}));
        assert_eq!(stage.act(confirm("zoe", "zoe@x.example", false)), [""; 0]);
        let zoe = stage.org.person("zoe").unwrap();
        assert_eq!((zoe.state, stage.external_id("zoe")), (PersonState::Staged, Some("z")));
        for (name, value) in [
            ("login", "zoe@x.example"),
            ("email", "z@x.example"),
            ("firstName", "Zoe"),
            ("title", "Chief"),
            ("department", "Labs"),
            ("managerId", "m1"),
            ("locale", "fr-FR"),
        ] {
            assert_eq!(zoe.profile[name].text(), Some(value), "{name}");
        }
        assert_eq!(stage.act(json!({"do": "activate-person", "person": "zoe"})), [""; 0]);
        assert_eq!(stage.org.person("zoe").unwrap().state, PersonState::Provisioned, "there is no password");
        let before = stage.server.resources["/Users/z"].clone();
        assert_eq!(stage.act(json!({"do": "force-sync"})), ["GET /Users/z", "PUT /Users/z"]);
        let after = &stage.server.resources["/Users/z"];
        assert_eq!(after["externalId"], json!(zoe.id));
        for (name, value) in before.as_object().unwrap().iter().filter(|(name, _)| *name != "externalId") {
            assert_eq!(after[name], *value, "the profile of the import is that of the target");
        }
        let off = stage.act(json!({"do": "deactivate-person", "person": "zoe"}));
        assert_eq!(off.last().unwrap(), if client == Oin { "PATCH /Users/z replace" } else { "PUT /Users/z" });
    }
}

#[test]
fn a_staged_person_of_an_import_is_deactivated_with_the_app() {
    let mut stage = Stage::new(Oin);
    add_user(&mut stage, "z", "zoe@x.example", Some("Ex"));
    stage.act(json!({"do": "import"}));
    stage.act(confirm("zoe", "zoe@x.example", false));
    stage.act(json!({"do": "create-group", "group": "eng"}));
    assert_eq!(stage.act(json!({"do": "add-to-group", "group": "eng", "people": ["zoe"]})), [""; 0]);
    assert_eq!(stage.external_id("zoe"), Some("z"), "a group changes nothing");
    assert_eq!(stage.act(json!({"do": "unassign", "people": ["zoe"]})), ["PATCH /Users/z replace"]);
    assert_eq!(stage.act(json!({"do": "activate-person", "person": "zoe"})), [""; 0]);
}

#[test]
fn okta_refuses_a_person_whom_it_cannot_create() {
    let mut stage = Stage::new(Oin);
    add_user(&mut stage, "z", "zoe@x.example", Some("Ex"));
    add_user(&mut stage, "n", "noname@x.example", None);
    add_user(&mut stage, "a", "ADA@example.com", Some("Ex"));
    stage.act(json!({"do": "import"}));
    let (text, code) = refused(&stage, confirm("noname", "noname@x.example", false));
    assert!(text.contains("has no lastName") && code == Some("E0000001"), "{text}");
    let (text, code) = refused(&stage, confirm("other", "ADA@example.com", false));
    assert!(text.contains("\"ada@example.com\" belongs to ada already") && code == Some("E0000001"), "{text}");
    assert_eq!(refused(&stage, confirm("ada", "zoe@x.example", false)).1, Some("E0000001"), "the key exists");
    assert!(refused(&stage, confirm("zoe", "none", false)).0.contains("found no user"));
    stage.act(confirm("zoe", "zoe@x.example", true));
    assert!(refused(&stage, confirm("second", "zoe@x.example", false)).0.contains("belongs to zoe already"));
}

#[test]
fn an_import_creates_only_people_whom_nobody_matches() {
    let mut stage = Stage::new(Oin);
    let second = App::new("second", Aiw);
    stage.org.add_app(second);
    let rules =
        ImportRules { partial: true, auto_confirm_new: true, auto_activate_new: true, ..ImportRules::default() };
    stage.org.app_mut("app").unwrap().import_rules = rules;
    stage.act(json!({"do": "deactivate-person", "person": "cyd"}));
    stage.act(json!({"do": "assign-group", "app": "second", "group": "Everyone"}));
    assert_eq!(stage.server.resources.len(), 2, "ada and bob have users of the second app");
    add_user(&mut stage, "z", "zoe@x.example", Some("Ex"));
    add_user(&mut stage, "n", "noname@x.example", None);
    add_user(&mut stage, "c", "cyd@example.com", Some("Ex"));
    let sent = stage.act(json!({"do": "import"}));
    // Everyone has the second app, which looks the new person up and links.
    assert_eq!(sent[..2], ["GET /Users?startIndex=1&count=100", LOOKUP]);
    assert!(sent.iter().all(|request| !request.starts_with("POST")), "{sent:?}");
    assert_eq!(stage.org.person("zoe@x.example").unwrap().state, PersonState::Provisioned);
    let second = stage.org.app("second").unwrap();
    assert_eq!(stage.org.external_id(second, "zoe@x.example"), Some("z"));
    for nobody in ["noname@x.example", "ada@example.com", "cyd@example.com"] {
        assert!(stage.org.person(nobody).is_err(), "{nobody}");
    }
    assert_eq!(stage.external_id("ada"), None, "exact matches wait for a confirmation");
    let again = stage.act(json!({"do": "import"}));
    assert_eq!(again, ["GET /Users?startIndex=1&count=100"], "the second import creates nobody");
}

//! Group rules and the group "Everyone".

use super::*;

const ENGINEERS: &str = "user.department == \"Engineering\"";

/// An org with a rule for a group that is assigned and one for a group that is pushed.
fn ruled() -> Stage {
    let mut stage = Stage::new(Oin);
    for group in ["Engineers", "Pushed"] {
        stage.act(json!({"do": "create-group", "group": group}));
    }
    stage.act(json!({"do": "assign-group", "group": "Engineers"}));
    stage.act(json!({"do": "push-group", "group": "Pushed"}));
    let groups = ["Engineers", "Pushed"];
    stage.act(json!({"do": "create-group-rule", "rule": "engineers", "when": ENGINEERS, "groups": groups}));
    stage
}

fn department(person: &str, department: &str) -> Value {
    json!({"do": "update-profile", "person": person, "set": {"department": department}})
}

#[test]
fn a_rule_provisions_those_who_match_and_deactivates_those_who_do_not() {
    let mut stage = ruled();
    assert_eq!(stage.act(department("ada", "Engineering")), [""; 0], "the rule is not active");
    let activate = json!({"do": "activate-group-rule", "rule": "engineers"});
    let joins = [LOOKUP, "POST /Users", "PATCH /Groups/id1 add", "PATCH /Groups/id1 replace"];
    assert_eq!(stage.act(activate), joins);
    assert_eq!(stage.act(department("bob", "Engineering")), joins);
    assert_eq!(stage.act(department("cyd", "Legal")), [""; 0]);
    let create = json!({"do": "create-person", "person": "gus", "profile": {"department": "Engineering"}});
    assert_eq!(stage.act(create), joins);
    // Okta does not remove a person from the target's group who lost the app; the PATCH of the group has only its name.
    let leaves = stage.act(department("bob", "Legal"));
    assert_eq!(leaves, ["PATCH /Users/id3 replace", "PATCH /Groups/id1 replace"]);
    assert!(stage.server.members("id1").contains(&"id3"));
    // Members that the rule added stay when it is deactivated.
    stage.act(json!({"do": "deactivate-group-rule", "rule": "engineers"}));
    assert_eq!(stage.act(department("ada", "Legal")), ["GET /Users/id2", "PUT /Users/id2"]);
    assert_eq!(stage.org.group("Engineers").unwrap().members.len(), 2);
}

#[test]
fn a_member_who_is_removed_by_hand_is_an_exception_and_one_who_was_added_by_hand_stays() {
    let mut stage = ruled();
    stage.act(json!({"do": "activate-group-rule", "rule": "engineers"}));
    stage.act(json!({"do": "add-to-group", "group": "Engineers", "people": ["bob"]}));
    stage.act(department("ada", "Engineering"));
    stage.act(department("bob", "Engineering"));
    stage.act(json!({"do": "remove-from-group", "group": "Engineers", "people": ["ada"]}));
    stage.act(department("ada", "Engineering"));
    stage.act(department("bob", "Legal"));
    let members: Vec<&str> =
        stage.org.group("Engineers").unwrap().members.iter().map(|person| stage.org.key(*person)).collect();
    assert_eq!(members, ["bob"]);
}

#[test]
fn everyone_has_an_app_that_is_assigned_to_everyone() {
    let mut stage = Stage::new(Oin);
    let assigned = stage.act(json!({"do": "assign-group", "group": "Everyone"}));
    assert_eq!(assigned.iter().filter(|request| *request == "POST /Users").count(), 3);
    assert_eq!(stage.act(json!({"do": "create-person", "person": "gus"})), [LOOKUP, "POST /Users"]);
}

#[test]
fn what_okta_refuses_about_rules_and_everyone() {
    let mut stage = ruled();
    stage.act(json!({"do": "activate-group-rule", "rule": "engineers"}));
    let rule = |name: &str, when: &str, group: &str| json!({"do": "create-group-rule", "rule": name, "when": when, "groups": [group]});
    for (action, code, text) in [
        (rule("engineers", ENGINEERS, "Engineers"), Some("E0000001"), "already exists"),
        (rule(&"x".repeat(51), ENGINEERS, "Engineers"), Some("E0000001"), "1 to 50 characters"),
        (rule("new", "department == 1", "Engineers"), Some("E0000001"), "write user.NAME"),
        (rule("new", ENGINEERS, "none"), Some("E0000007"), "there is no group \"none\""),
        (rule("new", ENGINEERS, "Everyone"), None, "use a group of your own"),
        (json!({"do": "activate-group-rule", "rule": "none"}), Some("E0000007"), "those that exist: engineers"),
        (json!({"do": "delete-group-rule", "rule": "engineers"}), None, "deactivate it first"),
        (json!({"do": "add-to-group", "group": "Everyone", "people": ["ada"]}), None, "Okta decides who is in"),
        (json!({"do": "rename-group", "group": "Everyone", "to": "All"}), None, "Okta decides who is in"),
        (json!({"do": "delete-group", "group": "Everyone"}), None, "Okta decides who is in"),
    ] {
        let action: Action = serde_json::from_value(action).unwrap();
        let error = stage.org.act(&action, &stage.habits).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

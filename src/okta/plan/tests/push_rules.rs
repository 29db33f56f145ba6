//! Group push by rule.

use super::*;

const CREATE: [&str; 3] = ["GET /Groups?filter", "POST /Groups", "PATCH /Groups/id2 replace"];

fn rule(name: &str, condition: &Value) -> Value {
    let mut action = json!({"do": "create-push-rule", "app": "app", "rule": name});
    for (key, value) in condition.as_object().unwrap() {
        action[key] = value.clone();
    }
    action
}

fn pushed(stage: &Stage) -> Vec<&str> {
    stage.org.app("app").unwrap().pushed_groups().map(|mapping| mapping.group.as_str()).collect()
}

fn ruled() -> Stage {
    let mut stage = Stage::new(Oin);
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    for name in ["App Readers", "App Writers", "Sales"] {
        stage.org.add_group(name, &["ada"]).unwrap();
    }
    stage
}

#[test]
fn a_rule_pushes_the_groups_that_match_now_and_later() {
    let mut stage = ruled();
    let created = stage.act(rule("app", &json!({"starts-with": "App "})));
    let by_name = Stage::act(&mut ruled(), json!({"do": "push-group", "group": "App Readers"}));
    assert_eq!(created[..by_name.len()], by_name[..], "each group is pushed as by name");
    assert_eq!(pushed(&stage), ["App Readers", "App Writers"]);
    assert_eq!(stage.act(json!({"do": "create-group", "group": "Other"})), [""; 0]);
    let later = stage.act(json!({"do": "create-group", "group": "App Admins"}));
    assert_eq!(later[..2], CREATE[..2]);
    // A group stays pushed when it no longer matches, and one that is renamed is pushed with its members.
    stage.act(json!({"do": "rename-group", "group": "App Writers", "to": "Writers"}));
    stage.act(json!({"do": "rename-group", "group": "Sales", "to": "App Sales"}));
    assert_eq!(pushed(&stage), ["App Readers", "Writers", "App Sales", "App Admins"]);
    let id = stage.org.push(stage.org.app("app").unwrap(), "App Sales").unwrap().target_id.clone().unwrap();
    assert_eq!(stage.server.members(&id), ["id1"]);
}

#[test]
fn a_rule_that_is_not_active_pushes_nothing_new_and_its_deletion_unlinks_its_groups() {
    let mut stage = ruled();
    stage.act(json!({"do": "push-group", "group": "App Readers"}));
    stage.act(rule("app", &json!({"contains": "pp", "ends-with": "ers"})));
    assert_eq!(stage.act(json!({"do": "deactivate-push-rule", "rule": "app"})), [""; 0]);
    assert_eq!(stage.act(json!({"do": "create-group", "group": "App Testers"})), [""; 0]);
    let activated = stage.act(json!({"do": "activate-push-rule", "rule": "app"}));
    assert_eq!(activated[..2], CREATE[..2]);
    assert_eq!(stage.act(json!({"do": "activate-push-rule", "rule": "app"})), [""; 0]);
    let deleted = stage.act(json!({"do": "delete-push-rule", "rule": "app", "delete": true}));
    assert_eq!(deleted.len(), 2, "{deleted:?}");
    assert!(deleted.iter().all(|request| request.starts_with("DELETE /Groups/")), "{deleted:?}");
    // It was pushed by name.
    assert_eq!(pushed(&stage), ["App Readers"]);
}

#[test]
fn what_okta_refuses_about_push_rules() {
    let mut stage = ruled();
    for number in 0..101 {
        stage.org.add_group(&format!("Many {number}"), &[] as &[&str]).unwrap();
    }
    stage.act(rule("app", &json!({"starts-with": "App "})));
    for (action, code, text) in [
        (
            rule("many", &json!({"starts-with": "Many"})),
            Some("E0000027"),
            "matches 101 groups, and Okta pushes at most 100",
        ),
        (rule("none", &json!({})), Some("E0000027"), "add starts-with, ends-with or contains"),
        (rule("app", &json!({"starts-with": "x"})), None, "already exists"),
        (json!({"do": "delete-push-rule", "app": "app", "rule": "ap", "delete": true}), None, "did you mean \"app\"?"),
    ] {
        let (action, before): (Action, _) = (serde_json::from_value(action).unwrap(), stage.org.clone());
        let error = stage.org.act(&action, &stage.habits).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(stage.org, before);
    }
    // With one group fewer the rule is possible.
    stage.act(json!({"do": "delete-group", "group": "Many 7"}));
    stage.act(rule("many", &json!({"starts-with": "Many"})));
    assert_eq!(pushed(&stage).len(), 102);
    assert_eq!(stage.act(json!({"do": "create-group", "group": "Many 7"})), [""; 0]);
}

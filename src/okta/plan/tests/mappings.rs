//! Mapping rows with expressions.

use super::*;
use crate::okta::mapping::{ApplyOn, CustomRow, Mapping};

fn set(row: &str, expression: &str) -> Value {
    json!({"do": "set-mapping", "app": "app", "row": row, "expression": expression})
}

#[test]
fn an_expression_decides_what_is_sent_and_when() {
    let mut stage = Stage::new(Oin);
    stage.org.app_mut("app").unwrap().set_expression("displayName", "user.lastName + \", \" + user.firstName").unwrap();
    stage.act(json!({"do": "assign", "people": ["ada", "bob"]}));
    assert_eq!(stage.server.resources["/Users/id1"]["displayName"], "Example, Ada");
    // The title becomes a function of an attribute that no other row sends.
    stage.act(json!({"do": "update-profile", "person": "ada", "set": {"level": "lead"}}));
    let title = "user.level == \"lead\" ? String.toUpperCase(user.title) : user.title";
    assert_eq!(stage.act(set("title", title)), ["GET /Users/id1", "PUT /Users/id1"], "only Ada's title changes");
    assert_eq!(stage.server.resources["/Users/id1"]["title"], "ENGINEER");
    let level = |level: &str| json!({"do": "update-profile", "person": "bob", "set": {"level": level}});
    assert_eq!(stage.act(level("senior")), [""; 0]);
    assert_eq!(stage.act(level("lead")), ["GET /Users/id2", "PUT /Users/id2"]);
    assert_eq!(stage.act(set("title", title)), [""; 0]);
    // An empty value is an unset attribute.
    stage.act(set("title", "user.middleName"));
    assert_eq!(stage.server.resources["/Users/id1"].get("title"), None);
    // The value that an assignment sets wins.
    stage.act(json!({"do": "assign", "people": ["cyd"], "attributes": {"displayName": "C."}}));
    assert_eq!(stage.server.resources["/Users/id3"]["displayName"], "C.");
}

#[test]
fn a_group_function_is_evaluated_with_the_next_push() {
    let mut stage = Stage::new(Aiw);
    stage.act(json!({"do": "create-group", "group": "leads"}));
    stage.act(set("userType", "isMemberOfGroupName(\"leads\") ? \"lead\" : \"member\""));
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    assert_eq!(stage.act(json!({"do": "add-to-group", "group": "leads", "people": ["ada"]})), [""; 0]);
    stage.act(json!({"do": "force-sync"}));
    assert_eq!(stage.server.resources["/Users/id1"]["userType"], "lead");
}

#[test]
fn an_expression_fills_a_row_without_a_mapping_and_a_list() {
    let mut stage = Stage::new(Oin);
    let (source, name, namespace) = ("roles".to_owned(), "roles".to_owned(), "urn:acme".to_owned());
    let row = CustomRow { source, name, namespace, apply: ApplyOn::default(), combine_groups: false };
    let app = stage.org.app_mut("app").unwrap();
    app.mapping = Mapping::default().without(&["title"]).unwrap().with(row).unwrap();
    app.set_expression("title", "\"Dr. \" + user.lastName").unwrap();
    app.set_expression("roles", "{\"member\", user.title}").unwrap();
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    let sent = &stage.server.resources["/Users/id1"];
    assert_eq!((&sent["title"], &sent["urn:acme"]), (&json!("Dr. Example"), &json!({"roles": ["member", "Engineer"]})));
}

#[test]
fn what_okta_refuses_about_mappings() {
    let mut stage = Stage::new(Oin);
    for (action, summary, text) in [
        (set("titel", "user.title"), "Api validation failed: updateMapping", "there is no mapping row \"titel\""),
        (set("title", "user.title +"), "Api validation failed", "a value is missing"),
    ] {
        let action: Action = serde_json::from_value(action).unwrap();
        let error = stage.org.act(&action, &stage.habits).unwrap_err();
        assert_eq!((error.code(), error.summary().as_deref()), (Some("E0000001"), Some(summary)), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

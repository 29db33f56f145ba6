//! Attributes that assignments set, and the priority of groups.

use super::*;
use crate::okta::mapping::{ApplyOn, CustomRow, Mapping};
use crate::scim::schema::ENTERPRISE;

/// Returns an attribute of a person in the target.
fn sent(stage: &Stage, person: &str, name: &str) -> Value {
    let user = &stage.server.resources[&format!("/Users/{}", stage.external_id(person).unwrap())];
    user[name].clone()
}

fn pushed(stage: &Stage, person: &str) -> [String; 2] {
    let id = stage.external_id(person).unwrap();
    [format!("GET /Users/{id}"), format!("PUT /Users/{id}")]
}

/// An org whose app is assigned to two groups that set the title. Ada is in both, bob in the second one.
fn grouped() -> Stage {
    let mut stage = Stage::new(Oin);
    stage.org.add_group("first", &["ada"]).unwrap();
    stage.org.add_group("second", &["ada", "bob"]).unwrap();
    stage.act(json!({"do": "assign-group", "group": "first", "attributes": {"title": "First"}}));
    stage.act(json!({"do": "assign-group", "group": "second", "attributes": {"title": "Second", "department": "D"}}));
    stage
}

#[test]
fn the_form_of_an_assignment_wins_over_the_mapping() {
    let mut stage = Stage::new(Oin);
    stage.act(json!({"do": "assign", "people": ["ada"], "attributes": {"title": "Lead", "nickName": ""}}));
    assert_eq!((sent(&stage, "ada", "title"), sent(&stage, "ada", "nickName")), (json!("Lead"), Value::Null));
    // A change of the mapped attribute changes nothing, and a push of another one keeps the value.
    let title = json!({"do": "update-profile", "person": "ada", "set": {"title": "Analyst"}});
    assert_eq!(stage.act(title), [""; 0]);
    stage.act(json!({"do": "update-profile", "person": "ada", "set": {"city": "Oslo"}}));
    assert_eq!(sent(&stage, "ada", "title"), json!("Lead"));
    // An empty string gives the attribute back to the mapping.
    let cleared = stage.act(json!({"do": "edit-assignment", "person": "ada", "set": {"title": ""}}));
    assert_eq!(cleared, pushed(&stage, "ada"));
    assert_eq!(sent(&stage, "ada", "title"), json!("Analyst"));
    // The attributes belong to the assignment.
    stage.act(json!({"do": "edit-assignment", "person": "ada", "set": {"title": "Analyst"}}));
    stage.act(json!({"do": "unassign", "people": ["ada"]}));
    stage.act(json!({"do": "update-profile", "person": "ada", "set": {"title": "Chief"}}));
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    assert_eq!(sent(&stage, "ada", "title"), json!("Chief"));
}

#[test]
fn the_group_with_the_highest_priority_decides() {
    let mut stage = grouped();
    assert_eq!((sent(&stage, "ada", "title"), sent(&stage, "bob", "title")), (json!("First"), json!("Second")));
    assert_eq!(sent(&stage, "ada", ENTERPRISE), json!({"department": "D"}), "the first group sets no department");
    let last = stage.act(json!({"do": "edit-group-assignment", "group": "second", "priority": 0}));
    assert_eq!((last, sent(&stage, "ada", "title")), (pushed(&stage, "ada").into(), json!("Second")));
    assert_eq!(stage.act(json!({"do": "edit-group-assignment", "group": "second", "priority": 0})), [""; 0]);
    // Ada leaves the group that won, and later the other one too: the mapping decides.
    let left = stage.act(json!({"do": "remove-from-group", "group": "second", "people": ["ada"]}));
    assert_eq!((left, sent(&stage, "ada", "title")), (pushed(&stage, "ada").into(), json!("First")));
    assert_eq!(sent(&stage, "ada", ENTERPRISE), Value::Null);
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    let left = stage.act(json!({"do": "unassign-group", "group": "first"}));
    assert_eq!((left, sent(&stage, "ada", "title")), (pushed(&stage, "ada").into(), json!("Engineer")));
    assert_eq!(stage.act(json!({"do": "assign-group", "group": "first"})), [""; 0]);
    // The value of the person wins over those of groups.
    let edited = stage.act(json!({"do": "edit-group-assignment", "group": "first", "set": {"title": "Changed"}}));
    assert_eq!((edited, sent(&stage, "ada", "title")), (pushed(&stage, "ada").into(), json!("Changed")));
    stage.act(json!({"do": "unassign", "people": ["ada"]}));
    let own = json!({"do": "assign", "people": ["ada"], "attributes": {"title": "Own"}});
    assert_eq!((stage.act(own), sent(&stage, "ada", "title")), (pushed(&stage, "ada").into(), json!("Own")));
}

#[test]
fn a_row_without_a_mapping_is_sent_for_those_whose_assignment_sets_it() {
    let mut stage = Stage::new(Aiw);
    let mapping = Mapping::default().without(&["title", "phoneNumbers.value", "phoneNumbers.type"]).unwrap();
    stage.org.app_mut("app").unwrap().mapping = mapping;
    stage.act(json!({"do": "assign", "people": ["ada"], "attributes": {"title": "Lead"}}));
    stage.act(json!({"do": "assign", "people": ["bob"]}));
    assert_eq!((sent(&stage, "ada", "title"), sent(&stage, "bob", "title")), (json!("Lead"), Value::Null));
    stage.act(json!({"do": "edit-assignment", "person": "bob", "set": {"phoneNumbers.value": "1"}}));
    assert_eq!(sent(&stage, "bob", "phoneNumbers"), json!([{"primary": true, "value": "1"}]));
    // Okta removes the values when the assignment does not set them any more, and only these.
    stage.act(json!({"do": "edit-assignment", "person": "ada", "set": {"title": ""}}));
    stage.act(json!({"do": "edit-assignment", "person": "bob", "set": {"phoneNumbers.value": ""}}));
    assert_eq!((sent(&stage, "ada", "title"), sent(&stage, "bob", "phoneNumbers")), (Value::Null, Value::Null));
    let id = stage.external_id("bob").unwrap().to_owned();
    stage.server.resources.get_mut(&format!("/Users/{id}")).unwrap()["title"] = json!("of the target");
    stage.act(json!({"do": "force-sync"}));
    assert_eq!(sent(&stage, "bob", "title"), json!("of the target"));
}

#[test]
fn a_create_only_row_is_pushed_when_an_assignment_sets_it() {
    let mut stage = Stage::new(Oin);
    stage.org.app_mut("app").unwrap().mapping = Mapping::default().create_only(&["title"]).unwrap();
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    let edited = stage.act(json!({"do": "edit-assignment", "person": "ada", "set": {"title": "Lead"}}));
    assert_eq!((edited, sent(&stage, "ada", "title")), (pushed(&stage, "ada").into(), json!("Lead")));
    stage.act(json!({"do": "edit-assignment", "person": "ada", "set": {"title": ""}}));
    assert_eq!(sent(&stage, "ada", "title"), json!("Engineer"));
}

#[test]
fn lists_are_combined_across_groups_if_the_row_says_so() {
    for (combine_groups, expected) in [(true, json!(["b", "a"])), (false, json!(["b"]))] {
        let mut stage = grouped();
        let (source, name, namespace) = ("roles".to_owned(), "roles".to_owned(), "urn:acme".to_owned());
        let row = CustomRow { source, name, namespace, apply: ApplyOn::default(), combine_groups };
        stage.org.app_mut("app").unwrap().mapping = Mapping::default().with(row).unwrap();
        for (group, roles, priority) in [("first", json!(["a", "b"]), 1), ("second", json!(["b"]), 0)] {
            stage.act(
                json!({"do": "edit-group-assignment", "group": group, "set": {"roles": roles}, "priority": priority}),
            );
        }
        assert_eq!(sent(&stage, "ada", "urn:acme"), json!({"roles": expected}));
    }
}

#[test]
fn what_okta_refuses_about_the_attributes_of_assignments() {
    let mut stage = grouped();
    stage.act(json!({"do": "deactivate-person", "person": "cyd"}));
    let edit = |person: &str, set: Value| json!({"do": "edit-assignment", "app": "app", "person": person, "set": set});
    let group = |group: &str, set: Value, priority: u32| json!({"do": "edit-group-assignment", "app": "app", "group": group, "set": set, "priority": priority});
    let mapped = "Cannot modify the title attribute because it has a field mapping and profile push is enabled.";
    for (action, code, text) in [
        (edit("ada", json!({"title": "Other"})), "E0000075", "make the row create-only"),
        (edit("ada", json!({"titel": "Other"})), "E0000001", "there is no mapping row \"titel\""),
        (edit("ada", json!({"title": ["Other"]})), "E0000001", "takes one value"),
        (edit("cyd", json!({"title": "Other"})), "E0000117", "is deactivated"),
        (group("first", json!({"titel": "x"}), 0), "E0000001", "there is no mapping row"),
        (group("first", json!({}), 101), "E0000001", "from 0, the highest, to 100"),
        (
            json!({"do": "assign", "app": "app", "people": ["bob"], "attributes": {"no": "x"}}),
            "E0000001",
            "no mapping row",
        ),
    ] {
        let action: Action = serde_json::from_value(action).unwrap();
        let error = stage.org.act(&action, &stage.habits).unwrap_err();
        assert_eq!(error.code(), Some(code), "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(code != "E0000075" || error.summary().as_deref() == Some(mapped));
    }
    stage.act(json!({"do": "unassign-group", "group": "first"}));
    stage.act(json!({"do": "unassign-group", "group": "second"}));
    for action in [edit("bob", json!({"title": "Other"})), group("first", json!({}), 0)] {
        let action: Action = serde_json::from_value(action).unwrap();
        assert!(stage.org.act(&action, &stage.habits).is_err(), "{action:?}");
    }
    // Without Update User Attributes, the mapping pushes nothing, and the edit is possible.
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    stage.act(json!({"do": "save-to-app", "update": false}));
    assert_eq!(stage.act(edit("ada", json!({"title": "Other"}))), [""; 0]);
}

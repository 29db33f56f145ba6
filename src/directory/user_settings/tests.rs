use serde_json::json;

use super::*;
use crate::directory::profile::Profile;

fn settings(value: Value) -> Result<UserSettings, serde_json::Error> {
    serde_json::from_value(value)
}

#[test]
fn custom_attributes_are_mapped_and_predefined_ones_selected() {
    let document = json!({
        "userName": "ann", "title": "Analyst", "nickName": "Annie", "name": {"middleName": "M"},
        "phoneNumbers": [{"value": "1"}, {"value": "2", "primary": true}],
        "urn:example:2.0:User": {"badge": {"number": 7}},
    });
    let chosen = json!({
        "predefined_attributes": ["job_title"],
        "custom_attributes": {
            "nick": "nickName", "middle": "name.middleName", "phone": "phoneNumbers.value",
            "badge": "urn:example:2.0:User:badge.number", "none": "nothing", "own": "urn:example:2.0:User:nothing",
        },
    });
    let chosen = settings(chosen).unwrap();
    let shown = Profile::of(document.as_object().unwrap(), &chosen).custom_attributes;
    let expected = json!({
        "job_title": "Analyst", "badge": 7, "middle": "M", "nick": "Annie", "none": null, "own": null, "phone": "2",
    });
    assert_eq!(Value::Object(shown), expected);
    assert_eq!(settings(serde_json::to_value(&chosen).unwrap()).unwrap(), chosen);
    for wrong in [
        json!({"predefined_attributes": ["shoe_size"]}),
        json!({"custom_attributes": {"x": "a b"}}),
        json!({"roles": {"groups": [{"group": "x"}]}}),
        json!({"unknown": 1}),
    ] {
        assert!(settings(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn roles_follow_the_order_of_the_settings() {
    let groups = json!([
        {"group": "Admins", "role": "admin"}, {"group": "Treasury", "role": "finance"},
        {"group": "Audit", "role": "finance"},
    ]);
    let roles = settings(json!({"roles": {"groups": groups, "default": "member"}})).unwrap().roles;
    let of = |groups: &[&str]| roles.of(&groups.iter().map(|&group| group.to_owned()).collect::<Vec<_>>());
    assert_eq!(of(&["Audit", "Treasury", "Admins"]), ["admin", "finance"]);
    assert_eq!(of(&["Other"]), ["member"]);
    assert!(Roles::default().of(&["Admins".to_owned()]).is_empty());
}

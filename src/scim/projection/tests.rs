use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scim::schema::tests::any_body;
use crate::scim::schema::{ENTERPRISE, GROUP, USER};
use crate::scim::{Mode, ScimType};

fn user() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "id": "u1",
        "userName": "ada",
        "name": {"givenName": "Ada", "familyName": "L"},
        "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "display": "B"}],
        "badge": {"no": 7, "colour": "red"},
        "empty": {},
        ENTERPRISE: {"department": "E", "manager": {"value": "m", "displayName": "M"}},
        "meta": {"version": "1", "location": "l"},
    })
}

fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let mut document = user().as_object().unwrap().clone();
    Projection::parse(attributes, excluded).unwrap().apply(&mut document, Kind::User, Schemas::standard(), &[]);
    Value::Object(document)
}

#[test]
fn attributes_selects_the_named_and_the_always_returned() {
    let always = || json!({"schemas": [USER, ENTERPRISE], "id": "u1"});
    let cases = [
        ("userName", json!({"userName": "ada"})),
        (" USERNAME ,userName,, nosuch ", json!({"userName": "ada"})),
        ("name.givenName", json!({"name": {"givenName": "Ada"}})),
        ("name.givenName,name", json!({"name": {"givenName": "Ada", "familyName": "L"}})),
        ("emails.value", json!({"emails": [{"value": "a@x"}, {"value": "b@x"}]})),
        ("emails.display", json!({"emails": [{"display": "B"}]})),
        ("urn:ietf:params:scim:schemas:core:2.0:user:userName", json!({"userName": "ada"})),
        (ENTERPRISE, json!({ENTERPRISE: {"department": "E", "manager": {"value": "m", "displayName": "M"}}})),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            json!({ENTERPRISE: {"manager": {"value": "m"}}}),
        ),
        ("department", json!({})),
        ("badge.no,meta.version", json!({"badge": {"no": 7}, "meta": {"version": "1"}})),
        ("password", json!({})),
        ("id", json!({})),
    ];
    for (attributes, more) in cases {
        let mut expected = always();
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(shown(Some(attributes), None), expected, "{attributes}");
    }
}

#[test]
fn excluded_attributes_are_removed() {
    let without = |pointer: &[(&str, &str)]| {
        let mut expected = user();
        for (parent, key) in pointer {
            expected.pointer_mut(parent).unwrap().as_object_mut().unwrap().shift_remove(*key);
        }
        expected
    };
    assert_eq!(shown(None, Some("name,Meta")), without(&[("", "name"), ("", "meta")]));
    assert_eq!(shown(None, Some("name.givenName")), without(&[("/name", "givenName")]));
    assert_eq!(shown(None, Some("emails.type")), without(&[("/emails/0", "type")]));
    assert_eq!(shown(None, Some("id,schemas,nosuch")), user());
    assert_eq!(shown(None, Some(ENTERPRISE)), without(&[("", ENTERPRISE)]));
    let department = format!("{ENTERPRISE}:department");
    let inner = shown(None, Some(&department));
    assert_eq!(inner[ENTERPRISE], json!({"manager": {"value": "m", "displayName": "M"}}));
    assert_eq!(shown(None, None), user());
    assert_eq!(shown(Some(""), Some(" ")), user());
}

#[test]
fn both_parameters_or_a_malformed_name_are_rejected() {
    for (attributes, excluded) in [(Some("id"), Some("meta")), (Some("a b"), None), (None, Some("emails[0]"))] {
        let error = Projection::parse(attributes, excluded).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    }
}

#[test]
fn members_are_read_only_if_they_are_returned() {
    let wants = |attributes, excluded| Projection::parse(attributes, excluded).unwrap().wants("members");
    assert!(wants(None, None));
    assert!(wants(Some("displayName,MEMBERS.value"), None));
    assert!(wants(Some(GROUP), None));
    let qualified = format!("{GROUP}:members");
    assert!(wants(Some(&qualified), None));
    assert!(wants(None, Some("members.display")));
    assert!(!wants(Some("displayName"), None));
    assert!(!wants(None, Some("Members")));
    assert!(!wants(None, Some(&qualified)));
}

#[test]
fn never_and_on_request_are_respected() {
    let urn = "urn:example:acme:2.0:User";
    let schemas = Schemas::standard()
        .with_extension(&json!({"id": urn, "attributes": [
            {"name": "pin", "returned": "never"}, {"name": "note", "returned": "request"},
            {"name": "rank", "returned": "always"}, {"name": "desk"}]}))
        .unwrap();
    let document = json!({"id": "u", urn: {"pin": "1", "note": "n", "rank": "r", "desk": "d"}});
    let run = |attributes: Option<&str>, excluded: Option<&str>| {
        let mut document = document.as_object().unwrap().clone();
        Projection::parse(attributes, excluded).unwrap().apply(&mut document, Kind::User, &schemas, &[]);
        document.remove(urn).unwrap_or(Value::Null)
    };
    assert_eq!(run(None, None), json!({"rank": "r", "desk": "d"}));
    assert_eq!(run(Some(&format!("{urn}:note,{urn}:pin")), None), json!({"note": "n", "rank": "r"}));
    assert_eq!(run(None, Some(&format!("{urn}:rank,{urn}:desk"))), json!({"rank": "r"}));
    assert_eq!(run(Some("userName"), None), json!({"rank": "r"}));
}

proptest! {
    #[test]
    fn a_projection_only_removes_and_is_idempotent(
        body in any_body(),
        names in prop::collection::vec(
            proptest::sample::select(vec!["name", "name.givenName", "emails", "emails.value", "id", ENTERPRISE, "userName"]),
            0..3,
        ),
        only in any::<bool>(),
    ) {
        let Ok(accepted) = Schemas::standard().accept(Kind::User, body, Mode::Lenient.into()) else { return Ok(()) };
        let list = names.join(",");
        let (attributes, excluded) = if only { (Some(list.as_str()), None) } else { (None, Some(list.as_str())) };
        let projection = Projection::parse(attributes, excluded).unwrap();
        let mut once = accepted.document.clone();
        projection.apply(&mut once, Kind::User, Schemas::standard(), &[]);
        prop_assert!(once.keys().all(|key| accepted.document.contains_key(key)));
        prop_assert!(once.contains_key("schemas"));
        let mut twice = once.clone();
        projection.apply(&mut twice, Kind::User, Schemas::standard(), &[]);
        prop_assert_eq!(twice, once);
    }
}

#[test]
fn a_list_of_names_is_limited_without_repetitions() {
    let most = crate::base::limits::PROJECTION_NAMES;
    assert!(Projection::parse(Some(&"title,TITLE,".repeat(most)), None).is_ok());
    let names = |count: usize| (0..count).map(|n| format!("a{n}")).collect::<Vec<_>>().join(",");
    assert!(Projection::parse(None, Some(&names(most))).is_ok());
    let error = Projection::parse(None, Some(&names(most + 1))).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    assert!(error.detail.contains("excludedAttributes lists more than 1000 names"), "{}", error.detail);
}

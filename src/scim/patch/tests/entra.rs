//! Requests of Entra that deviate from the RFCs: accepted in lenient mode, rejected in strict mode.

use super::*;

#[test]
fn add_creates_the_value_that_its_filter_describes() {
    let added = |element: Value| {
        let mut all = user()["emails"].as_array().unwrap().clone();
        all.push(element);
        user_with(json!({"emails": all}))
    };
    let cases = [
        (
            json!({"op": "Add", "path": "emails[type eq \"other\"].value", "value": "n@x"}),
            added(json!({"type": "other", "value": "n@x"})),
        ),
        (
            json!({"op": "add", "path": "emails[TYPE EQ \"other\"]", "value": {"value": "n@x", "display": "N"}}),
            added(json!({"type": "other", "value": "n@x", "display": "N"})),
        ),
        (
            json!({"op": "add", "value": {"emails[type eq \"other\" and display eq \"N\"].value": "n@x"}}),
            added(json!({"type": "other", "display": "N", "value": "n@x"})),
        ),
        (
            json!({"op": "add", "path": "roles[primary eq \"True\"].value", "value": "lead"}),
            user_with(json!({"roles": [{"primary": true, "value": "lead"}]})),
        ),
        // A present value is distinguished from the new one, and is no longer primary.
        (
            json!({"op": "add", "path": "emails[type eq \"other\" and primary eq true].value", "value": "n@x"}),
            user_with(json!({"emails": [
                {"value": "ada@work.example", "type": "work", "primary": false},
                {"value": "ada@home.example", "type": "home"},
                {"type": "other", "primary": true, "value": "n@x"},
            ]})),
        ),
    ];
    for (operation, expected) in cases {
        assert_eq!(patched(json!([operation])), expected, "{operation}");
        let mut plain = operation;
        plain["op"] = json!("add");
        let strict = patched_as(Mode::Strict, user(), json!([plain])).unwrap_err();
        let told = strict.scim_type.unwrap();
        // The boolean as a string is rejected before the filter is evaluated.
        assert!(matches!(told, ScimType::NoTarget | ScimType::InvalidFilter), "{plain}: {strict}");
    }
    let parts = json!([
        {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Bonn"},
        {"op": "Add", "path": "addresses[type eq \"work\"].country", "value": "DE"},
    ]);
    let whole = json!({"addresses": [{"type": "work", "locality": "Bonn", "country": "DE"}]});
    assert_eq!(patched(parts), user_with(whole));
}

/// Entra replaces a value that is not set and deactivates the user in one request (better-auth issue 10682).
#[test]
fn a_filtered_replace_of_an_unset_value_creates_it() {
    let operations = json!([
        {"op": "Replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1"},
        {"op": "Replace", "path": "active", "value": "False"},
    ]);
    let phone = json!([{"type": "work", "value": "+1"}]);
    assert_eq!(patched(operations), user_with(json!({"phoneNumbers": phone, "active": false})));
}

#[test]
fn only_equalities_describe_a_value() {
    for (op, path) in [
        ("replace", "emails[type sw \"other\"].value"),
        ("remove", "emails[type eq \"other\"].value"),
        ("add", "emails[type sw \"other\"].value"),
        ("add", "emails[type eq \"other\" or type eq \"third\"].value"),
        ("add", "emails[not (type eq \"work\") and not (type eq \"home\")].value"),
        ("add", "emails[type eq null].value"),
    ] {
        assert_eq!(refused(json!([{"op": op, "path": path, "value": "x"}])), ScimType::NoTarget, "{op} {path}");
    }
}

#[test]
fn a_manager_can_be_sent_as_its_id_alone() {
    let path = format!("{ENTERPRISE}:manager");
    let expected = user_with(json!({ENTERPRISE: {"department": "Engines", "manager": {"value": "m2"}}}));
    for operation in [
        json!({"op": "add", "path": path, "value": "m2"}),
        json!({"op": "replace", "path": path, "value": [{"value": "m2"}]}),
        json!({"op": "replace", "value": {path.clone(): "m2"}}),
        json!({"op": "replace", "value": {ENTERPRISE: {"manager": "m2"}}}),
    ] {
        assert_eq!(patched(json!([operation])), expected, "{operation}");
        let strict = patched_as(Mode::Strict, user(), json!([operation])).unwrap_err();
        assert_eq!(strict.scim_type, Some(ScimType::InvalidValue), "{operation}");
    }
    for value in [json!(""), json!([]), json!(["m2", "m3"]), json!(7), json!([{"value": "m2"}, {"value": "m3"}])] {
        assert_eq!(refused(json!([{"op": "add", "path": path, "value": value}])), ScimType::InvalidValue, "{value}");
    }
    // `name` has no `value`, so a string cannot stand for it.
    assert_eq!(refused(json!([{"op": "add", "path": "name", "value": "Ada"}])), ScimType::InvalidValue);
}

// Passing JSON literals by value keeps the calls readable.
#![allow(clippy::needless_pass_by_value)]

use serde_json::json;

use super::*;
use crate::scim::message::PATCH_OP;
use crate::scim::resource::Kind;
use crate::scim::schema::{ENTERPRISE, GROUP, USER};
use crate::scim::{Mode, Object, Rules, Schemas, ScimError, ScimType};

mod entra;
mod okta;
mod schemas;
mod work;

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn parse_as(kind: Kind, mode: Mode, operations: Value) -> Result<Patch, ScimError> {
    let body = object(json!({"schemas": [PATCH_OP], "Operations": operations}));
    Patch::parse(&body, kind, "u1", Schemas::standard(), mode.into())
}

fn user() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "ada@example.com",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        "active": true,
        "favouriteColour": "green",
        ENTERPRISE: {"department": "Engines", "manager": {"value": "m1"}},
    })
}

fn patched_as(mode: Mode, document: Value, operations: Value) -> Result<Value, ScimError> {
    let patch = parse_as(Kind::User, mode, operations)?;
    patch.apply(&object(document), Kind::User, Schemas::standard(), mode.into()).map(Value::Object)
}

fn patched(operations: Value) -> Value {
    patched_as(Mode::Lenient, user(), operations).unwrap()
}

fn refused(operations: Value) -> ScimType {
    for mode in [Mode::Lenient, Mode::Strict] {
        let error = patched_as(mode, user(), operations.clone()).unwrap_err();
        assert_eq!(error.status, 400, "{error}");
        if mode == Mode::Strict {
            return error.scim_type.unwrap();
        }
    }
    unreachable!()
}

/// `user()` with some of its attributes replaced.
fn user_with(changes: Value) -> Value {
    let mut expected = object(user());
    for (key, value) in object(changes) {
        if value.is_null() {
            expected.shift_remove(&key);
        } else {
            expected.insert(key, value);
        }
    }
    Value::Object(expected)
}

#[test]
fn oktas_path_less_replace_changes_only_the_named_attributes() {
    assert_eq!(patched(json!([{"op": "replace", "value": {"active": false}}])), user_with(json!({"active": false})));
}

#[test]
fn oktas_rename_repeats_the_id() {
    let rename = |id: &str| json!([{"op": "replace", "value": {"id": id, "displayName": "Admins"}}]);
    let patch = parse_as(Kind::Group, Mode::Strict, rename("u1")).unwrap();
    let group = object(json!({"schemas": [GROUP], "displayName": "Old", "externalId": "e"}));
    let after = patch.apply(&group, Kind::Group, Schemas::standard(), Mode::Strict.into()).unwrap();
    assert_eq!(Value::Object(after), json!({"schemas": [GROUP], "displayName": "Admins", "externalId": "e"}));
    let error = parse_as(Kind::Group, Mode::Lenient, rename("other")).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::Mutability));
}

#[test]
fn oktas_membership_operations_become_edits_in_order() {
    let member = |id: &str| Member { value: id.to_owned(), display: Some(format!("{id}@example.com")) };
    let patch = parse_as(
        Kind::Group,
        Mode::Strict,
        json!([
            {"op": "remove", "path": "members[value eq \"a\"]"},
            {"op": "remove", "path": "members[value eq \"b\"]"},
            {"op": "add", "path": "members", "value": [
                {"value": "c", "display": "c@example.com"}, {"value": "c", "display": "c@example.com"}]},
        ]),
    )
    .unwrap();
    assert_eq!(patch.members, [MembersEdit::Remove(vec!["a".into(), "b".into()]), MembersEdit::Add(vec![member("c")])]);
    assert!(patch.document.is_empty());
}

#[test]
fn every_form_of_a_members_operation_is_accepted() {
    let edit = |operation: Value| parse_as(Kind::Group, Mode::Lenient, json!([operation])).unwrap().members;
    let x = || vec![Member { value: "x".into(), display: None }];
    assert_eq!(edit(json!({"op": "replace", "path": "members", "value": []})), [MembersEdit::Replace(vec![])]);
    assert_eq!(edit(json!({"op": "remove", "path": "members"})), [MembersEdit::Replace(vec![])]);
    assert_eq!(
        edit(json!({"op": "replace", "value": {"members": [{"value": "x", "display": null}], "id": "u1"}})),
        [MembersEdit::Replace(x())]
    );
    assert_eq!(edit(json!({"op": "add", "path": "Members", "value": {"value": "x"}})), [MembersEdit::Add(x())]);
    assert_eq!(
        edit(json!({"op": "Remove", "path": "members", "value": [{"value": "x"}]})),
        [MembersEdit::Remove(vec!["x".into()])]
    );
    assert_eq!(edit(json!({"op": "remove", "path": "members", "value": []})), [MembersEdit::Remove(vec![])]);
    assert_eq!(
        edit(json!({"op": "remove", "path": "members[value eq \"x\" or value eq \"y\"]"})),
        [MembersEdit::Remove(vec!["x".into(), "y".into()])]
    );
    assert_eq!(
        edit(json!({"op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:group:members[display sw \"x\"]"})),
        [MembersEdit::RemoveWhere("display sw \"x\"".parse().unwrap())]
    );
}

#[test]
fn a_member_is_immutable_and_needs_a_value() {
    let error =
        |operation: Value| parse_as(Kind::Group, Mode::Lenient, json!([operation])).unwrap_err().scim_type.unwrap();
    assert_eq!(
        error(json!({"op": "replace", "path": "members[value eq \"x\"].value", "value": "y"})),
        ScimType::Mutability
    );
    assert_eq!(error(json!({"op": "add", "path": "members", "value": [{"display": "x"}]})), ScimType::InvalidValue);
    assert_eq!(error(json!({"op": "add", "path": "members", "value": [{"value": ""}]})), ScimType::InvalidValue);
    assert_eq!(error(json!({"op": "add", "path": "members"})), ScimType::InvalidValue);
    assert_eq!(error(json!({"op": "remove", "path": "members[nope eq \"x\"]"})), ScimType::InvalidFilter);
    let user = parse_as(Kind::User, Mode::Lenient, json!([{"op": "remove", "path": "members"}])).unwrap_err();
    assert_eq!(user.scim_type, Some(ScimType::InvalidPath));
}

#[test]
fn simple_complex_and_sub_attribute_paths() {
    let cases = [
        (json!({"op": "add", "path": "title", "value": "Countess"}), json!({"title": "Countess"})),
        (json!({"op": "replace", "path": "TITLE", "value": "Countess"}), json!({"title": "Countess"})),
        (json!({"op": "remove", "path": "favouriteColour"}), Value::Null),
        (json!({"op": "remove", "path": "name"}), json!({"name": null})),
        (json!({"op": "remove", "path": "title"}), json!({})),
        (
            json!({"op": "add", "path": "name", "value": {"middleName": "King"}}),
            json!({"name": {"givenName": "Ada", "familyName": "Lovelace", "middleName": "King"}}),
        ),
        (
            json!({"op": "replace", "path": "name", "value": {"GIVENNAME": "Augusta", "familyName": null}}),
            json!({"name": {"givenName": "Augusta"}}),
        ),
        (
            json!({"op": "replace", "path": "name.givenName", "value": "Augusta"}),
            json!({"name": {"givenName": "Augusta", "familyName": "Lovelace"}}),
        ),
        (json!({"op": "remove", "path": "name.givenName"}), json!({"name": {"familyName": "Lovelace"}})),
        (json!({"op": "replace", "path": "active", "value": "False"}), json!({"active": false})),
        (json!({"op": "replace", "path": "name", "value": null}), json!({"name": null})),
        (json!({"op": "replace", "path": "emails", "value": []}), json!({"emails": null})),
        (json!({"op": "remove", "path": "emails"}), json!({"emails": null})),
    ];
    for (operation, expected) in cases {
        if expected.is_null() {
            let error = patched_as(Mode::Lenient, user(), json!([operation])).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidPath), "{operation}");
            continue;
        }
        assert_eq!(patched(json!([operation])), user_with(expected), "{operation}");
    }
}

#[test]
fn values_of_a_multi_valued_attribute() {
    let work = || json!({"value": "ada@work.example", "type": "work", "primary": true});
    let home = || json!({"value": "ada@home.example", "type": "home"});
    let cases = [
        // Appending one value, one in an array, and one that is already present.
        (
            json!({"op": "add", "path": "emails", "value": {"value": "x@y", "type": "other"}}),
            json!([work(), home(), {"value": "x@y", "type": "other"}]),
        ),
        (json!({"op": "add", "path": "emails", "value": [home(), work()]}), json!([work(), home()])),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "ada@home.example", "type": "home", "display": "A"}]}),
            json!([work(), {"value": "ada@home.example", "type": "home", "display": "A"}]),
        ),
        // The value that was set last stays primary.
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "n@y", "primary": true}]}),
            json!([
                {"value": "ada@work.example", "type": "work", "primary": false}, home(), {"value": "n@y", "primary": true}]),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
            json!([
                {"value": "ada@work.example", "type": "work", "primary": false},
                {"value": "ada@home.example", "type": "home", "primary": true}]),
        ),
        (json!({"op": "replace", "path": "emails", "value": [home()]}), json!([home()])),
        (json!({"op": "replace", "path": "emails", "value": home()}), json!([home()])),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@work"}),
            json!([{"value": "new@work", "type": "work", "primary": true}, home()]),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "only"}}),
            json!([{"value": "only"}, home()]),
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"home\"]", "value": {"display": "Home"}}),
            json!([work(), {"value": "ada@home.example", "type": "home", "display": "Home"}]),
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"home\" and not (value co \"work\")].display", "value": "H"}),
            json!([work(), {"value": "ada@home.example", "type": "home", "display": "H"}]),
        ),
        (json!({"op": "remove", "path": "emails[type eq \"WORK\"]"}), json!([home()])),
        (json!({"op": "remove", "path": "emails[primary eq true]"}), json!([home()])),
        (
            json!({"op": "remove", "path": "emails[value pr].type"}),
            json!([{"value": "ada@work.example", "primary": true}, {"value": "ada@home.example"}]),
        ),
        (json!({"op": "remove", "path": "emails", "value": [{"value": "ada@work.example"}]}), json!([home()])),
        (json!({"op": "remove", "path": "emails[value pr]"}), Value::Null),
    ];
    for (operation, emails) in cases {
        assert_eq!(patched(json!([operation])), user_with(json!({"emails": emails})), "{operation}");
    }
}

#[test]
fn filters_that_select_nothing_are_no_target() {
    for path in ["emails[type eq \"other\"].value", "photos[type eq \"photo\"].value"] {
        assert_eq!(refused(json!([{"op": "remove", "path": path, "value": "x"}])), ScimType::NoTarget, "{path}");
        for op in ["add", "replace"] {
            let operations = json!([{"op": op, "path": path, "value": "x"}]);
            let error = patched_as(Mode::Strict, user(), operations).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::NoTarget), "{op} {path}");
        }
    }
    for (path, value) in
        [("emails[type sw \"other\"].value", json!("x")), ("emails[type eq \"other\"]", json!({"value": "x"}))]
    {
        let operation = json!([{"op": "replace", "path": path, "value": value}]);
        assert_eq!(refused(operation), ScimType::NoTarget, "{path}");
    }
    assert_eq!(refused(json!([{"op": "remove"}])), ScimType::NoTarget);
    assert_eq!(refused(json!([{"op": "remove", "value": {"title": "x"}}])), ScimType::NoTarget);
}

#[test]
fn extensions_by_urn_in_every_form() {
    let lower = ENTERPRISE.to_lowercase();
    let cases = [
        (
            json!({"op": "add", "path": format!("{ENTERPRISE}:costCenter"), "value": "7"}),
            json!({"department": "Engines", "manager": {"value": "m1"}, "costCenter": "7"}),
        ),
        (
            json!({"op": "replace", "path": format!("{lower}:manager.value"), "value": "m2"}),
            json!({"department": "Engines", "manager": {"value": "m2"}}),
        ),
        (
            json!({"op": "replace", "path": ENTERPRISE, "value": {"department": "Looms"}}),
            json!({"department": "Looms", "manager": {"value": "m1"}}),
        ),
        (
            json!({"op": "replace", "value": {lower.clone(): {"DEPARTMENT": "Looms"}}}),
            json!({"department": "Looms", "manager": {"value": "m1"}}),
        ),
        (
            json!({"op": "replace", "value": {format!("{ENTERPRISE}:department"): "Looms"}}),
            json!({"department": "Looms", "manager": {"value": "m1"}}),
        ),
        (json!({"op": "remove", "path": format!("{ENTERPRISE}:manager")}), json!({"department": "Engines"})),
    ];
    for (operation, extension) in cases {
        assert_eq!(patched(json!([operation])), user_with(json!({ENTERPRISE: extension})), "{operation}");
    }
    let gone = user_with(json!({ENTERPRISE: null, "schemas": [USER]}));
    assert_eq!(patched(json!([{"op": "remove", "path": lower}])), gone);
    let by_parts = json!([
        {"op": "remove", "path": format!("{ENTERPRISE}:manager.value")},
        {"op": "remove", "path": format!("{ENTERPRISE}:department")},
    ]);
    assert_eq!(patched(by_parts), gone);
    let back = patched_as(
        Mode::Strict,
        gone,
        json!([{"op": "add", "path": format!("{ENTERPRISE}:division"), "value": "North"}]),
    );
    assert_eq!(back.unwrap(), user_with(json!({ENTERPRISE: {"division": "North"}})));
}

#[test]
fn keys_with_dots_and_filters_are_paths_never_literal_keys() {
    let after = patched(json!([{"op": "replace", "value": {
        "name.givenName": "Augusta",
        "emails[type eq \"home\"].value": "new@home",
        "urn:ietf:params:scim:schemas:core:2.0:User:title": "Countess",
    }}]));
    let expected = user_with(json!({
        "name": {"givenName": "Augusta", "familyName": "Lovelace"},
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": true}, {"value": "new@home", "type": "home"}],
        "title": "Countess",
    }));
    assert_eq!(after, expected);
}

#[test]
fn unknown_names_by_mode() {
    let path_less = json!([{"op": "replace", "value": {"badge": {"no": 7}, "favouriteColour": "red", "title": "x"}}]);
    let expected = user_with(json!({"badge": {"no": 7}, "favouriteColour": "red", "title": "x"}));
    assert_eq!(patched(path_less.clone()), expected);
    let strict = patched_as(Mode::Strict, user(), path_less).unwrap_err();
    assert_eq!(strict.scim_type, Some(ScimType::InvalidValue));
    for path in [
        "badge",
        "name.nick",
        "emails[type eq \"work\"].nope",
        "department",
        "emails[0]",
        "/name/givenName",
        "",
        "a b",
        "urn:example:none:1.0:User:x",
    ] {
        assert_eq!(refused(json!([{"op": "add", "path": path, "value": "x"}])), ScimType::InvalidPath, "{path}");
    }
    let acme = "urn:example:acme:1.0:User";
    let after =
        patched(json!([{"op": "add", "value": {acme: {"badge": 7}}}, {"op": "add", "value": {acme: {"desk": 1}}}]));
    assert_eq!(after, user_with(json!({acme: {"badge": 7, "desk": 1}, "schemas": [USER, ENTERPRISE, acme]})));
}

#[test]
fn read_only_and_required_attributes_are_protected() {
    for path in ["id", "meta", "meta.created", "groups", "groups[value eq \"g\"]"] {
        assert_eq!(refused(json!([{"op": "remove", "path": path}])), ScimType::Mutability, "{path}");
        assert_eq!(refused(json!([{"op": "replace", "path": path, "value": "x"}])), ScimType::Mutability, "{path}");
    }
    assert_eq!(refused(json!([{"op": "replace", "value": {"groups": []}}])), ScimType::Mutability);
    assert_eq!(refused(json!([{"op": "remove", "path": "userName"}])), ScimType::Mutability);
    assert_eq!(refused(json!([{"op": "remove", "path": "schemas"}])), ScimType::Mutability);
    assert_eq!(
        refused(json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "x"}])),
        ScimType::Mutability
    );
}

#[test]
fn invalid_values_are_rejected() {
    for (path, value) in [
        ("active", json!("maybe")),
        ("active", json!([true])),
        ("title", json!(7)),
        ("userName", json!(null)),
        ("userName", json!("  ")),
        ("emails", json!("a@b")),
        ("emails", json!([{"value": 7}])),
        ("emails", json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}])),
        ("emails[value pr].primary", json!(true)),
        ("name", json!("Ada")),
        ("name.givenName", json!({})),
        ("password", json!(5)),
        ("x509Certificates", json!([{"value": "not base64!"}])),
    ] {
        let operations = json!([{"op": "replace", "path": path, "value": value}]);
        assert_eq!(refused(operations), ScimType::InvalidValue, "{path} {value}");
    }
    assert_eq!(refused(json!([{"op": "add", "path": "title"}])), ScimType::InvalidValue);
    assert_eq!(refused(json!([{"op": "replace", "path": "title"}])), ScimType::InvalidValue);
    assert_eq!(refused(json!([{"op": "replace", "value": "x"}])), ScimType::InvalidValue);
    assert_eq!(refused(json!([{"op": "add", "path": "emails[type eq]", "value": "x"}])), ScimType::InvalidFilter);
}

#[test]
fn invalid_patch_bodies_are_rejected() {
    let parse =
        |body: Value| Patch::parse(&object(body), Kind::User, "u1", Schemas::standard(), Rules::from(Mode::Strict));
    for body in [
        json!({}),
        json!({"schemas": [USER], "Operations": [{"op": "remove", "path": "title"}]}),
        json!({"schemas": [PATCH_OP]}),
        json!({"schemas": [PATCH_OP], "Operations": []}),
        json!({"schemas": [PATCH_OP], "Operations": {}}),
        json!({"schemas": [PATCH_OP], "Operations": ["x"]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"path": "title"}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "move", "path": "title"}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "Replace", "path": "title", "value": "x"}]}),
    ] {
        let error = parse(body.clone()).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)), "{body}");
    }
    let many = vec![json!({"op": "remove", "path": "title"}); crate::base::limits::PATCH_OPERATIONS + 1];
    assert_eq!(parse(json!({"schemas": [PATCH_OP], "Operations": many})).unwrap_err().status, 413);
}

#[test]
fn a_password_is_reported_and_never_stored() {
    for operation in [
        json!({"op": "replace", "value": {"password": "secret"}}),
        json!({"op": "add", "path": "password", "value": "secret"}),
    ] {
        let patch = parse_as(Kind::User, Mode::Strict, json!([operation])).unwrap();
        assert!(patch.password_set);
        assert!(!format!("{patch:?}").contains("secret"));
        let error =
            parse_as(Kind::User, Mode::Strict, json!([{"op": "add", "path": "password", "value": ["hunter2"]}]));
        assert!(!error.unwrap_err().detail.contains("hunter2"));
    }
}

#[test]
fn operations_are_applied_in_order_and_all_or_none() {
    let after = patched(json!([
        {"op": "add", "path": "phoneNumbers", "value": [{"value": "1", "type": "work"}]},
        {"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "2"},
    ]));
    assert_eq!(after["phoneNumbers"], json!([{"value": "2", "type": "work"}]));
    let before = object(user());
    let patch = parse_as(
        Kind::User,
        Mode::Strict,
        json!([{"op": "replace", "path": "title", "value": "x"}, {"op": "remove", "path": "ims[type eq \"aim\"]"}]),
    )
    .unwrap();
    patch.apply(&before, Kind::User, Schemas::standard(), Mode::Strict.into()).unwrap_err();
    assert_eq!(Value::Object(before), user());
}

#[test]
fn an_immutable_attribute_can_be_set_once() {
    let urn = "urn:example:acme:2.0:User";
    let schemas = Schemas::standard()
        .with_extension(&json!({"id": urn, "attributes": [{"name": "badge", "mutability": "immutable"}]}))
        .unwrap();
    let run = |document: &Object, op: &str, value: &str| {
        let body = object(json!({"schemas": [PATCH_OP],
            "Operations": [{"op": op, "path": format!("{urn}:badge"), "value": value}]}));
        Patch::parse(&body, Kind::User, "u1", &schemas, Mode::Strict.into())?.apply(
            document,
            Kind::User,
            &schemas,
            Mode::Strict.into(),
        )
    };
    let once = run(&object(user()), "add", "7").unwrap();
    assert_eq!(once[urn]["badge"], "7");
    assert_eq!(run(&once, "replace", "7").unwrap(), once);
    for (op, value) in [("replace", "8"), ("add", "8"), ("remove", "7")] {
        assert_eq!(run(&once, op, value).unwrap_err().scim_type, Some(ScimType::Mutability), "{op}");
    }
}

#[test]
fn values_attributes_and_filter_terms_are_limited() {
    let status = |operations: Value| patched_as(Mode::Lenient, user(), operations).unwrap_err().status;
    let most = crate::base::limits::VALUES_PER_ATTRIBUTE;
    let values: Vec<Value> = (0..most).map(|n| json!({"value": n.to_string()})).collect();
    assert_eq!(status(json!([{"op": "add", "path": "emails", "value": values}])), 413);
    assert!(patched_as(Mode::Lenient, user(), json!([{"op": "replace", "path": "emails", "value": values}])).is_ok());
    let many: Object = (0..crate::base::limits::ATTRIBUTES_PER_OBJECT).map(|n| (format!("x{n}"), json!(n))).collect();
    assert_eq!(status(json!([{"op": "add", "value": many}])), 413);
    let long = vec!["value pr"; 100].join(" or ");
    let filtered = vec![json!({"op": "remove", "path": format!("emails[{long}].display")}); 41];
    assert_eq!(status(filtered.into()), 413);
}

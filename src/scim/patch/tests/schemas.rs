//! PATCH of `schemas` itself, and of extensions as a whole.

use super::*;

#[test]
fn removing_a_urn_from_schemas_removes_the_extension() {
    let gone = user_with(json!({ENTERPRISE: null, "schemas": [USER]}));
    for mode in [Mode::Lenient, Mode::Strict] {
        for operation in [
            json!({"op": "replace", "path": "schemas", "value": [USER]}),
            json!({"op": "remove", "path": format!("schemas[value eq \"{ENTERPRISE}\"]")}),
            json!({"op": "remove", "path": "schemas", "value": [ENTERPRISE]}),
        ] {
            let after = patched_as(mode, user(), json!([operation]));
            assert_eq!(after.unwrap(), gone, "{mode:?} {operation}");
        }
        // Operations before and after it in the same request are applied in order.
        let operations = json!([
            {"op": "replace", "path": "schemas", "value": [USER]},
            {"op": "add", "path": format!("{ENTERPRISE}:division"), "value": "North"},
        ]);
        let after = patched_as(mode, user(), operations).unwrap();
        assert_eq!(after, user_with(json!({ENTERPRISE: {"division": "North"}})), "{mode:?}");
        let operations = json!([
            {"op": "add", "path": format!("{ENTERPRISE}:division"), "value": "North"},
            {"op": "replace", "path": "schemas", "value": [USER]},
        ]);
        assert_eq!(patched_as(mode, user_with(json!({ENTERPRISE: null})), operations).unwrap(), gone, "{mode:?}");
        for listed in [json!([USER, ENTERPRISE]), json!([ENTERPRISE.to_lowercase(), USER.to_uppercase()])] {
            let same = json!([{"op": "add", "path": "schemas", "value": listed}]);
            assert_eq!(patched_as(mode, user(), same).unwrap(), user(), "{mode:?} {listed}");
        }
    }
}

#[test]
fn schemas_must_list_the_core_schema_and_known_extensions() {
    for value in [json!([ENTERPRISE]), json!([])] {
        let operation = json!([{"op": "replace", "path": "schemas", "value": value}]);
        assert_eq!(refused(operation), ScimType::InvalidValue, "{value}");
    }
    let unknown = json!([{"op": "add", "path": "schemas", "value": ["urn:example:none:1.0:User"]}]);
    assert_eq!(patched(unknown.clone()), user());
    assert_eq!(patched_as(Mode::Strict, user(), unknown).unwrap_err().scim_type, Some(ScimType::InvalidValue));
    // Clients repeat `schemas` in a path-less value, as in a whole resource.
    let repeated = json!([{"op": "replace", "value": {"schemas": [USER], "title": "x"}}]);
    assert_eq!(patched(repeated.clone()), user_with(json!({"title": "x"})));
    let strict = patched_as(Mode::Strict, user(), repeated).unwrap();
    assert_eq!(strict.get(ENTERPRISE), None);
}

#[test]
fn an_extension_with_an_immutable_value_cannot_be_removed() {
    let urn = "urn:example:acme:2.0:User";
    let schemas = Schemas::standard()
        .with_extension(&json!({"id": urn, "attributes": [{"name": "badge", "mutability": "immutable"}]}))
        .unwrap();
    let document = object(user_with(json!({urn: {"badge": "7"}, "schemas": [USER, ENTERPRISE, urn]})));
    for operation in
        [json!({"op": "remove", "path": urn}), json!({"op": "replace", "path": "schemas", "value": [USER, ENTERPRISE]})]
    {
        let body = object(json!({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "title"}, operation]}));
        let patch = Patch::parse(&body, Kind::User, "u1", &schemas, Mode::Strict.into()).unwrap();
        let error = patch.apply(&document, Kind::User, &schemas, Mode::Strict.into()).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::Mutability), "{operation}");
        assert!(error.detail.starts_with("Operations[1]: "), "{}", error.detail);
    }
}

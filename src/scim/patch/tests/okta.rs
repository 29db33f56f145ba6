//! The forms of Okta that the RFC does not have.

use super::*;

#[test]
fn bare_strings_are_elements_of_complex_attributes() {
    for op in ["add", "replace"] {
        for value in [json!(["a", "b"]), json!([{"value": "a"}, "b"])] {
            let operations =
                json!([{"op": op, "path": "roles", "value": value}, {"op": op, "value": {"roles": ["a", "b"]}}]);
            assert_eq!(
                patched(operations.clone()),
                user_with(json!({"roles": [{"value": "a"}, {"value": "b"}]})),
                "{operations}"
            );
            let error = patched_as(Mode::Strict, user(), operations).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        }
    }
    for (path, value) in [("emails", json!("x")), ("addresses", json!(["x"])), ("emails[type eq \"work\"]", json!("x"))]
    {
        let operation = json!([{"op": "replace", "path": path, "value": value}]);
        assert_eq!(refused(operation), ScimType::InvalidValue, "{path}");
    }
}

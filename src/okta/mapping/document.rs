//! The two documents that carry a profile: the body of a create and the body of a profile push.
//!
//! The keys of a create are, in order: `schemas`, `userName`, `name`, `emails`, `displayName`, `locale`, further mapped core
//! attributes, extensions, `externalId`, `groups`, `password`, `active` (AZLAB-3, REF20, DOC2018, ROSTR; the order of the
//! core attributes after `emails` is known only for those that the samples have). New keys of a profile push have the same
//! order (inferred).

use serde_json::{Value, json};

use super::profile::AppProfile;
use super::rows::{Document, Mapping, put};
use crate::okta::habits::{Habits, MultiValued};
use crate::scim::schema::USER;

/// Builds the body of `POST /Users`.
#[must_use]
pub fn create_body<'a>(
    mapping: &Mapping,
    person: impl Into<AppProfile<'a>>,
    user_name: &str,
    external_id: Option<&str>,
    password: &str,
    habits: &Habits,
) -> Document {
    let person = person.into();
    let mut body = Document::new();
    put(&mut body, "schemas", json!([USER]));
    put(&mut body, "userName", json!(user_name));
    mapping.write(&mut body, &person, habits, false);
    list_extensions(&mut body, mapping, &person);
    if let Some(id) = external_id {
        put(&mut body, "externalId", json!(id));
    }
    put(&mut body, "groups", json!([]));
    put(&mut body, "password", json!(password));
    put(&mut body, "active", json!(true));
    body
}

/// Builds the body of a profile push by editing the server's own document (FIREZONE, DOC2018). Attributes that are mapped
/// but unset are removed, and all that is not mapped is echoed. Of `emails`, `phoneNumbers` and `addresses`, Okta edits
/// the primary element, or the first; the habit `multi-valued` can replace them.
#[must_use]
pub fn overlay<'a>(
    mut body: Document,
    mapping: &Mapping,
    person: impl Into<AppProfile<'a>>,
    user_name: Option<&str>,
    external_id: Option<&str>,
    habits: &Habits,
) -> Document {
    let person = person.into();
    if let Some(user_name) = user_name {
        put(&mut body, "userName", json!(user_name));
    }
    if habits.multi_valued == MultiValued::Replace {
        for attribute in mapping.managed_arrays() {
            body.entry(attribute).and_modify(|elements| *elements = json!([]));
        }
    }
    let before: Vec<String> = body.keys().filter(|key| key.contains(':')).cloned().collect();
    mapping.write(&mut body, &person, habits, true);
    for emptied in before.iter().filter(|urn| !body.contains_key(*urn)).collect::<Vec<_>>() {
        if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
            schemas.retain(|one| one.as_str() != Some(emptied));
        }
    }
    list_extensions(&mut body, mapping, &person);
    if let Some(id) = external_id {
        put(&mut body, "externalId", json!(id));
    }
    put(&mut body, "groups", json!([]));
    put(&mut body, "active", json!(true));
    body
}

/// Adds the URNs of the mapping that the body contains to `schemas`.
fn list_extensions(body: &mut Document, mapping: &Mapping, person: &AppProfile<'_>) {
    for urn in mapping.namespaces(person).filter(|urn| *urn != USER) {
        if body.contains_key(urn)
            && let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut)
            && !schemas.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(urn)))
        {
            schemas.push(json!(urn));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::profile::{Profile, ProfileValue};
    use super::super::rows::{ApplyOn, CustomRow, MappingError};
    use super::*;
    use crate::scim::schema::ENTERPRISE;

    fn profile(pairs: &[(&str, &str)]) -> Profile {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect()
    }

    fn created(profile: &Profile, mapping: &Mapping) -> String {
        created_with(profile, mapping, &Habits::default())
    }

    fn created_with(profile: &Profile, mapping: &Mapping, habits: &Habits) -> String {
        let id = Some("00ujl29u0le5T6Aj10h7");
        Value::Object(create_body(mapping, profile, "test.user@okta.local", id, "1mz050nq", habits)).to_string()
    }

    fn pushed(server: &Value, profile: &Profile, mapping: &Mapping, habits: &Habits) -> Value {
        let server = server.as_object().unwrap().clone();
        Value::Object(overlay(server, mapping, profile, Some("a@b.c"), Some("00u1"), habits))
    }

    fn custom(source: &str, name: &str, namespace: &str) -> CustomRow {
        let (source, name, namespace) = (source.to_owned(), name.to_owned(), namespace.to_owned());
        CustomRow { source, name, namespace, apply: ApplyOn::default(), combine_groups: false }
    }

    #[test]
    fn the_create_body_equals_the_one_that_okta_publishes() {
        let person = profile(&[("firstName", "Test"), ("lastName", "User"), ("email", "test.user@okta.local")]);
        assert_eq!(
            created(&person, &Mapping::default()),
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@okta.local","name":{"givenName":"Test","familyName":"User"},"emails":[{"primary":true,"value":"test.user@okta.local","type":"work"}],"displayName":"Test User","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}"#
        );
    }

    /// AZLAB-3.
    #[test]
    fn the_keys_of_a_create_have_the_recorded_order() {
        let person = profile(&[("firstName", "A"), ("email", "a@b.c"), ("title", "Boss"), ("department", "R&D")]);
        let mapping = Mapping::default().without(&["displayName", "locale"]).unwrap();
        let body: Value = serde_json::from_str(&created(&person, &mapping)).unwrap();
        let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let recorded = [
            "schemas",
            "userName",
            "name",
            "emails",
            "title",
            ENTERPRISE,
            "externalId",
            "groups",
            "password",
            "active",
        ];
        assert_eq!(keys, recorded);
        assert_eq!(body["schemas"], json!([USER, ENTERPRISE]));
    }

    #[test]
    fn deleted_rows_are_not_sent() {
        let person = profile(&[("firstName", "test"), ("lastName", "joiner"), ("email", "a@b.c")]);
        let mapping = Mapping::default().without(&["displayName", "locale", "emails.type"]).unwrap();
        let body = created(&person, &mapping);
        assert!(body.contains(r#""emails":[{"primary":true,"value":"a@b.c"}],"externalId""#), "{body}");
        assert!(Mapping::default().without(&["nope"]).unwrap_err().to_string().contains("givenName"));
    }

    #[test]
    fn a_dot_makes_a_nested_object_and_unset_attributes_are_left_out() {
        let person = profile(&[("email", "a@b.c"), ("department", "R&D"), ("managerId", "00u1"), ("city", "Oslo")]);
        let body: Value = serde_json::from_str(&created(&person, &Mapping::default())).unwrap();
        assert_eq!(body[ENTERPRISE], json!({"department": "R&D", "manager": {"value": "00u1"}}));
        assert_eq!(body["addresses"], json!([{"primary": true, "locality": "Oslo"}]));
        assert_eq!(body.get("phoneNumbers"), None);
    }

    #[test]
    fn a_custom_row_of_a_template_attribute_has_an_element_of_its_own_at_the_top() {
        let person = profile(&[("primaryPhone", "1"), ("primaryPhoneType", "mobile"), ("mobilePhone", "2")]);
        let mapping =
            Mapping::default().with(custom("mobilePhone", "phoneNumbers.^[type=='mobile'].value", USER)).unwrap();
        let phones = json!([{"primary": true, "value": "1", "type": "mobile"}, {"type": "mobile", "value": "2"}]);
        let body: Value = serde_json::from_str(&created(&person, &mapping)).unwrap();
        assert_eq!((&body["phoneNumbers"], body.get(USER)), (&phones, None));
        assert_eq!(pushed(&body, &person, &mapping, &Habits::default())["phoneNumbers"], phones);
    }

    /// KBROLES: a list is an array of strings, a selector makes elements, and the core URN is a key.
    #[test]
    fn custom_core_attributes_are_under_the_urn_or_at_the_top() {
        let mut person = profile(&[("licensed", "LICENSED_USER"), ("admin", "GROUP_ADMIN"), ("badge", "7")]);
        person.insert("tags".to_owned(), ProfileValue::List(vec!["role1".to_owned(), "role2".to_owned()]));
        let mapping = [
            custom("licensed", "roles.^[type=='LICENSED_USER'].value", USER),
            custom("admin", "roles.^[type=='GROUP_ADMIN'].value", USER),
            custom("unset", "roles.^[type=='OTHER'].value", USER),
            custom("tags", "entitlements", USER),
            custom("tags", "tags", "urn:acme:User"),
            custom("badge", "badge", USER),
        ];
        let mapping = mapping.into_iter().try_fold(Mapping::default(), Mapping::with).unwrap();
        let roles = r#""roles":[{"type":"LICENSED_USER","value":"LICENSED_USER"},{"type":"GROUP_ADMIN","value":"GROUP_ADMIN"}],"entitlements":["role1","role2"],"badge":"7""#;
        let under_urn = created(&person, &mapping);
        assert!(under_urn.contains(&format!("\"{USER}\":{{{roles}}},\"urn:acme:User\"")), "{under_urn}");
        assert!(under_urn.starts_with(&format!(r#"{{"schemas":["{USER}","urn:acme:User"],"#)), "{under_urn}");
        assert!(under_urn.contains(r#""urn:acme:User":{"tags":["role1","role2"]},"externalId""#), "{under_urn}");
        let mut habits = Habits::default();
        habits.set("core-custom", "top").unwrap();
        let at_top = created_with(&person, &mapping, &habits);
        assert!(at_top.contains(&format!("\"locale\":\"en-US\",{roles},\"urn:acme:User\"")), "{at_top}");
    }

    #[test]
    fn a_push_changes_custom_core_attributes_where_the_server_returned_them() {
        let mapping = Mapping::default().with(custom("role", "roles.^[type=='X'].value", USER)).unwrap();
        let roles = |value: &str| json!({"roles": [{"type": "Y", "value": "y"}, {"type": "X", "value": value}]});
        let push = |server: Value| pushed(&server, &profile(&[("role", "new")]), &mapping, &Habits::default());
        assert_eq!(push(json!({USER: roles("old")}))[USER], roles("new"));
        let body = push(roles("old"));
        assert_eq!((&body["roles"], body.get(USER)), (&roles("new")["roles"], None));
        assert_eq!(push(json!({}))[USER], json!({"roles": [{"type": "X", "value": "new"}]}));
    }

    #[test]
    fn a_list_does_not_fit_a_row_that_takes_one_value() {
        let list =
            |name: &str| Profile::from([(name.to_owned(), ProfileValue::List(vec!["a".to_owned(), "b".to_owned()]))]);
        let mapping = Mapping::default().with(custom("roles", "roles", USER)).unwrap();
        let mapping = mapping.with(custom("one", "roles.^[type=='X'].value", USER)).unwrap();
        assert_eq!(mapping.check(&list("roles")), Ok(()));
        assert_eq!(mapping.check(&list("unmapped")), Ok(()));
        for (attribute, row) in [("title", "title"), ("login", "userName"), ("one", "roles.^[type=='X'].value")] {
            let error = MappingError::List { attribute: attribute.to_owned(), row: row.to_owned() };
            assert_eq!(mapping.check(&list(attribute)), Err(error));
        }
        assert!(matches!(mapping.with(custom("a", "roles[0]", USER)), Err(MappingError::InvalidName { .. })));
    }

    #[test]
    fn a_profile_push_edits_the_document_of_the_server() {
        let server = json!({
            "id": "7", "meta": {"resourceType": "User"}, "name": {"formatted": "Old", "givenName": "Old", "middleName": "M"},
            "title": "Boss", "nonstandard": [1], "schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": "Old"}});
        let person = profile(&[("firstName", "Ada"), ("lastName", "L"), ("email", "a@b.c")]);
        let body = pushed(&server, &person, &Mapping::default(), &Habits::default());
        assert_eq!(
            body.to_string(),
            format!(
                r#"{{"id":"7","meta":{{"resourceType":"User"}},"name":{{"formatted":"Old","givenName":"Ada","familyName":"L"}},"nonstandard":[1],"schemas":["{USER}"],"userName":"a@b.c","emails":[{{"primary":true,"value":"a@b.c","type":"work"}}],"displayName":"Ada L","locale":"en-US","externalId":"00u1","groups":[],"active":true}}"#
            )
        );
    }

    #[test]
    fn a_profile_push_merges_into_the_primary_or_first_element() {
        let server = json!({
            "emails": [{"value": "x@y.z", "type": "home"}, {"value": "old", "primary": true, "display": "d"}],
            "phoneNumbers": [{"value": "1", "display": "one", "extra": 1}, {"value": "2", "type": "home"}],
            "addresses": [{"type": "work", "locality": "Oslo", "region": "O", "formatted": "Oslo, O"}]});
        let phone = [("email", "a@b.c"), ("primaryPhone", "3"), ("city", "Bergen")];
        let merged = pushed(&server, &profile(&phone), &Mapping::default(), &Habits::default());
        assert_eq!(
            merged["emails"],
            json!([{"value": "x@y.z", "type": "home"}, {"value": "a@b.c", "primary": true, "display": "d", "type": "work"}])
        );
        assert_eq!(
            merged["phoneNumbers"],
            json!([{"value": "3", "display": "one", "extra": 1, "type": "work"}, {"value": "2", "type": "home"}])
        );
        assert_eq!(merged["addresses"], json!([{"type": "work", "locality": "Bergen", "formatted": "Oslo, O"}]));
        let cleared = pushed(&merged, &profile(&[("email", "a@b.c")]), &Mapping::default(), &Habits::default());
        assert_eq!(
            cleared["phoneNumbers"],
            json!([{"display": "one", "extra": 1}, {"value": "2", "type": "home"}]),
            "only an element with type, primary and display alone goes"
        );
        assert_eq!(cleared["addresses"], json!([{"type": "work", "formatted": "Oslo, O"}]));
        let mut habits = Habits::default();
        habits.set("multi-valued", "replace").unwrap();
        let replaced = pushed(&server, &profile(&phone), &Mapping::default(), &habits);
        assert_eq!(replaced["emails"], json!([{"primary": true, "value": "a@b.c", "type": "work"}]));
        assert_eq!(replaced["addresses"], json!([{"primary": true, "locality": "Bergen"}]));
        let cleared = pushed(&server, &profile(&[("email", "a@b.c")]), &Mapping::default(), &habits);
        assert_eq!(cleared.get("phoneNumbers"), None);
    }

    #[test]
    fn clearing_a_value_removes_one_element_and_never_that_of_another_row() {
        let person = profile(&[("email", "a@b.c"), ("mobile", "9")]);
        let phones =
            json!([{"type": "mobile", "value": "8"}, {"type": "work", "value": "1", "display": "one"}, {"value": "2"}]);
        let push = |mapping: &Mapping| {
            pushed(&json!({"phoneNumbers": phones}), &person, mapping, &Habits::default())["phoneNumbers"].clone()
        };
        let mapping = Mapping::default();
        assert_eq!(push(&mapping), json!([{"type": "work", "value": "1", "display": "one"}, {"value": "2"}]));
        let mapping = mapping.with(custom("mobile", "phoneNumbers.^[type=='mobile'].value", USER)).unwrap();
        assert_eq!(push(&mapping), json!([{"type": "mobile", "value": "9"}, {"value": "2"}]));
    }
}

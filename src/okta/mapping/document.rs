//! The two documents that carry a profile: the body of a create and the body of a profile push.
//!
//! The order of keys is that of Okta's published create body: `schemas`, `userName`, `name`, `emails`, `displayName`,
//! `locale`, further mapped attributes, `externalId`, `groups`, `password`, `active`, extensions (REF20, DOC2018, ROSTR;
//! the position of the further attributes is our inference).

use serde_json::{Map, Value, json};

use super::rows::{Document, Mapping, Profile, put};
use crate::okta::habits::Habits;
use crate::scim::schema::USER;

/// Builds the body of `POST /Users`.
#[must_use]
pub fn create_body(
    mapping: &Mapping,
    profile: &Profile,
    user_name: &str,
    external_id: Option<&str>,
    password: &str,
    habits: &Habits,
) -> Document {
    let mut body = Document::new();
    put(&mut body, "schemas", json!([USER]));
    put(&mut body, "userName", json!(user_name));
    let (extensions, core): (Vec<_>, Vec<_>) =
        mapping.attributes(profile, habits, false).into_iter().partition(|(key, _)| key.contains(':'));
    body.extend(core);
    if let Some(id) = external_id {
        put(&mut body, "externalId", json!(id));
    }
    put(&mut body, "groups", json!([]));
    put(&mut body, "password", json!(password));
    put(&mut body, "active", json!(true));
    for (urn, _) in &extensions {
        add_schema(&mut body, urn);
    }
    body.extend(extensions);
    body
}

/// Adds a URN to `schemas` if it is missing.
fn add_schema(body: &mut Document, urn: &str) {
    if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut)
        && !schemas.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(urn)))
    {
        schemas.push(json!(urn));
    }
}

/// Builds the body of a profile push by editing the server's own document (FIREZONE, DOC2018). Keys of `name` are merged,
/// multi-valued attributes are replaced, attributes that are mapped but unset are removed, and all others are echoed.
#[must_use]
pub fn overlay(
    mut body: Document,
    mapping: &Mapping,
    profile: &Profile,
    user_name: Option<&str>,
    external_id: &str,
    habits: &Habits,
) -> Document {
    let mut attributes = mapping.attributes(profile, habits, true);
    for key in mapping.managed_keys() {
        if !attributes.contains_key(&key) {
            body.shift_remove(&key);
        }
    }
    for (namespace, name) in mapping.managed_extension_attributes() {
        let head = name.split('.').next().unwrap_or_default();
        if attributes.get(&namespace).and_then(|ext| ext.get(head)).is_none()
            && let Some(extension) = body.get_mut(&namespace).and_then(Value::as_object_mut)
        {
            extension.shift_remove(head);
        }
    }
    let emptied = |_: &String, value: &Value| value.as_object().is_some_and(Map::is_empty);
    let empty: Vec<String> = body
        .iter()
        .filter(|(key, value)| key.contains(':') && emptied(key, value))
        .map(|(key, _)| key.clone())
        .collect();
    for urn in empty {
        body.shift_remove(&urn);
        if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
            schemas.retain(|one| one.as_str() != Some(urn.as_str()));
        }
    }
    if let Some(user_name) = user_name {
        put(&mut body, "userName", json!(user_name));
    }
    let extensions: Vec<String> = attributes.keys().filter(|key| key.contains(':')).cloned().collect();
    let extension_values: Vec<(String, Value)> =
        extensions.into_iter().filter_map(|urn| attributes.shift_remove(&urn).map(|value| (urn, value))).collect();
    for (key, value) in attributes {
        merge(&mut body, &key, value);
    }
    put(&mut body, "externalId", json!(external_id));
    put(&mut body, "groups", json!([]));
    put(&mut body, "active", json!(true));
    for (urn, value) in extension_values {
        add_schema(&mut body, &urn);
        merge(&mut body, &urn, value);
    }
    body
}

/// Merges objects key by key and replaces any other value.
fn merge(body: &mut Document, key: &str, value: Value) {
    match (body.get_mut(key), value) {
        (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
        (_, value) => put(body, key, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::ENTERPRISE;

    fn profile(pairs: &[(&str, &str)]) -> Profile {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn created(profile: &Profile, mapping: &Mapping) -> String {
        let body = create_body(
            mapping,
            profile,
            "test.user@okta.local",
            Some("00ujl29u0le5T6Aj10h7"),
            "1mz050nq",
            &Habits::default(),
        );
        Value::Object(body).to_string()
    }

    #[test]
    fn the_create_body_equals_the_one_that_okta_publishes() {
        let person = profile(&[("firstName", "Test"), ("lastName", "User"), ("email", "test.user@okta.local")]);
        assert_eq!(
            created(&person, &Mapping::default()),
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@okta.local","name":{"givenName":"Test","familyName":"User"},"emails":[{"primary":true,"value":"test.user@okta.local","type":"work"}],"displayName":"Test User","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}"#
        );
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
    fn extension_urns_follow_the_core_schema_and_dots_make_nested_objects() {
        let person = profile(&[("email", "a@b.c"), ("department", "R&D"), ("managerId", "00u1"), ("city", "Oslo")]);
        let body: Value = serde_json::from_str(&created(&person, &Mapping::default())).unwrap();
        assert_eq!(body["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(body[ENTERPRISE], json!({"department": "R&D", "manager": {"value": "00u1"}}));
        assert_eq!(body["addresses"], json!([{"primary": true, "locality": "Oslo"}]));
        assert_eq!(body.get("phoneNumbers"), None);
    }

    #[test]
    fn a_profile_push_edits_the_document_of_the_server() {
        let mut server = Document::new();
        for (key, value) in [
            ("id", json!("7")),
            ("meta", json!({"resourceType": "User"})),
            ("name", json!({"formatted": "Old", "givenName": "Old"})),
            ("title", json!("Boss")),
            ("nonstandard", json!([1])),
            ("schemas", json!([USER, ENTERPRISE])),
            (ENTERPRISE, json!({"department": "Old"})),
        ] {
            server.insert(key.to_owned(), value);
        }
        let person = profile(&[("firstName", "Ada"), ("lastName", "L"), ("email", "a@b.c")]);
        let body = overlay(server, &Mapping::default(), &person, Some("a@b.c"), "00u1", &Habits::default());
        let keys: Vec<&str> = body.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "id",
                "meta",
                "name",
                "nonstandard",
                "schemas",
                "userName",
                "emails",
                "displayName",
                "locale",
                "externalId",
                "groups",
                "active"
            ]
        );
        assert_eq!(body["name"], json!({"formatted": "Old", "givenName": "Ada", "familyName": "L"}));
        assert_eq!(body["schemas"], json!([USER]));
    }
}

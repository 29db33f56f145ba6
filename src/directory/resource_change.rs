//! The description of a write for event streams: the resource, its version, and the attributes that changed (RFC 9967
//! section 2.2).

use serde_json::Value;

use super::command::Command;
use super::members::Deltas;
use super::profile::{is_active, text};
use crate::events::security_event::{ResourceChange, ResourceOperation};
use crate::scim::Object;
use crate::scim::attr::get;
use crate::scim::resource::{Kind, Resource};

/// Describes a command that changed a resource. `before` is `None` for a create, `after` for a delete.
#[must_use]
pub fn describe(
    command: &Command,
    before: Option<&Resource>,
    after: Option<&Resource>,
    members: &Deltas,
) -> Option<ResourceChange> {
    let subject = after.or(before)?;
    let operation = match command {
        Command::Create { .. } => ResourceOperation::Create,
        Command::Replace { .. } => ResourceOperation::Put,
        Command::Patch { .. } => ResourceOperation::Patch,
        Command::Delete { .. } => ResourceOperation::Delete,
    };
    let active = match (before, after) {
        (Some(before), Some(after)) if subject.kind == Kind::User => {
            Some(is_active(&after.document)).filter(|active| *active != is_active(&before.document))
        }
        _ => None,
    };
    Some(ResourceChange {
        operation,
        uri: format!("/{}/{}", subject.kind.endpoint(), subject.id),
        external_id: text(&subject.document, "externalId"),
        version: after.map(|after| format!("W/\"{}\"", after.version)),
        attributes: after.map(|after| attributes(before, after, members)).unwrap_or_default(),
        active,
    })
}

/// Returns the paths of the attributes that differ.
fn attributes(before: Option<&Resource>, after: &Resource, members: &Deltas) -> Vec<String> {
    let mut paths = Vec::new();
    if let Some(before) = before {
        differences("", &before.document, &after.document, &mut paths);
    } else {
        paths.push("id".to_owned());
        differences("", &Object::new(), &after.document, &mut paths);
        // A new resource always has schemas; no receiver has to be notified of them.
        paths.retain(|path| !path.eq_ignore_ascii_case("schemas"));
    }
    if !members.is_empty() {
        paths.push("members".to_owned());
    }
    paths
}

/// Appends the paths of the attributes that differ between two objects. A complex attribute that has a value before and
/// after is described by its sub-attributes. An extension always is, because its URN alone is not a path.
fn differences(prefix: &str, before: &Object, after: &Object, paths: &mut Vec<String>) {
    let removed = before.keys().filter(|name| get(after, name).is_none());
    for name in after.keys().chain(removed) {
        let (was, is) = (get(before, name), get(after, name));
        if was == is {
            continue;
        }
        let path = format!("{prefix}{name}");
        match (was.and_then(Value::as_object), is.and_then(Value::as_object)) {
            (was, is) if prefix.is_empty() && name.contains(':') => {
                let empty = Object::new();
                differences(&format!("{path}:"), was.unwrap_or(&empty), is.unwrap_or(&empty), paths);
            }
            (Some(was), Some(is)) if !prefix.ends_with('.') => differences(&format!("{path}."), was, is, paths),
            _ => paths.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::scim::resource::Member;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn resource(kind: Kind, version: u64, document: Value) -> Resource {
        let Value::Object(document) = document else { panic!("an object") };
        let (created, last_modified) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        Resource { id: "R1".to_owned(), kind, document, version, created, last_modified }
    }

    fn user(version: u64, document: Value) -> Resource {
        resource(Kind::User, version, document)
    }

    fn put(before: &Resource, after: &Resource) -> ResourceChange {
        let (id, members) = ("R1".to_owned(), Vec::new());
        let command = Command::Replace { kind: before.kind, id, document: after.document.clone(), members };
        describe(&command, Some(before), Some(after), &Deltas::default()).unwrap()
    }

    #[test]
    fn changed_attributes_are_named_by_their_paths() {
        let before = user(
            1,
            json!({
                "schemas": ["a"], "userName": "ada", "name": {"givenName": "Ada", "familyName": "B"}, "title": "x",
                "emails": [{"value": "a@x"}], ENTERPRISE: {"department": "R", "manager": {"value": "1"}},
            }),
        );
        let after = user(
            2,
            json!({
                "schemas": ["a"], "username": "ada", "name": {"givenName": "Ada", "familyName": "C"},
                "emails": [{"value": "b@x"}], "nickName": "A", ENTERPRISE: {"department": "S", "manager": {"value": "2"}},
            }),
        );
        let change = put(&before, &after);
        let department = format!("{ENTERPRISE}:department");
        let manager = format!("{ENTERPRISE}:manager.value");
        assert_eq!(change.attributes, ["name.familyName", "emails", "nickName", &department, &manager, "title"]);
        assert_eq!((change.uri.as_str(), change.version.as_deref()), ("/Users/R1", Some("W/\"2\"")));
        let gone = user(3, json!({"schemas": ["a"], "userName": "ada"}));
        let gone = put(&user(2, json!({"schemas": ["a"], "userName": "ada", ENTERPRISE: {"department": "R"}})), &gone);
        assert_eq!(gone.attributes, [department]);
    }

    #[test]
    fn a_user_without_active_is_active() {
        let of = |active: Option<bool>| user(1, active.map_or_else(|| json!({}), |active| json!({"active": active})));
        for (before, after, expected) in [
            (None, Some(true), None),
            (None, Some(false), Some(false)),
            (Some(false), None, Some(true)),
            (Some(false), Some(false), None),
        ] {
            assert_eq!(put(&of(before), &of(after)).active, expected, "{before:?} {after:?}");
        }
        let group = |active| resource(Kind::Group, 1, json!({"displayName": "a", "active": active}));
        assert_eq!(put(&group(true), &group(false)).active, None, "only users are active");
    }

    #[test]
    fn a_create_names_all_attributes_and_a_delete_none() {
        let group = resource(Kind::Group, 1, json!({"schemas": ["g"], "displayName": "a", "externalId": "e"}));
        let members = vec![Member { value: "U1".to_owned(), display: None }];
        let added = members.iter().map(|member| (member.clone(), Kind::User)).collect();
        let deltas = Deltas { added, ..Deltas::default() };
        let command = Command::Create { kind: Kind::Group, document: group.document.clone(), members };
        let change = describe(&command, None, Some(&group), &deltas).unwrap();
        assert_eq!(change.attributes, ["id", "displayName", "externalId", "members"]);
        assert_eq!((change.external_id.as_deref(), change.active), (Some("e"), None));

        let command = Command::Delete { kind: Kind::Group, id: "R1".to_owned() };
        let change = describe(&command, Some(&group), None, &Deltas::default()).unwrap();
        assert_eq!((change.uri.as_str(), change.external_id.as_deref()), ("/Groups/R1", Some("e")));
        assert_eq!((change.version, change.attributes), (None, Vec::new()));
    }
}

//! Known mistakes of servers that answer 2xx and do something else, as edits of the requests: an ideal server that received the
//! edited requests stores what a server with the mistake stores. They find the first request that such a server did not honor. Pure.

use serde_json::{Value, json};

use crate::scim::Kind;
use crate::wire::Method;

/// A request as the mistake sees it.
pub(super) struct Seen<'a> {
    pub(super) kind: Kind,
    pub(super) method: Method,
    pub(super) body: &'a mut Value,
}

/// A mistake.
pub(super) struct Mistake {
    /// The mistake as a clause: `the target ignores PATCH operations without a path`.
    pub(super) clause: &'static str,
    /// Edits the request. Returns false if the server does nothing at all.
    pub(super) edit: fn(&mut Seen<'_>) -> bool,
    /// True if a PUT of a user removes it from all groups.
    pub(super) wipes_memberships: bool,
}

/// Returns a mistake that edits requests.
const fn edits(clause: &'static str, edit: fn(&mut Seen<'_>) -> bool) -> Mistake {
    Mistake { clause, edit, wipes_memberships: false }
}

/// All mistakes. The first one that explains everything is named, so those that concern fewer requests come first.
pub(super) const MISTAKES: &[Mistake] = &[
    edits("active: false is ignored", |seen| without(seen, &|name, value| name == "active" && *value == false)),
    edits("active: true is ignored", |seen| {
        seen.method == Method::Post || without(seen, &|name, value| name == "active" && *value == true)
    }),
    edits("the name of a group never changes", |seen| {
        seen.kind == Kind::User || seen.method == Method::Post || without(seen, &|name, _| name == "displayName")
    }),
    edits("the members in a create are ignored", |seen| {
        seen.method != Method::Post || without(seen, &|name, _| name == "members")
    }),
    edits("adding members has no effect", |seen| {
        each_operation(seen, &mut |operation| !changes_members(operation, "add"))
    }),
    edits("adding members removes the others", |seen| {
        each_operation(seen, &mut |operation| rename(operation, "add", "replace"))
    }),
    edits("of several members that are added, only the first is", |seen| {
        each_operation(seen, &mut |operation| {
            if changes_members(operation, "add")
                && let Some(members) = operation.get_mut("value").and_then(Value::as_array_mut)
            {
                members.truncate(1);
            }
            true
        })
    }),
    edits("removing one member has no effect", |seen| {
        each_operation(seen, &mut |operation| !changes_members(operation, "remove"))
    }),
    edits("removing one member removes all", |seen| {
        each_operation(seen, &mut |operation| {
            if changes_members(operation, "remove") {
                *operation = json!({"op": "replace", "path": "members", "value": []});
            }
            true
        })
    }),
    edits("of several members that are removed, only the first is", |seen| {
        let mut removals = 0;
        each_operation(seen, &mut |operation| {
            removals += usize::from(changes_members(operation, "remove"));
            !changes_members(operation, "remove") || removals == 1
        })
    }),
    edits("replacing members adds them and removes none", |seen| {
        each_operation(seen, &mut |operation| rename(operation, "replace", "add"))
    }),
    edits("replacing members has no effect", |seen| {
        each_operation(seen, &mut |operation| !changes_members(operation, "replace"))
    }),
    edits("PUT on a group adds members and removes none", |seen| {
        if is_put(seen) && seen.kind == Kind::Group {
            let members = seen.body.get("members").cloned().unwrap_or_default();
            *seen.body = json!({"Operations": [{"op": "add", "path": "members", "value": members}]});
            seen.method = Method::Patch;
        }
        true
    }),
    edits("PUT on a group does not change its members", |seen| {
        if is_put(seen) && seen.kind == Kind::Group {
            let name = seen.body.get("displayName").cloned().unwrap_or_default();
            *seen.body = json!({"Operations": [{"op": "replace", "path": "displayName", "value": name}]});
            seen.method = Method::Patch;
        }
        true
    }),
    Mistake { clause: "PUT on a user removes it from its groups", edit: |_| true, wipes_memberships: true },
    edits("PATCH on users has no effect", |seen| !(is_patch(seen) && seen.kind == Kind::User)),
    edits("PUT on users has no effect", |seen| !(is_put(seen) && seen.kind == Kind::User)),
    edits("PATCH operations without a path are ignored", |seen| {
        each_operation(seen, &mut |operation| operation.get("path").is_some())
    }),
    edits("PATCH on groups has no effect", |seen| !(is_patch(seen) && seen.kind == Kind::Group)),
    edits("PUT on groups has no effect", |seen| !(is_put(seen) && seen.kind == Kind::Group)),
    edits("DELETE on groups has no effect", |seen| !(seen.method == Method::Delete && seen.kind == Kind::Group)),
];

fn is_patch(seen: &Seen<'_>) -> bool {
    seen.method == Method::Patch
}

fn is_put(seen: &Seen<'_>) -> bool {
    seen.method == Method::Put
}

/// Edits the operations of a PATCH, and removes those for which the function returns false. Returns true.
fn each_operation(seen: &mut Seen<'_>, keep: &mut dyn FnMut(&mut Value) -> bool) -> bool {
    if let Some(operations) = seen.body.get_mut("Operations").and_then(Value::as_array_mut) {
        operations.retain_mut(keep);
    }
    true
}

/// Removes attributes from a document and from the values of operations without a path. Returns true.
fn without(seen: &mut Seen<'_>, is_removed: &dyn Fn(&str, &Value) -> bool) -> bool {
    let remove = |object: &mut Value| {
        if let Some(object) = object.as_object_mut() {
            object.retain(|name, value| !is_removed(name, value));
        }
    };
    if is_patch(seen) {
        return each_operation(seen, &mut |operation| {
            let path = operation.get("path").and_then(Value::as_str).unwrap_or_default().to_owned();
            let value = operation.get_mut("value");
            match value {
                Some(value) if path.is_empty() => remove(value),
                Some(value) if is_removed(&path, value) => return false,
                _ => {}
            }
            true
        });
    }
    remove(seen.body);
    true
}

/// Returns true if an operation changes members in this way.
fn changes_members(operation: &Value, op: &str) -> bool {
    let is_op = operation.get("op").and_then(Value::as_str).is_some_and(|have| have.eq_ignore_ascii_case(op));
    let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
    let of_value = || operation.get("value").and_then(|value| value.get("members")).is_some();
    is_op && (path.starts_with("members") || (path.is_empty() && of_value()))
}

/// Changes the kind of a change of members. Returns true.
fn rename(operation: &mut Value, from: &str, to: &str) -> bool {
    if changes_members(operation, from)
        && let Some(op) = operation.get_mut("op")
    {
        *op = to.into();
    }
    true
}

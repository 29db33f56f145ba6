//! The requirements that a comparison of stored state with the model judges. They follow from the writes that led to the state.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expectation;
use super::reading::{object, sent_body, succeeded};
use super::requirement::Requirement;
use super::sender::Sender;
use crate::model::Model;
use crate::scim::Kind;
use crate::wire::{Exchange, Method, id_text};

/// Returns what a comparison of a user judges. `chosen` tells whether a part of the user is compared.
pub(super) fn of_user(
    exchanges: &[(Sender, Exchange)],
    model: &Model,
    id: &str,
    chosen: impl Fn(&str) -> bool,
) -> BTreeSet<Requirement> {
    let mut judged = BTreeSet::new();
    let Some(expected) = model.expected(Kind::User, id) else { return judged };
    let writes = Writes::of(exchanges, id);
    if chosen("user") {
        judged.insert(Requirement::ReadStatus);
    }
    if chosen("active") {
        judged.extend(expectation::active(model, id).map(|active| match active {
            false => Requirement::Deactivated,
            true if writes.deactivate() => Requirement::Reactivated,
            true => Requirement::CreateActive,
        }));
        judged.extend(writes.take_effect());
    }
    if chosen("userName") {
        judged.insert(Requirement::AttributesKept);
        judged.extend(writes.take_effect());
        if writes.change() {
            judged.insert(Requirement::AttributesSurvive);
        }
        if writes.contain(Method::Put) {
            judged.extend([Requirement::PutStored, Requirement::PutReplaces]);
        }
        if writes.rename("userName") {
            judged.insert(Requirement::UserNameStored);
        }
        if expected.get("userName").and_then(Value::as_str).is_some_and(|name| name.contains(char::is_uppercase)) {
            judged.insert(Requirement::UserNameCase);
        }
        if expected.as_object().is_some_and(|user| user.keys().any(|name| name.starts_with("urn:"))) {
            judged.insert(Requirement::ExtensionInUrn);
        }
        if expectation::has_unusual_text(&expected) {
            judged.insert(Requirement::TextKept);
        }
    }
    judged
}

/// Returns what a comparison of a group judges, but for its members.
pub(super) fn of_group(exchanges: &[(Sender, Exchange)], id: &str) -> BTreeSet<Requirement> {
    let writes = Writes::of(exchanges, id);
    let mut judged: BTreeSet<Requirement> = writes.take_effect().collect();
    judged.insert(Requirement::GroupRead);
    if writes.rename("displayName") {
        judged.insert(Requirement::GroupRenamed);
    }
    judged
}

/// Returns what a comparison of a group's members judges.
pub(super) fn of_members(exchanges: &[(Sender, Exchange)], id: &str) -> BTreeSet<Requirement> {
    let mut judged = BTreeSet::from([Requirement::MembersShown]);
    for (method, body) in Writes::of(exchanges, id).0 {
        match method {
            Method::Post if body.get("members").is_some() => {
                judged.insert(Requirement::GroupCreateMembers);
            }
            Method::Put => {
                judged.insert(Requirement::PutMembers);
            }
            _ => {}
        }
        for operation in operations(&body) {
            let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
            match operation.get("op").and_then(Value::as_str) {
                Some("add") if path == "members" => judged.insert(Requirement::AddMembers),
                Some("replace") if path == "members" => judged.insert(Requirement::ReplaceMembers),
                Some("remove") => judged.insert(Requirement::RemoveMember),
                _ => false,
            };
        }
    }
    judged
}

/// The accepted writes of one resource, with their bodies.
struct Writes(Vec<(Method, Value)>);

impl Writes {
    fn of(exchanges: &[(Sender, Exchange)], id: &str) -> Self {
        let is_of = |exchange: &&Exchange| match exchange.request.method {
            // A body without the ID is not parsed: a large group leads to hundreds of creates.
            Method::Post => {
                contains(exchange, id)
                    && object(exchange).and_then(|body| id_text(body.get("id")?)).as_deref() == Some(id)
            }
            Method::Put | Method::Patch => exchange.request.subject().1.as_deref() == Some(id),
            _ => false,
        };
        let accepted = exchanges.iter().map(|(_, exchange)| exchange).filter(|exchange| succeeded(exchange));
        Self(accepted.filter(is_of).map(|exchange| (exchange.request.method, sent_body(exchange))).collect())
    }

    fn contain(&self, method: Method) -> bool {
        self.0.iter().any(|(one, _)| *one == method)
    }

    /// Returns true if there is a write after the create.
    fn change(&self) -> bool {
        self.contain(Method::Put) || self.contain(Method::Patch)
    }

    fn deactivate(&self) -> bool {
        self.values("active").any(|value| *value == false)
    }

    /// Returns true if an attribute was sent with more than one value.
    fn rename(&self, attribute: &str) -> bool {
        let mut values = self.values(attribute);
        let first = values.next();
        values.any(|value| Some(value) != first)
    }

    /// Returns the values that were sent for an attribute.
    fn values<'a>(&'a self, attribute: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().flat_map(move |(_, body)| {
            let in_operations = operations(body).filter_map(move |operation| match operation.get("path") {
                Some(path) => operation.get("value").filter(|_| path == attribute),
                None => operation.get("value")?.get(attribute),
            });
            body.get(attribute).into_iter().chain(in_operations)
        })
    }

    /// Returns what is judged by the effect of a PATCH.
    fn take_effect(&self) -> impl Iterator<Item = Requirement> {
        let stored = self.contain(Method::Patch).then_some(Requirement::PatchStored);
        let pathless = self.0.iter().any(|(_, body)| operations(body).any(|operation| operation.get("path").is_none()));
        stored.into_iter().chain(pathless.then_some(Requirement::PathlessPatch))
    }
}

/// Returns true if the body of the response contains this ID, wherever it is.
fn contains(exchange: &Exchange, id: &str) -> bool {
    exchange.response().is_some_and(|response| String::from_utf8_lossy(&response.body).contains(id))
}

fn operations(body: &Value) -> impl Iterator<Item = &Value> {
    body.get("Operations").and_then(Value::as_array).into_iter().flatten()
}

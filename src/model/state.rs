//! The expected state of one resource, and the effect of writes on it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::compare::{Divergence, compare, same_leaf};
use super::document::{Leaf, Leaves, leaf_key, leaves, normalize, remove_leaf, rules, set_leaf};
use super::members::Members;
use crate::scim::attr::get;
use crate::scim::message::PATCH_OP;
use crate::scim::patch::{Patch, Path};
use crate::scim::{AttrPath, Kind, Object, Schemas, ScimError};

/// The subject of a write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) kind: Kind,
    pub(super) id: &'a str,
    pub(super) schemas: &'a Schemas,
}

impl Subject<'_> {
    pub(super) fn leaves(&self, document: &Object) -> Leaves {
        leaves(self.kind, self.schemas, document)
    }
}

/// The state of a resource on an ideal server.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct State {
    /// False after a DELETE.
    pub(super) exists: bool,
    pub(super) document: Object,
    /// The keys of the attributes that the resource had before the run; no request has set them.
    pub(super) learned: BTreeSet<String>,
    /// The attributes that a request unassigned, with the values from before.
    pub(super) removed: Leaves,
    /// The attributes that the target showed before a PUT left them out, with the values from before.
    pub(super) omitted: Leaves,
    pub(super) members: Members,
}

impl State {
    /// Returns the state after a POST.
    pub(super) fn created(subject: Subject<'_>, body: &Object) -> Self {
        let normalized = normalize(subject.kind, subject.schemas, body);
        let members = Members::exactly(normalized.members.unwrap_or_default());
        Self { exists: true, document: normalized.document, members, ..Self::default() }
    }

    /// Returns the state of a resource that existed before the run, as a response showed it.
    pub(super) fn learned(subject: Subject<'_>, shown: Option<&Object>) -> Self {
        let Some(shown) = shown else { return Self { exists: true, ..Self::default() } };
        let normalized = normalize(subject.kind, subject.schemas, shown);
        let learned = subject.leaves(&normalized.document).into_keys().collect();
        let members = normalized.members.map(Members::exactly).unwrap_or_default();
        Self { exists: true, document: normalized.document, learned, members, ..Self::default() }
    }

    /// Returns the expected value of `active`.
    pub(super) fn active(&self) -> Option<bool> {
        get(&self.document, "active").and_then(Value::as_bool)
    }

    /// Applies a PUT. `shown` is what the last GET showed: Okta sends the server's own document back, and what the server
    /// has added or derived stays its own. Returns the differences that this write hides, because it repeats a value that
    /// no request sent, or no longer has a value that the server did not show.
    ///
    /// An attribute that the body omits may be kept or cleared (RFC 7644 section 3.5.1), so nothing is expected of it. But a
    /// user who was deactivated stays inactive.
    pub(super) fn replace(&mut self, subject: Subject<'_>, body: &Object, shown: Option<&Leaves>) -> Vec<Divergence> {
        let normalized = normalize(subject.kind, subject.schemas, body);
        let mut document = normalized.document;
        let (before, sent) = (subject.leaves(&self.document), subject.leaves(&document));
        let mut hidden = Vec::new();
        for (key, leaf) in &sent {
            let echoed = shown.is_some_and(|shown| {
                let shown_leaf = shown.get(key);
                same_leaf(subject.kind, subject.schemas, leaf, shown)
                    && !unassigns_value(leaf, shown_leaf)
                    && !drops_elements(leaf, shown_leaf)
            });
            let single = Leaves::from([(key.clone(), leaf.clone())]);
            match before.get(key) {
                Some(expected) if echoed && same_leaf(subject.kind, subject.schemas, expected, &single) => {
                    set_leaf(&mut document, expected);
                }
                None if echoed => remove_leaf(&mut document, &leaf.path),
                Some(expected) if echoed && !is_essential(subject.kind, key) => {
                    let differing = diverges(subject, expected, Some(leaf));
                    match without_parts(expected, &differing) {
                        Some(rest) => set_leaf(&mut document, &rest),
                        None => remove_leaf(&mut document, &leaf.path),
                    }
                    hidden.extend(differing);
                }
                _ => {}
            }
        }
        let unassigned: Vec<String> = normalized.unassigned.iter().map(leaf_key).collect();
        for (key, leaf) in before.iter().filter(|(key, _)| !sent.contains_key(*key)) {
            if unassigned.iter().any(|name| key == name || key.starts_with(&format!("{name}."))) {
                self.removed.insert(key.clone(), leaf.clone());
            } else if key == "active" && leaf.value == false {
                set_leaf(&mut document, leaf);
            } else if shown.is_some_and(|shown| !shown.contains_key(key)) {
                hidden.extend(diverges(subject, leaf, None));
            } else if shown.is_some() {
                self.omitted.insert(key.clone(), leaf.clone());
            }
        }
        self.become_document(subject, document);
        self.members = normalized.members.map(Members::exactly).unwrap_or_default();
        self.exists = true;
        hidden
    }

    /// Applies a PATCH that the target accepted. An operation that this engine rejects leaves its attributes unspecified.
    pub(super) fn patch(&mut self, subject: Subject<'_>, body: &Object) {
        let operations = get(body, "Operations").and_then(Value::as_array).cloned().unwrap_or_default();
        if self.perform(subject, &operations).is_ok() {
            return;
        }
        for operation in operations.iter().flat_map(single_attributes) {
            if self.perform(subject, std::slice::from_ref(&operation)).is_err() {
                self.forget(subject, &operation);
            }
        }
    }

    fn perform(&mut self, subject: Subject<'_>, operations: &[Value]) -> Result<(), ScimError> {
        let Value::Object(body) = json!({"schemas": [PATCH_OP], "Operations": operations}) else { return Ok(()) };
        let patch = Patch::parse(&body, subject.kind, subject.id, subject.schemas, rules())?;
        let before = subject.leaves(&self.document);
        // A document that was learned from an incomplete response may lack what the engine requires.
        let required = if subject.kind == Kind::User { "userName" } else { "displayName" };
        let mut document = self.document.clone();
        let incomplete = get(&document, required).is_none();
        if incomplete {
            document.insert(required.to_owned(), Value::from("?"));
        }
        let mut after = patch.apply(&document, subject.kind, subject.schemas, rules())?;
        if incomplete && get(&after, required).is_some_and(|value| value == "?") {
            after.shift_remove(required);
        }
        self.become_document(subject, after);
        let now = subject.leaves(&self.document);
        self.removed.extend(before.into_iter().filter(|(key, _)| !now.contains_key(key)));
        patch.members.iter().for_each(|edit| self.members.apply(edit, subject.schemas));
        Ok(())
    }

    /// Replaces the document, and forgets what is no longer true of its attributes.
    fn become_document(&mut self, subject: Subject<'_>, document: Object) {
        let (before, now) = (subject.leaves(&self.document), subject.leaves(&document));
        self.learned.retain(|key| now.contains_key(key) && now.get(key) == before.get(key));
        self.removed.retain(|key, _| !now.contains_key(key));
        self.omitted.retain(|key, _| !now.contains_key(key));
        self.document = document;
    }

    /// Expects nothing of the attributes that an operation names.
    fn forget(&mut self, subject: Subject<'_>, operation: &Value) {
        let path = operation.get("path").and_then(Value::as_str).and_then(|path| path.parse::<Path>().ok());
        let key = operation.get("value").and_then(Value::as_object).and_then(|value| value.keys().next());
        let attribute = path.map(|path| path.attr).or_else(|| key?.parse::<AttrPath>().ok());
        let Some(attribute) = attribute else { return };
        if attribute.name.eq_ignore_ascii_case("members") {
            self.members = Members::default();
            return;
        }
        let named = |leaf: &Leaf| {
            leaf.path.name.eq_ignore_ascii_case(&attribute.name)
                && attribute.schema.as_ref().is_none_or(|urn| leaf.path.schema.as_ref() == Some(urn))
        };
        let forgotten: Vec<Leaf> = subject.leaves(&self.document).into_values().filter(named).collect();
        for leaf in &forgotten {
            remove_leaf(&mut self.document, &leaf.path);
        }
        self.removed.retain(|_, leaf| !named(leaf));
    }
}

/// Returns true if a multi-valued attribute has an element without a `value`, and the server showed one with it. The element
/// then equals the server's in what is left of it, although the value was cleared.
fn unassigns_value(sent: &Leaf, shown: Option<&Leaf>) -> bool {
    let values = |leaf: &Leaf| -> Vec<bool> {
        let elements = leaf.value.as_array().into_iter().flatten().filter_map(Value::as_object);
        elements.map(|element| get(element, "value").is_some_and(|value| !value.is_null())).collect()
    };
    values(sent).contains(&false) && shown.is_some_and(|shown| values(shown).contains(&true))
}

/// Returns true if a multi-valued attribute has fewer elements than the server showed. Such a write removes some, although the server
/// showed all that it repeats.
fn drops_elements(sent: &Leaf, shown: Option<&Leaf>) -> bool {
    let count = |leaf: &Leaf| leaf.value.as_array().map_or(0, Vec::len);
    shown.is_some_and(|shown| count(sent) > 0 && count(sent) < count(shown))
}

/// Returns true for the attributes that Okta depends on.
pub(super) fn is_essential(kind: Kind, key: &str) -> bool {
    match kind {
        Kind::User => key == "username" || key == "active",
        Kind::Group => key == "displayname",
    }
}

/// Returns an array without the sub-attributes that the server does not keep; `None` if it does not keep the elements.
fn without_parts(expected: &Leaf, differing: &[Divergence]) -> Option<Leaf> {
    let parts: Vec<&String> = differing.iter().map(|one| one.path.sub.as_ref()).collect::<Option<_>>()?;
    let mut value = expected.value.clone();
    for element in value.as_array_mut()?.iter_mut().filter_map(Value::as_object_mut) {
        element.retain(|name, _| !parts.contains(&name));
    }
    Some(Leaf { path: expected.path.clone(), value })
}

/// Splits an operation without a path into operations on single attributes.
fn single_attributes(operation: &Value) -> Vec<Value> {
    let pathless = operation.get("path").is_none_or(Value::is_null);
    match operation.get("value") {
        Some(Value::Object(values)) if pathless => {
            let op = operation.get("op").cloned().unwrap_or_default();
            values.iter().map(|(key, value)| json!({"op": op, "value": {key: value}})).collect()
        }
        _ => vec![operation.clone()],
    }
}

/// Compares one expected attribute with what the server shows.
fn diverges(subject: Subject<'_>, expected: &Leaf, shown: Option<&Leaf>) -> Vec<Divergence> {
    let [mut one, mut other] = [Object::new(), Object::new()];
    set_leaf(&mut one, expected);
    if let Some(shown) = shown {
        set_leaf(&mut other, shown);
    }
    compare(subject.kind, subject.schemas, &one, &other).differing
}

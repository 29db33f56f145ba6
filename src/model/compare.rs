//! Compares two documents attribute by attribute, under the case rules of the schema.
//!
//! Null, an empty array and an absent attribute are the same (RFC 7643 section 2.5). Arrays are sets: their elements are
//! matched by `value` and `type`. Attributes, elements and sub-attributes that only the observed document has are the
//! server's own, and so are the ones that a server derives: `id`, `meta`, `schemas`, `groups`, `formatted`, `display`,
//! `$ref`, and a user's `displayName` that consists of the parts of the name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::difference::DifferenceKind;
use super::document::{Leaf, Leaves, definition, is_own, is_unassigned, leaf_key, leaves, set_leaf};
use super::values::{Sameness, sameness};
use crate::scim::attr::{fold, get};
use crate::scim::schema::Attribute;
use crate::scim::{AttrPath, Kind, Object, Schemas};

/// One attribute in which two documents differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    pub path: AttrPath,
    /// `Missing`, `Changed`, `WrongType` or `LetterCase`.
    pub kind: DifferenceKind,
    /// The expected value; one element of a multi-valued attribute.
    pub expected: Value,
    /// The observed value; for a multi-valued attribute the elements that match no expected one. Null if there is none.
    pub observed: Value,
    /// The key under which the evidence about this value is recorded.
    pub(super) key: String,
}

/// The result of comparing two documents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Divergences {
    /// The differences, in the order of the paths.
    pub differing: Vec<Divergence>,
    /// The keys of the expected values that the observed document has.
    pub(super) agreed: BTreeSet<String>,
    /// The values that only the observed document has.
    pub(super) surplus: Vec<Leaf>,
}

/// Compares the document that the requests lead to with an observed one. Members of groups are not part of it.
#[must_use]
pub fn compare(kind: Kind, schemas: &Schemas, expected: &Object, observed: &Object) -> Divergences {
    let mut comparer = Comparer { kind, schemas, found: Divergences::default() };
    let (expected, mut shown) = (leaves(kind, schemas, expected), leaves(kind, schemas, observed));
    for (key, leaf) in &expected {
        match shown.remove(key) {
            None => comparer.differ(key, &leaf.path, DifferenceKind::Missing, &leaf.value, Value::Null),
            Some(seen) => comparer.leaf(key, leaf, &seen.value),
        }
    }
    let mut found = comparer.found;
    found.surplus.extend(shown.into_values());
    if kind == Kind::User && is_derived_display_name(observed) {
        let changed = |one: &Divergence| one.key == "displayname" && one.kind == DifferenceKind::Changed;
        found.differing.retain(|one| !changed(one));
    }
    found
}

struct Comparer<'a> {
    kind: Kind,
    schemas: &'a Schemas,
    found: Divergences,
}

impl Comparer<'_> {
    fn differ(&mut self, key: &str, path: &AttrPath, kind: DifferenceKind, expected: &Value, observed: Value) {
        let (path, expected) = (path.clone(), expected.clone());
        self.found.differing.push(Divergence { path, kind, expected, observed, key: key.to_owned() });
    }

    fn leaf(&mut self, key: &str, expected: &Leaf, observed: &Value) {
        let attribute = definition(self.kind, self.schemas, &expected.path);
        if let (Value::Array(wanted), Value::Array(seen)) = (&expected.value, observed) {
            return self.elements(key, &expected.path, attribute, wanted, seen);
        }
        self.value(key, &expected.path, attribute, &expected.value, observed);
    }

    fn value(&mut self, key: &str, path: &AttrPath, of: Option<&Attribute>, expected: &Value, observed: &Value) {
        let kind = match sameness(of, expected, observed) {
            Sameness::Same if self.kind == Kind::User && key == "username" && expected != observed => {
                DifferenceKind::LetterCase
            }
            Sameness::Same => {
                self.found.agreed.insert(key.to_owned());
                return;
            }
            Sameness::Different => DifferenceKind::Changed,
            Sameness::OtherType => DifferenceKind::WrongType,
        };
        self.differ(key, path, kind, expected, observed.clone());
    }

    /// Compares two arrays as sets.
    fn elements(&mut self, key: &str, path: &AttrPath, of: Option<&Attribute>, wanted: &[Value], seen: &[Value]) {
        let wanted: Vec<&Value> = wanted.iter().filter(|element| !is_unassigned(element)).collect();
        let mut left: Vec<Option<&Value>> = seen.iter().map(Some).collect();
        let mut pairs: BTreeMap<usize, &Value> = BTreeMap::new();
        // Exact matches first, so that an element without a type does not take the place of one with it.
        for strict in [true, false] {
            for (index, element) in wanted.iter().enumerate() {
                if !pairs.contains_key(&index)
                    && let Some(seen) = take_match(of, element, &mut left, strict)
                {
                    pairs.insert(index, seen);
                }
            }
        }
        let rest: Vec<Value> = left.into_iter().flatten().filter(|one| !is_unassigned(one)).cloned().collect();
        for (index, element) in wanted.iter().enumerate() {
            let element_key = element_key(key, element);
            match pairs.get(&index) {
                Some(seen) => {
                    self.found.agreed.insert(element_key);
                    self.parts(path, of, element, seen);
                }
                None if rest.is_empty() => {
                    self.differ(&element_key, path, DifferenceKind::Missing, element, Value::Null);
                }
                None => {
                    let rest = Value::Array(rest.clone());
                    self.differ(&element_key, path, DifferenceKind::Changed, element, rest);
                }
            }
        }
        if pairs.len() == wanted.len() {
            self.found.agreed.insert(key.to_owned());
        }
        let surplus = rest.into_iter().map(|value| Leaf { path: path.clone(), value });
        self.found.surplus.extend(surplus);
    }

    /// Compares the sub-attributes of two elements with the same `value`.
    fn parts(&mut self, path: &AttrPath, of: Option<&Attribute>, wanted: &Value, seen: &Value) {
        let (Value::Object(wanted), Value::Object(seen)) = (wanted, seen) else { return };
        for (name, part) in wanted {
            if is_own(name) || name == "value" || is_unassigned(part) {
                continue;
            }
            let path = AttrPath { sub: Some(name.clone()), ..path.clone() };
            let key = leaf_key(&path);
            match get(seen, name).filter(|seen| !is_unassigned(seen)) {
                None => self.differ(&key, &path, DifferenceKind::Missing, part, Value::Null),
                Some(seen) => self.value(&key, &path, of.and_then(|of| of.sub(name)), part, seen),
            }
        }
    }
}

/// Returns the key of the evidence about one element: `emails[ada@example.com]`.
pub(super) fn element_key(key: &str, element: &Value) -> String {
    let part = value_of(element).or_else(|| get(element.as_object()?, "type"));
    let value = part.map(|value| value.as_str().map_or_else(|| value.to_string(), fold));
    format!("{key}[{}]", value.unwrap_or_default())
}

/// Returns the value that identifies an element.
fn value_of(element: &Value) -> Option<&Value> {
    match element {
        Value::Object(object) => get(object, "value"),
        simple => Some(simple),
    }
}

/// Returns true if two elements have the same `value`.
pub(super) fn same_value(of: Option<&Attribute>, one: &Value, other: &Value) -> bool {
    let of = of.map(|of| of.sub("value").unwrap_or(of));
    match (value_of(one), value_of(other)) {
        (Some(one), Some(other)) => sameness(of, one, other) == Sameness::Same,
        _ => false,
    }
}

/// Takes the observed element that is the expected one. Elements without a `value`, such as addresses, are matched by their
/// type, or else by the most equal sub-attributes.
fn take_match<'a>(
    of: Option<&Attribute>,
    wanted: &Value,
    left: &mut [Option<&'a Value>],
    strict: bool,
) -> Option<&'a Value> {
    let part = |element: &Value, name: &str| element.as_object().and_then(|object| get(object, name)).cloned();
    let same_type = |seen: &Value| part(wanted, "type").is_some() && part(wanted, "type") == part(seen, "type");
    let equal_parts = |seen: &Value| {
        let parts = wanted.as_object().into_iter().flatten();
        parts.filter(|(name, value)| part(seen, name).as_ref() == Some(*value)).count()
    };
    let score = |seen: &Value| match (value_of(wanted), strict) {
        (Some(_), true) => usize::from(same_value(of, wanted, seen) && (same_type(seen) || !wanted.is_object())),
        (Some(_), false) => usize::from(same_value(of, wanted, seen)),
        (None, true) => usize::from(same_type(seen)),
        (None, false) => equal_parts(seen),
    };
    let best = left
        .iter_mut()
        .filter_map(|slot| Some((score((*slot)?), slot)))
        .filter(|(score, _)| *score > 0)
        .rev()
        .max_by_key(|(score, _)| *score)?;
    best.1.take()
}

/// Returns true if every word of a `displayName` is a word of the name, the userName or an email address.
fn is_derived_display_name(observed: &Object) -> bool {
    let Some(shown) = get(observed, "displayName").and_then(Value::as_str) else { return false };
    let mut known = BTreeSet::new();
    for source in ["name", "userName", "emails", "nickName"].into_iter().filter_map(|name| get(observed, name)) {
        collect_words(source, &mut known);
    }
    let mut words = words(shown).peekable();
    words.peek().is_some() && words.all(|word| known.contains(&word))
}

fn collect_words(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => into.extend(words(text)),
        Value::Array(elements) => elements.iter().for_each(|element| collect_words(element, into)),
        Value::Object(object) => object.values().for_each(|value| collect_words(value, into)),
        _ => {}
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split([' ', ',']).filter(|word| !word.is_empty()).map(fold)
}

/// Compares one attribute of two documents.
pub(super) fn same_leaf(kind: Kind, schemas: &Schemas, expected: &Leaf, observed: &Leaves) -> bool {
    let mut document = Object::new();
    set_leaf(&mut document, expected);
    let mut seen = Object::new();
    if let Some(leaf) = observed.get(&leaf_key(&expected.path)) {
        set_leaf(&mut seen, leaf);
    }
    compare(kind, schemas, &document, &seen).differing.is_empty()
}

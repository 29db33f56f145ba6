//! Compares a user with its expected state.

use serde_json::Value;

use super::compare::{Divergence, Divergences, compare, element_key};
use super::difference::{Class, Difference, DifferenceKind, Place};
use super::document::{Leaf, leaf_key};
use super::evidence::{Evidence, History};
use super::exchange::id_of;
use super::state::{State, Subject};
use crate::scim::attr::get;
use crate::scim::{AttrPath, Object};

/// The knowledge from which a comparison of one resource follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) state: &'a State,
    pub(super) history: &'a History,
    pub(super) evidence: &'a Evidence,
}

/// Compares a user that a GET shows.
pub(super) fn differences(basis: Basis<'_>, observed: &Object) -> Vec<Difference> {
    let mut found = attribute_differences(basis, observed, essential_class);
    // A value of null is absent for the comparison, but the effect of a deactivation must be seen.
    let seen = get(observed, "active").cloned().unwrap_or_default();
    let reported = found.iter().any(|one| one.path().is_some_and(|path| path.name == "active"));
    if basis.state.active() == Some(false) && seen != false && !reported {
        found.push(Difference {
            place: Place::Attribute(AttrPath::named("active")),
            kind: DifferenceKind::Missing,
            class: Class::Essential,
            expected: Value::Bool(false),
            observed: seen,
        });
    }
    found
}

fn essential_class(divergence: &Divergence) -> Option<Class> {
    match divergence.key.as_str() {
        "username" if divergence.kind == DifferenceKind::LetterCase => Some(Class::Cosmetic),
        "username" => Some(Class::Essential),
        "active" if divergence.expected == false || divergence.observed == false => Some(Class::Essential),
        _ => None,
    }
}

/// Compares the `id` and all attributes of a resource. `essential` classifies those that Okta depends on.
pub(super) fn attribute_differences(
    basis: Basis<'_>,
    observed: &Object,
    essential: fn(&Divergence) -> Option<Class>,
) -> Vec<Difference> {
    let Basis { subject, state, history, evidence } = basis;
    let Divergences { mut differing, agreed, surplus } =
        compare(subject.kind, subject.schemas, &state.document, observed);
    differing.retain(|one| one.kind == DifferenceKind::Missing || !state.learned.contains(one.attribute_key()));
    let hidden = history.hidden.iter().filter(|(key, one)| {
        !agreed.contains(*key) && !differing.iter().any(|other| other.attribute_key() == one.attribute_key())
    });
    let hidden: Vec<Divergence> = hidden.map(|(_, one)| one.clone()).collect();
    differing.extend(hidden);

    let mut found: Vec<Difference> = id_difference(subject.id, observed).into_iter().collect();
    let leftovers = surplus.iter().filter(|leaf| !differing.iter().any(|one| one.path == leaf.path));
    let leftovers: Vec<Difference> = leftovers.filter_map(|leaf| leftover(basis, leaf)).collect();
    found.extend(differing.iter().map(|one| {
        let mut difference = history.classify(subject.kind, subject.schemas, evidence, one);
        if let Some(class) = essential(one) {
            difference.class = class;
        }
        difference
    }));
    found.extend(leftovers);
    found
}

/// Reports a value that requests removed, or that a PUT left out, and that the target still shows. Every other value that no request sent is the
/// server's own.
fn leftover(basis: Basis<'_>, leaf: &Leaf) -> Option<Difference> {
    let Basis { subject, state, history, .. } = basis;
    let key = leaf_key(&leaf.path);
    let removed = state.removed.get(&key).is_some_and(|before| before.value == leaf.value);
    let expected = subject.leaves(&state.document);
    let of_array = expected.get(&key).is_some_and(|expected| {
        let elements = expected.value.as_array().into_iter().flatten();
        let key_of_leaf = element_key(&key, &leaf.value);
        expected.value.is_array()
            && !elements.into_iter().any(|element| element_key(&key, element) == key_of_leaf)
            && history.was_expected(subject.kind, subject.schemas, &key, &leaf.path, &leaf.value)
    });
    let omitted = state.omitted.get(&key).is_some_and(|before| before.value == leaf.value);
    (removed || of_array || omitted).then(|| Difference {
        place: Place::Attribute(leaf.path.clone()),
        kind: DifferenceKind::Extra,
        class: if removed || of_array { Class::Wrong } else { Class::Unasserted },
        expected: Value::Null,
        observed: leaf.value.clone(),
    })
}

fn id_difference(id: &str, observed: &Object) -> Option<Difference> {
    let seen = get(observed, "id").cloned().unwrap_or_default();
    let kind = match &seen {
        Value::String(text) if text == id => return None,
        Value::Null => DifferenceKind::Missing,
        seen if id_of(seen).is_some_and(|text| text == id) => DifferenceKind::WrongType,
        _ => DifferenceKind::Changed,
    };
    Some(Difference {
        place: Place::Attribute(AttrPath::named("id")),
        kind,
        class: Class::Essential,
        expected: Value::from(id),
        observed: seen,
    })
}

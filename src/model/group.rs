//! Compares a group with its expected state.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare::Divergence;
use super::difference::{Class, Difference, DifferenceKind, Membership, Place};
use super::members::shown_members;
use super::user::{Basis, attribute_differences};
use crate::scim::Object;

/// Compares a group that a GET shows. `optional` returns true for members that the target may drop: users that it has
/// removed, and inactive ones.
pub(super) fn differences(
    basis: Basis<'_>,
    observed: &Object,
    optional: impl Fn(&str) -> bool,
) -> (Vec<Difference>, Membership) {
    let mut found = attribute_differences(basis, observed, essential_class);
    let shown = shown_members(observed).unwrap_or_default();
    let members = &basis.state.members;
    let required: BTreeSet<&String> = members.present.keys().filter(|id| !optional(id)).collect();
    if !basis.evidence.shows_members() && shown.is_empty() {
        let observed = required.is_empty() && !basis.evidence.hides_members();
        return (found, if observed { Membership::Agrees } else { Membership::NotObserved });
    }
    let missing = required.into_iter().filter(|id| !shown.contains(*id)).map(|id| {
        let class = if basis.history.shown_members.contains(id) { Class::Lost } else { Class::Wrong };
        member(id, DifferenceKind::Missing, class)
    });
    let extra = shown
        .iter()
        .filter(|id| if members.exact { !members.present.contains_key(*id) } else { members.absent.contains(*id) })
        .map(|id| {
            let stale = basis.history.earlier_members.contains(id);
            member(id, if stale { DifferenceKind::Stale } else { DifferenceKind::Extra }, Class::Wrong)
        });
    let differing: Vec<Difference> = missing.chain(extra).collect();
    let membership = if differing.is_empty() { Membership::Agrees } else { Membership::Differs };
    found.extend(differing);
    (found, membership)
}

fn essential_class(divergence: &Divergence) -> Option<Class> {
    (divergence.key == "displayname").then_some(Class::Essential)
}

fn member(id: &str, kind: DifferenceKind, class: Class) -> Difference {
    let value = Value::from(id);
    let (expected, observed) =
        if kind == DifferenceKind::Missing { (value, Value::Null) } else { (Value::Null, value) };
    Difference { place: Place::Member(id.to_owned()), kind, class, expected, observed }
}

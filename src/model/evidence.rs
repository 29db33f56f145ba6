//! The attributes that a target has shown so far, which decide the class of a difference.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compare::{Divergence, Divergences, same_value};
use super::difference::{Class, Difference, DifferenceKind, Place};
use super::document::{Leaves, definition};
use super::values::{Sameness, sameness};
use crate::scim::{AttrPath, Kind, Schemas};

/// The earlier values of one attribute that are remembered. An attribute has few.
const EARLIER_VALUES: usize = 8;

/// What the target has shown of all resources together. Models of several scenarios can share it with
/// [`Evidence::merge`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The attributes that a GET has shown as they were sent, by their keys.
    kept: BTreeSet<(Kind, String)>,
    /// The attributes that requests set and that a GET was compared with.
    sent: BTreeMap<(Kind, String), AttrPath>,
    /// The values that GETs showed instead of those that were sent: none, one, or several.
    instead: BTreeMap<(Kind, String), BTreeSet<String>>,
    /// Set if a GET has shown a member of a group.
    members_shown: bool,
    /// Set if a GET showed no member of a group that has some.
    members_hidden: bool,
}

impl Evidence {
    /// Adds what another model has seen of the same target.
    pub fn merge(&mut self, other: &Self) {
        self.kept.extend(other.kept.iter().cloned());
        self.sent.extend(other.sent.iter().map(|(key, path)| (key.clone(), path.clone())));
        for (key, values) in &other.instead {
            self.instead.entry(key.clone()).or_default().extend(values.iter().cloned());
        }
        self.members_shown |= other.members_shown;
        self.members_hidden |= other.members_hidden;
    }

    /// Returns the attributes that requests set and that no GET has shown as they were sent.
    #[must_use]
    pub fn never_kept(&self) -> Vec<(Kind, &AttrPath)> {
        self.sent.iter().filter(|(key, _)| !self.kept.contains(*key)).map(|((kind, _), path)| (*kind, path)).collect()
    }

    /// Returns the attributes that requests set and that a GET has shown as they were sent.
    #[must_use]
    pub fn kept(&self) -> Vec<(Kind, &AttrPath)> {
        self.sent.iter().filter(|(key, _)| self.kept.contains(*key)).map(|((kind, _), path)| (*kind, path)).collect()
    }

    /// Returns true if a GET has shown a member of a group.
    #[must_use]
    pub const fn shows_members(&self) -> bool {
        self.members_shown
    }

    /// Returns true if groups have had members and no GET has shown one.
    #[must_use]
    pub const fn hides_members(&self) -> bool {
        self.members_hidden && !self.members_shown
    }

    /// Records a GET of a whole resource.
    pub(super) fn record_get(&mut self, kind: Kind, found: &Divergences) {
        self.record_kept(kind, found);
        for one in found.differing.iter().filter(|one| one.kind == DifferenceKind::Changed) {
            // A second value is enough: the target then derives what it shows from what was sent.
            let values = self.instead.entry((kind, one.attribute_key().to_owned())).or_default();
            if values.len() < 2 {
                values.insert(one.observed.to_string());
            }
        }
    }

    /// Records what a GET or a list shows of a resource.
    pub(super) fn record_kept(&mut self, kind: Kind, found: &Divergences) {
        let whole = found.agreed.iter().filter(|key| !key.ends_with(']'));
        self.kept.extend(whole.map(|key| (kind, key.clone())));
    }

    /// Records that requests set this attribute.
    pub(super) fn record_sent(&mut self, kind: Kind, key: &str, path: &AttrPath) {
        self.sent.entry((kind, key.to_owned())).or_insert_with(|| path.clone());
    }

    pub(super) fn record_members(&mut self, shown: bool, expected: bool) {
        self.members_shown |= shown;
        self.members_hidden |= expected && !shown;
    }

    fn keeps(&self, kind: Kind, key: &str) -> bool {
        self.kept.contains(&(kind, key.to_owned()))
    }

    fn shows_several_instead(&self, kind: Kind, key: &str) -> bool {
        self.instead.get(&(kind, key.to_owned())).is_some_and(|values| values.len() > 1)
    }
}

/// What the target has shown of one resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct History {
    /// The keys of the values that some response has shown as they were sent.
    pub(super) matched: BTreeSet<String>,
    /// Expected values from before later writes, by the key of the attribute, the latest last.
    pub(super) earlier: BTreeMap<String, Vec<Value>>,
    /// The last whole document that a GET showed.
    pub(super) last_get: Option<Leaves>,
    /// Differences that a PUT has hidden from later comparisons, by key.
    pub(super) hidden: BTreeMap<String, Divergence>,
    /// The members that some response has shown.
    pub(super) shown_members: BTreeSet<String>,
    /// The members that were expected at some time.
    pub(super) earlier_members: BTreeSet<String>,
    /// Set if the last GET returned 404 or 410.
    pub(super) gone: bool,
}

impl History {
    /// Records the expected values that a write has changed.
    pub(super) fn record_write(&mut self, before: &Leaves, after: &Leaves) {
        for (key, leaf) in before {
            if after.get(key) != Some(leaf) {
                let values = self.earlier.entry(key.clone()).or_default();
                values.push(leaf.value.clone());
                if values.len() > EARLIER_VALUES {
                    values.remove(0);
                }
            }
        }
        for (key, leaf) in after {
            if before.get(key) != Some(leaf) {
                self.hidden.retain(|_, one| one.attribute_key() != key);
            }
        }
    }

    /// Returns true if an observed value, or one element of it, was expected earlier.
    pub(super) fn was_expected(
        &self,
        kind: Kind,
        schemas: &Schemas,
        key: &str,
        path: &AttrPath,
        observed: &Value,
    ) -> bool {
        let of = definition(kind, schemas, path);
        let earlier = self.earlier.get(key).map_or(&[][..], Vec::as_slice);
        earlier.iter().any(|before| match (before, observed) {
            (Value::Array(before), Value::Array(observed)) => {
                observed.iter().any(|seen| before.iter().any(|before| same_value(of, before, seen)))
            }
            (Value::Array(before), observed) => before.iter().any(|before| same_value(of, before, observed)),
            (before, observed) => sameness(of, before, observed) == Sameness::Same,
        })
    }

    /// Classifies a difference that is not about an essential attribute.
    pub(super) fn classify(
        &self,
        kind: Kind,
        schemas: &Schemas,
        evidence: &Evidence,
        divergence: &Divergence,
    ) -> Difference {
        let Divergence { path, expected, observed, key, .. } = divergence;
        let attribute = divergence.attribute_key();
        let mut difference = Difference {
            place: Place::Attribute(path.clone()),
            kind: divergence.kind,
            class: Class::NeverKept,
            expected: expected.clone(),
            observed: observed.clone(),
        };
        match divergence.kind {
            DifferenceKind::LetterCase => difference.class = Class::Cosmetic,
            // A value that only the response to a write repeated was not kept, unless the target keeps others like it.
            DifferenceKind::Missing if self.matched.contains(key) && evidence.keeps(kind, attribute) => {
                difference.class = Class::Lost;
            }
            DifferenceKind::Missing => {}
            DifferenceKind::Changed if self.was_expected(kind, schemas, attribute, path, observed) => {
                difference.kind = DifferenceKind::Stale;
                difference.class = Class::Wrong;
            }
            // The same value in place of every other one is the server's own, for example "N/A".
            DifferenceKind::Changed
                if !evidence.keeps(kind, attribute) && !evidence.shows_several_instead(kind, attribute) => {}
            _ => difference.class = Class::Wrong,
        }
        difference
    }
}

impl Divergence {
    /// Returns the key of the attribute, also for a difference about one element.
    pub(super) fn attribute_key(&self) -> &str {
        self.key.split('[').next().unwrap_or_default()
    }
}

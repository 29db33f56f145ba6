//! Lookups that returned resources of another name than Okta asked for. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::blame::shown_by;
use super::record::{Key, Record, Sent};
use crate::model::Model;
use crate::scim::attr::fold;
use crate::scim::{Kind, Object};
use crate::wire::{Lookup, naming_attribute};

/// A lookup whose response contains resources that the filter does not match.
#[derive(Debug)]
pub(super) struct WrongLookup {
    /// The position of the request in the record.
    pub(super) position: usize,
    pub(super) kind: Kind,
    pub(super) lookup: Lookup,
    /// The resources that the filter does not match.
    pub(super) others: Vec<(Key, Object)>,
}

/// All such lookups of a run, in order.
#[derive(Debug, Default)]
pub(super) struct WrongLookups {
    pub(super) all: Vec<WrongLookup>,
    /// The positions in `all` of the first lookup for each folded name.
    by_name: BTreeMap<(Kind, String), usize>,
    /// The positions in `all` of the first lookup that returned only this one resource, so that Okta linked to it.
    by_only_match: BTreeMap<Key, usize>,
}

impl WrongLookups {
    /// Finds the wrong lookups among the requests of the run.
    pub(super) fn of(record: &Record<'_>) -> Self {
        let (mut found, mut ideal) = (Self::default(), Model::default());
        for (position, sent) in record.sent.iter().enumerate() {
            found.judge(position, sent, &ideal);
            sent.apply(&mut ideal);
        }
        found
    }

    fn judge(&mut self, position: usize, sent: &Sent<'_>, ideal: &Model) {
        let request = &sent.exchange.request;
        let (collection, id) = request.subject();
        let lookup = Lookup::of(&request.path).filter(|lookup| lookup.attribute == naming_attribute(&collection));
        let Some(lookup) = lookup.filter(|_| id.is_none() && sent.exchange.simulated.is_none()) else { return };
        let listed = shown_by(sent);
        let count = listed.len();
        let others: Vec<(Key, Object)> =
            listed.into_iter().filter(|(key, resource)| is_other(&lookup, key, resource, ideal)).collect();
        let Some((first, _)) = others.first() else { return };
        let (kind, at) = (first.0, self.all.len());
        self.by_name.entry((kind, fold(&lookup.value))).or_insert(at);
        if count == 1 {
            self.by_only_match.entry(first.clone()).or_insert(at);
        }
        self.all.push(WrongLookup { position, kind, lookup, others });
    }

    /// Returns the first wrong lookup of a name.
    pub(super) fn of_name(&self, kind: Kind, name: &str) -> Option<&WrongLookup> {
        self.all.get(*self.by_name.get(&(kind, fold(name)))?)
    }

    /// Returns the first lookup of another name that led Okta to this resource.
    pub(super) fn leading_to(&self, key: &Key) -> Option<&WrongLookup> {
        self.all.get(*self.by_only_match.get(key)?)
    }
}

/// Returns true for a resource that shows another name than the filter has. A target may show a name in a form of its own: a
/// resource to which Okta gave the name of the filter matches it.
fn is_other(lookup: &Lookup, key: &Key, resource: &Object, ideal: &Model) -> bool {
    let shown = Value::Object(resource.clone());
    let is_given = || {
        let written = ideal.expected(key.0, &key.1);
        written.is_some_and(|written| lookup.shown_by(&written).is_some_and(|name| lookup.asks_for(name)))
    };
    lookup.shown_by(&shown).is_some_and(|name| !lookup.asks_for(name)) && !is_given()
}

//! The rule of ownership, as a pure state machine: which IDs a run may change, and why not the others.
//!
//! An ID is owned if three statements hold:
//!
//! 1. The 2xx response to a POST of this run contained it.
//! 2. No response that was complete before that POST was sent contained it in the same collection, unless the run owned
//!    it and its DELETE was acknowledged.
//! 3. It is proven: a later GET returned it with the run ID in `userName`, `displayName` or `externalId`.
//!
//! Time is a counter that advances with each request and each response.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::Value;

use super::exchange::id_text;
use super::failure::NotOurs;

/// The attributes that contain the run ID.
const NAMES: [&str; 3] = ["userName", "displayName", "externalId"];
/// The IDs of other resources that are remembered, 16 bytes each. Beyond them nothing new is owned.
const LISTED: usize = 1_000_000;
/// The length from which a run ID is unlikely to be a part of a foreign name. A shorter one must be a word of its own.
const DISTINCTIVE: usize = 6;

/// A collection and an ID.
pub(super) type Key = (String, String);

/// A position in the sequence of requests and responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(pub(super) u64);

/// A create whose outcome is unknown: the response is not complete yet, was lost, or had no ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The time at which the POST was sent.
    pub sent: Moment,
    pub collection: String,
    /// The `userName` or `displayName` that was sent.
    pub name: String,
}

/// A resource that a POST of this run created, as far as its response can be trusted.
#[derive(Debug, Clone, PartialEq)]
struct Created {
    at: Moment,
    proof: Proof,
    /// The time of an acknowledged DELETE.
    deleted: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq)]
enum Proof {
    Open,
    Proven,
    /// A proof was tried and failed.
    Failed(NotOurs),
}

/// The permission to change a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Permission {
    Granted,
    /// The run created the resource, but no GET has shown it yet.
    NeedsProof,
    Denied(NotOurs),
}

/// The resources of one run.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    run_id: String,
    now: u64,
    created: HashMap<Key, Created>,
    /// The keys of `created` in the order of creation, without those that were deleted.
    order: Vec<Key>,
    /// IDs that a create returned although an earlier response had contained them.
    disowned: HashMap<Key, NotOurs>,
    /// IDs that no server assigned.
    fictitious: HashSet<Key>,
    /// Digests of the IDs in all responses, each with the time of the first one.
    listed: HashMap<u64, Moment>,
    /// Creates whose outcome is unknown, by the time at which they were sent.
    unresolved: BTreeMap<Moment, Unresolved>,
    /// Collections in which nothing may be created, with the reason.
    closed: HashMap<String, String>,
    /// The number of resources of each collection that no GET showed.
    missing: HashMap<String, usize>,
}

impl Ownership {
    pub(super) fn new(run_id: &str) -> Self {
        Self { run_id: run_id.to_ascii_lowercase(), ..Self::default() }
    }

    /// Advances the time.
    pub(super) fn tick(&mut self) -> Moment {
        self.now += 1;
        Moment(self.now)
    }

    /// Records a create that is about to be sent, if its name identifies this run.
    pub(super) fn sending(&mut self, sent: Moment, collection: &str, name: &str) {
        if carries(&Value::from(name), &self.run_id) {
            let unresolved = Unresolved { sent, collection: collection.to_owned(), name: name.to_owned() };
            self.unresolved.insert(sent, unresolved);
        }
    }

    /// Records that the outcome of a create is known.
    pub(super) fn resolve(&mut self, sent: Moment) {
        self.unresolved.remove(&sent);
    }

    /// Lists the creates whose outcome is unknown.
    pub(super) fn unresolved(&self) -> Vec<Unresolved> {
        self.unresolved.values().cloned().collect()
    }

    /// Returns true if a name of the resource contains the run ID.
    pub(super) fn is_named(&self, resource: &Value) -> bool {
        NAMES.iter().any(|name| resource.get(name).is_some_and(|value| carries(value, &self.run_id)))
    }

    /// Records an ID that the response to a POST contained. `sent` is the time of the request. Returns true if the run
    /// owns it, as soon as it is proven.
    pub(super) fn created(&mut self, key: Key, sent: Moment) -> bool {
        let before = self.created.get(&key);
        // A server may return an existing resource of this run, and it may reuse the ID of one that was deleted.
        if before.is_some_and(|created| created.deleted.is_none()) {
            return true;
        }
        let listed = self.listed.get(&digest(&key)).is_some_and(|at| *at < sent);
        let reason = match before {
            None if listed => NotOurs::Listed { collection: key.0.clone(), id: key.1.clone() },
            None if self.listed.len() >= LISTED => NotOurs::TooManyListed { collection: key.0.clone(), most: LISTED },
            _ => {
                let at = self.tick();
                self.created.insert(key.clone(), Created { at, proof: Proof::Open, deleted: None });
                self.order.push(key);
                return true;
            }
        };
        self.disowned.insert(key, reason);
        false
    }

    /// Records an acknowledged DELETE.
    pub(super) fn deleted(&mut self, key: &Key) {
        let now = self.tick();
        self.order.retain(|made| made != key);
        if let Some(created) = self.created.get_mut(key) {
            created.deleted = Some(now);
        }
        self.listed.remove(&digest(key));
    }

    /// Records a resource in the response to a request that was sent at this time. Only a GET proves.
    pub(super) fn shown(&mut self, collection: &str, resource: &Value, sent: Moment, is_read: bool) {
        let Some(id) = resource.get("id").and_then(id_text) else { return };
        let key = (collection.to_owned(), id);
        let now = self.tick();
        let deleted = self.created.get(&key).and_then(|created| created.deleted);
        // A list may have been read before the resource was deleted.
        if self.listed.len() < LISTED && deleted.is_none_or(|deleted| sent > deleted) {
            self.listed.entry(digest(&key)).or_insert(now);
        }
        let named = self.is_named(resource);
        if let Some(created) = self.created.get_mut(&key)
            && named
            && created.deleted.is_none()
            && is_read
            && sent > created.at
        {
            created.proof = Proof::Proven;
        }
    }

    /// Records a failed proof.
    pub(super) fn unproven(&mut self, key: &Key, reason: NotOurs) {
        if let Some(created) = self.created.get_mut(key)
            && created.proof != Proof::Proven
        {
            created.proof = Proof::Failed(reason);
        }
    }

    /// Counts a resource that no GET showed.
    pub(super) fn count_missing(&mut self, collection: String) {
        *self.missing.entry(collection).or_default() += 1;
    }

    pub(super) fn missing(&self, collection: &str) -> usize {
        self.missing.get(collection).copied().unwrap_or_default()
    }

    /// Forgets failed proofs, so that each is tried once more.
    pub(super) fn reopen_proofs(&mut self) {
        for created in self.created.values_mut().filter(|created| matches!(created.proof, Proof::Failed(_))) {
            created.proof = Proof::Open;
        }
    }

    /// Permits changes of an ID that no response returned.
    pub(super) fn allow(&mut self, key: Key) {
        self.fictitious.insert(key);
    }

    /// Forbids creates in a collection.
    pub(super) fn close(&mut self, collection: &str, reason: String) {
        self.closed.entry(collection.to_owned()).or_insert(reason);
    }

    /// Returns the permission to create a resource.
    pub(super) fn may_create(&self, collection: &str) -> Permission {
        self.closed.get(collection).map_or(Permission::Granted, |reason| {
            Permission::Denied(NotOurs::Closed { collection: collection.to_owned(), reason: reason.clone() })
        })
    }

    /// Returns the permission to change a resource, or `None` for an ID that no POST of this run returned.
    pub(super) fn may_change(&self, key: &Key) -> Option<Permission> {
        if let Some(created) = self.created.get(key) {
            return Some(match (&created.proof, created.deleted) {
                // The server has shown the ID again since, so it may belong to another resource.
                (_, Some(_)) if self.listed.contains_key(&digest(key)) => {
                    Permission::Denied(NotOurs::Reused { collection: key.0.clone(), id: key.1.clone() })
                }
                (Proof::Proven, _) => Permission::Granted,
                (Proof::Failed(reason), _) => Permission::Denied(reason.clone()),
                (Proof::Open, _) => Permission::NeedsProof,
            });
        }
        if let Some(reason) = self.disowned.get(key) {
            return Some(Permission::Denied(reason.clone()));
        }
        self.fictitious.contains(key).then_some(Permission::Granted)
    }

    /// Returns true if the resource is proven.
    pub(super) fn is_proven(&self, key: &Key) -> bool {
        self.created.get(key).is_some_and(|created| created.proof == Proof::Proven)
    }

    /// Lists the resources that were created and not deleted, oldest first.
    pub(super) fn made(&self) -> Vec<Key> {
        self.order.clone()
    }

    pub(super) fn run_id(&self) -> &str {
        &self.run_id
    }
}

/// Returns true if a name contains the run ID, compared without case.
fn carries(name: &Value, run_id: &str) -> bool {
    let Some(name) = name.as_str().map(str::to_ascii_lowercase) else { return false };
    if run_id.is_empty() {
        return false;
    }
    let separate = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    name.match_indices(run_id).any(|(at, found)| {
        let before = name.get(..at).and_then(|text| text.chars().next_back());
        let after = name.get(at + found.len()..).and_then(|text| text.chars().next());
        run_id.len() >= DISTINCTIVE || (separate(before) && separate(after))
    })
}

/// Collisions are on the safe side: the run owns less.
fn digest(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;

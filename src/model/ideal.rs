//! The model: the expected state of every resource that the run has written.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::difference::{Class, Comparison, Difference, DifferenceKind, Membership, Place};
use super::evidence::Evidence;
use super::exchange::{Effect, Method, RecordedExchange, id_of};
use super::resource::{TrackedResource, Write};
use super::state::{State, Subject};
use super::user::Basis;
use super::{group, user};
use crate::scim::attr::get;
use crate::scim::{Kind, Object, Schemas};

/// The resources of others that are remembered, in case that the run writes to one of them. Okta reads a resource shortly
/// before it links to it.
const OTHERS: usize = 500;

/// An ideal SCIM server that has received the same requests as the target.
#[derive(Debug, Clone)]
pub struct Model {
    schemas: Schemas,
    resources: BTreeMap<(Kind, String), TrackedResource>,
    others: Others,
    evidence: Evidence,
}

/// What a GET of a resource by its ID shows.
#[derive(Debug, Clone, Copy)]
pub enum Observed<'a> {
    /// The resource.
    Shown(&'a Object),
    /// 404 or 410.
    Gone,
}

/// The last documents that responses showed of resources that the run has not written.
#[derive(Debug, Clone, Default)]
struct Others {
    shown: BTreeMap<(Kind, String), Object>,
    order: VecDeque<(Kind, String)>,
}

impl Default for Model {
    fn default() -> Self {
        Self::new(Schemas::standard().clone())
    }
}

impl Model {
    /// Creates a model of an empty target. The schemas decide the case rules and types of attributes; attributes that are
    /// in no schema are compared exactly.
    #[must_use]
    pub fn new(schemas: Schemas) -> Self {
        Self { schemas, resources: BTreeMap::new(), others: Others::default(), evidence: Evidence::default() }
    }

    /// Returns what the target has shown so far.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Adds what another model has seen of the same target.
    pub fn learn(&mut self, evidence: &Evidence) {
        self.evidence.merge(evidence);
    }

    /// Applies the next exchange with the target.
    pub fn apply(&mut self, exchange: &RecordedExchange<'_>) {
        let Some((kind, id)) = exchange.subject() else { return };
        match (exchange.method, id) {
            (Method::Get, None) => self.read_list(kind, exchange),
            (Method::Get, Some(id)) => self.read(kind, &id, exchange),
            (Method::Post, None) => self.create(kind, exchange),
            (Method::Put | Method::Patch | Method::Delete, Some(id)) => self.write(kind, &id, exchange),
            _ => {}
        }
    }

    fn read_list(&mut self, kind: Kind, exchange: &RecordedExchange<'_>) {
        let body = exchange.shown().and_then(Value::as_object);
        let resources = body.and_then(|body| get(body, "Resources")).and_then(Value::as_array);
        for resource in resources.into_iter().flatten().filter_map(Value::as_object) {
            if let Some(id) = get(resource, "id").and_then(id_of) {
                self.show(kind, &id, resource, (true, false));
            }
        }
    }

    fn read(&mut self, kind: Kind, id: &str, exchange: &RecordedExchange<'_>) {
        if matches!(exchange.response.map(|response| response.status), Some(404 | 410))
            && let Some(resource) = self.resources.get_mut(&(kind, id.to_owned()))
        {
            resource.show_gone();
        }
        if let Some(document) = exchange.shown().and_then(Value::as_object) {
            let whole = !exchange.path.split_once('?').is_some_and(|(_, query)| query.contains("ttributes="));
            self.show(kind, id, document, (true, whole));
        }
    }

    fn create(&mut self, kind: Kind, exchange: &RecordedExchange<'_>) {
        // Without a response or an ID, the resource is not known until a lookup shows it.
        let (Effect::Applied, Some(id)) = (exchange.effect(), exchange.created_id()) else { return };
        let Some(body) = exchange.body.and_then(Value::as_object) else { return };
        let subject = Subject { kind, id: &id, schemas: &self.schemas };
        let key = (kind, id.clone());
        match self.resources.get_mut(&key) {
            // The target returned a resource that exists; it may have updated it or not.
            Some(known) if known.state().is_some_and(|state| state.exists) => {
                known.write(subject, Write::Create(body), Effect::Unknown);
            }
            _ => {
                self.others.shown.remove(&key);
                self.resources.insert(key, TrackedResource::new(State::created(subject, body)));
            }
        }
        self.show_response(kind, &id, exchange);
    }

    fn write(&mut self, kind: Kind, id: &str, exchange: &RecordedExchange<'_>) {
        let key = (kind, id.to_owned());
        let effect = exchange.effect();
        let missing = exchange.response.is_some_and(|response| matches!(response.status, 404 | 410));
        let body = exchange.body.and_then(Value::as_object);
        let (write, effect) = match (exchange.method, body) {
            (Method::Put, Some(body)) => (Write::Replace(body), effect),
            (Method::Patch, Some(body)) => (Write::Patch(body), effect),
            // A resource that is not there is deleted, too.
            (Method::Delete, _) => (Write::Delete, if missing { Effect::Applied } else { effect }),
            _ => return,
        };
        if effect == Effect::Rejected {
            return;
        }
        let subject = Subject { kind, id, schemas: &self.schemas };
        let others = &mut self.others;
        let resource = self.resources.entry(key.clone()).or_insert_with(|| {
            let shown = others.shown.remove(&key);
            let mut resource = TrackedResource::new(State::learned(subject, shown.as_ref()));
            if let Some(shown) = &shown {
                resource.show(subject, shown, &mut self.evidence, (true, false));
                resource.history.last_get = Some(subject.leaves(shown));
            }
            resource
        });
        resource.write(subject, write, effect);
        if exchange.method == Method::Delete && kind == Kind::User && effect == Effect::Applied {
            self.leave_all_groups(id);
        }
        self.show_response(kind, id, exchange);
    }

    /// Records the resource that the response to a write shows.
    fn show_response(&mut self, kind: Kind, id: &str, exchange: &RecordedExchange<'_>) {
        if let Some(document) = exchange.shown().and_then(Value::as_object) {
            self.show(kind, id, document, (false, false));
        }
    }

    /// Removes a user from all groups, as a server with this mistake does.
    pub fn leave_all_groups(&mut self, id: &str) {
        let groups = self.resources.iter_mut().filter(|((kind, _), _)| *kind == Kind::Group);
        groups.flat_map(|(_, group)| &mut group.states).for_each(|state| state.members.forget(id));
    }

    fn show(&mut self, kind: Kind, id: &str, document: &Object, from: (bool, bool)) {
        let subject = Subject { kind, id, schemas: &self.schemas };
        let key = (kind, id.to_owned());
        match self.resources.get_mut(&key) {
            Some(resource) => resource.show(subject, document, &mut self.evidence, from),
            None => self.others.remember(key, document),
        }
    }

    /// Returns the document and the members that the requests lead to, `None` for a resource that the run has not written
    /// and for a deleted one.
    #[must_use]
    pub fn expected(&self, kind: Kind, id: &str) -> Option<Value> {
        let state = self.resources.get(&(kind, id.to_owned()))?.state().filter(|state| state.exists)?;
        let mut document = state.document.clone();
        if kind == Kind::Group {
            let members = state.members.present.keys().map(|id| serde_json::json!({"value": id})).collect();
            document.insert("members".to_owned(), Value::Array(members));
        }
        Some(Value::Object(document))
    }

    /// Compares a user with its expected state. Returns `None` if the run has not written it.
    ///
    /// A user that was deactivated may be gone, because some targets remove it (Okta's test plan, C9292).
    #[must_use]
    pub fn compare_user(&self, id: &str, observed: Observed<'_>) -> Option<Comparison> {
        self.compare(Kind::User, id, observed, |basis, document| {
            (user::differences(basis, document), Membership::Agrees)
        })
    }

    /// Compares a group with its expected state. Returns `None` if the run has not written it.
    #[must_use]
    pub fn compare_group(&self, id: &str, observed: Observed<'_>) -> Option<Comparison> {
        self.compare(Kind::Group, id, observed, |basis, document| {
            group::differences(basis, document, |id| self.may_be_dropped(id))
        })
    }

    /// Compares a resource with each of its possible states, and returns the best result.
    fn compare(
        &self,
        kind: Kind,
        id: &str,
        observed: Observed<'_>,
        differences: impl Fn(Basis<'_>, &Object) -> (Vec<Difference>, Membership),
    ) -> Option<Comparison> {
        let resource = self.resources.get(&(kind, id.to_owned()))?;
        let subject = Subject { kind, id, schemas: &self.schemas };
        let results = resource.states.iter().map(|state| {
            let basis = Basis { subject, state, history: &resource.history, evidence: &self.evidence };
            let may_be_gone = !state.exists || (kind == Kind::User && state.active() == Some(false));
            let (mut differences, membership) = match observed {
                Observed::Gone if may_be_gone => (Vec::new(), Membership::Agrees),
                Observed::Gone => (vec![existence(DifferenceKind::Missing)], Membership::NotObserved),
                Observed::Shown(_) if !state.exists => {
                    (vec![existence(DifferenceKind::Extra)], Membership::NotObserved)
                }
                Observed::Shown(document) => differences(basis, document),
            };
            differences.sort_by_key(|difference| std::cmp::Reverse(difference.class));
            Comparison { differences, membership }
        });
        results.min_by_key(|comparison| {
            let worst = comparison.differences.first().map(|difference| difference.class);
            (worst, comparison.differences.len())
        })
    }

    /// Returns true for a user that the target has removed or that is inactive: groups need not have it.
    fn may_be_dropped(&self, id: &str) -> bool {
        self.resources.get(&(Kind::User, id.to_owned())).is_some_and(|user| {
            user.history.gone || user.states.iter().any(|state| !state.exists || state.active() == Some(false))
        })
    }
}

impl Others {
    fn remember(&mut self, key: (Kind, String), document: &Object) {
        if self.shown.insert(key.clone(), document.clone()).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > OTHERS {
            if let Some(oldest) = self.order.pop_front() {
                self.shown.remove(&oldest);
            }
        }
    }
}

fn existence(kind: DifferenceKind) -> Difference {
    let (exists, gone) = (Value::from("exists"), Value::Null);
    let (expected, observed) = if kind == DifferenceKind::Missing { (exists, gone) } else { (gone, exists) };
    Difference { place: Place::Resource, kind, class: Class::Essential, expected, observed }
}

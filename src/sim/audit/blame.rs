//! Differences between what the target stores and what an ideal server stores after the same requests, and the first request that
//! the target did not honor. Pure.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::mistakes::{MISTAKES, Mistake, Seen};
use super::read::Shown;
use super::record::{Key, Record, Sent};
use crate::model::{Class, Comparison, Difference, DifferenceKind, Model, Observed, Place};
use crate::scim::attr::get;
use crate::scim::{Kind, Object};
use crate::sim::recorded::apply_with;
use crate::wire::{Method, id_text};

/// A difference for which the target is at fault.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) key: Key,
    pub(super) difference: Difference,
    /// The position in the record of the first request that was not honored.
    pub(super) request: Option<usize>,
    /// The mistake that explains it.
    pub(super) mistake: Option<&'static str>,
    /// The position in the record of the response that showed it, if it was so during the run.
    pub(super) shown_at: Option<usize>,
}

/// Compares a resource with the model.
pub(super) fn compare(model: &Model, key: &Key, shown: &Shown) -> Option<Comparison> {
    let observed = match shown {
        Shown::Document(document) => Observed::Shown(document),
        Shown::Gone => Observed::Gone,
    };
    match key.0 {
        Kind::User => model.compare_user(&key.1, observed),
        Kind::Group => model.compare_group(&key.1, observed),
    }
}

/// Returns true for a difference that changes access, a membership or a value. What the target never keeps is not one, nor
/// another form of the same value.
fn is_fault(difference: &Difference) -> bool {
    let of_id = difference.path().is_some_and(|path| path.name == "id");
    // A user that does not show `active` may be active, but a user that was deactivated must show it.
    let is_hidden = difference.path().is_some_and(|path| path.name == "active")
        && difference.observed.is_null()
        && difference.expected != false;
    let is_form = matches!(difference.kind, DifferenceKind::WrongType | DifferenceKind::LetterCase);
    difference.class >= Class::Wrong && !of_id && !is_hidden && !is_form
}

/// An ideal server after the requests as a server with the mistake performs them.
type World = (&'static Mistake, Model);

/// Finds the faults of the target, and the mistakes that explain them.
pub(super) struct Blame<'a> {
    record: &'a Record<'a>,
    model: &'a Model,
    shown: &'a BTreeMap<Key, Shown>,
    /// The servers of all mistakes. A sound target needs none.
    worlds: OnceCell<Vec<World>>,
    /// The mistake that explains all that was read.
    mistake_of_all: OnceCell<Option<&'static Mistake>>,
}

/// Returns the resources of which the target seems to store something else than the ideal server.
pub(super) fn doubted(model: &Model, shown: &BTreeMap<Key, Shown>) -> BTreeSet<Key> {
    shown.iter().filter(|(key, shown)| !agrees(model, key, shown)).map(|(key, _)| key.clone()).collect()
}

impl<'a> Blame<'a> {
    pub(super) const fn new(record: &'a Record<'a>, model: &'a Model, shown: &'a BTreeMap<Key, Shown>) -> Self {
        Self { record, model, shown, worlds: OnceCell::new(), mistake_of_all: OnceCell::new() }
    }

    /// Returns the faults in what was read after the last action, each with the mistake that explains it, or else with the first
    /// request that was not honored.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        for (key, shown) in self.shown {
            let differences = compare(self.model, key, shown).map(|compared| compared.differences).unwrap_or_default();
            for difference in differences.into_iter().filter(is_fault) {
                let mut fault = Fault { key: key.clone(), difference, request: None, mistake: None, shown_at: None };
                self.explain(&mut fault, shown);
                found.push(fault);
            }
        }
        found
    }

    /// Names the mistake that explains all that was read, or else the resource, with the first request that it concerns.
    fn explain(&self, fault: &mut Fault, shown: &Shown) {
        let of_one = || self.worlds().iter().find(|(_, world)| agrees(world, &fault.key, shown)).map(|(one, _)| *one);
        if let Some(mistake) = self.mistake_of_all().or_else(of_one) {
            fault.mistake = Some(mistake.clause);
            fault.request = first_of_mistake(self.record, self.model, mistake, &fault.key);
        }
        if fault.request.is_none() {
            fault.request = first_without_effect(self.record, self.record.sent.len(), self.model, fault, shown);
        }
    }

    /// Returns what responses showed during the run although the target had accepted something else, once for each attribute,
    /// with the mistake that explains it and all that was read.
    pub(super) fn faults_in_between(&self) -> Vec<Fault> {
        let mut found = in_between(self.record, self.model, None);
        if found.is_empty() {
            return found;
        }
        let Some(mistake) = self.mistake_of_all() else { return found };
        let rest = in_between(self.record, self.model, Some(mistake));
        let is_same =
            |one: &Fault, other: &Fault| one.key == other.key && one.difference.place == other.difference.place;
        for fault in found.iter_mut().filter(|fault| !rest.iter().any(|other| is_same(fault, other))) {
            fault.mistake = Some(mistake.clause);
            fault.request = first_of_mistake(self.record, self.model, mistake, &fault.key).or(fault.request);
        }
        found
    }

    fn worlds(&self) -> &[World] {
        let world = |mistake| (mistake, with_mistake(self.record, self.model, mistake));
        self.worlds.get_or_init(|| MISTAKES.iter().map(world).collect())
    }

    /// Returns the mistake that explains all that was read, and as much as possible of what responses showed during the run.
    fn mistake_of_all(&self) -> Option<&'static Mistake> {
        *self.mistake_of_all.get_or_init(|| {
            let explains = |(_, world): &&World| self.shown.iter().all(|(key, shown)| agrees(world, key, shown));
            let mistakes = self.worlds().iter().filter(explains).map(|(mistake, _)| *mistake);
            mistakes.min_by_key(|mistake| in_between(self.record, self.model, Some(mistake)).len())
        })
    }
}

/// Returns true if nothing shown of a resource contradicts this server, which may not know it.
fn agrees(world: &Model, key: &Key, shown: &Shown) -> bool {
    compare(world, key, shown).is_none_or(|compared| !compared.differences.iter().any(is_fault))
}

/// Returns the ideal server after the requests as a server with the mistake performs them.
fn with_mistake(record: &Record<'_>, model: &Model, mistake: &Mistake) -> Model {
    let mut world = Model::default();
    world.learn(model.evidence());
    record.sent.iter().for_each(|sent| apply_mistaken(&mut world, sent, mistake));
    world
}

/// Applies a request as a server with the mistake does.
fn apply_mistaken(world: &mut Model, sent: &Sent<'_>, mistake: &Mistake) {
    let request = &sent.exchange.request;
    let kind = [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == request.subject().0);
    let Some(kind) = kind.filter(|_| request.method != Method::Get && sent.exchange.may_have_arrived()) else {
        sent.apply(world);
        return;
    };
    let mut body = request.json().unwrap_or_default();
    let mut seen = Seen { kind, method: request.method, body: &mut body };
    if (mistake.edit)(&mut seen) {
        let method = seen.method;
        apply_with(world, sent.exchange, method, Some(&body).filter(|body| !body.is_null()));
    }
    let is_put_of_a_user = kind == Kind::User && request.method == Method::Put && sent.is_accepted();
    if let Some((_, id)) = sent.written().filter(|_| is_put_of_a_user && mistake.wipes_memberships) {
        world.leave_all_groups(&id);
    }
}

/// Returns the first request after which a server with the mistake stores something else of this resource.
fn first_of_mistake(record: &Record<'_>, model: &Model, mistake: &Mistake, key: &Key) -> Option<usize> {
    let (mut ideal, mut world) = (Model::default(), Model::default());
    ideal.learn(model.evidence());
    world.learn(model.evidence());
    record.sent.iter().position(|sent| {
        sent.apply(&mut ideal);
        apply_mistaken(&mut world, sent, mistake);
        ideal.expected(key.0, &key.1) != world.expected(key.0, &key.1)
    })
}

/// Returns the first write after the last one whose state the target shows. An attribute that the target lost is lost since the
/// first PUT, or else since the last write.
fn first_without_effect(
    record: &Record<'_>,
    before: usize,
    model: &Model,
    fault: &Fault,
    shown: &Shown,
) -> Option<usize> {
    let mut ideal = Model::default();
    ideal.learn(model.evidence());
    let (mut first, mut all) = (None, Vec::new());
    for (position, sent) in record.sent.iter().enumerate().take(before) {
        sent.apply(&mut ideal);
        if sent.written().as_ref() != Some(&fault.key) || !sent.is_accepted() {
            continue;
        }
        let compared = compare(&ideal, &fault.key, shown).map(|compared| compared.differences).unwrap_or_default();
        let differs = compared.iter().any(|one| one.place == fault.difference.place);
        first = if differs { first.or(Some(position)) } else { None };
        all.push(position);
    }
    let is_lost = fault.difference.kind == DifferenceKind::Missing && fault.difference.path().is_some();
    let is_put =
        |position: &&usize| record.sent.get(**position).is_some_and(|sent| sent.exchange.request.method == Method::Put);
    let put = all.iter().find(is_put).or(all.last()).copied();
    if is_lost { put } else { first.or(all.last().copied()) }
}

/// Returns what responses showed during the run although the target had accepted something else, once for each attribute: in
/// comparison with an ideal server, or with one that has the mistake. A list shows a part of a resource, so only `active` is
/// compared with it.
fn in_between(record: &Record<'_>, model: &Model, mistake: Option<&Mistake>) -> Vec<Fault> {
    let (mut ideal, mut found): (Model, Vec<Fault>) = (Model::default(), Vec::new());
    ideal.learn(model.evidence());
    for (position, sent) in record.sent.iter().enumerate() {
        let is_whole = sent.exchange.request.subject().1.is_some();
        for (key, shown) in shown_by(sent) {
            let shown = Shown::Document(shown);
            let differences = compare(&ideal, &key, &shown).map(|compared| compared.differences);
            for difference in differences.into_iter().flatten().filter(is_fault) {
                let is_access = difference.place.to_string() == "active" && !difference.observed.is_null();
                let is_known = found.iter().any(|one| one.key == key && one.difference.place == difference.place);
                if is_known || !(is_whole || is_access) {
                    continue;
                }
                let (key, mistake, shown_at) = (key.clone(), None, Some(position));
                let mut fault = Fault { key, difference, request: None, mistake, shown_at };
                fault.request = first_without_effect(record, position, &ideal, &fault, &shown);
                found.push(fault);
            }
        }
        match mistake {
            Some(mistake) => apply_mistaken(&mut ideal, sent, mistake),
            None => sent.apply(&mut ideal),
        }
    }
    found
}

/// Returns the users or groups that the response to a GET shows.
pub(super) fn shown_by(sent: &Sent<'_>) -> Vec<(Key, Object)> {
    let request = &sent.exchange.request;
    let kind = [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == request.subject().0);
    let Some(kind) = kind.filter(|_| request.method == Method::Get && sent.is_accepted()) else { return Vec::new() };
    let Some(Value::Object(body)) = sent.exchange.json() else { return Vec::new() };
    let listed = get(&body, "Resources").and_then(Value::as_array).cloned();
    let resources = listed.unwrap_or_else(|| vec![Value::Object(body)]);
    let resource = |resource: Value| match resource {
        Value::Object(resource) => Some(((kind, id_text(get(&resource, "id")?)?), resource)),
        _ => None,
    };
    resources.into_iter().filter_map(resource).collect()
}

impl Fault {
    /// Returns true if the difference is about the existence of the resource.
    pub(super) fn is_about_existence(&self) -> bool {
        self.difference.place == Place::Resource
    }
}

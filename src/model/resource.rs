//! One resource: the states that it may be in, and what the target has shown of it.

use std::collections::BTreeSet;

use super::compare::{Divergences, compare};
use super::document::Leaves;
use super::evidence::{Evidence, History};
use super::exchange::Effect;
use super::members::shown_members;
use super::state::{State, Subject};
use crate::scim::{Kind, Object};

/// The states that are kept after writes without a response. More are not distinguished: nothing is expected then.
const STATES: usize = 8;

/// A resource that a request of the run has written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TrackedResource {
    /// The possible states; several after a write without a response.
    pub(super) states: Vec<State>,
    pub(super) history: History,
}

/// A write of one resource.
#[derive(Debug, Clone, Copy)]
pub(super) enum Write<'a> {
    Create(&'a Object),
    Replace(&'a Object),
    Patch(&'a Object),
    Delete,
}

impl TrackedResource {
    pub(super) fn new(state: State) -> Self {
        Self { states: vec![state], history: History::default() }
    }

    /// Returns the state that the requests lead to; the one without the unanswered writes if there are several.
    pub(super) fn state(&self) -> Option<&State> {
        self.states.first()
    }

    /// Applies a write as far as it had an effect.
    pub(super) fn write(&mut self, subject: Subject<'_>, write: Write<'_>, effect: Effect) {
        if effect == Effect::Rejected {
            return;
        }
        let before = self.leaves(subject);
        let mut after = self.states.clone();
        for (index, state) in after.iter_mut().enumerate() {
            self.history.earlier_members.extend(state.members.present.keys().cloned());
            match write {
                Write::Create(body) => *state = State::created(subject, body),
                Write::Patch(body) => state.patch(subject, body),
                Write::Delete => state.exists = false,
                Write::Replace(body) => {
                    let hidden = state.replace(subject, body, self.history.last_get.as_ref());
                    if index == 0 && effect == Effect::Applied {
                        self.history.hidden.extend(hidden.into_iter().map(|one| (one.key.clone(), one)));
                    }
                }
            }
        }
        if effect == Effect::Applied {
            self.states.clear();
        }
        for state in after {
            if !self.states.contains(&state) {
                self.states.push(state);
            }
        }
        if self.states.len() > STATES {
            self.states = vec![State { exists: true, ..State::default() }];
        }
        let after = self.leaves(subject);
        self.history.record_write(&before, &after);
    }

    fn leaves(&self, subject: Subject<'_>) -> Leaves {
        self.state().map(|state| subject.leaves(&state.document)).unwrap_or_default()
    }

    /// Records what a response shows. `get` is set for a GET and a list, `whole` for a GET of the whole resource.
    pub(super) fn show(
        &mut self,
        subject: Subject<'_>,
        document: &Object,
        evidence: &mut Evidence,
        (get, whole): (bool, bool),
    ) {
        let members = shown_members(document);
        self.history.shown_members.extend(members.iter().flatten().cloned());
        for state in &mut self.states {
            let found = compare(subject.kind, subject.schemas, &state.document, document);
            record(subject, state, &found, evidence, (get, whole));
            self.history.matched.extend(found.agreed);
            if get && subject.kind == Kind::Group {
                // A list may repeat the request that wrote the group, so it proves nothing about members.
                let shown = whole && members.as_ref().is_some_and(|members| !members.is_empty());
                evidence.record_members(shown, whole && !state.members.present.is_empty());
            }
            if let (true, Some(members)) = (whole && evidence.shows_members(), &members) {
                state.members.learn(members);
            }
        }
        if whole {
            self.history.gone = false;
            self.settle(subject, document, &members.unwrap_or_default());
            self.history.last_get = Some(subject.leaves(document));
        }
    }

    /// Keeps only the states that a GET confirms, if there are any.
    fn settle(&mut self, subject: Subject<'_>, document: &Object, members: &BTreeSet<String>) {
        if self.states.len() < 2 {
            return;
        }
        let confirmed = |state: &State| {
            let expected: BTreeSet<String> = state.members.present.keys().cloned().collect();
            state.exists
                && compare(subject.kind, subject.schemas, &state.document, document).differing.is_empty()
                && (subject.kind == Kind::User || expected == *members)
        };
        if self.states.iter().any(confirmed) {
            self.states.retain(confirmed);
        }
    }

    /// Records that a GET found no resource.
    pub(super) fn show_gone(&mut self) {
        self.history.gone = true;
        if self.states.iter().any(|state| !state.exists) {
            self.states.retain(|state| !state.exists);
        }
    }
}

fn record(
    subject: Subject<'_>,
    state: &State,
    found: &Divergences,
    evidence: &mut Evidence,
    (get, whole): (bool, bool),
) {
    if get {
        evidence.record_kept(subject.kind, found);
    }
    if whole {
        evidence.record_get(subject.kind, found);
        for (key, leaf) in subject.leaves(&state.document) {
            if !state.learned.contains(&key) {
                evidence.record_sent(subject.kind, &key, &leaf.path);
            }
        }
        // A sub-attribute of an element that is missing is an attribute of its own.
        for one in found.differing.iter().filter(|one| one.path.sub.is_some()) {
            evidence.record_sent(subject.kind, &one.key, &one.path);
        }
    }
}

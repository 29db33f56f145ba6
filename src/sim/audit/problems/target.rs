//! Problems for which the target is at fault: it accepted a request and does not store what it says. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::blame::{Fault, shown_by};
use super::super::causes::Cause;
use super::super::holes;
use super::super::read::Shown;
use super::super::record::Key;
use super::{Problems, all_members_of, members_of};
use crate::model::{DifferenceKind, Model, Place};
use crate::report::{AuditFault, AuditKind, AuditProblem};
use crate::scim::Kind;
use crate::wire::Method;

fn explanation(mistake: &str) -> String {
    format!("This mistake of the target would explain it: {mistake}.")
}

impl Problems<'_> {
    /// Adds what the target does not store although the target accepted the requests.
    pub(in crate::sim::audit) fn of_target(&mut self, faults: Vec<Fault>, model: &Model) {
        let mut by_key: BTreeMap<Key, Vec<Fault>> = BTreeMap::new();
        for fault in faults {
            by_key.entry(fault.key.clone()).or_default().push(fault);
        }
        for (key, faults) in by_key {
            let (existence, rest): (Vec<Fault>, Vec<Fault>) = faults.into_iter().partition(Fault::is_about_existence);
            if let Some(fault) = existence.first() {
                self.existence(&key, fault);
                continue;
            }
            let (members, rest): (Vec<Fault>, Vec<Fault>) =
                rest.into_iter().partition(|fault| matches!(fault.difference.place, Place::Member(_)));
            let (active, rest): (Vec<Fault>, Vec<Fault>) =
                rest.into_iter().partition(|fault| fault.difference.place.to_string() == "active");
            if let Some(fault) = active.first() {
                self.active(&key, fault);
            }
            if !members.is_empty() {
                self.members(&key, &members, model);
            }
            if !rest.is_empty() {
                self.attributes(&key, &rest);
            }
        }
    }

    fn existence(&mut self, key: &Key, fault: &Fault) {
        let named = self.named(key);
        let problem = if fault.difference.kind == DifferenceKind::Missing {
            let sentence = format!("{named} is not on the target, although no accepted request deleted it.");
            AuditProblem {
                kind: AuditKind::Missing,
                sentence,
                expected: "exists".into(),
                actual: "404".into(),
                ..self.bare(key)
            }
        } else {
            let sentence = format!("{named} is still on the target, although the target accepted the deletion.");
            AuditProblem {
                kind: AuditKind::NotDeleted,
                sentence,
                expected: "404".into(),
                actual: "exists".into(),
                ..self.bare(key)
            }
        };
        self.blame(problem, &[fault]);
    }

    fn active(&mut self, key: &Key, fault: &Fault) {
        let named = self.named(key);
        let (kind, sentence) = if fault.difference.expected == false {
            let shown = if fault.difference.observed.is_null() { "not shown as inactive" } else { "active" };
            (
                AuditKind::StillActive,
                format!("{named} is {shown} on the target, although the target accepted the deactivation."),
            )
        } else {
            (
                AuditKind::Inactive,
                format!(
                    "{named} is inactive on the target, although the target accepted requests that make the user active."
                ),
            )
        };
        let (expected, actual) = (fault.difference.expected.to_string(), fault.difference.observed.to_string());
        let problem = AuditProblem { kind, part: "active".into(), sentence, expected, actual, ..self.bare(key) };
        self.blame(problem, &[fault]);
    }

    fn members(&mut self, key: &Key, faults: &[Fault], model: &Model) {
        let of = |is_missing: bool| {
            let of_kind =
                faults.iter().filter(|fault| (fault.difference.kind == DifferenceKind::Missing) == is_missing);
            let ids = of_kind.filter_map(|fault| match &fault.difference.place {
                Place::Member(id) => Some(id.as_str()),
                _ => None,
            });
            let mut names: Vec<String> = ids.map(|id| self.person(id)).collect();
            names.sort();
            names
        };
        let (missing, extra) = (of(true), of(false));
        let part = |words: &str, names: &[String]| (!names.is_empty()).then(|| format!("{words} {}", names.join(", ")));
        let parts: Vec<String> =
            [part("missing", &missing), part("not removed", &extra)].into_iter().flatten().collect();
        let sentence = format!("{} has the wrong members on the target: {}.", self.named(key), parts.join("; "));
        let expected = holes::members(model, &key.1).unwrap_or_default();
        let shown = match self.reading.shown.get(key) {
            Some(Shown::Document(group)) => members_of(group),
            _ => BTreeSet::new(),
        };
        let names = |ids: &BTreeSet<String>| {
            let mut names: Vec<String> = ids.iter().filter(|id| self.is_ours(id)).map(|id| self.person(id)).collect();
            names.sort();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let problem = AuditProblem {
            kind: AuditKind::Members,
            part: "members".into(),
            sentence,
            expected: names(&expected),
            actual: names(&shown),
            ..self.bare(key)
        };
        self.blame(problem, &faults.iter().collect::<Vec<_>>());
    }

    fn attributes(&mut self, key: &Key, faults: &[Fault]) {
        let text = |value: &Value| if value.is_null() { "none".to_owned() } else { value.to_string() };
        let list = |of: &dyn Fn(&Fault) -> String| faults.iter().map(of).collect::<Vec<_>>().join("; ");
        let part = faults.iter().map(|fault| fault.difference.place.to_string()).collect::<Vec<_>>().join(", ");
        let expected = list(&|fault| format!("{}: {}", fault.difference.place, text(&fault.difference.expected)));
        let actual = list(&|fault| format!("{}: {}", fault.difference.place, text(&fault.difference.observed)));
        let named = self.named(key);
        let sentence = format!("{named} has {actual} on the target, although the target accepted {expected}.");
        let problem = AuditProblem { kind: AuditKind::Attribute, part, sentence, expected, actual, ..self.bare(key) };
        self.blame(problem, &faults.iter().collect::<Vec<_>>());
    }

    /// Adds a problem for which the target is at fault, with its first request.
    fn blame(&mut self, problem: AuditProblem, faults: &[&Fault]) {
        let first = faults.iter().filter(|fault| fault.request.is_some()).min_by_key(|fault| fault.request);
        let sent = first.and_then(|fault| self.record.sent.get(fault.request?));
        let why = first.and_then(|fault| fault.mistake).map(explanation);
        let problem = AuditProblem {
            since: sent.map(|sent| self.record.moment(sent.action)),
            request: sent.map(|sent| self.record.request_with(sent, &problem.part)),
            shows: problem.id.as_ref().and_then(|id| {
                let kind = if problem.of == "user" { Kind::User } else { Kind::Group };
                self.shows(&(kind, id.clone()), &problem.part)
            }),
            why: why.unwrap_or_default(),
            ..problem
        };
        self.found.push(problem);
    }

    /// Adds what responses showed during the run, unless the target still shows it because of the same request.
    pub(in crate::sim::audit) fn of_target_during_the_run(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let at = |position: Option<usize>| self.record.sent.get(position?);
            let (Some(request), Some(seen)) = (at(fault.request), at(fault.shown_at)) else { continue };
            let part = match &fault.difference.place {
                Place::Member(_) => "members".to_owned(),
                place => place.to_string(),
            };
            let request = self.record.request_with(request, &part);
            let shows = shown_by(seen).into_iter().find(|(key, _)| *key == fault.key);
            let shows = shows.map(|(_, shown)| self.excerpt(shown, &part));
            let is_access = part == "active" && fault.difference.expected == false;
            let is_known = |one: &AuditProblem| {
                let same = one.part == part || (one.kind == AuditKind::Attribute && one.part.contains(&part));
                let earlier = one.request.as_ref().is_some_and(|known| known.moment.action <= request.moment.action);
                same && earlier && one.id.as_ref() == Some(&fault.key.1)
            };
            if self.found.iter().any(is_known) {
                continue;
            }
            let named = self.named(&fault.key);
            let text = |value: &Value| match value {
                Value::Null => "none".to_owned(),
                Value::String(id) if part == "members" => self.person(id),
                value => value.to_string(),
            };
            let (expected, actual) = (text(&fault.difference.expected), text(&fault.difference.observed));
            let sentence = if is_access {
                format!("{named} was still active after the target had accepted the deactivation.")
            } else if part == "members" && fault.difference.observed.is_null() {
                format!("{named} lacked the member {expected} after the target had accepted the addition.")
            } else if part == "members" {
                format!("{named} still had the member {actual} after the target had accepted the removal.")
            } else {
                let named = self.named_after("the", &fault.key);
                format!(
                    "The target showed another value of {named} than it had accepted: {part} was {actual}, instead of {expected}."
                )
            };
            let kind = match part.as_str() {
                "active" if is_access => AuditKind::StillActive,
                "active" => AuditKind::Inactive,
                "members" => AuditKind::Members,
                _ => AuditKind::Attribute,
            };
            let (since, until) = (Some(request.moment.clone()), Some(self.record.moment(seen.action)));
            let (request, why) = (Some(request), fault.mistake.map(explanation).unwrap_or_default());
            let bare = self.bare(&fault.key);
            let problem =
                AuditProblem { kind, part, sentence, expected, actual, since, until, request, shows, why, ..bare };
            self.found.push(problem);
        }
    }

    /// Adds members that a group lists more than once.
    pub(in crate::sim::audit) fn repeated_members(&mut self) {
        for (key, shown) in self.reading.shown.iter().filter(|(key, _)| key.0 == Kind::Group) {
            let Shown::Document(group) = shown else { continue };
            let mut listed: Vec<String> = all_members_of(group);
            listed.sort();
            let repeated = listed.windows(2).filter(|pair| matches!(pair, [one, other] if one == other));
            let repeated: BTreeSet<&String> =
                repeated.filter_map(|pair| pair.first()).filter(|id| self.is_ours(id)).collect();
            let Some(first) = repeated.first() else { continue };
            let names: Vec<String> = repeated.iter().map(|id| self.person(id)).collect();
            let names_it = |body: &Value| body.to_string().contains(&Value::from(first.as_str()).to_string());
            let of_group =
                self.record.sent.iter().filter(|sent| sent.is_accepted() && sent.written().as_ref() == Some(key));
            let naming = of_group.filter(|sent| sent.exchange.request.json().as_ref().is_some_and(names_it));
            // The first request added the member, and the second one added it again.
            let sent = naming.take(2).last();
            let problem = AuditProblem {
                kind: AuditKind::Duplicate,
                part: "members".into(),
                sentence: format!(
                    "{} lists members more than once on the target: {}.",
                    self.named(key),
                    names.join(", ")
                ),
                expected: "each member once".into(),
                actual: names.join(", "),
                since: sent.map(|sent| self.record.moment(sent.action)),
                request: sent.map(|sent| self.record.request_with(sent, "members")),
                shows: self.shows(key, "members"),
                ..self.bare(key)
            };
            self.found.push(problem);
        }
    }

    /// Adds resources that the run created under one name.
    pub(in crate::sim::audit) fn duplicates(&mut self, model: &Model) {
        let created = self.record.created();
        for ((kind, name), found) in &self.reading.named {
            let is_ours = |id: &&String| created.contains(&(*kind, (*id).clone()));
            let is_there = |id: &&String| model.expected(*kind, id).is_some();
            let ids: Vec<&String> = found.keys().filter(is_ours).filter(is_there).collect();
            let [first, .., last] = ids.as_slice() else { continue };
            let sent = self.record.sent.iter().rev().find(|sent| {
                sent.exchange.request.method == Method::Post && sent.written().is_some_and(|key| ids.contains(&&key.1))
            });
            let (of, attribute) = if *kind == Kind::User { ("users", "userName") } else { ("groups", "displayName") };
            let shown = ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            // A name of a group need not be unique. With a list of its own, Okta does not look the name up.
            let is_cached =
                *kind == Kind::Group && self.agent.org().apps().iter().any(|app| app.known_groups.is_some());
            let fault = if is_cached { AuditFault::Okta } else { AuditFault::Target };
            let cause = is_cached.then_some(Cause::CachedGroups);
            let why = cause.map_or(
                "Okta looked the name up before it created the second one, and the lookup did not find the first one.",
                Cause::why,
            );
            let key = (*kind, (*last).clone());
            let name = self.record.name_of(&(*kind, (*first).clone())).unwrap_or_else(|| name.clone());
            let problem = AuditProblem {
                fault,
                kind: AuditKind::Duplicate,
                name: name.clone(),
                part: attribute.into(),
                sentence: format!(
                    "{} {of} that Okta created on the target have the {attribute} {name}: {shown}.",
                    ids.len()
                ),
                expected: "1".into(),
                actual: ids.len().to_string(),
                since: sent.map(|sent| self.record.moment(sent.action)),
                request: sent.map(|sent| self.record.request(sent)),
                why: why.to_owned(),
                habit: cause.and_then(Cause::name),
                sources: cause.map(Cause::sources).unwrap_or_default(),
                ..self.bare(&key)
            };
            self.found.push(problem);
        }
    }
}

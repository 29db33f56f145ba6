//! Problems in plain sentences: what is wrong, since when, and the first request that failed or was not honored. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::links::Links;
use super::read::{Reading, Shown};
use super::record::{Key, Record};
use crate::model::{Membership, Model};
use crate::okta::Agent;
use crate::report::text::decisive_part;
use crate::report::{AuditFault, AuditKind, AuditProblem};
use crate::scim::attr::get;
use crate::scim::{Kind, Object};
use crate::sim::Scenario;
use crate::wire::id_text;

mod attributes;
mod lookups;
mod okta;
mod target;

/// Collects the problems of one audit.
pub(super) struct Problems<'a> {
    scenario: &'a Scenario,
    agent: &'a Agent,
    record: &'a Record<'a>,
    links: &'a Links,
    reading: &'a Reading,
    found: Vec<AuditProblem>,
}

impl<'a> Problems<'a> {
    pub(super) const fn new(
        scenario: &'a Scenario,
        agent: &'a Agent,
        record: &'a Record<'a>,
        links: &'a Links,
        reading: &'a Reading,
    ) -> Self {
        Self { scenario, agent, record, links, reading, found: Vec::new() }
    }

    /// Returns the problems in the order of the actions, those of the target first, and what could not be judged.
    pub(super) fn finish(mut self, model: &Model) -> (Vec<AuditProblem>, Vec<String>) {
        let begin = |one: &AuditProblem| {
            let request = one.request.as_ref().map(|request| request.moment.action);
            request.or(one.since.as_ref().map(|since| since.action)).unwrap_or(usize::MAX)
        };
        self.found.sort_by_key(|one| {
            (one.fault, begin(one), one.kind != AuditKind::Lookup, one.of.clone(), one.name.clone(), one.kind)
        });
        let mut unknown = self.reading.unknown.clone();
        unknown.extend(self.not_shown(model));
        (self.found, unknown)
    }

    /// Says which parts the target does not show.
    fn not_shown(&self, model: &Model) -> Vec<String> {
        let mut unknown = Vec::new();
        let expects_members = |id: &str| super::holes::members(model, id).is_some_and(|members| !members.is_empty());
        let is_hidden = |(key, shown): (&Key, &Shown)| {
            key.0 == Kind::Group
                && expects_members(&key.1)
                && super::blame::compare(model, key, shown)
                    .is_some_and(|found| found.membership == Membership::NotObserved)
        };
        if self.reading.shown.iter().any(is_hidden) {
            unknown.push("memberships are unknown, because the target shows no members of groups".to_owned());
        }
        let is_active = |id: &str| {
            model.expected(Kind::User, id).is_none_or(|user| user.get("active") != Some(&Value::Bool(false)))
        };
        let has_no_active = |(key, shown): (&Key, &Shown)| match shown {
            Shown::Document(user) => {
                key.0 == Kind::User && get(user, "active").is_none_or(Value::is_null) && is_active(&key.1)
            }
            Shown::Gone => false,
        };
        let count = self.reading.shown.iter().filter(|one| has_no_active(*one)).count();
        if count > 0 {
            let users = crate::base::counted(count, "user");
            unknown.push(format!("the access of {users} is unknown, because the target does not show `active`"));
        }
        unknown
    }

    /// Returns what the problems of a resource have in common.
    fn bare(&self, key: &Key) -> AuditProblem {
        AuditProblem {
            fault: AuditFault::Target,
            kind: AuditKind::Attribute,
            of: if key.0 == Kind::User { "user" } else { "group" }.to_owned(),
            name: self.name(key),
            id: Some(key.1.clone()),
            part: String::new(),
            sentence: String::new(),
            expected: String::new(),
            actual: String::new(),
            since: None,
            until: None,
            request: None,
            shows: None,
            why: String::new(),
            habit: None,
            sources: Vec::new(),
        }
    }

    /// Returns the part of a resource that the target shows now. Of the members only those that Okta knows or has written.
    fn shows(&self, key: &Key, part: &str) -> Option<String> {
        match self.reading.shown.get(key)? {
            Shown::Document(document) => Some(self.excerpt(document.clone(), part)),
            Shown::Gone => Some("404".to_owned()),
        }
    }

    fn excerpt(&self, mut document: Object, part: &str) -> String {
        let is_ours = |member: &Value| {
            let id = member.as_object().and_then(|member| id_text(get(member, "value")?));
            id.is_some_and(|id| self.is_ours(&id))
        };
        for (_, members) in document.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("members")) {
            if let Some(members) = members.as_array_mut() {
                members.retain(is_ours);
            }
        }
        decisive_part(&Value::Object(document), part)
    }

    /// Returns the key of the person, or the name of the group.
    fn name(&self, key: &Key) -> String {
        match key.0 {
            Kind::User => self.person(&key.1),
            Kind::Group => {
                let pushed = self.links.groups.iter().find(|group| group.id.as_ref() == Some(&key.1));
                let name = pushed.map(|group| group.name.clone());
                name.or_else(|| self.record.name_of(key)).unwrap_or_else(|| key.1.clone())
            }
        }
    }

    /// Names a resource at the beginning of a sentence.
    fn named(&self, key: &Key) -> String {
        self.named_after("The", key)
    }

    /// Names a resource, with an article before a user that several people have: `the user of ada and ben`.
    fn named_after(&self, article: &str, key: &Key) -> String {
        let name = self.name(key);
        match key.0 {
            Kind::User if self.links.people(&key.1).len() > 1 => format!("{article} user of {name}"),
            Kind::User => name,
            Kind::Group => format!("Group \"{name}\""),
        }
    }

    /// Returns the key of the person with this user.
    fn person(&self, id: &str) -> String {
        let people: Vec<&str> = self.links.people(id).into_iter().collect();
        if people.is_empty() {
            return self.record.name_of(&(Kind::User, id.to_owned())).unwrap_or_else(|| id.to_owned());
        }
        people.join(" and ")
    }

    /// Returns true if Okta knows the user or has written it.
    fn is_ours(&self, id: &str) -> bool {
        self.links.accounts.contains_key(id) || self.record.name_of(&(Kind::User, id.to_owned())).is_some()
    }
}

/// Returns the IDs of a group's members, each once.
fn members_of(group: &Object) -> BTreeSet<String> {
    all_members_of(group).into_iter().collect()
}

/// Returns the IDs of a group's members as it lists them.
fn all_members_of(group: &Object) -> Vec<String> {
    let members = get(group, "members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| id_text(get(member.as_object()?, "value")?)).collect()
}

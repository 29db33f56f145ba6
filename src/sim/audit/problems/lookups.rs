//! Lookups that returned resources of another name, and what they led to: the target is at fault. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::super::causes::Cause;
use super::super::holes::Hole;
use super::super::lookups::{WrongLookup, WrongLookups};
use super::super::record::Key;
use super::Problems;
use crate::base::counted;
use crate::report::{AuditFault, AuditKind, AuditProblem};
use crate::scim::Kind;

/// The number of names in a sentence.
const MOST_NAMES: usize = 3;

impl Problems<'_> {
    /// Adds the first wrong lookup of users and of groups, and the holes that wrong lookups led to.
    pub(in crate::sim::audit) fn wrong_lookups(
        &mut self,
        wrong: &WrongLookups,
        misled: &BTreeSet<Hole>,
        begun: &BTreeMap<Hole, usize>,
    ) {
        for kind in [Kind::User, Kind::Group] {
            let of_kind: Vec<&WrongLookup> = wrong.all.iter().filter(|one| one.kind == kind).collect();
            let problem = of_kind.first().and_then(|first| self.wrong_lookup(first, of_kind.len() - 1, wrong));
            self.found.extend(problem);
        }
        for hole in misled {
            let is_attribute = matches!(hole, Hole::Attribute { .. });
            let lookup = self.misled_by(hole, wrong).and_then(|one| self.record.sent.get(one.position));
            let Some(sent) = lookup.filter(|_| !is_attribute && !self.is_closed(hole)) else { continue };
            let since = begun.get(hole).copied().unwrap_or(sent.action);
            let problem = AuditProblem {
                fault: AuditFault::Target,
                since: Some(self.record.moment(since)),
                request: Some(self.record.request(sent)),
                why: "The lookup returned a resource of another name, and Okta relies on it.".to_owned(),
                ..self.described(hole, Cause::Unrecorded)
            };
            self.found.push(problem);
        }
    }

    /// Returns the wrong lookup that led to a hole: it made two people or two groups share a resource, or returned several.
    pub(in crate::sim::audit) fn misled_by<'b>(&self, hole: &Hole, wrong: &'b WrongLookups) -> Option<&'b WrongLookup> {
        let leading_to = |kind: Kind, id: &String| {
            let key = (kind, id.clone());
            wrong.leading_to(&key).filter(|_| self.sharers(&key).len() > 1)
        };
        match hole {
            Hole::StillActive { id } | Hole::Inactive { id } | Hole::Attribute { id, .. } => leading_to(Kind::User, id),
            Hole::Extra { group, member } | Hole::Lacks { group, member } => {
                leading_to(Kind::Group, group).or_else(|| leading_to(Kind::User, member))
            }
            Hole::NotDeleted { group } => leading_to(Kind::Group, group),
            Hole::NoAccount { app, person } => {
                let org = self.agent.org();
                wrong.of_name(Kind::User, &org.user_name(org.app(app).ok()?, org.person_id(person).ok()?))
            }
            Hole::NotPushed { name, .. } => wrong.of_name(Kind::Group, name),
        }
    }

    /// Returns the people of one app that have a user, or the groups that are pushed to a group, if there are several.
    fn sharers(&self, (kind, id): &Key) -> BTreeSet<&str> {
        let mut by_app: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        match kind {
            Kind::User => {
                for account in self.links.accounts.get(id).into_iter().flatten() {
                    by_app.entry(&account.app).or_default().insert(&account.person);
                }
            }
            Kind::Group => {
                for group in self.links.groups.iter().filter(|group| group.id.as_ref() == Some(id)) {
                    by_app.entry(&group.app).or_default().insert(&group.name);
                }
            }
        }
        by_app.into_values().filter(|sharers| sharers.len() > 1).flatten().collect()
    }

    fn wrong_lookup(&self, first: &WrongLookup, more: usize, wrong: &WrongLookups) -> Option<AuditProblem> {
        let sent = self.record.sent.get(first.position)?;
        let (attribute, value) = (&first.lookup.attribute, &first.lookup.value);
        let of = if first.kind == Kind::User { "user" } else { "group" };
        // Others in the tenant are counted, never named.
        let known = first.others.iter().filter(|(key, _)| self.is_known(key));
        let names = known.clone().filter_map(|(_, resource)| crate::scim::attr::get(resource, attribute)?.as_str());
        let names: Vec<String> = names.take(MOST_NAMES).map(|name| format!("{name:?}")).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        let count = counted(first.others.len(), of);
        let more = match more {
            0 => String::new(),
            more => format!(" So did {} of other names.", counted(more, "lookup")),
        };
        let actual = format!("{count} with another {attribute}");
        let id = known.map(|(key, _)| key.1.clone()).next();
        Some(AuditProblem {
            kind: AuditKind::Lookup,
            name: value.clone(),
            part: attribute.clone(),
            sentence: format!("The lookup of {attribute} {value:?} returned {actual}{names}.{more}"),
            expected: format!("only {of}s whose {attribute} is {value:?}"),
            actual,
            since: Some(self.record.moment(sent.action)),
            request: Some(self.record.request(sent)),
            why: self.effect_of_lookups(first.kind, wrong),
            id,
            ..self.bare(&(first.kind, String::new()))
        })
    }

    /// Says what Okta does with a wrong match, and who shares a user or a group because of it.
    fn effect_of_lookups(&self, kind: Kind, wrong: &WrongLookups) -> String {
        let (subject, of) = match kind {
            Kind::User => ("a person to the only user", "user"),
            Kind::Group => ("a pushed group to the only group", "group"),
        };
        let keys = wrong.all.iter().filter(|one| one.kind == kind).flat_map(|one| &one.others).map(|(key, _)| key);
        let keys: BTreeSet<&Key> = keys.filter(|key| wrong.leading_to(key).is_some()).collect();
        let shared = keys.into_iter().map(|key| self.sharers(key)).filter(|sharers| sharers.len() > 1);
        let sentences = shared.take(MOST_NAMES).map(|sharers| {
            let quoted = |name: &&str| if kind == Kind::User { (*name).to_owned() } else { format!("{name:?}") };
            let names: Vec<String> = sharers.iter().map(quoted).collect();
            format!(" These have one {of} on the target: {}.", names.join(", "))
        });
        let sentences: String = sentences.collect();
        format!("Okta links {subject} that a lookup returns, and stops if there are several.{sentences}")
    }

    /// Returns true if Okta knows the user or group or has written it.
    fn is_known(&self, key: &Key) -> bool {
        let is_pushed = || self.links.groups.iter().any(|group| group.id.as_ref() == Some(&key.1));
        match key.0 {
            Kind::User => self.is_ours(&key.1),
            Kind::Group => is_pushed() || self.record.name_of(key).is_some(),
        }
    }
}

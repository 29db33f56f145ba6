//! Okta's own holes: differences between the company's wish and an ideal server that received Okta's requests. Pure.
//!
//! They are compared after each action, so that a hole has the action since which it is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::attributes::lags;
use super::links::{Account, Link, Links, Wish, wish};
use super::record::Record;
use crate::model::Model;
use crate::okta::action::Action;
use crate::okta::{Habits, Org};
use crate::report::Verdict;
use crate::scim::Kind;
use crate::sim::{PlayedEntry, Scenario};

/// The number of comparisons of an account with an action, beyond which the beginnings of holes are not searched for.
const COMPARISONS: usize = 1_000_000;

/// A hole. The IDs are those of the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hole {
    StillActive {
        id: String,
    },
    Inactive {
        id: String,
    },
    /// A person who should have access has no user that Okta knows.
    NoAccount {
        app: String,
        person: String,
    },
    /// A pushed group has a member that it should not have.
    Extra {
        group: String,
        member: String,
    },
    /// A pushed group lacks a member.
    Lacks {
        group: String,
        member: String,
    },
    /// A pushed group was not created.
    NotPushed {
        app: String,
        name: String,
    },
    /// The deletion of a group failed.
    NotDeleted {
        group: String,
    },
    /// Okta has another value of an attribute.
    Attribute {
        id: String,
        path: String,
    },
}

/// The knowledge from which holes follow, beside the org and the ideal server.
pub(super) struct Basis<'a> {
    pub(super) links: &'a Links,
    /// The groups whose deletion failed.
    pub(super) undeleted: &'a BTreeSet<String>,
    /// The names of pushed groups at the time of the comparison, by their names after the last action.
    pub(super) names: &'a BTreeMap<String, String>,
}

/// Returns the holes.
pub(super) fn holes(org: &Org, model: &Model, basis: &Basis<'_>) -> BTreeSet<Hole> {
    let mut found = BTreeSet::new();
    for (id, accounts) in &basis.links.accounts {
        let wish = accounts.iter().map(|account| wish(org, &account.app, &account.person)).max();
        match (active(model, id), wish) {
            (Some(true), Some(Wish::None | Wish::Suspended)) => found.insert(Hole::StillActive { id: id.clone() }),
            (Some(false), Some(Wish::Access)) => found.insert(Hole::Inactive { id: id.clone() }),
            _ => false,
        };
    }
    let lacking = basis.links.without.iter().filter(|(app, person)| wish(org, app, person) == Wish::Access);
    found.extend(lacking.map(|(app, person)| Hole::NoAccount { app: app.clone(), person: person.clone() }));
    for pushed in &basis.links.groups {
        let name = basis.names.get(&pushed.name).unwrap_or(&pushed.name);
        let (Ok(app), Ok(group)) = (org.app(&pushed.app), org.group(name)) else { continue };
        if org.push(app, name).is_none() {
            continue;
        }
        let Some(id) = &pushed.id else {
            found.insert(Hole::NotPushed { app: pushed.app.clone(), name: pushed.name.clone() });
            continue;
        };
        let Some(have) = members(model, id) else { continue };
        let wanted = group.members.iter().map(|person| org.key(*person));
        let wanted = wanted.filter(|person| wish(org, &pushed.app, person) != Wish::None);
        let wanted: BTreeSet<&str> = wanted.filter_map(|person| basis.links.id_of(&pushed.app, person)).collect();
        let is_known = |member: &&String| basis.links.accounts.contains_key(*member);
        let extra = have.iter().filter(is_known).filter(|member| !wanted.contains(member.as_str()));
        found.extend(extra.map(|member| Hole::Extra { group: id.clone(), member: member.clone() }));
        let lacking = wanted.iter().filter(|member| !have.contains(**member));
        found.extend(lacking.map(|member| Hole::Lacks { group: id.clone(), member: (*member).to_owned() }));
    }
    let undeleted = basis.undeleted.iter().filter(|id| model.expected(Kind::Group, id).is_some());
    found.extend(undeleted.map(|group| Hole::NotDeleted { group: group.clone() }));
    found
}

/// Returns the attributes of these users for which Okta has another value.
pub(super) fn attribute_holes<'a>(
    org: &Org,
    model: &Model,
    links: &Links,
    habits: &Habits,
    ids: impl IntoIterator<Item = &'a String>,
) -> BTreeSet<Hole> {
    let accounts = ids.into_iter().filter_map(|id| Some((id, links.accounts.get(id)?)));
    let found = accounts.flat_map(|(id, accounts)| {
        let paths = lags(org, model, (id, accounts), habits).into_keys();
        paths.map(|path| Hole::Attribute { id: id.clone(), path })
    });
    found.collect()
}

/// Returns the accounts that Okta lost track of, and that should have no access.
pub(super) fn lost_track(org: &Org, links: &Links) -> BTreeSet<Hole> {
    let is_lost = |accounts: &[Account]| {
        accounts.iter().any(|account| matches!(account.link, Link::Lost(_)))
            && accounts.iter().all(|account| wish(org, &account.app, &account.person) != Wish::Access)
    };
    let lost = links.accounts.iter().filter(|(_, accounts)| is_lost(accounts));
    lost.map(|(id, _)| Hole::StillActive { id: id.clone() }).collect()
}

/// Returns the expected value of `active`. A user that an ideal server does not have is inactive.
fn active(model: &Model, id: &str) -> Option<bool> {
    model.expected(Kind::User, id)?.get("active").map_or(Some(true), Value::as_bool)
}

/// Returns the expected members.
pub(super) fn members(model: &Model, id: &str) -> Option<BTreeSet<String>> {
    let group = model.expected(Kind::Group, id)?;
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    Some(members.filter_map(|member| member.get("value")?.as_str().map(str::to_owned)).collect())
}

/// Returns the action since which each hole is there, by playing the timeline again on a copy of the org.
pub(super) fn beginnings(
    scenario: &Scenario,
    played: &[PlayedEntry],
    record: &Record<'_>,
    (links, undeleted, habits): (&Links, &BTreeSet<String>, &Habits),
    holes_at_the_end: &BTreeSet<Hole>,
) -> BTreeMap<Hole, usize> {
    let mut begun: BTreeMap<Hole, usize> = BTreeMap::new();
    if !scenario.audit || holes_at_the_end.is_empty() || links.accounts.len().saturating_mul(played.len()) > COMPARISONS
    {
        return begun;
    }
    let (mut org, mut model) = (scenario.org.clone(), Model::default());
    let lagging: BTreeSet<&String> = holes_at_the_end
        .iter()
        .filter_map(|hole| if let Hole::Attribute { id, .. } = hole { Some(id) } else { None })
        .collect();
    let mut sent = record.sent.iter().peekable();
    for (number, entry) in (1..).zip(played) {
        if entry.verdict != Verdict::Skipped && entry.refused.is_none() {
            // The real org accepted the action.
            for action in entry.action.without_import() {
                let _ = org.act(&action, habits);
            }
        }
        while let Some(sent) = sent.next_if(|sent| sent.action <= number) {
            sent.apply(&mut model);
        }
        let names = names_at(links, played.get(number..).unwrap_or_default());
        let mut now = holes(&org, &model, &Basis { links, undeleted, names: &names });
        now.extend(attribute_holes(&org, &model, links, habits, lagging.iter().copied()));
        for hole in holes_at_the_end {
            if now.contains(hole) {
                begun.entry(hole.clone()).or_insert(number);
            } else {
                begun.remove(hole);
            }
        }
    }
    begun
}

/// Returns the names that pushed groups had before later actions renamed them.
fn names_at(links: &Links, later: &[PlayedEntry]) -> BTreeMap<String, String> {
    let before = |last: &str| {
        later.iter().rev().fold(last.to_owned(), |name, entry| match &entry.action {
            Action::RenameGroup { group, to } if *to == name => group.clone(),
            _ => name,
        })
    };
    links.groups.iter().map(|group| (group.name.clone(), before(&group.name))).collect()
}

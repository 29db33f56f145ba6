//! The links of the org: which user of the target belongs to which person, and which group is pushed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::okta::Org;
use crate::okta::org::{LeftActiveCause, MappingState, PersonState};

/// The relation of an account to its person, as the simulator knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Okta knows the ID, and the person is assigned.
    Linked,
    /// The person has lost the app.
    Former,
    /// The person has lost the app, and the account stays active.
    Lost(LeftActiveCause),
}

/// The account of one person in one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) app: String,
    pub(super) person: String,
    pub(super) link: Link,
}

/// A group that an app pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PushedGroup {
    pub(super) app: String,
    /// The name after the last action.
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) state: MappingState,
}

/// All links after the last action.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// By the `id` of the user.
    pub(super) accounts: BTreeMap<String, Vec<Account>>,
    /// People who are assigned and whose user Okta does not know, each with the app.
    pub(super) without: Vec<(String, String)>,
    pub(super) groups: Vec<PushedGroup>,
}

/// The company's wish for one person and one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    /// No access.
    None,
    /// No access for a while; the person keeps all assignments.
    Suspended,
    Access,
}

impl Links {
    pub(super) fn of(org: &Org) -> Self {
        let mut links = Self::default();
        for app in org.apps() {
            let label = &app.label;
            for (person, user) in org.users(app) {
                match &user.external_id {
                    Some(id) => links.add(id, label, person, Link::Linked),
                    None => links.without.push((label.clone(), person.to_owned())),
                }
            }
            let left = org.left_active(app);
            for (person, id) in org.former_users(app) {
                if left.iter().all(|(other, _)| *other != person) {
                    links.add(id, label, person, Link::Former);
                }
            }
            for (person, account) in left {
                links.add(&account.id, label, person, Link::Lost(account.cause));
            }
            let group = |mapping: &crate::okta::org::GroupPushMapping| PushedGroup {
                app: label.clone(),
                name: mapping.group.clone(),
                id: mapping.target_id.clone(),
                state: mapping.state,
            };
            links.groups.extend(app.pushed_groups().map(group));
        }
        links
    }

    fn add(&mut self, id: &str, app: &str, person: &str, link: Link) {
        let account = Account { app: app.to_owned(), person: person.to_owned(), link };
        self.accounts.entry(id.to_owned()).or_default().push(account);
    }

    /// Returns the keys of the people whose account this is.
    pub(super) fn people(&self, id: &str) -> BTreeSet<&str> {
        self.accounts.get(id).into_iter().flatten().map(|account| account.person.as_str()).collect()
    }

    /// Returns the `id` of a person who has or had an account in an app.
    pub(super) fn id_of(&self, app: &str, person: &str) -> Option<&str> {
        let is_it = |account: &Account| account.app == app && account.person == person;
        self.accounts.iter().find(|(_, accounts)| accounts.iter().any(is_it)).map(|(id, _)| id.as_str())
    }
}

/// Returns the company's wish: the person is assigned to the app, and neither deactivated nor suspended.
pub(super) fn wish(org: &Org, app: &str, person: &str) -> Wish {
    let (Ok(app), Ok(record)) = (org.app(app), org.person(person)) else { return Wish::None };
    let ways = org.ways(app, person);
    // A confirmed import links a person also before the activation.
    let is_linked = record.state == PersonState::Staged && org.has_account(app, person);
    if !(record.state.can_have_apps() || is_linked) || (!ways.direct && ways.groups.is_empty()) {
        return Wish::None;
    }
    if record.state == PersonState::Suspended { Wish::Suspended } else { Wish::Access }
}

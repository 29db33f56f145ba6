//! The slow way: who has which app, computed from the memberships, assignments and states of all people.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::super::*;
use super::PEOPLE;
use crate::okta::action::Action;

/// The people who have each app, by label and key.
pub(super) struct Oracle(BTreeMap<String, BTreeSet<String>>);

impl Oracle {
    pub(super) fn of(org: &Org) -> Self {
        let mut all = BTreeMap::new();
        for app in org.apps() {
            let mut people: BTreeSet<String> = app.direct.iter().map(|person| org.key(*person).to_owned()).collect();
            for group in super::GROUPS.iter().filter_map(|name| org.group(name).ok()) {
                let assigns = app.assigned_groups.iter().any(|id| org.groups.name(*id) == group.name);
                let members = group.members.iter().filter(|_| assigns);
                people.extend(members.map(|person| org.key(*person).to_owned()));
            }
            // A confirmed import links a person also before the activation.
            let is_linked = |key: &str, state| state == PersonState::Staged && org.has_account(app, key);
            let has_it = |key: &str, state: PersonState| state.can_have_apps() || is_linked(key, state);
            people.retain(|key| org.person(key).is_ok_and(|person| has_it(key, person.state)));
            all.insert(app.label.clone(), people);
        }
        Self(all)
    }

    /// Asserts that exactly the people who have an app have an account in it. A confirmed import leaves an account to a
    /// person who is not active.
    pub(super) fn check_the_accounts(&self, org: &Org, before: &Self, action: &Action) -> Result<(), TestCaseError> {
        for app in org.apps() {
            let accounts: BTreeSet<&str> = org.users(app).into_iter().map(|(person, _)| person).collect();
            for person in &self.0[&app.label] {
                prop_assert!(
                    accounts.contains(person.as_str()),
                    "{action:?}: {person} has no account in {}",
                    app.label
                );
            }
            for person in before.0[&app.label].difference(&self.0[&app.label]) {
                prop_assert!(!accounts.contains(person.as_str()), "{action:?}: {person} kept {}", app.label);
            }
        }
        Ok(())
    }

    /// Asserts that the jobs of accounts are those of the people who gained or lost an app, in the order of their keys.
    pub(super) fn check_the_jobs(
        &self,
        before: &Org,
        after: &Self,
        action: &Action,
        waves: &Waves,
    ) -> Result<(), TestCaseError> {
        if matches!(action, Action::ProvisionUsers { .. } | Action::ConfirmImport { .. }) {
            return Ok(());
        }
        for app in before.apps() {
            let (had, has) = (&self.0[&app.label], &after.0[&app.label]);
            let of_this_app = waves.iter().flatten().filter(|spec| spec.app == app.label);
            let (mut created, mut deactivated) = (Vec::new(), Vec::new());
            for spec in of_this_app {
                match &spec.kind {
                    JobKind::ProvisionUser { person } => created.push(person.as_str()),
                    JobKind::SetActive { person, active: false, .. } => deactivated.push(person.as_str()),
                    _ => {}
                }
            }
            let gained: Vec<&str> = has.difference(had).map(String::as_str).filter(|_| app.provisioning).collect();
            // The account of a confirmed import is there before the person is active.
            let is_new = |person: &&str| before.external_id(app, person).is_none();
            prop_assert_eq!(created, gained.into_iter().filter(is_new).collect::<Vec<_>>(), "{:?}", action);
            let lost = had.difference(has).map(String::as_str);
            let lost = lost.filter(|person| app.provisioning && before.external_id(app, person).is_some());
            prop_assert_eq!(deactivated, lost.collect::<Vec<_>>(), "{:?}", action);
        }
        Ok(())
    }
}

/// Asserts that both directions of each index agree.
pub(super) fn check_the_indexes(org: &Org) -> Result<(), TestCaseError> {
    let groups: Vec<&str> = org.groups.names().collect();
    for key in PEOPLE {
        let Some(record) = org.people.find(key).and_then(|id| org.people.get(id)) else { continue };
        let id = org.person_id(key).unwrap();
        let of_person: BTreeSet<&str> = record.groups.iter().map(|group| org.groups.name(*group)).collect();
        let with_member = groups.iter().copied().filter(|name| org.group(name).unwrap().members.contains(&id));
        prop_assert_eq!(of_person, with_member.collect::<BTreeSet<_>>());
        for (app, number) in org.apps().iter().zip(org.app_ids()) {
            prop_assert_eq!(record.direct.contains(&number), app.direct.contains(&id));
            let ways = org.ways(app, key);
            prop_assert_eq!(ways.direct, app.direct.contains(&id));
            if record.state.can_have_apps() {
                prop_assert_eq!(ways != AssignmentWays::default(), org.has_app(app, id));
            }
        }
    }
    for name in groups {
        let (id, group) = (org.group_id(name).unwrap(), org.group(name).unwrap());
        prop_assert_eq!(&group.name, name);
        prop_assert_eq!(group.members.iter().collect::<BTreeSet<_>>().len(), group.members.len());
        prop_assert!(group.members.iter().all(|person| org.people.get(*person).is_some()));
        for (app, number) in org.apps().iter().zip(org.app_ids()) {
            prop_assert_eq!(group.assigned_by.contains(&number), app.assigned_groups.contains(&id));
            prop_assert_eq!(group.pushed_by.contains(&number), app.pushed_groups.contains_key(&id));
            prop_assert_eq!(app.pushed_groups.get(&id).map_or(name, |mapping| &mapping.group), name);
        }
    }
    for app in org.apps() {
        let with_priority: BTreeSet<_> = app.group_assignments.groups().collect();
        prop_assert_eq!(&with_priority, &app.assigned_groups);
        let mut attributes = app.person_attributes.keys().chain(app.touched.keys());
        prop_assert!(attributes.all(|person| app.users.contains_key(person) || app.direct.contains(person)));
        prop_assert!(app.direct.iter().all(|person| org.people.get(*person).is_some()));
        prop_assert!(
            app.assigned_groups.iter().chain(app.pushed_groups.keys()).all(|group| org.groups.get(*group).is_some())
        );
    }
    Ok(())
}

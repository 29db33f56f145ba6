//! Group rules: people whose profile matches an expression are members of groups.
//!
//! A rule adds people and removes those whom it added when they no longer match. People who were added by hand stay. A
//! member whom a rule added and who is removed by hand is an exception of the rule from then on (HELP).

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Entity, OrgError};
use super::group_rule::GroupRule;
use super::keys::{GroupId, PersonId};
use super::model::PersonState;
use super::specs::{Effects, MemberChange};
use super::state::Org;
use crate::okta::expression::Expression;

/// The largest number of characters in the name of a rule (MGMTAPI).
const MAX_NAME: usize = 50;

impl Org {
    pub(super) fn create_group_rule(&mut self, name: &str, when: &str, groups: &[String]) -> Result<Effects, OrgError> {
        if self.rules.iter().any(|rule| rule.name == name) {
            return Err(OrgError::exists(Entity::GroupRule, name));
        }
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(OrgError::RuleName { rule: name.to_owned(), most: MAX_NAME });
        }
        let when = Expression::parse(when).map_err(OrgError::Expression)?;
        let groups: Result<BTreeSet<GroupId>, OrgError> = groups.iter().map(|group| self.own_group(group)).collect();
        let (groups, name) = (groups?, name.to_owned());
        let (added, exceptions) = (BTreeMap::new(), BTreeSet::new());
        self.rules.push(GroupRule { name, active: false, when, groups, added, exceptions });
        Ok(Effects::default())
    }

    /// Activates or deactivates a rule. A rule that is deactivated leaves the members that it added.
    pub(super) fn activate_group_rule(&mut self, name: &str, active: bool) -> Result<Effects, OrgError> {
        self.rule_mut(name)?.active = active;
        Ok(Effects::default())
    }

    /// Deletes a rule, and leaves the members that it added.
    pub(super) fn delete_group_rule(&mut self, name: &str) -> Result<Effects, OrgError> {
        if self.rule_mut(name)?.active {
            return Err(OrgError::RuleActive { rule: name.to_owned() });
        }
        self.rules.retain(|rule| rule.name != name);
        Ok(Effects::default())
    }

    fn rule_mut(&mut self, name: &str) -> Result<&mut GroupRule, OrgError> {
        let known = self.rules.iter().map(|rule| rule.name.as_str());
        let unknown = OrgError::unknown(Entity::GroupRule, name, known);
        self.rules.iter_mut().find(|rule| rule.name == name).ok_or(unknown)
    }

    /// Returns the groups that a rule may change: those of one rule, or those of all active rules.
    pub(super) fn groups_of_rules(&self, name: Option<&str>) -> BTreeSet<GroupId> {
        let concerned = |rule: &&GroupRule| name.map_or(rule.active, |name| rule.name == name);
        self.rules.iter().filter(concerned).flat_map(|rule| rule.groups.iter().copied()).collect()
    }

    pub(super) fn has_active_rules(&self) -> bool {
        self.rules.iter().any(|rule| rule.active)
    }

    /// Applies the active rules to people. Returns the changes of members by group.
    pub(super) fn apply_rules(&mut self, people: &BTreeSet<PersonId>) -> BTreeMap<GroupId, MemberChange> {
        let mut changes: BTreeMap<GroupId, MemberChange> = BTreeMap::new();
        let mut rules = std::mem::take(&mut self.rules);
        for rule in rules.iter_mut().filter(|rule| rule.active) {
            let (matching, others): (BTreeSet<PersonId>, BTreeSet<PersonId>) = people
                .iter()
                .copied()
                .filter(|person| self.state(*person) != Some(PersonState::Deprovisioned))
                .partition(|person| !rule.exceptions.contains(person) && self.matches(&rule.when, *person));
            for group in &rule.groups {
                let added = rule.added.entry(*group).or_default();
                let joined: Vec<PersonId> =
                    matching.iter().copied().filter(|person| self.join(*person, *group)).collect();
                added.extend(joined.iter().copied());
                let leaving: BTreeSet<PersonId> = others.intersection(added).copied().collect();
                added.retain(|person| !leaving.contains(person));
                let left = if leaving.is_empty() { Vec::new() } else { self.leave(&leaving, *group) };
                if !joined.is_empty() || !left.is_empty() {
                    let change = changes.entry(*group).or_default();
                    change.joined.extend(joined);
                    change.left.extend(left);
                    change.left.sort_unstable();
                }
            }
        }
        self.rules = rules;
        changes
    }

    fn matches(&self, when: &Expression, person: PersonId) -> bool {
        let Some(record) = self.people.get(person) else { return false };
        self.evaluate(when, person, record, &self.people.profile(record)).is_true()
    }

    /// Notes that members left a group by hand.
    pub(super) fn note_leavers(&mut self, group: GroupId, people: &BTreeSet<PersonId>) {
        for rule in &mut self.rules {
            let Some(added) = rule.added.get_mut(&group) else { continue };
            let removed: Vec<PersonId> = people.iter().copied().filter(|person| added.remove(person)).collect();
            if rule.active {
                rule.exceptions.extend(removed);
            }
        }
    }

    /// Removes a deleted person or group from the rules.
    pub(super) fn forget_in_rules(&mut self, person: Option<PersonId>, group: Option<GroupId>) {
        for rule in &mut self.rules {
            if let Some(person) = person {
                rule.exceptions.remove(&person);
                rule.added.values_mut().for_each(|added| {
                    added.remove(&person);
                });
            }
            if let Some(group) = group {
                rule.groups.remove(&group);
                rule.added.remove(&group);
            }
        }
    }
}

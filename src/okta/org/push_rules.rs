//! Group push by rule: an app pushes the groups whose names match.
//!
//! A rule pushes the groups that match when it is created or activated, and, while it is active, groups that are created or
//! renamed later. A group stays pushed if it no longer matches. A group that is already pushed is left alone (KBRULE). Not
//! documented, and so our choice: upper and lower case differ, the group "Everyone" never matches, and a group that would be
//! the 101st of a rule is not pushed.

use std::collections::BTreeSet;

use super::error::{Entity, OrgError};
use super::group_table::EVERYONE;
use super::keys::{AppId, GroupId};
use super::model::App;
use super::push_rule::{NamePattern, PushRule};
use super::specs::{Effects, GroupPush, JobSpec};
use super::state::Org;

/// The largest number of groups of one rule (KBRULE).
const MOST_GROUPS: usize = 100;

impl Org {
    pub(super) fn create_push_rule(
        &mut self,
        label: &str,
        name: &str,
        pattern: NamePattern,
        immediately: bool,
    ) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let app = self.at(at).require_provisioning()?;
        if app.push_rules.iter().any(|rule| rule.name == name) {
            return Err(OrgError::exists(Entity::PushRule, name));
        }
        if pattern.is_empty() {
            return Err(OrgError::PushRuleWithoutCondition { rule: name.to_owned() });
        }
        self.check_matches(name, &pattern)?;
        let rule = PushRule { name: name.to_owned(), active: true, pattern, immediately, groups: BTreeSet::new() };
        self.at_mut(at).push_rules.push(rule);
        self.push_matching(at, name)
    }

    /// Returns the names of the groups that match, sorted.
    fn matching(&self, pattern: &NamePattern) -> impl Iterator<Item = &str> {
        self.groups.names().filter(move |group| *group != EVERYONE && pattern.matches(group))
    }

    fn check_matches(&self, name: &str, pattern: &NamePattern) -> Result<(), OrgError> {
        let matches = self.matching(pattern).count();
        if matches > MOST_GROUPS {
            return Err(OrgError::PushRuleMatches { rule: name.to_owned(), matches, most: MOST_GROUPS });
        }
        Ok(())
    }

    pub(super) fn activate_push_rule(&mut self, label: &str, name: &str, active: bool) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        let rule = self.at(at).require_provisioning()?.push_rule(name)?;
        if !active {
            self.at_mut(at).push_rule_mut(name)?.active = false;
            return Ok(Effects::default());
        }
        self.check_matches(name, &rule.pattern)?;
        self.at_mut(at).push_rule_mut(name)?.active = true;
        self.push_matching(at, name)
    }

    /// Pushes the groups that match a rule and are not pushed yet, in the order of their names.
    fn push_matching(&mut self, at: AppId, name: &str) -> Result<Effects, OrgError> {
        let rule = self.at(at).push_rule(name)?;
        let matching: Vec<String> = self.matching(&rule.pattern).map(str::to_owned).collect();
        let mut effects = Effects::default();
        for group in matching {
            effects.specs.extend(self.push_by_rule(at, name, &group));
        }
        Ok(effects)
    }

    /// Returns the pushes of a new or renamed group by the active rules of all apps.
    pub(super) fn pushes_by_rules(&mut self, group: &str) -> Vec<JobSpec> {
        let mut specs = Vec::new();
        for at in self.app_ids() {
            let app = self.at(at);
            let matching = app.push_rules.iter().filter(|rule| rule.active && rule.pattern.matches(group));
            let rules: Vec<String> = matching.filter(|_| app.provisioning).map(|rule| rule.name.clone()).collect();
            for rule in rules {
                specs.extend(self.push_by_rule(at, &rule, group));
            }
        }
        specs
    }

    /// Pushes a group by a rule, unless the app pushes it already or the rule has its largest number of groups.
    fn push_by_rule(&mut self, at: AppId, rule: &str, group: &str) -> Vec<JobSpec> {
        let (label, Ok(id)) = (self.at(at).label.clone(), self.group_id(group)) else { return Vec::new() };
        let Ok(found) = self.at(at).push_rule(rule) else { return Vec::new() };
        let push = GroupPush::First { immediately: found.immediately };
        if found.groups.len() >= MOST_GROUPS || self.at(at).pushed_groups.contains_key(&id) {
            return Vec::new();
        }
        let Ok(effects) = self.begin_push(&label, group, push) else { return Vec::new() };
        if let Ok(rule) = self.at_mut(at).push_rule_mut(rule) {
            rule.groups.insert(id);
        }
        effects.specs
    }

    pub(super) fn delete_push_rule(&mut self, label: &str, name: &str, delete: bool) -> Result<Effects, OrgError> {
        let at = self.app_id(label)?;
        if delete {
            self.at(at).require_provisioning()?;
        }
        let groups = self.at(at).push_rule(name)?.groups.clone();
        let mut effects = Effects::default();
        for group in groups {
            let name = self.groups.name(group).to_owned();
            effects.specs.extend(self.unlink_group(label, &name, delete)?.specs);
        }
        self.at_mut(at).push_rules.retain(|rule| rule.name != name);
        Ok(effects)
    }
}

impl App {
    fn push_rule(&self, name: &str) -> Result<&PushRule, OrgError> {
        let known = self.push_rules.iter().map(|rule| rule.name.as_str());
        let unknown = || OrgError::unknown(Entity::PushRule, name, known);
        self.push_rules.iter().find(|rule| rule.name == name).ok_or_else(unknown)
    }

    fn push_rule_mut(&mut self, name: &str) -> Result<&mut PushRule, OrgError> {
        self.push_rule(name)?;
        let unknown = || OrgError::unknown(Entity::PushRule, name, std::iter::empty());
        self.push_rules.iter_mut().find(|rule| rule.name == name).ok_or_else(unknown)
    }

    /// Forgets that a rule pushed a group, which is unlinked.
    pub(super) fn forget_in_push_rules(&mut self, group: GroupId) {
        for rule in &mut self.push_rules {
            rule.groups.remove(&group);
        }
    }
}

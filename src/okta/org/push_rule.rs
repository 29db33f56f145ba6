//! A rule of group push and what it has done.

use std::collections::BTreeSet;

use super::keys::GroupId;

/// The condition of a rule: all parts that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NamePattern {
    pub(super) starts_with: Option<String>,
    pub(super) ends_with: Option<String>,
    pub(super) contains: Option<String>,
}

impl NamePattern {
    pub(super) fn matches(&self, name: &str) -> bool {
        self.starts_with.as_ref().is_none_or(|part| name.starts_with(part.as_str()))
            && self.ends_with.as_ref().is_none_or(|part| name.ends_with(part.as_str()))
            && self.contains.as_ref().is_none_or(|part| name.contains(part.as_str()))
    }

    pub(super) fn is_empty(&self) -> bool {
        let parts = [&self.starts_with, &self.ends_with, &self.contains];
        parts.into_iter().flatten().all(String::is_empty)
    }
}

/// A rule of group push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PushRule {
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) pattern: NamePattern,
    pub(super) immediately: bool,
    /// The groups that the rule pushed.
    pub(super) groups: BTreeSet<GroupId>,
}

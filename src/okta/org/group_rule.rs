//! A group rule and what it has done.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{GroupId, PersonId};
use crate::okta::expression::Expression;

/// A group rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GroupRule {
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) when: Expression,
    pub(super) groups: BTreeSet<GroupId>,
    /// The people whom the rule added, by group.
    pub(super) added: BTreeMap<GroupId, BTreeSet<PersonId>>,
    /// People to whom the rule does not apply.
    pub(super) exceptions: BTreeSet<PersonId>,
}

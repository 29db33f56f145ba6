//! The expected members of a group.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::scim::patch::MembersEdit;
use crate::scim::resource::Member;
use crate::scim::{AttrPath, Filter, Kind, Object, Schemas};

/// The members that a group must and must not have.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Members {
    /// Set if the group has no other members than `present`. Unset as long as the members from before are unknown.
    pub(super) exact: bool,
    /// The IDs of the members that the group must have, each with the `display` that was sent.
    pub(super) present: BTreeMap<String, Option<String>>,
    /// The IDs that requests removed while the members were unknown.
    pub(super) absent: BTreeSet<String>,
}

impl Members {
    pub(super) fn exactly(members: Vec<Member>) -> Self {
        let present = members.into_iter().map(|member| (member.value, member.display)).collect();
        Self { exact: true, present, absent: BTreeSet::new() }
    }

    pub(super) fn apply(&mut self, edit: &MembersEdit, schemas: &Schemas) {
        match edit {
            MembersEdit::Replace(members) => *self = Self::exactly(members.clone()),
            MembersEdit::Add(members) => {
                for member in members {
                    self.absent.remove(&member.value);
                    self.present.insert(member.value.clone(), member.display.clone());
                }
            }
            MembersEdit::Remove(ids) => self.remove(ids),
            MembersEdit::RemoveWhere(filter) => {
                let whole = Filter::Has(AttrPath::named("members"), Box::new(filter.clone()));
                let selected = |(id, display): &(&String, &Option<String>)| {
                    let mut group = Object::new();
                    group.insert("members".to_owned(), json!([{"value": id, "display": display}]));
                    whole.matches(&group, Kind::Group, schemas)
                };
                let ids: Vec<String> = self.present.iter().filter(selected).map(|(id, _)| id.clone()).collect();
                self.remove(&ids);
            }
        }
    }

    fn remove(&mut self, ids: &[String]) {
        for id in ids {
            self.present.remove(id);
            if !self.exact {
                self.absent.insert(id.clone());
            }
        }
    }

    /// Forgets a user that was deleted.
    pub(super) fn forget(&mut self, id: &str) {
        self.present.remove(id);
    }

    /// Learns the members from before from what a GET shows, unless it contradicts the requests.
    pub(super) fn learn(&mut self, shown: &BTreeSet<String>) {
        let fits = self.present.keys().all(|id| shown.contains(id)) && self.absent.is_disjoint(shown);
        if !self.exact && fits {
            self.exact = true;
            self.absent.clear();
            for id in shown {
                self.present.entry(id.clone()).or_default();
            }
        }
    }
}

/// Returns the IDs of the members that a document shows; `None` if it has no `members`.
pub(super) fn shown_members(document: &Object) -> Option<BTreeSet<String>> {
    match crate::scim::attr::get(document, "members") {
        None | Some(Value::Null) => None,
        Some(members) => Some(super::document::members_of(members).into_iter().map(|member| member.value).collect()),
    }
}

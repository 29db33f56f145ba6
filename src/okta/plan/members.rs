//! Changes of a group's members: PATCHes of a catalog app, and GET and PUT of a wizard app.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::{Call, MemberList};
use super::job::{GroupSubject, Job, Member};
use crate::okta::habits::{EmptySync, GroupPut, GroupRounds, InactiveMembers, PushNow, ReplaceMembers};
use crate::okta::mapping::Document;
use crate::okta::org::{App, GroupPushMapping, MemberChange, PersonId};

use MemberList::{Current, Previous};

impl Job {
    /// Queues the push of a change. `before` is the list before the change. Returns `None` if nothing is sent.
    pub(super) fn change_members(
        &mut self,
        app: &App,
        mapping: &GroupPushMapping,
        change: &MemberChange,
        before: Vec<Member>,
    ) -> Option<()> {
        let with_inactive = self.settings.habits.inactive_members == InactiveMembers::Include;
        // Okta does not remove people from the target's group who are no longer assigned to the app (ATLASSIAN).
        let is_sent =
            |person: &PersonId| app.external_id(*person).is_some() || change.forced.contains(person) || with_inactive;
        let sent = change.left.iter().map(|(_, person)| *person).filter(is_sent);
        let removed = sent.filter_map(|person| Some((person, mapping.pushed.get(&person)?.clone()))).collect();
        let group = self.group_mut();
        group.removed = removed;
        group.previous = before;
        // A person who returns is pushed again, although the target may have kept the member (AZLAB-11).
        group.added.retain(|member| {
            mapping.pushed.get(&member.person) != Some(&member.id) || change.provisioned.contains(&member.person)
        });
        if group.added.is_empty() && group.removed.is_empty() {
            let synced = change.is_membership_change() && self.settings.habits.empty_sync == EmptySync::Sync;
            synced.then_some(())?;
        }
        if self.settings.patches() {
            let patches = self.member_patches();
            let rename = self.rename(false);
            self.queue_in_order(patches, rename.into_iter().collect());
        } else {
            let rounds: &[MemberList] = match self.settings.habits.group_rounds {
                GroupRounds::Two => &[Previous, Current],
                GroupRounds::One => &[Current],
            };
            self.queue.extend(rounds.iter().map(|list| Call::GetGroup(vec![*list])));
        }
        Some(())
    }

    /// Queues a full push. `pushed` is the list that was pushed last, inactive people included.
    pub(super) fn push_all_members(&mut self, pushed: Vec<Member>) {
        let group = self.group_mut();
        group.replaces = true;
        group.previous = pushed;
        if self.settings.patches() {
            self.queue.extend(self.member_patches());
            return;
        }
        self.queue.extend(match self.settings.habits.push_now {
            PushNow::ReadsFirst => vec![Call::GetGroup(Vec::new()), Call::GetGroup(vec![Previous, Current])],
            PushNow::Paired => vec![Call::GetGroup(vec![Previous]), Call::GetGroup(vec![Current])],
            PushNow::One => vec![Call::GetGroup(vec![Current])],
        });
    }

    /// Returns the membership change as PATCHes with at most `group-patch-batch` members each: first the removals, with
    /// one operation each, then one `add` for all new members. A full push begins with a `replace`.
    pub(super) fn member_patches(&self) -> Vec<Call> {
        let Some(group) = &self.group else { return Vec::new() };
        let batch = self.settings.habits.group_patch_batch.max(1) as usize;
        let mut calls = Vec::new();
        let mut members = group.added.as_slice();
        if group.replaces {
            let (first, rest) = group.current.split_at(group.current.len().min(batch));
            calls.push(Call::PatchGroup(json!([self.replace_operation(first)])));
            members = rest;
        }
        let mut removed = group.removed.as_slice();
        while !removed.is_empty() || !members.is_empty() {
            let (to_remove, removed_later) = removed.split_at(removed.len().min(batch));
            let (to_add, added_later) = members.split_at(members.len().min(batch - to_remove.len()));
            (removed, members) = (removed_later, added_later);
            let removal = |(_, id): &(PersonId, String)| json!({"op": "remove", "path": format!("members[value eq {}]", json!(id))});
            let mut operations: Vec<Value> = to_remove.iter().map(removal).collect();
            if !to_add.is_empty() {
                let value: Vec<Value> = to_add.iter().map(Member::json).collect();
                operations.push(json!({"op": "add", "path": "members", "value": value}));
            }
            calls.push(Call::PatchGroup(Value::Array(operations)));
        }
        calls
    }

    fn replace_operation(&self, members: &[Member]) -> Value {
        let members: Vec<Value> = members.iter().map(Member::json).collect();
        match self.settings.habits.replace_members {
            ReplaceMembers::Value => json!({"op": "replace", "value": {"members": members}}),
            ReplaceMembers::ValueWithName => {
                let (id, name) = (&self.result.id, self.group_name());
                json!({"op": "replace", "value": {"members": members, "id": id, "displayName": name}})
            }
            ReplaceMembers::Path => json!({"op": "replace", "path": "members", "value": members}),
        }
    }

    /// Records the name and members that the target accepted.
    pub(super) fn record_sent(&mut self, call: &Call) {
        let Some(group) = &self.group else { return };
        if matches!(call, Call::RenameGroup) || (matches!(call, Call::PutGroup(..)) && group.sends_name) {
            self.result.name = Some(group.name.clone());
        }
        let is_complete =
            group.replaces || (!self.settings.patches() && self.settings.habits.group_put == GroupPut::OwnList);
        match call {
            Call::PutGroup(_, Current) | Call::PatchGroup(_) if is_complete => {
                self.result.members = Some(group.current.iter().map(Member::pair).collect());
            }
            Call::PutGroup(_, Current) | Call::PatchGroup(_) => {
                self.result.added = group.added.iter().map(Member::pair).collect();
                self.result.removed = group.removed.iter().map(|(person, _)| *person).collect();
            }
            _ => {}
        }
    }

    /// Returns the server's document with Okta's name and members. Of the other attributes, only those that occur in
    /// recorded PUTs are echoed: `schemas`, `id` and the server's `externalId` (SID697).
    pub(super) fn edited_group(&self, server: &Document, list: MemberList) -> Document {
        let Some(group) = &self.group else { return server.clone() };
        let listed = Listed::of(server.get("members"));
        let members = match (self.settings.habits.group_put, list) {
            (GroupPut::OwnList, Previous) => listed.own(&group.previous),
            (GroupPut::OwnList, Current) => listed.own(&group.current),
            (GroupPut::Merge, Previous) => listed.echo(),
            (GroupPut::Merge, Current) if group.replaces => listed.own(&group.current),
            (GroupPut::Merge, Current) => listed.merged(group),
        };
        let mut body: Document = Map::new();
        for (key, value) in server {
            let value = match key.as_str() {
                "displayName" if group.sends_name => json!(group.name),
                "members" => members.clone(),
                "schemas" | "id" | "externalId" | "displayName" => value.clone(),
                _ => continue,
            };
            body.insert(key.clone(), value);
        }
        body.entry("displayName").or_insert_with(|| json!(group.name));
        body.entry("members").or_insert(members);
        body
    }
}

/// The members that the server listed, as (id, display).
struct Listed(Vec<(String, Option<Value>)>);

impl Listed {
    fn of(members: Option<&Value>) -> Self {
        let members = members.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let pair = |item: &Value| Some((item.get("value")?.as_str()?.to_owned(), item.get("display").cloned()));
        Self(members.iter().filter_map(pair).collect())
    }

    /// Returns Okta's list. Okta echoes the server's `display`, or null if there is none (SCIMGW95).
    fn own(&self, members: &[Member]) -> Value {
        let of = |member: &Member| match self.0.iter().find(|(id, _)| *id == member.id) {
            Some(known) => echoed(known),
            None => member.json(),
        };
        members.iter().map(of).collect()
    }

    fn echo(&self) -> Value {
        self.0.iter().map(echoed).collect()
    }

    /// Returns the server's members with the added ones and without the removed ones.
    fn merged(&self, group: &GroupSubject) -> Value {
        let removed: BTreeSet<&str> = group.removed.iter().map(|(_, id)| id.as_str()).collect();
        let kept = self.0.iter().filter(|(id, _)| !removed.contains(id.as_str())).map(echoed);
        let is_new = |member: &&Member| self.0.iter().all(|(id, _)| *id != member.id);
        kept.chain(group.added.iter().filter(is_new).map(Member::json)).collect()
    }
}

fn echoed((id, display): &(String, Option<Value>)) -> Value {
    json!({"value": id, "display": display})
}

//! Groups: first push, linking, membership changes, renames, full pushes, deletion.
//!
//! The catalog app (OIN) changes groups by PATCH; an app created with the App Integration Wizard (AIW) by GET and PUT.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::job::{GroupSubject, Job, Member, Next};
use super::response::{self, ResponseError};
use super::task::{GroupLookupError, TaskError};
use crate::okta::habits::{InactiveMembers, LinkGroup, PostGroupMembers, Rename, RenameOrder, ReplaceMembers};
use crate::okta::mapping::Document;
use crate::okta::org::{App, ClientKind, GroupPush, GroupPushMapping, Org};
use crate::wire::Exchange;

impl Job {
    /// Queues the first calls of a push. Returns `None` if there is nothing to send.
    pub(super) fn begin_group(&mut self, org: &Org, app: &App, group: &str, push: &GroupPush) -> Option<()> {
        let mapping = app.push(group)?;
        let with_inactive = self.settings.habits.inactive_members == InactiveMembers::Include;
        let members: Vec<Member> = org
            .provisioned_members(app, group, with_inactive)
            .into_iter()
            .map(|(person, id, user_name)| Member { person, id, user_name })
            .collect();
        self.result.id.clone_from(&mapping.target_id);
        self.group = Some(GroupSubject {
            sends_name: app.rename_groups,
            renamed: mapping.name != group,
            members,
            ..GroupSubject::named(group)
        });
        match push {
            GroupPush::Link { to } if mapping.target_id.is_none() => self.begin_link(app, to),
            // If the first push failed, the next push of any kind is the first one.
            GroupPush::First { .. } | GroupPush::Members { .. } | GroupPush::Full | GroupPush::Rename
                if mapping.target_id.is_none() =>
            {
                if matches!(push, GroupPush::First { immediately: false }) {
                    self.group_mut().members.clear();
                }
                match app.imported_groups.get(group) {
                    Some(id) => self.link_group(id.clone()),
                    None => self.queue.push_back(Call::LookUpGroup(group.to_owned())),
                }
            }
            GroupPush::Full | GroupPush::First { .. } | GroupPush::Link { .. } => self.push_all_members(),
            GroupPush::Rename => match self.settings.client {
                ClientKind::Oin => self.queue.extend(self.rename(true)),
                ClientKind::Aiw => self.put_name(),
            },
            GroupPush::Members { removed, forced } => {
                return self.change_members(app, mapping, removed, forced, with_inactive);
            }
        }
        Some(())
    }

    fn group_mut(&mut self) -> &mut GroupSubject {
        self.group.get_or_insert_with(GroupSubject::default)
    }

    pub(super) fn members(&self) -> Value {
        self.group.as_ref().map_or(json!([]), |group| group.members.iter().map(Member::json).collect())
    }

    fn change_members(
        &mut self,
        app: &App,
        mapping: &GroupPushMapping,
        removed: &[String],
        forced: &[String],
        with_inactive: bool,
    ) -> Option<()> {
        // Okta does not remove people from the target's group who are no longer assigned to the app (ATLASSIAN).
        let is_sent = |person: &&String| app.external_id(person).is_some() || forced.contains(person) || with_inactive;
        let sent = removed.iter().filter(is_sent);
        let sent = sent.filter_map(|person| Some((person.clone(), mapping.pushed.get(person)?.clone()))).collect();
        let group = self.group_mut();
        group.removed = sent;
        group.members.retain(|member| mapping.pushed.get(&member.person) != Some(&member.id));
        if group.members.is_empty() && group.removed.is_empty() {
            return None;
        }
        match self.settings.client {
            ClientKind::Oin => {
                let patches = self.member_patches(false);
                let rename = self.rename(false);
                self.queue_in_order(patches, rename.into_iter().collect());
            }
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { replace_members: false }),
        }
        Some(())
    }

    fn push_all_members(&mut self) {
        match self.settings.client {
            ClientKind::Oin => self.queue.extend(self.member_patches(true)),
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { replace_members: true }),
        }
    }

    /// Sends the name by GET and PUT, with the server's own members.
    fn put_name(&mut self) {
        self.group_mut().members.clear();
        self.queue.push_back(Call::GetGroup { replace_members: false });
    }

    fn begin_link(&mut self, app: &App, to: &str) {
        match app.imported_groups.get(to) {
            Some(id) => self.link_group(id.clone()),
            None => self.queue.push_back(Call::LookUpGroup(to.to_owned())),
        }
    }

    /// Continues with a group that exists in the target.
    fn link_group(&mut self, id: String) {
        self.result.id = Some(id);
        let replace = self.settings.habits.link_group == LinkGroup::Replace;
        match self.settings.client {
            ClientKind::Oin => {
                let patches = self.member_patches(replace);
                let rename = self.rename_after_create();
                self.queue_in_order(patches, rename);
            }
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { replace_members: replace }),
        }
    }

    /// Returns the rename that follows a create or a link. Okta sends a GET before it (GOSCIM57).
    fn rename_after_create(&self) -> Vec<Call> {
        self.rename(false).map_or_else(Vec::new, |rename| vec![Call::ReadGroup, rename])
    }

    fn queue_in_order(&mut self, members: Vec<Call>, rename: Vec<Call>) {
        if self.settings.habits.rename_order == RenameOrder::First {
            self.queue.extend(rename.into_iter().chain(members));
        } else {
            self.queue.extend(members.into_iter().chain(rename));
        }
    }

    /// Returns the PATCH of the name, if the habit `rename` sends one. `renamed_now` is set if the current action renamed
    /// the group in Okta.
    fn rename(&self, renamed_now: bool) -> Option<Call> {
        let group = self.group.as_ref()?;
        let sends = match self.settings.habits.rename {
            Rename::Never => false,
            Rename::Changed => renamed_now || group.renamed,
            Rename::Always => true,
        };
        (sends && group.sends_name).then_some(Call::RenameGroup)
    }

    /// Returns the membership change as PATCHes with at most `group-patch-batch` members each: first the removals, with
    /// one operation each, then one `add` for all new members.
    fn member_patches(&self, replace: bool) -> Vec<Call> {
        let Some(group) = &self.group else { return Vec::new() };
        let batch = self.settings.habits.group_patch_batch.max(1) as usize;
        let mut calls = Vec::new();
        let mut members = group.members.as_slice();
        if replace {
            let (first, rest) = members.split_at(members.len().min(batch));
            calls.push(Call::PatchGroup(json!([self.replace_operation(first)])));
            members = rest;
        }
        let mut removed = group.removed.as_slice();
        while !removed.is_empty() || !members.is_empty() {
            let (to_remove, removed_later) = removed.split_at(removed.len().min(batch));
            let (to_add, added_later) = members.split_at(members.len().min(batch - to_remove.len()));
            (removed, members) = (removed_later, added_later);
            let removal = |(_, id): &(String, String)| json!({"op": "remove", "path": format!("members[value eq {}]", json!(id))});
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

    pub(super) fn handle_group_response(&mut self, call: &Call, exchange: &Exchange) -> Result<Next, TaskError> {
        let verb = match call {
            Call::CreateGroup { .. } => "creating",
            Call::DeleteGroup => "deleting",
            _ => "updating",
        };
        let group = self.group_name().to_owned();
        if let Call::LookUpGroup(name) = call {
            let handled = self.handle_group_lookup(name, exchange);
            return handled.map(|()| Next::Continue).map_err(|reason| TaskError::GroupLookup { group, reason });
        }
        let failed = |reason| TaskError::PushGroup { group, verb, reason };
        match call {
            Call::CreateGroup { .. } => self.handle_group_created(exchange).map_err(failed)?,
            Call::GetGroup { replace_members } => {
                let server = response::object(exchange).map_err(failed)?;
                let body = self.edited_group(server, *replace_members);
                self.queue.push_front(Call::PutGroup(body));
            }
            _ => {
                response::body(exchange).map_err(failed)?;
                self.record_sent(call);
            }
        }
        Ok(Next::Continue)
    }

    /// Records the name and members that the target accepted.
    fn record_sent(&mut self, call: &Call) {
        let Some(group) = &self.group else { return };
        if matches!(call, Call::RenameGroup) || (matches!(call, Call::PutGroup(_)) && group.sends_name) {
            self.result.name = Some(group.name.clone());
        }
        if matches!(call, Call::PutGroup(_) | Call::PatchGroup(_)) {
            self.result.added = group.members.iter().map(|m| (m.person.clone(), m.id.clone())).collect();
            self.result.removed = group.removed.iter().map(|(person, _)| person.clone()).collect();
        }
    }

    fn handle_group_lookup(&mut self, name: &str, exchange: &Exchange) -> Result<(), GroupLookupError> {
        let no_match = response::is_scim_404(exchange);
        let matches = if no_match {
            Vec::new()
        } else {
            let list = response::success(exchange).and_then(response::list);
            list.map_err(GroupLookupError::Response)?.resources
        };
        match matches.as_slice() {
            [] if name != self.group_name() => return Err(GroupLookupError::NoMatch(name.to_owned())),
            [] => {
                let with_members = match self.settings.habits.post_group_members {
                    PostGroupMembers::Full => true,
                    PostGroupMembers::Empty => false,
                    PostGroupMembers::ByClient => !self.settings.is_oin(),
                };
                self.queue.push_back(Call::CreateGroup { with_members });
            }
            [one] => {
                let no_id = || GroupLookupError::Response(ResponseError::MatchWithoutId("group"));
                let id = response::id(one).ok_or_else(no_id)?;
                self.link_group(id);
            }
            several => return Err(GroupLookupError::SeveralMatches(several.len())),
        }
        Ok(())
    }

    fn handle_group_created(&mut self, exchange: &Exchange) -> Result<(), ResponseError> {
        let body = response::body(exchange)?;
        let id = body.as_ref().and_then(response::id);
        self.result.id = Some(id.ok_or(ResponseError::CreatedWithoutId("group"))?);
        self.result.name = Some(self.group_name().to_owned());
        let group = self.group_mut();
        group.renamed = false;
        // Okta created the group, so it may send the name again even if "Rename app groups" is off.
        group.sends_name = true;
        match self.settings.client {
            ClientKind::Oin => {
                let patches = self.member_patches(false);
                let rename = self.rename_after_create();
                self.queue_in_order(patches, rename);
            }
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { replace_members: true }),
        }
        Ok(())
    }

    /// Returns the server's document with Okta's name and members. Of the other attributes, only those that occur in
    /// recorded PUTs are echoed: `schemas`, `id` and the server's `externalId` (SID697).
    fn edited_group(&self, server: Document, replace_members: bool) -> Document {
        let Some(group) = &self.group else { return server };
        let members = merge_members(server.get("members"), group, replace_members);
        let mut body: Document = Map::new();
        for (key, value) in server {
            let value = match key.as_str() {
                "displayName" if group.sends_name => json!(group.name),
                "members" => members.clone(),
                "schemas" | "id" | "externalId" | "displayName" => value,
                _ => continue,
            };
            body.insert(key, value);
        }
        body.entry("displayName").or_insert_with(|| json!(group.name));
        body.entry("members").or_insert(members);
        body
    }
}

/// Returns only Okta's members (`replace`), or the server's members plus the added ones and minus the removed ones.
fn merge_members(listed: Option<&Value>, group: &GroupSubject, replace: bool) -> Value {
    let listed = listed.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of = |item: &Value| Some((item.get("value")?.as_str()?.to_owned(), item.get("display").cloned()));
    let theirs: Vec<(String, Option<Value>)> = listed.iter().filter_map(of).collect();
    // Okta echoes the server's `display`, or null if there is none (SCIMGW95).
    let echo = |(id, display): &(String, Option<Value>)| json!({"value": id, "display": display});
    let own = |member: &Member| match theirs.iter().find(|(id, _)| *id == member.id) {
        Some(known) => echo(known),
        None => member.json(),
    };
    if replace {
        return group.members.iter().map(own).collect();
    }
    let removed: BTreeSet<&str> = group.removed.iter().map(|(_, id)| id.as_str()).collect();
    let kept = theirs.iter().filter(|(id, _)| !removed.contains(id.as_str())).map(echo);
    let added = group.members.iter().filter(|member| theirs.iter().all(|(id, _)| *id != member.id)).map(Member::json);
    kept.chain(added).collect()
}

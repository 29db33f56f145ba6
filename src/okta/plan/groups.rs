//! Groups: first push, links, membership changes, renames, full pushes, deletion.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Call, Job, Outcome, answer};
use crate::okta::habits::names;
use crate::okta::mapping::Document;
use crate::okta::org::{App, ClientKind, GroupPushMapping, Org, Push};
use crate::wire::Exchange;

/// A member as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    person: String,
    id: String,
    user_name: String,
}

impl Member {
    /// No `type`, no `$ref` (SCIMSDK419).
    fn json(&self) -> Value {
        json!({"value": self.id, "display": self.user_name})
    }
}

/// The group, as a job needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Grouped {
    name: String,
    /// The name goes out: the group was made by us, or renaming is on.
    renames: bool,
    /// The name differs from the one the target was told.
    renamed: bool,
    /// The members to add, or all of them in a full push.
    members: Vec<Member>,
    /// Those to remove: (person, id).
    removed: Vec<(String, String)>,
}

impl Grouped {
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl Job {
    /// `None` where there is nothing to send.
    pub(super) fn push(&mut self, org: &Org, app: &App, group: &str, push: &Push) -> Option<()> {
        let mapping = app.push(group)?;
        let with_inactive = self.setup.habits.is(names::INACTIVE_MEMBERS, "include");
        let members: Vec<Member> = org
            .provisioned_members(app, group, with_inactive)
            .into_iter()
            .map(|(person, id, user_name)| Member { person, id, user_name })
            .collect();
        self.learned.id.clone_from(&mapping.target_id);
        self.group = Some(Grouped {
            renames: app.rename_groups,
            renamed: mapping.name != group,
            members,
            ..Grouped::named(group)
        });
        match push {
            Push::Link { to } if mapping.target_id.is_none() => self.begin_link(app, to),
            // Whatever comes first after a failed first push is the first push.
            Push::First { .. } | Push::Change { .. } | Push::Full | Push::Rename if mapping.target_id.is_none() => {
                if matches!(push, Push::First { immediately: false }) {
                    self.grouped().members.clear();
                }
                match app.imported_groups.get(group) {
                    Some(id) => self.linked(id.clone()),
                    None => self.queue.push_back(Call::LookupGroup(group.to_owned())),
                }
            }
            Push::Full | Push::First { .. } | Push::Link { .. } => self.full(),
            Push::Rename => match self.setup.client {
                ClientKind::Oin => self.queue.extend(self.rename(true)),
                ClientKind::Aiw => self.quiet_put(),
            },
            Push::Change { removed, forced } => return self.change(app, mapping, removed, forced, with_inactive),
        }
        Some(())
    }

    fn grouped(&mut self) -> &mut Grouped {
        self.group.get_or_insert_with(Grouped::default)
    }

    pub(super) fn group_name(&self) -> &str {
        self.group.as_ref().map_or("", |group| group.name.as_str())
    }

    pub(super) fn members(&self) -> Value {
        self.group.as_ref().map_or(json!([]), |group| group.members.iter().map(Member::json).collect())
    }

    fn change(
        &mut self,
        app: &App,
        mapping: &GroupPushMapping,
        removed: &[String],
        forced: &[String],
        with_inactive: bool,
    ) -> Option<()> {
        // Who lost the app is not removed from the target's group any more (ATLASSIAN).
        let goes = |person: &&String| app.external_id(person).is_some() || forced.contains(person) || with_inactive;
        let gone = removed.iter().filter(goes);
        let gone = gone.filter_map(|person| Some((person.clone(), mapping.pushed.get(person)?.clone()))).collect();
        let group = self.grouped();
        group.removed = gone;
        group.members.retain(|member| mapping.pushed.get(&member.person) != Some(&member.id));
        if group.members.is_empty() && group.removed.is_empty() {
            return None;
        }
        match self.setup.client {
            ClientKind::Oin => {
                let patches = self.patches(false);
                let rename = self.rename(false);
                self.in_order(patches, rename.into_iter().collect());
            }
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { exactly: false }),
        }
        Some(())
    }

    fn full(&mut self) {
        match self.setup.client {
            ClientKind::Oin => self.queue.extend(self.patches(true)),
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { exactly: true }),
        }
    }

    /// Members stay as they are.
    fn quiet_put(&mut self) {
        self.grouped().members.clear();
        self.queue.push_back(Call::GetGroup { exactly: false });
    }

    fn begin_link(&mut self, app: &App, to: &str) {
        match app.imported_groups.get(to) {
            Some(id) => self.linked(id.clone()),
            None => self.queue.push_back(Call::LookupGroup(to.to_owned())),
        }
    }

    /// The target has the group already.
    fn linked(&mut self, id: String) {
        self.learned.id = Some(id);
        let replace = self.setup.habits.is(names::LINK_GROUP, "replace");
        match self.setup.client {
            ClientKind::Oin => {
                let patches = self.patches(replace);
                let rename = self.after_create();
                self.in_order(patches, rename);
            }
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { exactly: replace }),
        }
    }

    /// The rename that follows a create is preceded by a GET (GOSCIM57).
    fn after_create(&self) -> Vec<Call> {
        self.rename(false).map_or_else(Vec::new, |rename| vec![Call::ReadGroup, rename])
    }

    fn in_order(&mut self, members: Vec<Call>, rename: Vec<Call>) {
        if self.setup.habits.is(names::RENAME_ORDER, "first") {
            self.queue.extend(rename.into_iter().chain(members));
        } else {
            self.queue.extend(members.into_iter().chain(rename));
        }
    }

    /// The rename PATCH, where the habit sends one; `asked` when the group was renamed in Okta.
    fn rename(&self, asked: bool) -> Option<Call> {
        let group = self.group.as_ref()?;
        let sends = match self.setup.habits.get(names::RENAME) {
            "never" => false,
            "changed" => asked || group.renamed,
            _ => true,
        };
        (sends && group.renames).then_some(Call::RenameGroup)
    }

    /// Membership as PATCHes of at most the batch's size: removals first, one operation each, then one `add` for all.
    fn patches(&self, replace: bool) -> Vec<Call> {
        let Some(group) = &self.group else { return Vec::new() };
        let batch = self.setup.habits.number(names::GROUP_PATCH_BATCH).max(1);
        let mut calls = Vec::new();
        let mut members = group.members.as_slice();
        if replace {
            let (first, rest) = members.split_at(members.len().min(batch));
            calls.push(Call::PatchGroup(json!([self.replacement(first)])));
            members = rest;
        }
        let mut removed = group.removed.as_slice();
        while !removed.is_empty() || !members.is_empty() {
            let (gone, later) = removed.split_at(removed.len().min(batch));
            let (come, rest) = members.split_at(members.len().min(batch - gone.len()));
            (removed, members) = (later, rest);
            let removal = |(_, id): &(String, String)| json!({"op": "remove", "path": format!("members[value eq {}]", json!(id))});
            let mut operations: Vec<Value> = gone.iter().map(removal).collect();
            if !come.is_empty() {
                let value: Vec<Value> = come.iter().map(Member::json).collect();
                operations.push(json!({"op": "add", "path": "members", "value": value}));
            }
            calls.push(Call::PatchGroup(Value::Array(operations)));
        }
        calls
    }

    fn replacement(&self, members: &[Member]) -> Value {
        let members: Vec<Value> = members.iter().map(Member::json).collect();
        match self.setup.habits.get(names::REPLACE_MEMBERS) {
            "value" => json!({"op": "replace", "value": {"members": members}}),
            "value-with-name" => {
                let (id, name) = (&self.learned.id, self.group_name());
                json!({"op": "replace", "value": {"members": members, "id": id, "displayName": name}})
            }
            _ => json!({"op": "replace", "path": "members", "value": members}),
        }
    }

    pub(super) fn group_answered(&mut self, call: &Call, exchange: &Exchange) -> Result<Outcome, String> {
        let doing = match call {
            Call::LookupGroup(_) => "verifying if",
            Call::CreateGroup { .. } => "creating",
            Call::DeleteGroup => "deleting",
            _ => "updating",
        };
        let about = self.group_name().to_owned();
        let failed = |reason: String| {
            let exists = if doing == "verifying if" { " exists" } else { "" };
            format!(
                "Unable to update Group Push mapping target App group {about}: Error while {doing} user group \
                 {about}{exists}: {reason}"
            )
        };
        match call {
            Call::LookupGroup(name) => self.group_looked_up(name, exchange).map_err(failed)?,
            Call::CreateGroup { .. } => self.group_created(exchange).map_err(failed)?,
            Call::GetGroup { exactly } => {
                let server = answer::object(exchange).map_err(failed)?;
                let body = self.edited_group(server, *exactly);
                self.queue.push_front(Call::PutGroup(body));
            }
            _ => {
                answer::done(exchange).map_err(failed)?;
                self.sent(call);
            }
        }
        Ok(Outcome::Go)
    }

    /// Enters what the target has been told.
    fn sent(&mut self, call: &Call) {
        let Some(group) = &self.group else { return };
        if matches!(call, Call::RenameGroup) || (matches!(call, Call::PutGroup(_)) && group.renames) {
            self.learned.name = Some(group.name.clone());
        }
        if matches!(call, Call::PutGroup(_) | Call::PatchGroup(_)) {
            self.learned.added = group.members.iter().map(|m| (m.person.clone(), m.id.clone())).collect();
            self.learned.removed = group.removed.iter().map(|(person, _)| person.clone()).collect();
        }
    }

    fn group_looked_up(&mut self, name: &str, exchange: &Exchange) -> Result<(), String> {
        let none = answer::is_scim_404(exchange) && self.setup.habits.is(names::LOOKUP_404, "none");
        let found = if none { Vec::new() } else { answer::list(answer::success(exchange)?)?.resources };
        match found.as_slice() {
            [] if name != self.group_name() => return Err(format!("the target has no group {name:?} to link to")),
            [] => {
                let filled = match self.setup.habits.get(names::POST_GROUP_MEMBERS) {
                    "full" => true,
                    "empty" => false,
                    _ => !self.setup.is_oin(),
                };
                self.queue.push_back(Call::CreateGroup { filled });
            }
            [one] => {
                let id = answer::id(one).ok_or("the group that was found has no id")?;
                self.linked(id);
            }
            several => {
                let count = several.len();
                return Err(format!("Multiple groups found by displayName. Expected 0 or 1 results but was [{count}]"));
            }
        }
        Ok(())
    }

    fn group_created(&mut self, exchange: &Exchange) -> Result<(), String> {
        let body = answer::done(exchange)?;
        self.learned.id = Some(body.as_ref().and_then(answer::id).ok_or("Create new group returned empty group.")?);
        self.learned.name = Some(self.group_name().to_owned());
        let grouped = self.grouped();
        grouped.renamed = false;
        // The name is ours: it may be sent again whatever the setting for renames.
        grouped.renames = true;
        match self.setup.client {
            ClientKind::Oin => {
                let patches = self.patches(false);
                let rename = self.after_create();
                self.in_order(patches, rename);
            }
            ClientKind::Aiw => self.queue.push_back(Call::GetGroup { exactly: true }),
        }
        Ok(())
    }

    /// The server's own document with our name and members. Of the rest only what was ever seen in a PUT is echoed:
    /// `schemas`, `id` and an `externalId` of the server's (SID697).
    fn edited_group(&self, server: Document, exactly: bool) -> Document {
        let Some(group) = &self.group else { return server };
        let members = merged(server.get("members"), group, exactly);
        let mut body: Document = Map::new();
        for (key, value) in server {
            let value = match key.as_str() {
                "displayName" if group.renames => json!(group.name),
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

/// Our members and the server's: ours alone (`exactly`), or ours added and the removed ones taken away.
fn merged(listed: Option<&Value>, group: &Grouped, exactly: bool) -> Value {
    let listed = listed.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of = |item: &Value| Some((item.get("value")?.as_str()?.to_owned(), item.get("display").cloned()));
    let theirs: Vec<(String, Option<Value>)> = listed.iter().filter_map(of).collect();
    // `display` is the server's, null where it gave none (SCIMGW95).
    let echoed = |(id, display): &(String, Option<Value>)| json!({"value": id, "display": display});
    let mine = |member: &Member| match theirs.iter().find(|(id, _)| *id == member.id) {
        Some(known) => echoed(known),
        None => member.json(),
    };
    if exactly {
        return group.members.iter().map(mine).collect();
    }
    let gone: BTreeSet<&str> = group.removed.iter().map(|(_, id)| id.as_str()).collect();
    let stay = theirs.iter().filter(|(id, _)| !gone.contains(id.as_str())).map(echoed);
    let come = group.members.iter().filter(|member| theirs.iter().all(|(id, _)| *id != member.id)).map(Member::json);
    stay.chain(come).collect()
}

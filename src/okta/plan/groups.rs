//! Groups: first push, linking, renames, deletion, and the responses to all calls about groups. `members.rs` has the
//! changes of members.
//!
//! A catalog app (OIN) changes groups by PATCH; an app created with the App Integration Wizard (AIW) by GET and PUT.

use serde_json::Value;

use super::call::{Call, MemberList};
use super::job::{GroupSubject, Job, Member, Next};
use super::response::{self, ResponseError};
use super::task::{GroupLookupError, TaskError};
use crate::okta::habits::{InactiveMembers, LinkGroup, PostGroupMembers, Rename, RenameOrder};
use crate::okta::org::{App, GroupPush, Org, PersonId};
use crate::wire::Exchange;

impl Job {
    /// Queues the first calls of a push. Returns `None` if there is nothing to send.
    pub(super) fn begin_group(&mut self, org: &Org, app: &App, group: &str, push: &GroupPush) -> Option<()> {
        let mapping = org.push(app, group)?;
        let with_inactive = self.settings.habits.inactive_members == InactiveMembers::Include;
        let people = org.group(group).map_or(&[][..], |group| &group.members);
        let current: Vec<Member> = members(org, app, people, with_inactive);
        self.result.id.clone_from(&mapping.target_id);
        self.group = Some(GroupSubject {
            sends_name: app.rename_groups,
            renamed: mapping.name != group,
            previous: current.clone(),
            added: current.clone(),
            current,
            ..GroupSubject::named(group)
        });
        match push {
            GroupPush::Link { to } if mapping.target_id.is_none() => self.begin_link(app, to),
            // If the first push failed, the next push of any kind is the first one.
            GroupPush::First { .. } | GroupPush::Members(_) | GroupPush::Full | GroupPush::Rename
                if mapping.target_id.is_none() =>
            {
                if matches!(push, GroupPush::First { immediately: false }) {
                    *self.group_mut() = GroupSubject { sends_name: app.rename_groups, ..GroupSubject::named(group) };
                }
                // With Import Groups on, the list that Okta read decides between create and link (AZLAB-7).
                match &app.known_groups {
                    Some(known) => match known.get(group) {
                        Some(id) => self.link_group(id.clone()),
                        None => self.create_group(),
                    },
                    None => self.queue.push_back(Call::LookUpGroup(group.to_owned())),
                }
            }
            GroupPush::Full | GroupPush::First { .. } | GroupPush::Link { .. } => {
                let mut pushed: Vec<Member> = members(org, app, people, true);
                pushed.retain(|member| mapping.pushed.get(&member.person) == Some(&member.id));
                self.push_all_members(pushed);
            }
            GroupPush::Rename => {
                self.group_mut().added.clear();
                if self.settings.patches() {
                    self.queue.extend(self.rename(true));
                } else {
                    self.queue.push_back(Call::GetGroup(vec![MemberList::Current]));
                }
            }
            GroupPush::Members(change) => {
                let before = members(org, app, &change.with_leavers(people), with_inactive);
                self.change_members(app, mapping, change, before)?;
            }
        }
        Some(())
    }

    pub(super) fn group_mut(&mut self) -> &mut GroupSubject {
        self.group.get_or_insert_with(GroupSubject::default)
    }

    fn begin_link(&mut self, app: &App, to: &str) {
        match app.known_groups.as_ref().and_then(|known| known.get(to)) {
            Some(id) => self.link_group(id.clone()),
            None => self.queue.push_back(Call::LookUpGroup(to.to_owned())),
        }
    }

    /// Continues with a group that exists in the target.
    fn link_group(&mut self, id: String) {
        self.result.id = Some(id);
        self.group_mut().replaces = self.settings.habits.link_group == LinkGroup::Replace;
        if self.settings.patches() {
            let patches = self.member_patches();
            let rename = self.rename_after_create();
            self.queue_in_order(patches, rename);
        } else {
            self.queue.push_back(Call::GetGroup(vec![MemberList::Current]));
        }
    }

    fn create_group(&mut self) {
        let with_members = match self.settings.habits.post_group_members {
            PostGroupMembers::Full => true,
            PostGroupMembers::Empty => false,
            PostGroupMembers::ByClient => !self.settings.patches(),
        };
        self.queue.push_back(Call::CreateGroup { with_members });
    }

    /// Returns the rename that follows a create or a link. Okta sends a GET before it (GOSCIM57).
    fn rename_after_create(&self) -> Vec<Call> {
        self.rename(false).map_or_else(Vec::new, |rename| vec![Call::ReadGroup, rename])
    }

    pub(super) fn queue_in_order(&mut self, members: Vec<Call>, rename: Vec<Call>) {
        if self.settings.habits.rename_order == RenameOrder::First {
            self.queue.extend(rename.into_iter().chain(members));
        } else {
            self.queue.extend(members.into_iter().chain(rename));
        }
    }

    /// Returns the PATCH of the name, if the habit `rename` sends one. `renamed_now` is set if the current action renamed
    /// the group in Okta.
    pub(super) fn rename(&self, renamed_now: bool) -> Option<Call> {
        let group = self.group.as_ref()?;
        let sends = match self.settings.habits.rename {
            Rename::Never => false,
            Rename::Changed => renamed_now || group.renamed,
            Rename::Always => true,
        };
        (sends && group.sends_name).then_some(Call::RenameGroup)
    }

    pub(super) fn handle_group_response(&mut self, call: &Call, exchange: &Exchange) -> Result<Next, TaskError> {
        let group = self.group_name().to_owned();
        let failed = |reason| match call {
            Call::CreateGroup { .. } => TaskError::PushGroup { group, verb: "creating", reason },
            Call::DeleteGroup => TaskError::PushGroup { group, verb: "deleting", reason },
            Call::RenameGroup | Call::ReadGroup => TaskError::PushGroup { group, verb: "updating", reason },
            _ => TaskError::GroupMembership { group, reason },
        };
        match call {
            Call::LookUpGroup(name) => {
                let group = self.group_name().to_owned();
                let handled = self.handle_group_lookup(name, exchange);
                handled.map_err(|reason| TaskError::GroupLookup { group, reason })?;
            }
            Call::CreateGroup { .. } => self.handle_group_created(exchange).map_err(failed)?,
            Call::GetGroup(lists) => {
                let server = response::object(exchange).map_err(failed)?;
                for list in lists.iter().rev() {
                    let body = self.edited_group(&server, *list);
                    self.queue.push_front(Call::PutGroup(body, *list));
                }
            }
            // An earlier attempt has deleted it.
            Call::DeleteGroup if exchange.status() == Some(404) && self.starts_again => {}
            _ => {
                response::body(exchange).map_err(failed)?;
                self.record_sent(call);
            }
        }
        Ok(Next::Continue)
    }

    fn handle_group_lookup(&mut self, name: &str, exchange: &Exchange) -> Result<(), GroupLookupError> {
        let matches = if response::is_scim_404(exchange) {
            Vec::new()
        } else {
            let list = response::success(exchange).and_then(response::list);
            list.map_err(GroupLookupError::Response)?.resources
        };
        match matches.as_slice() {
            [] if name != self.group_name() => return Err(GroupLookupError::NoMatch(name.to_owned())),
            [] => self.create_group(),
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
        if self.settings.patches() {
            let patches = self.member_patches();
            let rename = self.rename_after_create();
            self.queue_in_order(patches, rename);
        } else {
            self.group_mut().replaces = true;
            self.queue.push_back(Call::GetGroup(vec![MemberList::Current]));
        }
        Ok(())
    }

    pub(super) fn current_members(&self) -> Value {
        self.group.iter().flat_map(|group| group.current.iter().map(Member::json)).collect()
    }
}

/// Returns those of these people who have an account in the target.
fn members(org: &Org, app: &App, people: &[PersonId], with_inactive: bool) -> Vec<Member> {
    let provisioned = org.provisioned(app, people, with_inactive).into_iter();
    provisioned.map(|(person, id, user_name)| Member { person, id, user_name }).collect()
}

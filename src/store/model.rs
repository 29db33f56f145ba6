//! Plays random commands on a store and on a simple model, and compares results, members and events. The events alone must
//! lead to the memberships, too.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::contract::{Bench, member, object};
use super::{Store, StoreError};
use crate::directory::{Command, Settings};
use crate::events::Event;
use crate::events::OnDeactivate;
use crate::scim::patch::MembersEdit;
use crate::scim::resource::{Kind, Member};

/// A command; the numbers select among the existing resources.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    CreateUser(Profile),
    PutUser(usize, Profile),
    DeleteUser(usize),
    CreateGroup(u8, Vec<usize>),
    PutGroup(usize, u8, Vec<usize>),
    EditMembers(usize, Vec<Edit>),
    DeleteGroup(usize),
}

/// The document of a user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    name: u8,
    upper: bool,
    title: Option<u8>,
    nick: u8,
    active: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Add(Vec<usize>),
    Remove(Vec<usize>),
    Replace(Vec<usize>),
}

fn profile() -> impl Strategy<Value = Profile> {
    (0..4_u8, any::<bool>(), proptest::option::of(0..2_u8), 0..2_u8, proptest::bool::weighted(0.7))
        .prop_map(|(name, upper, title, nick, active)| Profile { name, upper, title, nick, active })
}

fn picks() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..9_usize, 0..4)
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => picks().prop_map(Edit::Add),
        4 => picks().prop_map(Edit::Remove),
        1 => picks().prop_map(Edit::Replace),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => profile().prop_map(Step::CreateUser),
        4 => (0..6_usize, profile()).prop_map(|(user, profile)| Step::PutUser(user, profile)),
        1 => (0..6_usize).prop_map(Step::DeleteUser),
        2 => (0..3_u8, picks()).prop_map(|(name, members)| Step::CreateGroup(name, members)),
        2 => (0..4_usize, 0..3_u8, picks()).prop_map(|(group, name, members)| Step::PutGroup(group, name, members)),
        5 => (0..4_usize, proptest::collection::vec(edit(), 1..4)).prop_map(|(group, edits)| Step::EditMembers(group, edits)),
        1 => (0..4_usize).prop_map(Step::DeleteGroup),
    ];
    proptest::collection::vec(step, 5..40)
}

impl Profile {
    fn user_name(&self) -> String {
        let name = format!("user{}@x.example", self.name);
        if self.upper { name.to_uppercase() } else { name }
    }

    fn document(&self) -> Value {
        let mut document = json!({"userName": self.user_name(), "nickName": self.nick, "active": self.active});
        if let Some(title) = self.title {
            document["title"] = format!("Title {title}").into();
        }
        document
    }

    /// Returns the properties of the event payload that differ.
    fn differences(&self, other: &Self, state: bool) -> Vec<&'static str> {
        let mut all = Vec::new();
        let named = self.user_name() != other.user_name();
        if named || self.title != other.title {
            all.push("custom_attributes");
        }
        if named {
            all.push("email");
        }
        if state {
            all.push("state");
        }
        all
    }
}

struct User {
    id: String,
    profile: Profile,
    /// The state of the directory user, if there is one.
    shown: Option<bool>,
    /// Deactivated in `delete-retained` mode, so that it keeps its directory user.
    is_retained: bool,
    version: u64,
}

struct Group {
    id: String,
    idp_id: u8,
    name: u8,
    members: Vec<String>,
    version: u64,
}

/// The expected content of a directory.
struct Model {
    mode: OnDeactivate,
    users: Vec<User>,
    groups: Vec<Group>,
    log: Vec<String>,
}

const UNKNOWN_ID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn state(active: bool) -> &'static str {
    if active { "active" } else { "inactive" }
}

impl Model {
    fn user_at(&self, pick: usize) -> Option<usize> {
        (!self.users.is_empty()).then(|| pick % self.users.len())
    }

    fn group_at(&self, pick: usize) -> Option<usize> {
        (!self.groups.is_empty()).then(|| pick % self.groups.len())
    }

    /// Selects among users, groups and an unknown id.
    fn ids(&self, picks: &[usize]) -> Vec<String> {
        let mut all: Vec<&str> = self.users.iter().map(|user| user.id.as_str()).collect();
        all.extend(self.groups.iter().map(|group| group.id.as_str()));
        all.push(UNKNOWN_ID);
        picks.iter().map(|pick| all[pick % all.len()].to_owned()).collect()
    }

    fn exists(&self, id: &str) -> bool {
        self.users.iter().any(|user| user.id == id) || self.groups.iter().any(|group| group.id == id)
    }

    fn name_taken(&self, profile: &Profile, own: Option<usize>) -> bool {
        self.users.iter().enumerate().any(|(at, user)| Some(at) != own && user.profile.name == profile.name)
    }

    fn create_user(&mut self, id: String, profile: &Profile) {
        let shown = (profile.active || self.mode == OnDeactivate::Keep).then_some(profile.active);
        if let Some(active) = shown {
            self.log.push(format!("user.created {} {}", profile.user_name(), state(active)));
        }
        self.users.push(User { id, profile: profile.clone(), shown, is_retained: false, version: 1 });
    }

    fn put_user(&mut self, at: usize, profile: &Profile) {
        let mode = self.mode;
        let user = &mut self.users[at];
        let before = std::mem::replace(&mut user.profile, profile.clone());
        if before == *profile {
            return;
        }
        user.version += 1;
        let name = profile.user_name();
        match user.shown {
            None if profile.active => {
                user.shown = Some(true);
                self.log.push(format!("user.created {name} active"));
                let (id, is_retained) = (user.id.clone(), user.is_retained);
                let groups = self.groups.iter().filter(|group| group.members.contains(&id) && !is_retained);
                for group in groups {
                    self.log.push(format!("group.user_added {name} group{}", group.name));
                }
            }
            None => {}
            Some(true) if !profile.active && mode != OnDeactivate::Keep => {
                user.shown = None;
                user.is_retained = mode == OnDeactivate::DeleteRetained;
                self.log.push(format!("user.deleted {name} inactive"));
            }
            Some(was) => {
                user.shown = Some(profile.active);
                let keys = before.differences(profile, was != profile.active);
                if !keys.is_empty() {
                    self.log.push(format!("user.updated {name} {} {}", state(profile.active), keys.join(",")));
                }
            }
        }
    }

    fn delete_user(&mut self, at: usize) {
        let user = self.users.remove(at);
        if let Some(active) = user.shown {
            self.log.push(format!("user.deleted {} {}", user.profile.user_name(), state(active)));
        }
        self.leave_all(&user.id);
    }

    fn leave_all(&mut self, id: &str) {
        for group in &mut self.groups {
            let before = group.members.len();
            group.members.retain(|member| member != id);
            group.version += u64::from(group.members.len() != before);
        }
    }

    fn edges(&mut self, event: &str, ids: &[String], group: u8) {
        for id in ids {
            if let Some(user) = self.users.iter().find(|user| user.id == *id && user.shown.is_some()) {
                self.log.push(format!("group.{event} {} group{group}", user.profile.user_name()));
            }
        }
    }

    fn create_group(&mut self, id: String, name: u8, members: &[String]) {
        self.log.push(format!("group.created group{name}"));
        let mut present: Vec<String> = Vec::new();
        add(&mut present, members, |id| self.exists(id));
        self.edges("user_added", &present, name);
        self.groups.push(Group { id, idp_id: name, name, members: present, version: 1 });
    }

    /// Applies edits one by one to a plain list, then computes the difference.
    fn change_group(&mut self, at: usize, name: u8, edits: &[(&str, Vec<String>)]) {
        let before = self.groups[at].members.clone();
        let mut list = before.clone();
        for (how, ids) in edits {
            match *how {
                "add" => add(&mut list, ids, |id| self.exists(id)),
                "remove" => list.retain(|member| !ids.contains(member)),
                _ => {
                    list.clear();
                    add(&mut list, ids, |id| self.exists(id));
                }
            }
        }
        let removed: Vec<String> = before.iter().filter(|id| !list.contains(id)).cloned().collect();
        let added: Vec<String> = list.iter().filter(|id| !before.contains(id)).cloned().collect();
        let group = &mut self.groups[at];
        let renamed = group.name != name;
        group.name = name;
        group.version += u64::from(renamed || !removed.is_empty() || !added.is_empty());
        group.members.retain(|id| !removed.contains(id));
        group.members.extend(added.iter().cloned());
        if renamed {
            self.log.push(format!("group.updated group{name} name"));
        }
        self.edges("user_removed", &removed, name);
        self.edges("user_added", &added, name);
    }

    /// Returns the direct memberships of directory users, each as a userName and the `idp_id` of a group.
    fn memberships(&self) -> BTreeSet<(String, String)> {
        let of = |group: &Group| {
            let shown = self.users.iter().filter(|user| user.shown.is_some() && group.members.contains(&user.id));
            let idp_id = format!("group{}", group.idp_id);
            shown.map(move |user| (user.profile.user_name(), idp_id.clone())).collect::<Vec<_>>()
        };
        self.groups.iter().flat_map(of).collect()
    }

    fn delete_group(&mut self, at: usize) {
        let group = self.groups.remove(at);
        self.log.push(format!("group.deleted group{}", group.name));
        self.leave_all(&group.id);
    }
}

fn add(list: &mut Vec<String>, ids: &[String], exists: impl Fn(&str) -> bool) {
    for id in ids {
        if exists(id) && !list.contains(id) {
            list.push(id.clone());
        }
    }
}

/// Describes an event as the model does; `None` for events of directories and tokens.
fn describe(event: &Event) -> Option<String> {
    let data = &event.data;
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let user = |data: &Value| text(&data["custom_attributes"]["username"]);
    let keys = data["previous_attributes"].as_object().map(|previous| {
        let mut keys: Vec<&str> = previous.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys.join(",")
    });
    let words = match event.event.trim_start_matches("dsync.") {
        name if name.starts_with("user.") => format!("{name} {} {}", user(data), text(&data["state"])),
        name @ ("group.user_added" | "group.user_removed") => {
            format!("{name} {} {}", user(&data["user"]), text(&data["group"]["name"]))
        }
        name if name.starts_with("group.") => format!("{name} {}", text(&data["name"])),
        _ => return None,
    };
    Some(keys.map_or(words.clone(), |keys| format!("{words} {keys}")))
}

/// Returns the memberships that a consumer knows which only follows the log, in the form of [`Model::memberships`].
fn followed_memberships(events: &[Event]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (mut names, mut edges) = (BTreeMap::new(), BTreeMap::new());
    for Event { event, data, .. } in events {
        match event.trim_start_matches("dsync.") {
            "user.created" | "user.updated" => {
                names.insert(text(&data["id"]), text(&data["custom_attributes"]["username"]));
            }
            "user.deleted" => edges.retain(|(user, _), _| data["id"] != *user),
            "group.deleted" => edges.retain(|(_, group), _| data["id"] != *group),
            "group.user_added" => {
                let edge = (text(&data["user"]["id"]), text(&data["group"]["id"]));
                assert_eq!(edges.insert(edge, text(&data["group"]["idp_id"])), None, "added twice: {data}");
            }
            "group.user_removed" => {
                let edge = (text(&data["user"]["id"]), text(&data["group"]["id"]));
                assert!(edges.remove(&edge).is_some(), "removed, but never added: {data}");
            }
            _ => {}
        }
    }
    edges.into_iter().map(|((user, _), group)| (names[&user].clone(), group)).collect()
}

fn members(ids: &[String]) -> Vec<Member> {
    ids.iter().map(|id| member(id)).collect()
}

fn group_document(name: u8) -> crate::scim::Object {
    object(json!({"displayName": format!("group{name}")}))
}

/// Plays steps on a new directory of the store and on the model, and compares them.
pub(crate) async fn play(store: &dyn Store, mode: OnDeactivate, steps: &[Step]) {
    let bench = Bench::new(store, Settings { on_deactivate: mode, ..Settings::default() }).await;
    let mut model = Model { mode, users: Vec::new(), groups: Vec::new(), log: Vec::new() };
    for step in steps {
        take(&bench, &mut model, step).await;
    }
    let events = bench.events().await;
    let log: Vec<String> = events.iter().filter_map(describe).collect();
    assert_eq!(log, model.log);
    // With `delete-retained` the log alone does not tell the memberships of those who returned.
    if mode != OnDeactivate::DeleteRetained {
        assert_eq!(followed_memberships(&events), model.memberships());
    }
    for user in &model.users {
        let found = store.read(&bench.access, Kind::User, &user.id, false).await.unwrap().unwrap().resource;
        assert_eq!((Value::Object(found.document), found.version), (user.profile.document(), user.version));
    }
    for group in &model.groups {
        let found = store.read(&bench.access, Kind::Group, &group.id, false).await.unwrap().unwrap();
        assert_eq!((bench.members(&group.id).await, found.resource.version), (group.members.clone(), group.version));
    }
    for (kind, ids) in [
        (Kind::User, model.users.iter().map(|user| user.id.clone()).collect::<Vec<_>>()),
        (Kind::Group, model.groups.iter().map(|group| group.id.clone()).collect()),
    ] {
        let query = super::Query { start_index: 1, count: 1_000, ..super::Query::default() };
        assert_eq!(bench.list(kind, query).await, (ids.len() as u64, ids));
    }
}

/// Plays one step on both, which must agree on whether and why it is rejected.
async fn take(bench: &Bench<'_>, model: &mut Model, step: &Step) {
    match step {
        Step::CreateUser(profile) => create_user(bench, model, profile).await,
        Step::PutUser(pick, profile) => put_user(bench, model, *pick, profile).await,
        Step::DeleteUser(pick) => {
            if let Some(at) = model.user_at(*pick) {
                bench.delete(Kind::User, &model.users[at].id).await.unwrap();
                model.delete_user(at);
            }
        }
        Step::DeleteGroup(pick) => {
            if let Some(at) = model.group_at(*pick) {
                bench.delete(Kind::Group, &model.groups[at].id).await.unwrap();
                model.delete_group(at);
            }
        }
        Step::CreateGroup(name, picks) => create_group(bench, model, *name, picks).await,
        Step::PutGroup(pick, name, picks) => {
            if let Some(at) = model.group_at(*pick) {
                put_group(bench, model, at, *name, picks).await;
            }
        }
        Step::EditMembers(pick, edits) => {
            if let Some(at) = model.group_at(*pick) {
                edit_members(bench, model, at, edits).await;
            }
        }
    }
}

async fn create_user(bench: &Bench<'_>, model: &mut Model, profile: &Profile) {
    let result = bench.create_user(profile.document()).await;
    if model.name_taken(profile, None) {
        assert_eq!(super::contract::status(result), 409);
    } else {
        model.create_user(result.unwrap(), profile);
    }
}

async fn put_user(bench: &Bench<'_>, model: &mut Model, pick: usize, profile: &Profile) {
    let Some(at) = model.user_at(pick) else {
        return assert_eq!(super::contract::status(bench.put(UNKNOWN_ID, profile.document()).await), 404);
    };
    let result = bench.put(&model.users[at].id, profile.document()).await;
    if model.name_taken(profile, Some(at)) {
        assert_eq!(super::contract::status(result), 409);
    } else {
        result.unwrap();
        model.put_user(at, profile);
    }
}

async fn create_group(bench: &Bench<'_>, model: &mut Model, name: u8, picks: &[usize]) {
    let ids = model.ids(picks);
    let command = Command::Create { kind: Kind::Group, document: group_document(name), members: members(&ids) };
    let result = bench.send(command).await;
    if model.groups.iter().any(|group| group.idp_id == name) {
        assert_eq!(super::contract::status(result), 409);
    } else {
        model.create_group(result.unwrap().resource.unwrap().id, name, &ids);
    }
}

async fn put_group(bench: &Bench<'_>, model: &mut Model, at: usize, name: u8, picks: &[usize]) {
    let (id, ids) = (model.groups[at].id.clone(), model.ids(picks));
    let command = Command::Replace { kind: Kind::Group, id, document: group_document(name), members: members(&ids) };
    check_edit(model, at, name, &[("replace", ids)], bench.send(command).await);
}

async fn edit_members(bench: &Bench<'_>, model: &mut Model, at: usize, edits: &[Edit]) {
    let edits: Vec<(&str, Vec<String>)> = edits
        .iter()
        .map(|edit| match edit {
            Edit::Add(picks) => ("add", model.ids(picks)),
            Edit::Remove(picks) => ("remove", model.ids(picks)),
            Edit::Replace(picks) => ("replace", model.ids(picks)),
        })
        .collect();
    let commands = edits.iter().map(|(how, ids)| match *how {
        "add" => MembersEdit::Add(members(ids)),
        "remove" => MembersEdit::Remove(ids.clone()),
        _ => MembersEdit::Replace(members(ids)),
    });
    let result = bench.edit(&model.groups[at].id, commands.collect()).await;
    check_edit(model, at, model.groups[at].name, &edits, result);
}

/// A request that would make a group its own member is rejected as a whole.
fn check_edit<T: std::fmt::Debug>(
    model: &mut Model,
    at: usize,
    name: u8,
    edits: &[(&str, Vec<String>)],
    result: Result<T, StoreError>,
) {
    let own = &model.groups[at].id;
    if edits.iter().any(|(how, ids)| *how != "remove" && ids.contains(own)) {
        assert_eq!(super::contract::status(result), 400);
    } else {
        result.unwrap();
        model.change_group(at, name, edits);
    }
}

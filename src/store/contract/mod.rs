//! The contract of every store: tests that use only the trait [`Store`]. A backend declares them with
//! [`store_contract`](suite::store_contract).

pub(crate) mod filters;
pub(crate) mod large;
pub(crate) mod objects;
pub(crate) mod operator;
pub(crate) mod patches;
pub(crate) mod people;
pub(crate) mod racing;
pub(crate) mod returning;
pub(crate) mod sequence;
pub(crate) mod sorts;
pub(crate) mod streams;
pub(crate) mod suite;
pub(crate) mod user_groups;
pub(crate) mod webhooks;

use std::slice;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Access, AdminCommand, Credentials, EventQuery, Expected, OrganizationChanges, Query, Store, StoreError, UserGroup,
    Write, Written,
};
use crate::base::Secret;
use crate::directory::{Command, Settings};
use crate::events::OnDeactivate;
use crate::scim::patch::{MembersEdit, Patch};
use crate::scim::resource::{Kind, Member};
use crate::scim::{Mode, Object};

/// A directory in a store, with shortcuts for tests.
pub(crate) struct Bench<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) access: Arc<Access>,
    pub(crate) token: Secret,
}

pub(crate) fn bearer(token: &Secret) -> Credentials {
    Credentials { authorization: Some(Secret::new(format!("Bearer {}", token.expose()))) }
}

/// Returns the command that creates an organization without properties.
pub(crate) fn add_organization(name: &str) -> AdminCommand {
    AdminCommand::AddOrganization { name: name.to_owned(), changes: OrganizationChanges::default() }
}

pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

pub(crate) fn member(id: &str) -> Member {
    Member { value: id.to_owned(), display: None }
}

/// Returns a PATCH that changes only members.
pub(crate) fn edit(edits: Vec<MembersEdit>) -> Patch {
    Patch { members: edits, ..Patch::default() }
}

impl<'a> Bench<'a> {
    /// Creates a directory with these settings in a new organization.
    pub(crate) async fn new(store: &'a dyn Store, settings: Settings) -> Bench<'a> {
        let made = store.administer(add_organization("Northwind")).await.unwrap();
        let organization = made.organization.unwrap().id;
        let command = AdminCommand::AddDirectory { organization, name: "Okta".to_owned(), settings };
        let made = store.administer(command).await.unwrap();
        let (directory, token) = (made.directory.unwrap(), made.secret.unwrap());
        let access = store.authenticate(&directory.external_key, &bearer(&token)).await.unwrap().unwrap();
        Bench { store, access, token }
    }

    pub(crate) async fn send(&self, command: Command) -> Result<Written, StoreError> {
        let write = Write { directory: Arc::clone(&self.access), expected: Expected::Any, command };
        self.store.write(write).await
    }

    pub(crate) async fn create_user(&self, document: Value) -> Result<String, StoreError> {
        let command = Command::Create { kind: Kind::User, document: object(document), members: Vec::new() };
        Ok(self.send(command).await?.resource.unwrap().id)
    }

    pub(crate) async fn user(&self, name: &str) -> String {
        self.create_user(json!({"userName": name, "active": true})).await.unwrap()
    }

    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> String {
        let members = members.iter().map(|id| member(id)).collect();
        let command = Command::Create { kind: Kind::Group, document: object(json!({"displayName": name})), members };
        self.send(command).await.unwrap().resource.unwrap().id
    }

    pub(crate) async fn put(&self, id: &str, document: Value) -> Result<Written, StoreError> {
        let command =
            Command::Replace { kind: Kind::User, id: id.to_owned(), document: object(document), members: Vec::new() };
        self.send(command).await
    }

    pub(crate) async fn edit(&self, id: &str, edits: Vec<MembersEdit>) -> Result<Written, StoreError> {
        self.send(Command::Patch { kind: Kind::Group, id: id.to_owned(), patch: edit(edits) }).await
    }

    pub(crate) async fn delete(&self, kind: Kind, id: &str) -> Result<Written, StoreError> {
        self.send(Command::Delete { kind, id: id.to_owned() }).await
    }

    pub(crate) async fn members(&self, id: &str) -> Vec<String> {
        let found = self.store.read(&self.access, Kind::Group, id, true).await.unwrap().unwrap();
        found.members.into_iter().map(|(member, _)| member.value).collect()
    }

    /// Returns the names of all events of this organization, oldest first, without the prefix `dsync.`.
    pub(crate) async fn log(&self) -> Vec<String> {
        let events = self.events().await;
        events.into_iter().map(|event| event.event.trim_start_matches("dsync.").to_owned()).collect()
    }

    pub(crate) async fn events(&self) -> Vec<crate::events::Event> {
        let mut all = Vec::new();
        let organization_id = Some(self.access.directory.organization_id.clone());
        let mut query = EventQuery { organization_id, limit: 100, ..EventQuery::default() };
        loop {
            let page = self.store.events(query.clone()).await.unwrap();
            all.extend(page.events);
            match page.after {
                Some(after) => query.after = Some(after),
                None => return all,
            }
        }
    }

    pub(crate) async fn list(&self, kind: Kind, query: Query) -> (u64, Vec<String>) {
        let page = self.store.list(&self.access, kind, query).await.unwrap();
        (page.total, page.resources.into_iter().map(|found| found.resource.id).collect())
    }

    pub(crate) async fn search(&self, kind: Kind, filter: &str) -> Vec<String> {
        let query = Query { filter: Some(filter.parse().unwrap()), start_index: 1, count: 100, ..Query::default() };
        self.list(kind, query).await.1
    }
}

/// Returns the status of a SCIM error.
pub(crate) fn status<T: std::fmt::Debug>(result: Result<T, StoreError>) -> u16 {
    match result {
        Err(StoreError::Scim(error)) => error.status,
        other => panic!("not a SCIM error: {other:?}"),
    }
}

pub(crate) fn keep() -> Settings {
    Settings::default()
}

pub(crate) fn deleting() -> Settings {
    Settings { on_deactivate: OnDeactivate::Delete, ..Settings::default() }
}

pub(crate) fn strict() -> Settings {
    Settings { mode: Mode::Strict, ..Settings::default() }
}

/// A user is created, changed and deleted, with one event for each step.
pub(crate) async fn life_of_a_user(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.user("ines@northwind.example").await;
    let document = json!({"userName": "ines@northwind.example", "active": true, "title": "Analyst"});
    assert_eq!(bench.put(&id, document.clone()).await.unwrap().events, 1);
    let again = bench.put(&id, document).await.unwrap();
    assert_eq!((again.events, again.resource.unwrap().version), (0, 2));
    assert_eq!(bench.delete(Kind::User, &id).await.unwrap().resource, None);
    assert!(bench.store.read(&bench.access, Kind::User, &id, true).await.unwrap().is_none());
    assert_eq!(bench.log().await, ["activated", "token.created", "user.created", "user.updated", "user.deleted"]);
    assert_eq!(status(bench.delete(Kind::User, &id).await), 404);
}

/// A membership change yields one event for each member that is removed or added, removals first, and none for the others.
pub(crate) async fn members_move(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let (ann, bob, cid) = (bench.user("ann").await, bench.user("bob").await, bench.user("cid").await);
    let group = bench.group("Sales", &[&ann, &bob, "unknown"]).await;
    let before = bench.log().await.len();
    let edits = vec![MembersEdit::Add(vec![member(&cid), member(&ann)]), MembersEdit::Remove(vec![bob.clone()])];
    assert_eq!(bench.edit(&group, edits.clone()).await.unwrap().events, 2);
    assert_eq!(bench.edit(&group, edits).await.unwrap().events, 0);
    assert_eq!(bench.members(&group).await, [ann.clone(), cid.clone()]);
    assert_eq!(bench.log().await[before..], ["group.user_removed", "group.user_added"]);
    let found = bench.store.read(&bench.access, Kind::User, &ann, true).await.unwrap().unwrap();
    let sales = UserGroup { group: group.clone(), name: "Sales".to_owned(), direct: true };
    assert_eq!(found.groups, std::slice::from_ref(&sales));
    // Groups that contain groups are listed once each, even if they contain each other.
    let all = bench.group("All", &[&group]).await;
    bench.edit(&group, vec![MembersEdit::Add(vec![member(&all)])]).await.unwrap();
    let found = bench.store.read(&bench.access, Kind::User, &ann, true).await.unwrap().unwrap();
    assert_eq!(found.groups, [sales, UserGroup { group: all.clone(), name: "All".to_owned(), direct: false }]);
    bench.delete(Kind::Group, &all).await.unwrap();
    bench.delete(Kind::User, &ann).await.unwrap();
    assert_eq!(bench.members(&group).await, [cid]);
    assert_eq!(bench.log().await.last().unwrap(), "user.deleted");
}

/// Filters that an index can evaluate, and one that it cannot.
pub(crate) async fn searches(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let ann = bench.create_user(json!({"userName": "Ann@x.example", "externalId": "00u1"})).await.unwrap();
    let bob = bench.user("bob@x.example").await;
    other.user("ann@x.example").await;
    assert_eq!(bench.search(Kind::User, r#"userName eq "aNN@x.example""#).await, slice::from_ref(&ann));
    assert_eq!(bench.search(Kind::User, r#"externalId eq "00u1""#).await, slice::from_ref(&ann));
    assert!(bench.search(Kind::User, r#"externalId eq "00U1""#).await.is_empty());
    assert_eq!(bench.search(Kind::User, &format!(r#"id eq "{bob}""#)).await, slice::from_ref(&bob));
    assert!(other.search(Kind::User, &format!(r#"id eq "{bob}""#)).await.is_empty());
    assert_eq!(bench.search(Kind::User, r#"userName co "x.example""#).await, [ann.clone(), bob.clone()]);
    let everyone = Query { start_index: 2, count: 5, ..Query::default() };
    assert_eq!(bench.list(Kind::User, everyone).await, (2, vec![bob]));
}

/// Index pages of a list with deleted rows, including the edge cases.
pub(crate) async fn pages(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let mut ids = Vec::new();
    for n in 0..30 {
        ids.push(bench.user(&format!("user{n}")).await);
    }
    for id in [ids.remove(20), ids.remove(5), ids.remove(0)] {
        bench.delete(Kind::User, &id).await.unwrap();
    }
    let all = ids.len();
    for filter in [None, Some(r#"userName sw "user""#.parse().unwrap())] {
        for (start, count) in
            [(1, 10), (11, 10), (25, 10), (27, 1), (28, 10), (1_000_000, 5), (3, 0), (0, 3), (1, 1_000)]
        {
            let query =
                Query { filter: filter.clone(), start_index: start, count, with_members: true, ..Query::default() };
            let from = (usize::try_from(start).unwrap().max(1) - 1).min(all);
            let expected = ids[from..(from + count).min(all)].to_vec();
            assert_eq!(bench.list(Kind::User, query).await, (all as u64, expected), "{start} {count}");
        }
    }
    let groups = Query { start_index: 1, count: 10, ..Query::default() };
    assert_eq!(bench.list(Kind::Group, groups).await, (0, Vec::new()));
}

//! Pages of directory users, directory groups and directories, as the directory API lists them.

use std::slice;

use serde_json::json;

use super::{Bench, deleting, keep};
use crate::base::limits;
use crate::directory::model::DomainState;
use crate::directory::{DirectoryState, Settings};
use crate::scim::resource::Kind;
use crate::store::objects::{
    Cursor, DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery, ObjectPage, ObjectRange, OrganizationQuery,
    StoredGroup, StoredUser,
};
use crate::store::{AdminCommand, Edit, OrganizationChanges, Store, StoreError};

fn range(descending: bool, cursor: Option<Cursor>, limit: usize) -> ObjectRange {
    ObjectRange { descending, cursor, limit }
}

fn all() -> ObjectRange {
    range(false, None, limits::EVENTS_PAGE)
}

impl Bench<'_> {
    fn own(&self) -> String {
        self.access.directory.id.clone()
    }

    async fn user_page(&self, query: DirectoryUserQuery) -> ObjectPage<StoredUser> {
        self.store.list_users(query).await.unwrap()
    }

    /// Returns the ids and names of the directory users that a query finds.
    async fn users_of(&self, query: DirectoryUserQuery) -> Vec<(String, String)> {
        let found = self.user_page(query).await.objects.into_iter().map(|StoredUser { directory, user }| {
            assert_eq!(directory.organization_id, self.access.directory.organization_id);
            (user.row.id, user.profile.custom_attributes["username"].as_str().unwrap().to_owned())
        });
        found.collect()
    }

    async fn user_names(&self, query: DirectoryUserQuery) -> Vec<String> {
        self.users_of(query).await.into_iter().map(|(_, name)| name).collect()
    }

    async fn groups_of(&self, query: DirectoryGroupQuery) -> Vec<(String, String)> {
        let page = self.store.list_groups(query).await.unwrap();
        page.objects.into_iter().map(|StoredGroup { group, .. }| (group.id, group.name)).collect()
    }

    /// Walks through the directory users of a query, forwards and back, and returns the names on each page.
    async fn walk(&self, query: DirectoryUserQuery) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let (descending, limit) = (query.range.descending, query.range.limit);
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let mut cursor = None;
        let mut last = loop {
            let query = DirectoryUserQuery { range: range(descending, cursor.clone(), limit), ..query.clone() };
            let page = self.user_page(query.clone()).await;
            assert_eq!(page.before.is_some(), cursor.is_some() && !page.objects.is_empty());
            there.push(self.user_names(query).await);
            match page.after {
                Some(after) => cursor = Some(Cursor::After(after)),
                None => break page.before,
            }
        };
        while let Some(before) = last {
            let cursor = Some(Cursor::Before(before));
            let query = DirectoryUserQuery { range: range(descending, cursor, limit), ..query.clone() };
            back.push(self.user_names(query.clone()).await);
            last = self.user_page(query).await.before;
        }
        (there, back)
    }
}

/// Lists are complete in both orders and both directions, and another directory has no part in them.
pub(crate) async fn pages_of_users(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let mut names: Vec<String> = (0..7).map(|n| format!("user{n}")).collect();
    for name in &names {
        bench.user(name).await;
        other.user(name).await;
    }
    let mine = DirectoryUserQuery { directory: Some(bench.own()), range: range(false, None, 3), ..Default::default() };
    let pages = |names: &[String]| names.chunks(3).map(<[String]>::to_vec).collect::<Vec<_>>();
    let (there, back) = bench.walk(mine.clone()).await;
    assert_eq!((there, back), (pages(&names), vec![names[3..6].to_vec(), names[..3].to_vec()]));
    names.reverse();
    let newest_first = DirectoryUserQuery { range: range(true, None, 3), ..mine.clone() };
    let (there, back) = bench.walk(newest_first).await;
    assert_eq!((there, back), (pages(&names), vec![names[3..6].to_vec(), names[..3].to_vec()]));
    // Without a directory the list contains every directory.
    let mut cursor = None;
    let mut seen = 0;
    loop {
        let query = DirectoryUserQuery { range: range(true, cursor, 5), ..Default::default() };
        let page = store.list_users(query).await.unwrap();
        let directories = page.objects.iter().map(|found| &found.directory.directory_id);
        seen += directories.filter(|id| [bench.own(), other.own()].contains(id)).count();
        match page.after {
            Some(after) => cursor = Some(Cursor::After(after)),
            None => break,
        }
    }
    assert_eq!(seen, 14);
    let cursors = ["", "directory_user_1", "directory_group_01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"];
    for cursor in cursors {
        let range = range(true, Some(Cursor::After(cursor.to_owned())), 5);
        let result = store.list_users(DirectoryUserQuery { range, ..mine.clone() }).await;
        assert!(matches!(result, Err(StoreError::Cursor(_))), "{cursor}");
    }
    let unknown = DirectoryUserQuery { directory: Some("directory_x".to_owned()), range: all(), ..Default::default() };
    assert!(matches!(store.list_users(unknown).await, Err(StoreError::Unknown(_))));
}

/// A page continues although the object at its cursor is gone.
pub(crate) async fn a_cursor_outlives_its_object(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let mut ids = Vec::new();
    for name in ["ann", "bob", "cid"] {
        ids.push(bench.user(name).await);
    }
    let mine = DirectoryUserQuery { directory: Some(bench.own()), range: range(false, None, 2), ..Default::default() };
    let after = bench.user_page(mine.clone()).await.after.unwrap();
    bench.delete(Kind::User, &ids[1]).await.unwrap();
    let next = DirectoryUserQuery { range: range(false, Some(Cursor::After(after.clone())), 2), ..mine };
    assert_eq!(bench.user_names(next).await, ["cid"]);
    assert!(store.directory_user(&after).await.unwrap().is_none());
}

/// The filters of directory users and groups, alone and together.
pub(crate) async fn filtered_objects(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let person = |name: &str, external: &str, address: &str| {
        json!({
            "userName": name, "externalId": external, "active": true,
            "emails": [{"value": "home@x.example", "type": "home"}, {"value": address, "type": "work"}],
        })
    };
    let ann = bench.create_user(person("ann", "00u1", "Ann@X.example")).await.unwrap();
    let bob = bench.create_user(person("bob", "00u2", "bob@x.example")).await.unwrap();
    let cid = bench.create_user(person("cid", "00u3", "ann@x.example")).await.unwrap();
    let sales = bench.group("Sales", &[&cid, &ann]).await;
    bench.group("All", &[&sales, &ann, &bob]).await;
    bench.group("Empty", &[]).await;

    let mine = || DirectoryUserQuery { directory: Some(bench.own()), range: all(), ..Default::default() };
    let by_email = |email: &str| DirectoryUserQuery { email: Some(email.to_owned()), ..mine() };
    assert_eq!(bench.user_names(by_email("ANN@x.example")).await, ["ann", "cid"]);
    assert!(bench.user_names(by_email("home@x.example")).await.is_empty());
    let by_idp_id = |id: &str| DirectoryUserQuery { idp_id: Some(id.to_owned()), ..mine() };
    assert_eq!(bench.user_names(by_idp_id("00u2")).await, ["bob"]);
    assert!(bench.user_names(by_idp_id("00U2")).await.is_empty());

    let groups =
        bench.groups_of(DirectoryGroupQuery { directory: Some(bench.own()), range: all(), ..Default::default() }).await;
    let names: Vec<&str> = groups.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["Sales", "All", "Empty"]);
    let group = |at: usize| Some(groups[at].0.clone());
    let members = |at: usize| DirectoryUserQuery { group: group(at), range: all(), ..Default::default() };
    assert_eq!(bench.user_names(members(0)).await, ["ann", "cid"]);
    assert_eq!(bench.user_names(members(1)).await, ["ann", "bob"]);
    assert!(bench.user_names(members(2)).await.is_empty());
    let both =
        DirectoryUserQuery { email: Some("ann@x.example".to_owned()), directory: Some(bench.own()), ..members(1) };
    assert_eq!(bench.user_names(both).await, ["ann"]);
    let one_by_one = DirectoryUserQuery { range: range(true, None, 1), ..members(0) };
    assert_eq!(
        bench.walk(one_by_one).await,
        (vec![vec!["cid".to_owned()], vec!["ann".to_owned()]], vec![vec!["cid".to_owned()]])
    );

    let users = bench.users_of(mine()).await;
    let of =
        |user: usize| DirectoryGroupQuery { user: Some(users[user].0.clone()), range: all(), ..Default::default() };
    assert_eq!(bench.groups_of(of(0)).await, groups[..2]);
    assert_eq!(bench.groups_of(of(1)).await, groups[1..2]);
    let newest = DirectoryGroupQuery { range: range(true, Some(Cursor::After(groups[1].0.clone())), 5), ..of(0) };
    assert_eq!(bench.groups_of(newest).await, groups[..1]);
    let found = store.directory_group(&groups[0].0).await.unwrap().unwrap();
    assert_eq!((found.group.name.as_str(), found.directory.directory_id), ("Sales", bench.own()));
    for unknown in ["directory_user_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nothing", groups[0].0.as_str()] {
        let query = DirectoryGroupQuery { user: Some(unknown.to_owned()), range: all(), ..Default::default() };
        assert!(matches!(store.list_groups(query).await, Err(StoreError::Unknown(_))), "{unknown}");
        assert!(store.directory_user(unknown).await.unwrap().is_none());
    }
    // The address follows the document.
    bench.put(&bob, person("bob", "00u2", "robert@x.example")).await.unwrap();
    assert_eq!(bench.user_names(by_email("robert@x.example")).await, ["bob"]);
    assert!(bench.user_names(by_email("bob@x.example")).await.is_empty());
}

/// In `delete` mode a deactivated user is not listed, and a returning one is listed as the newest.
pub(crate) async fn users_that_return_are_listed_again(store: &dyn Store) {
    let bench = Bench::new(store, deleting()).await;
    let document = |active: bool| json!({"userName": "ann", "externalId": "00u1", "active": active});
    let ann = bench.create_user(document(true)).await.unwrap();
    bench.user("bob").await;
    let mine = || DirectoryUserQuery { directory: Some(bench.own()), range: all(), ..Default::default() };
    let first = bench.users_of(mine()).await;
    bench.put(&ann, document(false)).await.unwrap();
    assert_eq!(bench.users_of(mine()).await, first[1..]);
    assert!(store.directory_user(&first[0].0).await.unwrap().is_none());
    bench.put(&ann, document(true)).await.unwrap();
    let users = bench.users_of(mine()).await;
    assert_eq!(users.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["bob", "ann"]);
    assert_ne!(users[1].0, first[0].0);
    assert_eq!(store.directory_user(&users[1].0).await.unwrap().unwrap().user.row.idp_id, "00u1");
}

/// Directories are listed by organization and by a part of their name.
pub(crate) async fn pages_of_directories(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let organization = bench.access.directory.organization_id.clone();
    let mut ids = vec![bench.own()];
    for name in ["Second Okta", "Third"] {
        let command = AdminCommand::AddDirectory {
            organization: organization.clone(),
            name: name.to_owned(),
            settings: Settings::default(),
        };
        ids.push(store.administer(command).await.unwrap().directory.unwrap().id);
    }
    let list = async |search: Option<&str>, range: ObjectRange| {
        let (organization_id, search) = (Some(organization.clone()), search.map(str::to_owned));
        let page = store
            .list_directories(DirectoryQuery { organization_id, search, range, ..Default::default() })
            .await
            .unwrap();
        page.objects.into_iter().map(|directory| directory.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, all()).await, ids);
    assert_eq!(list(Some("OKTA"), all()).await, ids[..2]);
    assert_eq!(list(None, range(true, Some(Cursor::After(ids[2].clone())), 1)).await, ids[1..2]);
    assert_eq!(list(None, range(true, Some(Cursor::Before(ids[0].clone())), 1)).await, ids[1..2]);
    assert_eq!(store.directory(&ids[1]).await.unwrap().unwrap().name, "Second Okta");
    assert!(store.directory("directory_x").await.unwrap().is_none());
}

/// Organizations keep their properties, are found by them, and give domains and external IDs back when they are removed.
pub(crate) async fn organizations_have_properties(store: &dyn Store) {
    let changes = |domain: &str, external_id: &str| OrganizationChanges {
        domains: Some(vec![(domain.to_owned(), DomainState::Verified)]),
        metadata: Edit::Set([("tier".to_owned(), Some("gold".to_owned()))].into()),
        external_id: Edit::Set(external_id.to_owned()),
        ..OrganizationChanges::default()
    };
    let create = async |name: &str, changes: OrganizationChanges| {
        store.administer(AdminCommand::AddOrganization { name: name.to_owned(), changes }).await
    };
    let acme = create("Acme", changes("acme.example", "ext-1")).await.unwrap().organization.unwrap();
    assert_eq!(store.organization(&acme.id).await.unwrap(), Some(acme.clone()));
    assert_eq!(store.organization_by_external_id("ext-1").await.unwrap(), Some(acme.clone()));
    for taken in [changes("acme.example", "ext-2"), changes("other.example", "ext-1")] {
        assert!(matches!(create("Other", taken).await, Err(StoreError::Administration(_))));
    }
    let other = create("Other", changes("other.example", "ext-2")).await.unwrap().organization.unwrap();
    let list = async |domains: &[&str], search: Option<&str>| {
        let domains = domains.iter().map(|&domain| domain.to_owned()).collect();
        let query = OrganizationQuery { domains, search: search.map(str::to_owned), range: all() };
        let page = store.list_organizations(query).await.unwrap();
        page.objects.into_iter().map(|organization| organization.id).collect::<Vec<_>>()
    };
    assert_eq!(list(&["ACME.example"], None).await, slice::from_ref(&acme.id));
    assert_eq!(list(&["acme.example", "other.example"], None).await, [acme.id.clone(), other.id.clone()]);
    assert_eq!(list(&[], Some("acM")).await, slice::from_ref(&acme.id));
    let renamed = OrganizationChanges { name: Some("Acme 2".to_owned()), ..Default::default() };
    let set = AdminCommand::SetOrganization { id: acme.id.clone(), changes: renamed };
    let set = store.administer(set).await.unwrap().organization.unwrap();
    assert_eq!((set.name.as_str(), &set.domains, &set.external_id), ("Acme 2", &acme.domains, &acme.external_id));
    assert_eq!(store.organization(&acme.id).await.unwrap(), Some(set));
    store.administer(AdminCommand::RemoveOrganization { id: acme.id.clone() }).await.unwrap();
    assert_eq!(store.organization(&acme.id).await.unwrap(), None);
    assert!(list(&["acme.example"], None).await.is_empty());
    create("Acme", changes("acme.example", "ext-1")).await.unwrap();
    let again = store.administer(AdminCommand::RemoveOrganization { id: acme.id }).await;
    assert!(matches!(again, Err(StoreError::Unknown(_))));
}

/// A removed directory refuses requests at once, yields `dsync.deleted` alone, and ends without rows.
pub(crate) async fn a_directory_is_removed(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let mut ids = Vec::new();
    for n in 0..300 {
        ids.push(bench.user(&format!("user{n}")).await);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let inner = bench.group("All", &ids).await;
    bench.group("Outer", &[&inner, ids[0]]).await;
    let kept = other.user("user0").await;
    let before = bench.log().await.len();
    let first =
        bench.users_of(DirectoryUserQuery { directory: Some(bench.own()), range: all(), ..Default::default() }).await;
    let removed = store.administer(AdminCommand::RemoveDirectory { id: bench.own() }).await.unwrap().directory.unwrap();
    assert_eq!(removed.state, DirectoryState::Deleting);
    assert_eq!(bench.log().await[before..], ["deleted"]);
    let key = &bench.access.directory.external_key;
    assert!(store.authenticate(key, &super::bearer(&bench.token)).await.unwrap().is_none());
    assert!(matches!(bench.create_user(json!({"userName": "late"})).await, Err(StoreError::Unknown(_))));
    assert!(store.directory_user(&first[0].0).await.unwrap().is_none());
    assert!(!store.directories().await.unwrap().iter().any(|directory| directory.id == bench.own()));
    // The deletion goes on by itself. Another write finds a consistent store at any moment.
    let mut rounds = 0;
    while store.directory(&bench.own()).await.unwrap().is_some() {
        rounds += 1;
        other.user(&format!("round{rounds}")).await;
        assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
    }
    assert!(store.read(&other.access, Kind::User, &kept, false).await.unwrap().is_some());
    let again = store.administer(AdminCommand::RemoveDirectory { id: bench.own() }).await;
    assert!(matches!(again, Err(StoreError::Unknown(_))));
}

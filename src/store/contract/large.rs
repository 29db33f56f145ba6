//! Pages that end by their size, and resources that are too large for a point read.

use std::sync::Arc;

use serde_json::json;

use super::{Bench, keep, member};
use crate::base::limits;
use crate::directory::Command;
use crate::scim::Sort;
use crate::scim::patch::MembersEdit;
use crate::scim::resource::Kind;
use crate::store::{EventQuery, Expected, Page, Query, Store, Write};

/// The size of each document: three fit on a page.
const BYTES: usize = limits::PAGE_BYTES * 3 / 10;
const USERS: usize = 7;

async fn populate(store: &dyn Store) -> (Bench<'_>, Vec<String>) {
    let bench = Bench::new(store, keep()).await;
    let mut ids = Vec::new();
    for n in 0..USERS {
        let document = json!({"userName": format!("user{n}"), "title": "x".repeat(BYTES)});
        ids.push(bench.create_user(document).await.unwrap());
    }
    (bench, ids)
}

/// Creates users named `user0`, `user1` and so on, in few transactions.
pub(crate) async fn users(bench: &Bench<'_>, count: usize) -> Vec<String> {
    let writes = (0..count).map(|n| {
        let document = super::object(json!({"userName": format!("user{n}"), "active": true}));
        let command = Command::Create { kind: Kind::User, document, members: Vec::new() };
        Write { directory: Arc::clone(&bench.access), expected: Expected::Any, command }
    });
    let written = bench.store.write_all(writes.collect(), None).await;
    written.into_iter().map(|written| written.unwrap().resource.unwrap().id).collect()
}

fn ids(page: &Page) -> Vec<String> {
    page.resources.iter().map(|stored| stored.resource.id.clone()).collect()
}

/// A page ends before it exceeds its size, and the next one begins there, by index and by cursor, however the list is
/// found.
pub(crate) async fn pages_end_by_size(store: &dyn Store) {
    let (bench, all) = populate(store).await;
    let sort = Sort::parse(Some("userName"), None, Kind::User, &bench.access.schemas).unwrap();
    for (filter, sort) in [
        (None, None),
        (Some(r#"userName sw "user""#), None),
        (Some(r#"title co "xx""#), None),
        (None, sort.clone()),
        (Some(r#"title co "xx""#), sort),
    ] {
        let filter = filter.map(|filter| filter.parse().unwrap());
        let query = Query { filter, sort, start_index: 1, count: 100, ..Query::default() };
        let (mut by_index, mut by_cursor, mut after) = (Vec::new(), Vec::new(), None);
        while by_index.len() < USERS {
            let query = Query { start_index: by_index.len() as u64 + 1, ..query.clone() };
            let page = store.list(&bench.access, Kind::User, query).await.unwrap();
            check_size(&page, USERS);
            by_index.extend(ids(&page));
        }
        loop {
            let page = store.list(&bench.access, Kind::User, Query { after, ..query.clone() }).await.unwrap();
            check_size(&page, USERS);
            by_cursor.extend(ids(&page));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((&by_index, &by_cursor), (&all, &all), "{query:?}");
    }
}

fn check_size(page: &Page, total: usize) {
    assert_eq!(page.total, total as u64);
    let documents: usize =
        page.resources.iter().map(|one| one.resource.document["title"].as_str().unwrap().len()).sum();
    assert!(documents <= limits::PAGE_BYTES && page.bytes >= documents, "{documents} {}", page.bytes);
    assert!(page.next.is_none() || page.resources.len() == 3, "{}", page.resources.len());
}

/// A search of both types ends by size within one type, between the two, and continues there.
pub(crate) async fn searches_end_by_size(store: &dyn Store) {
    let (bench, mut all) = populate(store).await;
    for n in 0..3 {
        let document = super::object(json!({"displayName": format!("group{n}"), "title": "x".repeat(BYTES)}));
        let command = Command::Create { kind: Kind::Group, document, members: Vec::new() };
        all.push(bench.send(command).await.unwrap().resource.unwrap().id);
    }
    for filter in [None, Some("meta.created pr")] {
        let filter = filter.map(|filter| filter.parse().unwrap());
        let query = Query { filter, start_index: 1, count: 100, ..Query::default() };
        let (mut by_index, mut by_cursor, mut after) = (Vec::new(), Vec::new(), None);
        while by_index.len() < all.len() {
            let query = Query { start_index: by_index.len() as u64 + 1, ..query.clone() };
            let page = store.search(&bench.access, query.clone(), query).await.unwrap();
            check_size(&page, all.len());
            by_index.extend(ids(&page));
        }
        loop {
            let query = Query { after, ..query.clone() };
            let page = store.search(&bench.access, query.clone(), query).await.unwrap();
            check_size(&page, all.len());
            by_cursor.extend(ids(&page));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((&by_index, &by_cursor), (&all, &all));
    }
}

/// A resource that is larger than a page has a page of its own, and does not end the list.
pub(crate) async fn a_page_has_a_resource(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let mut all = Vec::new();
    for bytes in [10, limits::PAGE_BYTES + 1, 10] {
        let document = json!({"userName": format!("user{}", all.len()), "title": "x".repeat(bytes)});
        all.push(bench.create_user(document).await.unwrap());
    }
    for (start_index, wanted) in [(1, &all[..1]), (2, &all[1..2]), (3, &all[2..])] {
        let query = Query { start_index, count: 100, ..Query::default() };
        assert_eq!(bench.list(Kind::User, query).await, (3, wanted.to_vec()), "{start_index}");
    }
}

/// A page of the log ends by its size, too.
pub(crate) async fn log_pages_end_by_size(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    for n in 0..USERS {
        // Only mapped attributes are in the events.
        let document = json!({"userName": format!("user{n}"), "active": true, "title": "x".repeat(BYTES)});
        bench.create_user(document).await.unwrap();
    }
    let organization_id = Some(bench.access.directory.organization_id.clone());
    let names = vec!["dsync.user.created".to_owned()];
    for descending in [false, true] {
        let query = EventQuery {
            names: names.clone(),
            organization_id: organization_id.clone(),
            descending,
            limit: 100,
            ..EventQuery::default()
        };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.events(EventQuery { after, ..query.clone() }).await.unwrap();
            assert!(page.bytes <= limits::PAGE_BYTES && !page.events.is_empty(), "{}", page.bytes);
            assert!(page.after.is_none() || page.events.len() < USERS);
            seen.extend(page.events.into_iter().map(|event| event.id));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), USERS);
        assert!(if descending { seen.is_sorted_by(|one, next| one > next) } else { seen.is_sorted() });
    }
}

/// A group beyond the bounds of a point read is returned whole, by its id and by a lookup.
pub(crate) async fn large_groups(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let users = users(&bench, limits::POINT_READ_MEMBERS + 1).await;
    let group = bench.group("All", &[]).await;
    for part in users.chunks(limits::POINT_READ_MEMBERS) {
        let members = part.iter().map(|id| member(id)).collect();
        bench.edit(&group, vec![MembersEdit::Add(members)]).await.unwrap();
        assert!(bench.members(&group).await.ends_with(part));
        let filter = Some(r#"displayName eq "all""#.parse().unwrap());
        let query = Query { filter, start_index: 1, count: 10, with_members: true, ..Query::default() };
        let page = store.list(&bench.access, Kind::Group, query).await.unwrap();
        let found: Vec<String> = page.resources[0].members.iter().map(|(member, _)| member.value.clone()).collect();
        assert_eq!((page.total, page.resources.len(), found), (1, 1, bench.members(&group).await));
    }
    assert_eq!(bench.members(&group).await, users);
}

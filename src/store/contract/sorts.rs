//! Sorted lists and walks by cursor: whatever the order is kept by, the answer is that of a plain sort in memory.

use std::cmp::Ordering;

use serde_json::json;

use super::Bench;
use super::filters::everything;
use crate::scim::Sort;
use crate::scim::resource::{Kind, Resource};
use crate::scim::sort::Key;
use crate::store::{Query, Store};

const TITLES: &[Option<&str>] =
    &[Some("b"), None, Some("A"), Some("a"), Some("É"), Some("zz"), Some("b"), None, Some("")];

/// By an index, by a column, by the documents; up and down; page by page.
pub(crate) async fn sorted(store: &dyn Store) {
    let bench = Bench::new(store, crate::directory::Settings::default()).await;
    for (n, title) in TITLES.iter().enumerate() {
        // Names and externalIds in orders of their own.
        let mut user = json!({"userName": format!("{}x", (n * 4) % 9), "active": n % 2 == 0});
        if let Some(title) = title {
            user["title"] = json!(title);
            user["externalId"] = json!(format!("{}", (n * 7) % 9));
        }
        bench.create_user(user).await.unwrap();
    }
    let all = everything(&bench, Kind::User).await;
    let all: Vec<Resource> = all.into_iter().map(|found| found.resource).collect();
    let meta = ["meta.created", "meta.lastModified", "meta.version", "meta.resourceType"];
    for by in ["userName", "externalId", "title", "active", "id"].into_iter().chain(meta) {
        for order in ["ascending", "descending"] {
            let sort = Sort::parse(Some(by), Some(order), Kind::User, &bench.access.schemas).unwrap().unwrap();
            let wanted = by_hand(&all, &sort);
            walk(&bench, &sort, &wanted).await;
        }
    }
}

/// What a plain, stable sort gives.
fn by_hand(all: &[Resource], sort: &Sort) -> Vec<String> {
    let key = |one: &Resource| match (sort.by.name.as_str(), sort.by.sub.as_deref()) {
        ("id", _) => Some(Key::Text(one.id.clone())),
        ("meta", Some("created")) => Some(Key::Whole(one.created.as_millisecond())),
        ("meta", Some("lastModified")) => Some(Key::Whole(one.last_modified.as_millisecond())),
        ("meta", _) => Some(Key::Whole(0)),
        _ => sort.by.key(&one.document),
    };
    let mut sorted: Vec<(Option<Key>, &Resource)> = all.iter().map(|one| (key(one), one)).collect();
    sorted.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(Key::Text(one)), Some(Key::Text(other))) => one.cmp(other),
        (Some(Key::Whole(one)), Some(Key::Whole(other))) => one.cmp(other),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        _ => Ordering::Equal,
    });
    if sort.descending {
        sorted.reverse();
    }
    sorted.into_iter().map(|(_, one)| one.id.clone()).collect()
}

/// By index and by cursor, two on a page.
async fn walk(bench: &Bench<'_>, sort: &Sort, wanted: &[String]) {
    let (mut by_cursor, mut after) = (Vec::new(), Some(0));
    for (page, ids) in wanted.chunks(2).enumerate() {
        let start_index = page as u64 * 2 + 1;
        let query = Query { sort: Some(sort.clone()), start_index, count: 2, ..Query::default() };
        assert_eq!(bench.list(Kind::User, query.clone()).await, (wanted.len() as u64, ids.to_vec()), "{sort:?}");
        let page = bench.store.list(&bench.access, Kind::User, Query { after, ..query }).await.unwrap();
        by_cursor.extend(page.found.into_iter().map(|found| found.resource.id));
        after = page.next;
    }
    assert_eq!((by_cursor.as_slice(), after), (wanted, None), "{sort:?}");
}

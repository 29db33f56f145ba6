//! Sorted lists and cursor paging: however the store sorts, the result is that of a plain sort in memory.

use serde_json::json;

use super::Bench;
use super::filters::everything;
use crate::scim::resource::{Kind, Resource};
use crate::scim::sort::Key;
use crate::scim::{Filter, Sort};
use crate::store::{PagePosition, Query, Store};

const TITLES: &[Option<&str>] =
    &[Some("b"), None, Some("A"), Some("a"), Some("É"), Some("zz"), Some("b"), None, Some("")];

/// Sorts by an index, by a column and by the documents, in both directions, page by page.
pub(crate) async fn sorted(store: &dyn Store) {
    let bench = Bench::new(store, crate::directory::Settings::default()).await;
    for (n, title) in TITLES.iter().enumerate() {
        // Names and externalIds are in different orders.
        let mut user = json!({"userName": format!("{}x", (n * 4) % 9), "active": n % 2 == 0});
        if let Some(title) = title {
            user["title"] = json!(title);
            user["externalId"] = json!(format!("{}", (n * 7) % 9));
        }
        bench.create_user(user).await.unwrap();
    }
    let all = resources(&bench, Kind::User).await;
    let meta = ["meta.created", "meta.lastModified", "meta.version", "meta.resourceType"];
    for by in ["userName", "externalId", "title", "active", "id"].into_iter().chain(meta) {
        for order in ["ascending", "descending"] {
            let sort = Sort::parse(Some(by), Some(order), Kind::User, &bench.access.schemas).unwrap().unwrap();
            let wanted = by_hand(&all, &sort);
            walk(&bench, &sort, &wanted).await;
        }
    }
}

async fn resources(bench: &Bench<'_>, kind: Kind) -> Vec<Resource> {
    everything(bench, kind).await.into_iter().map(|found| found.resource).collect()
}

/// Sorts with a plain, stable sort.
fn by_hand(all: &[Resource], sort: &Sort) -> Vec<String> {
    let key = |one: &Resource| match (sort.by.name.as_str(), sort.by.sub.as_deref()) {
        ("id", _) => Some(Key::Text(one.id.clone())),
        ("meta", Some("created")) => Some(Key::Whole(one.created.as_millisecond())),
        ("meta", Some("lastModified")) => Some(Key::Whole(one.last_modified.as_millisecond())),
        ("meta", Some("resourceType")) => Some(Key::Text(one.kind.name().to_owned())),
        ("meta", _) => Some(Key::Whole(0)),
        _ => sort.by.key(&one.document),
    };
    let mut sorted: Vec<(Option<Key>, &Resource)> = all.iter().map(|one| (key(one), one)).collect();
    sorted.sort_by(|(one, _), (other, _)| Key::compare(one.as_ref(), other.as_ref()));
    if sort.descending {
        sorted.reverse();
    }
    sorted.into_iter().map(|(_, one)| one.id.clone()).collect()
}

/// Reads all pages by index and by cursor, two resources on each.
async fn walk(bench: &Bench<'_>, sort: &Sort, wanted: &[String]) {
    let (mut by_cursor, mut after) = (Vec::new(), None);
    for (page, ids) in wanted.chunks(2).enumerate() {
        let start_index = page as u64 * 2 + 1;
        let query = Query { sort: Some(sort.clone()), start_index, count: 2, ..Query::default() };
        assert_eq!(bench.list(Kind::User, query.clone()).await, (wanted.len() as u64, ids.to_vec()), "{sort:?}");
        let page = bench.store.list(&bench.access, Kind::User, Query { after, start_index: 1, ..query }).await.unwrap();
        by_cursor.extend(page.resources.into_iter().map(|found| found.resource.id));
        after = page.next;
    }
    assert_eq!((by_cursor.as_slice(), after), (wanted, None), "{sort:?}");
}

/// Lists users and groups together: sorted or not, filtered or not, page by page.
pub(crate) async fn together(store: &dyn Store) {
    let bench = Bench::new(store, crate::directory::Settings::default()).await;
    for (n, name) in ["b", "D", "a", "c", "b"].into_iter().enumerate() {
        let mut user = json!({"userName": format!("user{n}"), "displayName": name});
        if n % 2 == 0 {
            user["externalId"] = json!(format!("{}", 9 - n));
        }
        bench.create_user(user).await.unwrap();
        if n < 3 {
            bench.group(["B", "d", "e"][n], &[]).await;
        }
    }
    let mut all = resources(&bench, Kind::User).await;
    all.extend(resources(&bench, Kind::Group).await);
    let schemas = &bench.access.schemas;
    for filter in [None, Some(r#"displayName lt "d""#), Some(r#"not (displayName eq "a")"#), Some("userName pr")] {
        let filter: Option<Filter> = filter.map(|filter| filter.parse().unwrap());
        let holds =
            |one: &&Resource| filter.as_ref().is_none_or(|filter| filter.matches(&one.document, one.kind, schemas));
        let held: Vec<Resource> = all.iter().filter(holds).cloned().collect();
        for by in
            ["", "displayName", "userName", "externalId", "id", "meta.created", "meta.resourceType", "meta.location"]
        {
            for order in ["ascending", "descending"] {
                let sorts = Sort::parse_both(Some(by), Some(order), schemas).unwrap();
                let wanted = match sorts.iter().flatten().next() {
                    None => held.iter().map(|one| one.id.clone()).collect(),
                    Some(_) if by == "meta.location" => {
                        let sort = Sort::parse_both(Some("meta.resourceType"), Some(order), schemas).unwrap();
                        by_hand(&held, sort[0].as_ref().unwrap())
                    }
                    Some(sort) => by_hand(&held, sort),
                };
                walk_together(&bench, filter.as_ref(), &sorts, &wanted).await;
            }
        }
    }
}

async fn walk_together(bench: &Bench<'_>, filter: Option<&Filter>, sorts: &[Option<Sort>; 2], wanted: &[String]) {
    for count in [1, 2, 3, 5, 8, 100] {
        let (mut by_cursor, mut after) = (Vec::new(), None);
        for (page, ids) in wanted.chunks(count).enumerate() {
            let start_index = (page * count + 1) as u64;
            let query = Query { filter: filter.cloned(), start_index, count, ..Query::default() };
            let ask = async |query: Query| {
                let [users, groups] = sorts.clone().map(|sort| Query { sort, ..query.clone() });
                let page = bench.store.search(&bench.access, users, groups).await.unwrap();
                assert_eq!(page.total, wanted.len() as u64, "{sorts:?}");
                (page.resources.into_iter().map(|found| found.resource.id).collect::<Vec<_>>(), page.next)
            };
            assert_eq!(ask(query.clone()).await.0, ids, "{sorts:?} {filter:?} {start_index} {count}");
            let (found, next) = ask(Query { after, start_index: 1, ..query }).await;
            by_cursor.extend(found);
            after = next;
        }
        assert_eq!((by_cursor.as_slice(), after), (wanted, None), "{sorts:?} {filter:?} {count}");
    }
}

/// Resources that exist during the whole iteration appear once and in order, whatever is written between the pages.
pub(crate) async fn walks_among_writes(store: &dyn Store) {
    let bench = Bench::new(store, crate::directory::Settings::default()).await;
    let schemas = &bench.access.schemas;
    for (round, by) in ["", "userName", "title", "externalId", "meta.created"].into_iter().enumerate() {
        for order in ["ascending", "descending"] {
            let sort = Sort::parse(Some(by), Some(order), Kind::User, schemas).unwrap();
            let mut ids = Vec::new();
            for n in 0..12 {
                let mut user = json!({"userName": format!("{order}{round}-{:02}", n * 5 % 12)});
                if n % 3 > 0 {
                    user["title"] = json!(format!("{}", n * 7 % 4));
                    user["externalId"] = json!(format!("{}", n * 7 % 4));
                }
                ids.push(bench.create_user(user).await.unwrap());
            }
            let stay: Vec<&String> = ids.iter().skip(6).collect();
            let (mut seen, mut after): (Vec<String>, _) = (Vec::new(), None);
            for number in 0.. {
                let query = Query { sort: sort.clone(), start_index: 1, count: 2, after, ..Query::default() };
                let page = store.list(&bench.access, Kind::User, query).await.unwrap();
                seen.extend(page.resources.into_iter().map(|found| found.resource.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
                // Delete one resource, sometimes the one at the position; create some before and after it.
                let deleted = if number % 2 == 0 { seen.last().cloned() } else { None };
                let deleted = deleted.or_else(|| ids.get(number).cloned()).filter(|id| !stay.contains(&id));
                if let Some(deleted) = deleted {
                    drop(bench.delete(Kind::User, &deleted).await);
                }
                for (n, name) in ["0", "zz"].into_iter().enumerate().filter(|_| number < 6) {
                    let name = format!("{name}{order}{round}{number}{n}");
                    bench.create_user(json!({"userName": name, "title": name})).await.unwrap();
                }
            }
            let seen: Vec<&String> = seen.iter().filter(|id| stay.contains(id)).collect();
            let wanted: Vec<String> = match &sort {
                None => stay.iter().map(|id| (*id).clone()).collect(),
                Some(sort) => {
                    let all = resources(&bench, Kind::User).await;
                    by_hand(&all, sort).into_iter().filter(|id| stay.contains(&id)).collect()
                }
            };
            assert_eq!(seen, wanted.iter().collect::<Vec<_>>(), "{by} {order}");
            for user in resources(&bench, Kind::User).await {
                bench.delete(Kind::User, &user.id).await.unwrap();
            }
        }
    }
}

/// Sorts by the first member of a group, and by the oldest group of a user; resources without one come last.
pub(crate) async fn by_relations(store: &dyn Store) {
    let bench = Bench::new(store, crate::directory::Settings::default()).await;
    let (ann, bob, cid) = (bench.user("ann").await, bench.user("bob").await, bench.user("cid").await);
    let (none, late) = (bench.group("None", &[]).await, bench.group("b", &[&bob, &ann]).await);
    let (early, nested) = (bench.group("A", &[&ann]).await, bench.group("c", &[&late]).await);
    for (kind, by, wanted) in [
        (Kind::Group, "members", [&early, &late, &nested, &none].as_slice()),
        (Kind::Group, "members.value", &[&early, &late, &nested, &none]),
        (Kind::Group, "members.type", &[&nested, &late, &early, &none]),
        (Kind::Group, "members.$ref", &[&nested, &early, &late, &none]),
        (Kind::User, "groups", &[&ann, &bob, &cid]),
        (Kind::User, "groups.display", &[&ann, &bob, &cid]),
        (Kind::User, "groups.type", &[&ann, &bob, &cid]),
        (Kind::User, "groups.$ref", &[&ann, &bob, &cid]),
    ] {
        for order in ["ascending", "descending"] {
            let sort = Sort::parse(Some(by), Some(order), kind, &bench.access.schemas).unwrap();
            let mut wanted: Vec<String> = wanted.iter().map(|id| (*id).clone()).collect();
            if order == "descending" {
                wanted.reverse();
            }
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let query = Query { sort: sort.clone(), start_index: 1, count: 1, after, ..Query::default() };
                let page = store.list(&bench.access, kind, query).await.unwrap();
                seen.extend(page.resources.into_iter().map(|found| found.resource.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, wanted, "{by} {order}");
        }
    }
}

/// A position can be stored as bytes and used later. Bytes that are not a position are rejected.
pub(crate) async fn positions_are_bytes(store: &dyn Store) {
    let bench = Bench::new(store, crate::directory::Settings::default()).await;
    let ids = [bench.user("ann").await, bench.user("bob").await];
    let sort = Sort::parse(Some("userName"), None, Kind::User, &bench.access.schemas).unwrap();
    for sort in [None, sort] {
        let query = Query { sort, start_index: 1, count: 1, ..Query::default() };
        let next = store.list(&bench.access, Kind::User, query.clone()).await.unwrap().next.unwrap();
        let after = Some(PagePosition::from_bytes(next.as_bytes().to_vec()));
        assert_eq!(bench.list(Kind::User, Query { after, ..query.clone() }).await, (2, ids[1..].to_vec()));
        let after = Some(PagePosition::from_bytes(b"not a position".to_vec()));
        let query = Query { after, ..query };
        assert_eq!(super::status(store.list(&bench.access, Kind::User, query.clone()).await), 400);
        assert_eq!(super::status(store.search(&bench.access, query.clone(), query).await), 400);
    }
}

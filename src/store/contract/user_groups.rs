//! The groups in the documents of users.

use super::{Bench, keep, member};
use crate::scim::patch::MembersEdit;
use crate::scim::resource::Kind;
use crate::store::{Query, Store, StoredResource};

/// Nests groups and removes them again, also in a circle. A list shows the same groups as each user alone.
pub(crate) async fn groups_in_groups(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let (ann, bob) = (bench.user("ann").await, bench.user("bob").await);
    bench.user("cid").await;
    let inner = bench.group("Inner", &[&ann, &bob]).await;
    let other = bench.group("Other", &[&bob]).await;
    let outer = bench.group("Outer", &[]).await;
    assert_eq!(shown(&bench).await, ["Inner", "Inner Other", ""]);
    join(&bench, &outer, &[&inner, &other]).await;
    assert_eq!(shown(&bench).await, ["Inner (Outer)", "Inner Other (Outer)", ""]);
    join(&bench, &inner, &[&outer]).await;
    assert_eq!(shown(&bench).await, ["Inner (Outer)", "Inner Other (Outer)", ""]);
    let top = bench.group("Top", &[&outer, &ann]).await;
    assert_eq!(shown(&bench).await, ["Inner Top (Outer)", "Inner Other (Outer) (Top)", ""]);
    bench.delete(Kind::Group, &top).await.unwrap();
    leave(&bench, &outer, &inner).await;
    assert_eq!(shown(&bench).await, ["Inner", "Inner Other (Outer)", ""]);
    leave(&bench, &outer, &other).await;
    leave(&bench, &inner, &outer).await;
    assert_eq!(shown(&bench).await, ["Inner", "Inner Other", ""]);
}

pub(crate) async fn join(bench: &Bench<'_>, group: &str, ids: &[&str]) {
    let add = MembersEdit::Add(ids.iter().map(|id| member(id)).collect());
    bench.edit(group, vec![add]).await.unwrap();
}

pub(crate) async fn leave(bench: &Bench<'_>, group: &str, id: &str) {
    bench.edit(group, vec![MembersEdit::Remove(vec![id.to_owned()])]).await.unwrap();
}

/// Describes the groups of each user; indirect ones are in parentheses.
pub(crate) async fn shown(bench: &Bench<'_>) -> Vec<String> {
    let query = Query { start_index: 1, count: 100, with_members: true, ..Query::default() };
    let page = bench.store.list(&bench.access, Kind::User, query.clone()).await.unwrap().resources;
    for found in &page {
        let id = &found.resource.id;
        let alone = bench.store.read(&bench.access, Kind::User, id, true).await.unwrap();
        assert_eq!(alone.as_ref(), Some(found));
        let name = found.resource.document.get("userName").unwrap();
        let filter = Some(format!("userName eq {name}").parse().unwrap());
        let query = Query { filter, ..query.clone() };
        assert_eq!(
            bench.store.list(&bench.access, Kind::User, query).await.unwrap().resources,
            std::slice::from_ref(found)
        );
    }
    page.iter().map(describe).collect()
}

fn describe(found: &StoredResource) -> String {
    let groups = found.groups.iter().map(|one| if one.direct { one.name.clone() } else { format!("({})", one.name) });
    groups.collect::<Vec<_>>().join(" ")
}

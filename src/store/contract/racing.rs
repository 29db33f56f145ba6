//! Concurrent callers.

use futures::future::join_all;
use serde_json::json;

use super::{Bench, keep, member};
use crate::scim::patch::MembersEdit;
use crate::scim::resource::Kind;
use crate::store::{Store, StoreError};

/// Of sixteen concurrent creates with one userName, one succeeds and fifteen are rejected.
pub(crate) async fn one_name_for_sixteen(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let names = (0..16).map(|n| if n % 2 == 0 { "ann@x.example" } else { "ANN@X.example" });
    let results = join_all(names.map(|name| bench.create_user(json!({"userName": name})))).await;
    let rejected =
        results.iter().filter(|result| matches!(result, Err(StoreError::Scim(error)) if error.status == 409));
    assert_eq!(rejected.count(), 15);
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(bench.log().await, ["activated", "token.created", "user.created"]);
}

/// Concurrent additions and removals of members all take effect, with one event each.
pub(crate) async fn racing_members(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let ids = join_all((0..40).map(|n| {
        let bench = &bench;
        async move { bench.user(&format!("user{n}")).await }
    }))
    .await;
    let (stay, go) = ids.split_at(20);
    let group = bench.group("Everyone", &go.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let adds = stay.iter().map(|id| MembersEdit::Add(vec![member(id)]));
    let removes = go.iter().map(|id| MembersEdit::Remove(vec![id.clone()]));
    let results = join_all(adds.chain(removes).map(|edit| bench.edit(&group, vec![edit]))).await;
    assert!(results.iter().all(|result| result.as_ref().is_ok_and(|written| written.events == 1)));
    let mut members = bench.members(&group).await;
    members.sort_unstable();
    let mut stay = stay.to_vec();
    stay.sort_unstable();
    assert_eq!(members, stay);
    let found = store.read(&bench.access, Kind::Group, &group, false).await.unwrap().unwrap();
    assert_eq!(found.resource.version, 41);
    let log = bench.log().await;
    assert_eq!(log.iter().filter(|name| *name == "group.user_added").count(), 40);
    assert_eq!(log.iter().filter(|name| *name == "group.user_removed").count(), 20);
}

/// Each command in a transaction gets its own result, even if others fail.
pub(crate) async fn a_failure_is_its_own(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let taken = bench.user("taken").await;
    let creates = (0..30).map(|n| {
        let name = if n % 3 == 0 { "taken".to_owned() } else { format!("free{n}") };
        bench.create_user(json!({"userName": name}))
    });
    let results = join_all(creates).await;
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), n % 3 != 0, "{n}: {result:?}");
    }
    let made: Vec<String> = results.into_iter().flatten().collect();
    assert_eq!(bench.search(Kind::User, r#"userName sw "free""#).await, made);
    assert_eq!(bench.search(Kind::User, r#"userName eq "TAKEN""#).await, [taken]);
    assert_eq!(bench.log().await.iter().filter(|name| *name == "user.created").count(), 21);
}

//! Sequences of writes.

use std::sync::Arc;

use serde_json::json;

use super::{Bench, keep, object};
use crate::base::limits;
use crate::directory::Command;
use crate::scim::resource::Kind;
use crate::store::{Expected, Store, StoreError, Write, Written};

impl Bench<'_> {
    fn named(&self, name: &str) -> Write {
        let command =
            Command::Create { kind: Kind::User, document: object(json!({"userName": name})), members: Vec::new() };
        Write { directory: Arc::clone(&self.access), expected: Expected::Any, command }
    }
}

fn statuses(results: &[Result<Written, StoreError>]) -> Vec<u16> {
    let status = |result: &Result<Written, StoreError>| match result {
        Ok(_) => 201,
        Err(StoreError::Scim(error)) => error.status,
        Err(error) => panic!("{error}"),
    };
    results.iter().map(status).collect()
}

/// Each write succeeds or fails by itself, in the given order, and so do its events.
pub(crate) async fn in_order(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let writes = ["ann", "bob", "Ann", "cid"].map(|name| bench.named(name)).to_vec();
    let results = store.write_all(writes, None).await;
    assert_eq!(statuses(&results), [201, 201, 409, 201]);
    let made: Vec<String> = results.into_iter().flatten().map(|written| written.resource.unwrap().id).collect();
    assert_eq!(bench.search(Kind::User, "userName pr").await, made);
    let created = bench.events().await.into_iter().filter(|event| event.event == "dsync.user.created");
    let names: Vec<String> = created.map(|event| event.data["custom_attributes"]["username"].to_string()).collect();
    assert_eq!(names, [r#""ann""#, r#""bob""#, r#""cid""#]);
}

/// After the last tolerated failure no further write is started, within a transaction and across several.
pub(crate) async fn until_too_many_fail(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let names = |count: usize| (0..count).map(|n| if n % 40 == 39 { "user0".to_owned() } else { format!("user{n}") });
    for (most, begun, made) in [(1, 40, 39), (2, 80, 78), (4, 160, 156), (5, 199, 195)] {
        let writes = names(199).map(|name| bench.named(&name)).collect();
        let results = store.write_all(writes, Some(most)).await;
        assert_eq!((results.len(), results.iter().flatten().count()), (begun, made), "{most}");
        let there = bench.search(Kind::User, "userName pr and userName sw \"user\"").await;
        assert_eq!(there.len(), made.min(100), "{most}");
        for written in results.into_iter().flatten() {
            bench.delete(Kind::User, &written.resource.unwrap().id).await.unwrap();
        }
    }
    assert!(store.write_all(vec![bench.named("x")], Some(0)).await.is_empty());
    assert!(store.write_all(Vec::new(), None).await.is_empty());
}

/// Many writes share few transactions, none of which exceeds the limit.
pub(crate) async fn in_few_transactions(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let before = store.figures();
    let count = 3 * limits::GROUP_COMMIT;
    let three = (0..3).map(|part| {
        let writes = (0..count).map(|n| bench.named(&format!("user{part}-{n}"))).collect();
        store.write_all(writes, None)
    });
    let results = futures::future::join_all(three).await;
    assert!(results.iter().flatten().all(Result::is_ok));
    let after = store.figures();
    assert_eq!(after.commands - before.commands, 3 * count as u64);
    assert_eq!(after.commits - before.commits, 9);
}

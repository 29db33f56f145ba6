//! Event streams, their queues, and signing keys.

use jiff::Timestamp;
use serde_json::json;

use super::{Bench, keep};
use crate::base::Secret;
use crate::directory::event_stream::{EventStream, StreamDelivery, StreamProgress};
use crate::events::signing_key::StoredKey;
use crate::scim::resource::Kind;
use crate::store::{AdminCommand, AdminOutcome, NewStream, QueuePage, Store, StoreError, StreamCommand, StreamRecord};

async fn run(store: &dyn Store, command: StreamCommand) -> Result<AdminOutcome, StoreError> {
    store.administer(AdminCommand::Stream(command)).await
}

fn key(id: &str) -> StoredKey {
    StoredKey { id: id.to_owned(), private: Secret::new(format!("private {id}")) }
}

async fn add(bench: &Bench<'_>, key: StoredKey) -> EventStream {
    let directory = bench.access.directory.id.clone();
    let (delivery, base_url) = (StreamDelivery::Poll, "https://scim.example".to_owned());
    let new = NewStream { directory, delivery, base_url, audience: None, key };
    run(bench.store, StreamCommand::Add(new)).await.unwrap().stream.unwrap()
}

async fn page(bench: &Bench<'_>, stream: &EventStream, limit: usize) -> QueuePage {
    bench.store.queued_changes(&stream.id, limit).await.unwrap()
}

fn record(stream: &EventStream, done: Vec<String>) -> StreamRecord {
    StreamRecord { stream: stream.id.clone(), done, progress: None, is_exhausted: false, attempts: Vec::new() }
}

/// A change enters the queue of each stream that is enabled, in the order of commits, and leaves one when it is done.
pub(crate) async fn queues(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    bench.user("before@x.example").await;
    let (one, two) = (add(&bench, key("a")).await, add(&bench, key("b")).await);
    let id = bench.user("ann@x.example").await;
    bench.put(&id, json!({"userName": "ann@x.example", "active": false})).await.unwrap();
    bench.put(&id, json!({"userName": "ann@x.example", "active": false})).await.unwrap();
    bench.delete(Kind::User, &id).await.unwrap();
    let all = page(&bench, &one, 10).await;
    assert_eq!((all.changes.len(), all.has_more), (3, false));
    assert_eq!(all.changes[1].change.active, Some(false));
    assert!(all.changes.iter().all(|queued| queued.change.uri == format!("/Users/{id}")));
    assert_eq!(page(&bench, &two, 10).await, all);
    let first = page(&bench, &one, 2).await;
    assert_eq!((&first.changes[..], first.has_more), (&all.changes[..2], true));

    let done = vec![all.changes[1].txn.clone(), "unknown".to_owned()];
    let progress =
        StreamProgress { failures: 2, next_at: Some(Timestamp::UNIX_EPOCH), last_error: Some("no".to_owned()) };
    let with_progress = StreamRecord { progress: Some(progress.clone()), ..record(&one, done) };
    run(store, StreamCommand::Record(with_progress)).await.unwrap();
    let left = page(&bench, &one, 10).await;
    assert_eq!(left.changes, [all.changes[0].clone(), all.changes[2].clone()]);
    assert_eq!(store.event_stream(&one.id).await.unwrap().unwrap().progress, progress);
    assert_eq!(page(&bench, &two, 10).await, all);

    let disable = StreamCommand::Set { id: two.id.clone(), is_enabled: false };
    let disabled = run(store, disable).await.unwrap().stream.unwrap();
    assert!(!disabled.is_enabled && disabled.updated_at > two.updated_at);
    bench.user("bob@x.example").await;
    assert_eq!((page(&bench, &one, 10).await.changes.len(), page(&bench, &two, 10).await.changes.len()), (3, 3));
    run(store, StreamCommand::Remove { id: one.id.clone() }).await.unwrap();
    assert_eq!(page(&bench, &one, 10).await, QueuePage::default());
    assert!(matches!(run(store, StreamCommand::Record(record(&one, Vec::new()))).await, Err(StoreError::Unknown(_))));
    let listed = store.event_streams(Some(&bench.access.directory.id)).await.unwrap();
    assert_eq!(listed.into_iter().map(|queue| queue.stream).collect::<Vec<_>>(), [disabled]);
}

/// The first stream brings the key of its directory. A rotation keeps the key before.
pub(crate) async fn keys(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let directory = bench.access.directory.id.clone();
    let keys = async || store.signing_keys(&directory).await.unwrap();
    assert_eq!(keys().await, []);
    add(&bench, key("a")).await;
    add(&bench, key("unused")).await;
    assert_eq!(keys().await, [key("a")]);
    for id in ["b", "c"] {
        let rotate = StreamCommand::RotateKey { directory: directory.clone(), key: key(id) };
        run(store, rotate).await.unwrap();
    }
    assert_eq!(keys().await, [key("c"), key("b")]);
}

/// Queued changes expire like events.
pub(crate) async fn expiry(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let stream = add(&bench, key("a")).await;
    for n in 0..3 {
        bench.user(&format!("user{n}@x.example")).await;
    }
    let queued = page(&bench, &stream, 10).await.changes;
    let expire = async |before| store.administer(AdminCommand::ExpireEvents { before }).await.unwrap();
    expire(queued[0].at).await;
    assert_eq!(page(&bench, &stream, 10).await.changes, queued);
    expire(queued[2].at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap()).await;
    assert_eq!(page(&bench, &stream, 10).await.changes, []);
}

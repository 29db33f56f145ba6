//! Webhook endpoints, the state of their queues, and the log of attempts.

use jiff::Timestamp;

use super::{Bench, keep};
use crate::base::limits;
use crate::directory::webhook::{Attempt, AttemptCause, Progress, WebhookEndpoint, WebhookQueue};
use crate::events::EventName;
use crate::store::objects::{Cursor, ObjectRange};
use crate::store::{AdminCommand, AdminError, DeliveryRecord, Store, StoreError, WebhookCommand};

const URL: &str = "https://hooks.example/1";

async fn run(store: &dyn Store, command: WebhookCommand) -> Result<WebhookEndpoint, StoreError> {
    Ok(store.administer(AdminCommand::Webhook(command)).await?.webhook.unwrap())
}

async fn add(store: &dyn Store, url: &str) -> WebhookEndpoint {
    run(store, WebhookCommand::Add { url: url.to_owned(), events: vec![EventName::UserCreated] }).await.unwrap()
}

async fn queue(store: &dyn Store, id: &str) -> Option<WebhookQueue> {
    store.webhook_queues().await.unwrap().into_iter().find(|queue| queue.endpoint.id == id)
}

fn attempt(number: u32) -> Attempt {
    Attempt {
        event_id: "event_1".to_owned(),
        event: "dsync.user.created".to_owned(),
        cause: AttemptCause::Event,
        number,
        at: Timestamp::from_millisecond(1_795_000_000_000).unwrap(),
        duration_ms: 12,
        status: Some(500),
        error: None,
        response: "no".to_owned(),
    }
}

fn record(endpoint: &WebhookEndpoint, progress: Option<Progress>, attempts: Vec<Attempt>) -> WebhookCommand {
    WebhookCommand::Record(DeliveryRecord { endpoint: endpoint.id.clone(), progress, is_exhausted: false, attempts })
}

/// Endpoints are listed, changed and removed, and a URL has only one.
pub(crate) async fn endpoints(store: &dyn Store) {
    let (one, two) = (add(store, URL).await, add(store, "https://hooks.example/2").await);
    assert!(one.secret.expose().starts_with("whsec_") && one.secret != two.secret);
    assert_eq!(store.webhook(&one.id).await.unwrap().as_ref(), Some(&one));
    let taken = run(store, WebhookCommand::Add { url: URL.to_owned(), events: Vec::new() }).await;
    assert!(matches!(taken, Err(StoreError::Administration(AdminError::WebhookUrlTaken(_)))));
    let page = |cursor| store.list_webhooks(ObjectRange { descending: true, cursor, limit: 1 });
    let newest = page(None).await.unwrap();
    assert_eq!((newest.objects, newest.after.as_ref()), (vec![two.clone()], Some(&two.id)));
    let next = page(Some(Cursor::After(two.id.clone()))).await.unwrap();
    assert_eq!((next.objects, next.after), (vec![one.clone()], None));
    let unknown = page(Some(Cursor::After("we_1".to_owned()))).await;
    assert!(matches!(unknown, Err(StoreError::Cursor(_))));
    let set = WebhookCommand::Set {
        id: one.id.clone(),
        url: None,
        events: Some(vec![EventName::Deleted, EventName::GroupCreated]),
        is_enabled: Some(false),
    };
    let changed = run(store, set).await.unwrap();
    assert_eq!((changed.is_enabled, changed.events.len(), &changed.secret), (false, 2, &one.secret));
    assert_eq!(store.webhook(&one.id).await.unwrap(), Some(changed));
    run(store, WebhookCommand::Remove { id: one.id.clone() }).await.unwrap();
    assert_eq!(store.webhook(&one.id).await.unwrap(), None);
    let again = run(store, WebhookCommand::Remove { id: one.id }).await;
    assert!(matches!(again, Err(StoreError::Unknown(_))));
}

/// A queue begins at the end of the log, keeps its progress, and begins anew when its endpoint is enabled again.
pub(crate) async fn queues(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    bench.user("ann").await;
    let endpoint = add(store, URL).await;
    let begin = queue(store, &endpoint.id).await.unwrap().progress;
    let window = store.log_window(begin.position, &endpoint.events).await.unwrap();
    assert!(begin.position > 0 && window.events.is_empty() && window.end == begin.position);
    let due = Timestamp::from_millisecond(1_795_000_000_000).unwrap();
    let failing = Progress { failures: 2, next_at: Some(due), ..begin };
    run(store, record(&endpoint, Some(failing), vec![attempt(2)])).await.unwrap();
    let found = queue(store, &endpoint.id).await.unwrap();
    assert_eq!((found.progress, &found.endpoint), (failing, &endpoint));
    // Progress from before never moves a queue back.
    let ahead = Progress { position: begin.position + 5, failures: 0, next_at: None };
    run(store, record(&endpoint, Some(ahead), Vec::new())).await.unwrap();
    run(store, record(&endpoint, Some(failing), Vec::new())).await.unwrap();
    assert_eq!(queue(store, &endpoint.id).await.unwrap().progress, ahead);
    let set = |is_enabled| WebhookCommand::Set { id: endpoint.id.clone(), url: None, events: None, is_enabled };
    run(store, set(Some(false))).await.unwrap();
    bench.user("bob").await;
    run(store, set(Some(true))).await.unwrap();
    let anew = queue(store, &endpoint.id).await.unwrap().progress;
    let window = store.log_window(anew.position, &endpoint.events).await.unwrap();
    assert!(window.events.is_empty() && anew.failures == 0);
    let exhausted = WebhookCommand::Record(DeliveryRecord {
        endpoint: endpoint.id.clone(),
        progress: Some(anew),
        is_exhausted: true,
        attempts: Vec::new(),
    });
    assert!(!run(store, exhausted).await.unwrap().is_enabled);
    assert!(!queue(store, &endpoint.id).await.unwrap().endpoint.is_enabled);
}

/// The log of an endpoint keeps its newest attempts, and goes with the endpoint.
pub(crate) async fn attempts(store: &dyn Store) {
    let (one, other) = (add(store, URL).await, add(store, "https://hooks.example/2").await);
    run(store, record(&other, None, vec![attempt(1)])).await.unwrap();
    let count = u32::try_from(limits::WEBHOOK_ATTEMPTS).unwrap() + 3;
    run(store, record(&one, None, (1..=count).map(attempt).collect())).await.unwrap();
    let page = |id: &str, descending, limit| {
        let id = id.to_owned();
        async move { store.list_attempts(&id, ObjectRange { descending, cursor: None, limit }).await }
    };
    let newest = page(&one.id, true, 2).await.unwrap();
    let numbers: Vec<u32> = newest.objects.iter().map(|stored| stored.attempt.number).collect();
    assert_eq!(numbers, [count, count - 1]);
    assert_eq!(newest.objects[0].attempt, attempt(count));
    assert_eq!(page(&one.id, false, 1).await.unwrap().objects[0].attempt.number, 4);
    assert_eq!(page(&other.id, false, 9).await.unwrap().objects.len(), 1);
    run(store, WebhookCommand::Remove { id: one.id.clone() }).await.unwrap();
    assert!(matches!(page(&one.id, true, 2).await, Err(StoreError::Unknown(_))));
    assert!(matches!(run(store, record(&one, None, vec![attempt(1)])).await, Err(StoreError::Unknown(_))));
}

/// A window has the wanted events of a bounded stretch of the log, and a commit wakes those who wait for more.
pub(crate) async fn windows(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let mut changes = store.changes();
    let mut position = queue(store, &add(store, URL).await.id).await.unwrap().progress.position;
    let before = *changes.borrow_and_update();
    let mut ids = Vec::new();
    for n in 0..limits::WEBHOOK_BATCH + 2 {
        ids.push(bench.user(&format!("user{n}")).await);
    }
    assert!(changes.has_changed().unwrap());
    assert_eq!(changes.borrow().administrative, before.administrative, "users are not endpoints");
    let wanted = [EventName::UserCreated];
    let window = store.log_window(position, &wanted).await.unwrap();
    let last = window.events.last().unwrap();
    assert_eq!((window.events.len(), window.end), (limits::WEBHOOK_BATCH, last.0));
    let found = store.event(&last.1.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&last.1));
    assert_eq!(store.event("event_1").await.unwrap(), None);
    position = window.end;
    let rest = store.log_window(position, &wanted).await.unwrap();
    assert_eq!(rest.events.len(), 2);
    // Nothing of this stretch is wanted, and its end is reported all the same.
    let none = store.log_window(position, &[EventName::Deleted]).await.unwrap();
    assert_eq!((none.events.len(), none.end), (0, rest.end));
    // The progress of webhooks wakes no one.
    let endpoint = add(store, "https://hooks.example/2").await;
    assert_ne!(changes.borrow_and_update().administrative, before.administrative);
    run(store, record(&endpoint, None, vec![attempt(1)])).await.unwrap();
    assert!(!changes.has_changed().unwrap());
}

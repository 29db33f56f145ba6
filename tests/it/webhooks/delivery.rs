//! Deliveries: order, retries, independence of endpoints, restarts, and private addresses.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use scimulate::base::SystemClock;
use scimulate::delivery::{WebhookSettings, Webhooks};
use scimulate::directory::Settings;
use scimulate::directory::webhook::{Attempt, WebhookEndpoint};
use scimulate::events::EventName;
use scimulate::store::objects::ObjectRange;
use scimulate::store::sqlite::SqliteStore;
use scimulate::store::{AdminCommand, Store, WebhookCommand};
use serde_json::Value;

use super::receiver::Receiver;

/// A store with its webhooks, without a server.
struct Bench {
    store: Arc<SqliteStore>,
    webhooks: Webhooks,
    organization: String,
}

impl Bench {
    async fn over(store: SqliteStore, settings: WebhookSettings) -> Self {
        let store = Arc::new(store);
        let organization = store.bootstrap().await.unwrap().directory.organization_id;
        let webhooks = Webhooks::new(Arc::new(SystemClock), settings);
        webhooks.start(store.clone());
        Self { store, webhooks, organization }
    }

    /// Starts deliveries that spread retries over this time.
    async fn start(retry_time: Duration) -> Self {
        Self::over(SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap(), private(retry_time)).await
    }

    async fn on(file: &Path, settings: WebhookSettings) -> Self {
        Self::over(SqliteStore::open(file, Arc::new(SystemClock), None).unwrap(), settings).await
    }

    async fn stop(self) {
        self.webhooks.stop().await;
        self.store.close().await.unwrap();
    }

    async fn endpoint(&self, receiver: &Receiver) -> WebhookEndpoint {
        let url = self.webhooks.check(&receiver.url()).await.unwrap();
        self.command(WebhookCommand::Add { url, events: vec![EventName::Activated] }).await
    }

    async fn command(&self, command: WebhookCommand) -> WebhookEndpoint {
        self.store.administer(AdminCommand::Webhook(command)).await.unwrap().webhook.unwrap()
    }

    /// Adds a directory, which yields one event of the endpoints and one that they do not want.
    async fn directory(&self, name: &str) {
        let (organization, settings) = (self.organization.clone(), Settings::default());
        let command = AdminCommand::AddDirectory { organization, name: name.to_owned(), settings };
        self.store.administer(command).await.unwrap();
    }

    /// Waits until the log of an endpoint has this many attempts, and returns them, oldest first.
    async fn attempts(&self, endpoint: &WebhookEndpoint, count: usize) -> Vec<Attempt> {
        tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                let range = ObjectRange { descending: false, cursor: None, limit: 100 };
                let page = self.store.list_attempts(&endpoint.id, range).await.unwrap();
                if page.objects.len() >= count {
                    return page.objects.into_iter().map(|stored| stored.attempt).collect();
                }
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the attempts were not recorded")
    }
}

fn private(retry_time: Duration) -> WebhookSettings {
    WebhookSettings { allow_private: true, retry_time, ..WebhookSettings::default() }
}

fn name(event: &Value) -> &str {
    assert_eq!((&event["object"], &event["event"]), (&"event".into(), &"dsync.activated".into()));
    event["data"]["name"].as_str().unwrap()
}

/// So long that no second attempt follows within the test.
const NEVER: Duration = Duration::from_hours(10_000);
/// The waits are 1 ms, 5 ms and so on.
const QUICK: Duration = Duration::from_millis(3_906);

#[tokio::test]
async fn events_arrive_signed_and_in_order() {
    let bench = Bench::start(NEVER).await;
    let mut receiver = Receiver::start(&[]).await;
    bench.directory("before").await;
    let endpoint = bench.endpoint(&receiver).await;
    for n in 0..5 {
        bench.directory(&format!("directory{n}")).await;
    }
    for n in 0..5 {
        let event = receiver.event(endpoint.secret.expose()).await;
        assert_eq!(name(&event), format!("directory{n}"));
        let stored = bench.store.event(event["id"].as_str().unwrap()).await.unwrap().unwrap();
        assert_eq!(stored.to_json(), event);
    }
    let attempts = bench.attempts(&endpoint, 5).await;
    assert!(attempts.iter().all(|attempt| attempt.is_delivered() && attempt.number == 1));
    assert_eq!((attempts[0].status, attempts[0].response.as_str()), (Some(200), "noted"));
    bench.stop().await;
}

#[tokio::test]
async fn a_failing_receiver_delays_no_other_one() {
    let bench = Bench::start(NEVER).await;
    let (mut failing, mut other) = (Receiver::start(&[500]).await, Receiver::start(&[]).await);
    let (first, second) = (bench.endpoint(&failing).await, bench.endpoint(&other).await);
    bench.directory("one").await;
    assert_eq!(name(&failing.event(first.secret.expose()).await), "one");
    assert!(!bench.attempts(&first, 1).await[0].is_delivered());
    bench.directory("two").await;
    for expected in ["one", "two"] {
        assert_eq!(name(&other.event(second.secret.expose()).await), expected);
    }
    assert_eq!((failing.waiting(), bench.attempts(&first, 1).await.len()), (0, 1));
    // A new URL ends the wait.
    let mut moved = Receiver::start(&[]).await;
    let (id, url) = (first.id.clone(), Some(moved.url()));
    bench.command(WebhookCommand::Set { id, url, events: None, is_enabled: None }).await;
    for expected in ["one", "two"] {
        assert_eq!(name(&moved.event(first.secret.expose()).await), expected);
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_failed_delivery_is_retried_and_the_next_event_waits() {
    let bench = Bench::start(QUICK).await;
    // A redirect is a failure, too, and is not followed.
    let mut receiver = Receiver::start(&[500, 302, 404]).await;
    let endpoint = bench.endpoint(&receiver).await;
    bench.directory("one").await;
    bench.directory("two").await;
    let mut names = Vec::new();
    for _ in 0..5 {
        names.push(name(&receiver.event(endpoint.secret.expose()).await).to_owned());
    }
    assert_eq!(names, ["one", "one", "one", "one", "two"]);
    let attempts = bench.attempts(&endpoint, 5).await;
    let numbers: Vec<_> = attempts.iter().map(|attempt| (attempt.number, attempt.status.unwrap())).collect();
    assert_eq!(numbers, [(1, 500), (2, 302), (3, 404), (4, 200), (1, 200)]);
    bench.stop().await;
}

#[tokio::test]
async fn an_endpoint_is_disabled_after_the_last_retry() {
    let bench = Bench::start(QUICK).await;
    let mut receiver = Receiver::start(&[503; 7]).await;
    let endpoint = bench.endpoint(&receiver).await;
    bench.directory("one").await;
    for _ in 0..7 {
        assert_eq!(name(&receiver.event(endpoint.secret.expose()).await), "one");
    }
    assert_eq!(bench.attempts(&endpoint, 7).await.len(), 7);
    assert!(!bench.store.webhook(&endpoint.id).await.unwrap().unwrap().is_enabled);
    bench.directory("missed").await;
    let id = endpoint.id.clone();
    bench.command(WebhookCommand::Set { id, url: None, events: None, is_enabled: Some(true) }).await;
    bench.directory("two").await;
    assert_eq!(name(&receiver.event(endpoint.secret.expose()).await), "two");
    bench.stop().await;
}

#[tokio::test]
async fn a_restart_continues_after_the_last_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let mut receiver = Receiver::start(&[200, 500]).await;
    let bench = Bench::on(&file, private(NEVER)).await;
    let endpoint = bench.endpoint(&receiver).await;
    for n in 1..=3 {
        bench.directory(&format!("directory{n}")).await;
    }
    for expected in ["directory1", "directory2"] {
        assert_eq!(name(&receiver.event(endpoint.secret.expose()).await), expected);
    }
    bench.attempts(&endpoint, 2).await;
    bench.stop().await;
    // Without deliveries, so that the events only enter the log. The failure and the time of its retry are kept, too.
    let idle = WebhookSettings { is_delivering: false, ..private(NEVER) };
    let bench = Bench::on(&file, idle).await;
    bench.directory("directory4").await;
    let queue = bench.store.webhook_queues().await.unwrap().remove(0);
    assert!(queue.progress.failures == 1 && queue.progress.next_at.is_some());
    bench.stop().await;
    let bench = Bench::on(&file, private(NEVER)).await;
    assert_eq!(receiver.waiting(), 0);
    let (id, url) = (endpoint.id.clone(), Some(format!("{}?again", receiver.url())));
    bench.command(WebhookCommand::Set { id, url, events: None, is_enabled: None }).await;
    for n in 2..=4 {
        assert_eq!(name(&receiver.event(endpoint.secret.expose()).await), format!("directory{n}"));
    }
    assert_eq!(receiver.waiting(), 0);
    bench.stop().await;
}

#[tokio::test]
async fn a_private_address_is_refused_at_each_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let receiver = Receiver::start(&[]).await;
    let bench = Bench::on(&file, private(NEVER)).await;
    let endpoint = bench.endpoint(&receiver).await;
    let named = receiver.url().replace("127.0.0.1", "localhost");
    let by_name = bench.command(WebhookCommand::Add { url: named, events: vec![EventName::Activated] }).await;
    bench.stop().await;
    let bench = Bench::on(&file, WebhookSettings::default()).await;
    bench.directory("one").await;
    for endpoint in [endpoint, by_name] {
        let attempt = bench.attempts(&endpoint, 1).await.remove(0);
        let error = attempt.error.as_deref().unwrap();
        assert!(error.ends_with("--allow-private-webhooks permits such targets"), "{error}");
        assert_eq!(attempt.status, None);
    }
    assert_eq!(receiver.waiting(), 0);
    bench.stop().await;
}

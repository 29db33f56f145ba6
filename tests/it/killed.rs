//! Delivery promises while the server is killed at random moments: webhooks arrive at least once and in order, and a reader
//! of the Events API sees each event exactly once and in order.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rand::RngExt as _;
use scimulate::base::Seed;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::process::{Serve, run};
use crate::support::reference::{GROUP, client, user};
use crate::support::relay::Relay;
use crate::webhooks::receiver::Receiver;

/// The time after which a test fails because it does not come to its end.
const PATIENCE: Duration = Duration::from_mins(2);
/// The pause before a failed request is sent again.
const PAUSE: Duration = Duration::from_millis(20);

/// A new store, and the credentials that its first server printed.
struct TestStore {
    _folder: tempfile::TempDir,
    file: PathBuf,
    scim_url: String,
    token: String,
    events_url: String,
    api_key: String,
}

impl TestStore {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let first = Serve::on(&file, &[]);
        let store = Self {
            scim_url: first.scim_url.clone(),
            token: first.token.clone(),
            events_url: first.events_url.clone(),
            api_key: first.api_key.clone(),
            _folder: folder,
            file,
        };
        assert_eq!(first.terminate(), 0);
        store
    }
}

/// Sends a request until the server responds with one of these statuses, and returns the body.
async fn persist(request: impl Fn() -> reqwest::RequestBuilder, statuses: &[u16]) -> Value {
    let mut pause = tokio::time::interval(PAUSE);
    loop {
        pause.tick().await;
        let Ok(response) = request().send().await else { continue };
        let status = response.status().as_u16();
        let Ok(text) = response.text().await else { continue };
        if status < 500 {
            assert!(statuses.contains(&status), "{status}: {text}");
            return serde_json::from_str(&text).unwrap_or_default();
        }
    }
}

/// A client that creates resources until each is acknowledged, also if the server was killed before its response.
#[derive(Clone)]
struct Writer {
    client: reqwest::Client,
    scim_url: String,
    token: String,
    /// The number of acknowledged creates of all writers.
    created: Arc<AtomicUsize>,
}

impl Writer {
    fn new(scim_url: String, token: &str) -> Self {
        Self { client: client(), scim_url, token: token.to_owned(), created: Arc::default() }
    }

    async fn user(&self, name: &str) {
        self.create("Users", user(name)).await;
    }

    async fn create(&self, collection: &str, body: Value) {
        let request = || {
            let request = self.client.post(format!("{}/{collection}", self.scim_url)).bearer_auth(&self.token);
            request.header("content-type", "application/scim+json").body(body.to_string())
        };
        // 409 if a create was committed whose response was lost.
        persist(request, &[201, 409]).await;
        self.created.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns all resources of a collection, which are fewer than 1,000.
    async fn list(&self, collection: &str) -> Vec<Value> {
        let url = format!("{}/{collection}?count=1000", self.scim_url);
        let list = persist(|| self.client.get(&url).bearer_auth(&self.token), &[200]).await;
        list["Resources"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until this many creates are acknowledged.
    async fn reached(&self, count: usize) {
        let mut pause = tokio::time::interval(Duration::from_millis(1));
        while self.created.load(Ordering::SeqCst) < count {
            pause.tick().await;
        }
    }
}

/// A reader that follows the Events API by its cursor.
struct Reader {
    client: reqwest::Client,
    events_url: String,
    api_key: String,
    seen: Vec<Value>,
}

impl Reader {
    fn new(events_url: String, api_key: &str) -> Self {
        Self { client: client(), events_url, api_key: api_key.to_owned(), seen: Vec::new() }
    }

    /// Reads the next page.
    async fn page(&mut self) -> usize {
        let after = self.seen.last().map(|event| format!("&after={}", event["id"].as_str().unwrap()));
        let url = format!("{}?limit=7{}", self.events_url, after.unwrap_or_default());
        let page = persist(|| self.client.get(&url).bearer_auth(&self.api_key), &[200]).await;
        let events = page["data"].as_array().unwrap();
        self.seen.extend(events.iter().cloned());
        events.len()
    }

    /// Reads to the end of the log.
    async fn whole_log(mut self) -> Vec<Value> {
        while self.page().await > 0 {}
        self.seen
    }
}

fn text<'a>(event: &'a Value, pointer: &str) -> &'a str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn verify(file: &Path) {
    let (code, out, error) = run(&["verify-store", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_each_committed_event_once_and_in_order() {
    const PEOPLE: usize = 100;
    const GROUPS: usize = 5;
    let seed = Seed::fresh().unwrap();
    println!("seed {seed}");
    let store = TestStore::new();
    let relay = Relay::start().await;
    let mut serving = Serve::on(&store.file, &[]);
    relay.lead_to(&serving);
    let writer = Writer::new(relay.url(&store.scim_url), &store.token);
    let writers = [0, 1].map(|n| {
        let writer = writer.clone();
        tokio::spawn(async move {
            for person in 0..PEOPLE {
                writer.user(&format!("w{n}p{person}@example.com")).await;
                if person % (PEOPLE / GROUPS) == 0 {
                    // A group has no unique name, so that one whose response was lost may be there twice.
                    let members: Vec<Value> =
                        writer.list("Users").await.iter().take(5).map(|user| json!({"value": user["id"]})).collect();
                    let group =
                        json!({"schemas": [GROUP], "displayName": format!("w{n}g{person}"), "members": members});
                    writer.create("Groups", group).await;
                }
            }
        })
    });
    let mut reader = Reader::new(relay.url(&store.events_url), &store.api_key);
    let reading = tokio::spawn(async move {
        let mut pause = tokio::time::interval(Duration::from_millis(1));
        while !reader.seen.iter().any(|event| text(event, "/data/email") == "marker@example.com") {
            pause.tick().await;
            reader.page().await;
        }
        reader.seen
    });
    let mut random = seed.stream("kills");
    for round in 0..4 {
        timeout(PATIENCE, writer.reached(40 * round + random.random_range(10..40))).await.unwrap();
        relay.kill(serving);
        serving = Serve::on(&store.file, &[]);
        relay.lead_to(&serving);
    }
    for written in writers {
        timeout(PATIENCE, written).await.unwrap().unwrap();
    }
    timeout(PATIENCE, writer.user("marker@example.com")).await.unwrap();
    let events = timeout(PATIENCE, reading).await.unwrap().unwrap();

    let log = timeout(PATIENCE, Reader::new(relay.url(&store.events_url), &store.api_key).whole_log()).await.unwrap();
    assert_eq!(events.len(), log.len());
    assert!(events == log, "the reader saw other events than the log has (seed {seed})");
    // The log has what was committed, once each.
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let of = |name: &str, pointer: &str| -> Vec<String> {
        let named = events.iter().filter(|event| event["event"] == name);
        sorted(named.map(|event| text(event, pointer).to_owned()).collect())
    };
    let all = |resources: Vec<Value>, name: &str| {
        sorted(resources.iter().map(|found| text(found, name).to_owned()).collect())
    };
    let (users, groups) = (writer.list("Users").await, writer.list("Groups").await);
    assert_eq!(users.len(), 2 * PEOPLE + 1);
    assert!(groups.len() >= 2 * GROUPS);
    let members: usize = groups.iter().map(|group| group["members"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(of("dsync.user.created", "/data/email"), all(users, "/userName"));
    assert_eq!(of("dsync.group.created", "/data/name"), all(groups, "/displayName"));
    assert_eq!(of("dsync.group.user_added", "/data/user/id").len(), members);
    drop(serving);
    verify(&store.file);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_committed_event_arrives_at_each_endpoint_in_order() {
    let seed = Seed::fresh().unwrap();
    println!("seed {seed}");
    let store = TestStore::new();
    // The second receiver fails now and then, so that some of its events are delivered by a retry.
    let mut receivers = [Receiver::start(&[]).await, Receiver::start(&[500, 200, 200, 503, 500, 200, 500]).await];
    let secrets = [0, 1].map(|n| {
        let (data, url) = (store.file.to_str().unwrap(), receivers[n].url());
        let arguments = ["webhook", "add", "--data", data, "--url", &url, "--allow-private-webhooks", "--json"];
        let (code, out, error) = run(&arguments);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str::<Value>(&out).unwrap()["secret"].as_str().unwrap().to_owned()
    });
    let relay = Relay::start().await;
    // The first retry follows after a millisecond.
    let serve = || {
        let serving = Serve::on(&store.file, &["--allow-private-webhooks", "--webhook-retry-time", "4s"]);
        relay.lead_to(&serving);
        serving
    };
    let mut serving = serve();
    let writer = Writer::new(relay.url(&store.scim_url), &store.token);
    let writing = tokio::spawn({
        let writer = writer.clone();
        async move {
            for n in 0..150 {
                writer.user(&format!("p{n}@example.com")).await;
            }
        }
    });
    let mut random = seed.stream("kills");
    for round in 0..4 {
        timeout(PATIENCE, writer.reached(30 * round + random.random_range(5..30))).await.unwrap();
        relay.kill(serving);
        serving = serve();
    }
    timeout(PATIENCE, writing).await.unwrap().unwrap();

    let log = timeout(PATIENCE, Reader::new(relay.url(&store.events_url), &store.api_key).whole_log()).await.unwrap();
    let created = log.iter().filter(|event| event["event"] == "dsync.user.created");
    let expected: Vec<&str> = created.map(|event| text(event, "/id")).collect();
    assert_eq!(expected.len(), 150);
    for (receiver, secret) in receivers.iter_mut().zip(&secrets) {
        let mut arrived: Vec<String> = Vec::new();
        while arrived.len() < expected.len() {
            // Fails if no further webhook comes.
            let event = receiver.event(secret).await;
            let id = text(&event, "/id").to_owned();
            if !arrived.contains(&id) {
                arrived.push(id);
            }
        }
        assert_eq!(arrived, expected, "in order of their first arrival (seed {seed})");
    }
    drop(serving);
    verify(&store.file);
}

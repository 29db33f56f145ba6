//! The overview page of a directory of any size, and its removal: the response, the time until its rows are deleted, the memory of the
//! server, and writes to another directory in the meantime.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection as Database, OpenFlags};
use serde_json::{Value, json};

use super::client::{Connection, Load, Requests, drive, request};
use super::people;
use super::served::Served;

/// The number of requests for the page.
const PAGES: usize = 50;
/// The time between two looks at the store.
const PAUSE: Duration = Duration::from_millis(100);

/// Measures the page, then removes the directory.
pub async fn measure(served: &Served, store: &Path) {
    println!("\n{} users", served.users);
    let mut api = Api { connection: Connection::open(served.address).await.unwrap(), key: served.api_key.clone() };
    let mut pages = Vec::new();
    for _ in 0..PAGES {
        let begin = Instant::now();
        let page = api.send("GET", "/", None, 200).await;
        pages.push(begin.elapsed());
        assert!(String::from_utf8_lossy(&page).contains("<html"), "a page");
    }
    pages.sort();
    println!("page at /: median {:.1?}, longest {:.1?}", pages[PAGES / 2], pages[PAGES - 1]);

    let directories: Value = serde_json::from_slice(&api.send("GET", "/directories", None, 200).await).unwrap();
    let directory = &directories["data"][0];
    let other = json!({"organization_id": directory["organization_id"], "name": "Other"});
    let other: Value =
        serde_json::from_slice(&api.send("POST", "/scimulate/directories", Some(&other), 201).await).unwrap();
    let creates = creates(&other);
    write("write to another directory, before", served, &creates, Duration::from_secs(3)).await;

    let memory = served.process.memory();
    let (processor, begin) = (served.process.processor(), Instant::now());
    let path = format!("/directories/{}", directory["id"].as_str().unwrap());
    api.send("DELETE", &path, None, 202).await;
    println!("removal: response after {:.1?}", begin.elapsed());
    let database = Database::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let is_left = || {
        let left = "SELECT count(*) FROM directory WHERE deleted_at IS NOT NULL";
        database.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap() > 0
    };
    let mut most = memory;
    let watch = async {
        while is_left() {
            most = most.max(served.process.memory());
            tokio::time::sleep(PAUSE).await;
        }
        begin.elapsed()
    };
    let writing = async {
        // Longer than any removal; it ends with the removal.
        write("write to another directory, meanwhile", served, &creates, Duration::from_secs(3)).await;
        std::future::pending::<()>().await;
    };
    let took = tokio::select! {
        took = watch => took,
        () = writing => Duration::ZERO,
    };
    let processor = served.process.processor() - processor;
    println!(
        "removal: rows deleted after {took:.1?}, {processor:.1} s CPU; anonymous memory {memory:.0} MB before, at most {most:.0} MB"
    );
}

/// A connection to the directory API.
struct Api {
    connection: Connection,
    key: String,
}

impl Api {
    async fn send(&mut self, method: &str, path: &str, body: Option<&Value>, status: u16) -> Vec<u8> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let bytes = String::from_utf8(request(method, path, &self.key, &body)).unwrap();
        let accept = if path == "/" { "text/html" } else { "application/json" };
        let bytes = bytes.replace("Accept: application/scim+json", &format!("Accept: {accept}"));
        let bytes = bytes.replace("application/scim+json", "application/json");
        let (got, body) = self.connection.exchange(bytes.as_bytes()).await.unwrap();
        assert_eq!(got, status, "{method} {path}: {}", String::from_utf8_lossy(&body));
        body
    }
}

/// Returns requests that create users in a directory.
fn creates(directory: &Value) -> Requests {
    let text = |key: &str| directory[key].as_str().unwrap().to_owned();
    let (url, token) = (text("scim_url"), text("token"));
    let (_, path) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).unwrap();
    let (target, next) = (format!("/{path}/Users"), AtomicUsize::new(1 << 40));
    Arc::new(move |_| {
        let n = next.fetch_add(1, Ordering::Relaxed);
        request("POST", &target, &token, &people::body(n).to_string())
    })
}

/// Sends writes over one connection, one after the other, and prints their latency.
async fn write(name: &str, served: &Served, requests: &Requests, duration: Duration) {
    let sample = drive(served.address, &Load::new(1, duration, 201), &Arc::default(), requests).await;
    assert_eq!(sample.broken, None);
    let [median, high, most] = [0.5, 0.99, 1.0].map(|share| sample.quantile(share));
    println!("{name}: median {median:.2} ms, p99 {high:.2} ms, longest {most:.2} ms");
}

//! Hostile input at full rate: the strategies of `scimulate fuzz`, and bytes that no HTTP client would send, on many
//! connections at once. The server never answers 5xx, leaves nobody waiting and holds nothing afterwards.
//!
//! `HOSTILE_SECONDS` says how long (docs/hostile.md); a few in the usual run.

mod bytes;
mod cases;
mod slow;
mod tally;
mod watch;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scimulate::wire::{Auth, Client, Target};
use serde_json::json;

use self::tally::Tally;
use crate::support::process::Serve;

/// How long the usual run takes, in seconds.
const SECONDS: u64 = 10;
/// Stories of the strategies that are told at once.
const TELLERS: usize = 12;
/// Connections that send bytes and are done with at once.
const SENDERS: usize = 8;
/// Connections of each kind that take their time.
const SLOW: usize = 12;
/// How long the server waits for a header, a body, a reader; the usual 30 s would outlast the usual run.
const PATIENCE: &str = "1s";
/// Resources that are always there, so that lists are large.
const STOCK: usize = 400;
/// The most anonymous memory that the server may hold, in KiB: the caches of the store's connections (128 MiB for the
/// writer, 8 for each of 16 long readings and 8 others), and half as much again for requests and answers on their way.
const CEILING: u64 = 480 * 1024;
/// What it may grow by once the caches are full, in KiB.
const GROWTH: u64 = 32 * 1024;

/// Whom the hostile aim at.
#[derive(Clone)]
struct Aim {
    address: SocketAddr,
    /// The path of the SCIM URL, as `/scim/v2/KEY`.
    path: String,
    url: String,
    token: String,
    until: Instant,
    tally: Arc<Tally>,
}

impl Aim {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }
}

/// Runs futures to their end on a thread of their own.
fn on_a_thread<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    })
}

/// A client with connections of its own: they live and die with the runtime that made them.
fn client(url: &str, token: &str) -> Client {
    Client::new(Target::new(url, Auth::Bearer(token.into()))).unwrap()
}

/// People with much to say, and one whom the well-behaved ask for.
async fn stock(client: &Client) -> String {
    let mut ids = Vec::new();
    for n in 0..STOCK {
        let body = json!({
            "schemas": [scimulate::scim::schema::USER], "userName": format!("stock-{n}"), "title": "x".repeat(4_000),
        });
        let made = client.post("/Users", &body).await;
        assert_eq!(made.status(), Some(201), "{}", made.seen());
        ids.push(made.json().unwrap()["id"].as_str().unwrap().to_owned());
    }
    ids.swap_remove(0)
}

#[test]
fn hostile_input_at_full_rate() {
    let seconds = std::env::var("HOSTILE_SECONDS").map_or(SECONDS, |seconds| seconds.parse().unwrap());
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let bounds = ["--header-timeout", PATIENCE, "--body-timeout", PATIENCE, "--write-timeout", PATIENCE];
    let server = Serve::logging(&log, &[&bounds[..], &["--log-level", "error"]].concat(), &[]);
    let client = client(&server.scim_url, &server.token);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bystander = runtime.block_on(stock(&client));

    let began = Instant::now();
    let url = reqwest::Url::parse(&server.scim_url).unwrap();
    let aim = Aim {
        address: SocketAddr::new(url.host_str().unwrap().parse().unwrap(), url.port().unwrap()),
        path: url.path().to_owned(),
        url: server.scim_url.clone(),
        token: server.token.clone(),
        until: began + Duration::from_secs(seconds),
        tally: Arc::default(),
    };
    let watched = watch::start(&server, &bystander, aim.clone());
    let (one, other) = (aim.clone(), aim.clone());
    let hostile = [
        on_a_thread(move || cases::tell(one, seed)),
        on_a_thread(move || async move {
            tokio::join!(bytes::send(&other, seed), slow::linger(&other));
        }),
    ];
    for thread in hostile {
        thread.join().unwrap();
    }
    let watched = watched.join().unwrap();
    println!("{}\n{watched}", aim.tally);

    let faults = aim.tally.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "", "the server had something to say");
    watched.is_flat(CEILING, GROWTH);
    // Whoever went away holds nothing, and what was made is gone.
    watch::settled(&server, &watched);
    runtime.block_on(async {
        let counts = [("/Users?count=0", STOCK), ("/Groups?count=0", 0)];
        for (path, count) in counts {
            assert_eq!(client.get(path).await.json().unwrap()["totalResults"], count, "{path}");
        }
    });
    assert_eq!(server.terminate(), 0);
}

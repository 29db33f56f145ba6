//! Hostile input at full rate: the strategies of `scimulate fuzz`, and bytes and frames that no HTTP client would send, on
//! many connections at once. The server never returns 5xx, keeps responding to well-behaved clients, and keeps no
//! connection or memory afterwards.
//!
//! `HOSTILE_SECONDS` sets the duration (docs/hostile.md). The default is short.

mod bytes;
mod cases;
mod frames;
mod polite;
mod slow;
mod tally;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use scimulate::wire::{Auth, Client, Target};
use serde_json::json;

use self::polite::Polite;
use self::tally::Tally;
use self::watch::Watched;
use crate::support::process::Serve;

/// The default duration, in seconds.
const SECONDS: u64 = 10;
/// Fuzz cases that run at once.
const RUNNERS: usize = 12;
/// Connections that send bytes and end at once.
const SENDERS: usize = 8;
/// Slow connections of each kind.
const SLOW: usize = 12;
/// The server's time limit for headers, bodies and reading clients. The default of 30 s would exceed the duration.
const PATIENCE: &str = "1s";
/// The server's idle time-out, for the test in which it ends most connections.
const LEISURE: Duration = Duration::from_secs(5);
/// Serializes these tests: each needs the whole machine.
static MACHINE: Mutex<()> = Mutex::new(());
/// Users that exist during the test, so that lists are large.
const STOCK: usize = 400;
/// The limit on the server's anonymous memory, in KiB: the caches of the store's connections (128 MiB for the
/// writer, 8 for each of 16 long readings and 8 others), and half as much again for requests and responses in progress.
const CEILING: u64 = 480 * 1024;
/// The limit on its growth once the caches are full, in KiB.
const GROWTH: u64 = 32 * 1024;

/// The server under attack.
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

/// Runs a future to its end on a new thread.
fn on_a_thread<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    })
}

/// Creates a client. Its connections belong to the current runtime.
fn client(url: &str, token: &str) -> Client {
    let insecure = url.starts_with("https:");
    Client::new(Target { insecure, ..Target::new(url, Auth::Bearer(token.into())) }).unwrap()
}

/// Creates large users, and returns the id of one that well-behaved clients read.
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

/// A server process and the state of an attack.
struct Attack {
    _folder: tempfile::TempDir,
    log: PathBuf,
    server: Serve,
    /// The path of an existing user.
    bystander: String,
    aim: Aim,
}

impl Attack {
    fn begin(more: &[&str]) -> Self {
        let seconds = std::env::var("HOSTILE_SECONDS").map_or(SECONDS, |seconds| seconds.parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let bounds = ["--header-timeout", PATIENCE, "--body-timeout", PATIENCE, "--write-timeout", PATIENCE];
        let server = Serve::logging(&log, &[&bounds[..], &["--log-level", "error"], more].concat(), &[]);
        let client = client(&server.scim_url, &server.token);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let bystander = runtime.block_on(stock(&client));
        let url = reqwest::Url::parse(&server.scim_url).unwrap();
        let aim = Aim {
            address: SocketAddr::new(url.host_str().unwrap().parse().unwrap(), url.port().unwrap()),
            path: url.path().to_owned(),
            url: server.scim_url.clone(),
            token: server.token.clone(),
            until: Instant::now() + Duration::from_secs(seconds),
            tally: Arc::default(),
        };
        Self { _folder: folder, log, bystander: format!("/Users/{bystander}"), aim, server }
    }

    /// Asserts that there were no faults, that the server kept nothing of closed connections, and that created resources
    /// were deleted.
    fn end(self, watched: &Watched) {
        let faults = self.aim.tally.faults();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert_eq!(std::fs::read_to_string(&self.log).unwrap(), "", "the server logged an error");
        watched.is_flat(CEILING, GROWTH);
        watch::settled(&self.server, watched);
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            // This runtime needs its own client.
            let client = client(&self.aim.url, &self.aim.token);
            for (path, count) in [("/Users?count=0", STOCK), ("/Groups?count=0", 0)] {
                assert_eq!(client.get(path).await.json().unwrap()["totalResults"], count, "{path}");
            }
        });
        assert_eq!(self.server.terminate(), 0);
    }
}

#[test]
fn hostile_input_at_full_rate() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let attack = Attack::begin(&[]);
    let (aim, bystander) = (attack.aim.clone(), attack.bystander.clone());
    let watched = watch::start(attack.server.process(), aim.clone(), move || {
        let client = client(&aim.url, &aim.token);
        async move || {
            let exchange = client.get(&bystander).await;
            aim.tally.exchange(&exchange);
            if exchange.status() == Some(200) { Ok(()) } else { Err(exchange.seen()) }
        }
    });
    let (one, other) = (attack.aim.clone(), attack.aim.clone());
    let hostile = [
        on_a_thread(move || cases::run(one, seed)),
        on_a_thread(move || async move {
            tokio::join!(bytes::send(&other, seed), slow::run(&other));
        }),
    ];
    for thread in hostile {
        thread.join().unwrap();
    }
    let watched = watched.join().unwrap();
    println!("{}\n{watched}", attack.aim.tally);
    attack.end(&watched);
}

#[test]
fn hostile_frames_at_full_rate() {
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let leisure = format!("{}s", LEISURE.as_secs());
    let attack = Attack::begin(&["--tls-self-signed", "--idle-timeout", &leisure]);
    let file = PathBuf::from(attack.server.line["certificate"].as_str().unwrap());
    let certificate = CertificateDer::from_pem_file(&file).unwrap();
    let (aim, path) = (attack.aim.clone(), format!("{}{}", attack.aim.path, attack.bystander));
    let polite = Polite::new(aim.address, certificate.clone(), &aim.token);
    let watched = watch::start(attack.server.process(), aim.clone(), move || {
        let mut polite = polite;
        async move || match polite.get(&path).await {
            Ok((200, _)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let (aim, trusted) = (attack.aim.clone(), certificate.clone());
    on_a_thread(move || async move { frames::send(&aim, &trusted).await }).join().unwrap();
    let watched = watched.join().unwrap();
    println!("{}\n{watched}", attack.aim.tally);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let metrics = runtime.block_on(async {
        let mut polite = Polite::new(attack.aim.address, certificate, &attack.aim.token);
        polite.get("/metrics").await.unwrap().1
    });
    assert!(metrics.contains("status=\"408\"") && !metrics.contains("status=\"5"), "{metrics}");
    drop(runtime);
    attack.end(&watched);
    // The server has removed the file, unless it was killed.
    let _ = std::fs::remove_file(file);
}

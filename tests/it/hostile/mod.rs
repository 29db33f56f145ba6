//! Hostile input at full rate: the strategies of `scimulate fuzz`, and bytes and frames that no HTTP client would send, on
//! many connections at once. The server never answers 5xx, leaves nobody waiting and holds nothing afterwards.
//!
//! `HOSTILE_SECONDS` says how long (docs/hostile.md); a few in the usual run.

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
/// How long it keeps a connection on which nothing is asked, where that is what ends most stories.
const LEISURE: Duration = Duration::from_secs(5);
/// One siege at a time: each wants the whole machine.
static MACHINE: Mutex<()> = Mutex::new(());
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
    let insecure = url.starts_with("https:");
    Client::new(Target { insecure, ..Target::new(url, Auth::Bearer(token.into())) }).unwrap()
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

/// A server in a process of its own, and those who aim at it.
struct Siege {
    _folder: tempfile::TempDir,
    log: PathBuf,
    server: Serve,
    /// The path of one who is there.
    bystander: String,
    aim: Aim,
}

impl Siege {
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

    /// Asserts that nothing went wrong, that whoever went away holds nothing, and that what was made is gone.
    fn end(self, watched: &Watched) {
        let faults = self.aim.tally.faults();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert_eq!(std::fs::read_to_string(&self.log).unwrap(), "", "the server had something to say");
        watched.is_flat(CEILING, GROWTH);
        watch::settled(&self.server, watched);
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            // A client of this runtime.
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
    let siege = Siege::begin(&[]);
    let (aim, bystander) = (siege.aim.clone(), siege.bystander.clone());
    let watched = watch::start(siege.server.process(), aim.clone(), move || {
        let client = client(&aim.url, &aim.token);
        async move || {
            let exchange = client.get(&bystander).await;
            aim.tally.exchange(&exchange);
            if exchange.status() == Some(200) { Ok(()) } else { Err(exchange.seen()) }
        }
    });
    let (one, other) = (siege.aim.clone(), siege.aim.clone());
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
    println!("{}\n{watched}", siege.aim.tally);
    siege.end(&watched);
}

#[test]
fn hostile_frames_at_full_rate() {
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let leisure = format!("{}s", LEISURE.as_secs());
    let siege = Siege::begin(&["--tls-self-signed", "--idle-timeout", &leisure]);
    let file = PathBuf::from(siege.server.line["certificate"].as_str().unwrap());
    let certificate = CertificateDer::from_pem_file(&file).unwrap();
    let (aim, path) = (siege.aim.clone(), format!("{}{}", siege.aim.path, siege.bystander));
    let polite = Polite::new(aim.address, certificate.clone(), &aim.token);
    let watched = watch::start(siege.server.process(), aim.clone(), move || {
        let mut polite = polite;
        async move || match polite.get(&path).await {
            Ok((200, _)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let (aim, trusted) = (siege.aim.clone(), certificate.clone());
    on_a_thread(move || async move { frames::send(&aim, &trusted).await }).join().unwrap();
    let watched = watched.join().unwrap();
    println!("{}\n{watched}", siege.aim.tally);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let metrics = runtime.block_on(async {
        let mut polite = Polite::new(siege.aim.address, certificate, &siege.aim.token);
        polite.get("/metrics").await.unwrap().1
    });
    assert!(metrics.contains("status=\"408\"") && !metrics.contains("status=\"5"), "{metrics}");
    drop(runtime);
    siege.end(&watched);
    // The server has tidied up, unless it could not.
    let _ = std::fs::remove_file(file);
}

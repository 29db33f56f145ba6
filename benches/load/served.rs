//! The servers under load, each a process of its own on the first processor: the reference over a store that was filled
//! before, and the yardstick.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use futures::StreamExt;
use scimulate::base::{Secret, SystemClock};
use scimulate::directory::Command as Change;
use scimulate::scim::Object;
use scimulate::scim::patch::{MembersEdit, Patch};
use scimulate::scim::resource::{Kind, Member};
use scimulate::store::sqlite::SqliteStore;
use scimulate::store::{Access, Credentials, Expected, Order, Query, Store, Write as Job};
use serde_json::{Value, json};

use super::people;

/// Groups of ten, among which the members that are added are spread.
const SMALL: usize = 500;

/// A server that is killed when it is dropped.
pub struct Process {
    child: Child,
    /// Its first line on stdout.
    pub line: String,
}

impl Process {
    /// Starts a command on a processor, where `taskset` is there to do so.
    fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut command = if pinning() {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line }
    }

    /// Processor time so far, in seconds.
    pub fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// Anonymous resident memory, in MB.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether processes can be kept on one processor here.
pub fn pinning() -> bool {
    let two = std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1);
    two && Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// Keeps this process on the second processor.
pub fn pin_self() {
    if pinning() {
        let id = std::process::id().to_string();
        Command::new("taskset").args(["-pc", "1", &id]).stdout(Stdio::null()).status().unwrap();
    }
}

/// A bare axum server: what the framework alone can do here.
pub fn yardstick() -> (Process, SocketAddr) {
    let process = Process::start(&std::env::current_exe().unwrap(), &["--yardstick"]);
    let address = process.line.trim().parse().unwrap();
    (process, address)
}

/// Runs the yardstick in this process.
pub fn be_yardstick() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        std::io::stdout().flush().unwrap();
        let app = Router::new().route("/", get(async || "ok").post(async |body: Bytes| body.len().to_string()));
        axum::serve(listener, app).await.unwrap();
    });
}

/// The reference with its people.
pub struct Served {
    pub process: Process,
    pub address: SocketAddr,
    /// `/scim/v2/KEY`.
    pub base: String,
    pub token: String,
    /// Users that were there at the start; their numbers are below this.
    pub users: usize,
    /// Ids of some of them, spread over all.
    pub ids: Vec<String>,
    pub small: Vec<String>,
    pub large: String,
    pub large_size: usize,
}

/// Fills a store where that has not been done, and serves it.
pub async fn serve(path: &Path, users: usize) -> Served {
    let store = SqliteStore::open(path, Arc::new(SystemClock), None).unwrap();
    let directory = store.bootstrap().await.unwrap().directory;
    let order = Order::RotateToken { directory: directory.id.clone(), revoke_old: true };
    let token = store.order(order).await.unwrap().secret.unwrap().expose().to_owned();
    let credentials = Credentials { authorization: Some(Secret::new(format!("Bearer {token}"))) };
    let access = store.authenticate(&directory.external_key, &credentials).await.unwrap().unwrap();
    let filling = Filling { store, access };
    if filling.list(Kind::User, 1, 1).await.is_empty() {
        filling.fill(users).await;
    }
    let mut ids = Vec::new();
    for part in 0..10 {
        ids.extend(filling.list(Kind::User, 1 + part * users / 10, (users / 10).min(1_000)).await);
    }
    let mut groups = filling.list(Kind::Group, 1, SMALL + 1).await;
    filling.store.close().await.unwrap();

    let data = path.to_str().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_scimulate"));
    let process = Process::start(program, &["serve", "--data", data, "--listen", "127.0.0.1:0", "--json"]);
    let line: Value = serde_json::from_str(&process.line).unwrap();
    let url = line["scim_url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (host, base) = url.split_once('/').unwrap();
    let (address, base) = (host.parse().unwrap(), format!("/{base}"));
    let large = groups.remove(0);
    Served { process, address, base, token, users, ids, small: groups, large, large_size: large_size(users) }
}

/// Half of all, and 100,000 at the most.
fn large_size(users: usize) -> usize {
    (users / 2).min(100_000)
}

struct Filling {
    store: SqliteStore,
    access: Arc<Access>,
}

impl Filling {
    async fn send(&self, command: Change) -> String {
        let write = Job { directory: Arc::clone(&self.access), expected: Expected::Any, command };
        self.store.write(write).await.unwrap().resource.unwrap().id
    }

    async fn create(&self, kind: Kind, document: Object, members: Vec<Member>) -> String {
        self.send(Change::Create { kind, document, members }).await
    }

    async fn list(&self, kind: Kind, start_index: usize, count: usize) -> Vec<String> {
        let query = Query { start_index: start_index as u64, count, ..Query::default() };
        let page = self.store.list(&self.access, kind, query).await.unwrap();
        page.found.into_iter().map(|found| found.resource.id).collect()
    }

    /// Users in no order of names, a large group, small groups.
    async fn fill(&self, users: usize) {
        let create = |n| self.create(Kind::User, people::document(n), Vec::new());
        let ids: Vec<String> = futures::stream::iter((0..users).map(create)).buffered(256).collect().await;
        let members = |ids: &[String]| ids.iter().map(|id| Member { value: id.clone(), display: None }).collect();
        let named = |name: String| json!({"displayName": name}).as_object().unwrap().clone();
        let large = self.create(Kind::Group, named("large".to_owned()), Vec::new()).await;
        for part in ids[..large_size(users)].chunks(5_000) {
            let patch = Patch { members: vec![MembersEdit::Add(members(part))], ..Patch::default() };
            self.send(Change::Patch { kind: Kind::Group, id: large.clone(), patch }).await;
        }
        for n in 0..SMALL.min(users / 20) {
            self.create(Kind::Group, named(format!("small {n}")), members(&ids[n * 10..][..10])).await;
        }
    }
}

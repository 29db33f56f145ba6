//! A SCIM server with users, and the reference, whose store is filled before it starts.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use futures::StreamExt;
use scimulate::base::{Secret, SystemClock};
use scimulate::directory::Command as Change;
use scimulate::scim::Object;
use scimulate::scim::patch::{MembersEdit, Patch};
use scimulate::scim::resource::{Kind, Member};
use scimulate::store::sqlite::SqliteStore;
use scimulate::store::{Access, AdminCommand, Credentials, Expected, Query, Store, Write as Job};
use serde_json::{Value, json};

use super::people;
use super::process::Process;

/// The number of groups of ten members, to which the benches add members.
const SMALL: usize = 500;

/// A SCIM server with users.
pub struct Served {
    pub name: String,
    pub process: Process,
    pub address: SocketAddr,
    /// The path of the SCIM base URL.
    pub base: String,
    pub token: String,
    /// A key of the directory API; only for the reference.
    pub api_key: String,
    /// The number of users at the start.
    pub users: usize,
    /// The ids of some users, spread over all of them.
    pub ids: Vec<String>,
}

impl Served {
    /// Creates the value for a process that printed its URL.
    pub fn new(name: String, process: Process, url: &str, token: &str, users: usize) -> Self {
        let (host, base) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let (address, base, token) = (host.parse().unwrap(), format!("/{base}"), token.to_owned());
        Self { name, process, address, base, token, api_key: String::new(), users, ids: Vec::new() }
    }
}

/// The groups of the reference.
pub struct Groups {
    /// Groups of ten members.
    pub small: Vec<String>,
    pub large: String,
    pub large_size: usize,
}

/// Fills a store if necessary, and serves it.
pub async fn serve(path: &Path, users: usize) -> (Served, Groups) {
    let store = SqliteStore::open(path, Arc::new(SystemClock), None).unwrap();
    let directory = store.bootstrap().await.unwrap().directory;
    let command = AdminCommand::RotateToken { directory: directory.id.clone(), revoke_old: true };
    let token = store.administer(command).await.unwrap().secret.unwrap().expose().to_owned();
    let command = AdminCommand::AddApiKey { name: "bench".to_owned() };
    let api_key = store.administer(command).await.unwrap().secret.unwrap().expose().to_owned();
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
    // Reads the file into the page cache, so that a new store and a reused one perform the same.
    std::io::copy(&mut std::fs::File::open(path).unwrap(), &mut std::io::sink()).unwrap();

    let data = path.to_str().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_scimulate"));
    let arguments = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--json"];
    let process = Process::start(program, &arguments, Stdio::null());
    let line: Value = serde_json::from_str(&process.line).unwrap();
    let url = line["scim_url"].as_str().unwrap().to_owned();
    let mut served = Served::new(format!("the reference, {users} users"), process, &url, &token, users);
    (served.ids, served.api_key) = (ids, api_key);
    let large = groups.remove(0);
    (served, Groups { small: groups, large, large_size: large_size(users) })
}

/// Returns half of all users, but at most 100,000.
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
        page.resources.into_iter().map(|found| found.resource.id).collect()
    }

    /// Creates users without an order of names, a large group and small groups.
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

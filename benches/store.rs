//! Measures the embedded store: concurrent writes, point reads, lists, adding one member, memory.
//!
//! `cargo bench --bench store -- [USERS] [--large-group] [--keep FILE [--import]]` (default 100,000 users). With
//! `--large-group`, measures only a PUT that empties a group of all users, beside a bare SQLite loop that writes the same
//! rows. With `--keep`, the store stays in FILE, and a later run over it measures only reads, which takes seconds, or with
//! `--import` single creates during an import. This is a plain program instead of a statistical harness because it measures
//! the rate of many concurrent callers. Every figure is durable (`synchronous=FULL`), events included.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, clippy::indexing_slicing)]

#[path = "store/large_group.rs"]
mod large_group;
#[path = "load/people.rs"]
#[allow(dead_code, unreachable_pub)]
mod people;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use scimulate::base::{Secret, SystemClock};
use scimulate::directory::Command;
use scimulate::scim::patch::{MembersEdit, Patch};
use scimulate::scim::resource::{Kind, Member};
use scimulate::store::sqlite::SqliteStore;
use scimulate::store::{Access, AdminCommand, Credentials, Expected, Query, Store, Write};
use serde_json::json;

use self::people::{document, name};

struct Bench {
    store: SqliteStore,
    access: Arc<Access>,
    made: AtomicUsize,
    /// Users that were created and deleted again; their names are not among those of `made`.
    gone: AtomicUsize,
}

impl Bench {
    async fn send(&self, command: Command) -> String {
        let write = Write { directory: Arc::clone(&self.access), expected: Expected::Any, command };
        self.store.write(write).await.unwrap().resource.unwrap().id
    }

    async fn create(&self) -> String {
        self.create_numbered(self.made.fetch_add(1, Ordering::Relaxed)).await
    }

    async fn create_numbered(&self, n: usize) -> String {
        self.send(Command::Create { kind: Kind::User, document: document(n), members: Vec::new() }).await
    }

    /// Creates a user and deletes it.
    async fn come_and_go(&self) {
        let n = (1 << 40) + self.gone.fetch_add(1, Ordering::Relaxed);
        let command = Command::Delete { kind: Kind::User, id: self.create_numbered(n).await };
        let write = Write { directory: Arc::clone(&self.access), expected: Expected::Any, command };
        self.store.write(write).await.unwrap();
    }

    /// Returns the IDs of all users.
    async fn ids(&self) -> Vec<String> {
        let (mut ids, mut next) = (Vec::new(), None);
        loop {
            let query = Query { start_index: 1, count: 10_000, after: next, ..Query::default() };
            let page = self.store.list(&self.access, Kind::User, query).await.unwrap();
            ids.extend(page.resources.into_iter().map(|found| found.resource.id));
            if page.next.is_none() {
                break;
            }
            next = page.next;
        }
        ids
    }

    async fn add(&self, group: &str, user: &str) {
        let add = MembersEdit::Add(vec![Member { value: user.to_owned(), display: None }]);
        let patch = Patch { members: vec![add], ..Patch::default() };
        self.send(Command::Patch { kind: Kind::Group, id: group.to_owned(), patch }).await;
    }

    async fn group(&self, name: &str, members: &[String]) -> String {
        let document = json!({"displayName": name}).as_object().unwrap().clone();
        let members = members.iter().map(|id| Member { value: id.clone(), display: None }).collect();
        self.send(Command::Create { kind: Kind::Group, document, members }).await
    }
}

/// Measures the wall time and the processor time of some work. Processor time is meaningful on a busy machine too.
struct Stretch {
    start: Instant,
    ticks: u64,
}

/// Returns the processor time of this process in hundredths of a second.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum()
}

impl Stretch {
    fn begin() -> Self {
        Self { start: Instant::now(), ticks: ticks() }
    }

    fn rate(&self, what: &str, count: usize) {
        self.rate_without(0, what, count);
    }

    /// Prints the rate without some of the processor time.
    fn rate_without(&self, spent: u64, what: &str, count: usize) {
        let (seconds, count) = (self.start.elapsed().as_secs_f64(), count as f64);
        let processor = (ticks() - self.ticks - spent) as f64 * 1e4 / count;
        println!(
            "{what:<48} {:>9.0}/s {:>9.1} µs, {processor:>7.1} µs of processor",
            count / seconds,
            seconds * 1e6 / count
        );
    }
}

/// Creates `count` users by `callers` concurrent callers. Returns their IDs.
async fn creates(bench: &Arc<Bench>, callers: usize, count: usize) -> Vec<String> {
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let bench = Arc::clone(bench);
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..count / callers {
                    ids.push(bench.create().await);
                }
                ids
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    let users: usize = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(100_000);
    let place = tempfile::tempdir_in(".").unwrap();
    let kept = std::env::args().skip_while(|arg| arg != "--keep").nth(1).map(PathBuf::from);
    let path = kept.unwrap_or_else(|| place.path().join("bench.db"));
    let is_new = !path.exists();
    let store = SqliteStore::open(&path, Arc::new(SystemClock), None).unwrap();
    let directory = store.bootstrap().await.unwrap().directory;
    let command = AdminCommand::RotateToken { directory: directory.id, revoke_old: true };
    let token = format!("Bearer {}", store.administer(command).await.unwrap().secret.unwrap().expose());
    let credentials = Credentials { authorization: Some(Secret::new(token)) };
    let key = directory.external_key;
    let access = store.authenticate(&key, &credentials).await.unwrap().unwrap();
    let bench = Arc::new(Bench { store, access, made: AtomicUsize::new(0), gone: AtomicUsize::new(0) });
    if std::env::args().any(|arg| arg == "--large-group") {
        return large_group::run(&bench, &path, users).await;
    }
    if !is_new {
        let ids = bench.ids().await;
        println!("{} users in {}", ids.len(), path.display());
        if std::env::args().any(|arg| arg == "--import") {
            bench.made.store(rand::random::<u32>() as usize * 1_000, Ordering::Relaxed);
            import(&bench).await;
        } else {
            bench.made.store(rand::random::<u32>() as usize * 1_000, Ordering::Relaxed);
            reads(&bench, &credentials, &key, &ids).await;
        }
        return memory();
    }

    creates(&bench, 64, 1_000).await;
    let writes = |callers: usize, count: usize| {
        let bench = Arc::clone(&bench);
        async move {
            let stretch = Stretch::begin();
            let ids = creates(&bench, callers, count).await;
            let before = bench.made.load(Ordering::Relaxed) - count;
            stretch.rate(&format!("create, {callers} callers, {before} users before"), count);
            ids
        }
    };
    let mut ids = writes(1, 2_000).await;
    ids.extend(writes(8, 8_000).await);
    ids.extend(writes(64, 16_000).await);
    reads(&bench, &credentials, &key, &ids).await;
    while let left @ 64.. = users.saturating_sub(bench.made.load(Ordering::Relaxed)) {
        ids.extend(writes(64, left.min(100_000)).await);
    }
    writes(8, 8_000).await;
    writes(64, 16_000).await;
    reads(&bench, &credentials, &key, &ids).await;
    members(&bench, &ids).await;
    memory();
}

async fn reads(bench: &Arc<Bench>, credentials: &Credentials, key: &str, ids: &[String]) {
    let count = 200_000;
    let stretch = Stretch::begin();
    for _ in 0..count {
        assert!(bench.store.authenticate(key, credentials).await.unwrap().is_some());
    }
    stretch.rate("authenticate", count);
    let stretch = Stretch::begin();
    for n in 0..count {
        let id = &ids[n * 7_919 % ids.len()];
        assert!(bench.store.read(&bench.access, Kind::User, id, true).await.unwrap().is_some());
    }
    stretch.rate("GET by id with groups", count);
    // A commit of another connection invalidates a reader's page cache. The time of the writes is left out.
    let (every, mut written) = (100, 0);
    let stretch = Stretch::begin();
    for n in 0..count / 10 {
        if n % every == 0 {
            let before = ticks();
            bench.come_and_go().await;
            written += ticks() - before;
        }
        let id = &ids[n * 7_919 % ids.len()];
        assert!(bench.store.read(&bench.access, Kind::User, id, true).await.unwrap().is_some());
    }
    stretch.rate_without(written, &format!("GET by id, two writes before each {every}"), count / 10);
    let stretch = Stretch::begin();
    for n in 0..count {
        let name = name(n * 7_919 % ids.len());
        let filter = Some(format!("userName eq \"{name}\"").parse().unwrap());
        let query = Query { filter, start_index: 1, count: 100, with_members: true, ..Query::default() };
        assert_eq!(bench.store.list(&bench.access, Kind::User, query).await.unwrap().total, 1);
    }
    stretch.rate("userName eq", count);
    let total = u64::try_from(ids.len()).unwrap();
    for start_index in [1, total / 2, total - 200] {
        let stretch = Stretch::begin();
        for _ in 0..200 {
            let query = Query { start_index, count: 100, ..Query::default() };
            assert_eq!(bench.store.list(&bench.access, Kind::User, query).await.unwrap().resources.len(), 100);
        }
        stretch.rate(&format!("list of 100 from {start_index}"), 200);
    }
    for filter in FILTERS {
        let stretch = Stretch::begin();
        let query = Query { filter: Some(filter.parse().unwrap()), start_index: 1, count: 10, ..Query::default() };
        let total = bench.store.list(&bench.access, Kind::User, query).await.unwrap().total;
        stretch.rate(&format!("{filter} ({total}), a resource"), ids.len());
    }
}

/// Filters that columns answer, that a scan rules out by bytes, and that are evaluated document by document.
const FILTERS: [&str; 9] = [
    "userName co \"nobody\"",
    "externalId eq \"nobody\"",
    "active eq true",
    "active eq false",
    "meta.lastModified gt \"2099-01-01T00:00:00Z\"",
    "title co \"zz\"",
    "emails.value eq \"nobody@northwind.example\"",
    "name.familyName ne \"Moreau\"",
    "emails[not (type eq \"work\")] or name.givenName gt \"x\"",
];

/// Measures single creates while 64 callers import.
async fn import(bench: &Arc<Bench>) {
    let stretch = Stretch::begin();
    let mut importing = tokio::spawn({
        let bench = Arc::clone(bench);
        async move { creates(&bench, 64, 200_000).await }
    });
    let mut took = Vec::new();
    while !importing.is_finished() {
        let start = Instant::now();
        bench.create().await;
        took.push(start.elapsed());
    }
    (&mut importing).await.unwrap();
    stretch.rate("import, 64 callers", 200_000);
    took.sort_unstable();
    let at = |hundredths: usize| took[(took.len() - 1) * hundredths / 100];
    println!("single creates: median {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100));
}

async fn members(bench: &Arc<Bench>, ids: &[String]) {
    let (late, early) = ids.split_at(4_000);
    let small = bench.group("small", &early[..10]).await;
    let large = bench.group("large", &[]).await;
    for part in early[..early.len().min(100_000)].chunks(5_000) {
        let add = part.iter().map(|id| Member { value: id.clone(), display: None }).collect();
        let patch = Patch { members: vec![MembersEdit::Add(add)], ..Patch::default() };
        bench.send(Command::Patch { kind: Kind::Group, id: large.clone(), patch }).await;
    }
    for (what, group) in [("small", &small), ("large", &large)] {
        let stretch = Stretch::begin();
        for user in &late[..2_000] {
            bench.add(group, user).await;
        }
        stretch.rate(&format!("one more member, {what} group, 1 caller"), 2_000);
    }
    for (what, group) in [("small", &small), ("large", &large)] {
        let stretch = Stretch::begin();
        futures::future::join_all(late[2_000..].iter().map(|user| bench.add(group, user))).await;
        stretch.rate(&format!("one more member, {what} group, many callers"), 2_000);
    }
}

/// Restarts the measurement of [`peak_memory`] (Linux only).
fn reset_peak_memory() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// Returns the peak of resident memory as Linux reports it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown").to_owned()
}

fn memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("RssAnon") || line.starts_with("VmHWM")) {
        println!("{line}");
    }
}

//! The embedded store: SQLite with one writer thread, group commit and concurrent reads.
//!
//! - [`writer`] owns the only connection that writes. All queued commands (up to [`limits::GROUP_COMMIT`]) become one
//!   transaction with a SAVEPOINT for each command, and results are returned after the commit. With `synchronous=FULL`, an
//!   acknowledged write survives a power failure.
//! - [`readers`] is a pool of connections for reading. Point reads of small resources run on the calling thread. Large
//!   resources, lists, scans and the log are read on blocking threads, which [`fair_scheduling`] shares among them. Both
//!   kinds of reads have their own connections.
//! - [`registry`] caches directories, tokens and keys. On each use it checks whether the cache is current, so that changes
//!   by another process are seen at once. Another process may also write resources.
//! - [`plan`] compiles a query, [`list`] and [`sorted`] execute it, [`filter_sql`] and [`sort_sql`] are SQLite's dialect.
//!
//! There are no rules here, only rows and SQL. [`crate::store::steps`] and [`crate::directory`] decide what a command writes,
//! [`crate::store::predicate`] defines filters. Start reading at [`write`](mod@write) and [`list`].

mod administration;
mod backup;
mod blocks;
mod changes;
mod commit;
mod counters;
mod ephemeral;
mod error;
mod event_streams;
mod fair_scheduling;
mod file;
mod filter_sql;
mod health;
mod list;
mod load;
mod log;
mod membership_writes;
mod objects;
mod organizations;
mod other_processes;
mod page_builder;
mod plan;
mod point_read;
mod position;
mod purge;
mod read;
mod readers;
mod registry;
mod relations;
mod requests;
mod rows;
mod scan_filter;
mod schema;
mod serving;
mod sort_sql;
mod sorted;
mod stream_reads;
mod transaction;
mod unique;
mod uses;
mod verify;
mod webhooks;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures::future::BoxFuture;
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use self::counters::Counters;
use self::ephemeral::EphemeralFolder;
use self::fair_scheduling::{FairScheduler, ScanLength};
use self::health::{Health, LastCommit, Watch};
use self::page_builder::Draft;
use self::plan::{ListPlan, Paging};
use self::point_read::PointRead;
use self::readers::Readers;
use self::registry::Registry;
use self::uses::{UseWriter, Uses};
use self::writer::WriterRequest;
use super::objects::{
    DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery, ObjectPage, ObjectRange, OrganizationQuery, StoredGroup,
    StoredUser,
};
use super::{
    Access, AdminCommand, AdminOutcome, ApiKey, Bootstrap, Credentials, EventPage, EventQuery, Figures, LiveToken,
    LogWindow, Page, Query, Store, StoreChanges, StoreCounts, StoreError, StoredResource, Verification, Write, Written,
};
use crate::base::{Clock, Secret, Seed, limits};
use crate::directory::webhook::{StoredAttempt, WebhookEndpoint, WebhookQueue};
use crate::directory::{Directory, DirectoryState, Organization};
use crate::events::{Event, EventName};
use crate::scim::resource::Kind;

pub use self::file::{Content, inspect, prepare};
pub use self::serving::{Serving, live_addresses};
pub use self::verify::verify_file;

/// The embedded store. Dropping it, or [`Store::close`], finishes accepted writes.
#[derive(Debug)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    queue: mpsc::Sender<WriterRequest>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    _watch: Watch,
    /// The temporary folder of an ephemeral store; removed when the store is dropped.
    _ephemeral: Option<EphemeralFolder>,
}

/// The part of the store that reads; it outlives the store while a scan runs.
#[derive(Debug)]
struct Shared {
    /// For point reads.
    readers: Readers,
    /// For lists, scans and the log.
    scanners: Arc<Readers>,
    registry: Registry,
    uses: Arc<Uses>,
    health: Arc<Health>,
    scheduler: FairScheduler,
    clock: Arc<dyn Clock>,
    path: PathBuf,
    counters: Arc<Counters>,
}

impl Shared {
    /// Returns the row number of a directory; `None` when it belongs to another store.
    fn row(&self, directory: &Access) -> Result<Option<i64>, StoreError> {
        self.readers.with(|connection| self.registry.row(connection, directory))
    }
}

impl SqliteStore {
    /// Opens or creates the store at `path` and migrates it to the newest schema. A `seed` makes ids (but not tokens)
    /// reproducible; otherwise they are random.
    ///
    /// # Errors
    /// If the file cannot be opened, is not a database or was written by a newer version.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, seed: Option<Seed>) -> Result<Self, StoreError> {
        Self::start(path, clock, seed, None)
    }

    /// Creates a store in a temporary folder, which is removed with it.
    ///
    /// # Errors
    /// If the temporary folder cannot be created, or as [`SqliteStore::open`].
    pub fn ephemeral(clock: Arc<dyn Clock>, seed: Option<Seed>) -> Result<Self, StoreError> {
        let folder = EphemeralFolder::new()?;
        Self::start(&folder.store(), clock, seed, Some(folder))
    }

    fn start(
        path: &Path,
        clock: Arc<dyn Clock>,
        seed: Option<Seed>,
        ephemeral: Option<EphemeralFolder>,
    ) -> Result<Self, StoreError> {
        Self::over(schema::open(path)?, path, clock, seed, ephemeral)
    }

    /// Starts a store whose writer uses this connection.
    fn over(
        connection: Connection,
        path: &Path,
        clock: Arc<dyn Clock>,
        seed: Option<Seed>,
        ephemeral: Option<EphemeralFolder>,
    ) -> Result<Self, StoreError> {
        let health = Arc::new(Health::of(path));
        let readers = Readers::new(path, schema::open_reader);
        let scanners = Arc::new(Readers::new(path, schema::open_scanner));
        let uses = Arc::new(Uses::since(clock.now().as_millisecond()));
        let counters = Arc::new(Counters::default());
        let registry = Registry::new(Arc::clone(&uses));
        let (queue, requests) = mpsc::channel(limits::WRITE_QUEUE);
        let noted = UseWriter::new(Arc::clone(&uses));
        let writer = writer::start(
            connection,
            clock.clone(),
            seed,
            requests,
            noted,
            Arc::clone(&counters),
            Arc::clone(&health),
        )?;
        let (scheduler, path) = (FairScheduler::new(), path.to_owned());
        let shared = Shared { readers, scanners, registry, uses, health, scheduler, clock, path, counters };
        let shared = Arc::new(shared);
        let (looking, mut known) = (Arc::clone(&shared), None);
        // Now, so that a change before the first look of the watch is noticed, too.
        shared.look_for_changes(&mut known);
        // A weak sender, because the writer ends with the last one.
        let waking = queue.downgrade();
        let watch = Watch::start(Arc::clone(&shared.health), move || {
            if looking.look_for_changes(&mut known)
                && let Some(queue) = waking.upgrade()
            {
                // The transaction finds out whether another process removed a directory. If the queue is full, the next
                // write does.
                let _ = queue.try_send(WriterRequest::Uses);
            }
        })?;
        let writer = Mutex::new(Some(writer));
        Ok(Self { shared, queue, writer, _watch: watch, _ephemeral: ephemeral })
    }

    /// Does the same as [`Store::bootstrap`] with this SCIM token in place of a random one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bootstrap_with(&self, token: Option<Secret>) -> Result<Bootstrap, StoreError> {
        let AdminOutcome { directory, secret, api_key, .. } =
            self.administer(AdminCommand::Bootstrap { token }).await?;
        let directory = directory.ok_or_else(|| rows::corrupt("no directory after a bootstrap"))?;
        Ok(Bootstrap { directory, token: secret, api_key })
    }

    /// Waits until the writer ends, after its queue was closed.
    fn join(&self) {
        let handle = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle {
            // A writer that panicked has already dropped the reply channels, which callers see as an error.
            drop(handle.join());
        }
    }
}

impl Store for SqliteStore {
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, StoreError>> {
        Box::pin(self.run(write))
    }

    fn write_all(&self, writes: Vec<Write>, most: Option<usize>) -> BoxFuture<'_, Vec<Result<Written, StoreError>>> {
        Box::pin(self.sequence(writes, most))
    }

    fn administer(&self, command: AdminCommand) -> BoxFuture<'_, Result<AdminOutcome, StoreError>> {
        Box::pin(self.submit(|reply| WriterRequest::Admin(Box::new(command), reply)))
    }

    fn authenticate(
        &self,
        address: &str,
        credentials: &Credentials,
    ) -> BoxFuture<'_, Result<Option<Arc<Access>>, StoreError>> {
        let Shared { readers, registry, uses, clock, health, .. } = &*self.shared;
        let now = clock.now().as_millisecond();
        let access = health
            .available()
            .and_then(|()| readers.with(|connection| registry.authenticate(connection, address, credentials, now)));
        if matches!(access, Ok(Some(_))) && uses.are_due(now) {
            // If the queue is full, the uses are stored with a write that is already queued.
            let _ = self.queue.try_send(WriterRequest::Uses);
        }
        Self::now_or(access)
    }

    fn knows_api_key(&self, key: &Secret) -> BoxFuture<'_, Result<bool, StoreError>> {
        let Shared { readers, registry, health, .. } = &*self.shared;
        let accepted =
            health.available().and_then(|()| readers.with(|connection| registry.accepts_api_key(connection, key)));
        Self::now_or(accepted)
    }

    fn read(
        &self,
        directory: &Access,
        kind: Kind,
        id: &str,
        with_members: bool,
    ) -> BoxFuture<'_, Result<Option<StoredResource>, StoreError>> {
        let readers = &self.shared.readers;
        let row = match self.shared.row(directory) {
            Ok(Some(row)) => row,
            Ok(None) => return Self::now_or(Ok(None)),
            Err(error) => return Self::now_or(Err(error)),
        };
        match readers.with(|connection| point_read::bounded(connection, row, kind, id, with_members)) {
            Ok(PointRead::Done(found)) => Self::now_or(Ok(found)),
            Ok(PointRead::TooLarge) => {
                let id = id.to_owned();
                Box::pin(self.scan(ScanLength::Long, move |connection| {
                    point_read::unbounded(connection, row, kind, &id, with_members)
                }))
            }
            Err(error) => Self::now_or(Err(error)),
        }
    }

    fn list(&self, directory: &Arc<Access>, kind: Kind, query: Query) -> BoxFuture<'_, Result<Page, StoreError>> {
        let readers = &self.shared.readers;
        let row = match self.shared.row(directory) {
            Ok(Some(row)) => row,
            Ok(None) => return Self::now_or(Ok(Page::default())),
            Err(error) => return Self::now_or(Err(error)),
        };
        let paging = match Paging::of(&query) {
            Ok(paging) => paging,
            Err(error) => return Self::now_or(Err(error)),
        };
        let plan = ListPlan::new(directory, kind, query);
        if plan.is_lookup {
            match readers.with(|connection| list::lookup(connection, directory, row, &plan, &paging)) {
                Ok(Some(page)) => return Self::now_or(Ok(page.finish())),
                Ok(None) => {}
                Err(error) => return Self::now_or(Err(error)),
            }
        }
        let directory = Arc::clone(directory);
        let length = if plan.is_short() { ScanLength::Short } else { ScanLength::Long };
        Box::pin(
            self.scan(length, move |connection| {
                list::page(connection, &directory, row, &plan, &paging).map(Draft::finish)
            }),
        )
    }

    fn search(&self, directory: &Arc<Access>, users: Query, groups: Query) -> BoxFuture<'_, Result<Page, StoreError>> {
        let row = match self.shared.row(directory) {
            Ok(Some(row)) => row,
            Ok(None) => return Self::now_or(Ok(Page::default())),
            Err(error) => return Self::now_or(Err(error)),
        };
        let paging = match Paging::of(&users) {
            Ok(paging) => paging,
            Err(error) => return Self::now_or(Err(error)),
        };
        let directory = Arc::clone(directory);
        let plans =
            [(Kind::User, users), (Kind::Group, groups)].map(|(kind, query)| ListPlan::new(&directory, kind, query));
        let length = if plans.iter().all(ListPlan::is_short) { ScanLength::Short } else { ScanLength::Long };
        Box::pin(self.scan(length, move |connection| {
            list::search(connection, &directory, row, &plans, &paging).map(Draft::finish)
        }))
    }

    fn cursor_key(&self) -> BoxFuture<'_, Result<Secret, StoreError>> {
        let key = self.shared.readers.with(|connection| rows::setting(connection, rows::CURSOR_KEY));
        Self::now_or(key.and_then(|key| key.map(Secret::new).ok_or_else(|| rows::corrupt("no key for cursors"))))
    }

    fn events(&self, query: EventQuery) -> BoxFuture<'_, Result<EventPage, StoreError>> {
        Box::pin(self.scan(ScanLength::Short, move |connection| log::page(connection, &query)))
    }

    fn event(&self, id: &str) -> BoxFuture<'_, Result<Option<Event>, StoreError>> {
        self.read_now(|connection| log::find(connection, id))
    }

    fn list_users(&self, query: DirectoryUserQuery) -> BoxFuture<'_, Result<ObjectPage<StoredUser>, StoreError>> {
        Box::pin(self.scan(ScanLength::Short, move |connection| objects::users(connection, &query)))
    }

    fn list_groups(&self, query: DirectoryGroupQuery) -> BoxFuture<'_, Result<ObjectPage<StoredGroup>, StoreError>> {
        Box::pin(self.scan(ScanLength::Short, move |connection| objects::groups(connection, &query)))
    }

    fn list_directories(&self, query: DirectoryQuery) -> BoxFuture<'_, Result<ObjectPage<Directory>, StoreError>> {
        Box::pin(self.scan(ScanLength::Short, move |connection| objects::directories(connection, &query)))
    }

    fn list_organizations(
        &self,
        query: OrganizationQuery,
    ) -> BoxFuture<'_, Result<ObjectPage<Organization>, StoreError>> {
        Box::pin(self.scan(ScanLength::Short, move |connection| objects::organizations(connection, &query)))
    }

    fn organization(&self, id: &str) -> BoxFuture<'_, Result<Option<Organization>, StoreError>> {
        self.read_now(|connection| Ok(rows::organizations(connection, "o.id = ?1", Some(id))?.pop()))
    }

    fn organization_by_external_id(&self, id: &str) -> BoxFuture<'_, Result<Option<Organization>, StoreError>> {
        self.read_now(|connection| Ok(rows::organizations(connection, "o.external_id = ?1", Some(id))?.pop()))
    }

    fn list_webhooks(&self, range: ObjectRange) -> BoxFuture<'_, Result<ObjectPage<WebhookEndpoint>, StoreError>> {
        Box::pin(self.scan(ScanLength::Short, move |connection| objects::webhooks(connection, &range)))
    }

    fn list_attempts(
        &self,
        endpoint: &str,
        range: ObjectRange,
    ) -> BoxFuture<'_, Result<ObjectPage<StoredAttempt>, StoreError>> {
        let endpoint = endpoint.to_owned();
        Box::pin(self.scan(ScanLength::Short, move |connection| objects::attempts(connection, &endpoint, &range)))
    }

    fn webhook(&self, id: &str) -> BoxFuture<'_, Result<Option<WebhookEndpoint>, StoreError>> {
        self.read_now(|connection| webhooks::find(connection, id))
    }

    fn webhook_queues(&self) -> BoxFuture<'_, Result<Vec<WebhookQueue>, StoreError>> {
        self.read_now(webhooks::queues)
    }

    fn log_window(&self, after: u64, names: &[EventName]) -> BoxFuture<'_, Result<LogWindow, StoreError>> {
        let names = names.to_vec();
        Box::pin(self.scan(ScanLength::Short, move |connection| webhooks::window(connection, after, &names)))
    }

    fn changes(&self) -> watch::Receiver<StoreChanges> {
        self.shared.counters.changes.subscribe()
    }

    fn directory_user(&self, id: &str) -> BoxFuture<'_, Result<Option<StoredUser>, StoreError>> {
        self.read_now(|connection| objects::user(connection, id))
    }

    fn directory_group(&self, id: &str) -> BoxFuture<'_, Result<Option<StoredGroup>, StoreError>> {
        self.read_now(|connection| objects::group(connection, id))
    }

    fn directory(&self, id: &str) -> BoxFuture<'_, Result<Option<Directory>, StoreError>> {
        self.read_now(|connection| Ok(rows::directory_by_id(connection, id)?.map(|(_, directory)| directory)))
    }

    fn counts(&self, directories: &[String]) -> BoxFuture<'_, Result<StoreCounts, StoreError>> {
        Self::now_or(self.shared.readers.with(|connection| blocks::counts(connection, directories)))
    }

    fn directories(&self) -> BoxFuture<'_, Result<Vec<Directory>, StoreError>> {
        let all = self.shared.readers.with(rows::directories);
        let live =
            |(_, directory): (i64, Directory)| Some(directory).filter(|found| found.state == DirectoryState::Linked);
        Self::now_or(all.map(|all| all.into_iter().filter_map(live).collect()))
    }

    fn tokens(&self, directory: &str) -> BoxFuture<'_, Result<Vec<LiveToken>, StoreError>> {
        Self::now_or(self.shared.readers.with(|connection| rows::live_tokens(connection, directory)))
    }

    fn figures(&self) -> Figures {
        self.shared.counters.figures((self.queue.max_capacity() - self.queue.capacity()) as u64)
    }

    fn organizations(&self) -> BoxFuture<'_, Result<Vec<Organization>, StoreError>> {
        Self::now_or(self.shared.readers.with(|connection| rows::organizations(connection, "TRUE", None)))
    }

    fn api_keys(&self) -> BoxFuture<'_, Result<Vec<ApiKey>, StoreError>> {
        Self::now_or(self.shared.readers.with(rows::api_keys))
    }

    fn served_at(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        Self::now_or(self.shared.readers.with(|connection| rows::setting(connection, rows::SERVED_AT)))
    }

    fn verify(&self) -> BoxFuture<'_, Result<Verification, StoreError>> {
        Box::pin(self.scan(ScanLength::Long, verify::verify))
    }

    fn bootstrap(&self) -> BoxFuture<'_, Result<Bootstrap, StoreError>> {
        Box::pin(self.bootstrap_with(None))
    }

    fn backup(&self, file: &Path) -> BoxFuture<'_, Result<(), StoreError>> {
        let (store, file) = (self.shared.path.clone(), file.to_owned());
        Box::pin(self.shared.scheduler.run_blocking(move || backup::into_file(&store, &file)))
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let Shared { readers, health, .. } = &*self.shared;
            health.check_file()?;
            match health.last_commit(Instant::now()) {
                LastCommit::Succeeded => readers.with(rows::generation).map(drop),
                LastCommit::JustFailed(error) => Err(error),
                LastCommit::FailedEarlier => self.submit(WriterRequest::Probe).await,
            }
        })
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.submit(WriterRequest::Close).await?;
            self.join();
            Ok(())
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The writer ends when the last sender is gone, after it has carried out what is queued.
        let (disconnected, _) = mpsc::channel(1);
        self.queue = disconnected;
        self.join();
    }
}

#[cfg(test)]
mod tests;

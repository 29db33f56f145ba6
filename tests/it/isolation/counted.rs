//! A store that records its calls.

use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use scimulate::base::Secret;
use scimulate::directory::event_stream::StreamQueue;
use scimulate::directory::webhook::{StoredAttempt, WebhookEndpoint, WebhookQueue};
use scimulate::directory::{Directory, Organization};
use scimulate::events::signing_key::StoredKey;
use scimulate::events::{Event, EventName};
use scimulate::scim::Kind;
use scimulate::store::objects::{
    DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery, ObjectPage, ObjectRange, OrganizationQuery, StoredGroup,
    StoredUser,
};
use scimulate::store::{
    Access, AdminCommand, AdminOutcome, ApiKey, Bootstrap, Credentials, EventPage, EventQuery, EventStreams, Figures,
    LiveToken, LogWindow, Page, Query, QueuePage, Store, StoreChanges, StoreCounts, StoreError, StoredResource,
    Verification, Write, Written,
};

/// A store, and the names of the calls to it.
pub(super) struct Counted {
    inner: Arc<dyn Store>,
    calls: Mutex<Vec<&'static str>>,
}

type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

impl Counted {
    pub(super) fn over(inner: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { inner, calls: Mutex::default() })
    }

    /// Returns the calls since the last `take`.
    pub(super) fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn record(&self, what: &'static str) -> &dyn Store {
        self.calls.lock().unwrap().push(what);
        &*self.inner
    }
}

impl EventStreams for Counted {
    fn event_streams(&self, directory: Option<&str>) -> StoreFuture<'_, Vec<StreamQueue>> {
        match directory {
            // Deliveries read all streams in the background.
            None => self.inner.event_streams(None),
            directory => self.record("event_streams").event_streams(directory),
        }
    }
    fn event_stream(&self, id: &str) -> StoreFuture<'_, Option<StreamQueue>> {
        self.record("event_stream").event_stream(id)
    }
    fn queued_changes(&self, stream: &str, limit: usize) -> StoreFuture<'_, QueuePage> {
        self.record("queued_changes").queued_changes(stream, limit)
    }
    fn signing_keys(&self, directory: &str) -> StoreFuture<'_, Vec<StoredKey>> {
        self.record("signing_keys").signing_keys(directory)
    }
}

impl Store for Counted {
    fn write(&self, write: Write) -> StoreFuture<'_, Written> {
        self.record("write").write(write)
    }
    fn write_all(&self, writes: Vec<Write>, most: Option<usize>) -> BoxFuture<'_, Vec<Result<Written, StoreError>>> {
        self.record("write_all").write_all(writes, most)
    }
    fn administer(&self, command: AdminCommand) -> StoreFuture<'_, AdminOutcome> {
        self.record("administer").administer(command)
    }
    fn authenticate(&self, key: &str, credentials: &Credentials) -> StoreFuture<'_, Option<Arc<Access>>> {
        self.record("authenticate").authenticate(key, credentials)
    }
    fn knows_api_key(&self, key: &Secret) -> StoreFuture<'_, bool> {
        self.record("knows_api_key").knows_api_key(key)
    }
    fn read(
        &self,
        directory: &Access,
        kind: Kind,
        id: &str,
        with_members: bool,
    ) -> StoreFuture<'_, Option<StoredResource>> {
        self.record("read").read(directory, kind, id, with_members)
    }
    fn list(&self, directory: &Arc<Access>, kind: Kind, query: Query) -> StoreFuture<'_, Page> {
        self.record("list").list(directory, kind, query)
    }
    fn search(&self, directory: &Arc<Access>, users: Query, groups: Query) -> StoreFuture<'_, Page> {
        self.record("search").search(directory, users, groups)
    }
    fn cursor_key(&self) -> StoreFuture<'_, Secret> {
        self.record("cursor_key").cursor_key()
    }
    fn events(&self, query: EventQuery) -> StoreFuture<'_, EventPage> {
        self.record("events").events(query)
    }
    fn event(&self, id: &str) -> StoreFuture<'_, Option<Event>> {
        self.record("event").event(id)
    }
    fn list_users(&self, query: DirectoryUserQuery) -> StoreFuture<'_, ObjectPage<StoredUser>> {
        self.record("list_users").list_users(query)
    }
    fn list_groups(&self, query: DirectoryGroupQuery) -> StoreFuture<'_, ObjectPage<StoredGroup>> {
        self.record("list_groups").list_groups(query)
    }
    fn list_directories(&self, query: DirectoryQuery) -> StoreFuture<'_, ObjectPage<Directory>> {
        self.record("list_directories").list_directories(query)
    }
    fn list_organizations(&self, query: OrganizationQuery) -> StoreFuture<'_, ObjectPage<Organization>> {
        self.record("list_organizations").list_organizations(query)
    }
    fn list_webhooks(&self, range: ObjectRange) -> StoreFuture<'_, ObjectPage<WebhookEndpoint>> {
        self.record("list_webhooks").list_webhooks(range)
    }
    fn list_attempts(&self, endpoint: &str, range: ObjectRange) -> StoreFuture<'_, ObjectPage<StoredAttempt>> {
        self.record("list_attempts").list_attempts(endpoint, range)
    }
    fn webhook(&self, id: &str) -> StoreFuture<'_, Option<WebhookEndpoint>> {
        self.record("webhook").webhook(id)
    }
    // The deliveries of webhooks run beside requests, so their calls are not recorded.
    fn webhook_queues(&self) -> StoreFuture<'_, Vec<WebhookQueue>> {
        self.inner.webhook_queues()
    }
    fn log_window(&self, after: u64, names: &[EventName]) -> StoreFuture<'_, LogWindow> {
        self.inner.log_window(after, names)
    }
    fn changes(&self) -> tokio::sync::watch::Receiver<StoreChanges> {
        self.inner.changes()
    }
    fn organization(&self, id: &str) -> StoreFuture<'_, Option<Organization>> {
        self.record("organization").organization(id)
    }
    fn organization_by_external_id(&self, id: &str) -> StoreFuture<'_, Option<Organization>> {
        self.record("organization_by_external_id").organization_by_external_id(id)
    }
    fn directory_user(&self, id: &str) -> StoreFuture<'_, Option<StoredUser>> {
        self.record("directory_user").directory_user(id)
    }
    fn directory_group(&self, id: &str) -> StoreFuture<'_, Option<StoredGroup>> {
        self.record("directory_group").directory_group(id)
    }
    fn directory(&self, id: &str) -> StoreFuture<'_, Option<Directory>> {
        self.record("directory").directory(id)
    }
    fn counts(&self, directories: &[String]) -> StoreFuture<'_, StoreCounts> {
        self.record("counts").counts(directories)
    }
    fn directories(&self) -> StoreFuture<'_, Vec<Directory>> {
        self.record("directories").directories()
    }
    fn tokens(&self, directory: &str) -> StoreFuture<'_, Vec<LiveToken>> {
        self.record("tokens").tokens(directory)
    }
    fn figures(&self) -> Figures {
        self.record("figures").figures()
    }
    fn organizations(&self) -> StoreFuture<'_, Vec<Organization>> {
        self.record("organizations").organizations()
    }
    fn api_keys(&self) -> StoreFuture<'_, Vec<ApiKey>> {
        self.record("api_keys").api_keys()
    }
    fn served_at(&self) -> StoreFuture<'_, Option<String>> {
        self.record("served_at").served_at()
    }
    fn verify(&self) -> StoreFuture<'_, Verification> {
        self.record("verify").verify()
    }
    fn bootstrap(&self) -> StoreFuture<'_, Bootstrap> {
        self.record("bootstrap").bootstrap()
    }
    fn backup(&self, file: &Path) -> StoreFuture<'_, ()> {
        self.record("backup").backup(file)
    }
    fn ready(&self) -> StoreFuture<'_, ()> {
        self.record("ready").ready()
    }
    fn close(&self) -> StoreFuture<'_, ()> {
        self.record("close").close()
    }
}

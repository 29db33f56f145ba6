//! A store that notes what it is asked.

use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use scimulate::base::Secret;
use scimulate::directory::{Directory, Organization};
use scimulate::scim::Kind;
use scimulate::store::{
    Access, AdminCommand, AdminOutcome, ApiKey, Bootstrap, Credentials, EventPage, EventQuery, Figures, LiveToken,
    Page, Query, Store, StoreError, StoredResource, Verification, Write, Written,
};

/// Another store, and the names of the questions to it.
pub(super) struct Counted {
    inner: Arc<dyn Store>,
    asked: Mutex<Vec<&'static str>>,
}

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

impl Counted {
    pub(super) fn over(inner: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { inner, asked: Mutex::default() })
    }

    /// What was asked since the last taking.
    pub(super) fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn ask(&self, what: &'static str) -> &dyn Store {
        self.asked.lock().unwrap().push(what);
        &*self.inner
    }
}

impl Store for Counted {
    fn write(&self, write: Write) -> Answer<'_, Written> {
        self.ask("write").write(write)
    }
    fn write_all(&self, writes: Vec<Write>, most: Option<usize>) -> BoxFuture<'_, Vec<Result<Written, StoreError>>> {
        self.ask("write_all").write_all(writes, most)
    }
    fn administer(&self, command: AdminCommand) -> Answer<'_, AdminOutcome> {
        self.ask("administer").administer(command)
    }
    fn authenticate(&self, key: &str, credentials: &Credentials) -> Answer<'_, Option<Arc<Access>>> {
        self.ask("authenticate").authenticate(key, credentials)
    }
    fn knows_api_key(&self, key: &Secret) -> Answer<'_, bool> {
        self.ask("knows_api_key").knows_api_key(key)
    }
    fn read(&self, directory: &Access, kind: Kind, id: &str, with_members: bool) -> Answer<'_, Option<StoredResource>> {
        self.ask("read").read(directory, kind, id, with_members)
    }
    fn list(&self, directory: &Arc<Access>, kind: Kind, query: Query) -> Answer<'_, Page> {
        self.ask("list").list(directory, kind, query)
    }
    fn search(&self, directory: &Arc<Access>, users: Query, groups: Query) -> Answer<'_, Page> {
        self.ask("search").search(directory, users, groups)
    }
    fn cursor_key(&self) -> Answer<'_, Secret> {
        self.ask("cursor_key").cursor_key()
    }
    fn events(&self, query: EventQuery) -> Answer<'_, EventPage> {
        self.ask("events").events(query)
    }
    fn directories(&self) -> Answer<'_, Vec<Directory>> {
        self.ask("directories").directories()
    }
    fn tokens(&self, directory: &str) -> Answer<'_, Vec<LiveToken>> {
        self.ask("tokens").tokens(directory)
    }
    fn figures(&self) -> Figures {
        self.ask("figures").figures()
    }
    fn organizations(&self) -> Answer<'_, Vec<Organization>> {
        self.ask("organizations").organizations()
    }
    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>> {
        self.ask("api_keys").api_keys()
    }
    fn served_at(&self) -> Answer<'_, Option<String>> {
        self.ask("served_at").served_at()
    }
    fn verify(&self) -> Answer<'_, Verification> {
        self.ask("verify").verify()
    }
    fn bootstrap(&self) -> Answer<'_, Bootstrap> {
        self.ask("bootstrap").bootstrap()
    }
    fn backup(&self, file: &Path) -> Answer<'_, ()> {
        self.ask("backup").backup(file)
    }
    fn close(&self) -> Answer<'_, ()> {
        self.ask("close").close()
    }
}

//! What is kept: resources, memberships, directory users and groups, events, tokens.
//!
//! [`Store`] takes commands, not closures, so that another database can stand behind it. The change and its events are
//! written in one transaction; nothing is seen before it is committed. Start reading at [`Store`], then [`sqlite`].

pub mod columns;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod model;
pub mod predicate;
mod query;
pub mod sqlite;

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::base::Secret;
use crate::directory::model::Token;
use crate::directory::{Command, Directory, Organization, Settings};
use crate::scim::resource::{Kind, Resource};
use crate::scim::{Rules, Schemas, ScimError};

pub use self::query::{EventPage, EventQuery, Page, PagePosition, Query, StoredResource, UserGroup};

/// What can go wrong in a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The client's mistake, as SCIM words it.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The thing named does not exist; the text names it.
    #[error("{0}")]
    Unknown(String),
    /// A bound or a rule of directories stands against it; the text says which.
    #[error("{0}")]
    Refused(String),
    /// The database failed: for the log, never for a client.
    #[error("the store failed: {0}")]
    Backend(String),
}

impl StoreError {
    /// The error of every call after [`Store::close`].
    pub(crate) fn closed() -> Self {
        Self::Backend("the store is closed".to_owned())
    }
}

/// `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// No condition.
    #[default]
    Any,
    /// Only if this is the version.
    Version(u64),
}

/// A write of one directory.
#[derive(Debug, Clone)]
pub struct Write {
    pub directory: Arc<Access>,
    pub expected: Expected,
    pub command: Command,
}

/// What a write left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The resource afterwards; `None` after a delete.
    pub resource: Option<Resource>,
    /// How many members were dropped because they name nobody (lenient mode).
    pub dropped_members: Vec<String>,
    /// How many events the change yielded.
    pub events: usize,
}

/// An authenticated directory: what a request may see.
#[derive(Debug, Clone)]
pub struct Access {
    pub directory: Directory,
    pub rules: Rules,
    pub schemas: Arc<Schemas>,
}

/// What a request shows of itself.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The raw `Authorization` value, if any.
    pub authorization: Option<Secret>,
}

/// An administrative command, issued by the operator rather than over SCIM.
#[derive(Debug, Clone)]
pub enum AdminCommand {
    AddOrganization {
        name: String,
    },
    AddDirectory {
        organization: String,
        name: String,
        settings: Settings,
    },
    SetDirectory {
        id: String,
        settings: Settings,
    },
    /// A new token; the old one lives on until the next call, or ends now.
    RotateToken {
        directory: String,
        revoke_old: bool,
    },
    AddApiKey {
        name: String,
    },
    RevokeApiKey {
        id: String,
    },
    /// Remembers where the store is served, so that `directory add` can print a URL.
    ServedAt {
        base_url: String,
    },
}

/// The result of an [`AdminCommand`].
#[derive(Debug, Clone, Default)]
pub struct AdminOutcome {
    pub organization: Option<Organization>,
    pub directory: Option<Directory>,
    /// A token or key: shown this once.
    pub secret: Option<Secret>,
    /// The id of a new API key.
    pub id: Option<String>,
}

/// The first directory of a store, and the secrets that were generated with it.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// The oldest directory.
    pub directory: Directory,
    /// The SCIM token of the directory; only if this call created it.
    pub token: Option<Secret>,
    /// An API key for the event log; only if this call created it.
    pub api_key: Option<Secret>,
}

/// An API key as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: String,
    pub name: String,
    pub suffix: String,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// A token that is taken, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveToken {
    pub token: Token,
    /// As it was last written down: with the writes around it, or with the first use of any token a minute after the last
    /// time; at the latest when the server ends.
    pub last_used_at: Option<Timestamp>,
}

/// What a store has done since it was opened, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Writes that wait for the writer.
    pub queued: u64,
    /// Transactions committed.
    pub commits: u64,
    /// Commands in them, including administration and rejected ones.
    pub commands: u64,
    /// Events written.
    pub events: u64,
}

/// What `verify-store` counted, and what it found wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// What was counted, in words and numbers, in printing order.
    pub counted: Vec<(String, u64)>,
    /// The first inconsistencies; empty for a sound store.
    pub wrong: Vec<String>,
}

/// A store. Every future may resolve at once: point reads of small resources run on the calling thread.
pub trait Store: Send + Sync + 'static {
    /// Carries out a write; returns when it is durable.
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, StoreError>>;
    /// Carries out writes in this order, each for itself: one that fails leaves nothing behind and stops nobody, but
    /// once `most` have failed what comes after is not begun. They share transactions of up to
    /// [`limits::GROUP_COMMIT`](crate::base::limits::GROUP_COMMIT) writes, each durable before the next begins, so that
    /// a crash leaves the first of them and nothing of what follows. Gives a result for each write that was begun.
    fn write_all(&self, writes: Vec<Write>, most: Option<usize>) -> BoxFuture<'_, Vec<Result<Written, StoreError>>>;
    /// Carries out an administrative command; returns when it is durable.
    fn administer(&self, command: AdminCommand) -> BoxFuture<'_, Result<AdminOutcome, StoreError>>;
    /// The directory of an external key, if the credentials are its own. An unknown directory and a wrong token are
    /// told apart neither by the answer nor by the time it takes.
    fn authenticate(
        &self,
        external_key: &str,
        credentials: &Credentials,
    ) -> BoxFuture<'_, Result<Option<Arc<Access>>, StoreError>>;
    /// Whether a key may read the log.
    fn knows_api_key(&self, key: &Secret) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// One resource by id.
    fn read(
        &self,
        directory: &Access,
        kind: Kind,
        id: &str,
        with_members: bool,
    ) -> BoxFuture<'_, Result<Option<StoredResource>, StoreError>>;
    /// A page of resources.
    fn list(&self, directory: &Arc<Access>, kind: Kind, query: Query) -> BoxFuture<'_, Result<Page, StoreError>>;
    /// A page of users and groups in one list: sorted together where one of the queries is sorted (where the other is
    /// not, its resources have no value), else users, then groups. The queries say the same but for filter, sort and
    /// members.
    fn search(&self, directory: &Arc<Access>, users: Query, groups: Query) -> BoxFuture<'_, Result<Page, StoreError>>;
    /// Returns the secret of this store that signs cursors. It never changes.
    fn cursor_key(&self) -> BoxFuture<'_, Result<Secret, StoreError>>;
    /// A page of the log. An unknown cursor is [`StoreError::Unknown`].
    fn events(&self, query: EventQuery) -> BoxFuture<'_, Result<EventPage, StoreError>>;
    /// All directories, oldest first.
    fn directories(&self) -> BoxFuture<'_, Result<Vec<Directory>, StoreError>>;
    /// The live tokens of a directory, newest first.
    fn tokens(&self, directory: &str) -> BoxFuture<'_, Result<Vec<LiveToken>, StoreError>>;
    /// What it has done.
    fn figures(&self) -> Figures;
    /// All organizations, oldest first.
    fn organizations(&self) -> BoxFuture<'_, Result<Vec<Organization>, StoreError>>;
    /// All API keys, oldest first.
    fn api_keys(&self) -> BoxFuture<'_, Result<Vec<ApiKey>, StoreError>>;
    /// Where the store was last served.
    fn served_at(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>>;
    /// Integrity, memberships, event order.
    fn verify(&self) -> BoxFuture<'_, Result<Verification, StoreError>>;
    /// Creates an organization, an Okta directory, a SCIM token and an API key in a store without directories, and returns
    /// their secrets this once. Otherwise returns the oldest directory, without secrets.
    fn bootstrap(&self) -> BoxFuture<'_, Result<Bootstrap, StoreError>>;
    /// Copies the store as it is now to a file that does not exist yet, while others write to the store. Returns
    /// [`StoreError::Refused`] if the file exists, or if this kind of store is not backed up by copying.
    fn backup(&self, file: &Path) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Finishes what was accepted and closes.
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}

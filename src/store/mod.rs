//! Stores resources, memberships, directory users and groups, events and tokens.
//!
//! [`Store`] takes commands, not closures, so that other databases can implement it. A change and its events are written in
//! one transaction, and neither is visible before the commit. The rules are outside the backends: [`columns`] and
//! [`predicate`] for reads. Start reading at [`Store`], then [`sqlite`].

pub mod columns;
#[cfg(test)]
mod contract;
pub mod figures;
#[cfg(test)]
mod model;
pub mod objects;
pub mod predicate;
mod query;
pub mod sqlite;
pub mod steps;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::base::Secret;
use crate::directory::event_stream::StreamQueue;
use crate::directory::model::Token;
use crate::directory::webhook::{StoredAttempt, WebhookEndpoint, WebhookQueue};
use crate::directory::{Command, Directory, Organization};
use crate::events::signing_key::StoredKey;
use crate::events::{Event, EventName};
use crate::scim::resource::{Kind, Resource};
use crate::scim::{Rules, Schemas, ScimError};

use self::objects::{
    DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery, ObjectPage, ObjectRange, OrganizationQuery, StoredGroup,
    StoredUser,
};

pub use self::figures::{Figures, StoreChanges, StoreCounts};
pub use self::query::{
    EventPage, EventQuery, LogWindow, Page, PagePosition, Query, QueuePage, StoredResource, UserGroup,
};

pub use crate::directory::administration::{
    AdminCommand, AdminError, AdminOutcome, DeliveryRecord, Edit, NewStream, OrganizationChanges, StreamCommand,
    StreamRecord, WebhookCommand,
};

/// An error of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An error in the client's request, as a SCIM error.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The cursor of a list is unknown. Contains the cursor.
    #[error("no object has the ID '{0}', which the cursor names")]
    Cursor(String),
    /// The cursor of the log names an event that was deleted because of its age. Contains the cursor.
    #[error(
        "the event {0}, which the cursor names, is older than the events that the server keeps; some events after it are \
         gone. Start again without a cursor, at the oldest event"
    )]
    ExpiredCursor(String),
    /// The named item does not exist; the text names it.
    #[error("{0}")]
    Unknown(String),
    /// A rule of administration forbids the request.
    #[error(transparent)]
    Administration(AdminError),
    /// A limit or a rule of directories forbids the request; the text says which.
    #[error("{0}")]
    Refused(String),
    /// The file is not a store; the text names it and says what it is.
    #[error("{0}")]
    Foreign(String),
    /// The store's file cannot be opened or created; the text names it and the cause.
    #[error("{0}")]
    File(String),
    /// There is no room for a write. The text is for the log, never for a client.
    #[error("no room left for the store: {0}")]
    Full(String),
    /// The database cannot be used at the moment. The text is for the log, never for a client.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The database failed. The text is for the log, never for a client.
    #[error("the store failed: {0}")]
    Backend(String),
}

impl StoreError {
    /// The error of every call after [`Store::close`].
    pub(crate) fn closed() -> Self {
        Self::Backend("the store is closed".to_owned())
    }
}

impl From<AdminError> for StoreError {
    fn from(error: AdminError) -> Self {
        match error {
            error if error.is_unknown() => Self::Unknown(error.to_string()),
            AdminError::DomainTaken(_)
            | AdminError::ExternalIdTaken(_)
            | AdminError::AddressTaken(_)
            | AdminError::WebhookUrlTaken(_)
            | AdminError::TooManyWebhooks
            | AdminError::TooManyStreams
            | AdminError::TooMuchMetadata => Self::Administration(error),
            error => Self::Refused(error.to_string()),
        }
    }
}

/// The precondition of a write, from `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// No condition.
    #[default]
    Any,
    /// The resource must have this version.
    Version(u64),
}

/// A write to one directory.
#[derive(Debug, Clone)]
pub struct Write {
    pub directory: Arc<Access>,
    pub expected: Expected,
    pub command: Command,
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The resource afterwards; `None` after a delete.
    pub resource: Option<Resource>,
    /// The members that were dropped because they do not exist (lenient mode).
    pub dropped_members: Vec<String>,
    /// The number of events that the change yielded.
    pub events: usize,
}

/// An authenticated directory, to which a request has access.
#[derive(Debug, Clone)]
pub struct Access {
    pub directory: Directory,
    pub rules: Rules,
    pub schemas: Arc<Schemas>,
}

impl Access {
    /// Derives rules and schemas from the settings of a directory. Directories without extensions share the standard
    /// schemas.
    ///
    /// # Errors
    /// [`StoreError::Backend`] if a stored extension schema is invalid.
    pub fn of(directory: Directory) -> Result<Self, StoreError> {
        static STANDARD: LazyLock<Arc<Schemas>> = LazyLock::new(|| Arc::new(Schemas::standard().clone()));
        let extend = |schemas: Schemas, definition| schemas.with_extension(definition);
        let schemas = match directory.settings.schemas.as_slice() {
            [] => Arc::clone(&STANDARD),
            own => {
                let extended = own.iter().try_fold(Schemas::clone(&STANDARD), extend);
                Arc::new(extended.map_err(|error| StoreError::Backend(format!("invalid extension schema: {error}")))?)
            }
        };
        let rules = directory.settings.rules.of_mode(directory.settings.mode);
        Ok(Self { directory, rules, schemas })
    }
}

/// The credentials of a request.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The raw `Authorization` value, if any.
    pub authorization: Option<Secret>,
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

/// A valid token as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveToken {
    pub token: Token,
    /// The last use as last stored: with other writes, or else with the first use of any token after a minute, at the latest
    /// when the server shuts down.
    pub last_used_at: Option<Timestamp>,
}

/// The result of `verify-store`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// The counts, each with its label, in printing order.
    pub counted: Vec<(String, u64)>,
    /// The first inconsistencies; empty if the store is consistent.
    pub wrong: Vec<String>,
}

/// A store. Every future may resolve at once: point reads of small resources run on the calling thread.
pub trait Store: EventStreams + Send + Sync + 'static {
    /// Executes a write. Returns when it is durable.
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, StoreError>>;
    /// Executes writes in this order. A write that fails changes nothing and does not stop the others, but after `most`
    /// failures no further write is started. The writes share transactions of up to
    /// [`limits::GROUP_COMMIT`](crate::base::limits::GROUP_COMMIT) writes. Each transaction is durable before the next
    /// begins, so that a crash preserves a prefix of the writes. Returns a result for each write that was started.
    fn write_all(&self, writes: Vec<Write>, most: Option<usize>) -> BoxFuture<'_, Vec<Result<Written, StoreError>>>;
    /// Executes an administrative command. Returns when it is durable.
    fn administer(&self, command: AdminCommand) -> BoxFuture<'_, Result<AdminOutcome, StoreError>>;
    /// Returns the directory of an address, if the credentials are valid for it. An unknown directory and a wrong token
    /// cannot be distinguished by the result, nor by the time it takes. An address is a key, a label, or a host name in the
    /// form of [`address::of_host`](crate::directory::address::of_host).
    fn authenticate(
        &self,
        address: &str,
        credentials: &Credentials,
    ) -> BoxFuture<'_, Result<Option<Arc<Access>>, StoreError>>;
    /// Reports whether an API key is live, so that it may read the log.
    fn knows_api_key(&self, key: &Secret) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// Returns a resource by id. `with_members` reads members of groups, or groups of users.
    fn read(
        &self,
        directory: &Access,
        kind: Kind,
        id: &str,
        with_members: bool,
    ) -> BoxFuture<'_, Result<Option<StoredResource>, StoreError>>;
    /// Returns a page of resources.
    fn list(&self, directory: &Arc<Access>, kind: Kind, query: Query) -> BoxFuture<'_, Result<Page, StoreError>>;
    /// Returns a page of users and groups in one list. If one of the queries is sorted, both types are sorted together;
    /// the resources of the other query then have no sort key. Otherwise users precede groups. The queries differ only in
    /// filter, sort and members.
    fn search(&self, directory: &Arc<Access>, users: Query, groups: Query) -> BoxFuture<'_, Result<Page, StoreError>>;
    /// Returns the secret of this store that signs cursors. It never changes.
    fn cursor_key(&self) -> BoxFuture<'_, Result<Secret, StoreError>>;
    /// Returns a page of the log. An unknown cursor is [`StoreError::Cursor`], one that is too old
    /// [`StoreError::ExpiredCursor`].
    fn events(&self, query: EventQuery) -> BoxFuture<'_, Result<EventPage, StoreError>>;
    /// Returns an event by id.
    fn event(&self, id: &str) -> BoxFuture<'_, Result<Option<Event>, StoreError>>;
    /// Returns a page of directory users. An unknown directory or group is [`StoreError::Unknown`], an unknown cursor
    /// [`StoreError::Cursor`].
    fn list_users(&self, query: DirectoryUserQuery) -> BoxFuture<'_, Result<ObjectPage<StoredUser>, StoreError>>;
    /// Returns a page of directory groups, with the errors of [`Store::list_users`].
    fn list_groups(&self, query: DirectoryGroupQuery) -> BoxFuture<'_, Result<ObjectPage<StoredGroup>, StoreError>>;
    /// Returns a page of directories. An unknown cursor is [`StoreError::Cursor`].
    fn list_directories(&self, query: DirectoryQuery) -> BoxFuture<'_, Result<ObjectPage<Directory>, StoreError>>;
    /// Returns a page of organizations. An unknown cursor is [`StoreError::Cursor`].
    fn list_organizations(
        &self,
        query: OrganizationQuery,
    ) -> BoxFuture<'_, Result<ObjectPage<Organization>, StoreError>>;
    /// Returns an organization by id.
    fn organization(&self, id: &str) -> BoxFuture<'_, Result<Option<Organization>, StoreError>>;
    /// Returns an organization by its external id.
    fn organization_by_external_id(&self, id: &str) -> BoxFuture<'_, Result<Option<Organization>, StoreError>>;
    /// Returns a page of webhook endpoints. An unknown cursor is [`StoreError::Cursor`].
    fn list_webhooks(&self, range: ObjectRange) -> BoxFuture<'_, Result<ObjectPage<WebhookEndpoint>, StoreError>>;
    /// Returns a page of the attempts of a webhook endpoint. An unknown endpoint is [`StoreError::Unknown`], an unknown
    /// cursor [`StoreError::Cursor`].
    fn list_attempts(
        &self,
        endpoint: &str,
        range: ObjectRange,
    ) -> BoxFuture<'_, Result<ObjectPage<StoredAttempt>, StoreError>>;
    /// Returns a webhook endpoint by id.
    fn webhook(&self, id: &str) -> BoxFuture<'_, Result<Option<WebhookEndpoint>, StoreError>>;
    /// Returns all webhook endpoints with the state of their queues, oldest first.
    fn webhook_queues(&self) -> BoxFuture<'_, Result<Vec<WebhookQueue>, StoreError>>;
    /// Returns the next events with these names after a position of the log.
    fn log_window(&self, after: u64, names: &[EventName]) -> BoxFuture<'_, Result<LogWindow, StoreError>>;
    /// Returns a receiver that changes after each commit of events or of an administrative command; after those of other
    /// processes within a second.
    fn changes(&self) -> watch::Receiver<StoreChanges>;
    /// Returns a directory user by id.
    fn directory_user(&self, id: &str) -> BoxFuture<'_, Result<Option<StoredUser>, StoreError>>;
    /// Returns a directory group by id.
    fn directory_group(&self, id: &str) -> BoxFuture<'_, Result<Option<StoredGroup>, StoreError>>;
    /// Returns a directory by id.
    fn directory(&self, id: &str) -> BoxFuture<'_, Result<Option<Directory>, StoreError>>;
    /// Returns the counts of these directories and of the log. Reads no resource.
    fn counts(&self, directories: &[String]) -> BoxFuture<'_, Result<StoreCounts, StoreError>>;
    /// Returns all directories, oldest first.
    fn directories(&self) -> BoxFuture<'_, Result<Vec<Directory>, StoreError>>;
    /// Returns the live tokens of a directory, newest first.
    fn tokens(&self, directory: &str) -> BoxFuture<'_, Result<Vec<LiveToken>, StoreError>>;
    /// Returns counts of the work done so far.
    fn figures(&self) -> Figures;
    /// Returns all organizations, oldest first.
    fn organizations(&self) -> BoxFuture<'_, Result<Vec<Organization>, StoreError>>;
    /// Returns all API keys, oldest first.
    fn api_keys(&self) -> BoxFuture<'_, Result<Vec<ApiKey>, StoreError>>;
    /// Returns the URL at which the store was last served.
    fn served_at(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>>;
    /// Checks integrity, memberships, columns and event order.
    fn verify(&self) -> BoxFuture<'_, Result<Verification, StoreError>>;
    /// Creates an organization, an Okta directory, a SCIM token and an API key in a store without directories, and returns
    /// their secrets this once. Otherwise returns the oldest directory, without secrets.
    fn bootstrap(&self) -> BoxFuture<'_, Result<Bootstrap, StoreError>>;
    /// Copies the store as it is now to a file that does not exist yet, while others write to the store. Returns
    /// [`StoreError::Refused`] if the file exists, or if this kind of store is not backed up by copying.
    fn backup(&self, file: &Path) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Checks that the store takes reads and writes. If the last commit failed, another one is tried.
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Executes all accepted commands, then closes the store.
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// The part of a [`Store`] with the event streams.
pub trait EventStreams {
    /// Returns the streams of a directory, or all streams, with the state of their queues, oldest first.
    fn event_streams(&self, directory: Option<&str>) -> BoxFuture<'_, Result<Vec<StreamQueue>, StoreError>>;
    /// Returns a stream by id.
    fn event_stream(&self, id: &str) -> BoxFuture<'_, Result<Option<StreamQueue>, StoreError>>;
    /// Returns the oldest changes in the queue of a stream. An unknown stream has none.
    fn queued_changes(&self, stream: &str, limit: usize) -> BoxFuture<'_, Result<QueuePage, StoreError>>;
    /// Returns the keys of a directory, newest first. The first one signs.
    fn signing_keys(&self, directory: &str) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>>;
}

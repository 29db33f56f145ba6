//! Administration of organizations, directories, tokens, API keys, webhook endpoints and event streams, as pure steps.
//!
//! A backend runs an [`AdminCommand`] in four steps: [`needs`] names the rows that the command depends on, the backend
//! loads them into [`AdminRows`], [`decide`] turns both into [`AdminWrites`], and the backend commits those rows in
//! order, followed by the events. Every rule is here: the limit of two live tokens, how an organization is identified,
//! which event comes first.

mod changes;
mod directories;
mod error;
mod organization;
mod streams;
mod webhooks;

use jiff::Timestamp;
use rand::Rng;
use ulid::Ulid;

use super::change::Change;
use super::derive::derive;
use super::event_stream::EventStream;
use super::model::{Directory, DirectoryState, Organization, Settings, Token};
use super::webhook::{StoredAttempt, WebhookEndpoint};
use crate::base::Secret;
use crate::base::seed::{ALPHANUMERIC, text};
use crate::events::Draft;

pub use self::changes::{Edit, OrganizationChanges};
pub use self::error::{AdminError, DuplicateValue};
pub use self::streams::{NewStream, StreamCommand, StreamRecord, StreamRows, StreamWrite};
pub use self::webhooks::{DeliveryRecord, QueueChange, WebhookCommand, WebhookRows, WebhookWrite};

/// Number of characters in the secret of a webhook endpoint after its prefix, as for API keys.
const WEBHOOK_SECRET: usize = 40;
/// Number of characters in the token of an event stream, as for SCIM tokens.
const STREAM_TOKEN: usize = 48;

/// An administrative command, issued by the operator rather than over SCIM.
#[derive(Debug, Clone)]
pub enum AdminCommand {
    /// On a store without directories, creates an organization, a directory with a token, and an API key. Otherwise
    /// returns the oldest directory, without secrets. `token` replaces the random SCIM token.
    Bootstrap { token: Option<Secret> },
    /// Creates an organization.
    AddOrganization { name: String, changes: OrganizationChanges },
    /// Changes an organization.
    SetOrganization { id: String, changes: OrganizationChanges },
    /// Removes an organization with its directories.
    RemoveOrganization { id: String },
    /// Creates a directory with its first token.
    AddDirectory {
        /// The ID of the organization, or its name if no other organization has that name.
        organization: String,
        name: String,
        settings: Settings,
    },
    /// Replaces the settings of a directory.
    SetDirectory { id: String, settings: Settings },
    /// Removes a directory. Requests to it are refused at once; its rows are deleted in the background.
    RemoveDirectory { id: String },
    /// Creates a token. The previous one stays valid until the next rotation, unless `revoke_old` is set.
    RotateToken { directory: String, revoke_old: bool },
    /// Creates a key for the Events API.
    AddApiKey { name: String },
    /// Revokes a key for the Events API.
    RevokeApiKey { id: String },
    /// Stores the URL at which the store is served, so that `directory add` can print complete SCIM URLs.
    ServedAt { base_url: String },
    /// Deletes the oldest events if they were committed before `before`, at most
    /// [`EXPIRED_EVENTS`](crate::base::limits::EXPIRED_EVENTS). The newest event
    /// of the log always stays.
    ExpireEvents { before: Timestamp },
    /// Manages webhook endpoints and records deliveries.
    Webhook(WebhookCommand),
    /// Manages event streams and records deliveries.
    Stream(StreamCommand),
}

/// The result of an [`AdminCommand`].
#[derive(Debug, Clone, Default)]
pub struct AdminOutcome {
    /// The organization that was created, changed or removed, or that a new directory belongs to.
    pub organization: Option<Organization>,
    /// The directory that was created, changed or removed.
    pub directory: Option<Directory>,
    /// A new token or API key. It cannot be read again later.
    pub secret: Option<Secret>,
    /// The ID of a new or revoked API key.
    pub id: Option<String>,
    /// The API key that a bootstrap created.
    pub api_key: Option<Secret>,
    /// The webhook endpoint after the command; for a removal, before.
    pub webhook: Option<WebhookEndpoint>,
    /// The event stream after the command; for a removal, before.
    pub stream: Option<EventStream>,
    /// The last attempt that was recorded.
    pub attempt: Option<StoredAttempt>,
    /// The number of events that were deleted because of their age.
    pub expired: usize,
}

/// The rows that an [`AdminCommand`] depends on. An empty field needs none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdminNeeds<'a> {
    /// Every organization with this ID or this name.
    pub organizations: Option<&'a str>,
    /// The directories of the organization with this ID.
    pub directories_of: Option<&'a str>,
    /// The directory with this ID, and its live tokens, newest first.
    pub directory: Option<&'a str>,
    /// The oldest directory.
    pub oldest_directory: bool,
    /// The API key with this ID.
    pub api_key: Option<&'a str>,
    /// The organizations that have these domains.
    pub domains: Vec<&'a str>,
    /// The organization that has this external ID.
    pub external_id: Option<&'a str>,
    /// The directories that have the label or the host name of these settings.
    pub addresses: Option<&'a Settings>,
    /// The rows of [`WebhookRows`].
    pub webhook: Option<&'a WebhookCommand>,
    /// The rows of [`StreamRows`].
    pub stream: Option<&'a StreamCommand>,
}

/// The rows that a backend loaded for an [`AdminCommand`].
#[derive(Debug, Clone, Default)]
pub struct AdminRows {
    pub organizations: Vec<Organization>,
    /// The directories of the organization.
    pub directories: Vec<Directory>,
    /// A directory that is being deleted is there, too.
    pub directory: Option<Directory>,
    /// Live tokens of the directory, newest first.
    pub live_tokens: Vec<Token>,
    /// The API key, if it exists.
    pub api_key: Option<ApiKeyState>,
    /// The domains that organizations have already, each with the ID of its organization.
    pub domain_owners: Vec<(String, String)>,
    /// The ID of the organization that has the external ID.
    pub external_id_owner: Option<String>,
    /// The ID of the directory that has the label, also as its key.
    pub label_owner: Option<String>,
    /// The ID of the directory that has the host name.
    pub host_owner: Option<String>,
    pub webhooks: WebhookRows,
    pub streams: StreamRows,
}

/// The state of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyState {
    Live,
    Revoked,
}

/// A row that an [`AdminCommand`] writes.
#[derive(Debug, Clone, PartialEq)]
pub enum AdminWrite {
    InsertOrganization(Organization),
    UpdateOrganization(Organization),
    DeleteOrganization {
        id: String,
        at: Timestamp,
    },
    InsertDirectory(Directory),
    /// Marks a directory as removed. Its rows are deleted later.
    DeleteDirectory(Directory),
    /// Stores the settings and `updated_at` of a directory.
    UpdateDirectory(Directory),
    /// Rebuilds the unique values of a directory from the documents of its resources. A value that two resources share
    /// is a [`DuplicateValue`].
    RebuildUniqueValues(Directory),
    InsertToken {
        directory: String,
        token: Token,
        digest: [u8; 32],
    },
    RevokeToken {
        id: String,
        at: Timestamp,
    },
    InsertApiKey {
        id: String,
        name: String,
        suffix: String,
        digest: [u8; 32],
        created_at: Timestamp,
    },
    RevokeApiKey {
        id: String,
        at: Timestamp,
    },
    SetServedAt(String),
    /// Deletes the oldest events, as [`AdminCommand::ExpireEvents`] describes.
    ExpireEvents {
        before: Timestamp,
    },
    Webhook(WebhookWrite),
    Stream(StreamWrite),
}

impl AdminWrite {
    /// Returns whether cached directories, tokens and API keys are out of date after this write.
    #[must_use]
    pub const fn invalidates_caches(&self) -> bool {
        match self {
            Self::SetServedAt(_) | Self::ExpireEvents { .. } | Self::Webhook(_) => false,
            // The writer caches which directories have streams.
            Self::Stream(write) => {
                matches!(write, StreamWrite::Insert(..) | StreamWrite::Update(_) | StreamWrite::Delete(_))
            }
            _ => true,
        }
    }
}

/// Everything that an [`AdminCommand`] writes: rows in order, then events in order.
#[derive(Debug, Clone, Default)]
pub struct AdminWrites {
    pub rows: Vec<AdminWrite>,
    /// Events, all of the organization that `organization` names.
    pub events: Vec<Draft>,
    /// The ID of the organization that the events belong to; set whenever there are events.
    pub organization: Option<String>,
    pub outcome: AdminOutcome,
}

/// Supplies the time, IDs and secrets that [`decide`] needs.
pub struct Source<'a, R> {
    /// The present, in whole milliseconds.
    pub now: Timestamp,
    /// Returns the next ID.
    pub next_id: &'a mut dyn FnMut() -> Ulid,
    /// Randomness for secrets.
    pub secrets: &'a mut R,
}

/// Returns the rows that a command depends on.
#[must_use]
pub fn needs(command: &AdminCommand) -> AdminNeeds<'_> {
    let mut needs = AdminNeeds::default();
    match command {
        AdminCommand::Bootstrap { .. } => needs.oldest_directory = true,
        AdminCommand::AddOrganization { changes, .. } => needs.owners(changes),
        AdminCommand::SetOrganization { id, changes } => {
            needs.organizations = Some(id);
            needs.owners(changes);
        }
        AdminCommand::RemoveOrganization { id } => {
            needs.organizations = Some(id);
            needs.directories_of = Some(id);
        }
        AdminCommand::AddDirectory { organization, settings, .. } => {
            needs.organizations = Some(organization);
            needs.addresses = Some(settings);
        }
        AdminCommand::SetDirectory { id, settings } => {
            needs.directory = Some(id);
            needs.addresses = Some(settings);
        }
        AdminCommand::RemoveDirectory { id } | AdminCommand::RotateToken { directory: id, .. } => {
            needs.directory = Some(id);
        }
        AdminCommand::RevokeApiKey { id } => needs.api_key = Some(id),
        AdminCommand::Webhook(command) => needs.webhook = Some(command),
        AdminCommand::Stream(command) => {
            needs.directory = command.directory();
            needs.stream = Some(command);
        }
        AdminCommand::AddApiKey { .. } | AdminCommand::ServedAt { .. } | AdminCommand::ExpireEvents { .. } => {}
    }
    needs
}

impl<'a> AdminNeeds<'a> {
    fn owners(&mut self, changes: &'a OrganizationChanges) {
        self.domains.extend(changes.domain_names());
        self.external_id = changes.external_id.value().map(String::as_str);
    }
}

/// Decides what a command writes, given the rows that [`needs`] named.
///
/// # Errors
/// An [`AdminError`] if a row is missing or a rule forbids the command.
pub fn decide<R: Rng>(
    command: &AdminCommand,
    rows: AdminRows,
    source: &mut Source<'_, R>,
) -> Result<AdminWrites, AdminError> {
    let mut writes = AdminWrites::default();
    match command {
        AdminCommand::Bootstrap { token } => match rows.directory {
            Some(directory) => writes.outcome.directory = Some(directory),
            None => writes.bootstrap(token.clone(), source)?,
        },
        AdminCommand::AddOrganization { name, changes } => {
            let organization = writes.add_organization(name, changes.clone(), &rows, source)?;
            writes.outcome.organization = Some(organization);
        }
        AdminCommand::SetOrganization { id, changes } => {
            let mut rows = rows;
            let organization = organization_of(id, &mut rows)?;
            writes.set_organization(organization, changes.clone(), &rows, source)?;
        }
        AdminCommand::RemoveOrganization { id } => {
            let mut rows = rows;
            let organization = organization_of(id, &mut rows)?;
            writes.remove_organization(organization, rows, source);
        }
        AdminCommand::AddDirectory { organization, name, settings } => {
            check_addresses(settings, None, &rows)?;
            let organization = one_organization(organization, rows.organizations)?;
            writes.add_directory(organization, name, settings, None, source);
        }
        AdminCommand::SetDirectory { id, settings } => {
            check_addresses(settings, Some(id), &rows)?;
            writes.set_directory(live(rows.directory, id)?, settings, source)?;
        }
        AdminCommand::RemoveDirectory { id } => {
            let directory = rows.directory.ok_or_else(|| AdminError::UnknownDirectory(id.clone()))?;
            writes.remove_directory(directory, source);
        }
        AdminCommand::RotateToken { directory, revoke_old } => {
            let directory = live(rows.directory, directory)?;
            writes.rotate_token(directory, rows.live_tokens, *revoke_old, source);
        }
        AdminCommand::AddApiKey { name } => {
            let (id, secret) = writes.add_api_key(name, source);
            writes.outcome = AdminOutcome { secret: Some(secret), id: Some(id), ..AdminOutcome::default() };
        }
        AdminCommand::RevokeApiKey { id } => {
            match rows.api_key {
                None => return Err(AdminError::UnknownApiKey(id.clone())),
                Some(ApiKeyState::Revoked) => return Err(AdminError::RevokedApiKey(id.clone())),
                Some(ApiKeyState::Live) => {}
            }
            writes.rows.push(AdminWrite::RevokeApiKey { id: id.clone(), at: source.now });
            writes.outcome.id = Some(id.clone());
        }
        AdminCommand::ServedAt { base_url } => writes.rows.push(AdminWrite::SetServedAt(base_url.clone())),
        AdminCommand::ExpireEvents { before } => writes.rows.push(AdminWrite::ExpireEvents { before: *before }),
        AdminCommand::Webhook(command) => {
            let Source { now, next_id, secrets } = source;
            let new_secret = || Secret::new(format!("whsec_{}", text(*secrets, ALPHANUMERIC, WEBHOOK_SECRET)));
            let (endpoint, rows) = webhooks::decide(command, rows.webhooks, *now, *next_id, new_secret)?;
            writes.outcome.attempt = rows.iter().rev().find_map(WebhookWrite::attempt).cloned();
            writes.rows.extend(rows.into_iter().map(AdminWrite::Webhook));
            writes.outcome.webhook = Some(endpoint);
        }
        AdminCommand::Stream(command) => {
            let Source { now, next_id, secrets } = source;
            let directory = rows.directory.filter(|found| found.state == DirectoryState::Linked);
            let new_token = || Secret::new(text(*secrets, ALPHANUMERIC, STREAM_TOKEN));
            let decided = streams::decide(command, directory.as_ref(), rows.streams, *now, *next_id, new_token)?;
            writes.rows.extend(decided.writes.into_iter().map(AdminWrite::Stream));
            writes.outcome.stream = decided.stream;
            writes.outcome.secret = decided.secret;
        }
    }
    Ok(writes)
}

/// Checks that no other directory has the label or the host name.
fn check_addresses(settings: &Settings, own: Option<&str>, rows: &AdminRows) -> Result<(), AdminError> {
    let is_other = |owner: &Option<String>| owner.is_some() && owner.as_deref() != own;
    match (&settings.label, &settings.host) {
        (Some(label), _) if is_other(&rows.label_owner) => Err(AdminError::AddressTaken(label.to_string())),
        (_, Some(host)) if is_other(&rows.host_owner) => Err(AdminError::AddressTaken(host.to_string())),
        _ => Ok(()),
    }
}

/// Returns the directory, unless it was removed.
fn live(directory: Option<Directory>, id: &str) -> Result<Directory, AdminError> {
    let directory = directory.filter(|directory| directory.state == DirectoryState::Linked);
    directory.ok_or_else(|| AdminError::UnknownDirectory(id.to_owned()))
}

/// Takes the organization with this ID out of the rows.
fn organization_of(id: &str, rows: &mut AdminRows) -> Result<Organization, AdminError> {
    let at = rows.organizations.iter().position(|organization| organization.id == id);
    at.map(|at| rows.organizations.swap_remove(at)).ok_or_else(|| AdminError::UnknownOrganization(id.to_owned()))
}

/// Picks the organization with the wanted ID, else the only one with the wanted name.
fn one_organization(wanted: &str, mut loaded: Vec<Organization>) -> Result<Organization, AdminError> {
    if let Some(at) = loaded.iter().position(|organization| organization.id == wanted) {
        return Ok(loaded.swap_remove(at));
    }
    match loaded.len() {
        0 => Err(AdminError::UnknownOrganization(wanted.to_owned())),
        1 => Ok(loaded.swap_remove(0)),
        count => Err(AdminError::AmbiguousOrganization { name: wanted.to_owned(), count }),
    }
}

impl AdminWrites {
    fn bootstrap<R: Rng>(&mut self, token: Option<Secret>, source: &mut Source<'_, R>) -> Result<(), AdminError> {
        let (changes, rows) = (OrganizationChanges::default(), AdminRows::default());
        let organization = self.add_organization("Example Organization", changes, &rows, source)?;
        self.add_directory(organization, "Okta", &Settings::default(), token, source);
        let (_, key) = self.add_api_key("first key", source);
        self.outcome.api_key = Some(key);
        Ok(())
    }

    fn publish(&mut self, change: &Change) {
        self.events.extend(derive(change).own);
    }
}

#[cfg(test)]
mod tests;

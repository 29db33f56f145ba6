//! The rules for webhook endpoints: which commands there are, and what they write.

use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

use super::error::AdminError;
use crate::base::ids::prefixed;
use crate::base::{Secret, limits};
use crate::directory::webhook::{Attempt, Progress, StoredAttempt, WebhookEndpoint};
use crate::events::EventName;

/// A command about one webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookCommand {
    /// Creates an endpoint. It gets the events after its creation.
    Add { url: String, events: Vec<EventName> },
    /// Changes an endpoint. An endpoint that is enabled again gets the events from then on.
    Set { id: String, url: Option<String>, events: Option<Vec<EventName>>, is_enabled: Option<bool> },
    /// Removes an endpoint with its log.
    Remove { id: String },
    /// Records deliveries.
    Record(DeliveryRecord),
}

/// The outcome of deliveries, recorded at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The ID of the endpoint.
    pub endpoint: String,
    /// The queue afterwards; `None` for attempts outside of it.
    pub progress: Option<Progress>,
    /// The last retry failed: the endpoint is disabled.
    pub is_exhausted: bool,
    pub attempts: Vec<Attempt>,
}

/// The rows that a [`WebhookCommand`] depends on.
#[derive(Debug, Clone, Default)]
pub struct WebhookRows {
    /// The endpoint that the command names.
    pub endpoint: Option<WebhookEndpoint>,
    /// The ID of the endpoint that has the URL of the command.
    pub url_owner: Option<String>,
    /// The number of endpoints.
    pub count: usize,
}

/// A row that a [`WebhookCommand`] writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookWrite {
    /// Inserts an endpoint whose queue begins at the end of the log.
    Insert(WebhookEndpoint),
    Update(WebhookEndpoint, QueueChange),
    Delete(String),
    /// Stores the state of a queue.
    Progress(String, Progress),
    /// Appends to the log of an endpoint, which keeps the last [`limits::WEBHOOK_ATTEMPTS`].
    Attempts(String, Vec<StoredAttempt>),
}

impl WebhookWrite {
    /// Returns the last attempt that is appended to a log.
    pub(super) fn attempt(&self) -> Option<&StoredAttempt> {
        match self {
            Self::Attempts(_, attempts) => attempts.last(),
            _ => None,
        }
    }
}

/// The effect of an update on the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueChange {
    Keep,
    /// The next event is tried at once, and its failures so far do not count.
    Retry,
    /// The queue begins at the end of the log.
    Restart,
}

impl WebhookCommand {
    /// Returns the ID of the endpoint, unless the command creates one.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Add { .. } => None,
            Self::Set { id, .. } | Self::Remove { id } | Self::Record(DeliveryRecord { endpoint: id, .. }) => Some(id),
        }
    }

    /// Returns the URL that no other endpoint may have.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Add { url, .. } => Some(url),
            Self::Set { url, .. } => url.as_deref(),
            Self::Remove { .. } | Self::Record(_) => None,
        }
    }
}

/// Decides what a command writes. Returns the endpoint afterwards; for a removal, before.
pub(super) fn decide(
    command: &WebhookCommand,
    rows: WebhookRows,
    now: Timestamp,
    next_id: &mut dyn FnMut() -> Ulid,
    new_secret: impl FnOnce() -> Secret,
) -> Result<(WebhookEndpoint, Vec<WebhookWrite>), AdminError> {
    if let (Some(url), Some(owner)) = (command.url(), &rows.url_owner)
        && command.endpoint() != Some(owner)
    {
        return Err(AdminError::WebhookUrlTaken(url.to_owned()));
    }
    let existing = rows.endpoint.ok_or_else(|| AdminError::UnknownWebhook(command.endpoint().unwrap_or("").to_owned()));
    match command {
        WebhookCommand::Add { url, events } => {
            if rows.count >= limits::WEBHOOK_ENDPOINTS {
                return Err(AdminError::TooManyWebhooks);
            }
            let endpoint = WebhookEndpoint {
                id: prefixed("we", next_id()),
                url: url.clone(),
                secret: new_secret(),
                is_enabled: true,
                events: events.clone(),
                created_at: now,
                updated_at: now,
            };
            Ok((endpoint.clone(), vec![WebhookWrite::Insert(endpoint)]))
        }
        WebhookCommand::Set { url, events, is_enabled, .. } => {
            let before = existing?;
            let after = WebhookEndpoint {
                url: url.clone().unwrap_or_else(|| before.url.clone()),
                events: events.clone().unwrap_or_else(|| before.events.clone()),
                is_enabled: is_enabled.unwrap_or(before.is_enabled),
                updated_at: later(before.updated_at, now),
                ..before.clone()
            };
            let queue = match (before.is_enabled, after.is_enabled) {
                (false, true) => QueueChange::Restart,
                _ if before.url != after.url => QueueChange::Retry,
                _ => QueueChange::Keep,
            };
            Ok((after.clone(), vec![WebhookWrite::Update(after, queue)]))
        }
        WebhookCommand::Remove { id } => Ok((existing?, vec![WebhookWrite::Delete(id.clone())])),
        WebhookCommand::Record(record) => {
            let mut endpoint = existing?;
            let id = &record.endpoint;
            let mut writes: Vec<WebhookWrite> =
                record.progress.iter().map(|progress| WebhookWrite::Progress(id.clone(), *progress)).collect();
            let stored = |attempt: &Attempt| StoredAttempt {
                id: prefixed("webhook_attempt", next_id()),
                attempt: attempt.clone(),
            };
            let attempts: Vec<StoredAttempt> = record.attempts.iter().map(stored).collect();
            if !attempts.is_empty() {
                writes.push(WebhookWrite::Attempts(id.clone(), attempts));
            }
            if record.is_exhausted && endpoint.is_enabled {
                endpoint.is_enabled = false;
                endpoint.updated_at = later(endpoint.updated_at, now);
                writes.push(WebhookWrite::Update(endpoint.clone(), QueueChange::Keep));
            }
            Ok((endpoint, writes))
        }
    }
}

/// Returns the time of a change. It moves forward although the clock may not, so that each change can be detected.
fn later(before: Timestamp, now: Timestamp) -> Timestamp {
    now.max(before.checked_add(SignedDuration::from_millis(1)).unwrap_or(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &WebhookCommand, rows: WebhookRows) -> Result<(WebhookEndpoint, Vec<WebhookWrite>), AdminError> {
        let mut next_id = || Ulid::from(7_u128);
        decide(command, rows, Timestamp::UNIX_EPOCH, &mut next_id, || Secret::new("whsec_1"))
    }

    fn endpoint(is_enabled: bool) -> WebhookEndpoint {
        let command = WebhookCommand::Add { url: "https://a.example".to_owned(), events: vec![EventName::UserCreated] };
        WebhookEndpoint { is_enabled, ..run(&command, WebhookRows::default()).unwrap().0 }
    }

    fn found(is_enabled: bool) -> WebhookRows {
        WebhookRows { endpoint: Some(endpoint(is_enabled)), ..WebhookRows::default() }
    }

    #[test]
    fn an_update_decides_about_the_queue() {
        let id = endpoint(true).id;
        let set = |url: Option<&str>, is_enabled| WebhookCommand::Set {
            id: id.clone(),
            url: url.map(str::to_owned),
            events: None,
            is_enabled,
        };
        for (was_enabled, command, expected) in [
            (true, set(None, None), QueueChange::Keep),
            (true, set(Some("https://b.example"), Some(true)), QueueChange::Retry),
            (true, set(Some("https://a.example"), Some(false)), QueueChange::Keep),
            (false, set(Some("https://b.example"), Some(true)), QueueChange::Restart),
        ] {
            let (after, writes) = run(&command, found(was_enabled)).unwrap();
            assert!(after.updated_at > endpoint(true).updated_at);
            assert_eq!(writes, [WebhookWrite::Update(after, expected)]);
        }
    }

    #[test]
    fn a_url_has_one_endpoint_and_endpoints_are_limited() {
        let add = WebhookCommand::Add { url: "https://a.example".to_owned(), events: Vec::new() };
        let taken = WebhookRows { url_owner: Some("we_other".to_owned()), ..WebhookRows::default() };
        assert_eq!(run(&add, taken).unwrap_err(), AdminError::WebhookUrlTaken("https://a.example".to_owned()));
        let full = WebhookRows { count: limits::WEBHOOK_ENDPOINTS, ..WebhookRows::default() };
        assert_eq!(run(&add, full).unwrap_err(), AdminError::TooManyWebhooks);
        let (id, url) = (endpoint(true).id, Some("https://a.example".to_owned()));
        let own = WebhookRows { url_owner: Some(id.clone()), ..found(true) };
        run(&WebhookCommand::Set { id: id.clone(), url, events: None, is_enabled: None }, own).unwrap();
        let gone = run(&WebhookCommand::Remove { id: id.clone() }, WebhookRows::default());
        assert_eq!(gone.unwrap_err(), AdminError::UnknownWebhook(id));
    }

    #[test]
    fn an_exhausted_endpoint_is_disabled() {
        let progress = Some(Progress { position: 3, failures: 0, next_at: None });
        let record = |is_exhausted| {
            let (endpoint, attempts) = (endpoint(true).id, Vec::new());
            WebhookCommand::Record(DeliveryRecord { endpoint, progress, is_exhausted, attempts })
        };
        let (after, writes) = run(&record(true), found(true)).unwrap();
        assert!(!after.is_enabled);
        assert_eq!(writes.last(), Some(&WebhookWrite::Update(after, QueueChange::Keep)));
        let (after, writes) = run(&record(false), found(true)).unwrap();
        assert!(after.is_enabled && writes.len() == 1);
    }
}

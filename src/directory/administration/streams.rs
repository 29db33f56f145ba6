//! Event streams: creating and changing them, and removing delivered changes from their queues.

use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

use super::error::AdminError;
use crate::base::ids::prefixed;
use crate::base::{Secret, limits};
use crate::directory::event_stream::{EventStream, StreamDelivery, StreamProgress};
use crate::directory::model::Directory;
use crate::directory::webhook::{Attempt, StoredAttempt};
use crate::events::signing_key::StoredKey;

/// A command about event streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamCommand {
    /// Creates a stream. It gets the changes after its creation.
    Add(NewStream),
    /// Enables or disables a stream.
    Set { id: String, is_enabled: bool },
    /// Removes a stream. Its queue is deleted in the background.
    Remove { id: String },
    /// Makes this key the one that signs the tokens of a directory. The previous key stays published.
    RotateKey { directory: String, key: StoredKey },
    /// Removes changes from a queue, and stores the state of the queue.
    Record(StreamRecord),
}

/// A new stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStream {
    /// The ID of the directory.
    pub directory: String,
    pub delivery: StreamDelivery,
    /// The URL of the server, without a trailing slash, from which the issuer is made.
    pub base_url: String,
    /// Without it, the URL of the stream.
    pub audience: Option<String>,
    /// Signs the tokens if the directory has no key yet.
    pub key: StoredKey,
}

/// The outcome of deliveries, recorded at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRecord {
    /// The ID of the stream.
    pub stream: String,
    /// The transactions whose tokens were acknowledged or refused. Unknown ones are ignored.
    pub done: Vec<String>,
    /// The state of the queue afterwards; `None` leaves it as it is.
    pub progress: Option<StreamProgress>,
    /// The last retry failed: the stream is disabled.
    pub is_exhausted: bool,
    pub attempts: Vec<Attempt>,
}

/// The rows that a [`StreamCommand`] depends on.
#[derive(Debug, Clone, Default)]
pub struct StreamRows {
    /// The stream that the command names.
    pub stream: Option<EventStream>,
    /// The number of streams of the directory.
    pub count: usize,
    /// The directory has a signing key.
    pub has_key: bool,
}

/// A row that a [`StreamCommand`] writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamWrite {
    /// Inserts a stream, with the digest of its token.
    Insert(Box<EventStream>, Option<[u8; 32]>),
    /// Stores whether a stream is enabled.
    Update(Box<EventStream>),
    /// Marks a stream as removed. Its rows are deleted later.
    Delete(String),
    /// Inserts a key of a directory, and deletes all but the newest [`limits::SIGNING_KEYS`].
    InsertKey { directory: String, key: StoredKey, at: Timestamp },
    /// Removes changes from the queue of a stream.
    Done { stream: String, txns: Vec<String> },
    /// Stores the state of a queue.
    Progress(String, StreamProgress),
    /// Appends to the log of a stream, which keeps the last [`limits::WEBHOOK_ATTEMPTS`].
    Attempts(String, Vec<StoredAttempt>),
}

impl StreamCommand {
    /// Returns the ID of the stream that the command names.
    #[must_use]
    pub fn stream(&self) -> Option<&str> {
        match self {
            Self::Add(_) | Self::RotateKey { .. } => None,
            Self::Set { id, .. } | Self::Remove { id } | Self::Record(StreamRecord { stream: id, .. }) => Some(id),
        }
    }

    /// Returns the ID of the directory that the command names.
    #[must_use]
    pub fn directory(&self) -> Option<&str> {
        match self {
            Self::Add(NewStream { directory, .. }) | Self::RotateKey { directory, .. } => Some(directory),
            Self::Set { .. } | Self::Remove { .. } | Self::Record(_) => None,
        }
    }

    /// Returns whether the command only records what was delivered.
    #[must_use]
    pub const fn is_progress(&self) -> bool {
        matches!(self, Self::Record(StreamRecord { is_exhausted: false, .. }))
    }
}

/// The decision on a command.
#[derive(Debug, Default)]
pub(super) struct StreamDecision {
    /// The stream after the command; for a removal, before.
    pub(super) stream: Option<EventStream>,
    /// The token of a new stream.
    pub(super) secret: Option<Secret>,
    pub(super) writes: Vec<StreamWrite>,
}

/// Decides what a command writes. `directory` is the one that the command names, if it exists.
pub(super) fn decide(
    command: &StreamCommand,
    directory: Option<&Directory>,
    rows: StreamRows,
    now: Timestamp,
    next_id: &mut dyn FnMut() -> Ulid,
    new_token: impl FnOnce() -> Secret,
) -> Result<StreamDecision, AdminError> {
    let named = || command.directory().unwrap_or_default().to_owned();
    let directory = directory.ok_or_else(|| AdminError::UnknownDirectory(named()));
    let StreamRows { stream, count, has_key } = rows;
    let existing = stream.ok_or_else(|| AdminError::UnknownStream(command.stream().unwrap_or_default().to_owned()));
    let mut decision = StreamDecision::default();
    match command {
        StreamCommand::Add(new) => {
            let directory = directory?;
            if count >= limits::EVENT_STREAMS {
                return Err(AdminError::TooManyStreams);
            }
            if !has_key {
                let (directory, key) = (directory.id.clone(), new.key.clone());
                decision.writes.push(StreamWrite::InsertKey { directory, key, at: now });
            }
            let stream = new_stream(new, directory, prefixed("stream", next_id()), now);
            decision.secret = (stream.delivery == StreamDelivery::Poll).then(new_token);
            let digest = decision.secret.as_ref().map(Secret::digest);
            decision.writes.push(StreamWrite::Insert(Box::new(stream.clone()), digest));
            decision.stream = Some(stream);
        }
        StreamCommand::RotateKey { key, .. } => {
            let directory = directory?.id.clone();
            decision.writes.push(StreamWrite::InsertKey { directory, key: key.clone(), at: now });
        }
        StreamCommand::Set { is_enabled, .. } => {
            let stream = updated(existing?, *is_enabled, now);
            if stream.is_enabled {
                decision.writes.push(StreamWrite::Progress(stream.id.clone(), StreamProgress::default()));
            }
            decision.writes.push(StreamWrite::Update(Box::new(stream.clone())));
            decision.stream = Some(stream);
        }
        StreamCommand::Remove { id } => {
            decision.stream = Some(existing?);
            decision.writes.push(StreamWrite::Delete(id.clone()));
        }
        StreamCommand::Record(record) => decision.writes = recorded(record, existing?, now, next_id),
    }
    Ok(decision)
}

fn new_stream(new: &NewStream, directory: &Directory, id: String, now: Timestamp) -> EventStream {
    let feed = || format!("{}/event_streams/{id}", new.base_url);
    EventStream {
        directory_id: directory.id.clone(),
        delivery: new.delivery.clone(),
        issuer: format!("{}/scim/v2/{}", new.base_url, directory.external_key),
        audience: new.audience.clone().unwrap_or_else(feed),
        is_enabled: true,
        created_at: now,
        updated_at: now,
        id,
    }
}

fn recorded(
    record: &StreamRecord,
    stream: EventStream,
    now: Timestamp,
    next_id: &mut dyn FnMut() -> Ulid,
) -> Vec<StreamWrite> {
    let id = &record.stream;
    let mut writes = Vec::new();
    if !record.done.is_empty() {
        writes.push(StreamWrite::Done { stream: id.clone(), txns: record.done.clone() });
    }
    let stored =
        |attempt: &Attempt| StoredAttempt { id: prefixed("push_attempt", next_id()), attempt: attempt.clone() };
    let attempts: Vec<StoredAttempt> = record.attempts.iter().map(stored).collect();
    if !attempts.is_empty() {
        writes.push(StreamWrite::Attempts(id.clone(), attempts));
    }
    if let Some(progress) = &record.progress {
        writes.push(StreamWrite::Progress(id.clone(), progress.clone()));
    }
    if record.is_exhausted && stream.is_enabled {
        writes.push(StreamWrite::Update(Box::new(updated(stream, false, now))));
    }
    writes
}

/// Returns a stream after a change. Its time moves forward although the clock may not, so that each change can be detected.
fn updated(stream: EventStream, is_enabled: bool, now: Timestamp) -> EventStream {
    let later = stream.updated_at.checked_add(SignedDuration::from_millis(1)).unwrap_or(stream.updated_at);
    EventStream { is_enabled, updated_at: now.max(later), ..stream }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &StreamCommand, stream: Option<EventStream>) -> Result<StreamDecision, AdminError> {
        let rows = StreamRows { stream, ..StreamRows::default() };
        let mut next_id = || Ulid::from(7_u128);
        decide(command, None, rows, Timestamp::UNIX_EPOCH, &mut next_id, || Secret::new("token"))
    }

    fn stream() -> EventStream {
        EventStream {
            id: "stream_1".to_owned(),
            directory_id: "directory_1".to_owned(),
            delivery: StreamDelivery::Poll,
            issuer: String::new(),
            audience: String::new(),
            is_enabled: true,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_exhausted_stream_is_disabled_and_keeps_its_queue() {
        let progress = StreamProgress { failures: 7, ..StreamProgress::default() };
        let record = |is_exhausted| StreamRecord {
            stream: "stream_1".to_owned(),
            done: Vec::new(),
            progress: Some(progress.clone()),
            is_exhausted,
            attempts: Vec::new(),
        };
        let stored = StreamWrite::Progress("stream_1".to_owned(), progress.clone());
        let writes = |is_exhausted| run(&StreamCommand::Record(record(is_exhausted)), Some(stream())).unwrap().writes;
        assert_eq!(writes(false).len(), 1);
        let disabled = updated(stream(), false, Timestamp::UNIX_EPOCH);
        assert!(disabled.updated_at > stream().updated_at);
        assert_eq!(writes(true), [stored, StreamWrite::Update(Box::new(disabled))]);
    }

    #[test]
    fn an_enabled_stream_begins_without_failures() {
        let command = StreamCommand::Set { id: "stream_1".to_owned(), is_enabled: true };
        let writes = run(&command, Some(stream())).unwrap().writes;
        assert_eq!(writes[0], StreamWrite::Progress("stream_1".to_owned(), StreamProgress::default()));
        assert_eq!(run(&command, None).unwrap_err(), AdminError::UnknownStream("stream_1".to_owned()));
    }
}

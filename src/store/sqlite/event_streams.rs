//! Event streams, the queues of changes for their receivers, and signing keys.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use ulid::Ulid;

use super::super::{QueuePage, StoreError};
use super::transaction::Transaction;
use super::{rows, webhooks};
use crate::base::{Secret, limits};
use crate::directory::administration::{StreamCommand, StreamRows, StreamWrite};
use crate::directory::event_stream::{EventStream, StreamDelivery, StreamProgress, StreamQueue};
use crate::events::security_event::{QueuedChange, ResourceChange};
use crate::events::signing_key::StoredKey;

/// The streams that exist, and the columns that [`queue`] reads.
const QUEUE: &str = "SELECT s.id, d.id, s.issuer, s.audience, s.url, s.authorization, s.token, s.enabled, s.failures,
         s.next_at, s.last_error, s.created_at, s.updated_at
     FROM event_stream s JOIN directory d ON d.row = s.directory WHERE NOT s.removed";

/// Queued changes of removed streams that one step deletes: a few milliseconds' work.
const STEP: usize = 256;

fn queue(row: &Row<'_>) -> Result<StreamQueue, StoreError> {
    let url: Option<String> = row.get(4)?;
    let authorization: Option<String> = row.get(5)?;
    let delivery = match url {
        Some(url) => StreamDelivery::Push { url, authorization: authorization.map(Secret::new) },
        None => StreamDelivery::Poll,
    };
    let next_at: Option<i64> = row.get(9)?;
    let stream = EventStream {
        id: row.get(0)?,
        directory_id: row.get(1)?,
        delivery,
        issuer: row.get(2)?,
        audience: row.get(3)?,
        is_enabled: row.get(7)?,
        created_at: rows::at(row, 11)?,
        updated_at: rows::at(row, 12)?,
    };
    let next_at = next_at.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let progress = StreamProgress { failures: row.get(8)?, next_at, last_error: row.get(10)? };
    Ok(StreamQueue { stream, token_digest: row.get(6)?, progress })
}

/// Returns the streams of a directory, or all streams, oldest first.
pub(super) fn list(connection: &Connection, directory: Option<&str>) -> Result<Vec<StreamQueue>, StoreError> {
    match directory {
        Some(id) => select(connection, "AND d.id = ?1", Some(id)),
        None => select(connection, "", None),
    }
}

fn select(connection: &Connection, condition: &str, value: Option<&str>) -> Result<Vec<StreamQueue>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{QUEUE} {condition} ORDER BY s.row"))?;
    let mut found = match value {
        Some(value) => select.query([value])?,
        None => select.query([])?,
    };
    let mut queues = Vec::new();
    while let Some(row) = found.next()? {
        queues.push(queue(row)?);
    }
    Ok(queues)
}

/// Finds a stream.
pub(super) fn find(connection: &Connection, id: &str) -> Result<Option<StreamQueue>, StoreError> {
    Ok(select(connection, "AND s.id = ?1", Some(id))?.pop())
}

/// Returns the oldest changes in the queue of a stream.
pub(super) fn page(connection: &Connection, stream: &str, limit: usize) -> Result<QueuePage, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT q.txn, q.change FROM queued_change q
         WHERE q.stream = (SELECT row FROM event_stream WHERE id = ?1 AND NOT removed) ORDER BY q.position LIMIT ?2",
    )?;
    // One more than the page holds, to see whether another follows.
    let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut found = select.query(params![stream, most])?;
    let mut page = QueuePage::default();
    while let Some(row) = found.next()? {
        if page.changes.len() == limit {
            page.has_more = true;
            break;
        }
        let txn = Ulid::from_bytes(row.get(0)?);
        let millis = i64::try_from(txn.timestamp_ms()).map_err(rows::corrupt)?;
        let at = Timestamp::from_millisecond(millis).map_err(rows::corrupt)?;
        let change: ResourceChange =
            serde_json::from_str(row.get_ref(1)?.as_str().map_err(rows::corrupt)?).map_err(rows::corrupt)?;
        page.changes.push(QueuedChange { txn: txn.to_string(), at, change });
    }
    Ok(page)
}

/// Returns the keys of a directory, newest first.
pub(super) fn keys(connection: &Connection, directory: &str) -> Result<Vec<StoredKey>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT k.id, k.private FROM signing_key k JOIN directory d ON d.row = k.directory
         WHERE d.id = ?1 ORDER BY k.row DESC",
    )?;
    let key = |row: &Row<'_>| Ok(StoredKey { id: row.get(0)?, private: Secret::new(row.get::<_, String>(1)?) });
    Ok(select.query_map([directory], key)?.collect::<Result<_, _>>()?)
}

/// Loads the rows that a command depends on.
pub(super) fn load(connection: &Connection, command: &StreamCommand) -> Result<StreamRows, StoreError> {
    let mut loaded = StreamRows::default();
    if let Some(id) = command.stream() {
        loaded.stream = find(connection, id)?.map(|queue| queue.stream);
    }
    if let Some(id) = command.directory() {
        loaded.count = list(connection, Some(id))?.len();
        loaded.has_key = !keys(connection, id)?.is_empty();
    }
    Ok(loaded)
}

/// Appends a change to the queue of each stream of a directory.
pub(super) fn enqueue(
    transaction: &mut Transaction<'_>,
    directory: i64,
    change: &ResourceChange,
) -> Result<(), StoreError> {
    let now = transaction.now();
    let txn = transaction.mint(now).to_bytes();
    let change = serde_json::to_string(change).map_err(rows::corrupt)?;
    let mut insert = transaction.connection.prepare_cached(
        "INSERT INTO queued_change (stream, txn, change)
         SELECT row, ?2, ?3 FROM event_stream WHERE directory = ?1 AND enabled AND NOT removed ORDER BY row",
    )?;
    let queued = insert.execute(params![directory, txn, change])?;
    transaction.count_queued(queued);
    Ok(())
}

/// Writes a row. Returns the number of rows.
pub(super) fn write(connection: &Connection, write: &StreamWrite) -> Result<usize, StoreError> {
    let changed = match write {
        StreamWrite::Insert(stream, token) => insert(connection, stream, token.as_ref())?,
        StreamWrite::Update(stream) => connection
            .prepare_cached("UPDATE event_stream SET enabled = ?2, updated_at = ?3 WHERE id = ?1")?
            .execute(params![stream.id, stream.is_enabled, stream.updated_at.as_millisecond()])?,
        StreamWrite::Delete(id) => {
            connection.prepare_cached("UPDATE event_stream SET removed = 1 WHERE id = ?1")?.execute([id])?
        }
        StreamWrite::InsertKey { directory, key, at } => insert_key(connection, directory, key, *at)?,
        StreamWrite::Attempts(id, attempts) => webhooks::append(connection, id, attempts)?,
        StreamWrite::Done { stream, txns } => done(connection, stream, txns)?,
        StreamWrite::Progress(id, StreamProgress { failures, next_at, last_error }) => connection
            .prepare_cached("UPDATE event_stream SET failures = ?2, next_at = ?3, last_error = ?4 WHERE id = ?1")?
            .execute(params![id, failures, next_at.map(Timestamp::as_millisecond), last_error])?,
    };
    Ok(changed)
}

fn insert(connection: &Connection, stream: &EventStream, token: Option<&[u8; 32]>) -> Result<usize, StoreError> {
    let (url, authorization) = match &stream.delivery {
        StreamDelivery::Poll => (None, None),
        StreamDelivery::Push { url, authorization } => (Some(url), authorization.as_ref().map(Secret::expose)),
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO event_stream
             (id, directory, issuer, audience, url, authorization, token, enabled, created_at, updated_at)
         SELECT ?1, row, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM directory WHERE id = ?2",
    )?;
    Ok(insert.execute(params![
        stream.id,
        stream.directory_id,
        stream.issuer,
        stream.audience,
        url,
        authorization,
        token,
        stream.is_enabled,
        stream.created_at.as_millisecond(),
        stream.updated_at.as_millisecond(),
    ])?)
}

fn insert_key(connection: &Connection, directory: &str, key: &StoredKey, at: Timestamp) -> Result<usize, StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO signing_key (id, directory, private, created_at)
         SELECT ?1, row, ?3, ?4 FROM directory WHERE id = ?2",
    )?;
    let inserted = insert.execute(params![key.id, directory, key.private.expose(), at.as_millisecond()])?;
    let mut trim = connection.prepare_cached(
        "DELETE FROM signing_key WHERE row IN (
             SELECT k.row FROM signing_key k JOIN directory d ON d.row = k.directory WHERE d.id = ?1
             ORDER BY k.row DESC LIMIT -1 OFFSET ?2)",
    )?;
    trim.execute(params![directory, i64::try_from(limits::SIGNING_KEYS).unwrap_or(i64::MAX)])?;
    Ok(inserted)
}

/// Removes changes from a queue.
fn done(connection: &Connection, stream: &str, txns: &[String]) -> Result<usize, StoreError> {
    let mut row = connection.prepare_cached("SELECT row FROM event_stream WHERE id = ?1")?;
    let Some(row): Option<i64> = row.query_row([stream], |row| row.get(0)).optional()? else { return Ok(0) };
    let mut delete = connection.prepare_cached("DELETE FROM queued_change WHERE stream = ?1 AND txn = ?2")?;
    let mut deleted = 0;
    for txn in txns.iter().filter_map(|txn| rows::id_bytes(txn)) {
        deleted += delete.execute(params![row, txn])?;
    }
    Ok(deleted)
}

/// Deletes the oldest queued changes from before a time, at most [`limits::EXPIRED_EVENTS`], and returns their number.
pub(super) fn expire(connection: &Connection, before: Timestamp) -> Result<usize, StoreError> {
    let millis = u64::try_from(before.as_millisecond()).unwrap_or(0);
    let boundary = Ulid::from_parts(millis, 0).to_bytes();
    let mut delete = connection.prepare_cached(
        "DELETE FROM queued_change WHERE txn < ?1 AND position IN (
             SELECT position FROM queued_change ORDER BY position LIMIT ?2)",
    )?;
    Ok(delete.execute(params![boundary, i64::try_from(limits::EXPIRED_EVENTS).unwrap_or(i64::MAX)])?)
}

/// Marks the streams of a directory as removed.
pub(super) fn remove_of(connection: &Connection, directory: &str) -> Result<usize, StoreError> {
    let mut remove = connection.prepare_cached(
        "UPDATE event_stream SET removed = 1 WHERE directory = (SELECT row FROM directory WHERE id = ?1)",
    )?;
    Ok(remove.execute([directory])?)
}

/// Returns whether there is a removed stream with rows to delete.
pub(super) fn is_purge_due(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("SELECT 1 FROM event_stream WHERE removed LIMIT 1")?.exists([])?)
}

/// Deletes a part of the queue of a removed stream, then the stream itself.
pub(super) fn purge(connection: &Connection) -> Result<(), StoreError> {
    let mut find = connection.prepare_cached("SELECT row, id FROM event_stream WHERE removed LIMIT 1")?;
    let found: Option<(i64, String)> = find.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((stream, id)) = found else { return Ok(()) };
    let mut delete = connection.prepare_cached(
        "DELETE FROM queued_change WHERE position IN (SELECT position FROM queued_change WHERE stream = ?1 LIMIT ?2)",
    )?;
    if delete.execute(params![stream, i64::try_from(STEP).unwrap_or(i64::MAX)])? < STEP {
        connection.prepare_cached("DELETE FROM webhook_attempt WHERE endpoint = ?1")?.execute([id])?;
        connection.prepare_cached("DELETE FROM event_stream WHERE row = ?1")?.execute([stream])?;
    }
    Ok(())
}

//! Webhook endpoints, their queues and the log of attempts.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{LogWindow, StoreError};
use super::{log, rows};
use crate::base::{Secret, limits};
use crate::directory::administration::{QueueChange, WebhookCommand, WebhookRows, WebhookWrite};
use crate::directory::webhook::{Attempt, AttemptCause, Progress, StoredAttempt, WebhookEndpoint, WebhookQueue};
use crate::events::EventName;

/// The columns that [`endpoint`] reads.
pub(super) const ENDPOINT: &str = "id, url, secret, enabled, events, created_at, updated_at";
/// The columns that [`attempt`] reads.
pub(super) const ATTEMPT: &str = "id, event_id, event, cause, number, at, duration_ms, status, error, response";

/// The end of the log: the position of its last event.
const END: &str = "ifnull((SELECT max(position) FROM event), 0)";

/// Reads an endpoint from the columns of [`ENDPOINT`].
pub(super) fn endpoint(row: &Row<'_>) -> Result<WebhookEndpoint, StoreError> {
    let names: Vec<String> = serde_json::from_str(row.get_ref(4)?.as_str().map_err(rows::corrupt)?)
        .map_err(|error| rows::corrupt(format!("events of a webhook endpoint: {error}")))?;
    Ok(WebhookEndpoint {
        id: row.get(0)?,
        url: row.get(1)?,
        secret: Secret::new(row.get::<_, String>(2)?),
        is_enabled: row.get(3)?,
        events: names.iter().filter_map(|name| EventName::from_wire(name)).collect(),
        created_at: rows::at(row, 5)?,
        updated_at: rows::at(row, 6)?,
    })
}

/// Reads an attempt from the columns of [`ATTEMPT`].
pub(super) fn attempt(row: &Row<'_>) -> Result<StoredAttempt, StoreError> {
    let cause: String = row.get(3)?;
    let attempt = Attempt {
        event_id: row.get(1)?,
        event: row.get(2)?,
        cause: AttemptCause::from_name(&cause).ok_or_else(|| rows::corrupt(format!("the cause {cause}")))?,
        number: row.get(4)?,
        at: rows::at(row, 5)?,
        duration_ms: number(row.get(6)?),
        status: row.get(7)?,
        error: row.get(8)?,
        response: row.get(9)?,
    };
    Ok(StoredAttempt { id: row.get(0)?, attempt })
}

/// Converts a stored number that is never negative.
fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Finds an endpoint.
pub(super) fn find(connection: &Connection, id: &str) -> Result<Option<WebhookEndpoint>, StoreError> {
    let mut find = connection.prepare_cached(&format!("SELECT {ENDPOINT} FROM webhook_endpoint WHERE id = ?1"))?;
    let mut found = find.query([id])?;
    found.next()?.map(endpoint).transpose()
}

/// Loads the rows that a command depends on.
pub(super) fn load(connection: &Connection, command: &WebhookCommand) -> Result<WebhookRows, StoreError> {
    let endpoint = command.endpoint().map(|id| find(connection, id)).transpose()?.flatten();
    let mut owner = connection.prepare_cached("SELECT id FROM webhook_endpoint WHERE url = ?1")?;
    let url_owner = owner.query_row([command.url()], |row| row.get(0)).optional()?;
    let mut count = connection.prepare_cached("SELECT count(*) FROM webhook_endpoint")?;
    let count: i64 = count.query_row([], |row| row.get(0))?;
    Ok(WebhookRows { endpoint, url_owner, count: usize::try_from(count).unwrap_or(usize::MAX) })
}

/// Returns every endpoint with the state of its queue, oldest first.
pub(super) fn queues(connection: &Connection) -> Result<Vec<WebhookQueue>, StoreError> {
    let sql = format!("SELECT {ENDPOINT}, position, failures, next_at FROM webhook_endpoint ORDER BY id");
    let mut select = connection.prepare_cached(&sql)?;
    let mut found = select.query([])?;
    let mut queues = Vec::new();
    while let Some(row) = found.next()? {
        let next_at: Option<i64> = row.get(9)?;
        let progress = Progress {
            position: number(row.get(7)?),
            failures: row.get(8)?,
            next_at: next_at.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        };
        queues.push(WebhookQueue { endpoint: endpoint(row)?, progress });
    }
    Ok(queues)
}

/// Returns the next events of an endpoint. At most [`limits::WEBHOOK_WINDOW`] positions are searched, so that the cost does
/// not grow with the events that the endpoint does not want.
pub(super) fn window(connection: &Connection, after: u64, names: &[EventName]) -> Result<LogWindow, StoreError> {
    let mut ending = connection.prepare_cached(
        "SELECT max(position) FROM (SELECT position FROM event WHERE position > ?1 ORDER BY position LIMIT ?2)",
    )?;
    let end: Option<i64> =
        ending.query_row(params![stored(after), stored(limits::WEBHOOK_WINDOW as u64)], |row| row.get(0))?;
    let Some(end) = end else { return Ok(LogWindow { events: Vec::new(), end: after }) };
    let mut window = LogWindow { events: Vec::new(), end: number(end) };
    let mut select = connection.prepare_cached(
        "SELECT id, name, data, position FROM event WHERE position > ?1 AND position <= ?2 ORDER BY position",
    )?;
    let mut found = select.query(params![stored(after), end])?;
    while let Some(row) = found.next()? {
        let name = row.get_ref(1)?.as_str().map_err(rows::corrupt)?;
        if !names.iter().any(|wanted| wanted.as_str() == name) {
            continue;
        }
        let position = number(row.get(3)?);
        window.events.push((position, log::event(row)?));
        if window.events.len() == limits::WEBHOOK_BATCH {
            window.end = position;
            break;
        }
    }
    Ok(window)
}

/// Writes a row. Returns the number of rows.
pub(super) fn write(connection: &Connection, write: &WebhookWrite) -> Result<usize, StoreError> {
    let changed = match write {
        WebhookWrite::Insert(endpoint) => {
            let sql = format!(
                "INSERT INTO webhook_endpoint (id, url, secret, enabled, events, created_at, updated_at, position)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, {END})"
            );
            connection.prepare_cached(&sql)?.execute(params![
                endpoint.id,
                endpoint.url,
                endpoint.secret.expose(),
                endpoint.is_enabled,
                names(endpoint)?,
                endpoint.created_at.as_millisecond(),
                endpoint.updated_at.as_millisecond(),
            ])?
        }
        WebhookWrite::Update(endpoint, queue) => {
            let queue = match queue {
                QueueChange::Keep => String::new(),
                QueueChange::Retry => ", failures = 0, next_at = NULL".to_owned(),
                QueueChange::Restart => format!(", failures = 0, next_at = NULL, position = {END}"),
            };
            let sql = format!(
                "UPDATE webhook_endpoint SET url = ?2, enabled = ?3, events = ?4, updated_at = ?5 {queue} WHERE id = ?1"
            );
            connection.prepare_cached(&sql)?.execute(params![
                endpoint.id,
                endpoint.url,
                endpoint.is_enabled,
                names(endpoint)?,
                endpoint.updated_at.as_millisecond(),
            ])?
        }
        WebhookWrite::Delete(id) => {
            connection.prepare_cached("DELETE FROM webhook_attempt WHERE endpoint = ?1")?.execute([id])?;
            connection.prepare_cached("DELETE FROM webhook_endpoint WHERE id = ?1")?.execute([id])?
        }
        WebhookWrite::Progress(id, Progress { position, failures, next_at }) => {
            // A record that was still on its way when the queue began anew must not move it back.
            let mut update = connection.prepare_cached(
                "UPDATE webhook_endpoint SET position = ?2, failures = ?3, next_at = ?4 WHERE id = ?1 AND position <= ?2",
            )?;
            update.execute(params![id, stored(*position), failures, next_at.map(Timestamp::as_millisecond)])?
        }
        WebhookWrite::Attempts(id, attempts) => append(connection, id, attempts)?,
    };
    Ok(changed)
}

/// Appends attempts, and drops the oldest ones beyond the limit.
pub(super) fn append(connection: &Connection, endpoint: &str, attempts: &[StoredAttempt]) -> Result<usize, StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO webhook_attempt
             (id, endpoint, event_id, event, cause, number, at, duration_ms, status, error, response)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for StoredAttempt { id, attempt } in attempts {
        insert.execute(params![
            id,
            endpoint,
            attempt.event_id,
            attempt.event,
            attempt.cause.as_str(),
            attempt.number,
            attempt.at.as_millisecond(),
            stored(attempt.duration_ms),
            attempt.status,
            attempt.error,
            attempt.response,
        ])?;
    }
    let mut trim = connection.prepare_cached(
        "DELETE FROM webhook_attempt WHERE endpoint = ?1 AND id <=
             (SELECT id FROM webhook_attempt WHERE endpoint = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?;
    trim.execute(params![endpoint, stored(limits::WEBHOOK_ATTEMPTS as u64)])?;
    Ok(attempts.len())
}

fn names(endpoint: &WebhookEndpoint) -> Result<String, StoreError> {
    let names: Vec<&str> = endpoint.events.iter().map(|name| name.as_str()).collect();
    serde_json::to_string(&names).map_err(rows::corrupt)
}

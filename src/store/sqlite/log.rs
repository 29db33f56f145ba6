//! The event log.

use jiff::Timestamp;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use ulid::Ulid;

use super::super::{EventPage, EventQuery, StoreError};
use super::rows;
use super::transaction::Transaction;
use crate::base::ids::prefixed;
use crate::base::limits;
use crate::events::{Event, EventName};

/// Appends an event. IDs ascend even if the clock was set back.
pub(super) fn append(
    transaction: &mut Transaction<'_>,
    organization: i64,
    name: EventName,
    data: &str,
) -> Result<(), StoreError> {
    let now = transaction.now();
    let id = transaction.mint(now).to_bytes();
    transaction.connection.prepare_cached("INSERT INTO event VALUES (NULL, ?1, ?2, ?3, ?4)")?.execute(params![
        id,
        organization,
        name.as_str(),
        data
    ])?;
    transaction.count_event();
    Ok(())
}

/// Reads an event from the columns `id, name, data`. `created_at` is the time in its ID, so that it ascends in log order.
pub(super) fn event(row: &rusqlite::Row<'_>) -> Result<Event, StoreError> {
    let id = Ulid::from_bytes(row.get(0)?);
    let millis = i64::try_from(id.timestamp_ms()).map_err(rows::corrupt)?;
    Ok(Event {
        id: prefixed("event", id),
        event: row.get(1)?,
        data: serde_json::from_str(row.get_ref(2)?.as_str().map_err(rows::corrupt)?).map_err(rows::corrupt)?,
        created_at: Timestamp::from_millisecond(millis).map_err(rows::corrupt)?,
    })
}

/// Finds an event.
pub(super) fn find(connection: &Connection, id: &str) -> Result<Option<Event>, StoreError> {
    let Some(bytes) = id.strip_prefix("event_").and_then(rows::id_bytes) else { return Ok(None) };
    let mut find = connection.prepare_cached("SELECT id, name, data FROM event WHERE id = ?1")?;
    let mut found = find.query([bytes])?;
    found.next()?.map(event).transpose()
}

/// The size of an event in a response without its data, in bytes.
const EVENT_BYTES: usize = 200;

/// Returns a page of the log. It ends after the limit of the query, or earlier at [`limits::PAGE_BYTES`].
pub(super) fn page(connection: &Connection, query: &EventQuery) -> Result<EventPage, StoreError> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    // A page before a cursor is read backwards from it.
    let is_backwards = query.before.is_some();
    let is_descending = query.descending != is_backwards;
    if let Some(cursor) = query.before.as_ref().or(query.after.as_ref()) {
        conditions.push(if is_descending { "position < ?" } else { "position > ?" }.to_owned());
        values.push(Sql::Integer(position(connection, cursor)?));
    }
    if let Some(id) = &query.organization_id {
        let organization: Option<i64> = connection
            .prepare_cached("SELECT row FROM organization WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let Some(organization) = organization else { return Ok(EventPage::default()) };
        conditions.push("organization = ?".to_owned());
        values.push(Sql::Integer(organization));
    }
    if let Some(start) = query.range_start {
        conditions.push("id >= ?".to_owned());
        values.push(boundary(start, 0));
    }
    if let Some(end) = query.range_end {
        conditions.push("id <= ?".to_owned());
        values.push(boundary(end, u128::MAX));
    }
    if !query.names.is_empty() {
        conditions.push(format!("name IN ({})", vec!["?"; query.names.len()].join(", ")));
        values.extend(query.names.iter().cloned().map(Sql::Text));
    }
    let filter = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    let order = if is_descending { "DESC" } else { "ASC" };
    // One more than the page holds, to see whether another follows.
    let limit = query.limit.saturating_add(1);
    let sql = format!("SELECT id, name, data FROM event {filter} ORDER BY position {order} LIMIT {limit}");
    let mut select = connection.prepare_cached(&sql)?;
    let mut found = select.query(params_from_iter(values))?;
    let (mut page, mut is_full) = (EventPage::default(), false);
    while let Some(row) = found.next()? {
        let bytes = EVENT_BYTES + row.get_ref(2)?.as_bytes().map_err(rows::corrupt)?.len();
        let is_over = page.events.len() == query.limit || page.bytes + bytes > limits::PAGE_BYTES;
        is_full = is_over && (query.limit == 0 || !page.events.is_empty());
        if is_full {
            break;
        }
        page.bytes += bytes;
        page.events.push(event(row)?);
    }
    if is_backwards {
        page.events.reverse();
    }
    let (has_before, has_after) = if is_backwards { (is_full, true) } else { (query.after.is_some(), is_full) };
    page.before = page.events.first().filter(|_| has_before).map(|event| event.id.clone());
    page.after = page.events.last().filter(|_| has_after).map(|event| event.id.clone());
    Ok(page)
}

/// Returns the smallest (`random` 0) or greatest ID of a millisecond.
fn boundary(at: Timestamp, random: u128) -> Sql {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    Sql::Blob(Ulid::from_parts(millis, random).to_bytes().to_vec())
}

/// Finds the position of the event that a cursor names. Also accepts the last event that was deleted, because no event
/// between it and the oldest one is missing.
fn position(connection: &Connection, cursor: &str) -> Result<i64, StoreError> {
    let unknown = || StoreError::Cursor(cursor.to_owned());
    let bytes = cursor.strip_prefix("event_").and_then(rows::id_bytes).ok_or_else(unknown)?;
    let mut find = connection.prepare_cached("SELECT position FROM event WHERE id = ?1")?;
    if let Some(position) = find.query_row([bytes], |row| row.get(0)).optional()? {
        return Ok(position);
    }
    match horizon(connection)? {
        Some((position, last)) if last == bytes => Ok(position),
        Some((_, last)) if last > bytes => Err(StoreError::ExpiredCursor(cursor.to_owned())),
        _ => Err(unknown()),
    }
}

/// Returns position and ID of the last event that was deleted because of its age.
pub(super) fn horizon(connection: &Connection) -> Result<Option<(i64, [u8; 16])>, StoreError> {
    let Some(stored) = rows::setting(connection, rows::EVENT_HORIZON)? else { return Ok(None) };
    let parsed = stored.split_once(' ').and_then(|(position, id)| Some((position.parse().ok()?, rows::id_bytes(id)?)));
    parsed.map(Some).ok_or_else(|| rows::corrupt(format!("the event horizon {stored:?}")))
}

/// Deletes the oldest events from before a time, at most [`limits::EXPIRED_EVENTS`], and returns their number. The newest
/// event stays: the next position and the next ID are greater than its own.
pub(super) fn expire(connection: &Connection, before: Timestamp) -> Result<usize, StoreError> {
    let millis = u64::try_from(before.as_millisecond()).unwrap_or(0);
    let boundary = Ulid::from_parts(millis, 0).to_bytes();
    // One more than are deleted, to see whether a newer one follows.
    let mut select = connection.prepare_cached("SELECT position, id FROM event ORDER BY position LIMIT ?1")?;
    let most = i64::try_from(limits::EXPIRED_EVENTS + 1).unwrap_or(i64::MAX);
    let oldest: Vec<(i64, [u8; 16])> =
        select.query_map([most], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let followed = oldest.get(..oldest.len().saturating_sub(1)).unwrap_or_default();
    let Some((last, id)) = followed.iter().rfind(|(_, id)| *id < boundary) else { return Ok(0) };
    rows::set(connection, rows::EVENT_HORIZON, &format!("{last} {}", rows::id_text(*id)))?;
    Ok(connection.prepare_cached("DELETE FROM event WHERE position <= ?1")?.execute([last])?)
}

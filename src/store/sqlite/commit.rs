//! Writing the rows that a command decided on. Unique indexes report conflicts; no rule is checked here.

use rusqlite::{Connection, params};

use super::super::StoreError;
use super::super::columns::ColumnValues;
use super::super::steps::{Conflict, EntityWrite, SubjectWrite, Writes};
use super::blocks::BLOCK;
use super::load::RowNumbers;
use super::membership_writes;
use super::rows::{self, kind_code};
use super::transaction::{DirectoryRows, Transaction};
use super::{event_streams, log, unique};
use crate::directory::apply::{Claim, Entity, Subject};
use crate::directory::profile::email;
use crate::directory::{DirectoryUser, UserState};
use crate::scim::Object;
use crate::scim::attr::fold;
use crate::scim::resource::{Kind, Resource};

/// The outcome of a commit.
pub(super) enum Committed {
    /// The rows and this number of events were written.
    Done { events: usize },
    /// Another resource has a value that must be unique. The caller's savepoint undoes what was written.
    Conflict(Conflict),
}

/// Writes everything that a command decided on: rows, the event of the resource itself, then memberships with their
/// events.
pub(super) fn commit(
    transaction: &mut Transaction<'_>,
    directory: DirectoryRows,
    numbers: &RowNumbers,
    writes: &Writes,
) -> Result<Committed, StoreError> {
    let connection = transaction.connection;
    if let Some(email) = &writes.active_email
        && is_email_taken(connection, directory.directory, numbers.resource, email)?
    {
        return Ok(Committed::Conflict(Conflict::Email(email.clone())));
    }
    let Some(row) = write_subject(transaction, directory, numbers.resource, writes)? else {
        return Ok(Committed::Conflict(conflict(writes)?));
    };
    if let Some(values) = &writes.unique_values
        && let Some(value) = unique::replace(connection, directory.directory, row, values)?
    {
        return Ok(Committed::Conflict(Conflict::Value(value.clone())));
    }
    let mut events = 0;
    if let Some(own) = &writes.events.own {
        log::append(transaction, directory.organization, own.name, &own.data.to_string())?;
        events += 1;
    }
    if !matches!(writes.subject, SubjectWrite::Delete { .. }) {
        events += membership_writes::write(transaction, directory, row, numbers, writes)?;
    }
    if let Some(change) = &writes.resource_change {
        event_streams::enqueue(transaction, directory.directory, change)?;
    }
    Ok(Committed::Done { events })
}

/// Returns the conflict of a unique index that rejected the resource or its directory group.
fn conflict(writes: &Writes) -> Result<Conflict, StoreError> {
    let claim: Option<&Claim> = writes.claim.as_ref();
    claim.cloned().map(Conflict::Claim).ok_or_else(|| rows::corrupt("a unique index rejected a row without a claim"))
}

/// Returns whether an active user of the directory other than `own` has an e-mail address. The users that this
/// transaction has added are in the last two blocks of rows, which the table of blocks may not list yet.
fn is_email_taken(connection: &Connection, directory: i64, own: Option<i64>, email: &str) -> Result<bool, StoreError> {
    let sql = format!(
        "WITH place (block) AS (
             SELECT block FROM block WHERE directory = ?1 AND kind = 0
             UNION SELECT max(row) / {BLOCK} FROM resource UNION SELECT max(row) / {BLOCK} - 1 FROM resource
         )
         SELECT EXISTS (
             SELECT 1 FROM place p CROSS JOIN directory_user u INDEXED BY directory_user_by_email
                 ON u.resource / {BLOCK} = +p.block
             WHERE u.directory = ?1 AND u.email = ?2 AND u.state = ?3 AND u.resource IS NOT ?4
         )"
    );
    let values = params![directory, fold(email), rows::state_code(UserState::Active), own];
    Ok(connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
}

/// Writes the resource and its directory user or group. Returns the row number, or `None` if a unique index rejected it.
fn write_subject(
    transaction: &mut Transaction<'_>,
    directory: DirectoryRows,
    row: Option<i64>,
    writes: &Writes,
) -> Result<Option<i64>, StoreError> {
    let missing = || rows::corrupt("a write to a resource that was not loaded");
    match &writes.subject {
        SubjectWrite::Insert(subject) => insert(transaction, directory, writes.kind, subject),
        SubjectWrite::Update(resource, entity) => {
            let row = row.ok_or_else(missing)?;
            update(transaction, directory, writes.kind, row, resource, entity)
        }
        SubjectWrite::Delete { now } => {
            let row = row.ok_or_else(missing)?;
            delete(transaction, directory, writes.kind, row, now.as_millisecond())?;
            Ok(Some(row))
        }
    }
}

fn insert(
    transaction: &mut Transaction<'_>,
    directory: DirectoryRows,
    kind: Kind,
    subject: &Subject,
) -> Result<Option<i64>, StoreError> {
    let resource = &subject.resource;
    let ColumnValues { external_id, name, active } = ColumnValues::of(kind, &resource.document);
    let id = rows::id_bytes(&resource.id).ok_or_else(|| rows::corrupt(&resource.id))?;
    let inserted = transaction
        .connection
        .prepare_cached("INSERT INTO resource VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .insert(params![
            id,
            directory.directory,
            kind_code(kind),
            external_id,
            name,
            i64::try_from(resource.version).unwrap_or(i64::MAX),
            resource.created.as_millisecond(),
            resource.last_modified.as_millisecond(),
            rows::document_text(&resource.document)?,
            active,
        ]);
    let Some(row) = rows::unless_duplicate(inserted)? else { return Ok(None) };
    if let Some(entity) = &subject.entity
        && !put_entity(transaction.connection, directory.directory, row, entity, &resource.document)?
    {
        return Ok(None);
    }
    transaction.count_resource(directory.directory, kind_code(kind), row, 1);
    Ok(Some(row))
}

/// Updates a resource. The indexed columns are only written if they changed, so that the indexes stay untouched otherwise.
fn update(
    transaction: &Transaction<'_>,
    directory: DirectoryRows,
    kind: Kind,
    row: i64,
    resource: &Resource,
    entity: &EntityWrite,
) -> Result<Option<i64>, StoreError> {
    let connection = transaction.connection;
    connection
        .prepare_cached("UPDATE resource SET version = ?2, last_modified = ?3, document = ?4 WHERE row = ?1")?
        .execute(params![
            row,
            i64::try_from(resource.version).unwrap_or(i64::MAX),
            resource.last_modified.as_millisecond(),
            rows::document_text(&resource.document)?,
        ])?;
    let ColumnValues { external_id, name, active } = ColumnValues::of(kind, &resource.document);
    let updated = connection
        .prepare_cached(
            "UPDATE resource SET external_id = ?2, name = ?3, active = ?4
             WHERE row = ?1 AND (external_id IS NOT ?2 OR name IS NOT ?3 OR active IS NOT ?4)",
        )?
        .execute(params![row, external_id, name, active]);
    if rows::unless_duplicate(updated)?.is_none() {
        return Ok(None);
    }
    let written = match entity {
        EntityWrite::Unchanged => true,
        EntityWrite::Put(entity) => put_entity(connection, directory.directory, row, entity, &resource.document)?,
        EntityWrite::Remove => {
            connection.prepare_cached("DELETE FROM directory_user WHERE resource = ?1")?.execute([row])?;
            true
        }
    };
    Ok(written.then_some(row))
}

/// Deletes a resource with everything that refers to it. Groups that lose a member this way get a new version.
fn delete(
    transaction: &mut Transaction<'_>,
    directory: DirectoryRows,
    kind: Kind,
    row: i64,
    now: i64,
) -> Result<(), StoreError> {
    let connection = transaction.connection;
    connection
        .prepare_cached(
            "UPDATE resource SET version = version + 1, last_modified = max(last_modified, ?2)
             WHERE row IN (SELECT team FROM membership WHERE member = ?1)",
        )?
        .execute(params![row, now])?;
    connection.prepare_cached("DELETE FROM membership WHERE member = ?1")?.execute([row])?;
    match kind {
        Kind::User => connection.prepare_cached("DELETE FROM directory_user WHERE resource = ?1")?.execute([row])?,
        Kind::Group => {
            connection.prepare_cached("DELETE FROM membership WHERE team = ?1")?.execute([row])?;
            connection.prepare_cached("DELETE FROM directory_group WHERE resource = ?1")?.execute([row])?
        }
    };
    connection.prepare_cached("DELETE FROM resource WHERE row = ?1")?.execute([row])?;
    unique::release(connection, row)?;
    transaction.count_resource(directory.directory, kind_code(kind), row, -1);
    Ok(())
}

/// Writes a directory user or group. Returns whether no unique index rejected it.
fn put_entity(
    connection: &Connection,
    directory: i64,
    row: i64,
    entity: &Entity,
    document: &Object,
) -> Result<bool, StoreError> {
    let bytes = |id: &str| rows::unprefixed(id).ok_or_else(|| rows::corrupt(id));
    let written = match entity {
        Entity::User(user) => {
            put_user(connection, directory, row, bytes(&user.id)?, user, document)?;
            return Ok(true);
        }
        Entity::Group(group) => connection
            .prepare_cached(
                "INSERT INTO directory_group VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (resource) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at",
            )?
            .execute(params![
                row,
                bytes(&group.id)?,
                directory,
                group.idp_id,
                group.name,
                group.created_at.as_millisecond(),
                group.updated_at.as_millisecond(),
            ]),
    };
    Ok(rows::unless_duplicate(written)?.is_some())
}

/// Writes a directory user. The indexed address is only written if it changed, so that its index stays untouched otherwise.
fn put_user(
    connection: &Connection,
    directory: i64,
    row: i64,
    id: [u8; 16],
    user: &DirectoryUser,
    document: &Object,
) -> Result<(), StoreError> {
    let (state, updated_at) = (rows::state_code(user.state), user.updated_at.as_millisecond());
    let address = email(document).map(|address| fold(&address));
    let updated = connection
        .prepare_cached("UPDATE directory_user SET state = ?2, updated_at = ?3 WHERE resource = ?1")?
        .execute(params![row, state, updated_at])?;
    if updated == 0 {
        connection.prepare_cached("INSERT INTO directory_user VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
            params![row, id, user.idp_id, state, user.created_at.as_millisecond(), updated_at, directory, address],
        )?;
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE directory_user SET email = ?2 WHERE resource = ?1 AND email IS NOT ?2")?
        .execute(params![row, address])?;
    Ok(())
}

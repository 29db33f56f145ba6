//! A command on a resource: load what it names, let [`crate::directory`] decide, write what comes out.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::super::{Expected, StoreError, Write, Written};
use super::rows::{self, kind_code};
use super::writer::Transaction;
use super::{log, members, read, unique};
use crate::directory::apply::{Claim, admit, apply};
use crate::directory::derive::derive;
use crate::directory::members::{needs, resolve};
use crate::directory::{ApplyContext, Entity, Outcome, Subject, UserState};
use crate::scim::attr::fold;
use crate::scim::resource::Kind;
use crate::store::columns::ColumnValues;

/// Carries out one write within the open savepoint.
pub(super) fn carry_out(transaction: &mut Transaction<'_>, write: &Write) -> Result<Written, StoreError> {
    let Write { directory: access, expected, command } = write;
    let renewed = transaction.renewed(access)?;
    let access = renewed.as_ref().unwrap_or(access);
    let (directory, organization) = transaction.directory_rows(&access.directory.id)?;
    let connection = transaction.connection;
    let kind = command.kind();
    let found = match command.id() {
        Some(id) => read::subject(connection, directory, kind, id)?,
        None => None,
    };
    let expected = match expected {
        Expected::Any => None,
        Expected::Version(version) => Some(*version),
    };
    admit(command, found.as_ref().map(|(_, subject)| &subject.resource), expected)?;
    let (row, subject) = found.map_or((None, None), |(row, subject)| (Some(row), Some(subject)));

    let members = members::load(connection, directory, row, &needs(command))?;
    let deltas = resolve(command, &members.loaded, access.rules, &access.schemas)?;
    let people = members::people(connection, directory, &deltas)?;
    let now = transaction.now();
    let context = ApplyContext {
        directory: &access.directory,
        rules: access.rules,
        schemas: &access.schemas,
        now,
        resource_id: transaction.mint(now),
        entity_id: transaction.mint(now),
    };
    let had = subject.as_ref().and_then(|subject| subject.entity.clone());
    let outcome = apply(subject, command, &deltas, |id| people.get(id).cloned(), &context)?;
    if !outcome.changed {
        let resource = outcome.subject.map(|subject| subject.resource);
        return Ok(Written { resource, dropped_members: deltas.dropped, events: 0 });
    }
    if let Some(claim) = &outcome.claim
        && is_taken(transaction, directory, claim, row)?
    {
        return Err(claim.taken().into());
    }
    let drafts = derive(&outcome.change);
    let row = write_rows(transaction, directory, kind, row, had.as_ref(), &outcome)?;
    if let (Some(row), Some(subject)) = (row, &outcome.subject) {
        members::write_deltas(connection, row, &deltas, &members.rows)?;
        if access.schemas.has_unique(kind) {
            let values = access.schemas.unique_values(kind, &subject.resource.document);
            unique::write_values(connection, directory, row, &values)?;
        }
    }
    log::append(transaction, organization, now, &drafts)?;
    let resource = outcome.subject.map(|subject| subject.resource);
    Ok(Written { resource, dropped_members: deltas.dropped, events: drafts.len() })
}

/// Whether somebody else has the name.
fn is_taken(
    transaction: &Transaction<'_>,
    directory: i64,
    claim: &Claim,
    own: Option<i64>,
) -> Result<bool, StoreError> {
    let (sql, name) = match claim {
        Claim::UserName(name) => {
            ("SELECT row FROM resource WHERE directory = ?1 AND kind = 0 AND name = ?2", fold(name))
        }
        Claim::GroupIdentity(id) => {
            ("SELECT resource FROM directory_group WHERE directory = ?1 AND idp_id = ?2", id.clone())
        }
    };
    let holder: Option<i64> =
        transaction.connection.prepare_cached(sql)?.query_row(params![directory, name], |row| row.get(0)).optional()?;
    Ok(holder.is_some() && holder != own)
}

/// Writes the rows of an outcome; gives the row number of the resource.
fn write_rows(
    transaction: &mut Transaction<'_>,
    directory: i64,
    kind: Kind,
    row: Option<i64>,
    had: Option<&Entity>,
    outcome: &Outcome,
) -> Result<Option<i64>, StoreError> {
    let row = match (row, &outcome.subject) {
        (None, Some(subject)) => Some(insert(transaction, directory, kind, subject)?),
        (Some(row), Some(subject)) => {
            update(transaction, kind, row, subject)?;
            Some(row)
        }
        (Some(row), None) => {
            delete(transaction, directory, kind, row)?;
            return Ok(Some(row));
        }
        (None, None) => None,
    };
    if let (Some(row), Some(subject)) = (row, &outcome.subject)
        && subject.entity.as_ref() != had
    {
        write_entity(transaction, directory, row, subject.entity.as_ref())?;
    }
    Ok(row)
}

fn insert(transaction: &mut Transaction<'_>, directory: i64, kind: Kind, subject: &Subject) -> Result<i64, StoreError> {
    let resource = &subject.resource;
    let ColumnValues { external_id, name, active } = ColumnValues::of(kind, &resource.document);
    let id = rows::id_bytes(&resource.id).ok_or_else(|| rows::corrupt(&resource.id))?;
    let created = resource.created.as_millisecond();
    let row = transaction
        .connection
        .prepare_cached("INSERT INTO resource VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .insert(params![
            id,
            directory,
            kind_code(kind),
            external_id,
            name,
            i64::try_from(resource.version).unwrap_or(i64::MAX),
            created,
            resource.last_modified.as_millisecond(),
            rows::document_text(&resource.document)?,
            active,
        ])?;
    transaction.note(directory, kind_code(kind), row, 1);
    Ok(row)
}

/// Rewrites a resource; the keys only where they changed, so that the indexes stay untouched otherwise.
fn update(transaction: &Transaction<'_>, kind: Kind, row: i64, subject: &Subject) -> Result<(), StoreError> {
    let resource = &subject.resource;
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
    connection
        .prepare_cached(
            "UPDATE resource SET external_id = ?2, name = ?3, active = ?4
             WHERE row = ?1 AND (external_id IS NOT ?2 OR name IS NOT ?3 OR active IS NOT ?4)",
        )?
        .execute(params![row, external_id, name, active])?;
    Ok(())
}

/// Takes a resource out of everything; groups that it was a member of are another version from then on.
fn delete(transaction: &mut Transaction<'_>, directory: i64, kind: Kind, row: i64) -> Result<(), StoreError> {
    let now = transaction.now().as_millisecond();
    let connection = transaction.connection;
    connection
        .prepare_cached(
            "UPDATE resource SET version = version + 1, last_modified = ?2
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
    transaction.note(directory, kind_code(kind), row, -1);
    Ok(())
}

fn write_entity(
    transaction: &Transaction<'_>,
    directory: i64,
    row: i64,
    entity: Option<&Entity>,
) -> Result<(), StoreError> {
    let connection = transaction.connection;
    let bytes = |id: &str| rows::unprefixed(id).ok_or_else(|| rows::corrupt(id));
    match entity {
        Some(Entity::User(user)) => connection
            .prepare_cached("INSERT OR REPLACE INTO directory_user VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                row,
                bytes(&user.id)?,
                user.idp_id,
                i64::from(user.state == UserState::Active),
                user.created_at.as_millisecond(),
                user.updated_at.as_millisecond(),
            ])?,
        Some(Entity::Group(group)) => connection
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
            ])?,
        None => connection.prepare_cached("DELETE FROM directory_user WHERE resource = ?1")?.execute([row])?,
    };
    Ok(())
}

/// Directory users by SCIM id.
pub(super) type DirectoryUsers = HashMap<String, crate::directory::UserWithProfile>;

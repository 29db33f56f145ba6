//! An administrative command in its four steps: [`needs`], [`load`], [`decide`], [`commit`].

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{Access, StoreError};
use super::transaction::Transaction;
use super::{event_streams, log, organizations, rows, unique, webhooks};
use crate::directory::address::{HostName, Label};
use crate::directory::administration::{
    AdminCommand, AdminError, AdminNeeds, AdminOutcome, AdminRows, AdminWrite, AdminWrites, ApiKeyState, decide, needs,
};
use crate::directory::{Directory, Settings, Token};

/// Runs a command within the open savepoint.
pub(super) fn run(transaction: &mut Transaction<'_>, command: &AdminCommand) -> Result<AdminOutcome, StoreError> {
    let rows = load(transaction.connection, &needs(command))?;
    let writes = transaction.with_source(|source| decide(command, rows, source))?;
    commit(transaction, writes)
}

/// Loads the rows that a command depends on.
fn load(connection: &Connection, needs: &AdminNeeds<'_>) -> Result<AdminRows, StoreError> {
    let mut loaded = AdminRows::default();
    if let Some(wanted) = needs.organizations {
        loaded.organizations = rows::organizations(connection, "o.id = ?1 OR o.name = ?1", Some(wanted))?;
    }
    if let Some(id) = needs.directories_of {
        loaded.directories = rows::directories_of(connection, id)?;
    }
    if let Some(id) = needs.directory {
        loaded.directory = rows::directory_by_id(connection, id)?.map(|(_, directory)| directory);
        loaded.live_tokens =
            rows::live_tokens(connection, id)?.into_iter().map(|live| live.token).collect::<Vec<Token>>();
    }
    if needs.oldest_directory {
        loaded.directory = rows::oldest_directory(connection)?;
    }
    if let Some(id) = needs.api_key {
        loaded.api_key = api_key(connection, id)?;
    }
    for domain in &needs.domains {
        let sql = "SELECT o.id FROM organization_domain d JOIN organization o ON o.row = d.organization
             WHERE d.domain = ?1";
        let owner: Option<String> = connection.prepare_cached(sql)?.query_row([domain], |row| row.get(0)).optional()?;
        loaded.domain_owners.extend(owner.map(|owner| ((*domain).to_owned(), owner)));
    }
    if let Some(id) = needs.external_id {
        let mut find = connection.prepare_cached("SELECT id FROM organization WHERE external_id = ?1")?;
        loaded.external_id_owner = find.query_row([id], |row| row.get(0)).optional()?;
    }
    if let Some(settings) = needs.addresses {
        let owner = |sql: &str, address: Option<&str>| -> Result<Option<String>, StoreError> {
            Ok(connection.prepare_cached(sql)?.query_row([address], |row| row.get(0)).optional()?)
        };
        let label = settings.label.as_ref().map(Label::as_str);
        loaded.label_owner = owner("SELECT id FROM directory WHERE label = ?1 OR external_key = ?1", label)?;
        loaded.host_owner =
            owner("SELECT id FROM directory WHERE host = ?1", settings.host.as_ref().map(HostName::as_str))?;
    }
    if let Some(command) = needs.webhook {
        loaded.webhooks = webhooks::load(connection, command)?;
    }
    if let Some(command) = needs.stream {
        loaded.streams = event_streams::load(connection, command)?;
    }
    Ok(loaded)
}

fn api_key(connection: &Connection, id: &str) -> Result<Option<ApiKeyState>, StoreError> {
    let mut find = connection.prepare_cached("SELECT revoked_at IS NOT NULL FROM api_key WHERE id = ?1")?;
    let revoked: Option<bool> = find.query_row([id], |row| row.get(0)).optional()?;
    Ok(revoked.map(|revoked| if revoked { ApiKeyState::Revoked } else { ApiKeyState::Live }))
}

/// Writes the rows in order, then the events.
fn commit(transaction: &mut Transaction<'_>, mut writes: AdminWrites) -> Result<AdminOutcome, StoreError> {
    for write in &writes.rows {
        let changed = write_row(transaction.connection, write)?;
        if matches!(write, AdminWrite::ExpireEvents { .. }) {
            writes.outcome.expired += changed;
        }
    }
    if let Some(organization) = &writes.organization {
        let organization = row_of(transaction.connection, "organization", organization)?;
        for event in &writes.events {
            log::append(transaction, organization, event.name, &event.data.to_string())?;
        }
    }
    if writes.rows.iter().any(AdminWrite::invalidates_caches) {
        rows::next_generation(transaction.connection)?;
        transaction.forget_directories();
    }
    Ok(writes.outcome)
}

/// Returns the row number of an organization or a directory.
fn row_of(connection: &Connection, table: &str, id: &str) -> Result<i64, StoreError> {
    let mut find = connection.prepare_cached(&format!("SELECT row FROM {table} WHERE id = ?1"))?;
    Ok(find.query_row([id], |row| row.get(0))?)
}

fn settings_text(settings: &Settings) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(rows::corrupt)
}

/// Writes a row. Returns the number of rows that changed.
fn write_row(connection: &Connection, write: &AdminWrite) -> Result<usize, StoreError> {
    let changed = match write {
        AdminWrite::InsertOrganization(organization) => organizations::insert(connection, organization)?,
        AdminWrite::UpdateOrganization(organization) => organizations::update(connection, organization)?,
        AdminWrite::DeleteOrganization { id, at } => organizations::delete(connection, id, *at)?,
        AdminWrite::InsertDirectory(directory) => insert_directory(connection, directory)?,
        AdminWrite::UpdateDirectory(directory) => {
            let Settings { label, host, .. } = &directory.settings;
            let sql = "UPDATE directory SET settings = ?2, updated_at = ?3, label = ?4, host = ?5 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![
                directory.id,
                settings_text(&directory.settings)?,
                directory.updated_at.as_millisecond(),
                label.as_ref().map(Label::as_str),
                host.as_ref().map(HostName::as_str),
            ])?
        }
        AdminWrite::DeleteDirectory(directory) => {
            let at = directory.updated_at.as_millisecond();
            connection
                .prepare_cached(
                    "UPDATE directory SET deleted_at = ?2, updated_at = ?2, label = NULL, host = NULL WHERE id = ?1",
                )?
                .execute(params![directory.id, at])?;
            event_streams::remove_of(connection, &directory.id)?
        }
        AdminWrite::RebuildUniqueValues(directory) => {
            rebuild_unique_values(connection, directory)?;
            0
        }
        AdminWrite::InsertToken { directory, token, digest } => {
            connection.prepare_cached("INSERT INTO token VALUES (NULL, ?1, ?2, ?3, ?4, ?5, NULL)")?.execute(params![
                token.id,
                row_of(connection, "directory", directory)?,
                digest,
                token.suffix,
                token.created_at.as_millisecond()
            ])?
        }
        AdminWrite::RevokeToken { id, at } => connection
            .prepare_cached("UPDATE token SET revoked_at = ?2 WHERE id = ?1")?
            .execute(params![id, at.as_millisecond()])?,
        AdminWrite::InsertApiKey { id, name, suffix, digest, created_at } => connection
            .prepare_cached("INSERT INTO api_key VALUES (NULL, ?1, ?2, ?3, ?4, ?5, NULL)")?
            .execute(params![id, name, digest, suffix, created_at.as_millisecond()])?,
        AdminWrite::RevokeApiKey { id, at } => connection
            .prepare_cached("UPDATE api_key SET revoked_at = ?2 WHERE id = ?1")?
            .execute(params![id, at.as_millisecond()])?,
        AdminWrite::Webhook(write) => webhooks::write(connection, write)?,
        AdminWrite::Stream(write) => event_streams::write(connection, write)?,
        // The caller repeats the command while it deletes as much as it may.
        AdminWrite::ExpireEvents { before } => {
            log::expire(connection, *before)?.max(event_streams::expire(connection, *before)?)
        }
        AdminWrite::SetServedAt(base_url) => {
            rows::set(connection, rows::SERVED_AT, base_url)?;
            1
        }
    };
    Ok(changed)
}

fn insert_directory(connection: &Connection, directory: &Directory) -> Result<usize, StoreError> {
    let organization = row_of(connection, "organization", &directory.organization_id)?;
    // The row of a deleted directory is not used again.
    let mut insert = connection.prepare_cached(
        "INSERT INTO directory (row, id, organization, name, external_key, settings, created_at, updated_at, label, host)
         VALUES (1 + max(ifnull((SELECT max(row) FROM directory), 0),
                 ifnull((SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'last_deleted_directory'), 0)),
             ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    Ok(insert.execute(params![
        directory.id,
        organization,
        directory.name,
        directory.external_key,
        settings_text(&directory.settings)?,
        directory.created_at.as_millisecond(),
        directory.updated_at.as_millisecond(),
        directory.settings.label.as_ref().map(Label::as_str),
        directory.settings.host.as_ref().map(HostName::as_str),
    ])?)
}

fn rebuild_unique_values(connection: &Connection, directory: &Directory) -> Result<(), StoreError> {
    let row = row_of(connection, "directory", &directory.id)?;
    let schemas = Access::of(directory.clone())?.schemas;
    match unique::rebuild(connection, row, &schemas)? {
        duplicates if duplicates.is_empty() => Ok(()),
        duplicates => Err(AdminError::DuplicateValues(duplicates).into()),
    }
}

//! An operator's orders: organizations, directories, tokens, keys.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::{AdminCommand, AdminOutcome, StoreError};
use super::writer::Transaction;
use super::{log, registry, rows, unique};
use crate::base::ids::prefixed;
use crate::base::seed::{ALPHANUMERIC, text};
use crate::base::{Secret, limits};
use crate::directory::derive::derive;
use crate::directory::{Change, Directory, DirectoryRef, Organization, Settings, Token};

/// Characters of an external key (as newer keys of WorkOS have), of a SCIM token and of an API key after its prefix:
/// 62 to the 40th is more than 2 to the 238th.
const EXTERNAL_KEY: usize = 16;
const TOKEN: usize = 48;
const API_KEY: usize = 40;
/// Characters of a secret by which people tell it from others.
const SUFFIX: usize = 4;

/// Carries out an command within the open savepoint.
pub(super) fn carry_out(transaction: &mut Transaction<'_>, command: &AdminCommand) -> Result<AdminOutcome, StoreError> {
    let outcome = match command {
        AdminCommand::AddOrganization { name } => {
            AdminOutcome { organization: Some(add_organization(transaction, name)?), ..AdminOutcome::default() }
        }
        AdminCommand::AddDirectory { organization, name, settings } => {
            add_directory(transaction, organization, name, settings)?
        }
        AdminCommand::SetDirectory { id, settings } => set_directory(transaction, id, settings)?,
        AdminCommand::RotateToken { directory, revoke_old } => rotate(transaction, directory, *revoke_old)?,
        AdminCommand::AddApiKey { name } => add_api_key(transaction, name)?,
        AdminCommand::RevokeApiKey { id } => revoke_api_key(transaction, id)?,
        AdminCommand::ServedAt { base_url } => {
            rows::set(transaction.connection, rows::SERVED_AT, base_url)?;
            return Ok(AdminOutcome::default());
        }
    };
    bump(transaction.connection)?;
    transaction.forget();
    Ok(outcome)
}

/// Tells every cache that directories, tokens or keys changed.
fn bump(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE setting SET value = value + 1 WHERE name = 'generation'")?.execute([])?;
    Ok(())
}

pub(super) fn add_organization(transaction: &mut Transaction<'_>, name: &str) -> Result<Organization, StoreError> {
    let now = transaction.now();
    let id = prefixed("org", transaction.mint(now));
    transaction
        .connection
        .prepare_cached("INSERT INTO organization VALUES (NULL, ?1, ?2, ?3, ?3)")?
        .execute(params![id, name, now.as_millisecond()])?;
    Ok(Organization { id, name: name.to_owned(), created_at: now, updated_at: now })
}

/// An organization by id, or by name where only one has it.
fn organization(connection: &Connection, wanted: &str) -> Result<(i64, Organization), StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT row, id, name, created_at, updated_at FROM organization WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC",
    )?;
    let found = find.query_map([wanted], |row| {
        let found = Organization {
            id: row.get(1)?,
            name: row.get(2)?,
            created_at: rows::at(row, 3)?,
            updated_at: rows::at(row, 4)?,
        };
        Ok((row.get(0)?, found))
    })?;
    let mut found: Vec<(i64, Organization)> = found.collect::<Result<_, _>>()?;
    let by_id = found.first().is_some_and(|(_, organization)| organization.id == wanted);
    if found.len() > 1 && !by_id {
        return Err(StoreError::Refused(format!(
            "{} organizations are called '{wanted}': name one by its id",
            found.len()
        )));
    }
    if found.is_empty() {
        return Err(StoreError::Unknown(format!("no organization has the id or the name '{wanted}'")));
    }
    Ok(found.swap_remove(0))
}

fn settings_text(settings: &Settings) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(rows::corrupt)
}

/// Makes a directory with its first token. The log says `dsync.activated`, then `dsync.token.created`.
pub(super) fn add_directory(
    transaction: &mut Transaction<'_>,
    wanted: &str,
    name: &str,
    settings: &Settings,
) -> Result<AdminOutcome, StoreError> {
    let (organization_row, organization) = organization(transaction.connection, wanted)?;
    let now = transaction.now();
    let directory = Directory {
        id: prefixed("directory", transaction.mint(now)),
        organization_id: organization.id.clone(),
        name: name.to_owned(),
        external_key: text(transaction.secrets, ALPHANUMERIC, EXTERNAL_KEY),
        settings: settings.clone(),
        created_at: now,
        updated_at: now,
    };
    let row = transaction
        .connection
        .prepare_cached("INSERT INTO directory VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?6)")?
        .insert(params![
            directory.id,
            organization_row,
            directory.name,
            directory.external_key,
            settings_text(settings)?,
            now.as_millisecond(),
        ])?;
    announce(transaction, organization_row, now, &Change::Activated(Box::new(directory.clone())))?;
    let secret = add_token(transaction, row, organization_row, &directory)?;
    Ok(AdminOutcome {
        organization: Some(organization),
        directory: Some(directory),
        secret: Some(secret),
        ..AdminOutcome::default()
    })
}

fn announce(
    transaction: &mut Transaction<'_>,
    organization: i64,
    now: Timestamp,
    change: &Change,
) -> Result<(), StoreError> {
    log::append(transaction, organization, now, &derive(change))
}

fn known(connection: &Connection, id: &str) -> Result<(i64, Directory), StoreError> {
    rows::directory_by_id(connection, id)?.ok_or_else(|| StoreError::Unknown(format!("no directory {id}")))
}

/// New settings of a directory. What a schema newly declares unique is asked of the resources that are there.
fn set_directory(transaction: &mut Transaction<'_>, id: &str, settings: &Settings) -> Result<AdminOutcome, StoreError> {
    let (row, directory) = known(transaction.connection, id)?;
    let before = directory.settings.schemas.clone();
    // Later than before in any case: by this time a write knows whether its settings are still true.
    let later = directory.updated_at.checked_add(SignedDuration::from_millis(1)).map_err(rows::corrupt)?;
    let now = transaction.now().max(later);
    let directory = Directory { settings: settings.clone(), updated_at: now, ..directory };
    transaction
        .connection
        .prepare_cached("UPDATE directory SET settings = ?2, updated_at = ?3 WHERE row = ?1")?
        .execute(params![row, settings_text(settings)?, now.as_millisecond()])?;
    if before != settings.schemas {
        unique::declare(transaction.connection, row, &*registry::schemas_of(&directory)?)?;
    }
    Ok(AdminOutcome { directory: Some(directory), ..AdminOutcome::default() })
}

/// A new token; of those that live only the newest stays with it, or none.
fn rotate(transaction: &mut Transaction<'_>, id: &str, revoke_old: bool) -> Result<AdminOutcome, StoreError> {
    let (row, directory) = known(transaction.connection, id)?;
    let (_, organization_row) = transaction.directory_rows(id)?;
    let stay = if revoke_old { 0 } else { limits::LIVE_TOKENS - 1 };
    let live: Vec<Token> = {
        let mut live = transaction.connection.prepare_cached(
            "SELECT id, suffix, created_at FROM token WHERE directory = ?1 AND revoked_at IS NULL ORDER BY row DESC",
        )?;
        let live = live.query_map([row], |row| {
            Ok(Token { id: row.get(0)?, suffix: row.get(1)?, created_at: rows::at(row, 2)? })
        })?;
        live.collect::<Result<_, _>>()?
    };
    let now = transaction.now();
    for token in live.into_iter().skip(stay) {
        transaction
            .connection
            .prepare_cached("UPDATE token SET revoked_at = ?2 WHERE id = ?1")?
            .execute(params![token.id, now.as_millisecond()])?;
        announce(transaction, organization_row, now, &Change::TokenRevoked(DirectoryRef::from(&directory), token))?;
    }
    let secret = add_token(transaction, row, organization_row, &directory)?;
    Ok(AdminOutcome { directory: Some(directory), secret: Some(secret), ..AdminOutcome::default() })
}

/// Mints a token; what is kept of it is its digest and its last four characters.
fn add_token(
    transaction: &mut Transaction<'_>,
    row: i64,
    organization: i64,
    directory: &Directory,
) -> Result<Secret, StoreError> {
    let now = transaction.now();
    let value = text(transaction.secrets, ALPHANUMERIC, TOKEN);
    let suffix = suffix(&value);
    let secret = Secret::new(value);
    let token = Token { id: prefixed("directory_token", transaction.mint(now)), suffix, created_at: now };
    transaction
        .connection
        .prepare_cached("INSERT INTO token VALUES (NULL, ?1, ?2, ?3, ?4, ?5, NULL)")?
        .execute(params![token.id, row, secret.digest(), token.suffix, now.as_millisecond()])?;
    announce(transaction, organization, now, &Change::TokenCreated(DirectoryRef::from(directory), token))?;
    Ok(secret)
}

fn suffix(secret: &str) -> String {
    secret.get(secret.len().saturating_sub(SUFFIX)..).unwrap_or_default().to_owned()
}

/// Mints an API key.
pub(super) fn add_api_key(transaction: &mut Transaction<'_>, name: &str) -> Result<AdminOutcome, StoreError> {
    let now = transaction.now();
    let id = prefixed("api_key", transaction.mint(now));
    let value = format!("sk_{}", text(transaction.secrets, ALPHANUMERIC, API_KEY));
    let suffix = suffix(&value);
    let secret = Secret::new(value);
    transaction
        .connection
        .prepare_cached("INSERT INTO api_key VALUES (NULL, ?1, ?2, ?3, ?4, ?5, NULL)")?
        .execute(params![id, name, secret.digest(), suffix, now.as_millisecond()])?;
    Ok(AdminOutcome { secret: Some(secret), id: Some(id), ..AdminOutcome::default() })
}

fn revoke_api_key(transaction: &mut Transaction<'_>, id: &str) -> Result<AdminOutcome, StoreError> {
    let revoked: Option<Option<i64>> = transaction
        .connection
        .prepare_cached("SELECT revoked_at FROM api_key WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match revoked {
        None => Err(StoreError::Unknown(format!("no API key {id}"))),
        Some(Some(_)) => Err(StoreError::Refused(format!("the API key {id} is revoked already"))),
        Some(None) => {
            let now = transaction.now().as_millisecond();
            transaction
                .connection
                .prepare_cached("UPDATE api_key SET revoked_at = ?2 WHERE id = ?1")?
                .execute(params![id, now])?;
            Ok(AdminOutcome { id: Some(id.to_owned()), ..AdminOutcome::default() })
        }
    }
}

/// Everything that the first start of a server makes.
pub(super) fn make_first(transaction: &mut Transaction<'_>) -> Result<(AdminOutcome, AdminOutcome), StoreError> {
    let organization = add_organization(transaction, "Example Organization")?;
    let directory = add_directory(transaction, &organization.id, "Okta", &Settings::default())?;
    let key = add_api_key(transaction, "first key")?;
    bump(transaction.connection)?;
    Ok((directory, key))
}

//! Conversions between rows and types.

use jiff::Timestamp;
use rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
use rusqlite::{Connection, OptionalExtension, Row, params};
use ulid::Ulid;

use super::super::{ApiKey, LiveToken, StoreError};
use crate::base::ids::prefixed;
use crate::directory::model::{OrganizationDomain, Token};
use crate::directory::{
    Directory, DirectoryGroup, DirectoryState, DirectoryUser, Entity, Organization, Settings, UserState,
};
use crate::scim::Object;
use crate::scim::resource::{Kind, Resource};

/// The setting with the URL at which the store is served.
pub(super) const SERVED_AT: &str = "served_at";

/// The setting with position and ID of the last event that was deleted because of its age.
pub(super) const EVENT_HORIZON: &str = "event_horizon";

/// The setting with which cursors are sealed.
pub(super) const CURSOR_KEY: &str = "cursor_key";

/// Returns the error for stored data that cannot be read.
pub(super) fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Backend(format!("stored data cannot be read: {what}"))
}

pub(super) const fn kind_code(kind: Kind) -> i64 {
    match kind {
        Kind::User => 0,
        Kind::Group => 1,
    }
}

pub(super) const fn kind_of(code: i64) -> Kind {
    if code == 0 { Kind::User } else { Kind::Group }
}

/// Parses an ID that a client sent. Returns `None` unless it has the exact form of our IDs, letter case included.
pub(super) fn id_bytes(id: &str) -> Option<[u8; 16]> {
    let ulid = Ulid::from_string(id).ok()?;
    let mut buffer = [0; ulid::ULID_LEN];
    (ulid.array_to_str(&mut buffer) == id).then(|| ulid.to_bytes())
}

pub(super) fn id_text(bytes: [u8; 16]) -> String {
    Ulid::from_bytes(bytes).to_string()
}

/// Parses an ID with a prefix, such as `directory_user_…`.
pub(super) fn unprefixed(id: &str) -> Option<[u8; 16]> {
    id.rsplit_once('_').and_then(|(_, ulid)| id_bytes(ulid))
}

pub(super) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let millis: i64 = row.get(column)?;
    Ok(Timestamp::from_millisecond(millis).unwrap_or_default())
}

pub(super) fn document(text: &str) -> Result<Object, StoreError> {
    serde_json::from_str(text).map_err(corrupt)
}

pub(super) fn document_text(document: &Object) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(corrupt)
}

/// The columns that [`resource`] reads from the table `r`.
pub(super) const RESOURCE: &str = "r.row, r.id, r.kind, r.version, r.created_at, r.last_modified, r.document";

/// Reads the row number and the resource from the columns [`RESOURCE`].
pub(super) fn resource(row: &Row<'_>) -> Result<(i64, Resource), StoreError> {
    let version: i64 = row.get(3)?;
    let resource = Resource {
        id: id_text(row.get(1)?),
        kind: kind_of(row.get(2)?),
        version: u64::try_from(version).unwrap_or_default(),
        created: at(row, 4)?,
        last_modified: at(row, 5)?,
        document: document(row.get_ref(6)?.as_str().map_err(corrupt)?)?,
    };
    Ok((row.get(0)?, resource))
}

/// Reads the directory user or group of the resource at `row`.
pub(super) fn entity(connection: &Connection, kind: Kind, row: i64) -> Result<Option<Entity>, StoreError> {
    Ok(match kind {
        Kind::User => connection
            .prepare_cached("SELECT id, idp_id, state, created_at, updated_at FROM directory_user WHERE resource = ?1")?
            .query_row([row], |row| directory_user(row, 0))
            .optional()?
            .map(Entity::User),
        Kind::Group => connection
            .prepare_cached("SELECT id, idp_id, name, created_at, updated_at FROM directory_group WHERE resource = ?1")?
            .query_row([row], directory_group)
            .optional()?
            .map(Entity::Group),
    })
}

/// The code of [`UserState::Retained`]. Such a user is not shown: queries name the code.
const RETAINED: i64 = 2;

/// Returns the code of a state.
pub(super) const fn state_code(state: UserState) -> i64 {
    match state {
        UserState::Inactive => 0,
        UserState::Active => 1,
        UserState::Retained => RETAINED,
    }
}

/// Reads a directory user from five columns, the first at `from`.
pub(super) fn directory_user(row: &Row<'_>, from: usize) -> rusqlite::Result<DirectoryUser> {
    let state: i64 = row.get(from + 2)?;
    Ok(DirectoryUser {
        id: prefixed("directory_user", Ulid::from_bytes(row.get(from)?)),
        idp_id: row.get(from + 1)?,
        state: match state {
            1 => UserState::Active,
            RETAINED => UserState::Retained,
            _ => UserState::Inactive,
        },
        created_at: at(row, from + 3)?,
        updated_at: at(row, from + 4)?,
    })
}

/// Reads a directory group from the first five columns.
pub(super) fn directory_group(row: &Row<'_>) -> rusqlite::Result<DirectoryGroup> {
    Ok(DirectoryGroup {
        id: prefixed("directory_group", Ulid::from_bytes(row.get(0)?)),
        idp_id: row.get(1)?,
        name: row.get(2)?,
        created_at: at(row, 3)?,
        updated_at: at(row, 4)?,
    })
}

pub(super) fn setting(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut read = connection.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
    Ok(read.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn set(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?
        .execute([name, value])?;
    Ok(())
}

/// Writes a setting as it is, for a commit that changes nothing.
pub(super) fn touch(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE setting SET value = value WHERE name = 'generation'")?.execute([])?;
    Ok(())
}

/// Returns the generation, which counts the changes of directories, tokens and API keys.
pub(super) fn generation(connection: &Connection) -> Result<String, StoreError> {
    setting(connection, "generation")?.ok_or_else(|| corrupt("no generation"))
}

/// Increments the generation, so that every cache reads directories, tokens and API keys again.
pub(super) fn next_generation(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE setting SET value = value + 1 WHERE name = 'generation'")?.execute([])?;
    Ok(())
}

/// Turns the rejection of a unique index into `None`.
pub(super) fn unless_duplicate<T>(result: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.extended_code == SQLITE_CONSTRAINT_UNIQUE => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The columns that [`directory`] reads from [`FROM_DIRECTORY`].
pub(super) const DIRECTORY: &str =
    "d.id, o.id, d.name, d.external_key, d.settings, d.created_at, d.updated_at, d.row, d.deleted_at";

/// Directories with their organizations.
pub(super) const FROM_DIRECTORY: &str = "directory d JOIN organization o ON o.row = d.organization";

/// Returns the statement that selects directories.
fn select_directories(rest: &str) -> String {
    format!("SELECT {DIRECTORY} FROM {FROM_DIRECTORY} {rest}")
}

/// Reads a directory and its row number.
pub(super) fn directory(row: &Row<'_>) -> Result<(i64, Directory), StoreError> {
    let settings: String = row.get(4)?;
    let directory = Directory {
        id: row.get(0)?,
        organization_id: row.get(1)?,
        name: row.get(2)?,
        external_key: row.get(3)?,
        state: if row.get::<_, Option<i64>>(8)?.is_some() { DirectoryState::Deleting } else { DirectoryState::Linked },
        settings: serde_json::from_str::<Settings>(&settings).map_err(corrupt)?,
        created_at: at(row, 5)?,
        updated_at: at(row, 6)?,
    };
    Ok((row.get(7)?, directory))
}

/// Reads all directories with their row numbers, oldest first.
pub(super) fn directories(connection: &Connection) -> Result<Vec<(i64, Directory)>, StoreError> {
    let mut all = connection.prepare_cached(&select_directories("ORDER BY d.row"))?;
    all.query_and_then([], directory)?.collect()
}

/// Reads the directories of an organization, oldest first.
pub(super) fn directories_of(connection: &Connection, organization: &str) -> Result<Vec<Directory>, StoreError> {
    let mut all = connection.prepare_cached(&select_directories("WHERE o.id = ?1 ORDER BY d.id"))?;
    all.query_and_then([organization], |row| directory(row).map(|(_, directory)| directory))?.collect()
}

/// Finds the directory that was created first.
pub(super) fn oldest_directory(connection: &Connection) -> Result<Option<Directory>, StoreError> {
    let mut oldest =
        connection.prepare_cached(&select_directories("WHERE d.deleted_at IS NULL ORDER BY d.row LIMIT 1"))?;
    let found = oldest.query_and_then([], directory)?.next().transpose()?;
    Ok(found.map(|(_, directory)| directory))
}

/// Finds a directory by its row number.
pub(super) fn directory_by_row(connection: &Connection, row: i64) -> Result<Option<Directory>, StoreError> {
    let mut one = connection.prepare_cached(&select_directories("WHERE d.row = ?1"))?;
    Ok(one.query_and_then([row], directory)?.next().transpose()?.map(|(_, directory)| directory))
}

/// Finds a directory and its row number.
pub(super) fn directory_by_id(connection: &Connection, id: &str) -> Result<Option<(i64, Directory)>, StoreError> {
    let mut one = connection.prepare_cached(&select_directories("WHERE d.id = ?1"))?;
    one.query_and_then([id], directory)?.next().transpose()
}

/// The columns that [`organization`] reads from the table `o`.
pub(super) const ORGANIZATION: &str = "o.id, o.name, o.external_id, o.details, o.created_at, o.updated_at, o.row";

/// Reads an organization with its domains.
pub(super) fn organization(connection: &Connection, row: &Row<'_>) -> Result<Organization, StoreError> {
    let details = serde_json::from_str(row.get_ref(3)?.as_str().map_err(corrupt)?).map_err(corrupt)?;
    let mut domains = connection.prepare_cached(
        "SELECT id, domain, state, created_at, updated_at FROM organization_domain WHERE organization = ?1 ORDER BY row",
    )?;
    let domains = domains.query_and_then([row.get::<_, i64>(6)?], |row| -> Result<_, StoreError> {
        let state = serde_json::from_value(row.get::<_, String>(2)?.into()).map_err(corrupt)?;
        let (id, domain) = (row.get(0)?, row.get(1)?);
        Ok(OrganizationDomain { id, domain, state, created_at: at(row, 3)?, updated_at: at(row, 4)? })
    })?;
    Ok(Organization {
        id: row.get(0)?,
        name: row.get(1)?,
        domains: domains.collect::<Result<_, _>>()?,
        external_id: row.get(2)?,
        details,
        created_at: at(row, 4)?,
        updated_at: at(row, 5)?,
    })
}

/// Reads the organizations that satisfy a condition on `o` and were not removed, oldest first.
pub(super) fn organizations(
    connection: &Connection,
    condition: &str,
    value: Option<&str>,
) -> Result<Vec<Organization>, StoreError> {
    let sql = format!(
        "SELECT {ORGANIZATION} FROM organization o WHERE o.deleted_at IS NULL AND ({condition}) ORDER BY o.row"
    );
    let mut all = connection.prepare_cached(&sql)?;
    let all = all.query_and_then(rusqlite::params_from_iter(value), |row| organization(connection, row))?;
    all.collect()
}

/// Reads all API keys, oldest first, including revoked ones.
pub(super) fn api_keys(connection: &Connection) -> Result<Vec<ApiKey>, StoreError> {
    let mut all =
        connection.prepare_cached("SELECT id, name, suffix, created_at, revoked_at FROM api_key ORDER BY row")?;
    let all = all.query_map([], |row| {
        let revoked: Option<i64> = row.get(4)?;
        Ok(ApiKey {
            id: row.get(0)?,
            name: row.get(1)?,
            suffix: row.get(2)?,
            created_at: at(row, 3)?,
            revoked_at: revoked.map(|millis| Timestamp::from_millisecond(millis).unwrap_or_default()),
        })
    })?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// Reads the live tokens of a directory, newest first, each with its last use.
pub(super) fn live_tokens(connection: &Connection, directory: &str) -> Result<Vec<LiveToken>, StoreError> {
    let mut live = connection.prepare_cached(
        "SELECT t.id, t.suffix, t.created_at, u.last_used_at
         FROM token t JOIN directory d ON d.row = t.directory LEFT JOIN token_use u ON u.token = t.row
         WHERE d.id = ?1 AND t.revoked_at IS NULL ORDER BY t.row DESC",
    )?;
    let live = live.query_map(params![directory], |row| {
        let used: Option<i64> = row.get(3)?;
        let last_used_at = used.map(|_| at(row, 3)).transpose()?;
        let token = Token { id: row.get(0)?, suffix: row.get(1)?, created_at: at(row, 2)? };
        Ok(LiveToken { token, last_used_at })
    })?;
    Ok(live.collect::<Result<_, _>>()?)
}

/// Reads the digests of the live API keys.
pub(super) fn live_api_keys(connection: &Connection) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut live = connection.prepare_cached("SELECT digest FROM api_key WHERE revoked_at IS NULL")?;
    let live = live.query_map([], |row| row.get(0))?;
    Ok(live.collect::<Result<_, _>>()?)
}

//! Pages of directory users, directory groups and directories, each read from an index in its order.

use std::collections::HashMap;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::super::objects::{
    Cursor, DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery, ObjectPage, ObjectRange, OrganizationQuery,
    StoredGroup, StoredUser,
};
use super::super::{AdminError, StoreError};
use super::blocks::BLOCK;
use super::{event_streams, relations, rows, webhooks};
use crate::base::limits;
use crate::directory::profile::Profile;
use crate::directory::webhook::{StoredAttempt, WebhookEndpoint};
use crate::directory::{Directory, DirectoryRef, DirectoryState, Organization, UserWithProfile};
use crate::scim::attr::fold;

/// The rendered size of an object without its document, in bytes.
const OBJECT_BYTES: usize = 700;

/// A SELECT in the making: conditions and their values in the same order.
#[derive(Debug)]
struct Select {
    columns: &'static str,
    from: String,
    conditions: Vec<String>,
    values: Vec<Sql>,
    /// The column that orders the list. A cursor is a value of it.
    key: &'static str,
}

impl Select {
    fn new(columns: &'static str, from: impl Into<String>, key: &'static str) -> Self {
        Self { columns, from: from.into(), conditions: Vec::new(), values: Vec::new(), key }
    }

    fn only(&mut self, condition: impl Into<String>, values: impl IntoIterator<Item = Sql>) {
        self.conditions.push(condition.into());
        self.values.extend(values);
    }

    /// Returns the page that `range` describes. `key_of` turns a cursor into a value of the key; `read` turns a row into an
    /// object, its id and its size in bytes.
    fn page<T>(
        mut self,
        connection: &Connection,
        range: &ObjectRange,
        key_of: impl FnOnce(&str) -> Result<Sql, StoreError>,
        mut read: impl FnMut(&Row<'_>) -> Result<(T, String, usize), StoreError>,
    ) -> Result<ObjectPage<T>, StoreError> {
        // A page before a cursor is read backwards from it.
        let is_backwards = matches!(range.cursor, Some(Cursor::Before(_)));
        let is_descending = range.descending != is_backwards;
        if let Some(Cursor::After(id) | Cursor::Before(id)) = &range.cursor {
            let key = key_of(id)?;
            self.only(format!("{} {} ?", self.key, if is_descending { "<" } else { ">" }), [key]);
        }
        let conditions = self.conditions.join(" AND ");
        let filter = if conditions.is_empty() { String::new() } else { format!("WHERE {conditions}") };
        // One more than the page holds, to see whether another follows.
        let (order, limit) = (if is_descending { "DESC" } else { "ASC" }, range.limit.saturating_add(1));
        let Self { columns, from, key, .. } = &self;
        let sql = format!("SELECT {columns} FROM {from} {filter} ORDER BY {key} {order} LIMIT {limit}");
        let mut select = connection.prepare_cached(&sql)?;
        let mut found = select.query(params_from_iter(self.values))?;
        let (mut page, mut ids, mut is_full) = (ObjectPage::default(), Vec::new(), false);
        while let Some(row) = found.next()? {
            let (object, id, bytes) = read(row)?;
            is_full = ids.len() == range.limit || (!ids.is_empty() && page.bytes + bytes > limits::PAGE_BYTES);
            if is_full {
                break;
            }
            page.bytes += bytes;
            page.objects.push(object);
            ids.push(id);
        }
        if is_backwards {
            page.objects.reverse();
            ids.reverse();
        }
        let (has_before, has_after) = match range.cursor {
            None => (false, is_full),
            Some(Cursor::After(_)) => (true, is_full),
            Some(Cursor::Before(_)) => (is_full, true),
        };
        page.before = ids.first().filter(|_| has_before).cloned();
        page.after = ids.last().filter(|_| has_after).cloned();
        Ok(page)
    }
}

fn unknown(id: &str) -> StoreError {
    StoreError::Cursor(id.to_owned())
}

/// Parses a cursor that is an id with this prefix. The object need not exist any more, because ids are in list order.
fn id_key(prefix: &'static str) -> impl FnOnce(&str) -> Result<Sql, StoreError> {
    move |id| bytes_of(id, prefix).map(|bytes| Sql::Blob(bytes.to_vec())).ok_or_else(|| unknown(id))
}

/// As [`id_key`], where the whole id is stored.
fn text_key(prefix: &'static str) -> impl FnOnce(&str) -> Result<Sql, StoreError> {
    move |id| bytes_of(id, prefix).map(|_| Sql::Text(id.to_owned())).ok_or_else(|| unknown(id))
}

/// Returns the bytes of an id with this prefix.
fn bytes_of(id: &str, prefix: &str) -> Option<[u8; 16]> {
    id.strip_prefix(prefix)?.strip_prefix('_').and_then(rows::id_bytes)
}

const USER_PREFIX: &str = "directory_user";
const GROUP_PREFIX: &str = "directory_group";

/// The columns that [`Directories::user`] reads.
const USER: &str = "u.id, u.idp_id, u.state, u.created_at, u.updated_at, r.document, u.directory, u.resource";
/// The columns that [`Directories::group`] reads.
const GROUP: &str = "g.id, g.idp_id, g.name, g.created_at, g.updated_at, g.directory";

/// Leaves out retained users (state 2), and the users of directories that are being deleted.
const LIVE_USER: &str = "CROSS JOIN directory d ON d.row = u.directory AND d.deleted_at IS NULL AND u.state <> 2";
/// Leaves out the groups of directories that are being deleted.
const LIVE_GROUP: &str = "CROSS JOIN directory d ON d.row = g.directory AND d.deleted_at IS NULL";

/// Reads objects with their directories, each directory once.
struct Directories<'c> {
    connection: &'c Connection,
    known: HashMap<i64, DirectoryRef>,
}

impl<'c> Directories<'c> {
    fn new(connection: &'c Connection) -> Self {
        Self { connection, known: HashMap::new() }
    }

    fn of(&mut self, row: i64) -> Result<DirectoryRef, StoreError> {
        if let Some(known) = self.known.get(&row) {
            return Ok(known.clone());
        }
        let found = rows::directory_by_row(self.connection, row)?;
        let found = DirectoryRef::from(&found.ok_or_else(|| rows::corrupt("a directory user without directory"))?);
        self.known.insert(row, found.clone());
        Ok(found)
    }

    fn user(&mut self, row: &Row<'_>) -> Result<(StoredUser, String, usize), StoreError> {
        let text = row.get_ref(5)?.as_str().map_err(rows::corrupt)?;
        let directory = self.of(row.get(6)?)?;
        let profile = Profile::of(&rows::document(text)?, &directory.users);
        let groups = if directory.users.roles.is_empty() {
            Vec::new()
        } else {
            relations::group_identities(self.connection, row.get(7)?, None)?
        };
        let user = UserWithProfile { row: rows::directory_user(row, 0)?, profile, groups };
        let (id, bytes) = (user.row.id.clone(), text.len() + OBJECT_BYTES);
        Ok((StoredUser { directory, user }, id, bytes))
    }

    fn group(&mut self, row: &Row<'_>) -> Result<(StoredGroup, String, usize), StoreError> {
        let group = rows::directory_group(row)?;
        let (id, bytes) = (group.id.clone(), 2 * group.name.len() + OBJECT_BYTES);
        Ok((StoredGroup { directory: self.of(row.get(5)?)?, group }, id, bytes))
    }
}

/// Returns a page of directory users.
pub(super) fn users(connection: &Connection, query: &DirectoryUserQuery) -> Result<ObjectPage<StoredUser>, StoreError> {
    let directory = query.directory.as_deref().map(|id| directory_row(connection, id)).transpose()?;
    let group = query.group.as_deref().map(|id| resource_of(connection, id, GROUP_PREFIX)).transpose()?;
    let mut read = Directories::new(connection);
    let mut take = |row: &Row<'_>| read.user(row);
    if let (Some(directory), true) = (directory, query.idp_id.is_some() || query.email.is_some()) {
        // Few users have an address or an identity: all are found, then sorted.
        let index = if query.idp_id.is_some() { "directory_user_by_idp_id" } else { "directory_user_by_email" };
        let from = format!(
            "block b CROSS JOIN directory_user u INDEXED BY {index} ON u.resource / {BLOCK} = +b.block
             JOIN resource r ON r.row = u.resource {LIVE_USER}"
        );
        let mut select = Select::new(USER, from, "u.id");
        select.only("b.directory = ? AND b.kind = 0 AND u.directory = ?", [directory, directory].map(Sql::Integer));
        if let Some(idp_id) = &query.idp_id {
            select.only("u.idp_id = ?", [Sql::Text(idp_id.clone())]);
        }
        if let Some(email) = &query.email {
            select.only("u.email = ?", [Sql::Text(fold(email))]);
        }
        if let Some(group) = group {
            select.only(
                "EXISTS (SELECT 1 FROM membership m WHERE m.team = ? AND m.member = u.resource)",
                [Sql::Integer(group)],
            );
        }
        return select.page(connection, &query.range, id_key(USER_PREFIX), take);
    }
    if let Some(group) = group {
        let from = format!(
            "membership m INDEXED BY membership_by_team CROSS JOIN directory_user u ON u.resource = m.member
             CROSS JOIN resource r ON r.row = u.resource {LIVE_USER}"
        );
        let mut select = Select::new(USER, from, "m.member");
        select.only("m.team = ?", [Sql::Integer(group)]);
        if let Some(directory) = directory {
            select.only("u.directory = ?", [Sql::Integer(directory)]);
        }
        return select.page(connection, &query.range, row_key(connection, USER_PREFIX), take);
    }
    let index = if directory.is_some() { "directory_user_in_order" } else { "directory_user_by_id" };
    let from = format!("directory_user u INDEXED BY {index} CROSS JOIN resource r ON r.row = u.resource {LIVE_USER}");
    let mut select = Select::new(USER, from, "u.id");
    if let Some(directory) = directory {
        select.only("u.directory = ?", [Sql::Integer(directory)]);
    }
    select.page(connection, &query.range, id_key(USER_PREFIX), &mut take)
}

/// Returns a page of directory groups.
pub(super) fn groups(
    connection: &Connection,
    query: &DirectoryGroupQuery,
) -> Result<ObjectPage<StoredGroup>, StoreError> {
    let directory = query.directory.as_deref().map(|id| directory_row(connection, id)).transpose()?;
    let user = query.user.as_deref().map(|id| resource_of(connection, id, USER_PREFIX)).transpose()?;
    let mut read = Directories::new(connection);
    let take = |row: &Row<'_>| read.group(row);
    if let Some(user) = user {
        let from = format!(
            "membership m INDEXED BY membership_by_member CROSS JOIN directory_group g ON g.resource = m.team {LIVE_GROUP}"
        );
        let mut select = Select::new(GROUP, from, "m.team");
        select.only("m.member = ?", [Sql::Integer(user)]);
        if let Some(directory) = directory {
            select.only("g.directory = ?", [Sql::Integer(directory)]);
        }
        return select.page(connection, &query.range, row_key(connection, GROUP_PREFIX), take);
    }
    let index = if directory.is_some() { "directory_group_in_order" } else { "directory_group_by_id" };
    let mut select = Select::new(GROUP, format!("directory_group g INDEXED BY {index} {LIVE_GROUP}"), "g.id");
    if let Some(directory) = directory {
        select.only("g.directory = ?", [Sql::Integer(directory)]);
    }
    select.page(connection, &query.range, id_key(GROUP_PREFIX), take)
}

/// Returns a page of directories.
pub(super) fn directories(
    connection: &Connection,
    query: &DirectoryQuery,
) -> Result<ObjectPage<Directory>, StoreError> {
    let mut select = Select::new(rows::DIRECTORY, rows::FROM_DIRECTORY, "d.id");
    if let Some(organization) = &query.organization_id {
        select.only("d.organization = (SELECT row FROM organization WHERE id = ?)", [Sql::Text(organization.clone())]);
    }
    if let Some(domain) = &query.domain {
        select.only(
            "d.organization = (SELECT organization FROM organization_domain WHERE domain = ?)",
            [Sql::Text(domain.to_lowercase())],
        );
    }
    if let Some(text) = &query.search {
        select.only("instr(lower(d.name), lower(?)) > 0", [Sql::Text(text.clone())]);
    }
    select.page(connection, &query.range, text_key("directory"), |row| {
        let (_, directory) = rows::directory(row)?;
        let id = directory.id.clone();
        Ok((directory, id, OBJECT_BYTES))
    })
}

/// Returns a page of organizations.
pub(super) fn organizations(
    connection: &Connection,
    query: &OrganizationQuery,
) -> Result<ObjectPage<Organization>, StoreError> {
    let mut select = Select::new(rows::ORGANIZATION, "organization o", "o.id");
    select.only("o.deleted_at IS NULL", []);
    if !query.domains.is_empty() {
        let places = vec!["?"; query.domains.len()].join(", ");
        select.only(
            format!("o.row IN (SELECT organization FROM organization_domain WHERE domain IN ({places}))"),
            query.domains.iter().map(|domain| Sql::Text(domain.to_lowercase())),
        );
    }
    if let Some(text) = &query.search {
        select.only("instr(lower(o.name), lower(?)) > 0", [Sql::Text(text.clone())]);
    }
    select.page(connection, &query.range, text_key("org"), |row| {
        let organization = rows::organization(connection, row)?;
        let details = organization.details.metadata.values().map(String::len).sum::<usize>();
        let (id, bytes) = (organization.id.clone(), OBJECT_BYTES * (1 + organization.domains.len()) + details);
        Ok((organization, id, bytes))
    })
}

/// Returns a page of webhook endpoints.
pub(super) fn webhooks(
    connection: &Connection,
    range: &ObjectRange,
) -> Result<ObjectPage<WebhookEndpoint>, StoreError> {
    let select = Select::new(webhooks::ENDPOINT, "webhook_endpoint", "id");
    select.page(connection, range, text_key("we"), |row| {
        let endpoint = webhooks::endpoint(row)?;
        let (id, bytes) = (endpoint.id.clone(), endpoint.url.len() + OBJECT_BYTES);
        Ok((endpoint, id, bytes))
    })
}

/// Returns a page of the attempts of a webhook endpoint or of an event stream.
pub(super) fn attempts(
    connection: &Connection,
    endpoint: &str,
    range: &ObjectRange,
) -> Result<ObjectPage<StoredAttempt>, StoreError> {
    let is_known =
        webhooks::find(connection, endpoint)?.is_some() || event_streams::find(connection, endpoint)?.is_some();
    if !is_known {
        return Err(AdminError::UnknownWebhook(endpoint.to_owned()).into());
    }
    let mut select = Select::new(webhooks::ATTEMPT, "webhook_attempt INDEXED BY webhook_attempt_in_order", "id");
    select.only("endpoint = ?", [Sql::Text(endpoint.to_owned())]);
    select.page(connection, range, text_key("webhook_attempt"), |row| {
        let found = webhooks::attempt(row)?;
        let (id, bytes) = (found.id.clone(), found.attempt.response.len() + OBJECT_BYTES);
        Ok((found, id, bytes))
    })
}

/// Finds a directory user.
pub(super) fn user(connection: &Connection, id: &str) -> Result<Option<StoredUser>, StoreError> {
    let Some(bytes) = bytes_of(id, USER_PREFIX) else { return Ok(None) };
    let sql = format!(
        "SELECT {USER} FROM directory_user u CROSS JOIN resource r ON r.row = u.resource {LIVE_USER} WHERE u.id = ?1"
    );
    let mut find = connection.prepare_cached(&sql)?;
    let mut found = find.query([bytes])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Directories::new(connection).user(row).map(|(user, ..)| Some(user))
}

/// Finds a directory group.
pub(super) fn group(connection: &Connection, id: &str) -> Result<Option<StoredGroup>, StoreError> {
    let Some(bytes) = bytes_of(id, GROUP_PREFIX) else { return Ok(None) };
    let mut find =
        connection.prepare_cached(&format!("SELECT {GROUP} FROM directory_group g {LIVE_GROUP} WHERE g.id = ?1"))?;
    let mut found = find.query([bytes])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Directories::new(connection).group(row).map(|(group, ..)| Some(group))
}

fn directory_row(connection: &Connection, id: &str) -> Result<i64, StoreError> {
    let found = rows::directory_by_id(connection, id)?;
    let found = found.filter(|(_, directory)| directory.state == DirectoryState::Linked);
    found.map(|(row, _)| row).ok_or_else(|| StoreError::Unknown(format!("no directory has the ID {id}")))
}

/// Returns the row of the SCIM resource of a directory user or group.
fn resource_of(connection: &Connection, id: &str, prefix: &'static str) -> Result<i64, StoreError> {
    let missing = || StoreError::Unknown(format!("no {} has the ID {id}", prefix.replace('_', " ")));
    let bytes = bytes_of(id, prefix).ok_or_else(missing)?;
    let is_shown = if prefix == USER_PREFIX { "AND state <> 2" } else { "" };
    let sql = format!("SELECT resource FROM {prefix} WHERE id = ?1 {is_shown}");
    connection.prepare_cached(&sql)?.query_row([bytes], |row| row.get(0)).optional()?.ok_or_else(missing)
}

/// Turns a cursor into the row of its SCIM resource, for lists in the order of these rows.
fn row_key<'c>(
    connection: &'c Connection,
    prefix: &'static str,
) -> impl FnOnce(&str) -> Result<Sql, StoreError> + use<'c> {
    move |id| match resource_of(connection, id, prefix) {
        Err(StoreError::Unknown(_)) => Err(unknown(id)),
        found => found.map(Sql::Integer),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::super::schema;
    use super::*;

    /// A store with a directory of this many users, all of them members of each of ten groups.
    fn store(path: &std::path::Path, users: i64) -> Connection {
        let connection = schema::open(path).unwrap();
        connection
            .execute_batch(&format!(
                "BEGIN;
                 INSERT INTO organization (row, id, name, created_at, updated_at) VALUES (1, 'org_1', 'Org', 0, 0);
                 INSERT INTO directory (row, id, organization, name, external_key, settings, created_at, updated_at)
                 VALUES (1, 'directory_1', 1, 'Okta', 'key', '{{}}', 0, 0);
                 WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {users} + 10)
                 INSERT INTO resource (row, id, directory, kind, name, version, created_at, last_modified, document)
                 SELECT n, CAST(format('%016d', n) AS BLOB), 1, n > {users}, 'name' || n, 1, 0, 0,
                     format('{{\"userName\":\"name%d\"}}', n) FROM n;
                 INSERT INTO directory_user SELECT row, id, 'idp' || row, 1, 0, 0, 1, 'name' || row || '@x.example'
                 FROM resource WHERE kind = 0;
                 INSERT INTO directory_group SELECT row, id, 1, 'idp' || row, name, 0, 0 FROM resource WHERE kind = 1;
                 INSERT INTO membership SELECT g.row, u.row, u.row, u.id, 0, NULL FROM resource g, resource u
                 WHERE g.kind = 1 AND u.kind = 0;
                 INSERT INTO block SELECT 1, kind, row / 1024, count(*) FROM resource GROUP BY kind, row / 1024;
                 COMMIT"
            ))
            .unwrap();
        connection
    }

    /// Counts the steps of SQLite's virtual machine: a scan takes several for each row.
    fn steps<T>(connection: &Connection, work: impl FnOnce() -> T) -> (u64, T) {
        let steps = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&steps);
        let count = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            false
        };
        connection.progress_handler(1, Some(count)).unwrap();
        let result = work();
        connection.progress_handler(0, None::<fn() -> bool>).unwrap();
        (steps.load(Ordering::Relaxed), result)
    }

    /// A page takes as many steps in a directory of 20,000 users as in one of 200.
    #[test]
    fn the_cost_of_a_page_does_not_grow_with_the_directory() {
        let folder = tempfile::tempdir().unwrap();
        let id = |prefix: &str, row: i64| {
            let bytes: [u8; 16] = format!("{row:016}").into_bytes().try_into().unwrap();
            crate::base::ids::prefixed(prefix, ulid::Ulid::from_bytes(bytes))
        };
        let work = |count: i64| {
            let connection = store(&folder.path().join(format!("{count}.db")), count);
            let directory = Some("directory_1".to_owned());
            let middle = Some(Cursor::After(id(USER_PREFIX, count / 2)));
            let range = |cursor: &Option<Cursor>| ObjectRange { descending: true, cursor: cursor.clone(), limit: 10 };
            let mut all = Vec::new();
            for cursor in [None, middle] {
                for group in [None, Some(id(GROUP_PREFIX, count + 3))] {
                    for directory in [None, directory.clone()] {
                        let group = group.clone();
                        let query =
                            DirectoryUserQuery { directory, group, range: range(&cursor), ..Default::default() };
                        let (taken, page) = steps(&connection, || users(&connection, &query).unwrap());
                        assert_eq!(page.objects.len(), 10);
                        all.push(taken);
                    }
                }
            }
            let user = Some(id(USER_PREFIX, count / 2));
            let query = DirectoryGroupQuery { directory, user, range: range(&None) };
            let (taken, page) = steps(&connection, || groups(&connection, &query).unwrap());
            assert_eq!(page.objects.len(), 10);
            all.push(taken);
            let email = Some(format!("NAME{}@x.example", count / 2));
            let query =
                DirectoryUserQuery { directory: query.directory, email, range: range(&None), ..Default::default() };
            let (probing, page) = steps(&connection, || users(&connection, &query).unwrap());
            assert_eq!(page.objects.len(), 1);
            // A search by address probes each block of 1,024 rows.
            assert!(probing < 100 + 30 * u64::try_from(count / 1_024 + 1).unwrap(), "{probing}");
            all
        };
        let (few, many) = (work(200), work(20_000));
        assert!(few.iter().zip(&many).all(|(few, many)| few.abs_diff(*many) <= 10), "{few:?} {many:?}");
        assert!(many.iter().all(|steps| *steps < 500), "{many:?}");
    }
}

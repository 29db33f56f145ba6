//! Verifies a store: the database file, references between rows, and that replaying the event log yields the directory users
//! and groups in the tables.

use std::path::Path;

use rusqlite::Connection;

use self::limit::REPORTED;
use super::super::{StoreError, Verification};
use super::file::{self, Content};
use super::{rows, schema};
use crate::directory::profile::{is_active, text};
use crate::directory::{Entity, UserState};
use crate::scim::resource::Kind;
use crate::store::columns::ColumnValues;

mod limit;
mod replay;
mod unique;

/// Counts to report, with their queries.
const COUNTED: [(&str, &str); 9] = [
    ("organizations", "SELECT count(*) FROM organization WHERE deleted_at IS NULL"),
    ("directories", "SELECT count(*) FROM directory WHERE deleted_at IS NULL"),
    ("live tokens", "SELECT count(*) FROM token WHERE revoked_at IS NULL"),
    ("users", "SELECT count(*) FROM resource WHERE kind = 0"),
    ("groups", "SELECT count(*) FROM resource WHERE kind = 1"),
    ("memberships", "SELECT count(*) FROM membership"),
    ("directory users", "SELECT count(*) FROM directory_user"),
    ("directory groups", "SELECT count(*) FROM directory_group"),
    ("events", "SELECT count(*) FROM event"),
];

/// Queries that return one text per inconsistency.
const WRONG: [&str; 9] = [
    "SELECT format('resource in row %d belongs to no directory', r.row) FROM resource r
     WHERE NOT EXISTS (SELECT 1 FROM directory d WHERE d.row = r.directory)",
    "SELECT format('membership %d of group row %d: there is no such group', m.position, m.team) FROM membership m
     WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.row = m.team AND r.kind = 1)",
    "SELECT format('membership %d of group row %d: the member does not exist in the directory', m.position, m.team)
     FROM membership m WHERE NOT EXISTS (
         SELECT 1 FROM resource r JOIN resource t ON t.row = m.team
         WHERE r.row = m.member AND r.id = m.member_id AND r.kind = m.kind AND r.directory = t.directory)",
    "SELECT format('directory user of resource row %d: no such user', u.resource) FROM directory_user u
     WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.row = u.resource AND r.kind = 0)",
    "SELECT format('directory group of resource row %d: no such group', g.resource) FROM directory_group g
     WHERE NOT EXISTS (
         SELECT 1 FROM resource r WHERE r.row = g.resource AND r.kind = 1 AND r.directory = g.directory)",
    "SELECT format('unique value of resource row %d: no such resource', u.resource) FROM unique_value u
     WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.row = u.resource AND r.directory = u.directory)",
    "SELECT format('directory row %d, kind %d, block %d: %d resources counted, but there are %d', directory, kind, block,
            sum(counted), sum(there))
     FROM (SELECT directory, kind, block, resources AS counted, 0 AS there FROM block
           UNION ALL
           SELECT directory, kind, row / 1024, 0, count(*) FROM resource GROUP BY directory, kind, row / 1024)
     GROUP BY directory, kind, block HAVING sum(counted) <> sum(there)",
    "SELECT format('event %d: its ID does not come after the previous one', position)
     FROM (SELECT position, id, lag(id) OVER (ORDER BY position) AS before FROM event) WHERE id <= before",
    "SELECT format('directory %s has no dsync.activated event', d.id) FROM directory d
     WHERE d.id NOT IN (SELECT ifnull(json_extract(e.data, '$.id'), '') FROM event e WHERE e.name = 'dsync.activated')
         AND NOT EXISTS (SELECT 1 FROM setting WHERE name = 'event_horizon')",
];

/// Verifies the store in a file without changing the file or anything beside it, also while a server has it open.
///
/// # Errors
/// [`StoreError::Foreign`] when the file is not a store; otherwise when it cannot be read.
pub fn verify_file(path: &Path) -> Result<Verification, StoreError> {
    let foreign = |what: &str| Err(StoreError::Foreign(format!("{} is not a scimulate store: {what}", path.display())));
    match file::inspect(path)? {
        Content::Missing => return foreign("there is no such file"),
        Content::Empty => return foreign("it is empty"),
        Content::Store => {}
    }
    let state = || (file::has_log(path), path.metadata().and_then(|found| found.modified()).ok());
    let before = state();
    let result = verify_connection(path);
    if !before.0 && before != state() {
        // A server began to write while the database was read as one that does not change.
        return verify_connection(path);
    }
    result
}

fn verify_connection(path: &Path) -> Result<Verification, StoreError> {
    let connection = file::open_read_only(path)?;
    if !schema::is_current(&connection)? {
        let path = path.display();
        return Err(StoreError::Refused(format!(
            "{path} is a store of another version: scimulate serve --data {path} brings an older one up to date"
        )));
    }
    super::sorted::register(&connection)?;
    super::read::snapshot(&connection, verify)
}

/// Returns the counts and the first inconsistencies.
pub(super) fn verify(connection: &Connection) -> Result<Verification, StoreError> {
    let mut result = Verification::default();
    for (what, sql) in COUNTED {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        result.counted.push((what.to_owned(), u64::try_from(count).unwrap_or_default()));
    }
    for finding in texts(connection, &format!("PRAGMA integrity_check({REPORTED})"))? {
        if finding != "ok" {
            result.wrong.push(format!("SQLite: {finding}"));
        }
    }
    for sql in WRONG {
        result.wrong.extend(texts(connection, &format!("{sql} LIMIT {REPORTED}"))?);
    }
    documents(connection, &mut result.wrong)?;
    unique::verify(connection, &mut result.wrong)?;
    replay::replay(connection, &mut result.wrong)?;
    result.wrong.truncate(REPORTED);
    Ok(result)
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut select = connection.prepare(sql)?;
    let all = select.query_map([], |row| row.get(0))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// Compares each document with the columns and the directory row derived from it.
fn documents(connection: &Connection, wrong: &mut Vec<String>) -> Result<(), StoreError> {
    let mut all = connection.prepare(&format!(
        "SELECT {}, r.external_id, r.name, r.active FROM resource r ORDER BY r.row",
        rows::RESOURCE
    ))?;
    let mut all = all.query([])?;
    while let Some(found) = all.next()? {
        let (row, resource) = rows::resource(found)?;
        let stored = ColumnValues { external_id: found.get(7)?, name: found.get(8)?, active: found.get(9)? };
        let document = &resource.document;
        let id = &resource.id;
        let named = text(document, if resource.kind == Kind::User { "userName" } else { "displayName" });
        if stored != ColumnValues::of(resource.kind, document) {
            wrong.push(format!("{id}: name, externalId or active differ between index and document"));
        }
        let finding = match rows::entity(connection, resource.kind, row)? {
            Some(Entity::User(user)) => ((user.state == UserState::Active) != is_active(document))
                .then(|| format!("the state of {} differs from the document", user.id)),
            Some(Entity::Group(group)) => (Some(&group.name) != named.as_ref())
                .then(|| format!("the name of {} differs from the document", group.id)),
            None => (resource.kind == Kind::Group || is_active(document))
                .then(|| "there is no directory user or group for it".to_owned()),
        };
        wrong.extend(finding.map(|finding| format!("{id}: {finding}")));
        if wrong.len() >= REPORTED {
            break;
        }
    }
    Ok(())
}

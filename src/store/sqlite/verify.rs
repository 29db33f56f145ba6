//! What `verify-store` looks at: the file itself, what rows say of each other, and whether the log, read from its start,
//! leads to the directory users and groups that are there.

use rusqlite::Connection;

use super::super::{StoreError, Verification};
use super::rows;
use crate::directory::profile::{is_active, text};
use crate::directory::{Entity, UserState};
use crate::scim::resource::Kind;
use crate::store::columns::ColumnValues;

mod replay;
mod unique;

/// How many inconsistencies are told; the first ones matter.
const TOLD: usize = 20;

/// What is counted.
const COUNTED: [(&str, &str); 9] = [
    ("organizations", "SELECT count(*) FROM organization"),
    ("directories", "SELECT count(*) FROM directory"),
    ("live tokens", "SELECT count(*) FROM token WHERE revoked_at IS NULL"),
    ("users", "SELECT count(*) FROM resource WHERE kind = 0"),
    ("groups", "SELECT count(*) FROM resource WHERE kind = 1"),
    ("memberships", "SELECT count(*) FROM membership"),
    ("directory users", "SELECT count(*) FROM directory_user"),
    ("directory groups", "SELECT count(*) FROM directory_group"),
    ("events", "SELECT count(*) FROM event"),
];

/// Statements that give one text for each thing that is wrong.
const WRONG: [&str; 9] = [
    "SELECT format('resource in row %d belongs to no directory', r.row) FROM resource r
     WHERE NOT EXISTS (SELECT 1 FROM directory d WHERE d.row = r.directory)",
    "SELECT format('membership %d of group row %d: the group does not exist', m.position, m.team) FROM membership m
     WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.row = m.team AND r.kind = 1)",
    "SELECT format('membership %d of group row %d: the member does not exist in that directory', m.position, m.team)
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
    "SELECT format('directory row %d, kind %d, block %d: %d resources counted, %d there', directory, kind, block,
            sum(counted), sum(there))
     FROM (SELECT directory, kind, block, resources AS counted, 0 AS there FROM block
           UNION ALL
           SELECT directory, kind, row / 1024, 0, count(*) FROM resource GROUP BY directory, kind, row / 1024)
     GROUP BY directory, kind, block HAVING sum(counted) <> sum(there)",
    "SELECT format('event %d: its id does not come after the one before', position)
     FROM (SELECT position, id, lag(id) OVER (ORDER BY position) AS before FROM event) WHERE id <= before",
    "SELECT format('directory %s was never told as activated', d.id) FROM directory d
     WHERE NOT EXISTS (SELECT 1 FROM event e
                       WHERE e.name = 'dsync.activated' AND json_extract(e.data, '$.id') = d.id)",
];

/// Counts, and the first inconsistencies.
pub(super) fn verify(connection: &Connection) -> Result<Verification, StoreError> {
    let mut result = Verification::default();
    for (what, sql) in COUNTED {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        result.counted.push((what.to_owned(), u64::try_from(count).unwrap_or_default()));
    }
    for finding in texts(connection, &format!("PRAGMA integrity_check({TOLD})"))? {
        if finding != "ok" {
            result.wrong.push(format!("SQLite: {finding}"));
        }
    }
    for sql in WRONG {
        result.wrong.extend(texts(connection, &format!("{sql} LIMIT {TOLD}"))?);
    }
    documents(connection, &mut result.wrong)?;
    unique::verify(connection, &mut result.wrong)?;
    replay::replay(connection, &mut result.wrong)?;
    result.wrong.truncate(TOLD);
    Ok(result)
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut select = connection.prepare(sql)?;
    let all = select.query_map([], |row| row.get(0))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// What rows say beside a document is what the document says.
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
            wrong.push(format!("{id}: an index holds another name, externalId or active than the document"));
        }
        let finding = match rows::entity(connection, resource.kind, row)? {
            Some(Entity::User(user)) => ((user.state == UserState::Active) != is_active(document))
                .then(|| format!("the state of {} is not what the document says", user.id)),
            Some(Entity::Group(group)) => (Some(&group.name) != named.as_ref())
                .then(|| format!("the name of {} is not what the document says", group.id)),
            None => (resource.kind == Kind::Group || is_active(document))
                .then(|| "no directory user or group goes with it".to_owned()),
        };
        wrong.extend(finding.map(|finding| format!("{id}: {finding}")));
        if wrong.len() >= TOLD {
            break;
        }
    }
    Ok(())
}

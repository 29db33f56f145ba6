//! Replays the event log and compares the result with the directory users and groups in the tables.
//!
//! If old events were deleted, a user or group whose events are all gone is not compared.
//!
//! Memory per row is bounded: only the ID and a hash of the last payload are kept, some fifty bytes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::Connection;
use serde_json::Value;

use super::super::super::StoreError;
use super::super::{log, rows};
use super::limit::REPORTED;
use crate::base::clock::rfc3339;
use crate::directory::profile::Profile;
use crate::directory::{DirectoryRef, DirectoryState, Entity, UserState, UserWithProfile, payload};
use crate::events::{Event, EventName};
use crate::scim::resource::Kind;

/// The fields of a payload that are compared. Fields that later versions add are ignored.
const COMPARED_FIELDS: [&str; 11] = [
    "object",
    "id",
    "directory_id",
    "organization_id",
    "idp_id",
    "email",
    "first_name",
    "last_name",
    "state",
    "name",
    "updated_at",
];

/// Hash of the last payload of each directory user and group, and the ID of its directory, by ID.
type LastPayloads = HashMap<[u8; 16], (u64, [u8; 16])>;

pub(super) fn replay(connection: &Connection, wrong: &mut Vec<String>) -> Result<(), StoreError> {
    let is_complete = log::horizon(connection)?.is_none();
    let mut last = LastPayloads::new();
    let mut all = connection.prepare("SELECT id, name, data FROM event ORDER BY position")?;
    for event in all.query_and_then([], log::event)? {
        if let Some(finding) = take(&mut last, &event?, is_complete) {
            wrong.push(finding);
        }
        if wrong.len() >= REPORTED {
            return Ok(());
        }
    }
    compare(connection, &mut last, is_complete, wrong)?;
    for id in last.keys().take(REPORTED) {
        wrong.push(format!("the events create {} and never delete it, but it does not exist", rows::id_text(*id)));
    }
    Ok(())
}

/// Applies one event and returns an inconsistency, if there is one. In a log that is not complete, the first event of a
/// user or group may be any.
fn take(last: &mut LastPayloads, event: &Event, is_complete: bool) -> Option<String> {
    use EventName as E;
    let name = E::from_wire(&event.event)?;
    let edge = |last: &LastPayloads, key: &str| {
        let data = event.data.get(key)?;
        let known = last.get(&id_of(data)?).map(|(hash, _)| *hash);
        (known != Some(hash(data)) && (is_complete || known.is_some()))
            .then(|| format!("{}: contains a {key} that differs from its last event", event.id))
    };
    let directory = event.data.get("directory_id").and_then(Value::as_str).and_then(rows::unprefixed);
    let (id, payload) = (id_of(&event.data), (hash(&event.data), directory.unwrap_or_default()));
    match name {
        E::UserCreated | E::GroupCreated => {
            last.insert(id?, payload).map(|_| format!("{}: creates something that exists already", event.id))
        }
        E::UserUpdated | E::GroupUpdated => (last.insert(id?, payload).is_none() && is_complete)
            .then(|| format!("{}: updates something that does not exist", event.id)),
        E::UserDeleted | E::GroupDeleted => (last.remove(&id?).is_none() && is_complete)
            .then(|| format!("{}: deletes something that does not exist", event.id)),
        E::GroupUserAdded | E::GroupUserRemoved => edge(last, "user").or_else(|| edge(last, "group")),
        E::Deleted => {
            // Its users and groups go without events.
            let deleted = id?;
            last.retain(|_, (_, directory)| *directory != deleted);
            None
        }
        E::Activated | E::TokenCreated | E::TokenRevoked => None,
    }
}

fn id_of(data: &Value) -> Option<[u8; 16]> {
    data.get("id").and_then(Value::as_str).and_then(rows::unprefixed)
}

fn hash(data: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for field in COMPARED_FIELDS {
        data.get(field).and_then(Value::as_str).hash(&mut hasher);
    }
    hasher.finish()
}

/// Compares the tables with the last payloads and removes each match from them.
fn compare(
    connection: &Connection,
    last: &mut LastPayloads,
    is_complete: bool,
    wrong: &mut Vec<String>,
) -> Result<(), StoreError> {
    let directories: HashMap<i64, DirectoryRef> = rows::directories(connection)?
        .iter()
        .filter(|(_, directory)| directory.state == DirectoryState::Linked)
        .map(|(row, directory)| (*row, directory.into()))
        .collect();
    let mut all =
        connection.prepare(&format!("SELECT {}, r.directory FROM resource r ORDER BY r.row", rows::RESOURCE))?;
    let mut all = all.query([])?;
    while let Some(found) = all.next()? {
        let (row, resource) = rows::resource(found)?;
        let Some(directory) = directories.get(&found.get::<_, i64>(7)?) else { continue };
        let shown = match rows::entity(connection, resource.kind, row)? {
            Some(Entity::User(row)) if row.state == UserState::Retained => continue,
            Some(Entity::User(row)) => payload::user(
                directory,
                &UserWithProfile {
                    row,
                    profile: Profile::of(&resource.document, &directory.users),
                    groups: Vec::new(),
                },
            ),
            Some(Entity::Group(group)) => payload::group(directory, &group),
            None => continue,
        };
        let expected = id_of(&shown).and_then(|id| last.remove(&id));
        if expected.is_none() && !is_complete {
            continue;
        }
        if expected.map(|(hash, _)| hash) != Some(hash(&shown)) {
            let what = if resource.kind == Kind::User { "user" } else { "group" };
            let at = rfc3339(resource.last_modified);
            wrong.push(format!("{what} {}: the events do not lead to its state, last changed {at}", resource.id));
        }
        if wrong.len() >= REPORTED {
            break;
        }
    }
    Ok(())
}

//! The log, read from its start, leads to the directory users and groups that are there.
//!
//! What is kept of each while reading is its id and a hash of what the events said last: some fifty bytes a row, never a
//! payload.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::Connection;
use serde_json::Value;

use super::super::super::StoreError;
use super::super::{log, rows};
use super::TOLD;
use crate::base::clock::rfc3339;
use crate::directory::profile::Profile;
use crate::directory::{DirectoryRef, Entity, payload};
use crate::events::{Event, EventName};
use crate::scim::resource::Kind;

/// The fields of a payload that are compared; those that a later version may add are not among them.
const TOLD_OF_EACH: [&str; 11] = [
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

/// What the events said last of each directory user and group, by id.
type Told = HashMap<[u8; 16], u64>;

pub(super) fn replay(connection: &Connection, wrong: &mut Vec<String>) -> Result<(), StoreError> {
    let mut told = Told::new();
    let mut all = connection.prepare("SELECT id, name, data FROM event ORDER BY position")?;
    for event in all.query_and_then([], log::event)? {
        if let Some(finding) = take(&mut told, &event?) {
            wrong.push(finding);
        }
        if wrong.len() >= TOLD {
            return Ok(());
        }
    }
    compare(connection, &mut told, wrong)?;
    for id in told.keys().take(TOLD) {
        wrong.push(format!("the events tell of {} and of no end of it, but it is not there", rows::id_text(*id)));
    }
    Ok(())
}

/// Reads one event; gives what is wrong with it.
fn take(told: &mut Told, event: &Event) -> Option<String> {
    use EventName as E;
    let name = E::from_wire(&event.event)?;
    let edge = |told: &Told, key: &str| {
        let data = event.data.get(key)?;
        (told.get(&id_of(data)?) != Some(&hash(data))).then(|| format!("{}: shows a {key} as it is not", event.id))
    };
    let (id, said) = (id_of(&event.data), hash(&event.data));
    match name {
        E::UserCreated | E::GroupCreated => {
            told.insert(id?, said).map(|_| format!("{}: created what was there", event.id))
        }
        E::UserUpdated | E::GroupUpdated => {
            told.insert(id?, said).is_none().then(|| format!("{}: updated what was not there", event.id))
        }
        E::UserDeleted | E::GroupDeleted => {
            told.remove(&id?).is_none().then(|| format!("{}: deleted what was not there", event.id))
        }
        E::GroupUserAdded | E::GroupUserRemoved => edge(told, "user").or_else(|| edge(told, "group")),
        E::Activated | E::Deleted | E::TokenCreated | E::TokenRevoked => None,
    }
}

fn id_of(data: &Value) -> Option<[u8; 16]> {
    data.get("id").and_then(Value::as_str).and_then(rows::unprefixed)
}

fn hash(data: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for field in TOLD_OF_EACH {
        data.get(field).and_then(Value::as_str).hash(&mut hasher);
    }
    hasher.finish()
}

/// Strikes out what is there as the events told.
fn compare(connection: &Connection, told: &mut Told, wrong: &mut Vec<String>) -> Result<(), StoreError> {
    let directories: HashMap<i64, DirectoryRef> =
        rows::directories(connection)?.iter().map(|(row, directory)| (*row, directory.into())).collect();
    let mut all =
        connection.prepare(&format!("SELECT {}, r.directory FROM resource r ORDER BY r.row", rows::RESOURCE))?;
    let mut all = all.query([])?;
    while let Some(found) = all.next()? {
        let (row, resource) = rows::resource(found)?;
        let Some(directory) = directories.get(&found.get::<_, i64>(7)?) else { continue };
        let shown = match rows::entity(connection, resource.kind, row)? {
            Some(Entity::User(row)) => payload::user(
                directory,
                &crate::directory::UserWithProfile { row, profile: Profile::of(&resource.document) },
            ),
            Some(Entity::Group(group)) => payload::group(directory, &group),
            None => continue,
        };
        let last = id_of(&shown).and_then(|id| told.remove(&id));
        if last != Some(hash(&shown)) {
            let what = if resource.kind == Kind::User { "user" } else { "group" };
            let at = rfc3339(resource.last_modified);
            wrong.push(format!("{what} {}: the events do not lead to how it is since {at}", resource.id));
        }
        if wrong.len() >= TOLD {
            break;
        }
    }
    Ok(())
}

//! A PUT that empties a large group, beside a bare SQLite loop that writes the same rows in one transaction.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use scimulate::directory::Command;
use scimulate::scim::patch::{MembersEdit, Patch};
use scimulate::scim::resource::{Kind, Member};
use scimulate::store::{Expected, Store, Write};
use serde_json::json;

use super::people::document;
use super::{Bench, peak_memory, reset_peak_memory};

/// Number of members that one PATCH adds while the group is filled.
const ADDED_AT_ONCE: usize = 5_000;

impl Bench {
    fn write(&self, command: Command) -> Write {
        Write { directory: Arc::clone(&self.access), expected: Expected::Any, command }
    }

    /// Creates users and a group of which all of them are members. Returns the ID of the group.
    async fn large_group(&self, members: usize) -> String {
        let mut ids = Vec::with_capacity(members);
        for first in (0..members).step_by(1_024) {
            let create = |n| Command::Create { kind: Kind::User, document: document(n), members: Vec::new() };
            let writes = (first..members.min(first + 1_024)).map(|n| self.write(create(n))).collect();
            for written in self.store.write_all(writes, None).await {
                ids.push(written.unwrap().resource.unwrap().id);
            }
        }
        let group = self.group("Everyone", &[]).await;
        for ids in ids.chunks(ADDED_AT_ONCE) {
            let add = ids.iter().map(|id| Member { value: id.clone(), display: None }).collect();
            let patch = Patch { members: vec![MembersEdit::Add(add)], ..Patch::default() };
            self.send(Command::Patch { kind: Kind::Group, id: group.clone(), patch }).await;
        }
        group
    }
}

/// Measures both and prints the ratio and the peak memory of the PUT.
pub(crate) async fn run(bench: &Bench, store: &Path, members: usize) {
    let group = bench.large_group(members).await;
    let copy = store.with_extension("copy");
    bench.store.backup(&copy).await.unwrap();
    let before = last_position(store);

    let document = json!({"displayName": "Everyone"}).as_object().unwrap().clone();
    let empty = Command::Replace { kind: Kind::Group, id: group, document, members: Vec::new() };
    reset_peak_memory();
    let start = Instant::now();
    let written = bench.store.write(bench.write(empty)).await.unwrap();
    let took = start.elapsed();
    assert_eq!(written.events, members);
    println!("PUT that empties a group of {members}: {took:.2?}, {}", peak_memory());

    let bare = bare_loop(store, &copy, before, members);
    println!("bare SQLite loop that writes the same rows: {bare:.2?}");
    println!("ratio: {:.2}", took.as_secs_f64() / bare.as_secs_f64());
}

fn last_position(store: &Path) -> i64 {
    let connection = Connection::open(store).unwrap();
    connection.query_row("SELECT max(position) FROM event", [], |row| row.get(0)).unwrap()
}

/// Writes to the copy what the PUT wrote to the store: deletes each membership, inserts each event, updates the group.
fn bare_loop(store: &Path, copy: &Path, after: i64, members: usize) -> Duration {
    type Event = (Vec<u8>, i64, String, String);
    let source = Connection::open(store).unwrap();
    let mut select =
        source.prepare("SELECT id, organization, name, data FROM event WHERE position > ?1 ORDER BY position").unwrap();
    let events = select.query_map([after], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    let events: Vec<Event> = events.map(Result::unwrap).collect();
    assert_eq!(events.len(), members);

    let connection = Connection::open(copy).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.pragma_update(None, "cache_size", -131_072).unwrap();
    connection.pragma_update(None, "wal_autocheckpoint", 16_000).unwrap();
    let mut select = connection.prepare("SELECT team, member FROM membership ORDER BY team, position").unwrap();
    let memberships: Vec<(i64, i64)> =
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert_eq!(memberships.len(), members);

    let start = Instant::now();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut delete = connection.prepare("DELETE FROM membership WHERE team = ?1 AND member = ?2").unwrap();
    let mut insert = connection.prepare("INSERT INTO event VALUES (NULL, ?1, ?2, ?3, ?4)").unwrap();
    for ((team, member), (id, organization, name, data)) in memberships.iter().zip(&events) {
        delete.execute([team, member]).unwrap();
        insert.execute(params![id, organization, name, data]).unwrap();
    }
    let update = "UPDATE resource SET version = version + 1 WHERE row = ?1";
    connection.execute(update, [memberships[0].0]).unwrap();
    connection.execute_batch("COMMIT").unwrap();
    start.elapsed()
}

use futures::FutureExt;
use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::base::{SystemClock, TestClock};
use crate::scim::patch::MembersEdit;
use crate::store::contract::suite::store_contract;
use crate::store::contract::{Bench, bearer, keep, large, member, operator, user_groups};

fn ephemeral(clock: Arc<dyn Clock>) -> SqliteStore {
    SqliteStore::ephemeral(clock, None).unwrap()
}

store_contract!(ephemeral);

fn open(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&folder.path().join("s.db"), Arc::new(SystemClock), None).unwrap()
}

/// Acknowledged writes are there after a restart, and a closed store accepts no more.
#[tokio::test]
async fn a_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let first = store.bootstrap().await.unwrap();
    assert!(first.token.is_some() && first.api_key.is_some());
    let bench = Bench::new(&store, keep()).await;
    let (id, log) = (bench.user("ann").await, bench.log().await);
    let access = Arc::clone(&bench.access);
    store.close().await.unwrap();
    let late = bench.create_user(json!({"userName": "late"})).await;
    assert!(matches!(late, Err(StoreError::Backend(_))));
    drop(store);

    let store = open(&folder);
    let again = store.bootstrap().await.unwrap();
    assert_eq!(again.directory, first.directory);
    assert!(again.token.is_none() && again.api_key.is_none());
    assert!(store.read(&access, Kind::User, &id, true).await.unwrap().is_some());
    let credentials = bearer(&first.token.unwrap());
    assert!(store.authenticate(&first.directory.external_key, &credentials).await.unwrap().is_some());
    assert!(store.knows_api_key(&first.api_key.unwrap()).await.unwrap());
    let query = EventQuery {
        organization_id: Some(access.directory.organization_id.clone()),
        limit: 100,
        ..EventQuery::default()
    };
    assert_eq!(store.events(query).await.unwrap().events.len(), log.len());
}

/// Two stores on one file, like a server and a command: both write, each sees the other's writes at once, and the log
/// stays in order.
#[tokio::test]
async fn two_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (server, line) = (open(&folder), open(&folder));
    let first = server.bootstrap().await.unwrap();
    let key = first.directory.external_key.clone();
    let old = first.token.unwrap();
    let command = AdminCommand::RotateToken { directory: first.directory.id.clone(), revoke_old: true };
    let new = line.administer(command).await.unwrap().secret.unwrap();
    assert!(server.authenticate(&key, &bearer(&old)).await.unwrap().is_none());
    assert!(server.authenticate(&key, &bearer(&new)).await.unwrap().is_some());
    let added = Bench::new(&line, keep()).await;
    let seen = server.authenticate(&added.access.directory.external_key, &bearer(&added.token)).await.unwrap();
    assert_eq!(seen.unwrap().directory, added.access.directory);

    let here = Bench { store: &server, access: Arc::clone(&added.access), token: added.token.clone() };
    for n in 0..20 {
        let (by_line, by_server) = (format!("line{n}"), format!("server{n}"));
        tokio::join!(added.user(&by_line), here.user(&by_server));
    }
    let everyone = Query { start_index: 1, count: 100, ..Query::default() };
    assert_eq!(here.list(Kind::User, everyone).await.0, 40);
    assert!(here.events().await.is_sorted_by(|one, next| one.id < next.id));
    assert_eq!(server.verify().await.unwrap().wrong, Vec::<String>::new());
}

/// When one process nests a group or removes it again, the other process sees it at once.
#[tokio::test]
async fn two_processes_nest_groups() {
    let folder = tempfile::tempdir().unwrap();
    let (server, line) = (open(&folder), open(&folder));
    let there = Bench::new(&line, keep()).await;
    let here = Bench { store: &server, access: Arc::clone(&there.access), token: there.token.clone() };
    server.authenticate(&here.access.directory.external_key, &bearer(&here.token)).await.unwrap().unwrap();
    let ann = there.user("ann").await;
    let (inner, outer) = (there.group("Inner", &[&ann]).await, there.group("Outer", &[]).await);
    assert_eq!(user_groups::shown(&here).await, ["Inner"]);
    user_groups::join(&there, &outer, &[&inner]).await;
    assert_eq!(user_groups::shown(&here).await, ["Inner (Outer)"]);
    user_groups::leave(&there, &outer, &inner).await;
    assert_eq!(user_groups::shown(&here).await, ["Inner"]);
}

/// Event ids keep ascending when the clock is set back, even across a restart.
#[tokio::test]
async fn the_clock_steps_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let clock = Arc::new(TestClock::at("2026-11-24T10:00:00Z".parse().unwrap()));
    let store = SqliteStore::open(&path, clock.clone(), None).unwrap();
    let bench = Bench::new(&store, keep()).await;
    bench.user("ann").await;
    clock.advance(SignedDuration::from_hours(-2));
    bench.user("bob").await;
    let Bench { access, token, .. } = bench;
    drop(store);
    let store = SqliteStore::open(&path, clock.clone(), None).unwrap();
    let again = Bench { store: &store, access, token };
    again.user("cid").await;
    let events = again.events().await;
    assert_eq!(events.len(), 5);
    assert!(events.is_sorted_by(|one, next| one.id < next.id && one.created_at <= next.created_at));
    assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
}

/// The clock is set back between two modifications: `lastModified` stays, the log is reported to be ahead of the clock,
/// and each write counts as one occupation of the writer.
#[tokio::test]
async fn last_modified_does_not_go_back() {
    let clock = Arc::new(TestClock::at("2026-11-24T10:00:00Z".parse().unwrap()));
    let store = ephemeral(clock.clone());
    let bench = Bench::new(&store, keep()).await;
    let ann = bench.user("ann").await;
    let group = bench.group("Sales", &[&ann]).await;
    assert_eq!(store.figures().log_ahead_ms, 0);
    let read = async |kind, id: &str| store.read(&bench.access, kind, id, false).await.unwrap().unwrap().resource;
    let before = read(Kind::Group, &group).await;
    clock.advance(SignedDuration::from_hours(-2));
    let put = bench.put(&ann, json!({"userName": "ann", "active": true, "title": "Lead"})).await.unwrap();
    let resource = put.resource.unwrap();
    assert_eq!((resource.version, resource.last_modified), (2, resource.created));
    bench.delete(Kind::User, &ann).await.unwrap();
    let after = read(Kind::Group, &group).await;
    assert_eq!((after.version, after.last_modified), (before.version + 1, before.last_modified));
    let figures = store.figures();
    assert!(figures.log_ahead_ms >= 2 * 60 * 60 * 1_000, "{figures:?}");
    let occupied: Vec<(&str, u64)> =
        figures.occupancy.histograms().map(|(work, histogram)| (work.name(), histogram.count())).collect();
    let commits = figures.commits;
    let expected =
        [("create", 2), ("replace", 1), ("patch", 0), ("delete", 1), ("administration", 2), ("commit", commits)];
    assert_eq!(occupied, expected);
    clock.advance(SignedDuration::from_hours(3));
    bench.user("bob").await;
    bench.user("cid").await;
    assert_eq!(store.figures().log_ahead_ms, 0);
}

/// The files contain neither tokens nor API keys.
#[tokio::test]
async fn secrets_are_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let first = store.bootstrap().await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    for secret in [first.token.unwrap(), first.api_key.unwrap()] {
        let secret = secret.expose().as_bytes();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
    assert!(bytes.windows(4).any(|window| window == b"Okta"));
}

/// Verification reports a store that was tampered with.
#[tokio::test]
async fn verification_finds_damage() {
    let damages = [
        ("DELETE FROM event WHERE name = 'dsync.user.created'", "do not lead"),
        ("DELETE FROM directory_user", "no directory user"),
        ("UPDATE resource SET name = 'x' WHERE kind = 0", "differ between index and document"),
        ("UPDATE block SET resources = resources + 1", "resources counted"),
        ("UPDATE membership SET member = 999", "member does not exist"),
        ("UPDATE directory_user SET state = 0", "state"),
        ("UPDATE event SET id = zeroblob(16) WHERE position = 3", "does not come after"),
        ("DELETE FROM event WHERE name = 'dsync.activated'", "no dsync.activated event"),
        ("DELETE FROM resource WHERE kind = 1", "no such group"),
        ("DELETE FROM unique_value", "urn:example:acme:2.0:User:badge is not in the table"),
        ("UPDATE unique_value SET value = 'b2'", "not in the table of unique values"),
        ("UPDATE unique_value SET resource = resource + 1", "the same value of urn:example:acme:2.0:User:badge"),
        ("UPDATE unique_value SET resource = 999", "no such resource"),
        (
            "INSERT INTO unique_value SELECT directory, attribute, 'x', resource FROM unique_value",
            "2 rows of unique values",
        ),
    ];
    for (damage, expected) in damages {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        let bench = Bench::new(&store, operator::with_badges()).await;
        let document = json!({"userName": "ann", "active": true, "urn:example:acme:2.0:User": {"badge": "B1"}});
        let ann = bench.create_user(document).await.unwrap();
        bench.group("Sales", &[&ann]).await;
        assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
        let connection = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
        connection.execute_batch(damage).unwrap();
        let wrong = store.verify().await.unwrap().wrong;
        assert!(wrong.iter().any(|wrong| wrong.contains(expected)), "{damage}: {wrong:?}");
    }
}

/// No command deletes more events than a few milliseconds allow.
#[tokio::test]
async fn events_expire_in_steps() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let connection = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
               INSERT INTO event SELECT i, unhex(format('%032x', i)), 1, 'dsync.deleted', '{}' FROM n";
    connection.execute_batch(sql).unwrap();
    let before = SystemClock.now();
    for expected in [500, 500, 199, 0] {
        let expired = store.administer(AdminCommand::ExpireEvents { before }).await.unwrap().expired;
        assert_eq!(expired, expected);
    }
}

#[test]
fn a_file_that_is_not_a_store_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    std::fs::write(&path, "some text that is long enough to be no database at all").unwrap();
    let opened = SqliteStore::open(&path, Arc::new(SystemClock), None);
    assert!(matches!(opened, Err(StoreError::Foreign(_))));
}

/// A database that cannot grow refuses writes as one without room, keeps what it acknowledged, and is not ready.
#[tokio::test]
async fn a_full_database_refuses_writes() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("s.db");
    let connection = schema::open(&path).unwrap();
    connection.pragma_update(None, "max_page_count", 200).unwrap();
    let store = SqliteStore::over(connection, &path, Arc::new(SystemClock), None, None).unwrap();
    let bench = Bench::new(&store, keep()).await;
    store.ready().await.unwrap();
    let create =
        async |n: usize| bench.create_user(json!({"userName": format!("user{n}"), "title": "x".repeat(50_000)})).await;
    let mut created = 0;
    let refused = loop {
        match create(created).await {
            Ok(_) => created += 1,
            Err(error) => break error,
        }
        assert!(created < 100, "200 pages are 800 KB");
    };
    assert!(matches!(refused, StoreError::Full(_)), "{refused}");
    assert!(matches!(store.ready().await, Err(StoreError::Full(_))));
    assert_eq!(bench.list(Kind::User, Query { start_index: 1, count: 0, ..Query::default() }).await.0, created as u64);
    assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
}

/// Reports whether a read waits for the scan pool, which is occupied.
fn waits<T>(read: impl Future<Output = T>) -> bool {
    read.now_or_never().is_none()
}

/// Large resources are read by the scan pool, and small ones on the caller's thread: these are there although the pool is
/// occupied.
#[tokio::test]
async fn large_resources_are_not_read_on_the_callers_thread() {
    let store = ephemeral(Arc::new(SystemClock));
    let bench = Bench::new(&store, keep()).await;
    let lookup = |kind, filter: String| {
        let filter = Some(filter.parse().unwrap());
        let query = Query { filter, start_index: 1, count: 10, with_members: true, ..Query::default() };
        store.list(&bench.access, kind, query)
    };
    let users = large::users(&bench, limits::POINT_READ_MEMBERS + 1).await;
    let mut users: Vec<_> = users.iter().map(|id| member(id)).collect();
    let group = bench.group("Team", &[]).await;
    let others = users.split_off(1);
    let _occupied = store.shared.scheduler.occupy().await;
    for (members, is_large) in [(users, false), (others, true)] {
        bench.edit(&group, vec![MembersEdit::Add(members)]).await.unwrap();
        assert_eq!(waits(store.read(&bench.access, Kind::Group, &group, true)), is_large);
        assert_eq!(waits(lookup(Kind::Group, r#"displayName eq "team""#.to_owned())), is_large);
        assert_eq!(waits(lookup(Kind::Group, format!(r#"id eq "{group}""#))), is_large);
        // Without the members it is small.
        assert!(!waits(store.read(&bench.access, Kind::Group, &group, false)));
    }
    // To evaluate a filter on the members of a group is work for the pool, however few it has.
    assert!(waits(lookup(Kind::Group, r#"displayName eq "team" and members[type eq "User"]"#.to_owned())));
    for (bytes, is_large) in [(limits::POINT_READ_BYTES / 2, false), (limits::POINT_READ_BYTES, true)] {
        let name = format!("large{bytes}");
        let id = bench.create_user(json!({"userName": name, "title": "x".repeat(bytes)})).await.unwrap();
        assert_eq!(waits(store.read(&bench.access, Kind::User, &id, true)), is_large);
        assert_eq!(waits(lookup(Kind::User, format!(r#"userName eq "{name}""#))), is_large);
    }
}

/// A user in more groups than a point read may return is read by the scan pool.
#[tokio::test]
async fn a_user_in_many_groups_is_not_read_on_the_callers_thread() {
    let store = ephemeral(Arc::new(SystemClock));
    let bench = Bench::new(&store, keep()).await;
    let ann = bench.user("ann").await;
    let names: Vec<String> = (0..limits::POINT_READ_MEMBERS).map(|n| format!("group{n}")).collect();
    let ann_alone = [ann.as_str()];
    futures::future::join_all(names.iter().map(|name| bench.group(name, &ann_alone))).await;
    let occupied = store.shared.scheduler.occupy().await;
    assert!(!waits(store.read(&bench.access, Kind::User, &ann, true)));
    bench.group("last", &[&ann]).await;
    assert!(waits(store.read(&bench.access, Kind::User, &ann, true)));
    drop(occupied);
    let found = store.read(&bench.access, Kind::User, &ann, true).await.unwrap().unwrap();
    assert_eq!(found.groups.len(), limits::POINT_READ_MEMBERS + 1);
}

/// An externalId is looked up in its index, block after block, without a scan.
#[tokio::test]
async fn an_external_id_is_found_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let bench = Bench::new(&store, keep()).await;
    let filter = "externalId eq \"00u1\"".parse().unwrap();
    let condition = filter_sql::compile(&filter, Kind::User, &bench.access.schemas).unwrap();
    assert_eq!(condition.path, filter_sql::AccessPath::Rows);
    let connection = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    let sql = format!("EXPLAIN QUERY PLAN SELECT row FROM resource WHERE directory = ?1 AND {}", condition.sql);
    let mut explain = connection.prepare(&sql).unwrap();
    let plan: Vec<String> = explain.query_map(["1", "00u1"], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    assert!(plan.iter().any(|step| step.contains("resource_by_external_id (<expr>=? AND external_id=?)")), "{plan:?}");
    assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:?}");
}

/// A term that is never true does not make SQLite lose the index named by INDEXED BY.
#[tokio::test]
async fn a_term_that_is_never_true_is_not_an_error() {
    let store = SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap();
    let bench = Bench::new(&store, keep()).await;
    let ann = bench.user("ann").await;
    let (between, malformed) = ("meta.created eq \"2026-11-24T10:00:00.0015Z\"", "groups.value eq \"x\"");
    for (filter, found) in [
        (format!("userName sw \"a\" and {between}"), false),
        (format!("userName sw \"a\" and not ({between})"), true),
        (format!("userName pr and ({between} or id eq \"x\")"), false),
        (format!("userName sw \"a\" and ({malformed} or externalId eq \"x\")"), false),
    ] {
        let wanted: &[String] = if found { std::slice::from_ref(&ann) } else { &[] };
        assert_eq!(bench.search(Kind::User, &filter).await, wanted, "{filter}");
    }
}

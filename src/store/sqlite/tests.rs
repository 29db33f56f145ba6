use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::json;

use super::*;
use crate::base::{SystemClock, TestClock};
use crate::store::contract::{
    self, Bench, bearer, filters, keep, operator, people, racing, sequence, sorts, user_groups,
};
use crate::store::model;

fn ephemeral() -> SqliteStore {
    SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap()
}

/// One test for each function of the contract.
macro_rules! holds {
    ($($name:ident: $contract:path;)*) => {
        $(#[tokio::test]
        async fn $name() {
            let store = ephemeral();
            $contract(&store).await;
            assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
        })*
    };
}

holds! {
    a_user_lives: contract::life_of_a_user;
    members_move: contract::members_move;
    searches: contract::searches;
    pages: contract::pages;
    sorted: sorts::sorted;
    sorted_together: sorts::together;
    sorted_by_relations: sorts::by_relations;
    walks_among_writes: sorts::walks_among_writes;
    coming_back: people::coming_back;
    coming_in_inactive: people::coming_in_inactive;
    a_group_is_renamed: people::a_group_is_renamed;
    unknown_members: people::unknown_members;
    expected_versions: people::expected_versions;
    groups_in_groups: user_groups::groups_in_groups;
    directories_are_apart: people::directories_are_apart;
    one_name_for_sixteen: racing::one_name_for_sixteen;
    racing_members: racing::racing_members;
    a_failure_is_its_own: racing::a_failure_is_its_own;
    writes_in_order: sequence::in_order;
    writes_until_too_many_fail: sequence::until_too_many_fail;
    writes_in_few_transactions: sequence::in_few_transactions;
    credentials: operator::credentials;
    tokens_rotate: operator::tokens_rotate;
    api_keys: operator::api_keys;
    organizations: operator::organizations;
    uniqueness_is_declared: operator::uniqueness_is_declared;
    the_log: operator::the_log;
}

/// Random commands in both modes; in the end the store finds itself sound.
#[test]
fn a_store_is_its_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = ephemeral();
    let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(deleting: bool, steps in model::steps())| {
        runtime.block_on(model::play(&store, deleting, &steps));
    });
    let verification = runtime.block_on(store.verify()).unwrap();
    assert_eq!(verification.wrong, Vec::<String>::new());
    assert!(verification.counted.iter().any(|(what, count)| what == "events" && *count > 1_000));
}

fn open(place: &TempDir) -> SqliteStore {
    SqliteStore::open(&place.path().join("s.db"), Arc::new(SystemClock), None).unwrap()
}

/// What was acknowledged is there after a restart, and a closed store takes nothing more.
#[tokio::test]
async fn a_store_is_opened_again() {
    let place = tempfile::tempdir().unwrap();
    let store = open(&place);
    let first = store.bootstrap().await.unwrap();
    assert!(first.token.is_some() && first.api_key.is_some());
    let bench = Bench::new(&store, keep()).await;
    let (id, log) = (bench.user("ann").await, bench.log().await);
    let access = Arc::clone(&bench.access);
    store.close().await.unwrap();
    let late = bench.create_user(json!({"userName": "late"})).await;
    assert!(matches!(late, Err(StoreError::Backend(_))));
    drop(store);

    let store = open(&place);
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

/// Two stores on one file, as a server and a command line are: each sees at once what the other did, both write, and
/// the log stays in order.
#[tokio::test]
async fn two_processes_share_a_file() {
    let place = tempfile::tempdir().unwrap();
    let (server, line) = (open(&place), open(&place));
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

/// A group that one process puts into another, or takes out again, is shown by the other process at once.
#[tokio::test]
async fn two_processes_nest_groups() {
    let place = tempfile::tempdir().unwrap();
    let (server, line) = (open(&place), open(&place));
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

/// Ids go on ascending when the clock steps back, also over a restart.
#[tokio::test]
async fn the_clock_steps_back() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("s.db");
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

/// Nothing in the file is a token or a key.
#[tokio::test]
async fn secrets_are_not_kept() {
    let place = tempfile::tempdir().unwrap();
    let store = open(&place);
    let first = store.bootstrap().await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let mut kept = Vec::new();
    for file in std::fs::read_dir(place.path()).unwrap() {
        kept.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    for secret in [first.token.unwrap(), first.api_key.unwrap()] {
        let secret = secret.expose().as_bytes();
        assert!(!kept.windows(secret.len()).any(|window| window == secret));
    }
    assert!(kept.windows(4).any(|window| window == b"Okta"));
}

/// A store that was tampered with is found out.
#[tokio::test]
async fn damage_is_found() {
    let damages = [
        ("DELETE FROM event WHERE name = 'dsync.user.created'", "do not lead"),
        ("DELETE FROM directory_user", "no directory user"),
        ("UPDATE resource SET name = 'x' WHERE kind = 0", "another name"),
        ("UPDATE block SET resources = resources + 1", "counted"),
        ("UPDATE membership SET member = 999", "member does not exist"),
        ("UPDATE directory_user SET state = 0", "state"),
        ("UPDATE event SET id = zeroblob(16) WHERE position = 3", "does not come after"),
        ("DELETE FROM event WHERE name = 'dsync.activated'", "never told"),
        ("DELETE FROM resource WHERE kind = 1", "no such group"),
        ("DELETE FROM unique_value", "keeps its urn:example:acme:2.0:User:badge unique"),
        ("UPDATE unique_value SET value = 'b2'", "no row keeps"),
        ("UPDATE unique_value SET resource = resource + 1", "the same urn:example:acme:2.0:User:badge"),
        ("UPDATE unique_value SET resource = 999", "no such resource"),
        (
            "INSERT INTO unique_value SELECT directory, attribute, 'x', resource FROM unique_value",
            "2 unique values kept",
        ),
    ];
    for (damage, expected) in damages {
        let place = tempfile::tempdir().unwrap();
        let store = open(&place);
        let bench = Bench::new(&store, operator::with_badges()).await;
        let document = json!({"userName": "ann", "active": true, "urn:example:acme:2.0:User": {"badge": "B1"}});
        let ann = bench.create_user(document).await.unwrap();
        bench.group("Sales", &[&ann]).await;
        assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
        let connection = rusqlite::Connection::open(place.path().join("s.db")).unwrap();
        connection.execute_batch(damage).unwrap();
        let wrong = store.verify().await.unwrap().wrong;
        assert!(wrong.iter().any(|wrong| wrong.contains(expected)), "{damage}: {wrong:?}");
    }
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("s.db");
    std::fs::write(&path, "some text that is long enough to be no database at all").unwrap();
    let opened = SqliteStore::open(&path, Arc::new(SystemClock), None);
    assert!(matches!(opened, Err(StoreError::Backend(_))));
}

/// Filters that columns answer, in part or wholly, give what the evaluator gives. `PROPTEST_CASES` sets how many; each is
/// judged over some hundred random resources.
#[test]
fn a_filter_in_sql_is_the_filter() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clock = Arc::new(TestClock::at("2026-11-24T10:00:00.001Z".parse().unwrap()));
    let store = SqliteStore::ephemeral(clock.clone(), None).unwrap();
    // The same names each time, so that a failing filter is all that is needed to see it fail again.
    let more = filters::names().new_tree(&mut proptest::test_runner::TestRunner::deterministic()).unwrap().current();
    let bench = runtime.block_on(filters::populate(&store, &more));
    clock.advance(SignedDuration::from_millis(1));
    let (users, groups) = runtime.block_on(async {
        filters::change_some(&bench).await;
        (filters::everything(&bench, Kind::User).await, filters::everything(&bench, Kind::Group).await)
    });
    let ids = users.iter().chain(&groups).map(|found| found.resource.id.clone()).collect();
    let times = ["00.001Z", "00.0015Z", "00Z", "00.002Z", "00.002000001Z"].map(|at| format!("2026-11-24T10:00:{at}"));
    let (selected, filters) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    proptest!(
        ProptestConfig { failure_persistence: None, ..ProptestConfig::default() },
        |(filter in filters::filters(ids, times.to_vec()))| {
            filters.set(filters.get() + 1);
            selected.set(selected.get() + runtime.block_on(filters::agrees(&bench, &users, Kind::User, &filter)));
            selected.set(selected.get() + runtime.block_on(filters::agrees(&bench, &groups, Kind::Group, &filter)));
        }
    );
    let pairs = filters.get() * (users.len() + groups.len());
    assert!(selected.get() > 0, "of {pairs} pairs of a filter and a resource not one holds");
}

/// An externalId is searched for by its index, block after block, and by no scan.
#[tokio::test]
async fn an_external_id_is_found_by_its_index() {
    let place = tempfile::tempdir().unwrap();
    let store = open(&place);
    let bench = Bench::new(&store, keep()).await;
    let filter = "externalId eq \"00u1\"".parse().unwrap();
    let condition = filter_sql::compile(&filter, Kind::User, &bench.access.schemas).unwrap();
    assert_eq!(condition.by, filter_sql::AccessPath::Rows);
    let connection = rusqlite::Connection::open(place.path().join("s.db")).unwrap();
    let sql = format!("EXPLAIN QUERY PLAN SELECT row FROM resource WHERE directory = ?1 AND {}", condition.sql);
    let mut explain = connection.prepare(&sql).unwrap();
    let plan: Vec<String> = explain.query_map(["1", "00u1"], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    assert!(plan.iter().any(|step| step.contains("resource_by_external_id (<expr>=? AND external_id=?)")), "{plan:?}");
    assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:?}");
}

/// A term that can not hold takes nothing away from what SQLite knows of the index that it is told to use.
#[tokio::test]
async fn what_holds_for_nobody_is_no_error() {
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

//! The files of a store in the real binary: permissions, removed files, a full disk, foreign files, and several servers on
//! one store.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::support::LONG;
use crate::support::process::{Serve, run};
use crate::support::reference::{Reply, client, user};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    (folder, store)
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

async fn get(url: &str, token: &str) -> Reply {
    Reply::of(client().get(url).bearer_auth(token).send().await.unwrap()).await
}

async fn create(serving: &Serve, name: &str) -> Reply {
    let request = client().post(format!("{}/Users", serving.scim_url)).bearer_auth(&serving.token);
    let request = request.header("content-type", "application/scim+json").body(user(name).to_string());
    Reply::of(request.send().await.unwrap()).await
}

fn ready_url(serving: &Serve) -> String {
    serving.events_url.replace("/events", "/readyz")
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_store_and_its_backup_can_be_read_by_their_owner_only() {
    let (folder, store) = folder();
    let serving = Serve::on(&store, &[]);
    create(&serving, "ann@example.com").await.id();
    let backup = folder.path().join("copy.db");
    assert_eq!(run(&["backup", backup.to_str().unwrap(), "--data", store.to_str().unwrap()]).0, 0);
    let files = names(folder.path());
    assert_eq!(files, ["copy.db", "s.db", "s.db-shm", "s.db-wal", "s.db.lock"]);
    for file in files {
        assert_eq!(mode(&folder.path().join(&file)), 0o600, "{file}");
    }
}

/// A process that is killed leaves its folder; the next start removes it, and leaves alone that of a living one.
#[tokio::test]
async fn the_next_start_removes_what_a_killed_process_left() {
    let temporary = tempfile::tempdir().unwrap();
    let log = temporary.path().join("log");
    let variables = [("TMPDIR", temporary.path().to_str().unwrap())];
    let start = || Serve::logging(&log, &[], &variables);
    let folders = || {
        let all = names(temporary.path());
        all.into_iter().filter(|name| name.starts_with("scimulate-")).collect::<Vec<_>>()
    };
    let living = start();
    let first = folders();
    assert_eq!(first.len(), 1);
    assert_eq!(mode(&temporary.path().join(&first[0])), 0o700);
    let mut killed = start();
    killed.kill();
    assert_eq!(folders().len(), 2, "a killed process removes nothing");
    let next = start();
    let left = folders();
    assert!(left.len() == 2 && left.contains(&first[0]), "{left:?}");
    assert_eq!((living.terminate(), next.terminate()), (0, 0));
    assert_eq!(folders(), Vec::<String>::new());
}

/// Nothing is acknowledged that goes to a file without a name.
#[tokio::test]
async fn a_store_that_is_removed_or_replaced_refuses_requests() {
    let (folder, store) = folder();
    let log = folder.path().join("log");
    let aside = folder.path().join("aside.db");
    let serving = Serve::logging_on(&store, &log);
    create(&serving, "ann@example.com").await.id();
    assert_eq!(get(&ready_url(&serving), "").await.status, 200);

    std::fs::rename(&store, &aside).unwrap();
    let refused = create(&serving, "bob@example.com").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("10")), "{}", refused.text);
    refused.is_scim_error(503, None);
    assert_eq!(get(&ready_url(&serving), "").await.status, 503);
    assert_eq!(get(&serving.events_url, &serving.api_key).await.status, 503);
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("removed or replaced") && text.contains(store.to_str().unwrap()), "{text}");

    std::fs::copy(&aside, &store).unwrap();
    assert_eq!(create(&serving, "cid@example.com").await.status, 503, "another file of the same content");
    std::fs::rename(&aside, &store).unwrap();
    assert_eq!(get(&ready_url(&serving), "").await.status, 200, "the file itself is back");
    create(&serving, "dan@example.com").await.id();
}

/// The file is checked once a second while nothing is written.
#[tokio::test]
async fn an_idle_server_notices_that_its_store_is_gone() {
    let (_folder, store) = folder();
    let serving = Serve::on(&store, &[]);
    let users = format!("{}/Users", serving.scim_url);
    assert_eq!(get(&users, &serving.token).await.status, 200);
    std::fs::remove_file(&store).unwrap();
    let began = Instant::now();
    while get(&users, &serving.token).await.status != 503 {
        assert!(began.elapsed() < LONG, "reads still succeed");
        tokio::task::yield_now().await;
    }
}

/// A limit on the size of files acts like a full disk: writes are refused, reads are not.
#[tokio::test]
async fn without_room_writes_are_refused_and_the_server_is_not_ready() {
    let (folder, store) = folder();
    let filled = Serve::on(&store, &[]);
    let (url, token) = (filled.scim_url.clone(), filled.token.clone());
    assert_eq!(filled.terminate(), 0);
    let serving = Serve::limited(&store, 1_024);
    let url = format!(
        "{}{}/Users",
        serving.events_url.replace("/events", ""),
        url.split_once("/scim").map(|(_, key)| format!("/scim{key}")).unwrap()
    );
    let document = |n: usize| {
        let mut document = user(&format!("user{n}@example.com"));
        document["title"] = "x".repeat(100_000).into();
        document.to_string()
    };
    let post = async |n: usize| {
        let request = client().post(&url).bearer_auth(&token).header("content-type", "application/scim+json");
        Reply::of(request.body(document(n)).send().await.unwrap()).await
    };
    let mut refused = None;
    for n in 0..100 {
        let reply = post(n).await;
        if reply.status != 201 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.unwrap();
    assert!(matches!(refused.status, 503 | 507), "{} {}", refused.status, refused.text);
    assert_eq!(refused.header("retry-after"), Some("10"));
    refused.is_scim_error(refused.status, None);
    assert_eq!(get(&ready_url(&serving), "").await.status, 503);
    assert_eq!(get(&format!("{url}?count=1"), &token).await.status, 200, "reads go on");
    drop(serving);
    let (code, out, err) = run(&["verify-store", store.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
    drop(folder);
}

/// Files that are not stores: an empty one, an empty database, another application's, and none of SQLite's.
#[test]
fn foreign_files_are_refused_and_stay_as_they_are() {
    let (folder, store) = folder();
    let path = store.to_str().unwrap();
    let database = |sql: &str| {
        let file = folder.path().join("made.db");
        let script =
            format!("import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.executescript({sql:?})\nc.close()");
        let made = std::process::Command::new("python3").args(["-c", &script, file.to_str().unwrap()]).status();
        if !made.is_ok_and(|made| made.success()) {
            return None;
        }
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        Some(bytes)
    };
    let contents = [
        ("text", Some(b"this is not a database, and long enough to be looked at".repeat(10))),
        ("an empty database", database("VACUUM; PRAGMA user_version = 0;")),
        ("another application's", database("CREATE TABLE setting (a); PRAGMA user_version = 3;")),
        ("another application's with its id", database("CREATE TABLE t (a); PRAGMA application_id = 7;")),
        ("in WAL mode", database("PRAGMA journal_mode = WAL; CREATE TABLE t (a);")),
    ];
    for (what, content) in contents {
        let Some(content) = content else {
            println!("skipped, python3 is not installed: {what}");
            continue;
        };
        std::fs::write(&store, &content).unwrap();
        let (code, out, err) = run(&["verify-store", path]);
        assert_eq!(code, 1, "{what}: {out}{err}");
        assert!(out.contains("is not a scimulate store"), "{what}: {out}");
        let (code, _, err) = run(&["serve", "--listen", "0", "--data", path]);
        assert_eq!(code, 2, "{what}: {err}");
        assert!(err.contains("is not a scimulate store") && err.lines().count() == 1, "{what}: {err}");
        assert_eq!(run(&["directory", "list", "--data", path]).0, 2, "{what}");
        assert!(std::fs::read(&store).unwrap() == content, "{what}: the file was changed");
        assert_eq!(names(folder.path()), ["s.db"], "{what}");
    }
    std::fs::write(&store, "").unwrap();
    assert_eq!(run(&["verify-store", path]).0, 1);
    assert_eq!(std::fs::read(&store).unwrap(), b"");
}

/// A check leaves no trace, neither in a store that was closed nor beside it.
#[tokio::test]
async fn verify_store_writes_nothing() {
    let (folder, store) = folder();
    let mut serving = Serve::on(&store, &[]);
    create(&serving, "ann@example.com").await.id();
    let path = store.to_str().unwrap();
    assert_eq!(run(&["verify-store", path]).0, 0, "while it is served");
    serving.kill();
    let before = (names(folder.path()), std::fs::read(&store).unwrap());
    let (code, out, err) = run(&["verify-store", path]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("1  users"), "what only the log has is counted: {out}");
    assert!(before == (names(folder.path()), std::fs::read(&store).unwrap()), "{:?}", names(folder.path()));

    assert_eq!(Serve::on(&store, &[]).terminate(), 0);
    let before = (names(folder.path()), std::fs::read(&store).unwrap());
    assert_eq!(before.0, ["s.db", "s.db.lock"]);
    assert_eq!(run(&["verify-store", path]).0, 0);
    assert!(before == (names(folder.path()), std::fs::read(&store).unwrap()), "{:?}", names(folder.path()));
}

#[tokio::test]
async fn a_second_server_of_a_store_has_to_say_so() {
    let (_folder, store) = folder();
    let data = store.to_str().unwrap();
    let first = Serve::on(&store, &[]);
    let origin = |serving: &Serve| serving.events_url.replace("/events", "");
    let (code, out, err) = run(&["serve", "--listen", "0", "--data", data]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains(&origin(&first)) && err.contains("--shared"), "{err}");

    let second = Serve::on(&store, &["--shared"]);
    let add = |name: &str| {
        let (code, out, err) = run(&["directory", "add", "--data", data, "--name", name, "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let added = add("Second");
    let key = added["scim_url"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
    let expected = [&first, &second].map(|serving| format!("{}/scim/v2/{key}", origin(serving)));
    assert_eq!(added["scim_url"], expected[0]);
    assert_eq!(added["scim_urls"], serde_json::json!(expected));
    for url in expected {
        assert_eq!(get(&format!("{url}/Users"), added["token"].as_str().unwrap()).await.status, 200, "{url}");
    }
    let (_, text, _) = run(&["directory", "list", "--data", data]);
    assert!(text.contains(&origin(&first)) && text.contains(&origin(&second)), "{text}");

    // The address of the first, which is still there, outlives the second.
    let address = origin(&first);
    assert_eq!(second.terminate(), 0);
    let added = add("Third");
    assert!(added["scim_url"].as_str().unwrap().starts_with(&address) && added.get("scim_urls").is_none(), "{added}");
    assert_eq!(first.terminate(), 0);
    assert!(add("Fourth")["scim_url"].as_str().unwrap().starts_with(&address));
    assert_eq!(Serve::on(&store, &[]).terminate(), 0, "the store is free again");
}

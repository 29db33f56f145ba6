//! Acknowledged writes are on the disk. The test counts fsync calls under load, since killing a process, as in
//! [`crate::fault`], does not lose what the operating system holds in memory.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::Value;

use crate::support::reference::{client, user};

const WRITES: usize = 2_000;
/// Concurrent writes: twice the size of a transaction (`limits::GROUP_COMMIT`), so that transactions are full.
const AT_ONCE: usize = 128;

#[tokio::test]
async fn at_least_one_sync_for_64_acknowledged_writes() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("skipped: strace is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (store, counts) = (folder.path().join("store.db"), folder.path().join("counts"));
    // -D makes strace the grandchild, so that the child is the server.
    let mut child = Command::new("strace")
        .args(["-D", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", counts.to_str().unwrap()])
        .args([env!("CARGO_BIN_EXE_scimulate"), "serve", "--listen", "127.0.0.1:0", "--json", "--data"])
        .arg(&store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let (url, token) = (format!("{}/Users", line["scim_url"].as_str().unwrap()), line["token"].as_str().unwrap());
    let http = client();
    let create = |n| {
        let body = user(&format!("user{n}@example.com")).to_string();
        http.post(&url).bearer_auth(token).header("content-type", "application/scim+json").body(body).send()
    };
    let responses = futures::stream::iter((0..WRITES).map(create)).buffer_unordered(AT_ONCE);
    let made =
        responses.filter(|response| std::future::ready(response.as_ref().unwrap().status() == 201)).count().await;
    assert_eq!(made, WRITES);
    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success() && child.wait().unwrap().success());

    // strace writes its table after the server has ended.
    let deadline = Instant::now() + Duration::from_secs(10);
    let syncs = loop {
        let table = std::fs::read_to_string(&counts).unwrap_or_default();
        if table.contains("total") || Instant::now() > deadline {
            break syncs(&table);
        }
        tokio::task::yield_now().await;
    };
    println!("{WRITES} writes acknowledged, {syncs} calls of fsync and fdatasync");
    assert!(syncs * 64 >= WRITES, "{syncs} syncs for {WRITES} writes");
}

/// Returns the number of calls in a table of `strace -c`: `% time, seconds, usecs/call, calls, [errors], syscall`.
fn syncs(table: &str) -> usize {
    let calls = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_sync = matches!(fields.last(), Some(&("fsync" | "fdatasync")));
        is_sync.then(|| fields[3].parse::<usize>().unwrap())
    });
    calls.sum()
}

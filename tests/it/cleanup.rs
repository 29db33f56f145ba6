//! `scimulate cleanup`, and what interrupted runs leave behind.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use futures::future::BoxFuture;
use scimulate::server::defects::Upstream;
use serde_json::{Value, json};

use crate::support::process::{Serve, scimulate};
use crate::support::reference::USER;
use crate::support::{LONG, proxy};

/// A server that does not respond to the first DELETE, and reports it.
#[derive(Debug)]
struct HangsOnce {
    inner: Arc<dyn Upstream>,
    hung: AtomicBool,
    deleting: mpsc::Sender<()>,
}

impl Upstream for HangsOnce {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        if request.method() == http::Method::DELETE && !self.hung.swap(true, Ordering::SeqCst) {
            let _ = self.deleting.send(());
            return Box::pin(std::future::pending());
        }
        self.inner.call(request)
    }
}

/// Runs a command with its run records in this folder.
fn run_in(state: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = scimulate(arguments).env("XDG_STATE_HOME", state).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn client(serve: &Serve) -> scimulate::wire::Client {
    let auth = scimulate::wire::Auth::Bearer(serve.token.as_str().into());
    scimulate::wire::Client::new(scimulate::wire::Target::new(serve.scim_url.clone(), auth)).unwrap()
}

async fn users(serve: &Serve) -> Vec<String> {
    let list = client(serve).get("/Users?startIndex=1&count=100").await.json().unwrap();
    list["Resources"].as_array().unwrap().iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

fn records(state: &Path) -> usize {
    std::fs::read_dir(state.join("scimulate/runs")).map_or(0, Iterator::count)
}

#[test]
fn what_a_killed_run_left_is_deleted_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(&[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let resident = json!({"schemas": [USER], "userName": "resident@example.com"});
    assert_eq!(runtime.block_on(client(&serve).post("/Users", &resident)).status(), Some(201));
    let (origin, path) = serve.scim_url.split_at(serve.scim_url.find("/scim").unwrap());
    let (deleting, going) = mpsc::channel();
    let address = runtime.block_on(async {
        let inner = proxy::remote(origin);
        proxy::serve(Arc::new(HangsOnce { inner, hung: AtomicBool::new(false), deleting })).await
    });
    let url = format!("http://{address}{path}");
    let flags = ["check", &url, "--token", &serve.token, "--run-id", "k9killed"];
    let mut child = scimulate(&flags).env("XDG_STATE_HOME", folder.path()).spawn().unwrap();
    going.recv_timeout(LONG).unwrap();
    // While the run lives, its record is not touched.
    let cleanup = ["cleanup", &url, "--token", &serve.token];
    let (code, stdout, stderr) = run_in(folder.path(), &cleanup);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stderr.contains("run k9killed is in progress") && stdout.contains("no record"), "{stdout}{stderr}");
    child.kill().unwrap();
    child.wait().unwrap();
    let left = ["resident@example.com", "canary.k9killed@example.com"];
    assert_eq!(runtime.block_on(users(&serve)), left);

    let (_, stdout, _) = run_in(folder.path(), &[&cleanup[..], &["--older-than", "1h"]].concat());
    assert!(stdout.contains("no record of an interrupted run"), "{stdout}");
    let (code, stdout, _) = run_in(folder.path(), &[&cleanup[..], &["--dry-run"]].concat());
    assert!(code == 0 && stdout.contains("run k9killed: 1 to delete\n  /Users/"), "{stdout}");
    assert_eq!(runtime.block_on(users(&serve)), left);
    let (code, stdout, stderr) = run_in(folder.path(), &cleanup);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("run k9killed: 1 deleted, 0 left"), "{stdout}");
    assert_eq!(runtime.block_on(users(&serve)), ["resident@example.com"]);
    assert_eq!(records(folder.path()), 0);
}

#[test]
fn a_run_without_a_record_is_found_by_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(&[]);
    let name = "^okta/push-groups/by-name@aiw$";
    let keep = ["check", &serve.scim_url, "--token", &serve.token, "--name", name, "--keep"];
    for id in ["k9first", "k9second"] {
        let (code, stdout, _) = run_in(folder.path(), &[&keep[..], &["--run-id", id]].concat());
        assert_eq!(code, 0, "{stdout}");
    }
    // A kept run is cleaned up only if it is named.
    let cleanup = ["cleanup", &serve.scim_url, "--token", &serve.token];
    let (_, stdout, _) = run_in(folder.path(), &cleanup);
    assert!(stdout.contains("no record of an interrupted run"), "{stdout}");
    assert_eq!(records(folder.path()), 2);
    std::fs::remove_file(folder.path().join("scimulate/runs/k9first.jsonl")).unwrap();
    for id in ["k9first", "k9second"] {
        let (code, stdout, stderr) = run_in(folder.path(), &[&cleanup[..], &["--run-id", id]].concat());
        assert_eq!(code, 0, "{stdout}{stderr}");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let users = runtime.block_on(users(&serve));
        assert_eq!(users.is_empty(), id == "k9second", "{users:?}");
        assert!(!users.iter().any(|user| user.contains(id)), "{users:?}");
    }
    assert_eq!(records(folder.path()), 0);
}

#[test]
fn an_interrupted_fuzz_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(&[]);
    let json = folder.path().join("r.json");
    let flags = ["fuzz", &serve.scim_url, "--token", &serve.token, "--cases", "100000", "--seed", "5"];
    let flags = [&flags[..], &["--json", json.to_str().unwrap()]].concat();
    let mut child = scimulate(&flags).env("XDG_STATE_HOME", folder.path()).spawn().unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    progress.read_line(&mut line).unwrap();
    assert!(line.contains("seed 5"), "{line}");
    // The run is far from its end as soon as it has created something.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    while runtime.block_on(users(&serve)).len() < 3 {}
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let (mut rest, mut stdout) = (String::new(), String::new());
    progress.read_to_string(&mut rest).unwrap();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}{stdout}");
    assert!(stdout.contains("Ended early: the run was interrupted"), "{stdout}");
    assert_eq!(runtime.block_on(users(&serve)), Vec::<String>::new());
    let report: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!((&report["leftovers"], &report["stopped"]), (&json!([]), &json!("the run was interrupted")));
    assert_eq!(report["command"], "fuzz");
    assert_eq!(records(folder.path()), 0);
}

#[test]
fn cleanup_fails_with_3_when_the_target_cannot_be_used() {
    let serve = Serve::start(&[]);
    let flags = ["cleanup", &serve.scim_url, "--token", "wrong", "--run-id", "k9absent"];
    let (code, _, stderr) = run_in(tempfile::tempdir().unwrap().path(), &flags);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("401; nothing was deleted"), "{stderr}");
}

//! `scimulate events`: a store, a server, filters, and following both.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::support::process::{Serve, run, scimulate};
use crate::support::relay::Relay;

/// The time after which a test fails because a line did not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// `scimulate events --follow --json` in a separate process.
struct Follower {
    child: Child,
    lines: Receiver<String>,
    notes: Receiver<String>,
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

impl Follower {
    fn start(more: &[&str]) -> Self {
        let mut command = scimulate(&[&["events", "--follow", "--json"], more].concat());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let (out, notes) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, lines: out, notes }
    }

    fn event(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("no event was printed");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Waits for the next event of a new directory, and returns the name of the directory.
    fn directory(&self) -> String {
        loop {
            let event = self.event();
            if event["event"] == "dsync.activated" {
                return event["data"]["name"].as_str().unwrap().to_owned();
            }
        }
    }

    /// Waits for a line on stderr that contains a text.
    fn note(&self, text: &str) {
        while !self.notes.recv_timeout(PATIENCE).expect("no note was printed").contains(text) {}
    }

    /// Sends SIGINT, as Ctrl-C does, and returns the exit code.
    fn interrupt(mut self) -> i32 {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn add_directory(file: &Path, name: &str) -> Value {
    let (code, out, error) =
        run(&["directory", "add", "--data", file.to_str().unwrap(), "--name", name, "--organization", name, "--json"]);
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&out).unwrap()
}

/// Runs `scimulate events --json` with these arguments, and parses its lines.
fn events(arguments: &[&str]) -> Vec<Value> {
    let (code, out, error) = run(&[&["events", "--json"], arguments].concat());
    assert_eq!(code, 0, "{arguments:?}: {error}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_store_and_its_server_print_the_same_events_and_filter_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let serving = Serve::on(&file, &[]);
    let second = add_directory(&file, "Second");
    let data = file.to_str().unwrap();
    let (store, server) = (["--data", data], ["--url", &serving.events_url, "--api-key", &serving.api_key]);
    let all = events(&store);
    let names: Vec<&str> = all.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let both = ["dsync.activated", "dsync.token.created"];
    assert_eq!(names, [both, both].concat());
    assert_eq!(events(&server), all);
    let (directory, organization) =
        (second["directory_id"].as_str().unwrap(), second["organization_id"].as_str().unwrap());
    for source in [&store[..], &server] {
        let of_second = |more: &[&str]| assert_eq!(events(&[source, more].concat()), all[2..], "{more:?}");
        of_second(&["--directory", directory]);
        of_second(&["--organization", organization]);
        of_second(&["--after", all[1]["id"].as_str().unwrap()]);
        assert_eq!(events(&[source, &["--events", "dsync.activated,dsync.user.created"]].concat()).len(), 2);
    }
    let (_, text, _) = run(&[&["events"], &store[..]].concat());
    let line = text.lines().nth(2).unwrap();
    assert!(line.contains("dsync.activated  Second  event_"), "{line}");
}

#[test]
fn wrong_input_ends_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let serving = Serve::on(&file, &[]);
    let data = file.to_str().unwrap();
    let (url, key) = (serving.events_url.as_str(), serving.api_key.as_str());
    for (code, arguments, expected) in [
        (2, &["--data", "missing.db"][..], "there is no store in missing.db"),
        (2, &["--data", data, "--after", "event_1"], "no object has the ID 'event_1'"),
        (2, &["--data", data, "--events", "user.create"], "did you mean dsync.user.created?"),
        (2, &["--data", data, "--url", url], "--url"),
        (2, &["--api-key", key], "--url"),
        (2, &["--url", "nonsense", "--api-key", key], "nonsense"),
        (3, &["--url", url, "--api-key", "sk_wrong_key"], "401"),
        (3, &["--url", url, "--api-key", key, "--after", "event_1"], "400"),
        (3, &["--url", "http://127.0.0.1:9/events", "--api-key", key, "--follow"], "did not respond"),
    ] {
        let (ended, out, error) = run(&[&["events"], arguments].concat());
        assert_eq!((ended, out.as_str()), (code, ""), "{arguments:?}: {error}");
        assert!(error.contains(expected) && !error.contains(key), "{arguments:?}: {error}");
    }
}

#[test]
fn a_store_is_followed_while_others_write_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let _serving = Serve::on(&file, &[]);
    let data = file.to_str().unwrap();
    let follower = Follower::start(&["--data", data]);
    follower.directory();
    add_directory(&file, "Second");
    assert_eq!(follower.directory(), "Second");
    let new_only = Follower::start(&["--data", data, "--new-only", "--events", "dsync.activated"]);
    // Directories are added until one comes, since it is unknown when the command has begun.
    let mut added = 0;
    let first = loop {
        add_directory(&file, &format!("new {added}"));
        added += 1;
        match new_only.lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => break line,
            Err(_) => assert!(added < 20, "no event was printed"),
        }
    };
    assert!(first.contains("\"new "), "older events are left out: {first}");
    assert_eq!(new_only.interrupt(), 0);
    assert_eq!(follower.interrupt(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_followed_across_its_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let (serving, relay) = (Serve::on(&file, &[]), Relay::start().await);
    relay.lead_to(&serving);
    let follower = Follower::start(&["--url", &relay.url(&serving.events_url), "--api-key", &serving.api_key]);
    follower.directory();
    add_directory(&file, "Second");
    assert_eq!(follower.directory(), "Second");
    relay.kill(serving);
    add_directory(&file, "Third");
    follower.note("trying again in");
    let again = Serve::on(&file, &[]);
    relay.lead_to(&again);
    follower.note("responds again");
    assert_eq!(follower.directory(), "Third", "nothing is printed twice, and nothing is missed");
    assert_eq!(follower.interrupt(), 0);
}

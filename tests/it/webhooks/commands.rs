//! `scimulate webhook` on a store, with and without a server.

use std::path::Path;

use serde_json::Value;

use super::receiver::Receiver;
use crate::support::process::{Serve, run};

/// Creates a store.
fn new_store(file: &Path) {
    let serving = Serve::on(file, &[]);
    assert_eq!(serving.terminate(), 0);
}

/// Runs `scimulate webhook` on a store, and returns exit code, stdout and stderr.
fn webhook(file: &Path, arguments: &[&str]) -> (i32, String, String) {
    let (command, rest) = arguments.split_first().unwrap();
    run(&[&["webhook", command, "--data", file.to_str().unwrap()], rest].concat())
}

/// Runs `scimulate webhook … --json`, and parses its line.
fn json(file: &Path, arguments: &[&str]) -> Value {
    let (code, out, error) = webhook(file, &[arguments, &["--json"]].concat());
    assert_eq!((code, out.lines().count()), (0, 1), "{arguments:?}: {out}{error}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn endpoints_are_managed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    new_store(&file);
    let (code, out, error) = webhook(&file, &["add", "--url", "https://203.0.113.7/hook"]);
    assert_eq!(code, 0, "{error}");
    let secret = out.split_whitespace().find(|word| word.starts_with("whsec_")).unwrap().to_owned();
    assert!(out.contains("shown only once") && out.contains("all events"), "{out}");
    let events = "dsync.user.deleted,dsync.user.created,dsync.user.created";
    let second = json(&file, &["add", "--url", "https://203.0.113.8/hook", "--events", events]);
    assert!(second["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(second["events"], serde_json::json!(["dsync.user.created", "dsync.user.deleted"]));

    let listed = json(&file, &["list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[1]["id"], &listed[1]["failed_attempts"]), (&second["id"], &0.into()));
    let (_, text, _) = webhook(&file, &["list"]);
    assert!(
        text.contains("https://203.0.113.7/hook") && text.contains("dsync.user.created, dsync.user.deleted"),
        "{text}"
    );
    for shown in [listed.to_string(), text] {
        assert!(!shown.contains(&secret) && !shown.contains(second["secret"].as_str().unwrap()), "{shown}");
    }
    let id = second["id"].as_str().unwrap();
    assert_eq!(json(&file, &["attempts", id]), serde_json::json!([]));
    for (command, status) in [("disable", "disabled"), ("enable", "enabled")] {
        let (code, out, _) = webhook(&file, &[command, id]);
        assert_eq!((code, out), (0, format!("{id} is {status}\n")));
        assert_eq!(json(&file, &["list"])[1]["status"], status);
    }
    assert_eq!(webhook(&file, &["remove", id]).0, 0);
    assert_eq!(json(&file, &["list"]).as_array().unwrap().len(), 1);
    assert_eq!(webhook(&file, &["remove", id]).0, 2, "it is gone");
}

#[test]
fn wrong_input_is_a_usage_error_that_names_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    new_store(&file);
    let url = "https://203.0.113.7/hook";
    json(&file, &["add", "--url", url]);
    for (arguments, expected) in [
        (&["add", "--url", url][..], "another webhook endpoint has the URL https://203.0.113.7/hook"),
        (&["add", "--url", "http://127.0.0.1:8090/"], "--allow-private-webhooks"),
        (&["add", "--url", "http://localhost:8090/"], "--allow-private-webhooks"),
        (&["add", "--url", "hooks"], "it needs https:// or http:// and a host"),
        (&["add"], "--url"),
        (
            &["add", "--url", "https://203.0.113.9/", "--events", "dsync.user.create"],
            "did you mean dsync.user.created?",
        ),
        (&["add", "--url", "https://203.0.113.9/", "--events", "dsync.token.created"], "Events API"),
        (&["remove", "we_1"], "we_1"),
        (&["enable", "we_1"], "we_1"),
        (&["disable", "we_1"], "we_1"),
        (&["attempts", "we_1"], "we_1"),
        (&["redeliver", "we_1", "event_1"], "we_1"),
        (&["test", "we_1"], "we_1"),
        (&["test", "we_1", "--event", "user.created"], "did you mean dsync.user.created?"),
    ] {
        let (code, out, error) = webhook(&file, arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    let listed = json(&file, &["list"]);
    let id = listed[0]["id"].as_str().unwrap();
    let (code, _, error) = webhook(&file, &["redeliver", id, "event_1"]);
    assert_eq!(code, 2);
    assert!(error.contains("there is no event event_1"), "{error}");
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_running_server_delivers_to_an_endpoint_that_was_added() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let serving = Serve::on(&file, &["--allow-private-webhooks"]);
    let mut receiver = Receiver::start(&[200, 200, 500, 200]).await;
    let events = "dsync.activated";
    let added = json(&file, &["add", "--url", &receiver.url(), "--allow-private-webhooks", "--events", events]);
    let (id, secret) = (added["id"].as_str().unwrap(), added["secret"].as_str().unwrap());
    let data = file.to_str().unwrap();
    assert_eq!(run(&["directory", "add", "--data", data, "--name", "Second"]).0, 0);
    let event = receiver.event(secret).await;
    assert_eq!(event["data"]["name"], "Second");

    let event_id = event["id"].as_str().unwrap();
    let again = json(&file, &["redeliver", id, event_id, "--allow-private-webhooks"]);
    assert_eq!((&again["cause"], &again["status"]), (&"redelivery".into(), &200.into()));
    assert_eq!(receiver.event(secret).await, event);
    let send = ["test", id, "--event", "dsync.deleted", "--allow-private-webhooks"];
    let (code, out, _) = webhook(&file, &send);
    assert_eq!(code, 1, "the receiver refuses it: {out}");
    assert!(out.contains("refused, 500") && out.ends_with(": noted\n"), "{out}");
    assert_eq!(webhook(&file, &send).0, 0);
    for _ in 0..2 {
        assert_eq!(receiver.event(secret).await["event"], "dsync.deleted");
    }
    let (code, out, _) = webhook(&file, &["test", id]);
    assert_eq!(code, 1, "a private address is refused: {out}");
    assert!(out.contains("not a public address"), "{out}");

    let causes = |limit: &str| -> Vec<String> {
        let attempts = json(&file, &["attempts", id, "--limit", limit]);
        attempts.as_array().unwrap().iter().map(|attempt| attempt["cause"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(causes("3"), ["test", "test", "test"]);
    assert!(causes("1000").contains(&"redelivery".to_owned()));
    let (_, text, _) = webhook(&file, &["attempts", id]);
    assert!(text.lines().next().unwrap().contains("failed: "), "{text}");
    assert_eq!(serving.terminate(), 0);
}

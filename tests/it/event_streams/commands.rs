//! `scimulate event-stream` on a store, with and without a server.

use std::path::Path;

use serde_json::{Value, json};

use super::token::claims;
use crate::support::process::{Serve, run};
use crate::support::reference::{client, user};
use crate::webhooks::receiver::Receiver;

fn event_stream(file: &Path, arguments: &[&str]) -> (i32, String, String) {
    let (command, rest) = arguments.split_first().unwrap();
    run(&[&["event-stream", command, "--data", file.to_str().unwrap()], rest].concat())
}

/// Runs `scimulate event-stream … --json`, and parses its line.
fn shown(file: &Path, arguments: &[&str]) -> Value {
    let (code, out, error) = event_stream(file, &[arguments, &["--json"]].concat());
    assert_eq!((code, out.lines().count()), (0, 1), "{arguments:?}: {out}{error}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn streams_are_managed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    assert_eq!(Serve::on(&file, &[]).terminate(), 0);
    let (code, out, error) = event_stream(&file, &["add"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("/poll") && out.contains("/jwks.json") && out.contains("shown only once"), "{out}");
    let push = ["add", "--push", "https://203.0.113.7/events", "--authorization", "Bearer of-the-receiver"];
    let pushed = shown(&file, &[&push[..], &["--audience", "https://receiver.example/"]].concat());
    assert_eq!((&pushed["delivery"], &pushed["audience"]), (&json!("push"), &json!("https://receiver.example/")));
    assert!(pushed.get("token").is_none());
    let id = pushed["id"].as_str().unwrap();

    let listed = shown(&file, &["list"]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[1]["id"]), (2, &pushed["id"]));
    assert_eq!((&listed[1]["failed_attempts"], &listed[1]["next_attempt_at"]), (&json!(0), &Value::Null));
    assert_eq!(event_stream(&file, &["set", id, "--status", "disabled"]).0, 0);
    let (_, text, _) = event_stream(&file, &["list"]);
    assert!(text.contains(&format!("{id}  disabled  push  https://203.0.113.7/events")), "{text}");
    assert!(!text.contains("of-the-receiver") && !listed.to_string().contains("of-the-receiver"));
    let keys = || -> String { event_stream(&file, &["rotate-key"]).1 };
    assert_ne!(keys(), keys());
    assert_eq!(event_stream(&file, &["remove", id]).0, 0);
    assert_eq!(shown(&file, &["list"]).as_array().unwrap().len(), 1);
    for (arguments, expected) in [
        (&["remove", id][..], id),
        (&["set", "stream_1", "--status", "enabled"], "stream_1"),
        (&["add", "--directory", "directory_1"], "directory_1"),
        (&["rotate-key", "--directory", "directory_1"], "directory_1"),
        (&["add", "--push", "http://127.0.0.1:8090/"], "--allow-private-webhooks"),
        (&["add", "--push", "events"], "it needs https:// or http://"),
        (&["add", "--authorization", "Bearer T"], "--push"),
    ] {
        let (code, out, error) = event_stream(&file, arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

/// A running server pushes to a stream that another process added, and a receiver can verify tokens of the previous key.
#[tokio::test]
async fn a_running_server_pushes_to_a_stream_that_was_added() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let serving = Serve::on(&file, &["--allow-private-webhooks"]);
    let mut receiver = Receiver::start(&[202, 202]).await;
    let added = shown(&file, &["add", "--push", &receiver.url(), "--allow-private-webhooks"]);
    let mut tokens = Vec::new();
    for name in ["ann@x.example", "bob@x.example"] {
        let create = client().post(format!("{}/Users", serving.scim_url)).bearer_auth(&serving.token);
        let create = create.header("content-type", "application/scim+json").body(user(name).to_string());
        assert_eq!(create.send().await.unwrap().status(), 201);
        tokens.push(String::from_utf8(receiver.request().await.body).unwrap());
        if tokens.len() == 1 {
            assert_eq!(event_stream(&file, &["rotate-key"]).0, 0);
        }
    }
    let keys = client().get(added["jwks_url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    let keys: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    for token in &tokens {
        assert_eq!(claims(token, &keys)["iss"], json!(serving.scim_url));
    }
    assert_eq!(serving.terminate(), 0);
}

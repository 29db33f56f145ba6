//! `serve` as a process: its output, its store across restarts, shutdown, and durability of acknowledged writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::process::{Serve, run};
use crate::support::reference::{Reply, client, filter, user};

struct TestStore {
    _folder: tempfile::TempDir,
    store: PathBuf,
}

fn test_store() -> TestStore {
    let folder = tempfile::tempdir().unwrap();
    TestStore { store: folder.path().join("store.db"), _folder: folder }
}

async fn get(url: &str, token: &str) -> Reply {
    Reply::of(client().get(url).bearer_auth(token).send().await.unwrap()).await
}

async fn create(client: &reqwest::Client, url: &str, token: &str, name: &str) -> Option<u16> {
    let request =
        client.post(format!("{url}/Users")).bearer_auth(token).header("content-type", "application/scim+json");
    request.body(user(name).to_string()).send().await.ok().map(|response| response.status().as_u16())
}

#[tokio::test]
async fn a_store_keeps_its_content_across_restarts() {
    let place = test_store();
    let first = Serve::on(&place.store, &[]);
    let (token, key) = (first.token.clone(), first.api_key.clone());
    assert!(key.starts_with("sk_") && first.line["organization_id"].as_str().unwrap().starts_with("org_"));
    let keys: Vec<&String> = first.line.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["scim_url", "token", "events_url", "api_url", "api_key", "organization_id", "directory_id"]);
    assert_eq!(create(&client(), &first.scim_url, &token, "ann@example.com").await, Some(201));
    let before = first.line.clone();
    assert_eq!(first.terminate(), 0);

    let again = Serve::on(&place.store, &["--public-url", "https://scim.example.com/"]);
    assert!(again.line["token"].is_null() && again.line["api_key"].is_null());
    assert_eq!(again.line["directory_id"], before["directory_id"]);
    assert_eq!(again.line["organization_id"], before["organization_id"]);
    let scim_url = again.scim_url.clone();
    assert!(scim_url.starts_with("https://scim.example.com/scim/v2/"), "{scim_url}");
    assert_eq!(again.events_url, "https://scim.example.com/events");
    drop(again);

    let third = Serve::on(&place.store, &[]);
    let found = get(&format!("{}/Users", third.scim_url), &token).await.json();
    assert_eq!(found["totalResults"], 1);
    let events = get(&third.events_url, &key).await.json();
    assert_eq!(events["data"].as_array().unwrap().last().unwrap()["event"], "dsync.user.created");
}

#[tokio::test]
async fn a_running_server_applies_changes_of_directories_and_keys() {
    let place = test_store();
    let serving = Serve::on(&place.store, &[]);
    let data = place.store.to_str().unwrap();
    let token = serving.token.clone();

    let (code, out, _) =
        run(&["directory", "add", "--data", data, "--name", "Second", "--organization", "Acme", "--json"]);
    let added: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert_eq!(out.lines().count(), 1);
    let (url, second) = (added["scim_url"].as_str().unwrap(), added["token"].as_str().unwrap());
    let origin = serving.events_url.replace("/events", "");
    assert!(url.starts_with(&format!("{origin}/scim/v2/")), "{url}: as the store was last served under");
    assert_eq!(get(&format!("{url}/Users"), second).await.status, 200);
    assert_ne!(added["organization_id"], serving.line["organization_id"]);

    let id = added["directory_id"].as_str().unwrap();
    assert_eq!(create(&client(), url, second, "ann@example.com").await, Some(201));
    let strange = user("bob@example.com").to_string().replace("\"groups\":[]", "\"strange\":1");
    let post = |body: String| {
        let request = client().post(format!("{url}/Users")).bearer_auth(second);
        request.header("content-type", "application/json").body(body).send()
    };
    assert_eq!(run(&["directory", "set", id, "--data", data, "--mode", "strict", "--on-deactivate", "delete"]).0, 0);
    assert_eq!(post(strange.clone()).await.unwrap().status(), 400, "strict mode applies at once");
    assert_eq!(run(&["directory", "set", id, "--data", data, "--mode", "lenient"]).0, 0);
    assert_eq!(post(strange).await.unwrap().status(), 201, "lenient mode applies at once");
    let (_, listed, _) = run(&["directory", "list", "--data", data, "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[1]["settings"]["on_deactivate"], "delete", "other settings are unchanged: {listed}");

    // The old token stays valid until the next rotation, or is revoked now.
    let rotate = |more: &[&str]| {
        let (code, out, _) = run(&[&["directory", "rotate-token", id, "--data", data, "--json"], more].concat());
        assert_eq!(code, 0);
        serde_json::from_str::<Value>(&out).unwrap()["token"].as_str().unwrap().to_owned()
    };
    let users = format!("{url}/Users");
    let third = rotate(&[]);
    assert_eq!((get(&users, second).await.status, get(&users, &third).await.status), (200, 200));
    let fourth = rotate(&[]);
    assert_eq!((get(&users, second).await.status, get(&users, &third).await.status), (401, 200));
    let fifth = rotate(&["--revoke-old"]);
    for (token, status) in [(&third, 401), (&fourth, 401), (&fifth, 200)] {
        assert_eq!(get(&users, token).await.status, status);
    }
    assert_eq!(
        get(&format!("{}/Users", serving.scim_url), &token).await.status,
        200,
        "the other directory's token is not affected"
    );

    let (_, out, _) = run(&["api-key", "add", "--data", data, "--json"]);
    let key: Value = serde_json::from_str(&out).unwrap();
    let (key, key_id) = (key["api_key"].as_str().unwrap(), key["id"].as_str().unwrap());
    assert_eq!(get(&serving.events_url, key).await.status, 200);
    assert_eq!(run(&["api-key", "revoke", key_id, "--data", data]).0, 0);
    assert_eq!(get(&serving.events_url, key).await.status, 401);
    assert_eq!(run(&["verify-store", data]).0, 0);
}

#[tokio::test]
async fn old_events_are_deleted_in_the_background() {
    let place = test_store();
    let serving = Serve::on(&place.store, &["--retain-events", "500ms"]);
    let (url, key, token) = (serving.events_url.clone(), serving.api_key.clone(), serving.token.clone());
    let oldest = get(&url, &key).await.json()["data"][0].clone();
    assert_eq!(oldest["event"], "dsync.activated");
    assert_eq!(create(&client(), &serving.scim_url, &token, "ann@example.com").await, Some(201));
    let deleted = async {
        while get(&format!("{url}?limit=1"), &key).await.json()["data"][0]["event"] != "dsync.user.created" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::LONG, deleted).await.expect("the old events stay");
    let refused = get(&format!("{url}?after={}", oldest["id"].as_str().unwrap()), &key).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("expired_cursor")));
    assert_eq!(serving.terminate(), 0);
    assert_eq!(run(&["verify-store", place.store.to_str().unwrap()]).0, 0);
    let (code, _, error) = run(&["serve", "--ephemeral", "--retain-events", "0d"]);
    assert!(code == 2 && error.contains("30d"), "{error}");
}

#[test]
fn usage_errors_end_with_2() {
    let place = test_store();
    let missing = place.store.to_str().unwrap();
    for arguments in [
        &["directory", "list", "--data", missing][..],
        &["api-key", "add", "--data", missing],
        &["verify-store", missing],
        &["serve", "--ephemeral", "--data", missing],
        &["serve", "--listen", "nonsense", "--ephemeral"],
        &["serve", "--public-url", "nonsense"],
        &["serve", "--defect", "nonsense"],
        &["directory", "set", "directory_1"],
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(!err.is_empty());
    }
    assert!(!place.store.exists(), "a usage error creates no store");
    std::fs::write(&place.store, "this is not a database, and long enough to be looked at").unwrap();
    let (code, out, _) = run(&["verify-store", missing]);
    assert_eq!(code, 1, "{out}");
}

#[tokio::test]
async fn a_defect_is_listed_and_can_be_enabled() {
    let (_, list, _) = run(&["defects"]);
    for defect in scimulate::server::defects::all() {
        let lists = |line: &str| line.starts_with(defect.name) && defect.violates.iter().all(|id| line.contains(id));
        assert!(list.lines().any(lists), "{}", defect.name);
    }
    let (_, help, _) = run(&["serve", "--help"]);
    assert!(help.contains("`scimulate defects`") && !help.contains("pathless-patch"), "{help}");
    let (_, json, _) = run(&["defects", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), scimulate::server::defects::all().count());
    let place = test_store();
    let serving = Serve::on(&place.store, &["--defect", "create-answered-200"]);
    let (url, token) = (serving.scim_url.clone(), serving.token.clone());
    assert_eq!(create(&client(), &url, &token, "ann@example.com").await, Some(200));
}

#[tokio::test]
async fn acknowledged_writes_survive_sigkill() {
    let place = test_store();
    let mut acknowledged = Vec::new();
    let mut token = None;
    for round in 0..3 {
        let mut serving = Serve::on(&place.store, &[]);
        let token = token.get_or_insert_with(|| serving.token.clone()).clone();
        let url = serving.scim_url.clone();
        let dead = Arc::new(AtomicBool::new(false));
        let writers = (0..8).map(|writer| {
            let (url, token, dead) = (url.clone(), token.clone(), Arc::clone(&dead));
            tokio::spawn(async move {
                let (client, mut done) = (client(), Vec::new());
                for n in 0.. {
                    let name = format!("r{round}w{writer}n{n}@example.com");
                    if create(&client, &url, &token, &name).await != Some(201) {
                        break;
                    }
                    done.push(name);
                    if dead.load(Ordering::Relaxed) {
                        break;
                    }
                }
                done
            })
        });
        let writers: Vec<_> = writers.collect();
        // Killed while writes are in flight, as soon as there are enough.
        while get(&format!("{url}/Users?count=0"), &token).await.json()["totalResults"].as_u64().unwrap()
            < 60 * (round + 1)
        {
            tokio::task::yield_now().await;
        }
        serving.kill();
        dead.store(true, Ordering::Relaxed);
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    let (code, out, err) = run(&["verify-store", place.store.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
    let serving = Serve::on(&place.store, &[]);
    assert!(acknowledged.len() >= 150, "{}", acknowledged.len());
    let (url, token) = (serving.scim_url.clone(), token.unwrap());
    for name in &acknowledged {
        let found = get(&format!("{url}/Users?{}", filter(&format!("userName eq \"{name}\""))), &token).await.json();
        assert_eq!(found["totalResults"], 1, "{name} was acknowledged");
    }
    assert_eq!(serving.terminate(), 0);
}

#[tokio::test]
async fn a_directory_can_declare_extension_schemas() {
    let place = test_store();
    let serving = Serve::on(&place.store, &[]);
    let data = place.store.to_str().unwrap();
    let file = place.store.with_file_name("schema.json");
    let urn = "urn:example:params:scim:schemas:extension:acme:2.0:User";
    let schema = json!({
        "id": urn,
        "name": "Acme",
        "description": "What Acme knows of a person",
        "attributes": [{"name": "badge", "type": "integer", "description": "The number on the badge"}],
    });
    let add = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        run(&["directory", "add", "--data", data, "--name", "Acme", "--mode", "strict", "--schema", file, "--json"])
    };
    for (text, word) in [("{", "line 1"), ("{}", "schema"), (&schema.to_string().replace("badge\",", "1\","), "1")] {
        let (code, _, err) = add(text);
        assert!(code == 2 && err.contains("schema.json") && err.contains(word), "{code} {err}");
    }
    let (code, out, err) = add(&schema.to_string());
    assert_eq!(code, 0, "{err}");
    let added: Value = serde_json::from_str(&out).unwrap();
    let (url, token) = (added["scim_url"].as_str().unwrap(), added["token"].as_str().unwrap());
    let shown = get(&format!("{url}/Schemas/{urn}"), token).await.json();
    assert_eq!(shown["attributes"][0]["name"], "badge");
    for (badge, status) in [(json!(7), 201), (json!("seven"), 400)] {
        let mut body = user(&format!("ann{status}@example.com"));
        body["schemas"].as_array_mut().unwrap().push(json!(urn));
        body[urn] = json!({"badge": badge});
        let request =
            client().post(format!("{url}/Users")).bearer_auth(token).header("content-type", "application/json");
        assert_eq!(request.body(body.to_string()).send().await.unwrap().status(), status);
    }
    assert_eq!(get(&serving.scim_url, token).await.status, 401);
}

#[tokio::test]
async fn a_json_log_contains_the_request_id() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let serving = Serve::logging(&log, &["--log-format", "json", "--log-level", "debug"], &[]);
    let (url, token) = (serving.scim_url.clone(), serving.token.clone());
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team",
                       "members": [{"value": "nobody"}]});
    let request = client().post(format!("{url}/Groups")).bearer_auth(&token);
    let request = request.header("content-type", "application/scim+json").body(group.to_string());
    let id = Reply::of(request.send().await.unwrap()).await.header("x-request-id").unwrap().to_owned();
    assert_eq!(serving.terminate(), 0);
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of_request = lines.iter().filter(|line| line["request"] == id.as_str());
    let messages: Vec<&str> = of_request.map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["dropped members that do not exist in this directory", "responded"], "{log}");
}

#[tokio::test]
async fn the_log_contains_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let serving = Serve::logging(&log, &[], &[("RUST_LOG", "trace")]);
    let (url, token, key) = (serving.scim_url.clone(), serving.token.clone(), serving.api_key.clone());
    assert_eq!(create(&client(), &url, &token, "ann@example.com").await, Some(201));
    assert_eq!(get(&format!("{url}/Users?{}", filter("nonsense")), &token).await.status, 400);
    assert_eq!(get(&url, "WrongSecretToken").await.status, 401);
    assert_eq!(get(&serving.events_url, &key).await.status, 200);
    assert_eq!(serving.terminate(), 0);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("responded"), "there is a log: {log}");
    for secret in [token.as_str(), key.as_str(), "1mz050nq", "WrongSecretToken"] {
        assert!(!log.contains(secret), "the log contains {secret}");
    }
}

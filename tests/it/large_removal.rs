//! The removal of a directory with thousands of users: it is refused and gone at once, its rows are deleted in the
//! background, and a killed server continues after its next start.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::LONG;
use crate::support::process::{Serve, run};
use crate::support::reference::{Reply, client, user};

const USERS: usize = 3_000;
/// Operations of one bulk request.
const BATCH: usize = 1_000;

/// A store with two directories: the first has one user, the second has thousands.
struct TestStore {
    _folder: tempfile::TempDir,
    file: PathBuf,
    second: Value,
}

impl TestStore {
    fn data(&self) -> &str {
        self.file.to_str().unwrap()
    }

    fn second_id(&self) -> &str {
        self.second["directory_id"].as_str().unwrap()
    }

    /// Returns the response to a request to the second directory.
    async fn second_users(&self, serving: &Serve) -> u16 {
        // The port is another one after a restart.
        let path = self.second["scim_url"].as_str().unwrap().rsplit_once("/scim/v2/").unwrap().1;
        let (base, _) = serving.scim_url.rsplit_once('/').unwrap();
        let token = self.second["token"].as_str().unwrap();
        client().get(format!("{base}/{path}/Users?count=1")).bearer_auth(token).send().await.unwrap().status().as_u16()
    }
}

async fn post(url: &str, token: &str, body: &Value) -> Reply {
    let request = client().post(url).bearer_auth(token).header("content-type", "application/scim+json");
    Reply::of(request.body(body.to_string()).send().await.unwrap()).await
}

async fn fill(serving: &Serve, file: PathBuf, folder: tempfile::TempDir) -> TestStore {
    let created = post(&format!("{}/Users", serving.scim_url), &serving.token, &user("ann@example.com")).await;
    assert_eq!(created.status, 201);
    let (code, out, error) = run(&["directory", "add", "--data", file.to_str().unwrap(), "--name", "Large", "--json"]);
    assert_eq!(code, 0, "{error}");
    let second: Value = serde_json::from_str(&out).unwrap();
    let (url, token) = (second["scim_url"].as_str().unwrap(), second["token"].as_str().unwrap());
    for batch in 0..USERS / BATCH {
        let create = |n: usize| {
            json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("b{batch}u{n}@example.com"),
            }})
        };
        let operations: Vec<Value> = (0..BATCH).map(create).collect();
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
        let reply = post(&format!("{url}/Bulk"), token, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    let store = TestStore { _folder: folder, file, second };
    assert_eq!(users(&store.file), USERS + 1);
    store
}

/// Returns the number of users in the tables of a consistent store.
fn users(file: &Path) -> usize {
    let (code, out, error) = run(&["verify-store", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{error}");
    let line =
        out.lines().find(|line| line.split_whitespace().any(|word| word == "users") && !line.contains("directory"));
    let number = line.and_then(|line| line.split_whitespace().find_map(|word| word.parse().ok()));
    number.unwrap_or_else(|| panic!("no number of users: {out}"))
}

/// Waits until the tables have fewer users than this, and returns their number.
async fn fewer(file: &Path, than: usize) -> usize {
    let waiting = async {
        loop {
            let left = users(file);
            if left < than {
                return left;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.expect("the rows of the removed directory stay")
}

#[tokio::test]
async fn a_killed_server_continues_to_delete() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let mut serving = Serve::on(&file, &[]);
    let store = fill(&serving, file, folder).await;
    let (api_url, key) = (serving.line["api_url"].as_str().unwrap().to_owned(), serving.api_key.clone());
    let directory = format!("{api_url}/directories/{}", store.second_id());
    let removed = client().delete(&directory).bearer_auth(&key).send().await.unwrap();
    assert_eq!(removed.status(), 202);
    assert_eq!(store.second_users(&serving).await, 401, "requests are refused at once");
    serving.kill();
    let mut left = users(&store.file);
    let mut kills = 1;
    while left > 1 {
        let mut again = Serve::on(&store.file, &[]);
        assert_eq!(store.second_users(&again).await, 401);
        left = fewer(&store.file, left).await;
        again.kill();
        kills += 1;
    }
    println!("deleted by {kills} servers that were killed");
    let serving = Serve::on(&store.file, &[]);
    let events = client().get(format!("{}?limit=1&order=desc", serving.events_url)).bearer_auth(&key);
    let newest = Reply::of(events.send().await.unwrap()).await.json();
    assert_eq!(
        (&newest["data"][0]["event"], &newest["data"][0]["data"]["id"]),
        (&json!("dsync.deleted"), &json!(store.second_id()))
    );
}

#[tokio::test]
async fn a_running_server_deletes_what_another_process_removed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let serving = Serve::on(&file, &[]);
    let store = fill(&serving, file, folder).await;
    let (code, _, error) = run(&["directory", "remove", store.second_id(), "--data", store.data()]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(store.second_users(&serving).await, 401);
    // No other request gives the server an occasion.
    let mut left = USERS + 2;
    while left > 1 {
        left = fewer(&store.file, left).await;
    }
    assert_eq!(serving.terminate(), 0);
}

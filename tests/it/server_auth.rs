//! Tokens: the three forms, two at a time, immediate revocation, and their last use.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use scimulate::base::{Clock as _, Secret, SystemClock, TestClock};
use scimulate::directory::Settings;
use scimulate::directory::model::AuthForm;
use scimulate::store::sqlite::SqliteStore;
use scimulate::store::{AdminCommand, Credentials, OrganizationChanges, Store as _};

use crate::support::process::run;
use crate::support::reference::{Reply, Server};

async fn status(server: &Server, authorization: &str) -> u16 {
    server.send_with(Method::GET, "/Users", &[("authorization", authorization)], None).await.status
}

// AUT-014, AUT-015
#[tokio::test]
async fn a_directory_accepts_its_token_in_one_form_and_advertises_it() {
    let server = Server::start().await;
    let token = server.token.clone();
    let basic = |user: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{token}")));
    let directory = server.store.directories().await.unwrap().remove(0);
    for (auth, taken, kind) in [
        (AuthForm::Bearer, format!("bearer {token}"), "oauthbearertoken"),
        (AuthForm::Basic, basic("anybody"), "httpbasic"),
        (AuthForm::Header, token.clone(), "oauthbearertoken"),
    ] {
        let settings = Settings { auth, ..directory.settings.clone() };
        server.store.administer(AdminCommand::SetDirectory { id: directory.id.clone(), settings }).await.unwrap();
        for given in [format!("bearer {token}"), basic("anybody"), token.clone(), format!("Basic {token}")] {
            let expected = if given == taken { 200 } else { 401 };
            assert_eq!(status(&server, &given).await, expected, "{auth:?} {given}");
        }
        let headers = [("authorization", taken.as_str())];
        let config = server.send_with(Method::GET, "/ServiceProviderConfig", &headers, None).await.json();
        let schemes = config["authenticationSchemes"].as_array().unwrap();
        assert_eq!((schemes.len(), &schemes[0]["type"], &schemes[0]["primary"]), (1, &kind.into(), &true.into()));
        // The challenge lists both schemes, whatever the directory accepts.
        let refused = server.send_with(Method::GET, "/Users", &[("authorization", "Bearer wrong")], None).await;
        let challenges: Vec<&str> =
            refused.headers.get_all("www-authenticate").iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!(
            challenges,
            ["Bearer realm=\"scim\", error=\"invalid_token\"", "Basic realm=\"scim\", charset=\"UTF-8\""]
        );
    }
}

// AUT-011, ENTRA-019
#[tokio::test]
async fn two_tokens_are_valid_at_a_time_and_a_revoked_one_is_rejected_at_once() {
    let server = Server::start().await;
    let id = server.store.directories().await.unwrap().remove(0).id;
    let rotate = async |revoke_old: bool| {
        let command = AdminCommand::RotateToken { directory: id.clone(), revoke_old };
        format!("Bearer {}", server.store.administer(command).await.unwrap().secret.unwrap().expose())
    };
    let first = format!("Bearer {}", server.token);
    let second = rotate(false).await;
    assert_eq!((status(&server, &first).await, status(&server, &second).await), (200, 200));
    let third = rotate(false).await;
    assert_eq!(status(&server, &first).await, 401);
    assert_eq!((status(&server, &second).await, status(&server, &third).await), (200, 200));
    let fourth = rotate(true).await;
    for gone in [&first, &second, &third] {
        assert_eq!(status(&server, gone).await, 401);
    }
    assert_eq!(status(&server, &fourth).await, 200);
}

#[tokio::test]
async fn the_last_use_is_stored_with_the_next_write() {
    let server = Server::start().await;
    let id = server.store.directories().await.unwrap().remove(0).id;
    assert_eq!(server.store.tokens(&id).await.unwrap()[0].last_used_at, None);
    server.get("/Users").await;
    assert_eq!(server.store.tokens(&id).await.unwrap()[0].last_used_at, None);
    server.user("ann@example.com").await;
    let tokens = server.store.tokens(&id).await.unwrap();
    let used = tokens[0].last_used_at.unwrap();
    assert!(used >= tokens[0].token.created_at && tokens.len() == 1);
    assert!(server.token.ends_with(&tokens[0].token.suffix));
    // A token that is not used has no last use, even if another token of the directory has.
    server.store.administer(AdminCommand::RotateToken { directory: id.clone(), revoke_old: false }).await.unwrap();
    let tokens = server.store.tokens(&id).await.unwrap();
    assert_eq!((tokens[0].last_used_at, tokens[1].last_used_at), (None, Some(used)));
}

#[tokio::test]
async fn without_writes_the_last_use_is_stored_once_a_minute() {
    let clock = Arc::new(TestClock::at(Timestamp::UNIX_EPOCH));
    let store = SqliteStore::ephemeral(clock.clone(), None).unwrap();
    let first = store.bootstrap().await.unwrap();
    let (key, id) = (&first.directory.external_key, &first.directory.id);
    let credentials =
        Credentials { authorization: Some(Secret::new(format!("Bearer {}", first.token.unwrap().expose()))) };
    let before = store.figures().commits;
    let read = async |times: usize| {
        for _ in 0..times {
            assert!(store.authenticate(key, &credentials).await.unwrap().is_some());
        }
    };
    read(100).await;
    clock.advance(SignedDuration::from_secs(59));
    read(100).await;
    assert_eq!(store.tokens(id).await.unwrap()[0].last_used_at, None);
    clock.advance(SignedDuration::from_secs(1));
    read(100).await;
    let written = async {
        while store.tokens(id).await.unwrap()[0].last_used_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), written).await.expect("nothing is written");
    assert_eq!(store.tokens(id).await.unwrap()[0].last_used_at, Some(clock.now()));
    read(100).await;
    store.administer(AdminCommand::AddApiKey { name: "later".to_owned() }).await.unwrap();
    assert_eq!(store.figures().commits, before + 2, "one for the uses, one for the key");
}

#[tokio::test]
async fn the_last_use_is_stored_when_a_store_closes_and_is_listed() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("store.db");
    let open = || SqliteStore::open(&file, Arc::new(SystemClock), None).unwrap();
    let store = open();
    let first = store.bootstrap().await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = open();
    let authorization = Some(Secret::new(format!("Bearer {}", first.token.unwrap().expose())));
    let key = &first.directory.external_key;
    assert!(store.authenticate(key, &Credentials { authorization }).await.unwrap().is_some());
    store.close().await.unwrap();
    drop(store);
    let used = open().tokens(&first.directory.id).await.unwrap()[0].last_used_at;
    assert!(used.is_some());
    let (code, out, _) = run(&["directory", "list", "--data", file.to_str().unwrap()]);
    assert!(code == 0 && out.contains("last used 20"), "{out}");
    let (_, out, _) = run(&["directory", "list", "--data", file.to_str().unwrap(), "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(listed[0]["tokens"][0]["last_used_at"].is_string(), "{out}");
}

#[tokio::test]
async fn metrics_contain_no_names_ids_or_secrets() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    server.get(&format!("/Users/{id}")).await;
    server.get("/Users/nobody").await;
    let url = format!("{}/metrics", server.reference.base_url());
    let reply = Reply::of(reqwest::get(url).await.unwrap()).await;
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "scimulate_requests_total{method=\"POST\",route=\"/Users\",status=\"201\"} 1",
        "scimulate_requests_total{method=\"GET\",route=\"/Users/{id}\",status=\"200\"} 1",
        "scimulate_requests_total{method=\"GET\",route=\"/Users/{id}\",status=\"404\"} 1",
        "scimulate_request_duration_seconds_count{method=\"GET\",route=\"/Users/{id}\"} 2",
        "scimulate_store_queued 0",
        "scimulate_store_log_ahead_seconds 0",
        "scimulate_store_writer_occupancy_seconds_count{work=\"create\"} 1",
    ] {
        assert!(reply.text.lines().any(|challenges| challenges == line), "{line} is not in\n{}", reply.text);
    }
    let events = reply.text.lines().find_map(|line| line.strip_prefix("scimulate_store_events_total "));
    // The directory, its token, and the user.
    assert_eq!(events, Some("3"));
    for secret in [id.as_str(), &server.token, "ann@"] {
        assert!(!reply.text.contains(secret));
    }
}

#[tokio::test]
async fn a_backup_of_a_running_store_is_complete_and_overwrites_no_file() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (file, copy) = (path("store.db"), path("copy.db"));
    let store = SqliteStore::open(std::path::Path::new(&file), Arc::new(SystemClock), None).unwrap();
    let first = store.bootstrap().await.unwrap();
    let backup = || run(&["backup", &copy, "--data", &file]);
    let (code, out, err) = backup();
    assert!(code == 0 && out.contains(&copy), "{out} {err}");
    // Later writes are not in the backup.
    store
        .administer(AdminCommand::AddOrganization { name: "Later".to_owned(), changes: OrganizationChanges::default() })
        .await
        .unwrap();
    let (code, _, err) = backup();
    assert!(code == 2 && err.contains("never overwrites"), "{err}");
    let (code, out, _) = run(&["verify-store", &copy]);
    assert_eq!(code, 0, "{out}");
    let copied = SqliteStore::open(std::path::Path::new(&copy), Arc::new(SystemClock), None).unwrap();
    assert_eq!(copied.organizations().await.unwrap().len(), 1);
    assert_eq!(copied.directories().await.unwrap()[0].id, first.directory.id);
    assert!(!std::path::Path::new(&format!("{copy}.partial")).exists());
}

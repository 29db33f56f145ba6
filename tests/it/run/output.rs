//! The printed text: bodies, events, and the result alone.

use serde_json::Value;

use super::run;
use crate::support::reference::Server;

#[tokio::test]
async fn verbose_shows_bodies_and_what_a_put_changed() {
    let server = Server::start().await;
    let ran = run(&server, &["rehire", "--client", "aiw", "-v"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let create = ran.action(1);
    assert!(create.contains("      >   \"userName\": \"alan@rehire.example.com\",\n"), "{create}");
    assert!(create.contains("      >   \"password\": \"***\",\n"), "{create}");
    assert!(create.contains("      <   \"id\": "), "{create}");
    let deactivate = ran.action(2);
    let (_, put) = deactivate.split_once("PUT /Users/").unwrap();
    assert!(put.contains("      > changed since the GET\n      > active: true -> false\n      < {\n"), "{put}");
}

#[tokio::test]
async fn quiet_prints_only_the_result() {
    let server = Server::start().await;
    let ran = run(&server, &["suspension", "-q"]).await;
    let expected = "passed suspension: 5 actions, 5 requests: Okta would have reported no errors. The audit compared 1 user and 0 \
                    groups on the target: the target stores what it accepted, and Okta leaves no problem of its own.\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (expected, ""));
}

#[tokio::test]
async fn events_are_printed_below_the_action_that_caused_them() {
    let server = Server::start().await;
    server.user("before@example.com").await;
    let ran =
        run(&server, &["joiner-mover-leaver", "--events-url", &server.events_url, "--api-key", &server.api_key]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let updated = "\n   event: dsync.user.updated grace.hopper@jml.example.com state active -> inactive\n   passed";
    assert!(ran.action(6).contains(updated), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("event: ").count(), 5, "{}", ran.stdout);
    assert!(!ran.stdout.contains("before@example.com"), "events from before the run are not printed");
    assert_eq!(ran.report["scenarios"][5]["events"][0]["event"], "dsync.user.updated");
    let users = server.get("/Users").await.json()["totalResults"].clone();
    assert_eq!(users, Value::from(3), "run creates no marker user");
}

#[tokio::test]
async fn an_events_api_that_cannot_be_read_ends_the_run_before_anything_is_sent() {
    let server = Server::start().await;
    let ran = run(&server, &["suspension", "--events-url", &server.events_url, "--api-key", "sk_wrong"]).await;
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("cannot read the events at --events-url"), "{}", ran.stderr);
    assert_eq!(server.get("/Users").await.json()["totalResults"], 0);
}

//! `scimulate webhook listen` in a separate process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use jiff::Timestamp;
use scimulate::base::Secret;
use scimulate::events::signature;
use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::support::process::{run, scimulate};
use crate::support::reference::client;

const SECRET: &str = "whsec_of_the_test";

struct Listener {
    child: Child,
    lines: BufReader<ChildStdout>,
    url: String,
}

impl Listener {
    fn start(more: &[&str]) -> Self {
        let arguments = [&["webhook", "listen", "--listen", "0", "--json", "--secret", SECRET], more].concat();
        let mut child = scimulate(&arguments).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut listener = Self { child, lines, url: String::new() };
        let first = listener.line();
        first["url"].as_str().unwrap().clone_into(&mut listener.url);
        listener
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert!(!line.contains(SECRET));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Sends a body with the signature of a secret, and returns the status.
    async fn post(&self, secret: &str, body: &str) -> u16 {
        let signed = signature::sign(&Secret::new(secret), Timestamp::now(), body.as_bytes());
        let request = client().post(&self.url).header(signature::HEADER, signed).body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn webhooks_are_verified_and_printed() {
    let mut listener = Listener::start(&[]);
    let event = json!({"object": "event", "id": "event_1", "event": "dsync.deleted", "data": {}});
    assert_eq!(listener.post(SECRET, &event.to_string()).await, 200);
    let line = listener.line();
    assert_eq!((&line["verified"], &line["event"]), (&json!(true), &event));
    assert_eq!(listener.post("whsec_of_another", &event.to_string()).await, 400);
    let line = listener.line();
    assert_eq!((&line["verified"], &line["status"]), (&json!(false), &json!(400)));
    assert!(line["message"].as_str().unwrap().contains("does not match"), "{line}");
    assert_eq!(listener.post(SECRET, "no JSON").await, 400);
    assert_eq!(listener.line()["event"], Value::Null);
    let unsigned = client().post(&listener.url).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 400);
    assert_eq!(client().get(&listener.url).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn webhooks_are_forwarded_with_their_signature() {
    let mut receiver = Receiver::start(&[202, 500]).await;
    let mut listener = Listener::start(&["--forward-to", &receiver.url()]);
    for (number, expected) in [(1, 202), (2, 500)] {
        let event = json!({"id": format!("event_{number}")});
        assert_eq!(listener.post(SECRET, &event.to_string()).await, expected);
        assert_eq!(receiver.event(SECRET).await, event);
        assert_eq!(listener.line()["status"], expected);
    }
    assert_eq!(listener.post("whsec_of_another", "{}").await, 400);
    assert_eq!(receiver.waiting(), 0);
    let nowhere = Listener::start(&["--forward-to", "http://127.0.0.1:9/"]);
    assert_eq!(nowhere.post(SECRET, "{}").await, 502);
}

#[test]
fn a_target_that_is_not_a_url_is_a_usage_error() {
    let (code, _, error) = run(&["webhook", "listen", "--forward-to", "localhost:3000"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("such as http://localhost:3000/webhooks"), "{error}");
}

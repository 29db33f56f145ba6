//! Text that is printed while a request or a wait lasts.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout};

use scimulate::report::{Run, Verdict};

use crate::support::process::scimulate;

/// A run against a listener of this test, which is killed on drop.
struct Playing {
    child: Child,
    stdout: ChildStdout,
}

impl Playing {
    fn start(listener: &TcpListener, more: &[&str]) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let flags = ["run", "suspension", "--url", &url, "--token", "t"];
        let mut child = scimulate(&[&flags[..], more].concat()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Self { child, stdout }
    }

    /// Reads the output up to and including these words.
    fn read_until(&mut self, words: &str) -> String {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(words.as_bytes()) {
            assert_eq!(
                self.stdout.read(&mut byte).unwrap(),
                1,
                "{words:?} is not in {}",
                String::from_utf8_lossy(&text)
            );
            text.push(byte[0]);
        }
        String::from_utf8(text).unwrap()
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the header of a request and sends a response.
fn respond(connection: &mut TcpStream, status_and_body: &str) {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    connection.write_all(format!("HTTP/1.1 {status_and_body}").as_bytes()).unwrap();
}

#[test]
fn a_request_is_printed_before_its_response() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut playing = Playing::start(&listener, &[]);
    // Nothing has accepted the connection yet.
    let before = playing
        .read_until("GET /Users?filter=userName%20eq%20%22niklaus%40suspension.example.com%22&startIndex=1&count=100");
    assert!(before.starts_with("1. assign  people: niklaus  app: app\n   GET "), "{before}");
    let (mut connection, _) = listener.accept().unwrap();
    respond(&mut connection, "401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    assert!(playing.read_until("\n").starts_with("  401  "));
    let after = playing.read_until("\n2. ");
    assert!(after.contains("Okta shows the administrator: Error while verifying if user"), "{after}");
}

#[test]
fn a_wait_is_announced_when_it_begins() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut playing = Playing::start(&listener, &["--json", file.path().to_str().unwrap()]);
    let (mut connection, _) = listener.accept().unwrap();
    respond(&mut connection, "429 Too Many Requests\r\nContent-Length: 0\r\n\r\n");
    playing.read_until("   429 without Retry-After: Okta waits 5 minutes (attempt 2 of 10 follows)\n");
    assert!(playing.child.try_wait().unwrap().is_none(), "it waits");
    let sent = std::process::Command::new("kill").arg(playing.child.id().to_string()).status().unwrap();
    assert!(sent.success());
    let end = playing.read_until("4 actions were skipped: the run was interrupted.\n");
    assert!(end.contains("The run is not complete: 0 of 5 actions passed (1 request)."), "{end}");
    assert_eq!(playing.child.wait().unwrap().code(), Some(130), "a signal ends the wait");
    let report = Run::from_json(serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap()).unwrap();
    let verdicts: Vec<Verdict> = report.scenarios.iter().map(|action| action.verdict).collect();
    assert_eq!(verdicts, [&[Verdict::Inconclusive][..], &[Verdict::Skipped; 5]].concat(), "four actions and the audit");
    assert_eq!(report.scenarios[0].exchanges[0].status, Some(429), "what was played is in the report");
    assert_eq!(report.stopped.as_deref(), Some("the run was interrupted"));
}

#[test]
fn a_target_that_goes_away_ends_the_run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut playing = Playing::start(&listener, &[]);
    let (mut connection, _) = listener.accept().unwrap();
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}"#;
    drop(listener);
    let length = body.len();
    respond(&mut connection, &format!("200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"));
    drop(connection);
    playing.read_until("POST /Users  no connection to ");
    let end =
        playing.read_until("The run is not complete: 0 of 5 actions passed (2 requests). 4 actions were skipped: ");
    assert!(end.contains("\n   inconclusive: the target cannot be reached: no connection to "), "{end}");
    assert_eq!(playing.child.wait().unwrap().code(), Some(3));
}

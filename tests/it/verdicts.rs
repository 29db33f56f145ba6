//! Broken targets: they hang, cut the connection, return HTML, redirect in a loop or send without end. A run ends within its
//! time, with verdicts and a sentence that says what was seen.
//!
//! Targets that are only slow or broken are services in this process, on Tokio's paused clock.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use scimulate::Server;
use scimulate::cli::Exit;
use scimulate::cli::check::exit;
use scimulate::report::{Run, Verdict};
use scimulate::wire::{Auth, Service, Target};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::support::LONG;
use crate::support::harness::{check_of, check_target, reference, report_of, target_of};
use crate::support::toy::{Fault, Toy, breaks_after};

/// A change of the requests to a reference.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// DELETE returns 405.
    NoDelete,
    /// A lookup of any userName returns the resident.
    SameMatch,
}

/// A user that no run created.
const RESIDENT: &str = "resident@example.com";

/// A target that forwards requests to a reference and changes some of them. It lives as long as the value.
struct Proxy {
    target: Target,
    _runtime: tokio::runtime::Runtime,
}

impl Proxy {
    fn start(change: Change, server: &Server) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let path = server.scim_url().splitn(4, '/').nth(3).unwrap().to_owned();
        let upstream = server.scim_url().split('/').nth(2).unwrap().to_owned();
        runtime.spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(forward(stream, change, upstream.clone()));
            }
        });
        let target = Target::new(format!("http://{address}/{path}"), Auth::Bearer(server.token().into()));
        Self { target, _runtime: runtime }
    }
}

/// Forwards one request. Each response closes its connection.
async fn forward(mut stream: TcpStream, change: Change, upstream: String) {
    let Some(request) = read_request(&mut stream).await else { return };
    if matches!(change, Change::NoDelete) && request.starts_with(b"DELETE") {
        let head = "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        return;
    }
    let Ok(mut origin) = TcpStream::connect(&upstream).await else { return };
    let request = String::from_utf8_lossy(&request).into_owned();
    let request = if matches!(change, Change::SameMatch) { look_up_the_resident(&request) } else { request };
    let closing = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    origin.write_all(closing.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    origin.read_to_end(&mut response).await.unwrap();
    let _ = stream.write_all(&response).await;
}

/// Replaces the userName of a lookup.
fn look_up_the_resident(request: &str) -> String {
    let Some((before, rest)) = request.split_once("filter=userName%20eq%20%22") else { return request.to_owned() };
    let (_, after) = rest.split_once("%22").unwrap();
    format!("{before}filter=userName%20eq%20%22{}%22{after}", RESIDENT.replace('@', "%40"))
}

async fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut request, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.trim().parse::<usize>().unwrap() {
                return Some(request);
            }
        }
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&buffer[..read]);
    }
}

fn every_result_has_a_sentence(run: &Run) {
    assert!(!run.scenarios.is_empty());
    for result in &run.scenarios {
        assert!(!result.sentence.is_empty(), "{} has no sentence", result.id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_broken_from_the_first_request_ends_the_run_with_what_was_seen() {
    let table = [
        (Fault::Hang, "no complete response within 0.4 s"),
        (Fault::Cut, "the connection was cut"),
        (Fault::Html, "returned 200 with an HTML page instead of JSON (this is a website or a sign-in page"),
        (Fault::Html, "/Users is appended to): <html>hello</html>"),
        (
            Fault::Redirect,
            "returned 302 instead of 200, a redirect to /again (redirects are not followed: give the URL",
        ),
        (Fault::Array, "returned 200 with a JSON array instead of a SCIM list (put the users into an object: {"),
        (Fault::Endless, "no complete response"),
    ];
    for (fault, seen) in table {
        let started = Instant::now();
        let run = check_target(breaks_after(0, fault)).tags("@server").run_here().await.unwrap();
        assert!(started.elapsed() < LONG, "{fault:?} took {:?}", started.elapsed());
        every_result_has_a_sentence(&run);
        let stopped = run.stopped.clone().unwrap_or_default();
        assert!(stopped.contains(seen), "{fault:?}: {stopped}");
        assert!(run.scenarios.iter().all(|result| result.verdict == Verdict::Inconclusive), "{fault:?}");
        assert_eq!(exit(&run), Exit::Unusable, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_breaks_after_some_good_responses_ends_the_run_within_its_time() {
    for fault in [Fault::Hang, Fault::Cut, Fault::Html, Fault::Redirect, Fault::Endless] {
        let started = Instant::now();
        let run = check_target(breaks_after(9, fault)).tags("@server").run_here().await.unwrap();
        assert!(started.elapsed() < LONG, "{fault:?} took {:?}", started.elapsed());
        every_result_has_a_sentence(&run);
        let no_response = matches!(fault, Fault::Hang | Fault::Cut | Fault::Endless);
        if no_response {
            let stopped = run.stopped.clone().unwrap_or_default();
            assert!(stopped.contains("the server stopped responding"), "{fault:?}: {stopped}");
        } else {
            // A wrong response is a fault of the target, not of the connection.
            assert_eq!(exit(&run), Exit::Deviations, "{fault:?}");
        }
        assert!(run.scenarios.iter().any(|result| result.verdict != Verdict::Passed), "{fault:?}");
    }
}

#[test]
fn the_time_limit_ends_a_run_with_verdicts() {
    let server = reference(&[]);
    let run = report_of(check_of(&server).tags("@server").time_limit(Duration::from_millis(150)).concurrency(1));
    every_result_has_a_sentence(&run);
    assert!(run.stopped.clone().unwrap_or_default().contains("time limit"), "{:?}", run.stopped);
    assert!(run.scenarios.iter().any(|result| result.verdict == Verdict::Inconclusive));
    assert_eq!(run.leftovers, Vec::<String>::new(), "the time limit does not apply to the clean-up");
}

#[test]
fn without_an_event_source_only_the_events_are_not_observed() {
    let server = reference(&[]);
    let run = report_of(check_of(&server).events_from(None).tags("@server").name("deactivate/unassign"));
    let of = |id: &str| run.scenarios.iter().find(|result| result.id == id).unwrap().verdict;
    assert_eq!(of("okta/deactivate/unassign@oin"), Verdict::Passed);
    assert_eq!(of("okta/deactivate/unassign@oin#events"), Verdict::NotObserved);
    assert_eq!(exit(&run), Exit::Good);
    // The same holds if the scenario ends before the event steps.
    let server = reference(&["deactivation-ignored"]);
    let run = report_of(check_of(&server).events_from(None).name("^okta/deactivate/unassign@oin$"));
    let seen: Vec<Verdict> = run.scenarios.iter().map(|result| result.verdict).collect();
    assert_eq!(seen, [Verdict::Deviation, Verdict::NotObserved]);
}

#[test]
fn a_fault_is_reported_at_its_step_with_okta_s_error() {
    let server = reference(&["counters-as-strings"]);
    let run = report_of(check_of(&server).name("^okta/(create/new|deactivate/unassign)@oin$"));
    let of = |id: &str| run.scenarios.iter().find(|result| result.id == id).unwrap();
    let created = of("okta/create/new@oin");
    assert_eq!(created.verdict, Verdict::Deviation);
    assert_eq!(created.findings, ["okta/list-counters:wrong-type"], "{}", created.sentence);
    // The user was not created, so the deactivation is not possible: the creation is at fault.
    let deactivated = of("okta/deactivate/unassign@oin");
    assert_eq!(deactivated.verdict, Verdict::Blocked);
    assert_eq!(deactivated.findings, created.findings);
    let step = deactivated.steps.iter().find(|step| step.verdict == Verdict::Deviation).unwrap();
    assert_eq!(step.text, "And ada is assigned to the app");
    assert_eq!(run.findings().len(), 1);
    assert_eq!(run.findings()[0].results, ["okta/create/new@oin", "okta/deactivate/unassign@oin"]);
    assert!(!step.exchanges.is_empty(), "the requests that show the fault are reported");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_time_limit_ends_the_wait() {
    let started = Instant::now();
    // The target handles the connection test, both canaries and the creation of the bystander; Okta's lookup gets a 429.
    let check = check_target(breaks_after(12, Fault::Busy)).name("^okta/create/new@oin$");
    let run = check.time_limit(Duration::from_secs(1)).run_here().await.unwrap();
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    every_result_has_a_sentence(&run);
    assert_eq!(run.scenarios[0].verdict, Verdict::Inconclusive, "{:?}", run.scenarios[0]);
    assert!(run.scenarios[0].sentence.contains("a wait of 3600 s"), "{}", run.scenarios[0].sentence);
    assert_eq!(exit(&run), Exit::Unusable);
}

#[test]
fn if_delete_is_refused_users_are_deactivated_and_leftovers_are_listed() {
    let server = reference(&[]);
    let keeping = Proxy::start(Change::NoDelete, &server);
    let run = report_of(check_target(keeping.target.clone()).name("^okta/push-groups/by-name@aiw$"));
    let users: Vec<&String> = run.leftovers.iter().filter(|left| left.starts_with("/Users/")).collect();
    let groups: Vec<&String> = run.leftovers.iter().filter(|left| left.starts_with("/Groups/")).collect();
    // One of the groups and one of the users is the canary.
    assert_eq!(groups.len(), 3, "{:?}", run.leftovers);
    assert!(!users.is_empty() && users.iter().all(|left| left.ends_with("(DELETE: 405; deactivated)")), "{users:?}");
    let list = client_of(&server, "/Users?startIndex=1&count=100");
    let resources = list["Resources"].as_array().unwrap();
    assert_eq!(resources.len(), users.len());
    assert!(resources.iter().all(|user| user["active"] == false), "{list}");
}

#[test]
fn a_run_changes_only_its_own_resources_and_deletes_them_all() {
    let server = reference(&[]);
    let made = resident(&server);
    let run = report_of(check_of(&server).tags("@server"));
    assert_eq!(exit(&run), Exit::Good);
    let list = client_of(&server, "/Users?startIndex=1&count=100");
    assert_eq!(list["Resources"], serde_json::json!([made]));
    assert_eq!(client_of(&server, "/Groups")["totalResults"], 0);
}

#[test]
fn a_lookup_that_returns_another_user_is_a_deviation_and_that_user_does_not_change() {
    let server = reference(&[]);
    let made = resident(&server);
    let id = made["id"].as_str().unwrap();
    let misleading = Proxy::start(Change::SameMatch, &server);
    let run = report_of(check_target(misleading.target.clone()).tags("@server"));
    assert_eq!(exit(&run), Exit::Deviations);
    for client in ["oin", "aiw"] {
        let of = |id: &str| run.scenarios.iter().find(|result| result.id == format!("okta/{id}@{client}")).unwrap();
        for scenario in ["create/new", "create/existing"] {
            let result = of(scenario);
            assert_eq!(result.verdict, Verdict::Deviation, "{scenario}@{client}: {}", result.sentence);
            assert_eq!(result.findings, ["okta/lookup-matches:extra:user"], "{scenario}@{client}");
        }
        // The first needs a lookup; the people of the second one enter Okta by an import.
        for (scenario, verdict) in [("update/mapped", Verdict::Blocked), ("deactivate/unassign", Verdict::Passed)] {
            assert_eq!(of(scenario).verdict, verdict, "{scenario}@{client}: {}", of(scenario).sentence);
        }
    }
    let told = run.findings().iter().map(|finding| finding.actual.clone()).collect::<Vec<_>>().join(" ");
    assert!(!told.contains("Sident") && !told.contains(id), "a stranger is not quoted: {told}");
    assert_eq!(run.leftovers, Vec::<String>::new());
    assert_eq!(client_of(&server, "/Users?startIndex=1&count=100")["Resources"], serde_json::json!([made]));
}

/// Creates the resident.
fn resident(server: &Server) -> serde_json::Value {
    let foreign = serde_json::json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": RESIDENT,
        "name": {"givenName": "Re", "familyName": "Sident"}, "active": true,
        "emails": [{"value": "resident@example.org", "primary": true}]});
    let target = target_of(server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scimulate::wire::Client::new(target).unwrap().post("/Users", &foreign)).json().unwrap()
}

fn client_of(server: &Server, path: &str) -> serde_json::Value {
    let target = target_of(server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scimulate::wire::Client::new(target).unwrap().get(path)).json().unwrap()
}

#[test]
fn the_command_of_a_finding_repeats_the_finding() {
    for defect in ["pathless-patch-ignored", "pathless-patch-refused", "put-ignored", "replace-members-adds"] {
        let server = reference(&[defect]);
        let checked = || check_of(&server).tags("@server and not @population").events_from(None);
        let findings = |run: &Run| run.findings().iter().map(|finding| finding.id.clone()).collect::<Vec<_>>();
        let whole = report_of(checked());
        let first = &whole.findings()[0];
        let name = first.repeat.split("--name '").nth(1).unwrap().split('\'').next().unwrap();
        assert!(first.results.len() < 4 || name.matches('|').count() < first.results.len() - 1, "{name}");
        assert_eq!(findings(&report_of(checked().name(name)))[0], first.id, "{defect}: {name}");
    }
}

/// A server whose deactivation of one user deactivates all of them. Each response takes a while, so that scenarios overlap.
fn deactivates_everybody() -> Target {
    let server = Arc::new(Toy::default());
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let server = Arc::clone(&server);
        async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let response = server.handle(&request);
            let body = String::from_utf8_lossy(request.body());
            if body.contains(r#""active":false"#) && response.status().is_success() {
                server.change_users("active", &json!(false));
            }
            Ok(response)
        }
    }));
    Target::in_process("http://everybody/scim", Auth::None, service)
}

#[tokio::test(start_paused = true)]
async fn the_findings_about_a_server_that_hits_others_do_not_depend_on_the_requests_at_once() {
    let mut findings: Vec<BTreeSet<String>> = Vec::new();
    for at_once in [1, 16] {
        let check = check_target(deactivates_everybody()).tags("@server");
        let run = check.concurrency(at_once).run_here().await.unwrap();
        findings.push(run.findings().iter().map(|finding| finding.id.clone()).collect());
    }
    assert!(findings[0].contains("okta/others-untouched:changed:user"), "{findings:?}");
    assert_eq!(findings[0], findings[1]);
}

//! Requests without a response: what is sent again, what the target is blamed for, and when a run ends. All targets are
//! services in this process, on Tokio's paused clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use scimulate::cli::Exit;
use scimulate::cli::check::exit;
use scimulate::report::{Run, Verdict};
use scimulate::wire::{Auth, Cause, Client, Diagnosis, Failure, Service, Target};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::harness::check_target;
use crate::support::toy::{Response, Toy};

/// The treatment of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Served,
    /// The connection is refused.
    Refused,
    /// The connection is cut before the request takes effect.
    CutBefore,
    /// The connection is cut after the request took effect.
    CutAfter,
    Hangs,
    /// The response takes this many seconds.
    Takes(u64),
}

/// Returns a target that decides the fate of each request, and the requests that arrived.
fn target(fate: impl Fn(&http::Request<Bytes>, usize) -> Fate + Send + Sync + 'static) -> (Target, Arc<Log>) {
    let (toy, log, fate) = (Arc::new(Toy::default()), Arc::new(Log::default()), Arc::new(fate));
    let shared = Arc::clone(&log);
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let (toy, log, fate) = (Arc::clone(&toy), Arc::clone(&shared), Arc::clone(&fate));
        async move {
            let number = log.count.fetch_add(1, Ordering::SeqCst);
            log.lines.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            let cut = || Err(Failure::Cut(Cause::other("connection closed before message completed")));
            match fate(&request, number) {
                Fate::Served => Ok(toy.handle(&request)),
                Fate::Refused => Err(Failure::Connect(Cause::other("refused"))),
                Fate::CutBefore => cut(),
                Fate::CutAfter => {
                    let _: Response = toy.handle(&request);
                    cut()
                }
                Fate::Hangs => std::future::pending().await,
                Fate::Takes(seconds) => {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    Ok(toy.handle(&request))
                }
            }
        }
    }));
    (Target::in_process("http://target/scim", Auth::None, service), log)
}

#[derive(Debug, Default)]
struct Log {
    count: AtomicUsize,
    lines: Mutex<Vec<String>>,
}

impl Log {
    fn of(&self, line: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|seen| *seen == line).count()
    }
}

fn client(target: Target) -> Client {
    Client::new(target).unwrap().with_diagnosis(Diagnosis::default())
}

/// Returns a fate for the first request with this method, and `Served` for all others.
fn first(method: &'static str, fate: Fate) -> impl Fn(&http::Request<Bytes>, usize) -> Fate + Send + Sync {
    let done = AtomicUsize::new(0);
    move |request, _| {
        let hit = request.method() == method && done.fetch_add(1, Ordering::SeqCst) == 0;
        if hit { fate } else { Fate::Served }
    }
}

fn user(name: &str) -> Value {
    json!({"userName": name, "active": true})
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_once_more_if_it_had_no_effect() {
    for fate in [Fate::CutBefore, Fate::Refused] {
        let (target, _) = target(first("GET", fate));
        assert_eq!(client(target).get("/Users").await.status(), Some(200), "{fate:?}");
        let (target, log) = self::target(first("POST", fate));
        assert_eq!(client(target).post("/Users", &user("a")).await.status(), Some(201), "{fate:?}");
        assert_eq!(log.of("POST /scim/Users"), 2);
    }
    // The lookup finds the user, so the create is not repeated.
    let (target, log) = target(first("POST", Fate::CutAfter));
    let exchange = client(target).post("/Users", &user("a")).await;
    assert!(matches!(exchange.outcome, Err(Failure::Cut(_))), "{:?}", exchange.outcome);
    assert_eq!((log.of("POST /scim/Users"), log.of("GET /scim/Users")), (1, 2), "the lookup and a probe");
    for (fate, sent) in [(Fate::CutBefore, 2), (Fate::CutAfter, 1)] {
        let (target, log) = self::target(first("PATCH", fate));
        let client = client(target);
        client.post("/Users", &user("a")).await;
        let body = json!({"Operations": [{"op": "replace", "value": {"active": false}}]});
        client.patch("/Users/toy-1", &body).await;
        assert_eq!(log.of("PATCH /scim/Users/toy-1"), sent, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_cut_while_a_probe_is_answered_is_the_fault_of_the_target() {
    let (target, log) = target(|request, _| {
        if request.uri().query().is_some_and(|query| query.contains("filter")) { Fate::CutBefore } else { Fate::Served }
    });
    let client = client(target);
    let exchange = client.get("/Users?filter=userName%20eq%20%22a%22").await;
    assert!(matches!(exchange.outcome, Err(Failure::CutAgain(_))), "{:?}", exchange.outcome);
    assert_eq!(client.stop().reason(), None);
    assert_eq!(log.count.load(Ordering::SeqCst), 3, "two attempts and a probe");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_down_for_a_moment_is_not_blamed_and_one_that_stays_down_ends_the_run() {
    let began = Instant::now();
    let (restarting, _) = target(move |_, _| if began.elapsed().as_secs() < 2 { Fate::Refused } else { Fate::Served });
    assert_eq!(client(restarting).get("/Users").await.status(), Some(200));
    let began = Instant::now();
    let (dead, log) = target(|_, _| Fate::Refused);
    let client = client(dead);
    client.get("/Users").await;
    let reason = client.stop().reason().unwrap();
    assert!(reason.contains("the server stopped responding: 3 requests GET /Users?count=1 within 5 s"), "{reason}");
    assert_eq!((began.elapsed().as_secs(), log.count.load(Ordering::SeqCst)), (5, 5));
}

fn is_okta(request: &http::Request<Bytes>) -> bool {
    request.headers()["user-agent"].to_str().unwrap().starts_with("Okta")
}

/// Checks a target that treats the creates of Okta in this way.
async fn checked(fate: Fate, timeout: Option<Duration>) -> (Run, Arc<Log>) {
    let (mut target, log) =
        target(move |request, _| if request.method() == "POST" && is_okta(request) { fate } else { Fate::Served });
    target.timeout = timeout.unwrap_or(target.timeout);
    let run = check_target(target).name("^okta/create/(new|several)@(oin|aiw)$").run_here().await.unwrap();
    (run, log)
}

#[tokio::test(start_paused = true)]
async fn creates_that_are_always_cut_are_one_finding() {
    for fate in [Fate::CutBefore, Fate::Refused] {
        let (run, _) = checked(fate, None).await;
        let findings: Vec<&str> = run.findings().iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(findings, ["okta/connection:no-response:user"], "{fate:?}");
        assert_eq!(exit(&run), Exit::Deviations);
        assert_eq!(run.stopped, None);
        assert_eq!(run.leftovers, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn no_response_within_okta_s_limit_is_a_finding_and_the_route_is_not_used_again() {
    let (run, log) = checked(Fate::Hangs, None).await;
    let findings: Vec<&str> = run.findings().iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(findings, ["okta/response-in-time:no-response:user"]);
    assert_eq!(exit(&run), Exit::Deviations);
    let hung = log.of("POST /scim/Users");
    assert!(hung < 8, "{hung} creates were sent");
    // A shorter limit of the user says nothing about Okta.
    let (run, _) = checked(Fate::Hangs, Some(Duration::from_secs(30))).await;
    assert_eq!(run.findings().len(), 0);
    assert!(run.scenarios.iter().any(|result| result.verdict == Verdict::Inconclusive), "{:?}", run.scenarios);
    assert_eq!(exit(&run), Exit::Unusable);
}

#[tokio::test(start_paused = true)]
async fn a_response_after_more_than_10_s_is_a_note() {
    let (plain, _) = checked(Fate::Takes(9), None).await;
    let (slow, _) = checked(Fate::Takes(12), None).await;
    let notes = |run: &Run| run.findings().iter().map(|finding| finding.id.clone()).collect::<Vec<_>>();
    let mut expected = notes(&plain);
    expected.push("note/response-time:changed".to_owned());
    expected.sort();
    let mut found = notes(&slow);
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(exit(&plain), exit(&slow));
}

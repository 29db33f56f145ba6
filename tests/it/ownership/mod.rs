//! `check` and `fuzz` write only to resources that they provably created, whatever the target responds.

mod lies;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::LOCATION;
use http::{HeaderValue, Request, Response};
use scimulate::base::Seed;
use scimulate::check::fuzz::{self, Options};
use scimulate::report::{Run, Verdict};
use scimulate::server::defects::Upstream;
use scimulate::wire::{Auth, Client, Failure, Ledger, NotOurs, Service, Target};
use serde_json::json;

use self::lies::{LIES, Liar, RESIDENT, liar};
use crate::support::harness::{check_target, ids, reference, report_of, verdicts};
use crate::support::proxy;
use crate::support::toy::{Toy, respond};

/// Scenarios that create, change, deactivate and delete users and groups.
const WRITES: &str = "^okta/(create/|update/mapped|deactivate/unassign|reactivate/reassign|push-groups/by-name)";

fn lie(name: &str) -> Liar {
    let (_, lie) = LIES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no lie {name:?}"));
    liar(*lie)
}

async fn check(liar: &Liar) -> Run {
    check_target(liar.target.clone()).tags("@server").name(WRITES).run_here().await.unwrap()
}

async fn fuzz(target: &Target, seed: u64, cases: usize) -> (Run, Vec<String>) {
    let ledger = Ledger::new(&fuzz::run::run_id(Seed(seed)));
    let client = Client::new(target.clone()).unwrap().with_ledger(ledger);
    let limit = Duration::from_mins(10);
    let repeat = "scimulate fuzz".to_owned();
    let options = Options { seed: Seed(seed), cases, time_limit: limit, shrinking: Duration::ZERO, repeat };
    let report = fuzz::run(&client, &options, |_, _| {}).await.unwrap();
    (report, fuzz::clean_up(&client).await)
}

#[tokio::test(start_paused = true)]
async fn no_lie_leads_to_a_write_on_a_resource_that_the_run_did_not_create() {
    assert!(LIES.len() >= 20);
    for (name, change) in LIES {
        let checked = liar(*change);
        let before = checked.server.resources();
        let run = check(&checked).await;
        assert_eq!(*checked.writes.lock().unwrap(), Vec::<String>::new(), "{name}");
        assert!(!run.scenarios.is_empty());
        let fuzzed = liar(*change);
        fuzz(&fuzzed.target, 4, 30).await;
        assert_eq!(*fuzzed.writes.lock().unwrap(), Vec::<String>::new(), "{name}");
        for (path, resource) in before {
            assert_eq!(checked.server.resources().get(&path), Some(&resource), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_returns_an_existing_user_is_one_finding_and_ends_all_creates() {
    for name in ["a create returns the id of a listed user", "a create returns the id of a hidden user"] {
        let liar = lie(name);
        let run = check(&liar).await;
        assert_eq!(ids(&run, Verdict::Deviation), ["target/canary-users"], "{name}");
        let result = &run.scenarios[0];
        assert!(result.sentence.contains(RESIDENT), "{}", result.sentence);
        assert!(result.exchanges.iter().any(|exchange| exchange.method == "POST"));
        let blocked: Vec<&str> = run
            .scenarios
            .iter()
            .filter(|result| result.verdict == Verdict::Inconclusive)
            .map(|result| result.sentence.as_str())
            .collect();
        assert!(blocked.len() >= 8, "{blocked:?}");
        assert!(blocked.iter().all(|sentence| sentence.contains("nothing is created in /Users")), "{blocked:?}");
        let (report, _) = fuzz(&liar.target, 4, 30).await;
        let faults: Vec<&str> = report.findings.iter().map(|finding| finding.requirement.as_str()).collect();
        assert_eq!((faults, report.cases.unwrap().played), (vec!["fuzz/foreign-id"], 0), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_groups_that_can_be_proven_the_scenarios_about_users_still_run() {
    let run = check(&lie("a create of a group returns a hidden group")).await;
    assert_eq!(ids(&run, Verdict::Deviation).first().map(String::as_str), Some("target/canary-groups"));
    let passed = ids(&run, Verdict::Passed);
    assert!(passed.contains(&"okta/create/existing@oin".to_owned()), "{passed:?}");
    assert!(!passed.iter().any(|id| id.starts_with("okta/push-groups")), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_proven_in_the_clean_up_either_is_left_and_listed() {
    // The create takes place, and its response names another user.
    let liar = lie("later creates return the id of a hidden user");
    let run = check(&liar).await;
    assert_eq!(*liar.writes.lock().unwrap(), Vec::<String>::new());
    let left: Vec<&String> = run.leftovers.iter().filter(|left| left.contains("/Users/resident")).collect();
    assert_eq!(left.len(), 1, "{:?}", run.leftovers);
    assert!(left[0].contains("not deleted: GET /Users/resident did not return"), "{left:?}");
}

/// Returns a target that shows a new user only to the `lag`th GET after its creation.
fn eventually_consistent(lag: usize) -> Client {
    let (server, reads) = (Arc::new(Toy::default()), Arc::new(AtomicUsize::new(0)));
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let late = request.method() == "GET" && reads.fetch_add(1, Ordering::SeqCst) < lag;
        let response = if late { respond(404, &json!({"detail": "not yet"})) } else { server.handle(&request) };
        async move { Ok(response) }
    }));
    let target = Target::in_process("http://target/scim", Auth::None, service);
    Client::new(target).unwrap().with_ledger(Ledger::new("rk9dd2"))
}

#[tokio::test(start_paused = true)]
async fn a_target_that_never_shows_what_it_creates_is_not_waited_for_each_time() {
    let client = eventually_consistent(usize::MAX);
    let mut waits = Vec::new();
    for number in 1..=5 {
        let user = json!({"userName": format!("ada{number}.rk9dd2@example.com")});
        client.post("/Users", &user).await;
        let began = tokio::time::Instant::now();
        client.put(&format!("/Users/toy-{number}"), &user).await.outcome.unwrap_err();
        waits.push(began.elapsed() > Duration::from_secs(4));
    }
    assert_eq!(waits, [true, true, true, false, false]);
}

#[tokio::test(start_paused = true)]
async fn the_first_write_waits_for_an_eventually_consistent_target() {
    let user = json!({"userName": "ada.RK9DD2@example.com"});
    for lag in 0..=4 {
        let client = eventually_consistent(lag);
        let began = tokio::time::Instant::now();
        client.post("/Users", &user).await;
        let written = client.put("/Users/toy-1", &user).await;
        let waited = began.elapsed();
        if lag == 4 {
            let reason = written.outcome.unwrap_err();
            assert!(matches!(reason, Failure::NotOurs(NotOurs::Unproven { .. })), "{reason}");
            assert!(waited >= Duration::from_millis(4_200), "{waited:?}");
            // No further proof is sent, until the clean-up tries once more.
            let sent = client.take_transcript().len();
            client.patch("/Users/toy-1", &user).await;
            assert_eq!((sent, client.take_transcript().len()), (6, 1));
            assert_eq!(fuzz::clean_up(&client).await, Vec::<String>::new());
        } else {
            assert_eq!(written.status(), Some(200), "after {lag} GETs");
            // The resource is proven: no further GET.
            client.patch("/Users/toy-1", &user).await;
            assert_eq!(client.take_transcript().len(), 1 + lag + 1 + 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_whose_create_got_no_response_is_found_by_its_name_and_deleted() {
    let server = Arc::new(Toy::default());
    let behind = Arc::clone(&server);
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let response = behind.handle(&request);
        let lost = request.method() == "POST";
        async move { if lost { std::future::pending().await } else { Ok(response) } }
    }));
    let target = Target::in_process("http://target/scim", Auth::None, service);
    let client = Client::new(target).unwrap().with_ledger(Ledger::new("rk9dd2"));
    client.post("/Users", &json!({"userName": "ada.rk9dd2@example.com"})).await;
    client.post("/Users", &json!({"userName": "resident@example.com"})).await;
    assert_eq!(fuzz::clean_up(&client).await, Vec::<String>::new());
    assert_eq!(server.resources().keys().collect::<Vec<_>>(), ["/Users/toy-2"]);
}

/// Gives responses another Location.
#[derive(Debug)]
struct Relocated {
    inner: Arc<dyn Upstream>,
    change: fn(&str) -> String,
}

impl Upstream for Relocated {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(async move {
            let mut response = self.inner.call(request).await;
            if let Some(location) = response.headers().get(LOCATION) {
                let changed = (self.change)(location.to_str().unwrap());
                response.headers_mut().insert(LOCATION, HeaderValue::from_str(&changed).unwrap());
            }
            response
        })
    }
}

#[test]
fn a_location_with_another_host_or_path_changes_no_verdict() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = reference(&[]);
    let plain = report_of(check_target(crate::support::harness::target_of(&server)).tags("@server").name(WRITES));
    assert_eq!(ids(&plain, Verdict::Deviation), Vec::<String>::new());
    let (origin, path) = server.scim_url().split_at(server.scim_url().find("/scim/").unwrap());
    let inner = runtime.block_on(async { proxy::remote(origin) });
    for change in [
        |location: &str| location.replacen("127.0.0.1", "backend.internal", 1),
        |location: &str| location.replacen("/scim/", "/internal/scim/", 1),
        |location: &str| location.splitn(4, '/').nth(3).map_or_else(String::new, |rest| format!("/{rest}")),
    ] {
        let upstream = Relocated { inner: Arc::clone(&inner), change };
        let address = runtime.block_on(proxy::serve(Arc::new(upstream)));
        let target = Target::new(format!("http://{address}{path}"), Auth::Bearer(server.token().into()));
        let run = report_of(check_target(target).tags("@server").name(WRITES));
        assert_eq!(verdicts(&plain), verdicts(&run));
        assert_eq!(run.leftovers, Vec::<String>::new());
    }
}

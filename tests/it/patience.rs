//! A busy target: `check` and `fuzz` wait for it, and its verdicts are those of a target that is not busy.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use scimulate::report::{Run, Verdict};
use scimulate::server::defects::Upstream;
use scimulate::wire::{Auth, Cause, Client, Failure, Politeness, ResponseBody, Service, Stop, Target};
use serde_json::json;
use tokio::time::Instant;

use crate::support::harness::{check_target, reference, report_of, target_of, verdicts};
use crate::support::process::{Serve, run};
use crate::support::proxy;

type Response = Result<http::Response<ResponseBody>, Failure>;

/// Returns a target that gives the first requests these responses and all later ones 200, and the number of requests.
fn target(responses: Vec<(u16, Option<&'static str>)>) -> (Target, Arc<AtomicUsize>) {
    let (responses, count) = (Arc::new(Mutex::new(responses.into_iter())), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    let service = Service::new(tower::service_fn(move |_: http::Request<Bytes>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let response = match responses.lock().unwrap().next().unwrap_or((200, None)) {
            (0, _) => Response::Err(Failure::Connect(Cause::other("refused"))),
            (status, wait) => {
                let response = http::Response::builder().status(status);
                let response = wait.into_iter().fold(response, |response, wait| response.header("Retry-After", wait));
                Ok(response.body("{}".into()).unwrap())
            }
        };
        async move { response }
    }));
    (Target::in_process("http://target/scim", Auth::None, service), count)
}

fn polite(target: Target) -> (Client, Politeness) {
    patient(target, Duration::from_secs(10))
}

fn patient(target: Target, patience: Duration) -> (Client, Politeness) {
    let politeness = Politeness::new(None, patience, None);
    (Client::new(target).unwrap().with_politeness(politeness.clone()), politeness)
}

#[tokio::test(start_paused = true)]
async fn a_busy_target_is_waited_for_as_long_as_it_asks() {
    for (responses, waited, noted) in [
        (vec![(429, Some("7")), (429, Some("7"))], 14, false),
        (vec![(429, None), (429, Some("soon")), (429, None)], 1 + 2 + 4, true),
        (vec![(429, None); 7], 1 + 2 + 4 + 8 + 16 + 30 + 30, true),
        (vec![(503, Some("20"))], 20, false),
        (vec![(0, None), (502, None), (504, None)], 3, false),
    ] {
        let (target, _) = target(responses.clone());
        let (client, politeness) = polite(target);
        let began = Instant::now();
        assert_eq!(client.get("/Users").await.status(), Some(200), "{responses:?}");
        assert_eq!(began.elapsed().as_secs(), waited, "{responses:?}");
        assert_eq!(!politeness.notes().is_empty(), noted, "{responses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_responses_are_final() {
    // Okta does not wait for a 503, and --wait is over after its time.
    let (busy, count) = target(vec![(503, Some("20"))]);
    let (client, _) = patient(busy, Duration::ZERO);
    assert_eq!(client.for_okta(Duration::from_mins(1)).get("/Users").await.status(), Some(503));
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let (down, _) = target(vec![(502, None); 20]);
    let (client, _) = polite(down);
    let began = Instant::now();
    assert_eq!(client.get("/Users").await.status(), Some(502));
    assert_eq!(began.elapsed().as_secs(), 10);
    let (failing, count) = target(vec![(500, Some("1"))]);
    let (client, _) = polite(failing);
    assert_eq!(client.get("/Users").await.status(), Some(500));
    assert_eq!(count.load(Ordering::SeqCst), 1);
    // A client of `run` has no policy.
    let (busy, _) = target(vec![(429, Some("1"))]);
    assert_eq!(Client::new(busy).unwrap().get("/Users").await.status(), Some(429));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_time_limit_is_not_begun() {
    let (busy, _) = target(vec![(429, Some("3600"))]);
    let (client, _) = polite(busy);
    let began = Instant::now();
    let exchange = client.with_stop(Stop::after(Duration::from_secs(9))).get("/Users").await;
    assert_eq!(exchange.outcome, Err(Failure::Busy(Duration::from_hours(1))));
    assert_eq!(began.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn requests_keep_to_the_rate() {
    let (ready, _) = target(Vec::new());
    let client = Client::new(ready).unwrap().with_politeness(Politeness::new(Some(5), Duration::ZERO, None));
    let began = Instant::now();
    let requests = (0..11).map(|_| client.get("/Users"));
    futures::future::join_all(requests).await;
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

/// Returns the refusal of a request: status and Retry-After.
type Refuse = fn(usize, bool) -> Option<(u16, Option<&'static str>)>;

/// A target that refuses some requests: the function receives the request's number, and whether Okta sent it.
#[derive(Debug)]
struct Refusing {
    inner: Arc<dyn Upstream>,
    count: AtomicUsize,
    refuse: Refuse,
}

impl Upstream for Refusing {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        let okta = request.headers()["user-agent"].to_str().unwrap().starts_with("Okta");
        let Some((status, wait)) = (self.refuse)(self.count.fetch_add(1, Ordering::SeqCst), okta) else {
            return self.inner.call(request);
        };
        let response = http::Response::builder().status(status).header("Content-Type", "application/scim+json");
        let response = wait.into_iter().fold(response, |response, wait| response.header("Retry-After", wait));
        let body = json!({"schemas": [crate::support::reference::ERROR], "status": status.to_string()});
        Box::pin(std::future::ready(response.body(Bytes::from(body.to_string())).unwrap()))
    }
}

const SOME: &str = "^okta/(create/new|update/mapped|deactivate/unassign|push-groups/by-name)";

fn checked(refuse: Refuse) -> (Run, Run) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = reference(&[]);
    let plain = report_of(check_target(target_of(&server)).tags("@server").name(SOME));
    let (origin, path) = server.scim_url().split_at(server.scim_url().find("/scim/").unwrap());
    let address = runtime.block_on(async {
        let inner = proxy::remote(origin);
        proxy::serve(Arc::new(Refusing { inner, count: AtomicUsize::new(0), refuse })).await
    });
    let target = Target::new(format!("http://{address}{path}"), Auth::Bearer(server.token().into()));
    (plain, report_of(check_target(target).tags("@server").name(SOME)))
}

#[test]
fn every_20th_request_refused_with_429_changes_no_verdict_and_leaves_nothing() {
    for refuse in [
        |number: usize, _: bool| (number % 20 == 7).then_some((429, Some("1"))),
        |number: usize, _: bool| (number % 20 == 7).then_some((429, None)),
    ] {
        let (plain, busy) = checked(refuse);
        assert_eq!(verdicts(&plain), verdicts(&busy));
        assert_eq!(busy.leftovers, Vec::<String>::new());
    }
}

#[test]
fn a_503_to_okta_repeats_the_scenario() {
    // The harness sends the connection test and the canaries first.
    let (plain, repeated) = checked(|number, okta| (okta && number < 20).then_some((503, None)));
    assert_eq!(verdicts(&plain), verdicts(&repeated));
    assert_eq!(repeated.leftovers, Vec::<String>::new());
    let (_, down) = checked(|_, okta| okta.then_some((503, Some("1"))));
    let inconclusive = down.scenarios.iter().filter(|result| result.verdict == Verdict::Inconclusive).count();
    assert_eq!(inconclusive, down.scenarios.len());
    assert!(down.scenarios[0].sentence.contains("503 in 4 attempts"), "{}", down.scenarios[0].sentence);
}

#[test]
fn a_rate_limit_of_the_reference_changes_no_verdict() {
    let serve = Serve::start(&["--max-rate", "20"]);
    let (code, stdout, stderr) = run(&["check", &serve.scim_url, "--token", &serve.token, "--name", SOME]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stderr.contains("waiting 1 s: 429 with Retry-After 1"), "{stderr}");
    assert!(!stdout.contains("Left on the server"), "{stdout}");
}

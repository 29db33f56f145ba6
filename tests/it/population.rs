//! Servers that cannot hold the population of 250 users: the results that need it are skipped with the reason, all others are
//! judged, and the server is blamed for nothing. All servers are services in this process, on Tokio's paused clock.

use std::sync::Arc;

use bytes::Bytes;
use scimulate::Check;
use scimulate::report::{Run, Verdict};
use scimulate::wire::{Auth, Service, Target};
use serde_json::{Value, json};

use crate::support::harness::check_target;
use crate::support::reference::ERROR;
use crate::support::toy::{Response, Toy, respond};

/// Two results that need the population, and one that does not.
const NAMES: &str = "^okta/(import/page|large-groups/push@oin|deactivate/unassign@oin)$";
const ALONE: &str = "^okta/deactivate/unassign@oin$";

/// Returns a server that handles a request as `instead` says, which receives the number of its users, or as the toy does.
fn target(
    instead: impl Fn(&http::Request<Bytes>, usize) -> Option<Response> + Send + Sync + 'static,
) -> (Target, Arc<Toy>) {
    let (toy, instead) = (Arc::new(Toy::default()), Arc::new(instead));
    let shared = Arc::clone(&toy);
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let users = toy.resources().keys().filter(|path| path.starts_with("/Users/")).count();
        let response = instead(&request, users).unwrap_or_else(|| toy.handle(&without_password(request)));
        async move { Ok(response) }
    }));
    (Target::in_process("http://small/scim", Auth::None, service), shared)
}

/// The toy returns what it stores.
fn without_password(request: http::Request<Bytes>) -> http::Request<Bytes> {
    request.map(|body| match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(mut sent)) => {
            sent.remove("password");
            Value::Object(sent).to_string().into()
        }
        _ => body,
    })
}

fn error(status: u16, detail: &str) -> Response {
    respond(status, &json!({"schemas": [ERROR], "status": status.to_string(), "detail": detail}))
}

/// Asserts that the results that need the population are skipped for this reason, that the other one is judged as in a run
/// without them, and that the run reaches its end.
#[track_caller]
fn assert_only_the_population_is_missing(run: &Run, alone: &Run, reason: &str) {
    for id in ["okta/import/page", "okta/large-groups/push@oin"] {
        let result = run.scenarios.iter().find(|result| result.id == id).unwrap();
        assert_eq!(result.verdict, Verdict::Skipped, "{id}: {}", result.sentence);
        assert!(result.sentence.contains(reason), "{id}: {}", result.sentence);
    }
    let report = run.to_string();
    assert!(report.contains("skipped") && report.contains(reason), "{report}");
    let of = |run: &Run| {
        let findings: Vec<String> = run.findings().iter().map(|finding| finding.id.clone()).collect();
        let other = run.scenarios.iter().find(|result| result.id == "okta/deactivate/unassign@oin");
        (other.map(|result| result.verdict), findings)
    };
    assert_eq!(of(run), of(alone), "{report}");
    assert_eq!((of(run).0, run.stopped.as_deref()), (Some(Verdict::Passed), None), "{report}");
    assert_eq!(run.exit(), alone.exit(), "{report}");
}

async fn both(check: impl Fn() -> Check) -> (Run, Run) {
    (check().name(NAMES).run_here().await.unwrap(), check().name(ALONE).run_here().await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_refused_after_others_ends_the_population_and_not_the_run() {
    for (status, detail) in [
        (402, "Payment required"),
        (403, "Forbidden"),
        (422, "Unprocessable"),
        (507, "Insufficient storage"),
        (400, "The seat limit of your plan is reached"),
        (409, "Too many users"),
    ] {
        let full = move |request: &http::Request<Bytes>, users: usize| {
            let creates = request.method() == "POST" && request.uri().path() == "/scim/Users";
            (creates && users >= 60).then(|| error(status, detail))
        };
        let (server, toy) = target(full);
        let (run, alone) = both(|| check_target(server.clone())).await;
        assert_only_the_population_is_missing(&run, &alone, &format!("users POST /Users returned {status}"));
        assert!(toy.resources().is_empty(), "{status}: {:?}", toy.resources().keys());
    }
}

#[tokio::test(start_paused = true)]
async fn without_delete_the_population_is_not_made() {
    let (server, toy) =
        target(|request, _| (request.method() == "DELETE").then(|| error(405, "DELETE is not supported")));
    let (run, alone) = both(|| check_target(server.clone())).await;
    assert_only_the_population_is_missing(&run, &alone, "which the server could not delete");
    let users: Vec<Value> =
        toy.resources().into_iter().filter(|(path, _)| path.starts_with("/Users/")).map(|(_, user)| user).collect();
    assert!(users.len() < 20, "{} users were created", users.len());
    assert!(users.iter().all(|user| user["active"] == false), "{users:?}");
    assert!(!run.leftovers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn with_a_smaller_number_of_users_the_population_is_not_made() {
    let (server, toy) = target(|_, _| None);
    let (run, alone) = both(|| check_target(server.clone()).max_users(100)).await;
    assert_only_the_population_is_missing(&run, &alone, "and it is 100");
    assert!(toy.resources().is_empty(), "{:?}", toy.resources().keys());
}

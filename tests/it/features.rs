//! The features against the reference. Responses of the server decide `@server` scenarios; `@agent` scenarios assert the
//! behavior of the simulated Okta itself.

use std::sync::Arc;

use futures::future::BoxFuture;
use scimulate::check::{self, Case, Requirement, Selection, Suite, TestDouble};
use scimulate::cli::Exit;
use scimulate::cli::check::exit;
use scimulate::okta::habits::Sabotage;
use scimulate::report::{Run, Verdict};
use scimulate::wire::{Auth, Target};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::harness::{all_passed, check_of, check_target, ids, reference, report_of, verdicts};

/// The requirements by which no result of the reference is judged. Causes of a failed lookup appear only when a lookup fails, and
/// the reference accepts a taken e-mail address. Only our own scenarios judge the simulation.
const NEVER_JUDGED: [&str; 7] = [
    "okta/lookup-apostrophe",
    "okta/lookup-plus",
    "okta/lookup-quotes",
    "okta/lookup-non-ascii",
    "okta/lookup-renamed",
    "rfc/e-mail-conflict",
    "sim/requests",
];

/// A mock server that is put into the situation of a scenario.
#[derive(Debug)]
pub(crate) struct ScriptedServer(MockServer);

fn page(resources: &[Value]) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": resources.len(),
        "startIndex": 1, "itemsPerPage": resources.len(), "Resources": resources})
}

fn scim_error(status: u16, detail: &str) -> ResponseTemplate {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(),
        "detail": detail});
    ResponseTemplate::new(status).set_body_json(body)
}

impl TestDouble for ScriptedServer {
    fn prepare(&self, situation: &str, user_name: &str) -> BoxFuture<'_, ()> {
        let (situation, user_name) = (situation.to_owned(), user_name.to_owned());
        Box::pin(async move {
            let user = |id: &str| json!({"id": id, "userName": user_name, "active": true});
            let found = match situation.as_str() {
                "several matches" => vec![user("1"), user("2")],
                "no match, then a conflict" | "no match, then a failure" => Vec::new(),
                other => panic!("no double for {other:?}"),
            };
            let response = ResponseTemplate::new(200).set_body_json(page(&found));
            Mock::given(method("GET")).and(path("/scim/Users")).respond_with(response).mount(&self.0).await;
            let refusal = match situation.as_str() {
                "no match, then a failure" => scim_error(500, "out of disk space"),
                _ => scim_error(409, "the e-mail address is taken"),
            };
            Mock::given(method("POST")).and(path("/scim/Users")).respond_with(refusal).mount(&self.0).await;
        })
    }
}

pub(crate) fn agent_cases() -> Vec<Case> {
    let suite = Suite::load(&check::features::embedded()).unwrap();
    let selection = Selection::default().with_tags("@agent").unwrap();
    suite.cases.into_iter().filter(|case| selection.includes(case)).collect()
}

/// A change of the simulated Okta under which an `@agent` scenario must fail.
#[derive(Debug)]
pub(crate) enum Broken {
    Habit(String, String),
    Sabotage(Sabotage),
}

/// Plays an `@agent` scenario, optionally with a broken simulator, against the reference. A `@double` scenario needs responses
/// that the reference never gives, so it is played against a scripted server.
pub(crate) fn play(case: &Case, server: &scimulate::Server, broken: Option<&Broken>) -> Run {
    let only = format!("^{}$", regex::escape(&case.id));
    let set = |check: scimulate::Check| match broken {
        Some(Broken::Habit(name, value)) => check.habit(name, value),
        Some(Broken::Sabotage(sabotage)) => check.sabotaged(*sabotage),
        None => check,
    };
    if !case.has("@double") {
        return report_of(set(check_of(server)).name(&only));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let scripted = Arc::new(ScriptedServer(runtime.block_on(MockServer::start())));
    let target = Target::new(format!("{}/scim", scripted.0.uri()), Auth::None);
    report_of(set(check_target(target)).double(scripted).name(&only))
}

#[test]
fn every_server_result_passes_on_the_reference_twice_in_a_row() {
    let server = reference(&[]);
    let first = report_of(check_of(&server).tags("@server"));
    all_passed(&first);
    // The requests, and the state that they lead to, are those that the features describe.
    let remarks: Vec<_> =
        first.scenarios.iter().flat_map(|result| &result.steps).filter_map(|step| step.message.as_ref()).collect();
    assert!(remarks.is_empty(), "{remarks:?}");
    judged_by_something(&first);
    assert!(first.scenarios.len() >= 60, "{} results", first.scenarios.len());
    assert_eq!(exit(&first), Exit::Good);
    assert_eq!(first.leftovers, Vec::<String>::new());
    let second = report_of(check_of(&server).tags("@server"));
    assert_eq!(verdicts(&first), verdicts(&second));
    assert_eq!(server.panics(), Vec::<String>::new());
}

/// Asserts that every result says by which requirements the target was judged, and that every requirement is judged.
fn judged_by_something(run: &Run) {
    let of_every_response = check::reading::OF_EVERY_RESPONSE.map(Requirement::id);
    for result in &run.scenarios {
        let own = result.requirements.iter().find(|id| !of_every_response.contains(&id.as_str()));
        assert!(own.is_some(), "{} passed, and nothing of its own was judged", result.id);
        let known: Vec<Requirement> = result.requirements.iter().map(|id| Requirement::by_id(id).unwrap()).collect();
        assert!(known.is_sorted() && known.windows(2).all(|two| two[0] != two[1]), "{}: {known:?}", result.id);
    }
    let judged = |requirement: &Requirement| {
        run.scenarios.iter().any(|result| result.requirements.iter().any(|id| id == requirement.id()))
    };
    let never: Vec<&str> = Requirement::ALL.iter().filter(|one| !judged(one)).map(|one| one.id()).collect();
    assert_eq!(never, NEVER_JUDGED);
}

#[test]
fn every_agent_scenario_passes_and_fails_when_the_simulator_is_broken() {
    let server = reference(&[]);
    for case in agent_cases() {
        all_passed(&play(&case, &server, None));
        let habit = case.tag_value("habit").and_then(|pair| pair.split_once('='));
        let habit = habit.map(|(name, value)| Broken::Habit(name.to_owned(), value.to_owned()));
        let broken = case.tag_value("sabotage").map(|name| Broken::Sabotage(name.parse().unwrap())).or(habit);
        let broken = broken.unwrap_or_else(|| panic!("{} names no habit and no sabotage that breaks it", case.id));
        let failed = play(&case, &server, Some(&broken));
        assert_eq!(ids(&failed, Verdict::Deviation).first(), Some(&case.id), "{} with {broken:?}", case.id);
    }
}

#[test]
fn a_reference_in_another_process_gets_the_same_verdicts() {
    let inside = report_of(check_of(&reference(&[])).tags("@server"));
    let serve = crate::support::process::Serve::start(&[]);
    let target = Target::new(serve.scim_url.clone(), Auth::Bearer(serve.token.as_str().into()));
    let events = Target::new(serve.events_url.clone(), Auth::Bearer(serve.api_key.as_str().into()));
    let outside = report_of(check_target(target).events_from(Some(events)).tags("@server"));
    assert_eq!(verdicts(&inside), verdicts(&outside));
}

//! Fuzzing: the reference has no findings, planted bugs are found and shrunk reproducibly, and a run cleans up.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod toy;

use std::time::Duration;

use scimulate::base::Seed;
use scimulate::check::fuzz::{self, Options};
use scimulate::report::{Cases, Finding, Run, Verdict, junit};
use scimulate::server::{InProcess, defects};
use scimulate::wire::{Auth, Client, Ledger, Target};
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::support::LONG;
use crate::support::reference::LIST;

fn options(seed: u64, cases: usize) -> Options {
    Options {
        seed: Seed(seed),
        cases,
        time_limit: Duration::from_mins(10),
        // Shrinking must be bounded by attempts, not by time, to end at the same case in every run.
        shrinking: Duration::from_mins(10),
        repeat: "scimulate fuzz".to_owned(),
    }
}

fn client(base: &str, token: &str, timeout: Duration, seed: u64) -> Client {
    let auth = Auth::Bearer(scimulate::base::Secret::new(token));
    let ledger = Ledger::new(&fuzz::run::run_id(Seed(seed)));
    Client::new(Target { timeout, ..Target::new(base, auth) }).unwrap().with_ledger(ledger)
}

async fn against(base: &str, seed: u64, cases: usize) -> Run {
    let client = client(base, "t", LONG, seed);
    fuzz::run(&client, &options(seed, cases), |_, _| {}).await.unwrap()
}

/// A bug: a response in place of the sound server's, for some requests.
type Bug = dyn Fn(&Request) -> Option<ResponseTemplate> + Send + Sync;

/// Returns the requests of each finding, without the parts that differ between runs.
fn essence(report: &Run) -> Vec<Value> {
    let shown = |finding: &Finding| {
        let exchanges: Vec<Value> = finding
            .exchanges
            .iter()
            .map(|exchange| {
                let path = exchange.url.splitn(4, '/').last().unwrap_or_default();
                json!([exchange.method, path, exchange.request_body, exchange.status])
            })
            .collect();
        json!({"rule": finding.requirement, "case": finding.case, "exchanges": exchanges})
    };
    report.findings.iter().map(shown).collect()
}

/// Asserts that the report is the same after it was written and read, and that JUnit names the rule that failed.
fn is_read_back(report: &Run) {
    let json = report.to_json();
    assert_eq!((&json["format"], &json["command"]), (&json!(2), &json!("fuzz")));
    let read = Run::from_json(serde_json::from_str(&json.to_string()).unwrap()).unwrap();
    assert_eq!((&read, read.exit().0), (report, 1));
    let failed = report.findings[0].requirement.as_str();
    assert!(junit::render(report).unwrap().contains(&format!("<testcase name=\"{failed}\" classname=\"fuzz\"")));
    assert!(report.to_string().contains(failed), "{report}");
}

#[test]
fn the_reference_has_no_findings() {
    let reference = InProcess::start(Vec::new()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (report, left, rest) = runtime.block_on(async {
        let client = client(&reference.scim_url, reference.token.expose(), Duration::from_secs(10), 20_261_124);
        let report = fuzz::run(&client, &options(20_261_124, 400), |_, _| {}).await.unwrap();
        let left = fuzz::clean_up(&client).await;
        let rest = ["/Users", "/Groups"].map(|path| client.get(path));
        (report, left, futures::future::join_all(rest).await)
    });
    assert!(report.findings.is_empty(), "{report}");
    let Cases { played, created, out_of_time } = report.cases.unwrap();
    assert_eq!((played, out_of_time, report.stopped.as_deref()), (400, false, None));
    assert!(created > 200, "most cases must have a resource, only {created} had");
    // Of the rules, only that about a body that is not JSON needs more cases than these to be judged.
    let passed = report.scenarios.iter().filter(|rule| rule.verdict == Verdict::Passed).count();
    assert_eq!(passed, report.scenarios.len(), "{report}");
    assert_eq!(report.exit().0, 0);
    assert_eq!(reference.panics(), Vec::<String>::new());
    assert_eq!(left, Vec::<String>::new());
    assert!(rest.iter().all(|list| list.json().unwrap()["totalResults"] == 0));
}

#[tokio::test]
async fn a_sound_server_has_no_findings() {
    let server = toy::start(|_, _| None).await;
    let report = against(&server.uri(), 1, 200).await;
    assert!(report.findings.is_empty(), "{report}");
}

/// Asserts that two runs against fresh servers with the same bug have the same findings with the same requests.
async fn found_twice(
    bug: impl Fn(&Request, &mut std::collections::BTreeMap<String, Value>) -> Option<ResponseTemplate>
    + Send
    + Sync
    + Clone
    + 'static,
) -> Vec<Value> {
    let (first, second) = (toy::start(bug.clone()).await, toy::start(bug).await);
    let (once, twice) = (against(&first.uri(), 42, 150).await, against(&second.uri(), 42, 150).await);
    let (once, twice) = (essence(&once), essence(&twice));
    assert!(!once.is_empty(), "the bug was not found");
    assert_eq!(once, twice);
    once
}

#[tokio::test]
async fn a_crash_on_an_astral_character_is_shrunk_to_that_character() {
    let astral = |text: &str| text.chars().any(|c| u32::from(c) > 0xffff);
    let found = found_twice(move |request, _| {
        let name = toy::body(request).and_then(|body| body["userName"].as_str().map(astral)).unwrap_or_default();
        (request.method.as_str() == "POST" && name).then(|| ResponseTemplate::new(500))
    })
    .await;
    let (exchanges, name) = (&found[0]["exchanges"], &found[0]["exchanges"][0][2]["userName"]);
    assert_eq!(found[0]["rule"], "fuzz/server-error");
    assert_eq!(exchanges.as_array().unwrap().len(), 1, "{exchanges}");
    let before = name.as_str().unwrap().split("fuzz-").next().unwrap();
    assert_eq!(before.chars().count(), 1, "{name}");
}

#[tokio::test]
async fn a_resource_that_is_lost_after_an_acknowledged_put_is_found() {
    let found = found_twice(|request, resources| {
        if request.method.as_str() == "PUT" && toy::body(request).is_some_and(|body| body.get("title").is_some()) {
            return resources
                .remove(request.url.path())
                .map(|document| ResponseTemplate::new(200).set_body_json(document));
        }
        None
    })
    .await;
    assert!(found.iter().any(|finding| finding["rule"] == "fuzz/lost"), "{found:?}");
    let lost = found.iter().find(|finding| finding["rule"] == "fuzz/lost").unwrap();
    let methods: Vec<_> = lost["exchanges"].as_array().unwrap().iter().map(|exchange| exchange[0].clone()).collect();
    assert_eq!(methods, ["POST", "GET", "PUT", "GET"]);
}

#[tokio::test]
async fn other_faults_are_found_and_named() {
    let patch = |request: &Request| request.method.as_str() == "PATCH";
    let page = json!({"schemas": [], "totalResults": "0", "Resources": []});
    let html = ResponseTemplate::new(400).set_body_string("<html>Bad Request</html>");
    let cases: Vec<(&str, Box<Bug>)> = vec![
        (
            "fuzz/counters",
            Box::new(move |r| {
                r.url
                    .query()
                    .is_some_and(|q| q.contains("not"))
                    .then(|| ResponseTemplate::new(200).set_body_json(&page))
            }),
        ),
        ("fuzz/scim-error", Box::new(move |r| (patch(r) && toy::body(r).is_none()).then(|| html.clone()))),
        ("fuzz/ignored", Box::new(move |r| (patch(r) && toy::body(r).is_some()).then(|| ResponseTemplate::new(204)))),
        ("fuzz/swallowed", Box::new(move |r| (patch(r) && toy::body(r).is_none()).then(|| ResponseTemplate::new(200)))),
        ("fuzz/undead", Box::new(|r| (r.method.as_str() == "DELETE").then(|| ResponseTemplate::new(204)))),
        (
            "fuzz/malformed",
            Box::new(|r| {
                (r.method.as_str() == "POST" && toy::body(r).is_some_and(|b| b.get("title").is_some()))
                    .then(|| ResponseTemplate::new(201))
            }),
        ),
        (
            "fuzz/no-response",
            Box::new(|r| {
                r.url.query().is_some_and(|q| q.contains("%28%28")).then(|| ResponseTemplate::new(200).set_delay(LONG))
            }),
        ),
    ];
    for (fault, bug) in cases {
        let server = toy::start(move |request, _| bug(request)).await;
        let timeout = if fault == "fuzz/no-response" { Duration::from_millis(500) } else { LONG };
        let client = client(&server.uri(), "t", timeout, 3);
        // Each attempt to shrink a hang costs a time-out.
        let options = Options { shrinking: Duration::from_secs(2), ..options(3, 150) };
        let report = fuzz::run(&client, &options, |_, _| {}).await.unwrap();
        let faults: Vec<&str> = report.findings.iter().map(|finding| finding.requirement.as_str()).collect();
        assert!(faults.contains(&fault), "{fault}: {report}");
        assert!(faults.iter().all(|other| *other == fault), "{fault}: {report}");
        let finding = &report.findings[0];
        assert!(finding.repeat.starts_with("scimulate fuzz --seed 3 --cases "), "{}", finding.repeat);
        assert!(fuzz::script(finding).contains("curl "));
        is_read_back(&report);
    }
}

#[tokio::test]
async fn a_name_left_by_an_earlier_run_is_not_a_finding() {
    let reference = InProcess::start(Vec::new()).unwrap();
    let again = || async {
        let client = client(&reference.scim_url, reference.token.expose(), Duration::from_secs(10), 9);
        fuzz::run(&client, &options(9, 40), |_, _| {}).await.unwrap()
    };
    let (first, second) = (again().await, again().await);
    assert!(second.findings.is_empty(), "{second}");
    assert_eq!(first.cases, second.cases, "the second run uses other names");
}

#[tokio::test]
async fn users_that_cannot_be_deleted_are_deactivated_and_listed() {
    let server = toy::start(|request, _| (request.method.as_str() == "DELETE").then(|| toy::error(405, "no"))).await;
    let client = client(&server.uri(), "t", Duration::from_secs(5), 1);
    let name = format!("a.{}", fuzz::run::run_id(Seed(1)));
    client.post("/Users", &json!({"userName": name, "active": true})).await;
    let left = fuzz::clean_up(&client).await;
    assert_eq!(left, ["/Users/id-1 (DELETE: 405; deactivated)"]);
    assert_eq!(client.get("/Users/id-1").await.json().unwrap()["active"], false);
}

#[tokio::test]
async fn a_target_that_dies_ends_the_run_with_a_reason() {
    let refuses = client("http://127.0.0.1:1", "t", Duration::from_secs(1), 1);
    let error = fuzz::run(&refuses, &options(1, 5), |_, _| {}).await.unwrap_err();
    assert!(error.to_string().contains("no connection"), "{error}");

    // It responds to the connection test, then no more.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = toy::start(move |_, _| {
        let earlier = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        (earlier > 3).then(|| ResponseTemplate::new(200).set_delay(LONG))
    })
    .await;
    let dying = client(&server.uri(), "t", Duration::from_secs(1), 1);
    let report = fuzz::run(&dying, &options(1, 100), |_, _| {}).await.unwrap();
    assert!(report.stopped.unwrap().contains("no longer responds"));
    assert!(report.cases.unwrap().played < 100);
}

#[tokio::test]
async fn a_defect_of_the_reference_is_found() {
    let reference = InProcess::start(vec![defects::by_name("counters-as-strings").unwrap()]).unwrap();
    let client = client(&reference.scim_url, reference.token.expose(), Duration::from_secs(10), 5);
    let report = fuzz::run(&client, &options(5, 60), |_, _| {}).await.unwrap();
    assert_eq!(report.findings.first().map(|finding| finding.requirement.as_str()), Some("fuzz/counters"), "{report}");
}

/// Lists people of other owners wrongly, so that the finding is about a list that names them.
#[tokio::test]
async fn a_finding_on_a_list_does_not_name_others() {
    const STRANGER: &str = "boss@elsewhere.example";
    let stranger = json!({"id": "theirs", "userName": STRANGER, "title": STRANGER, "active": true});
    let list = json!({"schemas": [LIST], "totalResults": "2", "Resources": [stranger, stranger]});
    let whole = list.to_string();
    for wrong in [whole.clone(), json!([stranger]).to_string(), whole.split_at(whole.len() - 3).0.to_owned()] {
        let server = toy::start(move |request, _| {
            let is_lookup = request.url.query().is_some_and(|query| query.contains("count=1"));
            let is_list = request.method.as_str() == "GET" && request.url.path() == "/Users" && !is_lookup;
            is_list.then(|| ResponseTemplate::new(200).set_body_string(wrong.clone()))
        })
        .await;
        let report = against(&server.uri(), 4, 100).await;
        let found: Vec<&str> = report.findings.iter().map(|finding| finding.requirement.as_str()).collect();
        assert!(found.contains(&"fuzz/counters") || found.contains(&"fuzz/malformed"), "{report}");
        for output in [report.to_json().to_string(), report.to_string(), junit::render(&report).unwrap()] {
            assert!(!output.contains(STRANGER), "{output}");
        }
        assert!(report.findings.iter().all(|finding| !fuzz::script(finding).contains(STRANGER)));
    }
}

use serde_json::Value;

use super::*;
use crate::check::sample;
use crate::report::ExchangeReport;

/// Returns a result in which a request of one resource was refused.
fn refused(id: &str, method: &str, collection: &str, requirement: Requirement, status: u16) -> Judged {
    let deviation = Deviation::new(requirement, Kind::WrongStatus, "status", "200", status.to_string());
    let exchange = exchange(method, &format!("/{collection}/1"), status);
    sample::judged(id, Deviation { status: Some(status), ..deviation }, vec![exchange])
}

fn exchange(method: &str, path: &str, status: u16) -> ExchangeReport {
    sample::exchange(method, path, Value::Null, status, Value::Null)
}

const BOTH: [ClientKind; 2] = [ClientKind::Oin, ClientKind::Aiw];

#[test]
fn a_client_that_needs_what_is_absent_is_not_possible_and_the_other_one_is() {
    let mut results = vec![refused("okta/a/b@oin", "PATCH", "Users", Requirement::PatchAccepted, 501)];
    let clients = settle(&mut results, &BOTH, &Declared::default());
    assert_eq!(clients[0].not_possible.as_deref(), Some("PATCH /Users returned 501"));
    assert_eq!(clients[1].not_possible, None);
    assert_eq!(results[0].report.verdict, Verdict::NotSupported);
    assert!(results[0].faults.is_empty());
}

#[test]
fn absence_is_a_deviation_with_one_client_or_if_no_client_is_left() {
    let patch = || refused("okta/a/b@oin", "PATCH", "Users", Requirement::PatchAccepted, 405);
    let mut results = vec![patch()];
    settle(&mut results, &BOTH[..1], &Declared::default());
    assert_eq!(results[0].report.verdict, Verdict::Deviation);
    let mut results = vec![refused("okta/a/b@aiw", "PUT", "Users", Requirement::PutAccepted, 405)];
    let clients = settle(&mut results, &BOTH, &Declared::default());
    assert!(clients.iter().all(|client| client.not_possible.is_none()));
    assert_eq!(results[0].report.verdict, Verdict::Deviation);
}

#[test]
fn a_capability_that_works_once_or_is_refused_otherwise_is_not_absent() {
    let mut once = refused("okta/a/b@oin", "PATCH", "Users", Requirement::PatchAccepted, 405);
    once.report.exchanges.push(exchange("PATCH", "/Users/2", 204));
    let refused = refused("okta/a/c@oin", "PATCH", "Users", Requirement::PatchAccepted, 400);
    let mut results = vec![once, refused];
    settle(&mut results, &BOTH, &Declared::default());
    assert!(results.iter().all(|result| result.report.verdict == Verdict::Deviation));
}

#[test]
fn what_the_user_declares_counts() {
    let mut results = vec![refused("okta/a/b@oin", "PUT", "Users", Requirement::PutAccepted, 405)];
    let without = Declared { without: vec!["put".to_owned()], ..Declared::default() };
    settle(&mut results, &BOTH[..1], &without);
    assert_eq!(results[0].report.verdict, Verdict::NotSupported);

    let kept = |part: &str| {
        let mut result = refused("okta/a/b@oin", "GET", "Users", Requirement::PutAccepted, 200);
        result.report.verdict = Verdict::Note;
        let deviation = Deviation::new(Requirement::AttributesKept, Kind::Missing, part, "x", "nothing");
        result.faults = vec![Fault { deviation, prepares: false, exchanges: Vec::new(), required: false }];
        vec![result]
    };
    let declared = |without: &[&str], required: &[&str]| Declared {
        without: without.iter().map(|name| (*name).to_owned()).collect(),
        required: required.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut results = kept("emails.type");
    settle(&mut results, &BOTH, &declared(&[], &["emails"]));
    assert_eq!(results[0].report.verdict, Verdict::Deviation);
    let mut results = kept("locale");
    settle(&mut results, &BOTH, &declared(&["locale"], &[]));
    assert_eq!(results[0].report.verdict, Verdict::Passed);
}

use serde_json::{Value, json};

use super::*;
use crate::check::outcome::{Deviation, Kind, Subject};
use crate::check::sample::{self, exchange};
use crate::report::ExchangeReport;

fn judged(id: &str, requirement: Requirement, subject: Subject, exchanges: Vec<ExchangeReport>) -> Judged {
    let deviation = Deviation::new(requirement, Kind::Changed, "part", "expected", "actual").about(subject);
    sample::judged(id, deviation, exchanges)
}

fn findings(results: &[Judged]) -> Vec<String> {
    results.iter().flat_map(|result| &result.faults).map(|fault| fault.deviation.finding()).collect()
}

/// A PATCH without a path, between two reads.
fn patched(path: &str, value: &Value, before: Value, after: Value) -> Vec<ExchangeReport> {
    let body = json!({"Operations": [{"op": "replace", "value": value}]});
    vec![
        exchange("GET", path, Value::Null, 200, before),
        exchange("PATCH", path, body, 204, Value::Null),
        exchange("GET", path, Value::Null, 200, after),
    ]
}

fn joined(after: &Value) -> Vec<ExchangeReport> {
    let group = json!({"id": "9", "displayName": "crew", "members": []});
    let body = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": "1"}]}]});
    vec![
        exchange("GET", "/Groups/9", Value::Null, 200, group),
        exchange("PATCH", "/Groups/9", body, 204, Value::Null),
        exchange("GET", "/Groups/9", Value::Null, 200, json!({"id": "9", "displayName": "crew", "members": after})),
    ]
}

fn user(active: bool) -> Value {
    json!({"id": "1", "userName": "ada", "active": active})
}

fn group(name: &str) -> Value {
    json!({"id": "2", "displayName": name})
}

#[test]
fn a_path_less_patch_that_changes_neither_users_nor_groups_is_one_cause() {
    let still = patched("/Users/1", &json!({"active": false}), user(true), user(true));
    let named = patched("/Groups/2", &json!({"id": "2", "displayName": "b"}), group("a"), group("a"));
    let results = |named: &[ExchangeReport]| {
        let mut joined = judged("c", Requirement::AddMembers, Subject::Group, joined(&json!([{"value": "1"}])));
        joined.faults.clear();
        vec![
            judged("a", Requirement::Deactivated, Subject::User, still.clone()),
            judged("b", Requirement::GroupRenamed, Subject::Group, named.to_vec()),
            joined,
        ]
    };
    let mut ignored = results(&named);
    merge(&mut ignored, &[]);
    assert_eq!(findings(&ignored), ["okta/pathless-patch:changed@oin", "okta/pathless-patch:changed@oin"]);
    // The group has its new name: only the deactivation is at fault.
    let renamed = patched("/Groups/2", &json!({"id": "2", "displayName": "b"}), group("a"), group("b"));
    let mut other = results(&renamed);
    merge(&mut other, &[]);
    assert_eq!(findings(&other), ["okta/deactivated:changed:user", "okta/group-renamed:changed:group"]);
    // No PATCH at all has an effect.
    let mut all = results(&named);
    all[2] = judged("c", Requirement::AddMembers, Subject::Group, joined(&json!([])));
    merge(&mut all, &[]);
    assert_eq!(findings(&all), ["okta/patch-stored:changed@oin"; 3]);
}

#[test]
fn a_put_that_loses_one_attribute_is_not_ignored() {
    let put = |lost: &str, path: &str| {
        let (before, mut sent) =
            (json!({"id": "1", "userName": "ada", "active": true}), json!({"userName": "ada", "active": true}));
        sent[lost] = if lost == "active" { json!(false) } else { json!("eve") };
        vec![
            exchange("GET", path, Value::Null, 200, before.clone()),
            exchange("PUT", path, sent, 200, before.clone()),
            exchange("GET", path, Value::Null, 200, before),
        ]
    };
    let renamed = || judged("a", Requirement::UserNameStored, Subject::User, put("userName", "/Users/1"));
    let mut one = vec![renamed(), renamed()];
    merge(&mut one, &[]);
    assert_eq!(findings(&one), ["okta/user-name-stored:changed:user"; 2]);
    let mut all = vec![renamed(), judged("b", Requirement::Deactivated, Subject::User, put("active", "/Users/1"))];
    merge(&mut all, &[]);
    assert_eq!(findings(&all), ["okta/put-stored:changed:user"; 2]);
}

#[test]
fn a_group_that_another_scenario_s_lookup_matched_is_not_at_fault() {
    let create = exchange("POST", "/Groups", json!({"displayName": "a"}), 201, group("a"));
    let taken = patched("/Groups/2", &json!({"displayName": "b"}), group("a"), group("b"));
    let mut results = vec![
        judged("a", Requirement::GroupLookupMatches, Subject::Group, taken),
        judged("b", Requirement::GroupRenamed, Subject::Group, vec![create]),
    ];
    merge(&mut results, &[]);
    assert_eq!(findings(&results)[1], findings(&results)[0]);
    assert_eq!(results[1].report.verdict, Verdict::Blocked);
}

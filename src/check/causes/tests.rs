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

/// A result whose last exchange is a lookup, which the fault is about.
fn looked_up(
    requirement: Requirement,
    kind: Kind,
    before: Vec<ExchangeReport>,
    name: &str,
    status: u16,
    found: &Value,
) -> Judged {
    let mut exchanges = before;
    let query = format!("/Users?filter={}", crate::wire::encode::component(&format!("userName eq {}", json!(name))));
    exchanges.push(exchange("GET", &query, Value::Null, status, json!({"Resources": found})));
    let deviation = Deviation::new(requirement, kind, "matches", "expected", "actual").about(Subject::User);
    let deviation = Deviation { exchanges: vec![exchanges.len() - 1], ..deviation };
    sample::judged("a", deviation, exchanges)
}

fn named(name: &str) -> Value {
    json!({"id": "1", "userName": name})
}

#[test]
fn a_lookup_that_returns_only_others_does_not_apply_the_filter() {
    let of = |found: &Value| looked_up(Requirement::LookupFinds, Kind::Missing, Vec::new(), "ada", 200, found);
    let mut results = vec![of(&json!([named("eve")])), of(&json!([]))];
    merge(&mut results, &[]);
    assert_eq!(findings(&results), ["okta/lookup-matches:extra:user", "okta/lookup-finds:missing:user"]);
}

#[test]
fn a_character_is_the_reason_only_if_plain_names_are_not_refused() {
    let refused =
        |name: &str| looked_up(Requirement::ListStatus, Kind::WrongStatus, Vec::new(), name, 500, &Value::Null);
    let mut special = vec![refused("o'hara")];
    merge(&mut special, &["userName"]);
    assert_eq!(findings(&special), ["okta/lookup-apostrophe:wrong-status:user"]);
    // Lookups of plain names find nothing, but they are not refused.
    let finds_nothing = looked_up(Requirement::LookupFinds, Kind::Missing, Vec::new(), "ada", 200, &json!([]));
    let mut two = vec![refused("o'hara"), finds_nothing];
    merge(&mut two, &[]);
    assert_eq!(findings(&two), ["okta/lookup-apostrophe:wrong-status:user", "okta/lookup-finds:missing:user"]);
    let mut all = vec![refused("o'hara"), refused("ada")];
    merge(&mut all, &["userName"]);
    assert_eq!(findings(&all), ["okta/list-status:wrong-status"; 2]);
}

#[test]
fn of_several_characters_the_one_that_is_lost_alone_is_the_reason() {
    let of = |name: &str| looked_up(Requirement::LookupFinds, Kind::Missing, Vec::new(), name, 200, &json!([]));
    let mut plus = vec![of("r&d + qa"), of("pat+1")];
    merge(&mut plus, &["userName"]);
    assert_eq!(findings(&plus), ["okta/lookup-plus:missing:user"; 2]);
    let mut other = vec![of("r&d + qa"), of("\u{142}ukasz")];
    merge(&mut other, &["userName"]);
    assert_eq!(findings(&other), ["okta/lookup-finds:missing:user", "okta/lookup-non-ascii:missing:user"]);
}

#[test]
fn a_user_found_under_the_former_name_is_one_fault_with_the_new_name_that_is_not_found() {
    let renamed = || {
        let create = exchange("POST", "/Users", named("ada"), 201, named("ada"));
        vec![create, exchange("PUT", "/Users/1", named("eve"), 200, named("eve"))]
    };
    // The response shows the user as it was, or as it is.
    for shown in ["ada", "eve"] {
        let by_former =
            || looked_up(Requirement::LookupMatches, Kind::Extra, renamed(), "ada", 200, &json!([named(shown)]));
        let mut both = vec![by_former()];
        merge(&mut both, &[]);
        assert_eq!(findings(&both), ["okta/old-name-free:extra:user"]);
        let by_new = looked_up(Requirement::LookupFinds, Kind::Missing, renamed(), "eve", 200, &json!([]));
        let mut stale = vec![by_former(), by_new];
        merge(&mut stale, &["userName"]);
        assert_eq!(findings(&stale), ["okta/lookup-renamed:missing:user"; 2]);
        // Each shows the PUT that renamed the user, before the lookup.
        for result in both.iter().chain(&stale) {
            assert_eq!(result.faults[0].deviation.exchanges, [1, 2]);
        }
    }
    // With a user who never had the name, the filter was not applied.
    let all = json!([named("eve"), {"id": "2", "userName": "zoe"}]);
    let mut ignored = vec![looked_up(Requirement::OldNameFree, Kind::Extra, renamed(), "ada", 200, &all)];
    merge(&mut ignored, &[]);
    assert_eq!(findings(&ignored), ["okta/lookup-matches:extra:user"]);
    let mut other =
        vec![looked_up(Requirement::LookupMatches, Kind::Extra, renamed(), "zoe", 200, &json!([named("eve")]))];
    merge(&mut other, &[]);
    assert_eq!(findings(&other), ["okta/lookup-matches:extra:user"]);
}

#[test]
fn members_that_are_added_with_and_without_a_path_are_one_cause() {
    let members = |ids: &[&str]| ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>();
    let replaced = |operation: Value, after: &[&str]| {
        let group = |ids: &[&str]| json!({"id": "9", "displayName": "crew", "members": members(ids)});
        vec![
            exchange("GET", "/Groups/9", Value::Null, 200, group(&["1"])),
            exchange("PATCH", "/Groups/9", json!({"Operations": [operation]}), 204, Value::Null),
            exchange("GET", "/Groups/9", Value::Null, 200, group(after)),
        ]
    };
    let with_path = || {
        let operation = json!({"op": "replace", "path": "members", "value": members(&["2"])});
        judged("a@oin", Requirement::ReplaceMembers, Subject::Group, replaced(operation, &["1", "2"]))
    };
    let without = |after: &[&str]| {
        let operation = json!({"op": "replace", "value": {"members": members(&["2"])}});
        judged("b@oin", Requirement::PathlessMembers, Subject::Group, replaced(operation, after))
    };
    let mut added = vec![with_path(), without(&["1", "2"])];
    members::explain_replacements(&mut added);
    assert_eq!(findings(&added)[0], findings(&added)[1]);
    // A PATCH without a path that has no effect is another fault.
    let mut ignored = vec![with_path(), without(&["1"])];
    members::explain_replacements(&mut ignored);
    assert_ne!(findings(&ignored)[0], findings(&ignored)[1]);
}

//! Groups and their members.

use serde_json::{Value, json};

use super::{GROUP, Played, lines, read, with};
use crate::model::*;

/// A group as the target shows it.
fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id, "$ref": "x"})).collect();
    json!({"schemas": [GROUP], "id": "7", "displayName": name, "members": members})
}

fn with_group(members: &[&str]) -> Played {
    let mut played = Played::default();
    played.create(&group("Crew", members), &json!({"id": "7"}));
    played.get("/Groups/7", &group("Crew", members));
    played
}

#[test]
fn members_are_compared_as_a_set() {
    let mut played = with_group(&["1", "2"]);
    assert_eq!(played.compare("/Groups/7", &group("crew", &["2", "1"])).membership, Membership::Agrees);
    let found = played.compare("/Groups/7", &group("Crew", &["2", "3"]));
    assert_eq!(found.membership, Membership::Differs);
    assert_eq!(lines(&found), ["member 1 Missing Lost", "member 3 Extra Wrong"]);
    assert_eq!(played.differences("/Groups/7", &group("Others", &["1", "2"])), ["displayName Changed Essential"]);
}

#[test]
fn members_follow_every_kind_of_request() {
    let mut played = with_group(&["1", "2"]);
    let members = |ids: &[&str]| ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>();
    for (operations, after) in [
        (json!([{"op": "add", "path": "members", "value": members(&["3", "2"])}]), vec!["1", "2", "3"]),
        (
            json!([{"op": "remove", "path": "members[value eq \"1\"]"}, {"op": "add", "path": "members", "value": members(&["4"])}]),
            vec!["2", "3", "4"],
        ),
        (json!([{"op": "remove", "path": "members", "value": members(&["4"])}]), vec!["2", "3"]),
        (json!([{"op": "replace", "path": "members", "value": members(&["5"])}]), vec!["5"]),
        (json!([{"op": "replace", "value": {"members": members(&["6", "7"])}}]), vec!["6", "7"]),
        (json!([{"op": "remove", "path": "members[value sw \"6\"]"}]), vec!["7"]),
        (json!([{"op": "remove", "path": "members"}]), vec![]),
    ] {
        played.patch("/Groups/7", &operations);
        assert_eq!(played.differences("/Groups/7", &group("Crew", &after)), [""; 0], "{operations}");
        assert_eq!(
            played.differences("/Groups/7", &group("Crew", &[&after[..], &["99"]].concat())),
            ["member 99 Extra Wrong"]
        );
    }
    played.put("/Groups/7", &group("Crew", &["1", "2"]));
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["1", "2", "7"])), ["member 7 Stale Wrong"]);
}

#[test]
fn members_from_before_the_run_stay_after_an_addition() {
    // A lookup without members does not say which members the group has.
    for list in [group("Crew", &["8", "9"]), json!({"id": "7", "displayName": "Crew"})] {
        let list = json!({"Resources": [list]});
        let mut played = Played::default();
        played.get("/Groups?filter=x", &list);
        played.patch("/Groups/7", &json!([{"op": "add", "path": "members", "value": [{"value": "1"}]}]));
        assert_eq!(played.differences("/Groups/7", &group("Crew", &["1", "8", "9"])), [""; 0]);
        assert_eq!(played.differences("/Groups/7", &group("Crew", &["1", "9"])).len(), 1, "8 was shown");
    }
    let mut played = Played::default();
    played.get("/Groups?filter=x", &json!({"Resources": [group("Crew", &["8"])]}));
    played.patch("/Groups/7", &json!([{"op": "replace", "path": "members", "value": [{"value": "1"}]}]));
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["1", "8"])), ["member 8 Stale Wrong"]);
}

#[test]
fn members_that_are_never_shown_are_not_observed() {
    for hidden in [json!({"members": []}), json!({"members": null})] {
        let mut played = Played::default();
        played.create(&group("Crew", &["1"]), &json!({"id": "7"}));
        let found = played.compare("/Groups/7", &with(&group("Crew", &[]), &hidden));
        assert_eq!((found.membership, found.differences), (Membership::NotObserved, vec![]));
        assert!(played.0.evidence().hides_members());
        // Another group with a member shows that the target does not hide them.
        let other = json!({"id": "8", "displayName": "Others", "members": [{"value": "2"}]});
        played.get("/Groups?startIndex=1", &json!({"Resources": [other]}));
        played.create(&with(&other, &json!({"id": null})), &json!({"id": "8"}));
        played.get("/Groups/8", &other);
        let found = played.compare("/Groups/7", &with(&group("Crew", &[]), &hidden));
        assert_eq!((found.membership, lines(&found)), (Membership::Differs, vec!["member 1 Missing Wrong".to_owned()]));
    }
}

#[test]
fn a_group_need_not_have_users_that_are_gone_or_inactive() {
    let mut played = read();
    played.create(&group("Crew", &["1", "2"]), &json!({"id": "7"}));
    played.get("/Groups/7", &group("Crew", &["1", "2"]));
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["2"])), ["member 1 Missing Lost"]);
    played.patch("/Users/1", &json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["2"])), [""; 0]);
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["1", "2"])), [""; 0]);
    played.patch("/Users/1", &json!([{"op": "replace", "value": {"active": true}}]));
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["2"])), ["member 1 Missing Lost"]);
}

#[test]
fn a_deleted_group_must_be_gone() {
    let mut played = with_group(&["1"]);
    assert_eq!(lines(&played.0.compare_group("7", Observed::Gone).unwrap()), ["the resource Missing Essential"]);
    played.send(Method::Delete, "/Groups/7", &Value::Null, Some((204, &Value::Null)));
    assert_eq!(lines(&played.0.compare_group("7", Observed::Gone).unwrap()), [""; 0]);
    assert_eq!(played.differences("/Groups/7", &group("Crew", &["1"])), ["the resource Extra Essential"]);
}

use serde_json::json;

use super::*;
use crate::check::cast::{CastGroup, CastUser};
use crate::check::event_log::idp_ids;

fn cast() -> Cast {
    let mut cast = Cast::default();
    let ada = CastUser { external_ids: vec!["00u1".to_owned()], ..CastUser::default() };
    cast.people.insert("ada".to_owned(), ada);
    let names = vec![("crew".to_owned(), "crew r1".to_owned()), ("night".to_owned(), "night r1".to_owned())];
    cast.groups.insert("crew".to_owned(), CastGroup { names, ids: Vec::new() });
    cast
}

#[test]
fn an_event_is_one_line_in_the_words_of_the_feature() {
    let updated = json!({"event": "dsync.user.updated", "data": {"idp_id": "00u1", "state": "inactive",
        "custom_attributes": {"job_title": "B"},
        "previous_attributes": {"state": "active", "custom_attributes": {"job_title": null}}}});
    assert_eq!(line(&updated, &cast()), "dsync.user.updated ada: job_title none -> B, state active -> inactive");
    let created = json!({"event": "dsync.user.created", "data": {"idp_id": "00u1", "state": "active"}});
    assert_eq!(line(&created, &cast()), "dsync.user.created ada (active)");
    let added = json!({"event": "dsync.group.user_added", "data": {"user": {"idp_id": "00u1"}, "group": {"idp_id": "crew r1"}}});
    assert_eq!(line(&added, &cast()), "dsync.group.user_added ada in crew");
    let renamed = json!({"event": "dsync.group.updated", "data": {"idp_id": "crew r1", "name": "night r1",
        "previous_attributes": {"name": "crew r1"}}});
    assert_eq!(line(&renamed, &cast()), "dsync.group.updated crew: name crew -> night");
}

#[test]
fn a_member_without_external_id_is_known_by_its_email_address() {
    let mut cast = cast();
    let bystander =
        CastUser { logins: vec!["by.r1@example.com".to_owned()], ids: vec!["7".to_owned()], ..CastUser::default() };
    cast.people.insert("bystander".to_owned(), bystander);
    let event = |idp_id: &str, email: &str| {
        let user = json!({"idp_id": idp_id, "email": email});
        json!({"event": "dsync.group.user_removed", "data": {"user": user, "group": {"idp_id": "crew r1"}}})
    };
    let removed = "dsync.group.user_removed bystander in crew";
    assert_eq!(line(&event("internal-7", "By.r1@example.com"), &cast), removed);
    // Who has an external ID is known by it alone.
    cast.people.get_mut("bystander").unwrap().external_ids.push("00u7".to_owned());
    assert_eq!(line(&event("00u7", ""), &cast), removed);
    assert_ne!(line(&event("internal-7", "by.r1@example.com"), &cast), removed);
}

#[test]
fn only_events_about_the_scenarios_own_people_count() {
    let cast = cast();
    let is_ours = |event: &serde_json::Value| idp_ids(event).any(|id| ids(&cast).contains(id));
    let of = |id: &str| json!({"event": "dsync.user.created", "data": {"idp_id": id}});
    assert!(is_ours(&of("00u1")));
    assert!(!is_ours(&of("00u2")));
}

#[test]
fn the_order_counts_within_a_subject_only() {
    let lines = |list: &[&str]| list.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let expected = lines(&["a ada: 1", "b ben: 1", "c ada: 2"]);
    assert!(same_in_each_subject(&expected, &lines(&["b ben: 1", "a ada: 1", "c ada: 2"])));
    assert!(!same_in_each_subject(&expected, &lines(&["c ada: 2", "b ben: 1", "a ada: 1"])));
    assert!(!same_in_each_subject(&expected, &lines(&["a ada: 1", "b ben: 1"])));
}

#[test]
fn a_star_in_a_row_stands_for_any_text() {
    assert!(glob::matches("a ada: name * -> B, x *", "a ada: name A -> B, x y"));
    assert!(!glob::matches("a ada: name * -> B", "a ada: name A -> C"));
    assert!(!glob::matches("a ada", "a ada: name"));
}

#[test]
fn a_table_may_have_a_column_for_each_setting_of_the_directory() {
    let table = |rows: &[&[&str]]| -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    };
    let two = table(&[&["keep", "delete"], &["updated ada", "deleted ada"], &["", "created ada"]]);
    assert_eq!(rows(&two, OnDeactivate::Keep), ["updated ada"]);
    assert_eq!(rows(&two, OnDeactivate::Delete), ["deleted ada", "created ada"]);
    let one = table(&[&["updated ada"], &["updated ben"]]);
    assert_eq!(rows(&one, OnDeactivate::Delete), ["updated ada", "updated ben"]);
}

//! Tests of events, payloads, profiles and membership edits without a store.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::derive::{Events, MembershipEvents, derive};
use super::members::{LoadedMembers, needs, resolve};
use super::profile::Profile;
use super::*;
use crate::base::limits;
use crate::events::{Draft, EventName};
use crate::scim::patch::{MembersEdit, Patch};
use crate::scim::resource::{Kind, Member};
use crate::scim::{Filter, Mode, Object, Rules, Schemas, ScimType, schema};

const LATER: i64 = 1_000;

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + millis).unwrap()
}

fn directory_ref() -> DirectoryRef {
    DirectoryRef {
        directory_id: "directory_1".to_owned(),
        organization_id: "org_1".to_owned(),
        ..DirectoryRef::default()
    }
}

fn person(document: Value, state: UserState, updated: i64) -> UserWithProfile {
    let row = DirectoryUser {
        id: "directory_user_1".to_owned(),
        idp_id: "00u1".to_owned(),
        state,
        created_at: at(0),
        updated_at: at(updated),
    };
    UserWithProfile { row, profile: Profile::of(&object(document), &UserSettings::default()), groups: Vec::new() }
}

fn ann() -> Value {
    json!({
        "userName": "ann@x.example", "active": true, "name": {"givenName": "Ann", "familyName": "Ox"},
        "emails": [{"primary": true, "type": "work", "value": "ann@x.example"}],
        schema::ENTERPRISE: {"department": "Treasury"},
    })
}

fn team(name: &str, updated: i64) -> DirectoryGroup {
    DirectoryGroup {
        id: "directory_group_1".to_owned(),
        idp_id: "Sales".to_owned(),
        name: name.to_owned(),
        created_at: at(0),
        updated_at: at(updated),
    }
}

/// A change, with the number of memberships that end, and of those that begin or are announced.
type Moving = (Change, usize, usize);

fn user(transition: Transition<UserWithProfile>) -> Moving {
    (Change::User(directory_ref(), Box::new(transition)), 0, 0)
}

/// A user that becomes a directory user while it is a member of groups.
fn returning(groups: usize) -> Moving {
    (Change::UserWithMemberships(directory_ref(), Box::new(person(ann(), UserState::Active, LATER))), 0, groups)
}

fn group(transition: Transition<DirectoryGroup>, removed: usize, added: usize) -> Moving {
    (Change::Group(directory_ref(), Box::new(transition)), removed, added)
}

/// All events of a change, as a backend appends them.
fn events((change, removed, added): &Moving) -> Vec<Draft> {
    let Events { own, memberships } = derive(change);
    let edges = [(EventName::GroupUserRemoved, removed), (EventName::GroupUserAdded, added)].map(|(name, count)| {
        let data = match &memberships {
            MembershipEvents::None => return Vec::new(),
            MembershipEvents::OfGroup(events) => events.data(&person(ann(), UserState::Active, 0)).unwrap(),
            MembershipEvents::OfUser(events) => events.data(&team("Sales", 0)).unwrap(),
        };
        vec![Draft { name, data: serde_json::from_str(&data).unwrap() }; *count]
    });
    own.into_iter().chain(edges.into_iter().flatten()).collect()
}

fn names(drafts: &[Draft]) -> Vec<&str> {
    drafts.iter().map(|draft| draft.name.as_str().trim_start_matches("dsync.")).collect()
}

fn directory() -> Directory {
    Directory {
        id: "directory_1".to_owned(),
        organization_id: "org_1".to_owned(),
        name: "Okta".to_owned(),
        external_key: "Zp4QxT7mK2vLr9Bd".to_owned(),
        state: DirectoryState::Linked,
        settings: Settings::default(),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn token() -> Token {
    Token { id: "directory_token_1".to_owned(), suffix: "a1b2".to_owned(), created_at: at(0) }
}

#[test]
fn the_payloads_of_a_directory_and_a_token() {
    let expected = json!({
        "object": "directory", "id": "directory_1", "organization_id": "org_1", "external_key": "Zp4QxT7mK2vLr9Bd",
        "type": "okta scim v2.0", "state": "active", "name": "Okta", "domains": [],
        "created_at": "2026-11-18T11:06:40.000Z", "updated_at": "2026-11-18T11:06:40.000Z",
    });
    assert_eq!(events(&(Change::Activated(Box::new(directory()), Vec::new()), 0, 0))[0].data, expected);
    let expected = json!({
        "object": "directory_token", "id": "directory_token_1", "directory_id": "directory_1", "organization_id": "org_1",
        "token_suffix": "a1b2", "created_at": "2026-11-18T11:06:40.000Z",
    });
    assert_eq!(events(&(Change::TokenCreated(directory_ref(), token()), 0, 0))[0].data, expected);
}

/// Each change with its events.
#[test]
fn the_events_of_each_change() {
    use Transition::{Created, Deleted, Updated};
    let (active, inactive) = (UserState::Active, UserState::Inactive);
    let one = || person(ann(), active, 0);
    let retitled = {
        let mut document = ann();
        document["title"] = "Lead".into();
        person(document, active, LATER)
    };
    let nicknamed = {
        let mut document = ann();
        document["nickName"] = "A".into();
        person(document, active, 0)
    };
    let (old, new) = (|| team("Sales", 0), || team("Trade", LATER));
    let rows: Vec<(Moving, &[&str])> = vec![
        ((Change::Nothing, 0, 0), &[]),
        ((Change::Activated(Box::new(directory()), Vec::new()), 0, 0), &["activated"]),
        ((Change::Removed(Box::new(directory())), 0, 0), &["deleted"]),
        ((Change::TokenCreated(directory_ref(), token()), 0, 0), &["token.created"]),
        ((Change::TokenRevoked(directory_ref(), token()), 0, 0), &["token.revoked"]),
        (user(Created(one())), &["user.created"]),
        (returning(0), &["user.created"]),
        (returning(2), &["user.created", "group.user_added", "group.user_added"]),
        (user(Deleted(one())), &["user.deleted"]),
        (user(Updated { before: one(), after: one() }), &[]),
        (user(Updated { before: one(), after: nicknamed }), &[]),
        (user(Updated { before: one(), after: retitled }), &["user.updated"]),
        (user(Updated { before: one(), after: person(ann(), inactive, LATER) }), &["user.updated"]),
        (group(Created(old()), 0, 0), &["group.created"]),
        (group(Created(old()), 0, 2), &["group.created", "group.user_added", "group.user_added"]),
        (group(Updated { before: old(), after: old() }, 0, 0), &[]),
        (group(Updated { before: old(), after: new() }, 0, 0), &["group.updated"]),
        (group(Updated { before: old(), after: old() }, 1, 1), &["group.user_removed", "group.user_added"]),
        (
            group(Updated { before: old(), after: new() }, 1, 1),
            &["group.updated", "group.user_removed", "group.user_added"],
        ),
        (group(Deleted(old()), 1, 0), &["group.deleted"]),
    ];
    for (change, expected) in rows {
        assert_eq!(names(&events(&change)), expected, "{change:?}");
    }
}

#[test]
fn the_payload_of_a_user() {
    let drafts = events(&user(Transition::Created(person(ann(), UserState::Active, LATER))));
    let expected = json!({
        "object": "directory_user", "id": "directory_user_1", "directory_id": "directory_1", "organization_id": "org_1",
        "idp_id": "00u1", "email": "ann@x.example", "first_name": "Ann", "last_name": "Ox", "name": "Ann Ox",
        "emails": [], "job_title": null, "username": null, "state": "active", "raw_attributes": {},
        "custom_attributes": {
            "username": "ann@x.example", "department_name": "Treasury",
            "emails": [{"primary": true, "type": "work", "value": "ann@x.example"}],
        },
        "created_at": "2026-11-18T11:06:40.000Z", "updated_at": "2026-11-18T11:06:41.000Z",
    });
    assert_eq!(drafts[0].data, expected);
}

/// Old values of changed and removed properties, null for new ones, and never `updated_at`.
#[test]
fn previous_attributes_are_those_that_changed() {
    let after = json!({
        "userName": "ann@x.example", "active": false, "name": {"givenName": "Ann", "familyName": "Lund"},
        "emails": [{"primary": true, "type": "work", "value": "ann@x.example"}],
        schema::ENTERPRISE: {"costCenter": "CC-12"},
    });
    let before = person(ann(), UserState::Active, 0);
    let after = person(after, UserState::Inactive, LATER);
    let drafts = events(&user(Transition::Updated { before, after }));
    let expected = json!({
        "last_name": "Ox", "name": "Ann Ox", "state": "active",
        "custom_attributes": {"department_name": "Treasury", "cost_center_name": null},
    });
    assert_eq!(drafts[0].data["previous_attributes"], expected);
    let before = team("Sales", 0);
    let drafts = events(&group(Transition::Updated { before, after: team("Trade", LATER) }, 0, 0));
    assert_eq!(drafts[0].data["previous_attributes"], json!({"name": "Sales"}));
    assert_eq!((&drafts[0].data["name"], &drafts[0].data["idp_id"]), (&json!("Trade"), &json!("Sales")));
}

/// A membership event shows the group after the change, and nothing besides user, group and directory.
#[test]
fn the_payload_of_a_membership_change() {
    let turn = Transition::Updated { before: team("Sales", 0), after: team("Trade", LATER) };
    let drafts = events(&group(turn, 0, 1));
    let data = object(drafts[1].data.clone());
    assert_eq!(data.keys().collect::<Vec<_>>(), ["directory_id", "user", "group"]);
    assert_eq!(data["group"]["name"], "Trade");
    assert_eq!(data["user"]["object"], "directory_user");
    assert_eq!(data["group"].get("previous_attributes"), None);
}

/// An announced membership shows the user exactly as `user.created` did, and has the form of a membership that changed.
#[test]
fn the_payload_of_an_announced_membership() {
    let drafts = events(&returning(1));
    let data = object(drafts[1].data.clone());
    assert_eq!(data["user"], drafts[0].data);
    let joined = events(&group(Transition::Created(team("Sales", 0)), 0, 1));
    assert_eq!(data["group"], joined[0].data);
    assert_eq!(data.keys().collect::<Vec<_>>(), object(joined[1].data.clone()).keys().collect::<Vec<_>>());
}

/// WorkOS: primary, then work, then home, then none. Without `emails`, the userName if it looks like an address.
#[test]
fn the_email_of_a_directory_user() {
    let email = |emails: Value| {
        Profile::of(&object(json!({"userName": "u@x.example", "emails": emails})), &UserSettings::default()).email
    };
    let (work, home) =
        (json!({"type": "work", "value": "w@x.example"}), json!({"type": "home", "value": "h@x.example"}));
    let primary = json!({"type": "other", "primary": true, "value": "p@x.example"});
    let rows = [
        (json!([home, work, primary]), Some("p@x.example")),
        (json!([home, work]), Some("w@x.example")),
        (json!([home]), Some("h@x.example")),
        (json!([{"type": "other", "value": "o@x.example"}]), None),
        (json!([{"primary": true, "value": "not an email"}]), None),
        (json!([]), Some("u@x.example")),
    ];
    for (emails, expected) in rows {
        assert_eq!(email(emails.clone()).as_deref(), expected, "{emails}");
    }
    assert_eq!(Profile::of(&object(json!({"userName": "ann"})), &UserSettings::default()).email, None);
}

#[test]
fn the_name_of_a_directory_user() {
    let rows = [
        (json!({"name": {"givenName": "Ann", "familyName": "Ox", "formatted": "Dr Ox"}}), Some("Ann Ox")),
        (json!({"name": {"givenName": "Ann"}}), Some("Ann")),
        (json!({"name": {"formatted": "Dr Ox"}, "displayName": "Annie"}), Some("Dr Ox")),
        (json!({"displayName": "Annie"}), Some("Annie")),
        (json!({}), None),
    ];
    for (document, expected) in rows {
        assert_eq!(
            Profile::of(&object(document.clone()), &UserSettings::default()).name.as_deref(),
            expected,
            "{document}"
        );
    }
}

#[test]
fn predefined_attributes() {
    let document = json!({
        "userName": "ann", "title": "Lead", "userType": "Staff", "NICKNAME": "A",
        "addresses": [{"type": "work", "streetAddress": "1 Quay", "locality": "Oslo", "postalCode": "1", "country": "NO"}],
        schema::ENTERPRISE: {"employeeNumber": "7", "division": "North", "organization": "Northwind",
                             "manager": {"value": "boss@x.example"}},
    });
    let expected = json!({
        "username": "ann", "job_title": "Lead", "employee_type": "Staff", "division_name": "North",
        "employee_number": "7", "organization": "Northwind", "manager_email": "boss@x.example",
        "addresses": [{"street_address": "1 Quay", "locality": "Oslo", "region": null, "postal_code": "1", "country": "NO",
                       "type": "work", "primary": false, "raw_address": null}],
    });
    assert_eq!(Value::Object(Profile::of(&object(document), &UserSettings::default()).custom_attributes), expected);
}

/// A few filters over a large group are evaluated. Many of them would hold up all other writes.
#[test]
fn member_filters_have_a_comparison_budget() {
    let present: Vec<(Member, Kind)> = (0..10_000).map(|n| (member(&n.to_string()), Kind::User)).collect();
    let loaded = LoadedMembers { known: HashMap::new(), present };
    let removing = |filters: usize| {
        let filter: Filter = r#"display eq "nobody" or display eq "no one""#.parse().unwrap();
        let members = vec![MembersEdit::RemoveWhere(filter); filters];
        let patch = Patch { members, ..Patch::default() };
        let command = Command::Patch { kind: Kind::Group, id: "g".to_owned(), patch };
        resolve(&command, &loaded, Rules::from(Mode::Lenient), Schemas::standard())
    };
    assert!(removing(3).is_ok());
    let most = limits::COMPARISONS / 20_000;
    let rejected = removing(most + 1).unwrap_err();
    assert_eq!((rejected.status, rejected.scim_type), (400, Some(ScimType::TooMany)));
    assert!(rejected.detail.contains("members[value eq"), "{}", rejected.detail);
}

fn member(id: &str) -> Member {
    Member { value: id.to_owned(), display: Some(format!("{id}@x")) }
}

/// A filter needs all members. A member whose display changes stays in its place.
#[test]
fn members_are_removed_by_filter_and_redisplayed() {
    let present = ["a", "b", "c"].map(|id| (member(id), Kind::User)).to_vec();
    let known = ["a", "b", "c"].map(|id| (id.to_owned(), Kind::User)).into_iter().collect();
    let loaded = LoadedMembers { known, present };
    let command = |edits| {
        let patch = Patch { members: edits, ..Patch::default() };
        Command::Patch { kind: Kind::Group, id: "g".to_owned(), patch }
    };
    let filter = r#"display eq "b@x" or value eq "c""#.parse().unwrap();
    let by_filter = command(vec![MembersEdit::RemoveWhere(filter)]);
    assert!(needs(&by_filter).everyone);
    let deltas = resolve(&by_filter, &loaded, Rules::from(Mode::Lenient), Schemas::standard()).unwrap();
    let removed: Vec<&str> = deltas.removed.iter().map(|(member, _)| member.value.as_str()).collect();
    assert_eq!(removed, ["b", "c"]);

    let shown = Member { value: "b".to_owned(), display: Some("Bea".to_owned()) };
    let replaced = command(vec![MembersEdit::Replace(vec![shown.clone(), member("a")])]);
    let deltas = resolve(&replaced, &loaded, Rules::from(Mode::Lenient), Schemas::standard()).unwrap();
    assert_eq!((deltas.redisplayed, deltas.removed), (vec![shown], vec![(member("c"), Kind::User)]));
    assert!(!needs(&command(vec![MembersEdit::Add(vec![member("a")])])).everyone);
}

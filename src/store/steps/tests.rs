use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use ulid::Ulid;

use super::*;
use crate::directory::{Directory, DirectoryUser, Settings, UserState};
use crate::scim::message::PATCH_OP;
use crate::scim::patch::Patch;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + millis).unwrap()
}

fn access(updated_at: Timestamp) -> Access {
    Access::of(Directory {
        id: "directory_1".to_owned(),
        organization_id: "org_1".to_owned(),
        name: "Okta".to_owned(),
        external_key: "key".to_owned(),
        state: crate::directory::DirectoryState::Linked,
        settings: Settings::default(),
        created_at: at(0),
        updated_at,
    })
    .unwrap()
}

fn object(value: &Value) -> Object {
    value.as_object().unwrap().clone()
}

/// A user that was last modified later than the clock of the tests says.
fn ann(version: u64) -> Subject {
    let resource = Resource {
        id: "u1".to_owned(),
        kind: Kind::User,
        document: object(&json!({"userName": "ann"})),
        version,
        created: at(5_000),
        last_modified: at(6_000),
    };
    let row = DirectoryUser {
        id: "directory_user_1".to_owned(),
        idp_id: "u1".to_owned(),
        state: UserState::Active,
        created_at: at(5_000),
        updated_at: at(5_000),
    };
    Subject { resource, entity: Some(Entity::User(row)) }
}

fn patch(operations: &Value) -> Write {
    let access = access(at(0));
    let body = object(&json!({"schemas": [PATCH_OP], "Operations": operations}));
    let patch = Patch::parse(&body, Kind::User, "u1", &access.schemas, access.rules).unwrap();
    let command = Command::Patch { kind: Kind::User, id: "u1".to_owned(), patch };
    Write { directory: Arc::new(access), expected: Expected::Any, command }
}

fn title() -> Write {
    patch(&json!([{"op": "replace", "path": "title", "value": "Lead"}]))
}

fn decide_on(write: &Write, subject: Subject, prepared: Option<PreparedPatch>, settings: Timestamp) -> Decision {
    let access = access(settings);
    let context = ApplyContext {
        directory: &access.directory,
        rules: access.rules,
        schemas: &access.schemas,
        now: at(1_000),
        resource_id: Ulid::from(1_u128),
        entity_id: Ulid::from(2_u128),
        groups: Vec::new(),
        has_streams: true,
    };
    let rows = Rows { subject: Some(subject), members: LoadedMembers::default() };
    decide(&write.command, rows, prepared, &context).unwrap()
}

/// A prepared PATCH is written only to the version, and under the settings, that it was applied to.
#[test]
fn a_prepared_patch_is_written_unless_its_resource_moved() {
    let write = title();
    let prepared = prepare(&write, Some(&ann(3).resource)).unwrap();
    assert!(prepared.is_some());
    for (version, settings, moved) in [(3, at(0), false), (4, at(0), true), (3, at(1), true)] {
        let decision = decide_on(&write, ann(version), prepared.clone(), settings);
        assert_eq!(matches!(decision, Decision::Moved), moved, "{version}: {decision:?}");
        if !moved {
            let Decision::Write(writes) = decision else { panic!("{decision:?}") };
            assert_eq!(writes.written(1).resource.unwrap().document["title"], "Lead");
        }
    }
}

#[test]
fn preparing_reports_the_errors_of_the_write() {
    let write = title();
    assert_eq!(prepare(&write, None).unwrap_err().status, 404);
    let stale = Write { expected: Expected::Version(2), ..title() };
    assert_eq!(prepare(&stale, Some(&ann(3).resource)).unwrap_err().status, 412);
    let strict = patch(&json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]));
    assert_eq!(prepare(&strict, Some(&ann(3).resource)).unwrap_err().status, 400);
}

/// A long PATCH is prepared; a short one, as Okta sends it, is not worth another read.
#[test]
fn only_long_patches_are_worth_preparing() {
    let operations = |count: usize| {
        let paths = ["title", "nickName", "displayName", "locale", "timezone", "userType"];
        let operations = paths[..count].iter().map(|path| json!({"op": "replace", "path": path, "value": "x"}));
        patch(&operations.collect())
    };
    assert!(!is_worth_preparing(&operations(4).command));
    assert!(is_worth_preparing(&operations(5).command));
}

/// The clock of the writer is behind the last modification: the new one is not before it, nor before the creation.
#[test]
fn times_do_not_go_back_with_the_clock() {
    let write = title();
    let Decision::Write(writes) = decide_on(&write, ann(3), None, at(0)) else { panic!("a change") };
    let SubjectWrite::Update(resource, EntityWrite::Put(Entity::User(user))) = &writes.subject else {
        panic!("{:?}", writes.subject)
    };
    assert_eq!((resource.created, resource.last_modified, user.updated_at), (at(5_000), at(6_000), at(6_000)));
}

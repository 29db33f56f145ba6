//! The states of a person: those in which the account stays as it is, and those in which it comes or goes.

use super::*;
use crate::okta::org::PersonState::{self, Active, LockedOut, PasswordExpired, Provisioned, Recovery, Staged};

fn state(stage: &Stage, person: &str) -> PersonState {
    stage.org.person(person).unwrap().state
}

/// Performs an action on a person that Okta refuses. Returns Okta's error code.
fn refused(stage: &mut Stage, verb: &str, person: &str) -> Option<&'static str> {
    let action: Action = serde_json::from_value(json!({"do": verb, "person": person})).unwrap();
    let copy = stage.org.clone();
    let error = stage.org.act(&action, &stage.habits).unwrap_err();
    assert!(stage.org == copy, "{verb} changed the org");
    error.code()
}

#[test]
fn the_states_of_a_password_and_a_lock_send_nothing() {
    for (verb, reached, end) in [
        ("lock-person", LockedOut, "unlock-person"),
        ("expire-password", PasswordExpired, "change-password"),
        ("reset-password", Recovery, "change-password"),
    ] {
        let mut stage = Stage::prepared(Oin);
        assert_eq!(stage.act(json!({"do": verb, "person": "ada"})), [""; 0]);
        assert_eq!(state(&stage, "ada"), reached);
        // The account is there all the time: a change is pushed.
        let change = json!({"do": "update-profile", "person": "ada", "set": {"title": "Boss"}});
        assert_eq!(stage.act(change), ["GET /Users/id1", "PUT /Users/id1"]);
        assert_eq!(stage.act(json!({"do": end, "person": "ada"})), [""; 0]);
        assert_eq!(state(&stage, "ada"), Active);
    }
}

#[test]
fn a_person_without_a_password_is_provisioned_when_activated() {
    let mut stage = Stage::new(Oin);
    stage.act(json!({"do": "create-person", "person": "gus", "staged": true, "without-password": true}));
    assert_eq!(stage.act(json!({"do": "assign", "people": ["gus"]})), [""; 0]);
    assert_eq!(state(&stage, "gus"), Staged);
    assert_eq!(stage.act(json!({"do": "activate-person", "person": "gus"})), [LOOKUP, "POST /Users"]);
    assert_eq!(state(&stage, "gus"), Provisioned);
    assert_eq!(stage.act(json!({"do": "reactivate-person", "person": "gus"})), [""; 0]);
    assert_eq!(state(&stage, "gus"), Provisioned);
    assert_eq!(stage.act(json!({"do": "change-password", "person": "gus"})), [""; 0]);
    assert_eq!(state(&stage, "gus"), Active);
    assert_eq!(stage.act(json!({"do": "deactivate-person", "person": "gus"})), ["PATCH /Users/id1 replace"]);
    assert_eq!(stage.act(json!({"do": "delete-person", "person": "gus"})), [""; 0]);
    assert!(stage.org.person("gus").is_err());
}

#[test]
fn a_transition_from_another_state_is_refused_with_okta_s_code() {
    let mut stage = Stage::prepared(Oin);
    for (verb, code) in [
        ("activate-person", Some("E0000016")),
        ("reactivate-person", Some("E0000038")),
        ("unsuspend-person", Some("E0000001")),
        ("unlock-person", Some("E0000032")),
        ("delete-person", None),
    ] {
        assert_eq!(refused(&mut stage, verb, "ada"), code, "{verb}");
    }
    stage.act(json!({"do": "suspend-person", "person": "ada"}));
    for (verb, code) in [
        ("suspend-person", Some("E0000001")),
        ("expire-password", Some("E0000038")),
        ("reset-password", Some("E0000038")),
        ("lock-person", None),
    ] {
        assert_eq!(refused(&mut stage, verb, "ada"), code, "{verb}");
    }
    stage.act(json!({"do": "deactivate-person", "person": "ada"}));
    assert_eq!(refused(&mut stage, "deactivate-person", "ada"), Some("E0000001"));
}

use serde_json::json;

use super::*;

const RUN: &str = "rk9dd2";

fn key(id: &str) -> Key {
    ("Users".to_owned(), id.to_owned())
}

/// Shows a resource to a GET that is sent and answered now.
fn read(ownership: &mut Ownership, resource: &Value) {
    let sent = ownership.tick();
    ownership.shown("Users", resource, sent, true);
}

fn create(ownership: &mut Ownership, id: &str) {
    let sent = ownership.tick();
    ownership.created(key(id), sent);
}

fn owned() -> Ownership {
    let mut ownership = Ownership::new(RUN);
    create(&mut ownership, "7");
    read(&mut ownership, &json!({"id": "7", "userName": "ada.RK9DD2.x@example.com"}));
    ownership
}

#[test]
fn a_created_id_needs_a_later_get_with_the_run_id() {
    let mut ownership = Ownership::new(RUN);
    let ours = json!({"id": "7", "userName": "ada.rk9dd2.x@example.com"});
    assert_eq!(ownership.may_change(&key("7")), None);
    let early = ownership.tick();
    create(&mut ownership, "7");
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::NeedsProof));
    // A GET that was sent before the create, the response to another method, and another name prove nothing.
    ownership.shown("Users", &ours, early, true);
    let late = ownership.tick();
    ownership.shown("Users", &ours, late, false);
    read(&mut ownership, &json!({"id": "7", "userName": "resident@example.com", "title": RUN}));
    read(&mut ownership, &json!({"id": "8", "userName": "ada.rk9dd2.x@example.com"}));
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::NeedsProof));
    read(&mut ownership, &json!({"id": 7, "externalId": "x-RK9DD2-y"}));
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::Granted));
    // In another collection the same ID is another resource.
    assert_eq!(ownership.may_change(&("Groups".to_owned(), "7".to_owned())), None);
}

#[test]
fn an_id_that_was_listed_before_the_create_is_never_owned() {
    let mut ownership = Ownership::new(RUN);
    read(&mut ownership, &json!({"id": "7", "userName": "resident@example.com"}));
    create(&mut ownership, "7");
    // Even if the target starts to lie about it.
    read(&mut ownership, &json!({"id": "7", "userName": "ada.rk9dd2.x@example.com"}));
    assert!(matches!(ownership.may_change(&key("7")), Some(Permission::Denied(NotOurs::Listed { .. }))));
    assert_eq!(ownership.made(), []);
}

#[test]
fn an_id_that_a_concurrent_list_shows_after_the_create_was_sent_is_owned() {
    let mut ownership = Ownership::new(RUN);
    let sent = ownership.tick();
    read(&mut ownership, &json!({"id": "7", "userName": "ada.rk9dd2.x@example.com"}));
    ownership.created(key("7"), sent);
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::NeedsProof));
}

#[test]
fn a_deleted_id_can_be_owned_again_but_not_without_a_create() {
    let mut ownership = owned();
    ownership.deleted(&key("7"));
    assert_eq!((ownership.made(), ownership.may_change(&key("7"))), (Vec::new(), Some(Permission::Granted)));
    // A list that was read before the deletion says nothing.
    ownership.shown("Users", &json!({"id": "7"}), Moment(1), true);
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::Granted));
    // The ID came back, although the run did not create anything.
    read(&mut ownership, &json!({"id": "7", "userName": "resident@example.com"}));
    assert!(matches!(ownership.may_change(&key("7")), Some(Permission::Denied(NotOurs::Reused { .. }))));
    create(&mut ownership, "7");
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::NeedsProof));
    assert_eq!(ownership.made(), [key("7")]);
}

#[test]
fn a_create_that_returns_a_resource_of_this_run_keeps_its_proof() {
    let mut ownership = owned();
    create(&mut ownership, "7");
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::Granted));
    assert_eq!(ownership.made(), [key("7")]);
}

#[test]
fn a_failed_proof_is_final_until_the_clean_up() {
    let mut ownership = Ownership::new(RUN);
    create(&mut ownership, "7");
    let reason = NotOurs::Unproven { collection: "Users".into(), id: "7".into(), seen: "404".into() };
    ownership.unproven(&key("7"), reason.clone());
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::Denied(reason)));
    ownership.reopen_proofs();
    assert_eq!(ownership.may_change(&key("7")), Some(Permission::NeedsProof));
}

#[test]
fn a_short_run_id_must_be_a_word() {
    for (name, run_id, expected) in [
        ("ada.k9.x@example.com", "k9", true),
        ("crew K9", "k9", true),
        ("canine_k9", "k9", true),
        ("task9@example.com", "k9", false),
        ("k99", "k9", false),
        ("İk9", "k9", false),
        ("adark9dd2x", "rk9dd2", true),
        ("ada", "", false),
    ] {
        assert_eq!(carries(&json!(name), run_id), expected, "{name}");
    }
    assert!(!carries(&json!(9), "9"));
}

use serde_json::{Value, json};

use super::*;
use crate::scim::message::PATCH_OP;
use crate::scim::resource::{GROUP, USER};
use crate::scim::schema::ENTERPRISE;

mod groups;

/// A model, and the requests of a test.
#[derive(Default)]
struct Played(Model);

impl Played {
    fn send(&mut self, method: Method, path: &str, body: &Value, response: Option<(u16, &Value)>) {
        let response = response.map(|(status, body)| RecordedResponse { status, body: Some(body), location: None });
        self.0.apply(&RecordedExchange { method, path, body: Some(body), response });
    }

    fn create(&mut self, body: &Value, shown: &Value) {
        let path = if body.get("userName").is_some() { "/Users" } else { "/Groups" };
        self.send(Method::Post, path, body, Some((201, shown)));
    }

    fn get(&mut self, path: &str, shown: &Value) {
        self.send(Method::Get, path, &Value::Null, Some((200, shown)));
    }

    fn put(&mut self, path: &str, body: &Value) {
        self.send(Method::Put, path, body, Some((200, &Value::Null)));
    }

    fn patch(&mut self, path: &str, operations: &Value) {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        self.send(Method::Patch, path, &body, Some((204, &Value::Null)));
    }

    /// Reads a resource, and compares what the target shows.
    fn compare(&mut self, path: &str, shown: &Value) -> Comparison {
        self.get(path, shown);
        let (observed, id) = (Observed::Shown(shown.as_object().unwrap()), path.rsplit('/').next().unwrap());
        let of_user = path.starts_with("/Users");
        let found = if of_user { self.0.compare_user(id, observed) } else { self.0.compare_group(id, observed) };
        found.unwrap()
    }

    /// Returns the differences as `place kind class`.
    fn differences(&mut self, path: &str, shown: &Value) -> Vec<String> {
        lines(&self.compare(path, shown))
    }
}

fn lines(comparison: &Comparison) -> Vec<String> {
    comparison.differences.iter().map(|one| format!("{} {:?} {:?}", one.place, one.kind, one.class)).collect()
}

/// A user as Okta sends it.
fn sent() -> Value {
    json!({
        "schemas": [USER],
        "userName": "ada@example.com",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": true, "value": "ada@example.com", "type": "work"}],
        "displayName": "Ada Lovelace",
        "locale": "en-US",
        "externalId": "00u1",
        "groups": [],
        "password": "secret",
        "active": true,
    })
}

/// A user as the target shows it: with an ID, and with changes.
fn shown(changes: &Value) -> Value {
    with(&with(&sent(), &json!({"id": "1", "meta": {"resourceType": "User"}, "password": null})), changes)
}

/// Returns the document with other values; null removes an attribute.
fn with(document: &Value, changes: &Value) -> Value {
    let mut document = document.clone();
    for (key, value) in changes.as_object().unwrap() {
        let object = document.as_object_mut().unwrap();
        if value.is_null() {
            object.shift_remove(key)
        } else {
            object.insert(key.clone(), value.clone())
        };
    }
    document
}

fn created() -> Played {
    let mut played = Played::default();
    played.create(&sent(), &shown(&json!({})));
    played
}

/// A target that has shown the user as it was sent.
fn read() -> Played {
    let mut played = created();
    assert_eq!(played.differences("/Users/1", &shown(&json!({}))), [""; 0]);
    played
}

#[test]
fn the_state_of_a_created_user_is_the_body_without_what_belongs_to_the_server() {
    let expected = created().0.expected(crate::scim::Kind::User, "1").unwrap();
    assert_eq!(expected["userName"], "ada@example.com");
    assert_eq!((expected.get("password"), expected.get("groups")), (None, None));
    assert_eq!(read().0.evidence().never_kept(), []);
}

#[test]
fn values_that_the_server_adds_or_derives_are_its_own() {
    for changes in [
        json!({"nickName": "ada", "urn:example:vendor": {"tier": 3}}),
        json!({"name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Mrs. Ada Lovelace"}}),
        json!({"emails": [{"value": "ADA@example.com", "type": "work", "primary": true, "display": "x"}, {"value": "b@c"}]}),
        json!({"schemas": [ENTERPRISE, USER], "groups": [{"value": "9"}]}),
        json!({"displayName": "LOVELACE, ADA"}),
        json!({"title": "", "roles": [], "nickName": null}),
        json!({"locale": "EN-us"}),
    ] {
        assert_eq!(created().differences("/Users/1", &shown(&changes)), [""; 0], "{changes}");
    }
}

#[test]
fn an_attribute_that_was_never_shown_is_not_kept() {
    let mut played = Played::default();
    played.create(&sent(), &json!({"id": "1"}));
    let emails = json!([{"value": "ada@example.com", "primary": true}]);
    let sparse = shown(&json!({"locale": null, "displayName": null, "externalId": null, "emails": emails}));
    let expected =
        ["displayName", "emails.type", "externalId", "locale"].map(|name| format!("{name} Missing NeverKept"));
    assert_eq!(played.differences("/Users/1", &sparse), expected);
    let never: Vec<String> = played.0.evidence().never_kept().iter().map(|(_, path)| path.to_string()).collect();
    assert_eq!(never, ["displayName", "emails.type", "externalId", "locale"]);
    // Okta sends the server's own document back, with one value changed.
    played.put("/Users/1", &with(&sparse, &json!({"active": false})));
    assert_eq!(played.differences("/Users/1", &with(&sparse, &json!({"active": false}))), expected);
}

#[test]
fn an_attribute_that_only_the_response_to_the_create_repeated_is_not_kept() {
    let mut played = created();
    assert_eq!(played.differences("/Users/1", &shown(&json!({"locale": null}))), ["locale Missing NeverKept"]);
}

#[test]
fn a_server_that_keeps_the_user_name_and_active_only_is_sound() {
    let mut played = Played::default();
    played.create(&sent(), &json!({"id": "1"}));
    let sentry = json!({"schemas": [USER], "id": "1", "userName": "ada@example.com", "active": true,
        "name": {"givenName": "N/A", "familyName": "N/A"}, "emails": [{"primary": true, "value": "ada@example.com", "type": "work"}]});
    let only = |played: &mut Played, shown: &Value| {
        let found = played.compare("/Users/1", shown);
        assert!(found.differences.iter().all(|one| one.class == Class::NeverKept), "{:?}", lines(&found));
    };
    only(&mut played, &sentry);
    // The administrator changes the name, then takes the app away and assigns it again.
    let named = |name: &str| with(&sentry, &json!({"name": {"givenName": name, "familyName": "Byron"}}));
    played.put("/Users/1", &named("Augusta"));
    only(&mut played, &sentry);
    played.put("/Users/1", &with(&sentry, &json!({"active": false})));
    only(&mut played, &with(&sentry, &json!({"active": false})));
    played.put("/Users/1", &named("Augusta"));
    only(&mut played, &sentry);
    // It removes users that are deactivated.
    played.patch("/Users/1", &json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(lines(&played.0.compare_user("1", Observed::Gone).unwrap()), [""; 0]);
}

#[test]
fn a_value_that_an_unrelated_write_lost_is_lost() {
    let mut played = read();
    played.patch("/Users/1", &json!([{"op": "replace", "value": {"active": false}}]));
    let lost = shown(&json!({"active": false, "externalId": null}));
    assert_eq!(played.differences("/Users/1", &lost), ["externalId Missing Lost"]);
    // A PUT of what the server shows does not hide the loss. A PUT with the value repairs it.
    played.put("/Users/1", &with(&lost, &json!({"title": "Countess"})));
    let titled = with(&lost, &json!({"title": "Countess"}));
    assert_eq!(played.differences("/Users/1", &titled), ["externalId Missing Lost"]);
    played.put("/Users/1", &with(&titled, &json!({"externalId": "00u1"})));
    assert_eq!(played.differences("/Users/1", &with(&titled, &json!({"externalId": "00u1"}))), [""; 0]);
}

#[test]
fn a_value_from_before_a_write_is_stale() {
    let mut played = read();
    let name = json!({"givenName": "Ada", "familyName": "Byron"});
    played.put(
        "/Users/1",
        &with(&sent(), &json!({"name": name, "emails": [{"value": "b@example.com", "type": "work"}]})),
    );
    let stale = ["emails Stale Wrong", "name.familyName Stale Wrong"];
    assert_eq!(played.differences("/Users/1", &shown(&json!({}))), stale);
    let both =
        json!({"name": name, "emails": [{"value": "b@example.com"}, {"value": "ada@example.com", "type": "work"}]});
    assert_eq!(played.differences("/Users/1", &shown(&both)), ["emails.type Missing Lost", "emails Extra Wrong"]);
}

#[test]
fn a_removed_value_must_not_be_shown_any_more() {
    for operations in [
        json!([{"op": "remove", "path": "locale"}]),
        json!([{"op": "replace", "value": {"locale": null}}]),
        json!([{"op": "replace", "path": "locale", "value": null}]),
    ] {
        let mut played = read();
        played.patch("/Users/1", &operations);
        assert_eq!(played.differences("/Users/1", &shown(&json!({"locale": null}))), [""; 0]);
        assert_eq!(played.differences("/Users/1", &shown(&json!({}))), ["locale Extra Wrong"], "{operations}");
        assert_eq!(played.differences("/Users/1", &shown(&json!({"locale": "C"}))), [""; 0]);
    }
    // A PUT that omits it leaves the choice to the server; that the server keeps it is not wrong.
    let mut played = read();
    played.put("/Users/1", &with(&sent(), &json!({"locale": null})));
    assert_eq!(played.differences("/Users/1", &shown(&json!({}))), ["locale Extra Unasserted"]);
    assert_eq!(played.differences("/Users/1", &shown(&json!({"locale": null}))), [""; 0]);
}

#[test]
fn a_value_that_no_request_sent_is_wrong_if_the_server_keeps_the_attribute() {
    let mut played = read();
    assert_eq!(played.differences("/Users/1", &shown(&json!({"externalId": "x"}))), ["externalId Changed Wrong"]);
    assert_eq!(played.differences("/Users/1", &shown(&json!({"externalId": "00U1"}))), ["externalId Changed Wrong"]);
    assert_eq!(played.differences("/Users/1", &shown(&json!({"active": "true"}))), ["active WrongType Wrong"]);
    // A server that garbles each value differently does not show a value of its own.
    let mut played = Played::default();
    for (id, title) in [("1", "a"), ("2", "b")] {
        let body = with(&sent(), &json!({"userName": id, "title": title}));
        played.create(&body, &json!({"id": id}));
        let seen = with(&body, &json!({"id": id, "title": format!("{title}?")}));
        let class = if id == "1" { "NeverKept" } else { "Wrong" };
        assert_eq!(played.differences(&format!("/Users/{id}"), &seen), [format!("title Changed {class}")]);
    }
}

#[test]
fn id_and_user_name_are_essential() {
    let mut played = read();
    for (changes, line) in [
        (json!({"id": "2"}), "id Changed Essential"),
        (json!({"id": 1}), "id WrongType Essential"),
        (json!({"id": null}), "id Missing Essential"),
        (json!({"userName": null}), "userName Missing Essential"),
        (json!({"userName": "bob@example.com"}), "userName Changed Essential"),
        (json!({"userName": "Ada@example.com"}), "userName LetterCase Cosmetic"),
    ] {
        assert_eq!(played.differences("/Users/1", &shown(&changes)), [line]);
    }
    assert_eq!(lines(&played.0.compare_user("1", Observed::Gone).unwrap()), ["the resource Missing Essential"]);
    assert_eq!(played.0.compare_user("7", Observed::Gone), None);
}

#[test]
fn a_deactivated_user_must_be_shown_as_inactive_or_be_gone() {
    let mut played = Played::default();
    played.create(&sent(), &json!({"id": "1"}));
    played.patch("/Users/1", &json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(played.differences("/Users/1", &shown(&json!({"active": false}))), [""; 0]);
    for (value, line) in [
        (json!(true), "active Stale Essential"),
        (json!("false"), "active WrongType Essential"),
        (json!(null), "active Missing Essential"),
    ] {
        assert_eq!(played.differences("/Users/1", &shown(&json!({"active": value}))), [line]);
    }
    // Okta sends back what the server shows, without `active`: the user must stay inactive.
    let bare = shown(&json!({"active": null}));
    played.put("/Users/1", &bare);
    assert_eq!(played.differences("/Users/1", &bare), ["active Missing Essential"]);
    // An active user need not be shown as active, but must not be shown as inactive.
    let mut played = Played::default();
    played.create(&sent(), &json!({"id": "1"}));
    assert_eq!(played.differences("/Users/1", &bare), ["active Missing NeverKept"]);
    assert_eq!(played.differences("/Users/1", &shown(&json!({"active": false}))), ["active Changed Essential"]);
}

#[test]
fn a_rejected_write_changes_nothing() {
    let mut played = read();
    let body = with(&sent(), &json!({"locale": "de"}));
    for status in [400, 404, 409, 412, 429, 501] {
        played.send(Method::Put, "/Users/1", &body, Some((status, &Value::Null)));
    }
    assert_eq!(played.differences("/Users/1", &shown(&json!({}))), [""; 0]);
    assert_eq!(played.differences("/Users/1", &shown(&json!({"locale": "de"}))), ["locale Changed Wrong"]);
}

#[test]
fn after_a_write_without_a_response_both_states_are_accepted() {
    for response in [None, Some((502, &Value::Null))] {
        let mut played = read();
        let body = with(&sent(), &json!({"locale": "de", "externalId": "00u2"}));
        played.send(Method::Put, "/Users/1", &body, response);
        let (old, new) = (shown(&json!({})), shown(&json!({"locale": "de", "externalId": "00u2"})));
        let compare = |played: &Played, shown: &Value| {
            lines(&played.0.compare_user("1", Observed::Shown(shown.as_object().unwrap())).unwrap()).len()
        };
        assert_eq!((compare(&played, &old), compare(&played, &new)), (0, 0));
        assert_eq!(compare(&played, &shown(&json!({"locale": "de"}))), 1, "a mixture is neither");
        // A GET settles it.
        played.get("/Users/1", &new);
        assert_eq!((compare(&played, &old), compare(&played, &new)), (2, 0));
    }
    let mut played = read();
    played.send(Method::Delete, "/Users/1", &Value::Null, None);
    assert_eq!(lines(&played.0.compare_user("1", Observed::Gone).unwrap()), [""; 0]);
    assert_eq!(played.differences("/Users/1", &shown(&json!({}))), [""; 0]);
}

#[test]
fn every_form_of_patch_changes_the_state() {
    let mut played = read();
    played.patch(
        "/Users/1",
        &json!([
            {"op": "Replace", "value": {"title": "Countess", "name.familyName": "Byron", "active": "False"}},
            {"op": "add", "path": "emails", "value": [{"value": "home@example.com", "type": "home"}]},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "work@example.com"},
            {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R&D"},
        ]),
    );
    played.patch("/Users/1", &json!([{"op": "remove", "path": "emails[type eq \"home\"]"}]));
    let after = shown(&json!({
        "title": "Countess",
        "name": {"givenName": "Ada", "familyName": "Byron"},
        "active": false,
        "emails": [{"primary": true, "value": "work@example.com", "type": "work"}],
        ENTERPRISE: {"department": "R&D"},
    }));
    assert_eq!(played.differences("/Users/1", &after), [""; 0]);
    let expected = played.0.expected(crate::scim::Kind::User, "1").unwrap();
    assert_eq!(expected["emails"], after["emails"]);
}

#[test]
fn an_operation_that_the_engine_rejects_leaves_only_its_attributes_unspecified() {
    let mut played = read();
    played.patch(
        "/Users/1",
        &json!([
            {"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "x@example.com"}},
            {"op": "replace", "value": {"locale": "de", "active": "perhaps"}},
        ]),
    );
    let found = played.differences("/Users/1", &shown(&json!({"emails": null, "active": "perhaps"})));
    assert_eq!(found, ["locale Stale Wrong"]);
}

#[test]
fn a_put_without_schemas_and_with_odd_values_is_applied() {
    let mut played = read();
    let odd =
        with(&sent(), &json!({"schemas": null, "emails": {"value": "one@example.com"}, "resources": [1], "title": 7}));
    played.put("/Users/1", &odd);
    assert_eq!(played.differences("/Users/1", &with(&odd, &json!({"id": "1"}))), [""; 0]);
}

#[test]
fn what_the_server_added_stays_its_own_when_okta_sends_it_back() {
    let mut played = created();
    let name =
        |family: &str, formatted: &str| json!({"givenName": "Ada", "familyName": family, "formatted": formatted});
    let first = shown(&json!({"nickName": "ada.lovelace", "name": name("Lovelace", "Ada Lovelace")}));
    played.get("/Users/1", &first);
    played.put("/Users/1", &with(&first, &json!({"name": name("Byron", "Ada Lovelace")})));
    let derived =
        shown(&json!({"nickName": "ada.byron", "name": name("Byron", "Ada Byron"), "displayName": "Ada Byron"}));
    assert_eq!(played.differences("/Users/1", &derived), [""; 0]);
}

#[test]
fn a_put_that_drops_an_element_of_a_list_removes_it() {
    let mut played = Played::default();
    let email = |value: &str, kind: &str| json!({"value": value, "type": kind});
    let (work, home) = (email("w@example.com", "work"), email("h@example.com", "home"));
    played.create(&with(&sent(), &json!({"emails": [work, home]})), &json!({"id": "1"}));
    let both = shown(&json!({"emails": [work, home]}));
    played.get("/Users/1", &both);
    let one = shown(&json!({"emails": [work]}));
    played.put("/Users/1", &one);
    assert_eq!(played.differences("/Users/1", &one), [""; 0]);
    assert_eq!(played.differences("/Users/1", &both), ["emails Extra Wrong"]);
}

#[test]
fn a_user_from_before_the_run_must_keep_its_attributes() {
    let mut played = Played::default();
    let before = shown(&json!({"title": "Countess", "lastLogin": "Monday"}));
    played.get("/Users?filter=x", &json!({"resources": [before]}));
    played.patch("/Users/1", &json!([{"op": "replace", "value": {"active": false}}]));
    let changed = with(&before, &json!({"active": false, "lastLogin": "Tuesday"}));
    assert_eq!(played.differences("/Users/1", &changed), [""; 0]);
    assert_eq!(played.differences("/Users/1", &with(&changed, &json!({"title": null}))), ["title Missing Lost"]);
}

#[test]
fn the_id_of_a_created_resource_comes_from_the_body_or_the_location() {
    let mut played = Played::default();
    let response = RecordedResponse { status: 201, body: None, location: Some("https://x/scim/Users/a%2Fb?y") };
    let body = sent();
    played.0.apply(&RecordedExchange {
        method: Method::Post,
        path: "/Users",
        body: Some(&body),
        response: Some(response),
    });
    assert!(played.0.compare_user("a/b", Observed::Gone).is_some());
    played.create(&sent(), &json!({"id": 42}));
    assert!(played.0.compare_user("42", Observed::Gone).is_some());
}

#[test]
fn a_create_that_returns_an_existing_user_may_have_changed_it_or_not() {
    let mut played = read();
    played.send(Method::Post, "/Users", &with(&sent(), &json!({"locale": "de"})), Some((200, &json!({"id": "1"}))));
    for locale in ["en-US", "de"] {
        let shown = shown(&json!({"locale": locale}));
        let found = played.0.compare_user("1", Observed::Shown(shown.as_object().unwrap())).unwrap();
        assert_eq!(lines(&found), [""; 0]);
    }
}

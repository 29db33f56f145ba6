//! The application username format.

use super::*;

#[test]
fn the_format_decides_the_user_name_of_lookups_creates_and_pushes() {
    let mut stage = Stage::new(Oin);
    assert_eq!(stage.act(json!({"do": "set-username-format", "format": "okta-username-prefix"})), [""; 0]);
    stage.act(json!({"do": "assign", "people": ["ada", "bob"]}));
    assert_eq!(stage.server.resources["/Users/id1"]["userName"], "ada");
    // A change of the profile that changes the username is pushed, also if no mapped attribute changes.
    stage.act(json!({"do": "update-profile", "person": "ada", "set": {"login": "lovelace@example.com"}}));
    assert_eq!(stage.server.resources["/Users/id1"]["userName"], "lovelace");
    let domain = json!({"do": "update-profile", "person": "ada", "set": {"login": "lovelace@example.org"}});
    assert_eq!(stage.act(domain), [""; 0]);
    let format = "user.title == \"Engineer\" ? user.firstName + \"-e\" : user.login";
    let pushed = stage.act(json!({"do": "set-username-format", "format": format}));
    assert_eq!(pushed, ["GET /Users/id1", "PUT /Users/id1", "GET /Users/id2", "PUT /Users/id2"]);
    assert_eq!(stage.server.resources["/Users/id2"]["userName"], "Bob-e");
    assert_eq!(stage.act(json!({"do": "set-username-format", "format": format})), [""; 0]);
}

#[test]
fn a_wrong_expression_is_refused() {
    let mut stage = Stage::new(Oin);
    let action = Action::SetUsernameFormat { app: "app".into(), format: "user.login +".into() };
    let error = stage.org.act(&action, &stage.habits).unwrap_err();
    assert_eq!(error.code(), Some("E0000001"));
    assert!(error.to_string().contains("a value is missing"), "{error}");
}

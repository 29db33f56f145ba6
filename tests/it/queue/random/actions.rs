//! Random actions over the whole vocabulary, about people, groups and apps that may exist or not.

use proptest::prelude::*;
use scimulate::okta::action::Action;
use scimulate::okta::org::{ImportMatch, ImportRules};
use scimulate::okta::{App, ClientKind, Org};
use scimulate::sim::scenario::verbs::verbs;
use serde_json::{Value, json};

use super::target::REFUSED;

/// People whom the org has, then those who may come.
const PEOPLE: [&str; 6] = ["ada", "ben", "cyd", "dan", "zoe", "yan"];
const GROUPS: [&str; 5] = ["crew", "staff", "team", "theirs", "Everyone"];
const APPS: [&str; 3] = ["one", "two", "three"];
const TITLES: [&str; 4] = ["Engineer", "Chief", "", REFUSED];
const RULES: [&str; 2] = ["first", "second"];

/// A catalog app, a wizard app that imports groups, and one whose provisioning is off at first. Their imports confirm nothing, all
/// matches, and new users.
pub(super) fn org() -> Org {
    let mut org = Org::default();
    org.add_app(App::new("one", ClientKind::Oin));
    let mut two = App::new("two", ClientKind::Aiw);
    two.import_groups = true;
    two.import_rules = ImportRules { match_by: ImportMatch::Email, auto_confirm: true, ..ImportRules::default() };
    org.add_app(two);
    let mut three = App::new("three", ClientKind::Oin);
    three.provisioning = false;
    three.import_rules =
        ImportRules { partial: true, auto_confirm_new: true, auto_activate_new: true, ..ImportRules::default() };
    org.add_app(three);
    for person in &PEOPLE[..3] {
        org.add_person(person, [("title", "Engineer")]).unwrap();
    }
    org.add_group("crew", &["ada", "ben"]).unwrap();
    org.add_group("staff", &["ben", "cyd"]).unwrap();
    org
}

/// A choice for each field that an action can have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picks {
    person: usize,
    other: usize,
    group: usize,
    to: usize,
    app: usize,
    title: usize,
    rule: usize,
    flag: bool,
}

fn picks() -> impl Strategy<Value = Picks> {
    let rest = (0..TITLES.len(), 0..RULES.len(), any::<bool>());
    let names = (0..PEOPLE.len(), 0..PEOPLE.len(), 0..GROUPS.len(), 0..GROUPS.len(), 0..APPS.len());
    (names, rest).prop_map(|((person, other, group, to, app), (title, rule, flag))| Picks {
        person,
        other,
        group,
        to,
        app,
        title,
        rule,
        flag,
    })
}

/// Actions of one verb, of which the first that Okta does not refuse is performed.
pub(super) type Step = Vec<Action>;

/// The number of actions of a step.
const CHOICES: usize = 8;

/// Returns a step of each verb with the same probability, except that those with which most others begin come more often.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let mut names: Vec<String> = verbs().into_iter().map(|verb| verb.name).collect();
    for often in ["assign", "assign-group", "push-group", "import", "save-connection", "update-profile"] {
        names.extend(std::iter::repeat_n(often.to_owned(), 3));
    }
    (proptest::sample::select(names), proptest::collection::vec(picks(), CHOICES))
        .prop_map(|(verb, picks)| picks.into_iter().map(|picks| draw(&verb, picks)).collect())
}

/// Returns an action of a verb.
fn draw(verb: &str, picks: Picks) -> Action {
    let Picks { flag, .. } = picks;
    let (person, other) = (PEOPLE[picks.person], PEOPLE[picks.other]);
    let people = if person == other { vec![person] } else { vec![person, other] };
    let (group, to, app) = (GROUPS[picks.group], GROUPS[picks.to], APPS[picks.app]);
    let (title, rule) = (TITLES[picks.title], RULES[picks.rule]);
    let user = format!("{other}@example.com");
    let fields: Value = match verb {
        "test-connection"
        | "save-connection"
        | "disable-provisioning"
        | "refresh-app-groups"
        | "import"
        | "provision-users"
        | "force-sync"
        | "retry-tasks"
        | "complete-tasks"
        | "stop-deprovisioning-tasks" => {
            json!({"app": app})
        }
        "save-to-app" => {
            let switches = ["create", "update", "deactivate", "sync-password", "exclude-username-updates"];
            let switch = switches[picks.group];
            json!({"app": app, switch: flag})
        }
        "match-import" => json!({"app": app, "person": person, "user": user}),
        "confirm-new-user" => json!({"app": app, "person": other, "user": user, "activate": flag}),
        "create-person" => {
            json!({"person": person, "profile": {"title": title}, "staged": flag, "without-password": picks.rule == 0})
        }
        "update-profile" => match picks.rule {
            0 => json!({"person": person, "set": {"title": title}}),
            _ => {
                json!({"person": person, "set": {"email": format!("{person}.{}@example.com", picks.title), "lastName": to}})
            }
        },
        "change-password" | "activate-person" | "deactivate-person" | "reactivate-person" | "delete-person"
        | "suspend-person" | "unsuspend-person" | "lock-person" | "unlock-person" | "expire-password"
        | "reset-password" => json!({"person": person}),
        "create-group" | "delete-group" => json!({"group": group}),
        "create-group-rule" => json!({"rule": rule, "when": format!("user.title == \"{title}\""), "groups": [group]}),
        "activate-group-rule" | "deactivate-group-rule" | "delete-group-rule" => json!({"rule": rule}),
        "rename-group" => json!({"group": group, "to": to}),
        "add-to-group" | "remove-from-group" => json!({"group": group, "people": people}),
        "change-group" => json!({"group": group, "add": [person], "remove": [other]}),
        "assign" if flag => json!({"app": app, "people": people, "attributes": {"title": title, "nickName": to}}),
        "assign" | "unassign" | "confirm-import" => json!({"app": app, "people": people}),
        "edit-assignment" => json!({"app": app, "person": person, "set": {"nickName": title}}),
        "assign-group" if flag => {
            json!({"app": app, "group": group, "attributes": {"title": to}, "priority": picks.person})
        }
        "assign-group" | "unassign-group" | "push-now" | "deactivate-push" | "activate-push" => {
            json!({"app": app, "group": group})
        }
        "edit-group-assignment" => {
            json!({"app": app, "group": group, "set": {"title": title}, "priority": picks.person})
        }
        "set-username-format" => {
            let format = ["okta-username", "email", "user.login + \".x\"", "okta-username-prefix"][picks.title];
            json!({"app": app, "format": format})
        }
        "set-mapping" => {
            let row = ["userType", "title", "department", "displayName"][picks.title];
            json!({"app": app, "row": row, "expression": format!("user.firstName + \" {to}\"")})
        }
        "push-group" => json!({"app": app, "group": group, "immediately": flag}),
        "create-push-rule" => {
            let condition = ["starts-with", "ends-with", "contains"][picks.app];
            let part = ["cr", "ew", "t", "a"][picks.title];
            json!({"app": app, "rule": rule, condition: part, "immediately": flag})
        }
        "activate-push-rule" | "deactivate-push-rule" => json!({"app": app, "rule": rule}),
        "delete-push-rule" => json!({"app": app, "rule": rule, "delete": flag}),
        "link-group" => json!({"app": app, "group": group, "to": to}),
        "unlink-group" => json!({"app": app, "group": group, "delete": flag}),
        new => panic!("add the verb {new} to `draw`, so that random sequences contain it"),
    };
    let mut action = json!({"do": verb});
    action.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(action).unwrap_or_else(|error| panic!("{verb}: {error}"))
}

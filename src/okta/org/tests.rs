//! The org after random actions, compared with what follows from scratch.

mod oracle;

use proptest::prelude::*;
use serde_json::{Value, json};

use self::oracle::Oracle;
use super::*;
use crate::base::Seed;
use crate::okta::action::Action;
use crate::okta::habits::Habits;

const PEOPLE: [&str; 5] = ["ada", "bob", "cyd", "dan", "eve"];
const GROUPS: [&str; 5] = ["all", "eng", "new", "ops", EVERYONE];
const APPS: [&str; 3] = ["app", "second", "none"];

/// Returns a random action: of the vocabulary, about people, groups and apps that may exist or not.
fn action() -> impl Strategy<Value = Action> {
    let person = || proptest::sample::select(&PEOPLE[..]);
    let people = || proptest::collection::vec(proptest::sample::select(&PEOPLE[..]), 1..4);
    let (group, app) = (proptest::sample::select(&GROUPS[..]), proptest::sample::select(&APPS[..]));
    let names = (person(), people(), people(), group, proptest::sample::select(&GROUPS[..]), app);
    (0..58_usize, names, any::<bool>()).prop_map(|(kind, (person, people, others, group, other, app), flag)| {
        let action = match kind {
            0 => json!({"do": "create-person", "person": person, "staged": flag}),
            1 => json!({"do": "update-profile", "person": person, "set": {"title": group, "login": other}}),
            2 => json!({"do": "change-password", "person": person}),
            3 => json!({"do": "activate-person", "person": person}),
            4 | 5 => json!({"do": "deactivate-person", "person": person}),
            6 | 7 => json!({"do": "reactivate-person", "person": person}),
            8 => json!({"do": "delete-person", "person": person}),
            9 => json!({"do": "suspend-person", "person": person}),
            10 => json!({"do": "unsuspend-person", "person": person}),
            11 => json!({"do": "create-group", "group": group}),
            12 => json!({"do": "rename-group", "group": group, "to": other}),
            13 => json!({"do": "delete-group", "group": group}),
            14..=16 => json!({"do": "add-to-group", "group": group, "people": people}),
            17 | 18 => json!({"do": "remove-from-group", "group": group, "people": people}),
            19 => json!({"do": "change-group", "group": group, "add": people, "remove": others}),
            20..=22 => json!({"do": "assign", "app": app, "people": people}),
            23 => json!({"do": "unassign", "app": app, "people": people}),
            24..=26 => json!({"do": "assign-group", "app": app, "group": group}),
            27 => json!({"do": "unassign-group", "app": app, "group": group}),
            28..=30 => json!({"do": "push-group", "app": app, "group": group}),
            31 => json!({"do": "unlink-group", "app": app, "group": group, "delete": flag}),
            32 => json!({"do": "deactivate-push", "app": app, "group": group}),
            33 => json!({"do": "activate-push", "app": app, "group": group}),
            34 => json!({"do": "push-now", "app": app, "group": group}),
            35 => json!({"do": "disable-provisioning", "app": app}),
            36 => json!({"do": "save-connection", "app": app}),
            37 => json!({"do": "confirm-import", "app": app, "people": people}),
            38 => json!({"do": "force-sync", "app": app}),
            44 | 45 => json!({"do": "create-group-rule", "rule": person, "when": format!("user.title == \"{group}\""), "groups": [other]}),
            46 | 47 => json!({"do": "activate-group-rule", "rule": person}),
            48 => json!({"do": "deactivate-group-rule", "rule": person}),
            55 => json!({"do": "create-push-rule", "app": app, "rule": person, "contains": "e"}),
            56 => json!({"do": "activate-push-rule", "app": app, "rule": person}),
            57 => json!({"do": "delete-push-rule", "app": app, "rule": person, "delete": flag}),
            54 => json!({"do": "set-mapping", "app": app, "row": "title", "expression": format!("user.title + \"{other}\"")}),
            50 => json!({"do": "assign", "app": app, "people": people, "attributes": {"title": other}}),
            51 => json!({"do": "edit-assignment", "app": app, "person": person, "set": {"title": if flag { "" } else { other }}}),
            52 => json!({"do": "assign-group", "app": app, "group": group, "attributes": {"title": other}, "priority": people.len()}),
            53 => json!({"do": "edit-group-assignment", "app": app, "group": group, "set": {"title": other}}),
            49 => json!({"do": "delete-group-rule", "rule": person}),
            39 => json!({"do": "lock-person", "person": person}),
            40 => json!({"do": "unlock-person", "person": person}),
            41 => json!({"do": "expire-password", "person": person}),
            42 => json!({"do": "reset-password", "person": person}),
            43 => json!({"do": "create-person", "person": person, "without-password": true, "staged": flag}),
            _ => json!({"do": "provision-users", "app": app}),
        };
        serde_json::from_value(action).unwrap()
    })
}

fn org() -> Org {
    let mut org = Org::with_app("app", ClientKind::Oin);
    org.add_app(App::new("second", ClientKind::Aiw));
    for person in &PEOPLE[..4] {
        org.add_person(person, [("title", "Engineer")]).unwrap();
    }
    org.add_group("eng", &["ada", "bob"]).unwrap();
    org.add_group("all", &["cyd", "ada"]).unwrap();
    let imported = [("ada@example.com".to_owned(), "x1".to_owned()), ("dan@example.com".to_owned(), "x2".to_owned())];
    org.app_mut("app").unwrap().imported_users = imported.into();
    org
}

/// Records the result of a job: every second one of a person fails.
fn finish(org: &mut Org, spec: &JobSpec, number: usize) {
    let fails = spec.kind.is_about_a_user() && number % 2 == 1;
    let result = JobResult { id: Some(format!("id{number}")), active: true, ..JobResult::default() };
    org.record(spec, &result, fails.then_some("failed"));
}

proptest! {
    #[test]
    fn an_action_changes_what_follows_from_it_and_an_invalid_one_nothing(
        actions in proptest::collection::vec(action(), 1..60),
        finishes: bool,
    ) {
        let (mut org, habits) = (org(), Habits::default());
        let mut number = 0;
        for action in &actions {
            let (copy, before) = (org.clone(), Oracle::of(&org));
            match org.act(action, &habits) {
                Err(_) => prop_assert!(org == copy, "{action:?} is not possible, but it changed the org"),
                Ok(waves) => {
                    let after = Oracle::of(&org);
                    after.check_the_accounts(&org, &before, action)?;
                    before.check_the_jobs(&copy, &after, action, &waves)?;
                    for spec in waves.iter().flatten().filter(|_| finishes) {
                        number += 1;
                        finish(&mut org, spec, number);
                    }
                }
            }
            oracle::check_the_indexes(&org)?;
        }
    }

    #[test]
    fn leavers_return_to_their_old_positions(members in 0..20_usize, leaving in proptest::collection::btree_set(0..20_usize, 0..20)) {
        let mut org = Org::default();
        let keys: Vec<String> = (0..members).map(|number| format!("p{number}")).collect();
        for key in &keys {
            org.add_person(key, [("title", "x")]).unwrap();
        }
        org.add_group("g", &keys).unwrap();
        let (before, group) = (org.group("g").unwrap().members.clone(), org.group_id("g").unwrap());
        let leaving = leaving.iter().filter_map(|number| before.get(*number)).copied().collect();
        let left = org.leave(&leaving, group);
        let after = &org.group("g").unwrap().members;
        prop_assert_eq!(after.len() + leaving.len(), before.len());
        prop_assert_eq!(MemberChange { left, ..MemberChange::default() }.with_leavers(after), before);
    }
}

#[test]
fn a_deleted_person_leaves_the_assignment_of_an_import_that_was_confirmed_after_the_deactivation() {
    let (mut org, habits) = (org(), Habits::default());
    for action in [
        json!({"do": "deactivate-person", "person": "dan"}),
        json!({"do": "confirm-import", "app": "app", "people": ["dan"]}),
        json!({"do": "delete-person", "person": "dan"}),
    ] {
        org.act(&serde_json::from_value(action).unwrap(), &habits).unwrap();
    }
    assert!(org.app("app").unwrap().direct.is_empty());
    oracle::check_the_indexes(&org).unwrap();
}

#[test]
fn a_profile_is_stored_without_loss() {
    let mut org = Org::default();
    let profile: Value =
        json!({"login": "a@x", "email": "", "roles": ["a", "\u{1F600}"], "title": "He said \"no\"\n", "none": []});
    let profile: crate::okta::mapping::Profile = serde_json::from_value(profile).unwrap();
    org.add_person("ada", profile.clone()).unwrap();
    let mut stored = org.person("ada").unwrap();
    assert_eq!(stored.login(), "a@x");
    for name in ["firstName", "lastName"] {
        stored.profile.remove(name).unwrap();
    }
    assert_eq!(stored.profile, profile);
}

#[test]
fn the_same_seed_makes_the_same_population() {
    let population = Population { people: 50, groups: 7, groups_per_person: 3 };
    let populated = |seed| {
        let mut org = Org::with_app("app", ClientKind::Oin);
        org.populate(population, Seed(seed)).unwrap();
        org
    };
    let org = populated(1);
    assert!(org == populated(1) && org != populated(2));
    let members: usize = (0..7).map(|number| org.group(&format!("Group {number}")).unwrap().members.len()).sum();
    assert_eq!(members, 150);
    let sent =
        org.app("app").unwrap().mapping.attributes(&org.person("p7").unwrap().profile, &Habits::default(), false);
    assert_eq!(sent["emails"][0]["value"], json!(org.person("p7").unwrap().login()));
    assert!(oracle::check_the_indexes(&org).is_ok());
}

#[test]
fn an_error_lists_some_of_many_names() {
    let mut org = Org::default();
    org.populate(Population { people: 60, groups: 0, groups_per_person: 0 }, Seed(1)).unwrap();
    let error = org.person("q").unwrap_err().to_string();
    assert!(
        error.starts_with("there is no person \"q\"; those that exist: p0, p1, p10") && error.ends_with("and 10 more"),
        "{error}"
    );
}

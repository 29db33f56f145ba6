//! What holds after any sequence of actions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::okta::mapping::Mapping;

const PEOPLE: [&str; 3] = ["ada", "bob", "cyd"];

/// Returns one action of the vocabulary for a person and a group.
fn action(kind: usize, who: usize, group: usize) -> Action {
    let (person, group) = (PEOPLE[who], ["eng", "all"][group]);
    let action = match kind {
        0 | 1 => json!({"do": "assign", "app": "app", "people": [person]}),
        2 => json!({"do": "unassign", "app": "app", "people": [person]}),
        3 => json!({"do": "suspend-person", "person": person}),
        4 => json!({"do": "unsuspend-person", "person": person}),
        5 => json!({"do": "deactivate-person", "person": person}),
        6 => json!({"do": "reactivate-person", "person": person}),
        7 | 8 => json!({"do": "add-to-group", "group": group, "people": [person]}),
        9 => json!({"do": "remove-from-group", "group": group, "people": [person]}),
        10 => json!({"do": "assign-group", "app": "app", "group": group}),
        11 => json!({"do": "unassign-group", "app": "app", "group": group}),
        12 | 13 => json!({"do": "push-group", "app": "app", "group": group}),
        14 => json!({"do": "unlink-group", "app": "app", "group": group, "delete": true}),
        15 => json!({"do": "update-profile", "person": person, "set": {"title": format!("t{kind}{group}")}}),
        16 => json!({"do": "push-now", "app": "app", "group": group}),
        17 => json!({"do": "force-sync", "app": "app"}),
        18 => json!({"do": "delete-person", "person": person}),
        19 => {
            json!({"do": "assign", "app": "app", "people": [person], "attributes": {"title": "own", "nickName": group}})
        }
        20 => {
            json!({"do": "edit-assignment", "app": "app", "person": person, "set": {"nickName": if who == 1 { "" } else { "n" }}})
        }
        21 => {
            json!({"do": "assign-group", "app": "app", "group": group, "attributes": {"title": group}, "priority": who})
        }
        22 => {
            let set = json!({"nickName": group, "title": if who == 1 { "" } else { "t" }});
            json!({"do": "edit-group-assignment", "app": "app", "group": group, "set": set, "priority": who})
        }
        23 => {
            let expression = format!("user.title + \"-{group}\"");
            json!({"do": "set-mapping", "app": "app", "row": "userType", "expression": expression})
        }
        24 => json!({"do": "create-push-rule", "app": "app", "rule": person, "starts-with": &group[..1]}),
        25 => json!({"do": "delete-push-rule", "app": "app", "rule": person, "delete": true}),
        _ => json!({"do": "change-group", "group": group, "add": [person], "remove": []}),
    };
    serde_json::from_value(action).unwrap()
}

/// Plays the actions that Okta does not refuse. Returns the stage and everyone who lost the app at some time.
fn life(client: ClientKind, picks: &[(usize, usize, usize)]) -> (Stage, BTreeSet<String>) {
    let mut stage = Stage::new(client);
    // The nickname has no mapping: only assignments set it.
    stage.org.app_mut("app").unwrap().mapping = Mapping::default().without(&["nickName"]).unwrap();
    stage.org.add_group("eng", &["ada", "bob"]).unwrap();
    stage.org.add_group("all", &["ada"]).unwrap();
    let mut lost = BTreeSet::new();
    for (kind, who, group) in picks {
        let action = action(*kind, *who, *group);
        if stage.org.clone().act(&action, &stage.habits).is_err() {
            continue;
        }
        let before = stage.sent.len();
        stage.run(&action, &mut Server::handle);
        if matches!(action, Action::SuspendPerson { .. } | Action::UnsuspendPerson { .. }) {
            assert_eq!(stage.sent.len(), before, "a suspension sends nothing");
        }
        if client == Aiw {
            synced_groups_have_okta_s_own_list(&stage, before);
        }
        let app = stage.org.app("app").unwrap();
        lost.extend(stage.org.former_users(app).into_iter().map(|(person, _)| person.to_owned()));
    }
    assert_eq!(stage.tasks, [""; 0]);
    (stage, lost)
}

/// Asserts that each group that was pushed since a request has exactly Okta's provisioned, active members.
fn synced_groups_have_okta_s_own_list(stage: &Stage, since: usize) {
    let app = stage.org.app("app").unwrap();
    let puts = stage.sent[since..].iter().filter(|request| request.method == Method::Put);
    let synced: BTreeSet<String> = puts.filter_map(|request| request.subject().1).collect();
    let is_synced = |target: &Option<String>| target.as_ref().is_some_and(|id| synced.contains(id));
    for mapping in app.pushed_groups().filter(|mapping| is_synced(&mapping.target_id)) {
        let keys = &stage.org.group(&mapping.group).unwrap().members;
        let okta: Vec<String> = stage.org.provisioned(app, keys, false).into_iter().map(|(_, id, _)| id).collect();
        assert_eq!(stage.server.members(mapping.target_id.as_ref().unwrap()), okta, "{}", mapping.group);
    }
}

/// Asserts that the users in the target are those that Okta's rules demand.
fn users_follow_the_rules(stage: &Stage, lost: &BTreeSet<String>) {
    let app = stage.org.app("app").unwrap();
    let mut expected: BTreeMap<String, bool> = BTreeMap::new();
    expected.extend(stage.org.former_users(app).into_iter().map(|(_, id)| (id.to_owned(), false)));
    for (person, user) in stage.org.users(app) {
        let id = user.external_id.clone().expect("every job succeeded");
        let sent = &stage.server.resources[&format!("/Users/{id}")];
        let profile = stage.org.person(person).unwrap().profile;
        let assigned = stage.org.app_values(app, stage.org.person_id(person).unwrap(), &profile).assigned;
        let mapped = profile["title"].clone();
        assert_eq!(sent["title"], json!(assigned.get("title").unwrap_or(&mapped)), "{person}");
        if let Some((_, suffix)) =
            stage.org.app("app").unwrap().expressions().next().map(|(row, text)| (row, text.text()))
        {
            let suffix = suffix.split('"').nth(1).unwrap();
            assert_eq!(sent["userType"], json!(format!("{}{suffix}", mapped.text().unwrap())), "{person}");
        }
        // Okta does not know what an earlier assignment has set, and echoes it.
        if assigned.contains_key("nickName") || !lost.contains(person) {
            assert_eq!(sent["nickName"], json!(assigned.get("nickName")), "{person}");
        }
        expected.insert(id, true);
    }
    for (id, active) in &expected {
        assert_eq!(stage.server.resources[&format!("/Users/{id}")]["active"], json!(active), "{id}");
    }
    let created: Vec<Value> = stage
        .sent
        .iter()
        .filter(|r| r.method == Method::Post && r.path == "/Users")
        .map(|r| r.json().unwrap())
        .collect();
    let names: BTreeSet<&str> = created.iter().map(|body| body["userName"].as_str().unwrap()).collect();
    assert_eq!(names.len(), created.len(), "nobody is created twice");
}

/// Asserts that each pushed group has Okta's members. People who lost the app at some time may be left in it, because
/// Okta does not remove them.
fn groups_follow_the_rules(stage: &Stage, lost: &BTreeSet<String>, exactly: bool) {
    let app = stage.org.app("app").unwrap();
    let former: BTreeMap<&str, &str> = stage.org.former_users(app).into_iter().collect();
    for mapping in app.pushed_groups() {
        let keys = &stage.org.group(&mapping.group).unwrap().members;
        let provisioned = stage.org.provisioned(app, keys, false);
        let okta: BTreeSet<String> = provisioned.into_iter().map(|(_, id, _)| id).collect();
        let target: BTreeSet<String> =
            stage.server.members(mapping.target_id.as_ref().unwrap()).iter().map(|id| (*id).to_owned()).collect();
        assert!(okta.is_subset(&target), "{}: Okta {okta:?}, target {target:?}", mapping.group);
        let ids = |person: &String| stage.org.external_id(app, person).or(former.get(person.as_str()).copied());
        let may_stay: BTreeSet<&str> = lost.iter().filter_map(ids).collect();
        let deleted =
            |id: &&String| !stage.org.users(app).iter().any(|(_, user)| user.external_id.as_ref() == Some(*id));
        let extra: Vec<&String> = target.difference(&okta).collect();
        let explained = |id: &&String| may_stay.contains(id.as_str()) || deleted(id);
        assert!(extra.iter().all(explained), "{}: {extra:?} may not stay", mapping.group);
        assert!(!exactly || extra.is_empty(), "{}: {extra:?} after Push now", mapping.group);
    }
}

proptest! {
    #[test]
    fn a_random_life_keeps_okta_s_rules(
        picks in proptest::collection::vec((0_usize..27, 0_usize..3, 0_usize..2), 1..40),
        aiw: bool,
    ) {
        let client = if aiw { Aiw } else { Oin };
        let (mut stage, lost) = life(client, &picks);
        prop_assert!(stage.sent.iter().all(|r| r.method != Method::Delete || r.path.starts_with("/Groups/")));
        prop_assert_eq!(&life(client, &picks).0.sent, &stage.sent, "the same actions and responses send the same bytes");
        users_follow_the_rules(&stage, &lost);
        groups_follow_the_rules(&stage, &lost, false);
        // Push now repairs each group, and what is pushed again changes nothing.
        let pushed: Vec<String> =
            stage.org.app("app").unwrap().pushed_groups().map(|mapping| mapping.group.clone()).collect();
        for group in &pushed {
            stage.act(json!({"do": "push-now", "group": group}));
        }
        groups_follow_the_rules(&stage, &lost, true);
        let settled = stage.server.resources.clone();
        for group in &pushed {
            stage.act(json!({"do": "push-now", "group": group}));
        }
        stage.act(json!({"do": "force-sync"}));
        prop_assert_eq!(&stage.server.resources, &settled);
    }
}

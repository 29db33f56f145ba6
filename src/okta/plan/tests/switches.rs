//! Every switch changes the requests, or their timing.

use super::*;
use crate::okta::habits::{SWITCHES, Sabotage, Values};
use crate::okta::mapping::Mapping;
use crate::scim::schema::USER;

/// Performs actions that exercise every habit. Returns one line per request, with its body, and the waits.
fn tour(client: ClientKind, habits: &Habits) -> Vec<String> {
    let mut stage = Stage::new(client);
    stage.habits = habits.clone();
    stage.org.add_group("all two", &["ada", "bob", "cyd"]).unwrap();
    let custom = json!({"source": "title", "name": "roles.^[type=='job'].value", "namespace": USER});
    let mapping = Mapping::default().with(serde_json::from_value(custom).unwrap()).unwrap();
    stage.org.app_mut("app").unwrap().mapping = mapping;
    stage
        .server
        .resources
        .insert("/Groups/x".into(), json!({"id": "x", "displayName": "Old", "members": [{"value": "z"}]}));
    let emails = json!([{"primary": true, "value": "old@example.com", "display": "Cyd"}]);
    let cyd = json!({"id": "c", "userName": "cyd@example.com", "active": true, "emails": emails});
    stage.server.resources.insert("/Users/c".into(), cyd);
    stage.act(json!({"do": "push-group", "group": "all two"}));
    stage.act(json!({"do": "assign-group", "group": "all two"}));
    stage.act(json!({"do": "update-profile", "person": "ada", "set": {"title": "Boss"}}));
    stage.act(json!({"do": "suspend-person", "person": "ada"}));
    stage.act(json!({"do": "push-now", "group": "all two"}));
    stage.act(json!({"do": "create-group", "group": "linked"}));
    stage.act(json!({"do": "add-to-group", "group": "linked", "people": ["ada"]}));
    stage.act(json!({"do": "link-group", "group": "linked", "to": "Old"}));
    stage.act(json!({"do": "create-group", "group": "late"}));
    stage.act(json!({"do": "add-to-group", "group": "late", "people": ["ada", "bob"]}));
    stage.act(json!({"do": "push-group", "group": "late"}));
    stage.act(json!({"do": "remove-from-group", "group": "late", "people": ["bob"]}));
    stage.act(json!({"do": "remove-from-group", "group": "all two", "people": ["ada"]}));
    stage.act(json!({"do": "remove-from-group", "group": "late", "people": ["ada"]}));
    // Ada returns, and gus, who joins a pushed group, does not have the app.
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    stage.act(json!({"do": "create-person", "person": "gus"}));
    stage.act(json!({"do": "add-to-group", "group": "late", "people": ["gus"]}));
    stage.act(json!({"do": "create-person", "person": "dan"}));
    let not_found = respond(404, &json!({"schemas": [message::ERROR], "detail": "no"}));
    stage.act_on(json!({"do": "assign", "people": ["dan"]}), |_, request| match request.method {
        Method::Post => respond(409, &Value::Null),
        _ => not_found.clone(),
    });
    let mut throttled = false;
    stage.act_on(json!({"do": "retry-tasks"}), |server, request| {
        if std::mem::replace(&mut throttled, true) { server.handle(request) } else { respond(429, &Value::Null) }
    });
    stage.act_on(json!({"do": "deactivate-person", "person": "bob"}), |server, request| match request.method {
        Method::Patch => respond(501, &Value::Null),
        _ => server.handle(request),
    });
    actions_without_requests(&mut stage);
    let line = |request: &Request| format!("{} {:?}", short(request) + &request.path, request.json());
    let mut lines: Vec<String> = stage.sent.iter().map(line).collect();
    lines.push(format!("{:?}", stage.waits));
    lines
}

/// Performs actions after which Okta sends nothing or stops, unless a habit for tests says otherwise.
fn actions_without_requests(stage: &mut Stage) {
    for person in ["eve", "fay"] {
        stage.act(json!({"do": "create-person", "person": person}));
    }
    let twice = message_list(&[json!({"id": "m1", "userName": "eve"}), json!({"id": "m2", "userName": "eve"})]);
    stage.act_on(json!({"do": "assign", "people": ["eve"]}), |server, request| match request.method {
        Method::Get => respond(200, &twice),
        _ => server.handle(request),
    });
    stage.act(json!({"do": "assign", "people": ["fay"]}));
    stage.act(json!({"do": "update-profile", "person": "fay", "set": {"favouriteColour": "green"}}));
    stage.act(json!({"do": "create-group", "group": "still"}));
    stage.act(json!({"do": "assign-group", "group": "still"}));
    stage.act(json!({"do": "push-group", "group": "still"}));
    stage.act(json!({"do": "deactivate-push", "group": "still"}));
    stage.act(json!({"do": "add-to-group", "group": "still", "people": ["fay"]}));
    stage.act(json!({"do": "remove-from-group", "group": "still", "people": ["fay"]}));
    stage.act(json!({"do": "unlink-group", "group": "still", "delete": false}));
    stage.act(json!({"do": "deactivate-person", "person": "fay"}));
    stage.act(json!({"do": "reactivate-person", "person": "fay"}));
    stage.act(json!({"do": "deactivate-person", "person": "fay"}));
    stage.act(json!({"do": "delete-person", "person": "fay"}));
    // Sync Password is off.
    stage.act(json!({"do": "change-password", "person": "cyd"}));
    stage.act(json!({"do": "save-to-app", "update": false}));
    stage.act(json!({"do": "update-profile", "person": "cyd", "set": {"title": "Boss"}}));
}

fn message_list(resources: &[Value]) -> Value {
    json!({"schemas": [message::LIST_RESPONSE], "totalResults": resources.len(), "startIndex": 1,
        "itemsPerPage": resources.len(), "Resources": resources})
}

#[test]
fn each_switch_changes_the_traffic() {
    let default = [tour(Oin, &Habits::default()), tour(Aiw, &Habits::default())];
    for habit in SWITCHES {
        let others: Vec<String> = match habit.values {
            // The agent's tests cover the number of parallel jobs.
            Values::Number { .. } if habit.name == "parallel-jobs" => Vec::new(),
            Values::Number { min, default, .. } => {
                [min, min + 1].into_iter().filter(|n| *n != default).map(|n| n.to_string()).collect()
            }
            Values::OneOf(values) => values.iter().skip(1).map(|value| value.word.to_owned()).collect(),
            Values::Fixed(_) => Vec::new(),
        };
        for value in others {
            let mut habits = Habits::default();
            habits.set(habit.name, &value).unwrap();
            let changed = [tour(Oin, &habits), tour(Aiw, &habits)];
            assert!(changed != default, "{}={value} changes nothing", habit.name);
        }
    }
}

#[test]
fn each_sabotage_adds_traffic() {
    let default = [tour(Oin, &Habits::default()), tour(Aiw, &Habits::default())];
    for (sabotage, name) in Sabotage::ALL {
        let habits = Habits::default().sabotaged(sabotage);
        assert!([tour(Oin, &habits), tour(Aiw, &habits)] != default, "{name} adds no traffic");
    }
}

#[test]
fn large_memberships_are_sent_in_batches() {
    let mut stage = Stage::with(Oin, "group-patch-batch=2");
    let people: Vec<String> = (0..5).map(|n| format!("p{n}")).collect();
    for person in &people {
        stage.org.add_person(person, [("title", "x")]).unwrap();
    }
    stage.org.add_group("g", &people).unwrap();
    stage.act(json!({"do": "assign", "people": people}));
    let sent = stage.act(json!({"do": "push-group", "group": "g"}));
    assert_eq!(sent.iter().filter(|line| line.ends_with(" add")).count(), 3);
    let sent = stage.act(json!({"do": "push-now", "group": "g"}));
    let expected = ["PATCH /Groups/id6 replace", "PATCH /Groups/id6 add", "PATCH /Groups/id6 add"];
    assert_eq!(sent, expected);
}

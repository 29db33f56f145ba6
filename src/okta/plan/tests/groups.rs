//! Pushed groups.

use super::*;

#[test]
fn a_first_push_creates_the_group() {
    let mut stage = Stage::prepared(Oin);
    let sent: Vec<String> = stage.sent[4..].iter().map(short).collect();
    assert_eq!(
        sent,
        ["GET /Groups?filter", "POST /Groups", "PATCH /Groups/id3 add", "GET /Groups/id3", "PATCH /Groups/id3 replace"]
    );
    assert_eq!(stage.sent[5].json().unwrap()["members"], json!([]));
    // Cyd has no account in the target, so she is not pushed.
    assert_eq!(
        stage.sent[6].json().unwrap()["Operations"][0]["value"][1],
        json!({"value": "id2", "display": "bob@example.com"})
    );
    assert_eq!(stage.sent[6].json().unwrap()["Operations"][0]["value"].as_array().unwrap().len(), 2);
    // She is pushed as soon as she has one.
    let sent = stage.act(json!({"do": "assign", "people": ["cyd"]}));
    assert_eq!(sent, [LOOKUP, "POST /Users", "PATCH /Groups/id3 add", "PATCH /Groups/id3 replace"]);

    let stage = Stage::prepared(Aiw);
    let sent: Vec<String> = stage.sent[4..].iter().map(short).collect();
    assert_eq!(sent, ["GET /Groups?filter", "POST /Groups", "GET /Groups/id3", "PUT /Groups/id3"]);
    assert_eq!(stage.sent[5].json().unwrap()["members"].as_array().unwrap().len(), 2);
}

#[test]
fn one_patch_adds_and_removes_members_removals_first() {
    let mut stage = Stage::prepared(Oin);
    stage.act(json!({"do": "assign", "people": ["cyd"]}));
    stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["cyd"]}));
    let sent = stage.act(json!({"do": "change-group", "group": "eng", "add": ["cyd"], "remove": ["ada", "bob"]}));
    assert_eq!(sent, ["PATCH /Groups/id3 remove remove add", "PATCH /Groups/id3 replace"]);
    let body = stage.sent[stage.sent.len() - 2].json().unwrap();
    assert_eq!(body["Operations"][0], json!({"op": "remove", "path": "members[value eq \"id1\"]"}));

    let mut stage = Stage::prepared(Aiw);
    let sent = stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["ada"]}));
    assert_eq!(sent, ["GET /Groups/id3", "PUT /Groups/id3", "GET /Groups/id3", "PUT /Groups/id3"]);
    assert_eq!(stage.last_body()["members"], json!([{"value": "id2", "display": "bob@example.com"}]));
}

#[test]
fn other_operations_on_a_pushed_group() {
    let [get, put] = ["GET /Groups/id3", "PUT /Groups/id3"];
    for (client, full, put) in [
        (Oin, vec!["PATCH /Groups/id3 replace"], vec!["PATCH /Groups/id3 replace"]),
        (Aiw, vec![get, get, put, put], vec![get, put]),
    ] {
        let mut stage = Stage::prepared(client);
        assert_eq!(stage.act(json!({"do": "push-now", "group": "eng"})), full);
        assert_eq!(stage.act(json!({"do": "deactivate-push", "group": "eng"})), [""; 0]);
        assert_eq!(stage.act(json!({"do": "remove-from-group", "group": "eng", "people": ["ada"]})), [""; 0]);
        assert_eq!(stage.act(json!({"do": "activate-push", "group": "eng"})), full);
        assert_eq!(stage.act(json!({"do": "rename-group", "group": "eng", "to": "Engineers"})), put);
        assert!(stage.last_body().to_string().contains("Engineers"));
        assert_eq!(stage.act(json!({"do": "unlink-group", "group": "Engineers", "delete": false})), [""; 0]);
        stage.act(json!({"do": "push-group", "group": "Engineers"}));
        let sent = stage.act(json!({"do": "unlink-group", "group": "Engineers", "delete": true}));
        assert_eq!(sent, ["DELETE /Groups/id3"]);
        assert_eq!(stage.tasks, [""; 0]);
    }
}

#[test]
fn linking_adds_members_to_the_existing_group() {
    for (client, expected) in [
        (Oin, vec!["GET /Groups?filter", "PATCH /Groups/x add", "GET /Groups/x", "PATCH /Groups/x replace"]),
        (Aiw, vec!["GET /Groups?filter", "GET /Groups/x", "PUT /Groups/x"]),
    ] {
        let mut stage = Stage::new(client);
        stage.act(json!({"do": "assign", "people": ["ada"]}));
        stage.org.add_group("eng", &["ada"]).unwrap();
        let existing =
            json!({"displayName": "Old", "id": "x", "externalId": "e", "meta": {}, "members": [{"value": "z"}]});
        stage.server.resources.insert("/Groups/x".into(), existing);
        assert_eq!(stage.act(json!({"do": "link-group", "group": "eng", "to": "Old"})), expected);
        if client == Aiw {
            // Okta's own list replaces the members that the target had.
            assert_eq!(stage.last_body()["members"], json!([{"value": "id1", "display": "ada@example.com"}]));
            assert_eq!(stage.tasks, [""; 0]);
            continue;
        }
        assert_eq!(stage.server.members("x"), ["z", "id1"]);
        assert_eq!(stage.tasks, [""; 0]);
    }
}

#[test]
fn a_merging_put_keeps_the_members_of_a_linked_group() {
    let mut stage = Stage::with(Aiw, "group-put=merge");
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    stage.org.add_group("eng", &["ada"]).unwrap();
    let existing = json!({"displayName": "Old", "id": "x", "externalId": "e", "meta": {}, "members": [{"value": "z"}]});
    stage.server.resources.insert("/Groups/x".into(), existing);
    stage.act(json!({"do": "link-group", "group": "eng", "to": "Old"}));
    let members = json!([{"value": "z", "display": null}, {"value": "id1", "display": "ada@example.com"}]);
    assert_eq!(stage.last_body(), json!({"displayName": "eng", "id": "x", "externalId": "e", "members": members}));
}

fn same_group(habit: Option<&str>) -> Vec<String> {
    let mut stage = Stage::new(Oin);
    if let Some(habit) = habit {
        stage.habits.set_pair(habit).unwrap();
    }
    stage.org.add_group("all", &["ada", "bob"]).unwrap();
    stage.act(json!({"do": "assign-group", "group": "all"}));
    stage.act(json!({"do": "push-group", "group": "all"}));
    let sent = stage.act(json!({"do": "remove-from-group", "group": "all", "people": ["ada"]}));
    assert_eq!(stage.tasks, [""; 0]);
    sent
}

#[test]
fn leaving_a_group_that_assigns_and_is_pushed_does_not_remove_the_member() {
    assert_eq!(same_group(None), ["PATCH /Users/id1 replace"]);
    let removal = ["PATCH /Groups/id3 remove", "PATCH /Groups/id3 replace"];
    let both = same_group(Some("same-group-leave=remove-then-deactivate"));
    assert_eq!(both, [removal[0], removal[1], "PATCH /Users/id1 replace"]);
    let both = same_group(Some("same-group-leave=deactivate-then-remove"));
    assert_eq!(both, ["PATCH /Users/id1 replace", removal[0], removal[1]]);
    assert_eq!(same_group(Some("inactive-members=include")), both);
}

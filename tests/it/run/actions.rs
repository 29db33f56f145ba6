//! Snapshots of the events that follow each action in Okta, and each action on the directory itself, in every mode of
//! deactivation (research note workos-dsync section 6). One scenario performs all actions in order.

use std::fmt::Write as _;

use reqwest::Method;
use scimulate::events::OnDeactivate;
use serde_json::{Value, json};

use super::{Outcome, run_at};
use crate::snapshots::{lines, stable};
use crate::support::reference::{Server, user};

/// People of an app and their groups. `known` exists on the server before the first action; `fay` has no app.
const HEAD: &str = "name = \"actions\"\n[[app]]\nlabel = \"app\"\n[people]\nada = {}\nben = {}\ncid = {}\nknown = {}\nfay = {}\n\
    [groups]\nSales = [\"ben\", \"cid\"]\nCrew = [\"ada\", \"ben\"]\nGuests = [\"ada\", \"fay\"]\n";

/// Each row has the name of its snapshot, a title, the actions before, and the action whose events are shown.
const ROWS: [(&str, &str, &[&str], &str); 22] = [
    ("test-connection", "Test API Credentials", &[], "do = 'test-connection'"),
    ("assign", "Assign a user directly", &[], "do = 'assign'\npeople = ['ada']"),
    ("assign-group", "Assign users by a group", &[], "do = 'assign-group'\ngroup = 'Sales'"),
    ("existing-user", "Assign a user whom the server already has", &[], "do = 'assign'\npeople = ['known']"),
    ("profile", "Change a mapped attribute", &[], "do = 'update-profile'\nperson = 'ada'\nset = { title = 'Analyst' }"),
    ("same-values", "Push values that the server already has", &[], "do = 'force-sync'"),
    ("suspend", "Suspend a user", &[], "do = 'suspend-person'\nperson = 'ada'"),
    ("unsuspend", "Unsuspend a user", &[], "do = 'unsuspend-person'\nperson = 'ada'"),
    ("unassign", "Remove a user from the app", &[], "do = 'unassign'\npeople = ['ada']"),
    ("reassign", "Assign the user again", &[], "do = 'assign'\npeople = ['ada']"),
    ("deactivate", "Deactivate a user in Okta", &[], "do = 'deactivate-person'\nperson = 'ada'"),
    (
        "reactivate",
        "Reactivate a user in Okta, and assign the app",
        &["do = 'reactivate-person'\nperson = 'ada'"],
        "do = 'assign'\npeople = ['ada']",
    ),
    ("push-group", "Push a group", &[], "do = 'push-group'\ngroup = 'Crew'"),
    ("join", "Add a user to a pushed group", &[], "do = 'add-to-group'\ngroup = 'Crew'\npeople = ['cid']"),
    ("leave", "Remove a user from a pushed group", &[], "do = 'remove-from-group'\ngroup = 'Crew'\npeople = ['ben']"),
    (
        "leave-assignment-group",
        "Remove a user from a group that assigns the app and is pushed",
        &["do = 'push-group'\ngroup = 'Sales'"],
        "do = 'remove-from-group'\ngroup = 'Sales'\npeople = ['cid']",
    ),
    (
        "return-to-groups",
        "Add the user to the group again",
        &[],
        "do = 'add-to-group'\ngroup = 'Sales'\npeople = ['cid']",
    ),
    ("rename-group", "Rename a pushed group", &[], "do = 'rename-group'\ngroup = 'Crew'\nto = 'Team'"),
    ("push-without-app", "Push a group with a user who has no app", &[], "do = 'push-group'\ngroup = 'Guests'"),
    ("unlink", "Unlink a pushed group and leave it", &[], "do = 'unlink-group'\ngroup = 'Guests'\ndelete = false"),
    (
        "unlink-and-delete",
        "Unlink a pushed group and delete it",
        &[],
        "do = 'unlink-group'\ngroup = 'Team'\ndelete = true",
    ),
    ("disable-integration", "Disable the API integration", &[], "do = 'disable-provisioning'"),
];

/// What happens to the directory after the scenario, in order.
const OWN: [(&str, &str); 2] =
    [("rotate-token", "Replace a token of the directory"), ("remove-directory", "Remove the directory")];

/// The events of each row in one mode.
struct Played {
    mode: OnDeactivate,
    rows: Vec<Vec<Value>>,
}

/// Returns the scenario, and the position of each row's action in it.
fn scenario() -> (String, Vec<usize>) {
    let (mut text, mut count, mut positions) = (HEAD.to_owned(), 0, Vec::new());
    for (_, _, before, action) in ROWS {
        for action in before.iter().chain([&action]) {
            let _ = writeln!(text, "[[timeline]]\n{action}");
            count += 1;
        }
        positions.push(count - 1);
    }
    (text, positions)
}

/// Performs all actions against a server of its own.
async fn play(mode: OnDeactivate) -> Played {
    let server = &Server::start().await;
    let body = json!({"organization_id": server.organization_id, "name": "Okta", "settings": {"on_deactivate": mode}});
    let directory = server.api(Method::POST, "/scimulate/directories", Some(&body)).await.json();
    let text = |key: &str| directory[key].as_str().unwrap().to_owned();
    let (id, url, token) = (text("id"), text("scim_url"), text("token"));
    let bearer = format!("Bearer {token}");
    let known = user("known@example.com").to_string();
    server.send_with(Method::POST, &format!("{url}/Users"), &[("authorization", &bearer)], Some(known)).await.id();

    let (toml, positions) = scenario();
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), toml).unwrap();
    let path = file.path().to_str().unwrap();
    let log = ["--events-url", &server.events_url, "--api-key", &server.api_key, "--concurrency", "1"];
    let ran: Outcome = run_at(&url, &token, &[&[path], &log[..]].concat()).await;
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let actions = ran.report["scenarios"].as_array().unwrap();
    assert_eq!(actions.len(), positions.last().unwrap() + 1);
    let events = |at: &usize| actions[*at]["events"].as_array().cloned().unwrap_or_default();
    let mut rows: Vec<Vec<Value>> = positions.iter().map(events).collect();

    let revoke = json!({"revoke_old": true});
    server.api(Method::POST, &format!("/scimulate/directories/{id}/tokens"), Some(&revoke)).await;
    rows.push(newest(server, 2).await);
    let before = newest(server, 1).await;
    server.api(Method::DELETE, &format!("/directories/{id}"), None).await;
    let after = newest(server, 2).await;
    assert_eq!(after[0], before[0], "the only event is that of the directory");
    rows.push(after[1..].to_vec());
    Played { mode, rows }
}

/// Returns the last events of the log, oldest first.
async fn newest(server: &Server, count: usize) -> Vec<Value> {
    let page = server.api_get(&format!("/events?order=desc&limit={count}")).await;
    page["data"].as_array().unwrap().iter().rev().cloned().collect()
}

/// Renders events with their whole data.
fn rendered(events: &[Value]) -> String {
    let one = |event: &Value| {
        let mut data = event["data"].clone();
        if let Some(end) = data.get_mut("token_suffix") {
            *end = "[end]".into(); // Tokens are random.
        }
        format!("event {}\n{}\n", event["event"].as_str().unwrap(), lines(&data, 0))
    };
    if events.is_empty() { "no events\n".to_owned() } else { events.iter().map(one).collect::<Vec<_>>().concat() }
}

#[tokio::test]
async fn the_events_of_every_action() {
    let all = futures::future::join_all(OnDeactivate::ALL.map(|(mode, ..)| play(mode))).await;
    let rows = ROWS.iter().map(|(name, title, ..)| (*name, *title)).chain(OWN);
    for (at, (name, title)) in rows.enumerate() {
        // Modes with the same events share a section.
        let mut sections: Vec<(String, String)> = Vec::new();
        for played in &all {
            let text = stable(&rendered(&played.rows[at]), "http://127.0.0.1");
            match sections.iter_mut().find(|(_, known)| *known == text) {
                Some((modes, _)) => *modes = format!("{modes}, {}", played.mode),
                None => sections.push((played.mode.to_string(), text)),
            }
        }
        let sections: Vec<String> = sections.iter().map(|(modes, text)| format!("\n--- {modes}\n{text}")).collect();
        insta::with_settings!({
            snapshot_path => "../../../snapshots/actions",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, format!("{title}\n{}", sections.concat()));
        });
    }
}

//! Details of the access audit: the bodies of what was not honored, old attributes, and failed requests of both clients.

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use scimulate::server::defects::Upstream;
use serde_json::{Value, json};

use super::{Outcome, run, run_at, scenario};
use crate::support::proxy;
use crate::support::reference::Server;

/// Ada gets the app and moves. The second action is at the time of the fault.
const MOVE: &str = "[audit]\n[[timeline]]\nat = \"2027-03-01\"\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\n\
    at = \"2027-03-02\"\ndo = \"update-profile\"\nperson = \"ada\"\n\
    set = { title = \"Lead\", lastName = \"King\", email = \"king@example.com\", login = \"king@example.com\" }\n";
const FAULT: &str = "[[fault]]\nfrom = \"2027-03-02\"\nto = \"2027-03-03\"\nstatus = 500\n";
const RETRY: &str = "[[timeline]]\nat = \"2027-03-04\"\ndo = \"retry-tasks\"\n";

fn problems<'a>(ran: &'a Outcome, fault: &str) -> Vec<&'a Value> {
    let problems = ran.report["audit"]["problems"].as_array().unwrap();
    problems.iter().filter(|problem| problem["fault"] == fault).collect()
}

async fn play(server: &Server, text: &str, client: &str) -> Outcome {
    run(server, &[scenario(text).path().to_str().unwrap(), "--client", client]).await
}

#[tokio::test]
async fn a_profile_push_that_failed_leaves_old_attributes() {
    for client in ["oin", "aiw"] {
        let expected = format!("{MOVE}expect-task = \"\"\n{FAULT}");
        let ran = play(&Server::start().await, &expected, client).await;
        let (holes, blamed) = (problems(&ran, "okta"), problems(&ran, "target"));
        assert_eq!((ran.code, holes.len(), blamed.len()), (0, 1, 0), "{client}: {}", ran.stdout);
        let hole = holes[0];
        assert_eq!(hole["part"], "displayName, emails[0].value, name.familyName, title, userName", "{client}");
        assert_eq!(
            hole["sentence"],
            "ada is out of date on the target: displayName is \"Ada Example\" (Okta: \"Ada King\"), emails[0].value is \"ada@example.com\" \
             (Okta: \"king@example.com\"), name.familyName is \"Example\" (Okta: \"King\"), title is missing (Okta: \"Lead\"), userName is \
             \"ada@example.com\" (Okta: \"king@example.com\")."
        );
        let request = &hole["request"];
        assert_eq!(
            (&request["action"], &request["method"], &request["status"]),
            (&json!(2), &json!("GET"), &json!(500))
        );
        assert_eq!((&hole["since"]["action"], &hole["habit"]), (&json!(2), &json!("other-errors")), "{client}");
        let repaired = play(&Server::start().await, &format!("{expected}{RETRY}"), client).await;
        assert!(problems(&repaired, "okta").is_empty(), "{client}: {}", repaired.stdout);
        let sound = play(&Server::start().await, MOVE, client).await;
        assert_eq!(sound.report["audit"]["problems"], json!([]), "{client}: {}", sound.stdout);
    }
}

#[tokio::test]
async fn old_attributes_are_the_fault_of_a_target_that_accepted_them() {
    let ran = play(&Server::with_defects(&["put-ignored"]).await, MOVE, "oin").await;
    let blamed = problems(&ran, "target");
    assert_eq!((ran.code, blamed.len(), problems(&ran, "okta").len()), (1, 1, 0), "{}", ran.stdout);
    let (body, shows) = (blamed[0]["request"]["body"].as_str().unwrap(), blamed[0]["shows"].as_str().unwrap());
    assert!(body.contains("\"userName\":\"king@example.com\"") && body.contains("King"), "{body}");
    assert!(!shows.contains("King") && shows.contains("\"userName\":\"ada@example.com\""), "{shows}");
    // A target that rejects the request is not at fault for the old value.
    let url = rejecting(&Server::start().await).await;
    let text = format!("{MOVE}expect-task = \"\"\n");
    let ran = run_at(&url.0, &url.1, &[scenario(&text).path().to_str().unwrap()]).await;
    let holes = problems(&ran, "okta");
    assert_eq!((ran.code, holes.len(), problems(&ran, "target").len()), (0, 1, 0), "{}", ran.stdout);
    assert_eq!((&holes[0]["request"]["method"], &holes[0]["request"]["status"]), (&json!("PUT"), &json!(500)));
}

/// Serves the reference through a proxy that rejects every PUT. Returns URL and token.
async fn rejecting(server: &Server) -> (String, String) {
    #[derive(Debug)]
    struct Rejecting(std::sync::Arc<dyn Upstream>);
    impl Upstream for Rejecting {
        fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
            Box::pin(async move {
                if request.method() == "PUT" {
                    return http::Response::builder().status(500).body(Bytes::new()).unwrap();
                }
                self.0.call(request).await
            })
        }
    }
    let (origin, path) = server.scim_url.split_at(server.scim_url.find("/scim").unwrap());
    let address = proxy::serve(std::sync::Arc::new(Rejecting(proxy::remote(origin)))).await;
    (format!("http://{address}{path}"), server.token.clone())
}

#[tokio::test]
async fn a_switch_that_is_off_leaves_old_attributes() {
    let off = MOVE.replacen(
        "[[timeline]]\nat = \"2027-03-02\"",
        "[[timeline]]\ndo = \"save-to-app\"\nupdate = false\n[[timeline]]\nat = \"2027-03-02\"",
        1,
    );
    let ran = play(&Server::start().await, &off, "oin").await;
    let holes = problems(&ran, "okta");
    assert_eq!((ran.code, holes.len()), (0, 1), "{}", ran.stdout);
    assert_eq!((&holes[0]["habit"], &holes[0]["since"]["action"]), (&json!("to-app-off"), &json!(3)));
}

#[tokio::test]
async fn an_outage_names_the_request_that_failed_for_each_client() {
    let text = format!(
        "[groups]\ncrew = [\"ada\"]\n[audit]\n[[timeline]]\nat = \"2027-03-01\"\ndo = \"assign\"\npeople = [\"ada\"]\n\
         [[timeline]]\nat = \"2027-03-02\"\ndo = \"deactivate-person\"\nperson = \"ada\"\nexpect-task = \"\"\n{FAULT}"
    );
    for (client, method) in [("oin", "PATCH"), ("aiw", "GET")] {
        let ran = play(&Server::start().await, &text, client).await;
        let holes = problems(&ran, "okta");
        assert_eq!((ran.code, holes.len()), (0, 1), "{client}: {}", ran.stdout);
        let request = &holes[0]["request"];
        assert_eq!((&request["action"], &request["method"]), (&json!(2), &json!(method)), "{client}: {}", ran.stdout);
        assert_eq!(holes[0]["habit"], "failed-deactivation", "{client}");
    }
}

#[tokio::test]
async fn what_was_not_honored_is_shown_with_its_body_and_what_the_target_shows() {
    let text = "[groups]\ncrew = [\"ada\"]\n[audit]\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n\
        [[timeline]]\ndo = \"push-group\"\ngroup = \"crew\"\n\
        [[timeline]]\ndo = \"remove-from-group\"\ngroup = \"crew\"\npeople = [\"ada\"]\n";
    let ran = play(&Server::with_defects(&["remove-member-ignored"]).await, text, "oin").await;
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let body = "its body: {\"op\":\"remove\",\"path\":\"members[value eq ";
    assert!(ran.stdout.replace("\n      ", " ").contains(body), "{}", ran.stdout);
    assert!(ran.stdout.contains("the target shows: {\"members\":[{"), "{}", ran.stdout);
    let text = "[audit]\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\ndo = \"unassign\"\npeople = [\"ada\"]\n";
    let ran = play(&Server::with_defects(&["deactivation-ignored"]).await, text, "oin").await;
    assert!(ran.stdout.contains("its body: {\"op\":\"replace\",\"value\":{\"active\":false}}"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the target shows: {\"active\":true, …}"), "{}", ran.stdout);
}

/// Defects that answer 2xx and do something else, in scenarios that can reveal them: the scenario, the defect, the client, the
/// number of the action and the method of the first request that was not honored, and a part of the sentence.
const SILENT: &[(&str, &str, &str, u64, &str, &str)] = &[
    ("password-sync", "deactivation-ignored", "oin", 6, "PATCH", "leslie is active"),
    ("password-sync", "deactivation-ignored", "aiw", 6, "PUT", "leslie is active"),
    ("password-sync", "create-inactive", "oin", 1, "POST", "radia than it had accepted: active was false"),
    ("rate-limit", "pathless-patch-ignored", "oin", 3, "PATCH", "gertrude is active"),
    ("rate-limit", "deactivation-ignored", "aiw", 3, "PUT", "gertrude is active"),
    ("suspension", "put-ignored", "oin", 3, "PUT", "niklaus has title: \"Professor\""),
    ("suspension", "deactivation-ignored", "oin", 5, "PATCH", "niklaus is active"),
    ("mapping-expressions", "put-ignored", "oin", 2, "PUT", "annie has urn:"),
    ("mapping-expressions", "put-drops-enterprise", "oin", 2, "PUT", "department: none"),
    ("mapping-expressions", "patch-ignored", "oin", 5, "PATCH", "annie is active"),
    ("import-matching", "put-ignored", "oin", 5, "PUT", "mary has title: \"Mathematician\""),
    ("import-matching", "deactivation-ignored", "oin", 6, "PATCH", "mary was still active"),
    ("push-by-rule", "deactivation-ignored", "oin", 8, "PATCH", "radia is active"),
    ("push-by-rule", "group-delete-ignored", "oin", 7, "DELETE", "is still on the target"),
    ("push-by-rule", "put-members-ignored", "aiw", 4, "PUT", "lacked the member sophie"),
];

#[tokio::test]
async fn silent_failures_are_found_in_the_scenarios_that_can_reveal_them() {
    let play = |row: &'static (&str, &str, &str, u64, &str, &str)| async move {
        (row, run(&Server::with_defects(&[row.1]).await, &[row.0, "-q", "--client", row.2]).await)
    };
    let played: Vec<_> = futures::stream::iter(SILENT.iter().map(play)).buffered(4).collect().await;
    let mut wrong = Vec::new();
    for ((name, defect, client, action, method, words), ran) in played {
        let found = problems(&ran, "target");
        let fits = found.iter().any(|problem| {
            let (request, sentence) = (&problem["request"], problem["sentence"].as_str().unwrap());
            request["action"] == *action && request["method"] == *method && sentence.contains(words)
        });
        let first = found.iter().filter_map(|problem| problem["request"]["action"].as_u64()).min();
        if ran.code != 1 || !fits || first != Some(*action) {
            wrong.push(format!("{name}, {defect}@{client}: {} {found:?}", ran.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn attributes_that_a_target_never_keeps_are_not_old() {
    let failed = format!("{MOVE}expect-task = \"\"\n{FAULT}");
    for (defect, absent) in [("names-not-kept", "name."), ("emails-not-kept", "emails")] {
        let ran = play(&Server::with_defects(&[defect]).await, &failed, "oin").await;
        let holes = problems(&ran, "okta");
        assert_eq!((ran.code, holes.len(), problems(&ran, "target").len()), (0, 1, 0), "{defect}: {}", ran.stdout);
        let part = holes[0]["part"].as_str().unwrap();
        assert!(part.contains("userName") && !part.contains(absent), "{defect}: {part}");
    }
    for defect in ["phones-never-kept", "enterprise-dropped", "user-name-lower-cased", "put-merges", "active-as-string"]
    {
        for client in ["oin", "aiw"] {
            let ran = play(&Server::with_defects(&[defect]).await, MOVE, client).await;
            assert_eq!((ran.code, &ran.report["audit"]["problems"]), (0, &json!([])), "{defect}: {}", ran.stdout);
        }
    }
}

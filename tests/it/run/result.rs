//! The result of `run`: exit codes, verdicts, and the accounts that stay active.

use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{run, run_at, scenario};
use crate::support::reference::{LIST, Server};

const ASSIGN_AND_UNASSIGN: &str =
    "[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\ndo = \"unassign\"\npeople = [\"ada\"]\n";

/// Starts a server that finds no user, creates user 42, and fails every PATCH with this body.
async fn failing_patches(body: &str) -> MockServer {
    let server = MockServer::start().await;
    let none = json!({"schemas": [LIST], "totalResults": 0, "Resources": []});
    let respond = |status: u16, body: String| ResponseTemplate::new(status).set_body_string(body);
    for (verb, response) in [
        ("GET", respond(200, none.to_string())),
        ("POST", respond(201, json!({"id": "42", "active": true}).to_string())),
        ("PATCH", respond(502, body.to_owned())),
    ] {
        Mock::given(method(verb)).respond_with(response).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn an_error_that_okta_would_show_exits_with_1() {
    let server = Server::start().await;
    let ran = run_at(&server.scim_url, "wrong", &["suspension"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("Okta shows the administrator: Error while verifying if user"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Unauthorized. Errors reported by remote server"), "{}", ran.stdout);
    assert_eq!(ran.report["scenarios"][0]["verdict"], "deviation");
    assert!(!ran.report.to_string().contains("wrong"), "the token is in the report");
}

#[tokio::test]
async fn an_unreachable_target_exits_with_3_and_gets_no_further_requests() {
    let server = Server::start().await;
    let not_tls = server.scim_url.replace("http://", "https://");
    for (url, words) in [("http://127.0.0.1:1/scim/v2", "no connection to 127.0.0.1:1"), (&not_tls, "no connection to")]
    {
        let ran = run_at(url, "t", &["suspension"]).await;
        assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
        // Five actions, and the audit.
        assert_eq!(ran.verdicts(), ["inconclusive", "skipped", "skipped", "skipped", "skipped", "skipped"]);
        assert!(ran.report["stopped"].as_str().unwrap().starts_with("the target cannot be reached"));
        assert!(ran.action(1).contains(words), "{}", ran.stdout);
        assert_eq!(ran.report["scenarios"][0]["exchanges"].as_array().unwrap().len(), 1);
        assert!(ran.report["scenarios"][1]["sentence"].as_str().unwrap().starts_with("the target cannot be reached"));
        assert_eq!(ran.action(3).trim_end().lines().nth(1), Some("   skipped"), "the reason is printed once");
        let last = ran.stdout.lines().last().unwrap();
        assert!(last.contains("The target never responded (1 request). 4 actions were skipped: "), "{last}");
    }
}

#[tokio::test]
async fn all_people_of_one_action_are_spared_when_the_first_connection_fails() {
    let ran = run_at("http://127.0.0.1:1/scim/v2", "t", &["group-push"]).await;
    assert_eq!(ran.report["scenarios"][0]["exchanges"].as_array().unwrap().len(), 1, "three people are assigned");
    assert_eq!(ran.report["scenarios"][0]["tasks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_deactivation_is_reported_as_an_account_that_is_still_active() {
    let server = failing_patches(r#"{"detail":"\u001b[31mgone\u202e"}"#).await;
    let file = scenario(ASSIGN_AND_UNASSIGN);
    let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap()]).await;
    assert_eq!((ran.code, ran.verdicts()), (1, vec!["passed", "deviation"]), "{}", ran.stdout);
    let account = &ran.report["audit"]["problems"][0];
    assert_eq!((&account["name"], &account["id"], &account["fault"]), (&json!("ada"), &json!("42"), &json!("okta")));
    assert_eq!((&account["habit"], &account["since"]["action"]), (&json!("failed-deactivation"), &json!(2)));
    let sentence = "ada should have no access, and may still be active on the target.";
    assert!(ran.stdout.contains(sentence), "{}", ran.stdout);
    assert!(ran.stdout.contains("request that failed: PATCH /Users/42, response 502, action 2"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\\u{1b}[31mgone\\u{202e}"), "the target's text is escaped: {}", ran.stdout);
    assert!(!ran.stdout.contains('\u{202e}'));

    let file = scenario(&[ASSIGN_AND_UNASSIGN, ASSIGN_AND_UNASSIGN.split_at(44).0].concat());
    let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap(), "-q"]).await;
    assert_eq!(ran.report["audit"]["problems"], json!([]), "assigned again: {}", ran.stdout);
}

#[tokio::test]
async fn an_error_that_the_scenario_expects_is_no_deviation() {
    let server = failing_patches("").await;
    for (expected, code, words) in [
        ("Bad Gateway", 0, "2 actions, 3 requests: Okta would have reported no other errors."),
        ("", 0, "Okta shows the administrator, as expected: "),
        ("Forbidden", 1, "  action 2: an error that contains \"Forbidden\""),
        ("Forbidden", 1, "Okta would have shown unexpected errors in 1 of 2 actions (3 requests)."),
    ] {
        let file = scenario(&format!("{ASSIGN_AND_UNASSIGN}expect-task = \"{expected}\"\n"));
        let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap()]).await;
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
        assert!(ran.stdout.contains("ada should have no access, and may still be active"), "{}", ran.stdout);
    }
    let file = scenario("[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\nexpect-task = \"x\"\n");
    let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap()]).await;
    assert_eq!((ran.code, ran.verdicts()), (1, vec!["deviation"]));
    assert!(ran.stdout.contains("an expected error is missing in 1 of 1 action (2 requests)."), "{}", ran.stdout);
}

#[tokio::test]
async fn an_account_that_okta_lost_track_of_is_reported() {
    let server = MockServer::start().await;
    let user = json!({"id": "42", "userName": "ada@example.com", "active": true});
    let list = json!({"schemas": [LIST], "totalResults": 1, "Resources": [user]});
    let get = |path: &str| Mock::given(method("GET")).and(wiremock::matchers::path(path));
    get("/Users").respond_with(ResponseTemplate::new(200).set_body_json(list)).mount(&server).await;
    get("/Users/42").respond_with(ResponseTemplate::new(200).set_body_json(user)).mount(&server).await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let file = scenario(ASSIGN_AND_UNASSIGN);
    let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap()]).await;
    assert_eq!((ran.code, ran.verdicts()), (1, vec!["deviation", "passed"]), "{}", ran.stdout);
    assert_eq!(ran.report["audit"]["problems"][0]["habit"], "failed-link");
    assert!(ran.stdout.contains("Okta sent nothing, and no task says so"), "{}", ran.stdout);
}

#[tokio::test]
async fn an_oin_wizard_app_is_refused_without_https() {
    let ran = run_at("http://scim.example.com", "t", &["suspension", "--client", "oiw"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("connects only to https:// URLs"), "{}", ran.stderr);
    let server = Server::start().await;
    let ran = run(&server, &["suspension", "--client", "oiw", "--insecure"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[tokio::test]
async fn a_request_that_our_own_time_out_ends_is_inconclusive() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(std::time::Duration::from_mins(1));
    Mock::given(method("GET")).respond_with(slow).mount(&server).await;
    let file = scenario(ASSIGN_AND_UNASSIGN);
    let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap(), "--timeout", "100ms"]).await;
    assert_eq!((ran.code, ran.verdicts()[0]), (3, "inconclusive"), "{}", ran.stdout);
    assert!(ran.action(1).contains("inconclusive: no complete response within 0.1 s"), "{}", ran.stdout);
}

#[tokio::test]
async fn waits_that_exceed_the_time_limit_end_the_run() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(429)).mount(&server).await;
    let file = scenario(ASSIGN_AND_UNASSIGN);
    let ran = run_at(&server.uri(), "t", &[file.path().to_str().unwrap(), "--time-limit", "4m"]).await;
    assert_eq!((ran.code, ran.verdicts()), (3, vec!["inconclusive", "skipped"]), "{}", ran.stdout);
    let reason = "the next attempt would begin after 5 minutes, which is beyond the time limit of the run";
    assert_eq!(ran.report["scenarios"][0]["sentence"], reason);
    assert_eq!(ran.report["scenarios"][0]["tasks"], Value::Null, "Okta would have waited and shown nothing");
}

#[tokio::test]
async fn a_virtual_pace_skips_waits_and_can_be_set_in_the_scenario() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(429)).mount(&server).await;
    let action = "[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n";
    let (plain, paced) = (scenario(action), tempfile::NamedTempFile::new().unwrap());
    std::fs::write(paced.path(), format!("pace = \"virtual\"\n{}{action}", super::HEAD)).unwrap();
    let (plain, paced) = (plain.path().to_str().unwrap(), paced.path().to_str().unwrap());
    for arguments in [&[plain, "--pace", "virtual"][..], &[paced]] {
        let ran = run_at(&server.uri(), "t", arguments).await;
        assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
        let minutes = |wait: &Value| wait.as_u64().unwrap() / 60_000;
        let waits: Vec<u64> = ran.report["scenarios"][0]["waits_ms"].as_array().unwrap().iter().map(minutes).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280]);
        let said = "429 without Retry-After: Okta would wait 5 minutes, which is skipped (attempt 2 of 10 follows)";
        assert!(ran.action(1).contains(said), "{}", ran.stdout);
    }
    let ran = run_at(&server.uri(), "t", &[paced, "--pace", "real", "--time-limit", "1m"]).await;
    assert_eq!(ran.code, 3, "the flag wins: {}", ran.stdout);
}

//! The access audit: what the target stores, compared with what it accepted and with what the company wants.

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use regex::Regex;
use scimulate::server::defects::Upstream;
use serde_json::{Value, json};

use super::{Outcome, run, run_at, scenario};
use crate::support::process;
use crate::support::reference::{Server, USER};

/// Replaces the IDs of the target by numbers in order of appearance.
fn numbered(text: &str) -> String {
    let id = Regex::new("01[0-9A-HJKMNP-TV-Z]{24}").unwrap();
    let mut ids: Vec<String> = Vec::new();
    let replaced = id.replace_all(text, |found: &regex::Captures<'_>| {
        let number = ids.iter().position(|known| *known == found[0]).unwrap_or_else(|| {
            ids.push(found[0].to_owned());
            ids.len() - 1
        });
        format!("<{number}>")
    });
    replaced.into_owned()
}

/// Returns the problems for which one side is at fault.
fn problems<'a>(ran: &'a Outcome, fault: &str) -> Vec<&'a Value> {
    let problems = ran.report["audit"]["problems"].as_array().unwrap();
    problems.iter().filter(|problem| problem["fault"] == fault).collect()
}

/// Returns the sentences that say what is unknown.
fn unknown(ran: &Outcome) -> String {
    let unknown = ran.report["audit"]["unknown"].as_array().unwrap();
    unknown.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_companys_year_leaves_only_the_holes_of_okta() {
    let ran = run(&Server::start().await, &["company-year", "-q"]).await;
    assert_eq!((ran.code, unknown(&ran)), (0, String::new()), "{}", ran.stdout);
    let (_, holes) = ran.stdout.split_once("Differences that").unwrap();
    insta::with_settings!({snapshot_path => "../../../snapshots/run", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("audit_company_year", numbered(&format!("Differences that{holes}")));
    });
    let edsger = problems(&ran, "okta").into_iter().find(|problem| problem["name"] == "edsger").unwrap();
    assert_eq!((&edsger["habit"], &edsger["sources"]), (&json!("failed-deactivation"), &json!(["AZLAB-14"])));
    assert_eq!((&edsger["request"]["method"], &edsger["request"]["status"]), (&json!("PATCH"), &Value::Null));
}

/// Each defect that answers 2xx and does something else, and that the requests of the year can reveal: the client, the number of the
/// action and the method of the first request that was not honored, and a part of the sentence.
const SILENT: &[(&str, &str, u64, &str, &str)] = &[
    ("pathless-patch-ignored", "oin", 15, "PATCH", "alan was still active after"),
    ("patch-ignored", "oin", 15, "PATCH", "alan was still active after"),
    ("deactivation-ignored", "oin", 15, "PATCH", "alan was still active after"),
    ("deactivation-ignored", "aiw", 15, "PUT", "alan was still active after"),
    ("active-ignored", "oin", 15, "PATCH", "alan was still active after"),
    ("create-inactive", "oin", 2, "POST", "ada is inactive on the target"),
    ("put-ignored", "oin", 8, "PUT", "grace has title"),
    ("put-ignored", "aiw", 8, "PUT", "grace has title"),
    ("put-drops-enterprise", "oin", 8, "PUT", "grace has "),
    ("put-drops-external-id", "oin", 8, "PUT", "grace has "),
    ("put-drops-phones", "oin", 8, "PUT", "grace has "),
    ("put-drops-addresses", "oin", 8, "PUT", "grace has "),
    (
        "put-wipes-memberships",
        "oin",
        8,
        "PUT",
        "Group \"Year Research\" has the wrong members on the target: missing alan, grace.",
    ),
    ("username-change-ignored", "oin", 12, "PUT", "another value of barbara than it had accepted: userName"),
    ("group-rename-ignored", "oin", 16, "PATCH", "Group \"Year Research\" has displayName"),
    ("group-delete-ignored", "oin", 29, "DELETE", "Group \"Year Project\" is still on the target"),
    (
        "add-members-ignored",
        "oin",
        3,
        "PATCH",
        "Group \"Year Research\" has the wrong members on the target: missing alan, grace.",
    ),
    (
        "add-members-replaces",
        "oin",
        6,
        "PATCH",
        "Group \"Year Research\" has the wrong members on the target: missing grace.",
    ),
    ("add-takes-only-first-member", "oin", 3, "PATCH", "lacked the member alan"),
    (
        "remove-member-ignored",
        "oin",
        17,
        "PATCH",
        "Group \"Year Research\" has the wrong members on the target: not removed edsger.",
    ),
    (
        "second-removal-ignored",
        "oin",
        26,
        "PATCH",
        "Group \"Year Sales\" has the wrong members on the target: not removed donald.",
    ),
    (
        "remove-member-empties-group",
        "oin",
        17,
        "PATCH",
        "Group \"Year Research\" has the wrong members on the target: missing grace.",
    ),
    (
        "replace-members-adds",
        "oin",
        24,
        "PATCH",
        "Group \"Year Sales\" has the wrong members on the target: not removed edsger.",
    ),
    (
        "member-listed-twice",
        "oin",
        21,
        "PATCH",
        "Group \"Year Research\" lists members more than once on the target: alan.",
    ),
    ("group-put-ignored", "aiw", 6, "PUT", "Group \"Year Research\" lacked the member edsger"),
    ("put-members-ignored", "aiw", 6, "PUT", "Group \"Year Research\" lacked the member edsger"),
    ("put-members-adds", "aiw", 16, "PUT", "Group \"Year Research\" still had the member alan"),
];

#[tokio::test]
async fn each_silent_failure_in_a_companys_year_is_found_with_its_first_request() {
    let play = |row: &'static (&str, &str, u64, &str, &str)| async move {
        let server = Server::with_defects(&[row.0]).await;
        (row, run(&server, &["company-year", "-q", "--client", row.1]).await)
    };
    let played: Vec<_> = futures::stream::iter(SILENT.iter().map(play)).buffered(4).collect().await;
    let mut wrong = Vec::new();
    for ((defect, client, action, method, words), ran) in played {
        let found = problems(&ran, "target");
        let first = found.first().map_or(&Value::Null, |first| *first);
        let request = &first["request"];
        let sentence = first["sentence"].as_str().unwrap_or_default();
        let fits =
            ran.code == 1 && request["action"] == *action && request["method"] == *method && sentence.contains(words);
        if !fits || !ran.stdout.contains("The target does not store what it accepted") {
            wrong.push(format!("{defect}@{client}: {}, {request} {sentence}", ran.code));
        }
        // Okta reported nothing, so that only the audit shows it.
        let actions = ran.report["scenarios"].as_array().unwrap().iter().filter(|result| !result["action"].is_null());
        assert!(actions.into_iter().all(|action| action["verdict"] == "passed"), "{defect}: {}", ran.stdout);
        for finding in ran.report["findings"].as_array().unwrap() {
            let requirement = finding["requirement"].as_str().unwrap();
            assert_eq!(process::run(&["explain", requirement]).0, 0, "{requirement} cannot be explained");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const ADA_LEAVES: &str =
    "[audit]\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\ndo = \"unassign\"\npeople = [\"ada\"]\n";

#[tokio::test]
async fn a_run_says_if_it_compared_nothing_stored() {
    let file = scenario(&ADA_LEAVES.replace("[audit]\n", ""));
    let server = Server::with_defects(&["deactivation-ignored"]).await;
    let ran = run(&server, &[file.path().to_str().unwrap()]).await;
    assert_eq!((ran.code, &ran.report["audit"]["read"]), (0, &json!(false)), "{}", ran.stdout);
    assert!(ran.stdout.contains("Nothing stored was compared: the scenario has no [audit]."), "{}", ran.stdout);
    let file = scenario(ADA_LEAVES);
    let ran = run(&Server::with_defects(&["deactivation-ignored"]).await, &[file.path().to_str().unwrap()]).await;
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("ada is active on the target, although the target accepted the deactivation."),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("first request that was not honored: PATCH /Users/"), "{}", ran.stdout);
}

#[tokio::test]
async fn what_was_seen_during_the_run_counts_for_the_mistake_that_is_named() {
    let text = "[groups]\ncrew = [\"ada\"]\n[audit]\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n\
        [[timeline]]\ndo = \"push-group\"\ngroup = \"crew\"\n\
        [[timeline]]\ndo = \"rename-group\"\ngroup = \"crew\"\nto = \"gang\"\n\
        [[timeline]]\ndo = \"deactivate-person\"\nperson = \"ada\"\n\
        [[timeline]]\ndo = \"reactivate-person\"\nperson = \"ada\"\n\
        [[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n";
    let file = scenario(text);
    let server = Server::with_defects(&["pathless-patch-ignored"]).await;
    let ran = run(&server, &[file.path().to_str().unwrap()]).await;
    assert!(ran.stdout.contains("ada was still active after the target had accepted"), "{}", ran.stdout);
    let named = ran.stdout.matches("would explain it: PATCH operations without a path are ignored.").count();
    assert_eq!((ran.code, named), (1, 2), "{}", ran.stdout);
}

#[tokio::test]
async fn resources_of_others_are_neither_judged_nor_printed() {
    let server = Server::start().await;
    let stranger = json!({"schemas": [USER], "userName": "mallory@example.com", "active": true});
    server.post("/Users", stranger).await.id();
    server.group("Foreign Group", &[]).await;
    let ran = run(&server, &["group-push", "-v"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let audit = ran.report["audit"].to_string();
    assert!(!audit.contains("mallory") && !audit.contains("Foreign"), "{audit}");
    let reads = ran.report["scenarios"].as_array().unwrap().last().unwrap()["exchanges"].as_array().unwrap().clone();
    assert!(!reads.is_empty() && reads.iter().all(|read| read["method"] == "GET"), "{reads:?}");
}

/// Sound servers that show less than the reference, or that are gone when the audit reads them. None may be blamed.
#[tokio::test]
async fn a_sound_server_is_not_blamed_for_what_cannot_be_read() {
    let server = Server::start().await;
    for (number, (name, hide, code, words)) in HIDING.iter().enumerate() {
        // Members are hidden from Okta too, as a server does. The other behaviors would change what Okta sends.
        let proxy = hiding(&server, *hide, name.starts_with("groups")).await;
        let id = format!("h{number}");
        for scenario in ["company-year", "group-push", "merger"] {
            let ran = run_at(&proxy, &server.token, &[scenario, "-q", "--run-id", &id]).await;
            assert!(problems(&ran, "target").is_empty(), "{name}, {scenario}: {}", ran.stdout);
            assert_ne!(ran.code, 1, "{name}, {scenario}: {}", ran.stdout);
            if scenario == "company-year" {
                assert_eq!(ran.code, *code, "{name}: {}", ran.stdout);
                assert_eq!(unknown(&ran).is_empty(), words.is_empty(), "{name}: {}", unknown(&ran));
                assert!(unknown(&ran).contains(words), "{name}: {}", unknown(&ran));
            }
        }
    }
}

/// Changes the body of a response, and returns its status. `None` leaves it as it is.
type Hide = fn(&str, &mut Value) -> Option<u16>;

/// A name, the behavior, the exit code, and a part of what is unknown.
const HIDING: &[(&str, Hide, i32, &str)] = &[
    ("no filters", |path, _| path.contains("filter=").then_some(501), 0, ""),
    (
        "filters that are ignored",
        |path, body| {
            path.contains("filter=").then(|| {
                body["Resources"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({"id": "x", "userName": "mallory", "displayName": "mallory"}));
                200
            })
        },
        0,
        "",
    ),
    ("no lists at all", |path, _| path.contains("startIndex=").then_some(403), 0, "two users with one name"),
    ("inactive users are gone", |_, body| (body["active"] == false).then_some(404), 0, ""),
    (
        "inactive users are missing in lists",
        |_, body| {
            body.get_mut("Resources")?.as_array_mut()?.retain(|user| user["active"] != false);
            Some(200)
        },
        0,
        "",
    ),
    (
        "groups without members",
        |_, body| {
            body.as_object_mut()?.remove("members")?;
            Some(200)
        },
        0,
        "memberships are unknown",
    ),
    (
        "users without active",
        |_, body| {
            let hidden = body.as_object_mut()?.get("active") == Some(&json!(true));
            hidden.then(|| body.as_object_mut().unwrap().remove("active"))?;
            Some(200)
        },
        0,
        "does not show `active`",
    ),
    (
        "a token that expires before the audit",
        |_, body| {
            *body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "401"});
            Some(401)
        },
        3,
        "GET /Users/{id} returned 401",
    ),
    (
        "an outage before the audit",
        |_, body| {
            *body = Value::Null;
            Some(502)
        },
        3,
        "GET /Users/{id} returned 502",
    ),
];

/// Serves the reference through a proxy that changes the responses to the requests of the audit, or of Okta too.
async fn hiding(server: &Server, hide: Hide, from_okta: bool) -> String {
    use crate::support::proxy;
    #[derive(Debug)]
    struct Hiding(std::sync::Arc<dyn Upstream>, Hide, bool);
    impl Upstream for Hiding {
        fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
            let path = request.uri().to_string();
            let agent = request.headers().get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
            let is_hidden = self.2 || agent.starts_with("scimulate/");
            Box::pin(async move {
                let mut response = self.0.call(request).await;
                let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
                let mut changed = body.clone();
                if let Some(status) = is_hidden.then(|| (self.1)(&path, &mut changed)).flatten() {
                    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
                    *response.body_mut() = changed.to_string().into();
                    response.headers_mut().remove("content-length");
                }
                response
            })
        }
    }
    let (origin, path) = server.scim_url.split_at(server.scim_url.find("/scim").unwrap());
    let address = proxy::serve(std::sync::Arc::new(Hiding(proxy::remote(origin), hide, from_okta))).await;
    format!("http://{address}{path}")
}

#[tokio::test]
async fn a_target_with_small_pages_is_read_completely() {
    let server = Server::start().await;
    for number in 0..120 {
        server.user(&format!("stranger-{number}@example.com")).await;
    }
    let no_filters: Hide = |path, _| path.contains("filter=").then_some(400);
    let ran = run_at(&hiding(&server, no_filters, false).await, &server.token, &["company-year", "-q"]).await;
    assert_eq!((ran.code, unknown(&ran)), (0, String::new()), "{}", ran.stdout);
    let reads = ran.report["scenarios"].as_array().unwrap().last().unwrap()["exchanges"].to_string();
    assert!(reads.contains("/Users?startIndex=101&count=100"), "{reads}");
}

//! The command line of `scimulate check`: flags, exit codes, report files, Ctrl-C.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use scimulate::server::defects::Upstream;
use serde_json::Value;

use crate::support::process::{Serve, run, scimulate};
use crate::support::{LONG, proxy, tls};

/// One scenario, which is enough to test the command.
const ONE: &str = "^okta/deactivate/unassign@oin$";

#[test]
fn without_a_url_it_checks_the_built_in_reference() {
    let folder = tempfile::tempdir().unwrap();
    let (json, junit) = (folder.path().join("r.json"), folder.path().join("r.xml"));
    let (json_file, junit_file) = (json.to_str().unwrap(), junit.to_str().unwrap());
    let flags = ["check", "--name", ONE, "--seed", "5", "--run-id", "k9", "--json", json_file, "--junit", junit_file];
    let (code, stdout, stderr) = run(&flags);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("\n2 of 2 selected results passed.\n"), "{stdout}");
    let last = stdout.lines().last().unwrap();
    assert!(last.ends_with(" s, exit code 0: no finding fails the run."), "{last}");
    assert!(stderr.contains("run k9, seed 5"), "{stderr}");
    assert!(stderr.contains("\n2 of 2 results\n") && !stderr.contains("passed"), "{stderr}");
    assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "color without a terminal");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!((&report["format"], &report["seed"], &report["run_id"]), (&2.into(), &5.into(), &"k9".into()));
    assert_eq!(report["summary"]["passed"], 2);
    let ids: Vec<&str> = report["scenarios"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["okta/deactivate/unassign@oin", "okta/deactivate/unassign@oin#events"]);
    let text = report.to_string();
    assert!(text.contains("unassign-oin@example.com") && !text.contains("Bearer e"), "credentials are redacted");
    assert!(std::fs::read_to_string(junit).unwrap().contains("tests=\"2\""));
}

#[test]
fn a_deviation_shows_step_expected_actual_curl_and_repeat_command() {
    let serve = Serve::start(&["--defect", "deactivation-ignored"]);
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", ONE, "--seed", "5"];
    let (code, stdout, stderr) = run(&flags);
    assert_eq!(code, 1, "{stdout}{stderr}");
    for part in [
        "deviation okta/deactivated:changed:user (okta: REF20, test plan C9292)",
        "A user that Okta deactivates is inactive or gone.",
        "expected  false",
        "actual    true",
        "why       A person who left keeps access.",
        "curl ",
        "-X PATCH",
        "$TOKEN",
        "problem   PATCH returned 200, but GET still shows `active: true` for user ada.",
        "results   1: okta/deactivate/unassign@oin",
        "0 of 1 selected results passed; 1 more not judged.",
        "exit code 1: 1 finding fails the run.",
    ] {
        assert!(stdout.contains(part), "no {part:?} in\n{stdout}");
    }
    assert!(!stdout.contains(&serve.token), "the token is printed");
    let repeat = format!("scimulate check {} --token \"$TOKEN\" --seed 5 --name '", serve.scim_url);
    assert!(stdout.contains(&repeat), "no {repeat:?} in\n{stdout}");
}

#[test]
fn verbose_prints_every_result_and_request_and_quiet_only_the_conclusion() {
    let serve = Serve::start(&["--defect", "pathless-patch-ignored"]);
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", "^okta/(deactivate/unassign|connect)"];
    let (_, stdout, _) = run(&[&flags[..], &["-v"]].concat());
    assert!(stdout.contains("passed okta/connect/save@aiw\n"), "{stdout}");
    assert!(stdout.matches("curl -sS").count() >= 2, "{stdout}");
    let (code, stdout, stderr) = run(&[&flags[..], &["-q"]].concat());
    assert_eq!((code, stdout.lines().count()), (1, 2), "{stdout}");
    assert_eq!(stderr, "", "progress is not part of the result");
}

#[test]
fn an_event_that_is_missing_because_of_the_state_is_not_a_finding() {
    let serve = Serve::start(&["--defect", "pathless-patch-ignored"]);
    let (url, key) = (&serve.events_url, &serve.api_key);
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--events-url", url, "--api-key", key];
    let (_, stdout, _) = run(&[&flags[..], &["--name", "^okta/reactivate/back-from-deactivation@oin$"]].concat());
    assert!(stdout.contains("deviation okta/deactivated:changed:user"), "{stdout}");
    assert!(stdout.contains("2 blocked") && !stdout.contains("events/users"), "{stdout}");
}

#[test]
fn usage_errors_exit_with_2() {
    for (flags, message) in [
        (&["check", "--name", "no such scenario"][..], "--list"),
        (&["check", "--tags", "@oin and"], "invalid tag expression"),
        (&["check", "--tags", "@user"], "there is no tag @user; the tags are"),
        (&["check", "--profile", "rfc"], "the profiles are okta, oin and all"),
        (&["check", "--token", "t"], "--token describes your server, but there is no URL"),
        (&["check", "--name", "("], "regex parse error"),
        (&["check", "--habit", "suspend"], "NAME=VALUE"),
        (&["check", "--habit", "nothing=1"], "there is no habit \"nothing\"; the habits with a switch are"),
        (&["check", "--habit", "spaec=+"], "there is no habit \"spaec\"; did you mean \"space\"?"),
        (&["habits", "group-round"], "there is no habit \"group-round\"; did you mean \"group-rounds\"?"),
        (&["run", "guid", "--url", "http://127.0.0.1:1"], "there is no scenario \"guid\"; did you mean \"guide\"?"),
        (&["serve", "--defect", "patch-ignore"], "there is no defect \"patch-ignore\"; "),
        (&["serve", "--defect", "nonsense"], "`scimulate defects` lists them"),
        (&["check", "example.com"], "not a SCIM base URL"),
        (&["check", "--events-url", "http://127.0.0.1:1/events"], "--api-key"),
        (&["check", "--time-limit", "soon"], "expected a duration"),
        // Checked before the run, so that no report is lost.
        (&["check", "--json", "/nowhere/r.json"], "cannot write /nowhere/r.json: "),
        (&["check", "--junit", "/nowhere/r.xml"], "an existing, writable folder"),
    ] {
        let (code, stdout, stderr) = run(flags);
        assert_eq!(code, 2, "{flags:?}: {stdout}{stderr}");
        assert!(stderr.contains(message), "{flags:?}: {stderr}");
    }
}

#[test]
fn a_baseline_accepts_findings_and_the_exit_code_says_so() {
    let serve = Serve::start(&["--defect", "deactivation-ignored"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.toml");
    let file = file.to_str().unwrap();
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", ONE];
    let (code, stdout, _) = run(&[&flags[..], &["--write-baseline", file]].concat());
    assert_eq!(code, 1, "{stdout}");
    assert!(std::fs::read_to_string(file).unwrap().contains("finding = \"okta/deactivated:changed:user\""));
    let (code, stdout, _) = run(&[&flags[..], &["--baseline", file]].concat());
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("accepted okta/deactivated:changed:user"), "{stdout}");
    let (code, _, stderr) = run(&["check", "--baseline", "no-such.toml"]);
    assert_eq!(code, 2, "{stderr}");
}

#[test]
fn the_profile_decides_what_runs_and_what_fails() {
    let serve = Serve::start(&["--defect", "create-answered-200"]);
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", "(create/new@oin|acceptance/create)$"];
    let (code, stdout, _) = run(&flags);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("1 point of Okta's review: --profile all shows them"), "{stdout}");
    assert!(!stdout.contains("oin/acceptance"), "{stdout}");
    let (code, stdout, _) = run(&[&flags[..], &["--fail-on", "weak"]].concat());
    assert_eq!(code, 1, "{stdout}");
    let (code, stdout, _) = run(&[&flags[..], &["--profile", "oin"]].concat());
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("deviation oin/create-status:wrong-status:user (review: SUITE)"), "{stdout}");
    assert!(stdout.contains("results   2: oin/acceptance (1), okta/create (1)"), "{stdout}");
}

#[test]
fn a_server_without_patch_is_possible_for_one_client_only() {
    let serve = Serve::start(&["--defect", "patch-not-implemented"]);
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--tags", "@users and not @events"];
    let (code, stdout, _) = run(&flags);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("OIN app not possible: PATCH /Users returned 501"), "{stdout}");
    let (code, stdout, _) = run(&[&flags[..], &["--client", "oin"]].concat());
    assert_eq!(code, 1, "{stdout}");
}

#[test]
fn an_unusable_target_exits_with_3_and_a_reason() {
    let (code, stdout, _) = run(&["check", "http://127.0.0.1:1/scim", "--token", "t"]);
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("no connection to 127.0.0.1:1"), "{stdout}");
    let serve = Serve::start(&[]);
    let (code, stdout, _) = run(&["check", &serve.scim_url, "--token", "wrong"]);
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("returned 401 instead of 200 (the credentials must be"), "{stdout}");
    assert_eq!(stdout.matches("returned 401").count(), 1, "the reason is printed once: {stdout}");
    let (_, stdout, _) = run(&["check", &serve.scim_url]);
    assert!(stdout.contains("no credentials were given: --token"), "{stdout}");
    let (_, stdout, _) = run(&["check", &serve.scim_url.replace("http:", "https:"), "--token", &serve.token]);
    assert!(stdout.contains("speak no TLS: http://"), "{stdout}");
    let (code, stdout, _) = run(&["check", &format!("{}/nowhere", serve.scim_url), "--token", &serve.token]);
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("returned 404 instead of 200 (the URL must be"), "{stdout}");
}

#[test]
fn list_prints_ids_names_and_tags_of_the_selection() {
    let (code, stdout, _) = run(&["check", "--list", "--client", "aiw", "--tags", "not @once"]);
    assert_eq!(code, 0);
    assert!(stdout.lines().any(|line| line.starts_with("okta/deactivate/unassign@aiw\t")), "{stdout}");
    assert!(!stdout.contains("@oin\t") && !stdout.contains("acceptance"), "{stdout}");
    let (scenarios, documentation) = stdout.split_once("# Documentation").unwrap();
    assert!(!scenarios.contains("okta/suspend") && documentation.contains("okta/suspend/suspend@aiw\t"), "{stdout}");
}

#[test]
fn keep_lists_the_resources_whose_names_contain_run_scenario_and_domain() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("r.json");
    let flags = ["check", "--name", ONE, "--keep", "--run-id", "k9", "--email-domain", "corp.example.org"];
    let (code, stdout, _) = run(&[&flags[..], &["--json", json.to_str().unwrap()]].concat());
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("Left on the server") && stdout.contains("/Users/"), "{stdout}");
    let report = std::fs::read_to_string(json).unwrap();
    assert!(report.contains("ada.k9.deactivate-unassign-oin@corp.example.org"), "{report}");
}

#[test]
fn ctrl_c_cleans_up_and_exits_with_130() {
    cleans_up_on("-INT");
}

#[test]
fn sigterm_cleans_up_and_exits_with_130() {
    cleans_up_on("-TERM");
}

fn cleans_up_on(signal: &str) {
    let serve = Serve::start(&["--defect", "slow"]);
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--tags", "not @once", "--concurrency", "8"];
    let mut child = scimulate(&flags).spawn().unwrap();
    // The first line is printed when the run begins. Each response takes two seconds, so the run is far from its end.
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    progress.read_line(&mut line).unwrap();
    assert!(line.contains("scenarios against"), "{line}");
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    progress.read_to_string(&mut rest).unwrap();
    let status = child.wait().unwrap();
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(status.code(), Some(130), "{stdout}{rest}");
    assert!(stdout.contains("the run was interrupted"), "{stdout}");
    assert!(!stdout.contains("Left on the server"), "{stdout}");
}

/// A server that never responds to DELETE. It reports the first use of a resource and the first DELETE.
#[derive(Debug)]
struct Undeletable {
    inner: Arc<dyn Upstream>,
    used: mpsc::Sender<()>,
    deleting: mpsc::Sender<()>,
}

impl Upstream for Undeletable {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        if request.method() == http::Method::DELETE {
            let _ = self.deleting.send(());
            return Box::pin(std::future::pending());
        }
        if request.uri().path().contains("/Users/") {
            let _ = self.used.send(());
        }
        self.inner.call(request)
    }
}

#[test]
fn a_second_ctrl_c_exits_at_once_and_names_possible_leftovers() {
    let serve = Serve::start(&[]);
    let (origin, path) = serve.scim_url.split_at(serve.scim_url.find("/scim").unwrap());
    let (used, in_use) = mpsc::channel();
    let (deleting, going) = mpsc::channel();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(async {
        let inner = proxy::remote(origin);
        proxy::serve(Arc::new(Undeletable { inner, used, deleting })).await
    });
    let url = format!("http://{address}{path}");
    let flags = ["check", &url, "--token", &serve.token, "--tags", "not @once", "--run-id", "k9twice"];
    let mut child = scimulate(&flags).spawn().unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut wait_for = |word: &str| {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert!(progress.read_line(&mut line).unwrap() > 0, "no {word:?}");
        }
        line
    };
    let press = || assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    // From here on there is something to clean up, and the clean-up cannot finish.
    in_use.recv_timeout(LONG).unwrap();
    press();
    wait_for("press Ctrl-C again");
    going.recv_timeout(LONG).unwrap();
    // Within a second of the first signal a second one counts as the same, so this one is repeated.
    let (ended, until_then) = mpsc::channel::<()>();
    let id = child.id().to_string();
    let pressing = std::thread::spawn(move || {
        while until_then.recv_timeout(Duration::from_millis(100)) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-INT", &id]).status();
        }
    });
    let message = wait_for("ended without cleaning up");
    assert!(message.contains("k9twice"), "{message}");
    drop(ended);
    pressing.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(stdout, "", "there is no report");
}

#[test]
fn on_deactivate_delete_expects_the_events_of_such_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let serve = Serve::on(&store, &[]);
    let store = store.to_str().unwrap();
    let (code, _, stderr) =
        run(&["directory", "set", &serve.directory_id, "--data", store, "--on-deactivate", "delete"]);
    assert_eq!(code, 0, "{stderr}");
    let flags = [
        "check",
        &serve.scim_url,
        "--token",
        &serve.token,
        "--events-url",
        &serve.events_url,
        "--api-key",
        &serve.api_key,
    ];
    let (code, stdout, _) = run(&[&flags[..], &["--on-deactivate", "delete"]].concat());
    assert_eq!(code, 0, "{stdout}");
    let (code, stdout, _) = run(&[&flags[..], &["--name", "^okta/reactivate/reassign@oin$"]].concat());
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("use --on-deactivate delete if yours is"), "{stdout}");
}

#[test]
fn https_requires_a_trusted_certificate_or_insecure() {
    let serve = Serve::start(&[]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (authority, origin) = serve.scim_url.split_once("://").unwrap().1.split_once('/').unwrap();
    let front = runtime.block_on(tls::front_of(authority.parse().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &front.certificate).unwrap();
    let url = format!("https://localhost:{}/{origin}", front.port);
    let flags = ["check", &url, "--token", &serve.token, "--name", ONE];
    let (code, stdout, _) = run(&flags);
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("certificate") && stdout.contains("--ca-cert FILE"), "{stdout}");
    for more in [&["--ca-cert", file.to_str().unwrap()][..], &["--insecure"]] {
        let (code, stdout, _) = run(&[&flags[..], more].concat());
        assert_eq!(code, 0, "{more:?}: {stdout}");
    }
    let (code, _, stderr) = run(&[&flags[..], &["--ca-cert", "no-such.pem"]].concat());
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("no-such.pem cannot be read"), "{stderr}");
}

#[test]
fn a_closed_stdout_is_not_an_error() {
    for arguments in [&["habits"][..], &["check", "--list"]] {
        let mut child = scimulate(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
    // The exit code still reports a deviation.
    let serve = Serve::start(&["--defect", "deactivation-ignored"]);
    let name = "^okta/deactivate/unassign@oin$";
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", name];
    let mut child = scimulate(&flags).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_others_stay_out_of_every_report() {
    let serve = Serve::start(&["--defect", "username-filter-ignored"]);
    let stranger = serde_json::json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "boss@x.test",
        "name": {"givenName": "Confidential", "familyName": "Person"}, "displayName": "Confidential Person"});
    let created = reqwest::Client::new()
        .post(format!("{}/Users", serve.scim_url))
        .bearer_auth(&serve.token)
        .header("Content-Type", "application/scim+json")
        .body(stranger.to_string())
        .send()
        .await;
    assert_eq!(created.unwrap().status(), 201);
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("r.json");
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", "^okta/create/new@oin$", "-v"];
    let (code, stdout, _) = run(&[&flags[..], &["--evidence", "all", "--json", json.to_str().unwrap()]].concat());
    assert_eq!(code, 1, "{stdout}");
    let json = std::fs::read_to_string(json).unwrap();
    assert!(json.contains("1 resource of others left out"), "{json}");
    for text in [stdout, json] {
        assert!(!text.contains("Confidential") && !text.contains("boss@x.test"), "{text}");
    }
}

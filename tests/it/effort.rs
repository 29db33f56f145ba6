//! The figures of `check --dry-run` and of docs/performance.md are those of a run.

use std::net::TcpListener;
use std::path::Path;

use scimulate::check::effort::{self, LONGEST_SCENARIO, MOST_REQUESTS};
use scimulate::check::{Case, Profile, Selection, Suite, features};

use crate::support::harness::{check_of, reference, report_of};
use crate::support::process::{Serve, run};

/// The cases of a profile, for both clients.
fn cases(profile: Profile) -> Vec<Case> {
    let selection = Selection::default().with_profile(profile).with_tags("@server").unwrap();
    let suite = Suite::load(&features::embedded()).unwrap();
    suite.cases.into_iter().filter(|case| selection.includes(case)).collect()
}

#[track_caller]
fn assert_close(what: &str, expected: usize, measured: usize) {
    assert!(
        expected.abs_diff(measured) * 10 <= measured,
        "{what}: {expected} expected, {measured} measured: run UPDATE_DOCS=1 cargo test --test it effort, and again without it"
    );
}

#[test]
fn the_expected_requests_and_users_are_those_of_a_run() {
    let server = reference(&[]);
    let run = report_of(check_of(&server).events_from(None).tags("@server"));
    let measured = effort::measured(&run);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let lines = measured.iter().map(|(id, effort)| format!("{id} {} {}\n", effort.requests, effort.users));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/effort.txt");
        std::fs::write(file, lines.collect::<String>()).unwrap();
        return;
    }
    let cases = cases(Profile::All);
    let expected = effort::expected(&cases, false);
    let of_scenarios: usize = measured.values().map(|effort| effort.users).sum();
    let users = of_scenarios + effort::POPULATION.users;
    assert_close("requests", expected.requests, run.requests);
    assert_close("users", expected.users, users);
    // Each request of a scenario waits for the one before.
    let longest = measured.iter().max_by_key(|(_, effort)| effort.requests).unwrap();
    assert!(longest.1.requests <= LONGEST_SCENARIO, "{longest:?}");
}

#[test]
fn a_run_for_both_clients_keeps_to_its_number_of_requests() {
    let server = reference(&[]);
    let cases = cases(Profile::Okta);
    let names: Vec<String> = cases.iter().map(|case| format!("^{}$", regex::escape(&case.id))).collect();
    let run = report_of(check_of(&server).tags("@server").name(names.join("|")));
    assert_close("requests", effort::expected(&cases, true).requests, run.requests);
    assert!(run.requests <= MOST_REQUESTS, "{}", run.requests);
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md")).unwrap();
    assert!(page.contains(&format!("at most {},{:03} requests", MOST_REQUESTS / 1_000, MOST_REQUESTS % 1_000)));
    assert!(page.contains(&format!("more than {LONGEST_SCENARIO} requests")));
}

#[test]
fn a_dry_run_prints_results_requests_and_users_and_connects_to_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    let events = ["--events-url", &url, "--api-key", "a-long-key"];
    let plain = ["check", &url, "--token", "a-long-token", "--dry-run", "--name", "okta/create/new"];
    let (code, stdout, stderr) = run(&plain);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.starts_with("okta/create/new@oin\t"), "{stdout}");
    assert!(!stdout.contains("#events"), "{stdout}");
    assert!(stdout.lines().last().unwrap().starts_with("2 results, about "), "{stdout}");
    let (_, stdout, _) = run(&[&plain[..], &events].concat());
    assert!(stdout.contains("okta/create/new@oin#events\t"), "{stdout}");
    assert!(stdout.lines().last().unwrap().starts_with("4 results, about "), "{stdout}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    let (_, stdout, _) = run(&["check", "--dry-run"]);
    let last = stdout.lines().last().unwrap();
    let effort = effort::expected(&cases(Profile::Okta), true);
    assert!(
        last.ends_with(&format!("about {} requests and {} users; nothing was sent", effort.requests, effort.users)),
        "{last}"
    );
}

#[test]
fn a_dry_run_refuses_flags_that_no_run_could_use() {
    let url = "http://127.0.0.1:9/scim/v2";
    let events = ["--events-url", "nowhere", "--api-key", "a-long-key"];
    for (flags, named) in [
        (&["nowhere"][..], "nowhere"),
        (&[url, "--token-file", "/nowhere"], "--token-file"),
        (&[url, "--ca-cert", "/nowhere"], "/nowhere"),
        (&[&[url], &events[..]].concat(), "nowhere"),
        (&[url, "--habit", "sleep=long"], "--habit"),
        (&[url, "--baseline", "/nowhere"], "--baseline"),
        (&["--token", "a-long-token"], "--token"),
    ] {
        let (code, stdout, stderr) = run(&[&["check", "--dry-run"], flags].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{flags:?}: {stderr}");
        assert!(stderr.contains(named), "{flags:?}: {stderr}");
    }
}

#[test]
fn the_requirements_of_each_scenario_are_those_of_a_run() {
    let server = reference(&[]);
    let run = report_of(check_of(&server).tags("@server"));
    let judged = run.scenarios.iter().filter(|result| !result.requirements.is_empty());
    let mut lines: Vec<String> =
        judged.map(|result| format!("{} {}\n", result.id, result.requirements.join(" "))).collect();
    lines.sort();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/scenario_requirements.txt");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, lines.concat()).unwrap();
        return;
    }
    let table = std::fs::read_to_string(file).unwrap();
    let changed: Vec<&String> = lines.iter().filter(|line| !table.contains(*line)).collect();
    assert!(changed.is_empty() && table == lines.concat(), "UPDATE_DOCS=1 cargo test --test it effort:: {changed:?}");
}

#[test]
fn a_run_that_exceeds_the_time_limit_says_so_early_and_names_the_flags() {
    let serve = Serve::start(&[]);
    let (_, _, stderr) =
        run(&["check", &serve.scim_url, "--token", &serve.token, "--rate", "25", "--time-limit", "3s"]);
    let lines: Vec<&str> = stderr.lines().filter(|line| line.contains("left for")).collect();
    assert_eq!(lines.len(), 1, "{stderr}");
    assert!(lines[0].contains("but the time limit is reached in"), "{stderr}");
    assert!(["--time-limit", "--client", "--tags"].iter().all(|flag| lines[0].contains(flag)), "{stderr}");
}

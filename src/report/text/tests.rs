use super::*;
use crate::report::run::tests::{finding, result, run};

#[test]
fn a_finding_contains_everything_needed_to_understand_and_repeat_it() {
    let results = ["okta/create/new@oin", "okta/create/new@aiw", "okta/update/mapped@oin"];
    let found = finding("oin/create-status:wrong-status:user", Verdict::Deviation, Level::Review, &results);
    let text = plain(&details(&found, View::default()));
    for part in [
        "deviation oin/create-status:wrong-status:user (review: SUITE)",
        "rule      A create of a user returns 201.",
        "problem   POST /Users returned 200.",
        "request   POST /Users\n",
        "response  200 text",
        "expected  201",
        "actual    200",
        "why       Okta's published suite asks for 201.",
        "fix       Return 201 with the new user.",
        "curl      curl -X POST http://127.0.0.1:1/Users",
        "results   3: okta/create (2), okta/update (1)",
        "repeat    scimulate check http://127.0.0.1:1",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(text.lines().count() <= 25, "{text}");
    let all = plain(&details(&found, View { detail: Detail::All, ..View::default() }));
    for part in
        ["okta sent POST http://127.0.0.1:1/Users", "okta/create: new@oin, new@aiw\n", "okta/update: mapped@oin\n"]
    {
        assert!(all.contains(part), "no {part:?} in\n{all}");
    }
}

#[test]
fn long_paragraphs_are_wrapped_and_long_sides_are_cut() {
    let mut found =
        finding("oin/create-status:wrong-status:user", Verdict::Deviation, Level::Review, &["okta/a/b@oin"]);
    found.why = "word ".repeat(60);
    found.actual = "x".repeat(5_000);
    let text = plain(&details(&found, View { width: Some(80), ..View::default() }));
    assert!(text.lines().count() <= 25, "{text}");
    assert!(text.contains("(5000 characters; --json has all)"), "{text}");
    assert!(text.lines().filter(|line| line.contains("word")).all(|line| line.len() <= 80), "{text}");
}

#[test]
fn a_result_shows_the_step_that_failed() {
    let text = plain(&failure(&result("okta/create/new@oin", Verdict::Deviation)));
    for part in ["step      Then Okta accepts every response (features/okta/create.feature:12)", "expected  201"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn weak_findings_are_counted_and_notes_take_one_line() {
    let mut run = run(vec![result("okta/a/b@oin", Verdict::Passed)]);
    run.findings = vec![
        finding("oin/create-status:wrong-status:user", Verdict::Weak, Level::Review, &["okta/a/b@oin"]),
        finding("rfc/create-location:missing:user", Verdict::Weak, Level::Must, &["okta/a/b@oin"]),
        finding("note/attributes-kept:missing:user", Verdict::Note, Level::Note, &["okta/a/b@oin"]),
    ];
    let text = plain(&render(&run, View::default()));
    assert!(text.contains("Weak    1 RFC violation and 1 point of Okta's review: --profile all"), "{text}");
    assert!(text.contains("note note/attributes-kept:missing:user POST /Users returned 200\n"), "{text}");
    assert!(!text.contains("weak oin/create-status"), "{text}");
    run.fail_on = vec![crate::report::FailOn::Weak];
    assert!(plain(&render(&run, View::default())).contains("weak oin/create-status"));
}

#[test]
fn results_that_were_not_judged_for_the_same_reason_share_a_line() {
    let unseen = |id: &str| ScenarioReport { sentence: "no log".to_owned(), ..result(id, Verdict::NotObserved) };
    let passed = result("okta/create/new@oin", Verdict::Passed);
    let text = plain(&render(
        &run(vec![passed, unseen("okta/create/new@oin#events"), unseen("okta/a/b@oin#events")]),
        View::default(),
    ));
    assert!(text.contains("2 not_observed no log\n"), "{text}");
}

#[test]
fn the_last_line_has_requests_time_and_exit_code_with_its_reason() {
    let all = run(vec![result("okta/create/new@oin", Verdict::Passed)]);
    let text = plain(&render(&all, View::default()));
    let mut lines = text.lines().rev();
    assert_eq!(lines.next(), Some("3 requests in 0.0 s, exit code 0: no finding fails the run."));
    assert_eq!(lines.next(), Some(all.conclusion().as_str()));
    assert!(text.contains("1 passed"), "{text}");
    assert!(!text.contains("deviation"), "{text}");
}

use super::*;
use crate::report::run::tests::{result, run};

#[test]
fn a_failure_contains_everything_needed_to_repeat_it() {
    let text = plain(&failure(&result("okta/create/new@oin", Verdict::Deviation)));
    for part in [
        "deviation okta/create/new@oin",
        "step      Then the server answers as Okta needs (features/okta/create.feature:12)",
        "expected  201",
        "actual    200",
        "curl -X POST http://127.0.0.1:1/Users",
        "repeat    scimulate check http://127.0.0.1:1",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn a_fault_in_many_scenarios_and_its_reason_are_printed_once() {
    let ids = ["okta/create/new@oin", "okta/create/new@aiw", "okta/update/mapped@oin"];
    let mut results = ids.map(|id| result(id, Verdict::Deviation)).to_vec();
    let other = "PUT /Users/ada was answered 500".to_owned();
    results.push(ScenarioReport { sentence: other, ..result("okta/update/name@oin", Verdict::Deviation) });
    let text = plain(&render(&run(results)));
    assert_eq!(text.matches("deviation okta/").count(), 2, "{text}");
    assert_eq!(text.matches("why       Okta looks first.").count(), 1, "{text}");
    for part in ["2 more, with the same fault:", "okta/create: new@aiw\n", "okta/update: mapped@oin\n"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn undecided_results_with_the_same_reason_share_a_line() {
    let unseen = |id: &str| ScenarioReport { sentence: "no log".to_owned(), ..result(id, Verdict::NotObserved) };
    let passed = result("okta/create/new@oin", Verdict::Passed);
    let text = plain(&render(&run(vec![passed, unseen("okta/create/new@oin#events"), unseen("okta/a/b@oin#events")])));
    assert!(text.contains("2 not_observed no log\n"), "{text}");
    assert!(text.contains("as far as it was judged: 1 of 3 results passed, none deviates."), "{text}");
}

#[test]
fn the_last_line_is_the_conclusion() {
    let all = run(vec![result("okta/create/new@oin", Verdict::Passed)]);
    let text = plain(&render(&all));
    assert_eq!(text.lines().last(), Some(all.conclusion().as_str()));
    assert!(text.contains("1 passed"), "{text}");
    assert!(!text.contains("deviation"), "{text}");
}

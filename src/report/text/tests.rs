use super::*;
use crate::report::run::tests::{result, run};

#[test]
fn a_failure_says_all_that_is_needed_to_repeat_it() {
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
fn the_last_line_is_the_conclusion() {
    let all = run(vec![result("okta/create/new@oin", Verdict::Passed)]);
    let text = plain(&render(&all));
    assert_eq!(text.lines().last(), Some(all.conclusion().as_str()));
    assert!(text.contains("1 passed"), "{text}");
    assert!(!text.contains("deviation"), "{text}");
}

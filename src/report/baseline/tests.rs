use super::*;
use crate::report::level::Level;
use crate::report::run::tests::{ID, finding, result, run};

fn deviating() -> Run {
    run(vec![result("okta/create/new@oin", Verdict::Deviation), result("okta/create/new@aiw", Verdict::Deviation)])
}

fn applied(text: &str, mut run: Run) -> Run {
    Baseline::parse(text).unwrap().apply(&mut run, "2026-11-29", false);
    run
}

#[test]
fn an_accepted_finding_does_not_fail_the_run() {
    let text = Baseline::of(&deviating());
    let accepted = applied(&text, deviating());
    assert_eq!(accepted.exit().0, 0, "{text}");
    assert!(accepted.findings[0].accepted);
    assert!(accepted.scenarios.iter().all(|result| result.accepted.is_some()));
    let junit = crate::report::junit::render(&accepted).unwrap();
    assert!(junit.contains("failures=\"0\"") && junit.contains("accepted: known when"), "{junit}");
}

#[test]
fn an_entry_covers_its_results_and_its_kind_of_difference_only() {
    let one = format!("[[accept]]\nfinding = \"{ID}\"\nresults = [\"*@oin\"]\nreason = \"r\"\n");
    let run = applied(&one, deviating());
    assert_eq!(run.exit().0, 1);
    let accepted: Vec<bool> = run.scenarios.iter().map(|result| result.accepted.is_some()).collect();
    assert_eq!(accepted, [true, false]);
    let other = ID.replace("wrong-status", "missing");
    let run = applied(&format!("[[accept]]\nfinding = \"{other}\"\nreason = \"r\"\n"), deviating());
    assert_eq!(run.exit().0, 1);
}

#[test]
fn an_entry_past_its_date_fails_and_one_that_did_not_occur_is_fixed() {
    let past = format!("[[accept]]\nfinding = \"{ID}\"\nreason = \"r\"\nuntil = \"2026-11-28\"\n");
    let run = applied(&past, deviating());
    assert_eq!(run.exit().0, 1);
    assert!(run.baseline_failures[0].contains("ended on 2026-11-28"), "{:?}", run.baseline_failures);

    let passed = || super::super::run::tests::run(vec![result("okta/create/new@oin", Verdict::Passed)]);
    let entry = format!("[[accept]]\nfinding = \"{ID}\"\nreason = \"r\"\nuntil = \"2026-11-29\"\n");
    assert!(applied(&entry, passed()).remarks[0].contains("is fixed"));
    let mut strict = passed();
    Baseline::parse(&entry).unwrap().apply(&mut strict, "2026-11-29", true);
    assert_eq!(strict.exit().0, 1);
    // Outside of the selection, or not judged, an entry says nothing.
    let outside = entry.replace("reason", "results = [\"okta/other/*\"]\nreason");
    assert!(applied(&outside, passed()).remarks.is_empty());
    let mut unseen = passed();
    unseen.scenarios[0].verdict = Verdict::NotObserved;
    assert!(applied(&entry, unseen).remarks.is_empty());
}

#[test]
fn a_blocked_result_is_accepted_with_the_finding_that_blocks_it() {
    let mut run = run(vec![result("okta/a/b@oin", Verdict::Deviation), result("okta/a/c@oin", Verdict::Blocked)]);
    run.findings = vec![finding(ID, Verdict::Deviation, Level::Okta, &["okta/a/b@oin", "okta/a/c@oin"])];
    let run = applied("[[accept]]\nfinding = \"oin/*\"\nreason = \"r\"\n", run);
    assert!(run.scenarios[1].accepted.is_some());
}

#[test]
fn a_file_that_is_not_a_baseline_is_refused() {
    for text in
        ["accept = 1", "[[accept]]\nfinding = \"x\"\n", "[[accept]]\nfinding=\"x\"\nreason=\"r\"\nuntil=\"soon\"\n"]
    {
        assert!(Baseline::parse(text).is_err(), "{text}");
    }
}

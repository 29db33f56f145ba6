//! Runs of the harness against a target, and the reference in this process.

use scimulate::report::{Run, Verdict};
use scimulate::wire::{Auth, Target};
use scimulate::{Check, Server};

/// Defects that users reported in real servers.
pub(crate) const REPORTED: [&str; 9] = [
    "pathless-patch-ignored",
    "username-filter-ignored",
    "inactive-hidden-from-lookup",
    "replace-members-adds",
    "remove-member-empties-group",
    "put-drops-external-id",
    "counters-as-strings",
    "duplicate-answered-200",
    "patch-answered-with-old-state",
];

/// Starts a reference with defects.
pub(crate) fn reference(names: &[&str]) -> Server {
    names.iter().fold(scimulate::serve(), |serve, name| serve.defect(*name)).start().unwrap()
}

/// Prepares a check of a reference, with its events.
pub(crate) fn check_of(server: &Server) -> Check {
    Check::reference(server).seed(7).every_case().keep_evidence()
}

/// Prepares a check of any target.
pub(crate) fn check_target(target: Target) -> Check {
    Check::of(target).seed(7).every_case().keep_evidence()
}

/// Runs a check that is set up correctly.
pub(crate) fn report_of(check: Check) -> Run {
    check.run_blocking().unwrap()
}

/// Returns the SCIM target of a reference.
pub(crate) fn target_of(server: &Server) -> Target {
    Target::new(server.scim_url(), Auth::Bearer(server.token().into()))
}

/// Returns the IDs of results with this verdict.
pub(crate) fn ids(run: &Run, verdict: Verdict) -> Vec<String> {
    run.scenarios.iter().filter(|result| result.verdict == verdict).map(|result| result.id.clone()).collect()
}

/// Returns every result with its verdict.
pub(crate) fn verdicts(run: &Run) -> Vec<(String, Verdict)> {
    run.scenarios.iter().map(|result| (result.id.clone(), result.verdict)).collect()
}

/// Asserts that every result passed, and prints those that did not.
#[track_caller]
pub(crate) fn all_passed(run: &Run) {
    let failures: Vec<String> = run
        .scenarios
        .iter()
        .filter(|result| result.verdict != Verdict::Passed)
        .map(|result| scimulate::report::text::plain(&scimulate::report::text::failure(result)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

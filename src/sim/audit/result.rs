//! The audit as a result of the run, with one finding for each kind of problem for which the target is at fault. Pure.

use super::Audited;
use crate::report::{AuditFault, AuditKind, AuditProblem, ExchangeReport, Finding, Level, ScenarioReport, Verdict};
use crate::sim::evidence;

/// Builds the result and its findings. `scenario` is the name of the scenario.
pub(in crate::sim) fn audit_result(scenario: &str, audited: &Audited, repeat: &str) -> (ScenarioReport, Vec<Finding>) {
    let audit = &audited.audit;
    let blamed: Vec<&AuditProblem> = audit.of(AuditFault::Target).collect();
    let verdict = match (audit.read, blamed.is_empty()) {
        (false, _) => Verdict::Skipped,
        (true, false) => Verdict::Deviation,
        (true, true) if audited.is_incomplete => Verdict::Inconclusive,
        (true, true) => Verdict::Passed,
    };
    let sentence = match (verdict, audit.unknown.first()) {
        (Verdict::Skipped | Verdict::Inconclusive, Some(first)) => first.clone(),
        _ => audit.compared(),
    };
    let reads: Vec<ExchangeReport> = audited.exchanges.iter().map(|read| evidence("harness", read).outline()).collect();
    let id = format!("{scenario}/audit");
    let mut findings: Vec<Finding> = Vec::new();
    // What a wrong lookup leads to is not a finding of its own.
    for problem in blamed.into_iter().filter(|one| !one.is_of_lookup() || one.kind == AuditKind::Lookup) {
        let finding = finding(problem, &id, repeat);
        if findings.iter().all(|known| known.id != finding.id) {
            findings.push(finding);
        }
    }
    let requirements = findings.iter().map(|finding| finding.requirement.clone()).collect();
    let result = ScenarioReport {
        id,
        name: "audit: the access that the target stores".to_owned(),
        verdict,
        sentence,
        requirements,
        findings: findings.iter().map(|finding| finding.id.clone()).collect(),
        duration_ms: reads.iter().map(|read| read.duration_ms).sum(),
        exchanges: reads,
        repeat: repeat.to_owned(),
        ..ScenarioReport::default()
    };
    (result, findings)
}

fn finding(problem: &AuditProblem, result: &str, repeat: &str) -> Finding {
    let requirement = requirement(problem);
    let kind = match problem.kind {
        AuditKind::Missing => "missing",
        AuditKind::NotDeleted | AuditKind::Duplicate | AuditKind::Lookup => "extra",
        _ => "changed",
    };
    let first = problem
        .request
        .as_ref()
        .map(|request| format!("Start with the first request that was not honored: {}.", request.words()));
    let is_of_lookup = problem.is_of_lookup();
    let (title, consequence, fix) = if is_of_lookup {
        ("A lookup returns only resources that match the filter.", "", "Apply the filter `… eq \"…\"` before paging.")
    } else {
        (
            "The target stores what it accepts.",
            "A response of 2xx tells Okta that the change is made, so Okta does not send it again.",
            "Store what a request says before the response.",
        )
    };
    let source = if requirement == "okta/lookup-matches" { "KB-HRMOS" } else { "REF20" };
    let why = [problem.why.as_str(), consequence];
    Finding {
        id: format!("{requirement}:{kind}:{}", problem.of),
        requirement: requirement.to_owned(),
        client: None,
        level: Level::Okta,
        source: source.to_owned(),
        verdict: Verdict::Deviation,
        title: title.to_owned(),
        part: problem.part.clone(),
        observation: problem.sentence.clone(),
        expected: problem.expected.clone(),
        actual: problem.actual.clone(),
        why: why.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        fix: first.filter(|_| !is_of_lookup).unwrap_or_else(|| fix.to_owned()),
        cause: None,
        accepted: false,
        results: vec![result.to_owned()],
        exchanges: Vec::new(),
        decisive: Vec::new(),
        repeat: repeat.to_owned(),
        case: None,
        attempts: None,
    }
}

/// Returns the requirement of `check` that the problem violates.
fn requirement(problem: &AuditProblem) -> &'static str {
    let method = problem.request.as_ref().map_or("", |request| request.method.as_str());
    match (problem.kind, problem.of.as_str(), method) {
        (AuditKind::Lookup, "user", _) => "okta/lookup-matches",
        (AuditKind::Lookup, ..) => "okta/group-lookup-matches",
        (AuditKind::StillActive, ..) => "okta/deactivated",
        (AuditKind::Inactive, ..) => "okta/reactivated",
        (AuditKind::Missing, "user", _) => "okta/read",
        (AuditKind::Missing, ..) => "okta/group-read",
        (AuditKind::NotDeleted, ..) => "okta/group-deleted",
        (AuditKind::Duplicate, ..) if problem.part == "members" => "rfc/member-once",
        (AuditKind::Duplicate, "user", _) => "okta/lookup-finds",
        (AuditKind::Duplicate, ..) => "okta/group-lookup-finds",
        (AuditKind::Members, _, "PUT") => "okta/put-members",
        (AuditKind::Members, _, "POST") => "rfc/group-create-members",
        (AuditKind::Attribute, "group", _) => "okta/group-renamed",
        (AuditKind::Attribute, _, "PUT") if problem.part == "userName" => "okta/user-name-stored",
        (AuditKind::Attribute, _, "PUT") => "okta/put-stored",
        (AuditKind::Members | AuditKind::Attribute, ..) => "okta/patch-stored",
    }
}

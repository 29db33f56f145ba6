//! The report of a fuzz run: each rule is a result, and each different violation is a finding.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fault::Fault;
use super::oracle::{self, Violation};
use super::play::CaseRun;
use crate::base::{Seed, escape};
use crate::check::canary::Closed;
use crate::check::strangers::{Own, leave_out};
use crate::check::world::Sender;
use crate::report::{Cases, Command, ExchangeReport, FailOn, Finding, Run, ScenarioReport, Verdict};
use crate::sim::evidence;
use crate::wire::{Exchange, Ledger};

/// The number of different findings that ends a run. A server with that many has enough to fix before the next run.
pub(super) const MAX_FINDINGS: usize = 5;

/// Returns the report of a run before its first case.
pub(super) fn begun(target: &str, seed: Seed, run_id: String) -> Run {
    Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: Command::Fuzz,
        target: target.to_owned(),
        seed: seed.0,
        run_id,
        fail_on: vec![FailOn::Deviation],
        cases: Some(Cases::default()),
        ..Run::default()
    }
}

/// Builds a finding. `decisive` is the index of the exchange that shows it.
fn finding(
    violation: &Violation,
    exchanges: &[Exchange],
    decisive: usize,
    ledger: Option<&Ledger>,
    repeat: String,
) -> Finding {
    let rule = violation.fault.rule();
    let place = exchanges.get(decisive).map_or_else(String::new, |exchange| {
        format!(":{}:{}", exchange.request.method.as_str(), exchange.request.subject().0)
    });
    Finding {
        id: format!("{}{place}", rule.id),
        requirement: rule.id.to_owned(),
        client: None,
        level: rule.level,
        source: rule.source.to_owned(),
        verdict: Verdict::Deviation,
        title: rule.sentence.to_owned(),
        part: String::new(),
        observation: violation.sentence.clone(),
        expected: rule.sentence.to_owned(),
        actual: violation.sentence.clone(),
        why: rule.why.to_owned(),
        fix: rule.fix.to_owned(),
        cause: None,
        accepted: false,
        results: vec![rule.id.to_owned()],
        exchanges: exchanges.iter().map(|exchange| to_report(exchange, ledger)).collect(),
        decisive: vec![decisive],
        repeat,
        case: None,
        attempts: None,
    }
}

/// Builds the finding of a shrunk case, whose last exchange shows it.
pub(super) fn finding_of_case(played: &CaseRun, ledger: Option<&Ledger>, repeat: String) -> Option<Finding> {
    let last = played.exchanges.len().checked_sub(1)?;
    Some(finding(played.violation.as_ref()?, &played.exchanges, last, ledger, repeat))
}

/// Builds the finding of a canary that could not be proven.
pub(super) fn finding_of_canary(closed: &Closed, ledger: Option<&Ledger>, repeat: String) -> Finding {
    // A malformed response is the cause, if there is one.
    let created = closed.exchanges.first().and_then(|create| Some((create, create.response()?)));
    let malformed = created.and_then(|(create, response)| oracle::check_created(create, response).err());
    let violation = malformed.unwrap_or_else(|| Violation::new(Fault::ForeignId, closed.reason.to_string()));
    finding(&violation, &closed.exchanges, 0, ledger, repeat)
}

/// Builds the results, one for each rule.
pub(super) fn results(run: &Run, judged: &BTreeSet<Fault>, repeat: &str) -> Vec<ScenarioReport> {
    let result = |fault: Fault| {
        let rule = fault.rule();
        let findings: Vec<&Finding> = run.findings.iter().filter(|finding| finding.requirement == rule.id).collect();
        let (verdict, sentence) = match findings.first() {
            Some(first) => (Verdict::Deviation, first.observation.clone()),
            None if judged.contains(&fault) => (Verdict::Passed, "no case violated the rule".to_owned()),
            None => (Verdict::NotObserved, "no case was about the rule".to_owned()),
        };
        ScenarioReport {
            id: rule.id.to_owned(),
            name: rule.sentence.to_owned(),
            verdict,
            sentence,
            requirements: if verdict.is_judged() { vec![rule.id.to_owned()] } else { Vec::new() },
            findings: findings.iter().map(|finding| finding.id.clone()).collect(),
            exchanges: findings.first().map(|finding| finding.exchanges.clone()).unwrap_or_default(),
            repeat: findings.first().map_or_else(|| repeat.to_owned(), |finding| finding.repeat.clone()),
            ..ScenarioReport::default()
        }
    };
    Fault::RULES.iter().map(|rule| result(rule.fault)).collect()
}

/// Renders the requests of a finding as a shell script.
#[must_use]
pub fn script(finding: &Finding) -> String {
    let mut script = format!(
        "#!/bin/sh\n# {}\n# {}\n# repeat: {}\n",
        finding.requirement,
        escape(&finding.observation),
        finding.repeat
    );
    script.push_str("# The token is read from $TOKEN.\n");
    for exchange in &finding.exchanges {
        let _ = writeln!(script, "\n{}\necho", exchange.curl);
    }
    script
}

/// Converts an exchange for the report, without resources of others. Passwords remain in the curl command: they are generated,
/// and the command must repeat the finding.
fn to_report(exchange: &Exchange, ledger: Option<&Ledger>) -> ExchangeReport {
    let report = ExchangeReport { curl: exchange.curl_as_sent(), ..evidence(Sender::Harness.name(), exchange) };
    ledger.map_or(report.clone(), |ledger| leave_out(report, &Own::of(ledger)))
}

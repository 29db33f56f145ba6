//! JUnit XML, with one test case for each result.
//!
//! A result that fails the run becomes a failure, `inconclusive` and `blocked` an error. `weak` and `note` pass and appear in
//! the output. All other verdicts are skipped tests.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::result::ScenarioReport;
use super::run::Run;
use super::text::{self, View};
use super::verdict::Verdict;
use crate::base::escape_lines;

/// Renders a run.
///
/// # Errors
/// If the XML cannot be serialized.
pub fn render(run: &Run) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new(format!("scimulate {}", run.command.as_str()));
    for (feature, scenarios) in by_feature(run) {
        let mut suite = TestSuite::new(feature);
        for (name, value) in properties(run) {
            suite.add_property(Property::new(name, value));
        }
        suite.add_test_cases(scenarios.into_iter().map(|scenario| case(run, feature, scenario)));
        report.add_test_suite(suite);
    }
    report.set_time(Duration::from_millis(run.duration_ms));
    report.to_string()
}

fn properties(run: &Run) -> [(&'static str, String); 5] {
    [
        ("seed", run.seed.to_string()),
        ("run_id", run.run_id.clone()),
        ("target", run.target.clone()),
        ("profile", run.profile.clone()),
        ("version", run.version.clone()),
    ]
}

fn by_feature(run: &Run) -> Vec<(&str, Vec<&ScenarioReport>)> {
    let mut suites: Vec<(&str, Vec<&ScenarioReport>)> = Vec::new();
    for scenario in &run.scenarios {
        let feature = scenario.id.rsplit_once('/').map_or("", |(feature, _)| feature);
        match suites.iter_mut().find(|(name, _)| *name == feature) {
            Some((_, list)) => list.push(scenario),
            None => suites.push((feature, vec![scenario])),
        }
    }
    suites
}

fn case(run: &Run, feature: &str, scenario: &ScenarioReport) -> TestCase {
    let status = match scenario.verdict {
        _ if scenario.accepted.is_some() => skipped(scenario),
        verdict @ (Verdict::Deviation | Verdict::Weak | Verdict::Inconclusive) if run.fails(verdict) => {
            non_success(NonSuccessKind::Failure, run, scenario)
        }
        Verdict::Passed | Verdict::Weak | Verdict::Note | Verdict::Deviation => TestCaseStatus::success(),
        Verdict::Inconclusive | Verdict::Blocked => non_success(NonSuccessKind::Error, run, scenario),
        Verdict::NotSupported | Verdict::NotObserved | Verdict::Skipped => skipped(scenario),
    };
    let mut case = TestCase::new(scenario.id.as_str(), status);
    case.set_classname(feature);
    case.set_time(Duration::from_millis(scenario.duration_ms));
    if matches!(scenario.verdict, Verdict::Weak | Verdict::Note) {
        case.set_system_out(XmlString::new(xml(&format!("{}: {}", scenario.verdict, scenario.sentence))));
    }
    case
}

fn skipped(scenario: &ScenarioReport) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let text = match &scenario.accepted {
        Some(accepted) => {
            let until = accepted.until.as_ref().map(|until| format!(" (until {until})")).unwrap_or_default();
            format!("accepted: {}{until}", accepted.reason)
        }
        None => format!("{}: {}", scenario.verdict, scenario.sentence),
    };
    status.set_message(xml(&text));
    status
}

fn non_success(kind: NonSuccessKind, run: &Run, scenario: &ScenarioReport) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(xml(&scenario.sentence));
    status.set_type(scenario.verdict.as_str());
    let mut text = text::failure(scenario);
    for finding in run.findings.iter().filter(|finding| scenario.findings.contains(&finding.id)) {
        text.push_str(&text::details(finding, View::default()));
    }
    status.set_description(xml(&text::plain(&text)));
    status
}

/// Escapes foreign text, and the two characters that XML excludes although they are not control characters.
fn xml(text: &str) -> String {
    escape_lines(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

#[cfg(test)]
mod tests;

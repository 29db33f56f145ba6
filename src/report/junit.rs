//! JUnit XML, with one test case for each result.
//!
//! `deviation` becomes a failure and `inconclusive` an error. `weak` and `note` pass and appear in the output. All other
//! verdicts are skipped tests.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::run::{Run, ScenarioReport, Verdict};
use super::text;

/// Renders a run.
///
/// # Errors
/// If the XML cannot be serialized.
pub fn render(run: &Run) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("scimulate check");
    for (feature, scenarios) in by_feature(run) {
        let mut suite = TestSuite::new(feature);
        suite.add_test_cases(scenarios.into_iter().map(|scenario| case(feature, scenario)));
        report.add_test_suite(suite);
    }
    report.set_time(Duration::from_millis(run.duration_ms));
    report.to_string()
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

fn case(feature: &str, scenario: &ScenarioReport) -> TestCase {
    let status = match scenario.verdict {
        Verdict::Passed | Verdict::Weak | Verdict::Note => TestCaseStatus::success(),
        Verdict::Deviation => non_success(NonSuccessKind::Failure, scenario),
        Verdict::Inconclusive => non_success(NonSuccessKind::Error, scenario),
        Verdict::NotSupported | Verdict::NotObserved | Verdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{}: {}", scenario.verdict, scenario.sentence));
            status
        }
    };
    let mut case = TestCase::new(scenario.id.as_str(), status);
    case.set_classname(feature);
    case.set_time(Duration::from_millis(scenario.duration_ms));
    if matches!(scenario.verdict, Verdict::Weak | Verdict::Note) {
        case.set_system_out(XmlString::new(format!("{}: {}", scenario.verdict, scenario.sentence)));
    }
    case
}

fn non_success(kind: NonSuccessKind, scenario: &ScenarioReport) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(scenario.sentence.as_str());
    status.set_type(scenario.verdict.as_str());
    status.set_description(text::plain(&text::failure(scenario)));
    status
}

#[cfg(test)]
mod tests;

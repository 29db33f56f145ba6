//! Checks a reference with each defect and writes docs/kill-matrix.md: `cargo bench --bench matrix`, or `-- NAME...` for some
//! rows.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeSet;

#[path = "../tests/it/support/matrix.rs"]
mod matrix;

use matrix::{Matrix, Row};
use scimulate::Finding;
use scimulate::report::{Level, Run, Verdict};
use scimulate::server::defects::Defect;

/// The number of results that a row names.
const RESULTS: usize = 6;

fn main() {
    // Cargo adds the flag --bench.
    let names: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen = |defect: &&&'static Defect| names.is_empty() || names.iter().any(|name| name == defect.name);
    let defects: Vec<&'static Defect> = matrix::observable().iter().filter(chosen).copied().collect();
    let runs = matrix::runs(&defects, |defect| matrix::check(&matrix::broken(defect)).run_blocking().unwrap());
    let mut page = Matrix::read();
    page.rows.extend(runs.iter().map(|(name, run)| ((*name).to_owned(), row(run))));
    let known: BTreeSet<&str> = matrix::observable().iter().map(|defect| defect.name).collect();
    page.rows.retain(|name, _| known.contains(name.as_str()));
    let results = |failed: bool| -> BTreeSet<String> {
        let all = runs.values().flat_map(|run| &run.scenarios);
        let chosen = all.filter(|result| !failed || is_failed(result.verdict));
        chosen.map(|result| result.id.clone()).collect()
    };
    if names.is_empty() {
        page.unbroken = results(false).difference(&results(true)).cloned().collect();
    } else {
        let broken = results(true);
        page.unbroken.retain(|id| !broken.contains(id));
    }
    let text = page.page();
    std::fs::write(matrix::file(), &text).unwrap();
    let (single, minded) = page.single();
    println!("{single} of {minded} defects yield exactly one finding");
    assert!(Matrix::read() == page, "the page cannot be read back");
}

/// Returns the row of a whole check.
fn row(run: &Run) -> Row {
    let entry = |finding: &&Finding| (finding.id.clone(), finding.results.len());
    let is_serious = |finding: &&Finding| finding.level >= Level::Should;
    let findings = run.findings();
    let noticed = findings.iter().find(is_serious).or(findings.first());
    let verdict = |id: &String| run.scenarios.iter().find(|one| one.id == *id).map(|one| one.verdict);
    let mut results: Vec<String> = noticed.into_iter().flat_map(|finding| &finding.results).cloned().collect();
    // What a result is about shows more than what it needs, and results of different features show different sides.
    let feature = |id: &String| id.split('/').nth(1).unwrap_or_default().to_owned();
    let all = results.clone();
    let turn = |id: &String| {
        let before = all.iter().take_while(|other| *other != id);
        before.filter(|other| feature(other) == feature(id) && verdict(other).is_some_and(is_failed)).count()
    };
    results.sort_by_key(|id| (!verdict(id).is_some_and(is_failed), turn(id)));
    results.truncate(RESULTS);
    Row {
        findings: findings.iter().filter(is_serious).map(|finding| entry(&finding)).collect(),
        notes: findings.iter().filter(|finding| !is_serious(finding)).map(|finding| entry(&finding)).collect(),
        results,
    }
}

fn is_failed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Deviation | Verdict::Weak)
}

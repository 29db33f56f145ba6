//! Every defect of the reference is noticed by a requirement that its row names. The whole matrix of defects and results is
//! docs/kill-matrix.md, which `cargo bench --bench matrix` writes; here a defect meets the results that noticed it there and
//! ten others.

use regex::escape;
use scimulate::check::{Case, Requirement, Suite, features};
use scimulate::cli::Exit;
use scimulate::cli::check::exit;
use scimulate::report::{Level, Run, Verdict};
use scimulate::server::defects::{Defect, all};
use scimulate::{Check, Finding, Profile};

use crate::support::matrix::{Matrix, OTHERWISE, Row, broken, check, observable, requirement_of, runs};

/// The number of results that are drawn for each defect, besides those that notice it.
const DRAWN: usize = 10;

/// The share of defects that must yield exactly one finding of level should or above, in percent.
const SINGLE_PERCENT: usize = 90;

/// The server knows no requirements, so its table names them by their IDs.
#[test]
fn every_row_names_requirements_of_the_level_that_it_deserves() {
    for defect in all() {
        let level =
            |id: &&str| Requirement::by_id(id).unwrap_or_else(|| panic!("{}: no requirement {id}", defect.name));
        let levels: Vec<Level> = defect.violates.iter().map(|id| level(id).level()).collect();
        let serious = levels.iter().any(|level| *level >= Level::Should);
        assert_eq!(serious, defect.tolerated.is_none(), "{}: {levels:?}, {:?}", defect.name, defect.tolerated);
    }
}

#[test]
fn every_defect_is_noticed_by_a_requirement_that_its_row_names() {
    let (matrix, cases) = (Matrix::read(), case_ids());
    let problems = runs(&observable(), |defect| {
        let selected = matrix.rows.get(defect.name).map(|row| selection(defect, row, &cases));
        let server = broken(defect);
        // A new defect is not in the matrix yet: every result is judged.
        let run = selected.iter().fold(check(&server), Check::name).run_blocking().unwrap();
        problem(defect, &run)
    });
    let problems: Vec<String> =
        problems.iter().filter_map(|(name, problem)| Some(format!("{name}: {}", problem.as_ref()?))).collect();
    let remedy = "if the judgement changed, write the rows anew: cargo bench --bench matrix NAME";
    assert!(problems.is_empty(), "{}\n{remedy}", problems.join("\n"));
}

/// Returns the IDs of the cases that judge a server, without those that take a population of users.
fn case_ids() -> Vec<String> {
    let suite = Suite::load(&features::embedded()).unwrap();
    let drawn = |case: &&Case| case.has("@server") && !case.has("@population");
    suite.cases.iter().filter(drawn).map(|case| case.id.clone()).collect()
}

/// Returns a pattern of the results that noticed the defect, and of others that are drawn by its name. Those that take a
/// population count only if no other result noticed it: to create one takes longer than all else.
fn selection(defect: &Defect, row: &Row, cases: &[String]) -> String {
    let hash = |id: &String| {
        let bytes = defect.name.bytes().chain(id.bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let mut drawn: Vec<&String> = cases.iter().collect();
    drawn.sort_by_key(|id| hash(id));
    let noticed = || row.results.iter().map(|id| id.trim_end_matches("#events"));
    let is_small = |id: &&str| cases.iter().any(|case| case == id);
    let small: Vec<&str> = noticed().filter(is_small).collect();
    let noticed = if small.is_empty() { noticed().collect() } else { small };
    let ids = noticed.into_iter().chain(drawn.into_iter().take(DRAWN).map(String::as_str));
    format!("^(?:{})$", ids.map(escape).collect::<Vec<_>>().join("|"))
}

/// Returns what is wrong with the findings of a defect.
fn problem(defect: &Defect, run: &Run) -> Option<String> {
    let findings = run.findings();
    let serious: Vec<&Finding> = findings.iter().filter(|finding| finding.level >= Level::Should).collect();
    let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    if defect.tolerated.is_some() {
        let named = findings.iter().all(|finding| defect.violates.contains(&finding.requirement.as_str()));
        let noted = defect.violates.is_empty() || !findings.is_empty();
        return (!serious.is_empty() || !named || !noted).then(|| format!("Okta tolerates it, but: {ids:?}"));
    }
    let Some(first) = serious.first() else { return Some("it is not noticed".to_owned()) };
    if !defect.violates.contains(&first.requirement.as_str()) {
        return Some(format!("the first finding is {}, not one of {:?}", first.id, defect.violates));
    }
    let verdict = Profile::All.verdict(requirement_of(&first.id));
    if first.verdict != verdict || (exit(run) == Exit::Deviations) != (verdict == Verdict::Deviation) {
        return Some(format!(
            "{} has the verdict {:?}, and the run ends with {:?}",
            first.id,
            first.verdict,
            exit(run)
        ));
    }
    let several = OTHERWISE.iter().any(|(name, _)| *name == defect.name);
    (serious.len() > 1 && !several).then(|| format!("one cause has several findings: {ids:?}"))
}

#[test]
fn nearly_all_defects_of_the_matrix_yield_one_finding() {
    let matrix = Matrix::read();
    for defect in observable() {
        let name = defect.name;
        // A new defect has no row yet; the test above judges every result for it.
        let Some(row) = matrix.rows.get(name) else { continue };
        for id in defect.violates {
            let named = row.findings.iter().chain(&row.notes).any(|(finding, _)| requirement_of(finding).id() == *id);
            assert!(named, "{name} does not violate {id}, see docs/kill-matrix.md");
        }
        let reason = OTHERWISE.iter().any(|(of, _)| of == &name);
        let expected = usize::from(defect.tolerated.is_none());
        assert_eq!(reason, row.findings.len() != expected, "{name}: {:?}", row.findings);
    }
    assert!(matrix.unbroken.is_empty(), "no defect makes these fail: {:?}", matrix.unbroken);
    let (single, minded) = matrix.single();
    assert!(single * 100 >= minded * SINGLE_PERCENT, "{single} of {minded}");
}

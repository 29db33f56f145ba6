//! docs/kill-matrix.md has a row for every defect (tests/it/docs.rs compares its text with the tables), and every requirement is
//! proven: some server violates it, and a check notices it.

use std::collections::BTreeSet;

use scimulate::check::Requirement;
use scimulate::report::Level;

use crate::support::matrix::{Matrix, OTHERWISE, WITHOUT_DEFECT, observable};

#[test]
fn the_page_has_a_row_for_every_defect() {
    let matrix = Matrix::read();
    let names: BTreeSet<&str> = matrix.rows.keys().map(String::as_str).collect();
    let defects: BTreeSet<&str> = observable().iter().map(|defect| defect.name).collect();
    let remedy = "write their rows: cargo bench --bench matrix NAME...";
    assert!(names == defects, "{remedy}\n{:?}", names.symmetric_difference(&defects).collect::<Vec<_>>());
}

#[test]
fn every_requirement_is_proven_by_a_defect_or_says_why_not() {
    let matrix = Matrix::read();
    for requirement in Requirement::ALL.iter().filter(|requirement| requirement.level() >= Level::Should) {
        let is_without = WITHOUT_DEFECT.iter().any(|(id, _)| *id == requirement.id());
        let proofs = matrix.proofs(*requirement);
        assert_eq!(proofs.is_empty(), is_without, "{} is violated by {proofs:?}", requirement.id());
    }
}

#[test]
fn a_table_of_exceptions_names_rows_and_tests_that_exist() {
    for (id, reason) in WITHOUT_DEFECT {
        assert!(Requirement::by_id(id).is_some(), "{id}");
        for test in reason.split('`').skip(1).step_by(2) {
            let (module, name) = test.split_once("::").unwrap();
            let text = std::fs::read_to_string(format!("{}/tests/it/{module}.rs", env!("CARGO_MANIFEST_DIR"))).unwrap();
            assert!(text.contains(&format!("fn {name}(")), "{id}: there is no test {test}");
        }
    }
    for (name, _) in OTHERWISE {
        assert!(observable().iter().any(|defect| defect.name == *name), "{name}");
    }
}

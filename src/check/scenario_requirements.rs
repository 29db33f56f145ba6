//! The requirements that each scenario judges, for `scimulate explain`.
//!
//! They depend on what a server does, so the table holds those of a run against the reference. A test compares it with a run.

use super::Requirement;

/// Per result, by ID: the requirements, in the order of docs/requirements.md.
const TABLE: &str = include_str!("scenario_requirements.txt");

/// Returns the requirements by which a scenario judges a server without deviations; those about events come last.
#[must_use]
pub fn of(case: &str) -> Vec<Requirement> {
    let events = format!("{case}#events");
    let mut all: Vec<Requirement> = Vec::new();
    for requirement in [case, &events].into_iter().flat_map(row) {
        if !all.contains(&requirement) {
            all.push(requirement);
        }
    }
    all
}

/// Returns the IDs of the results that judge a requirement.
pub fn results_of(requirement: Requirement) -> impl Iterator<Item = &'static str> {
    let id = requirement.id();
    let judges = move |line: &&str| line.split(' ').skip(1).any(|judged| judged == id);
    TABLE.lines().filter(judges).filter_map(|line| line.split(' ').next())
}

fn row(result: &str) -> Vec<Requirement> {
    let line = TABLE.lines().find(|line| line.split(' ').next() == Some(result)).unwrap_or_default();
    line.split(' ').skip(1).filter_map(Requirement::by_id).collect()
}

//! Names the known mistake behind a finding, if the run's exchanges distinguish it from other causes.

mod evidence;
mod lists;
mod rows;
mod writes;

use self::rows::{ROWS, Row};
use super::framework::Framework;
use super::seen::Seen;
use crate::check::requirement::Requirement;
use crate::report::{Finding, LikelyCause, ScenarioReport};

/// Completes findings with their likely cause: of the rows that explain the requirement, the first with evidence.
pub(in crate::check) fn name(findings: &mut [Finding], results: &[ScenarioReport], headers: Option<Framework>) {
    let seen = Seen::new(results);
    let framework = headers.or_else(|| seen.all().find_map(Framework::of_error));
    for finding in findings {
        let Some(requirement) = Requirement::by_id(&finding.requirement) else { continue };
        let mut rows = ROWS.iter().filter(|row| row.explains.contains(&requirement));
        let likely = rows.find_map(|row| Some((row, (row.evidence)(finding, &seen)?)));
        finding.cause = likely.map(|(row, evidence)| LikelyCause {
            name: row.name.to_owned(),
            mistake: row.mistake.to_owned(),
            evidence,
            fix: fix(row, framework),
        });
    }
}

/// Returns the remedy: for the framework, if it is known, otherwise for all that the row names.
fn fix(row: &Row, framework: Option<Framework>) -> String {
    let of_known = row.frameworks.iter().find(|(one, _)| framework == Some(*one));
    let each = row.frameworks.iter().map(|(framework, text)| format!("{}: {text}", framework.name()));
    match of_known {
        Some((known, text)) => format!("{} {}: {text}.", row.fix, known.name()),
        None if row.frameworks.is_empty() => row.fix.to_owned(),
        None => format!("{} {}.", row.fix, each.collect::<Vec<_>>().join("; ")),
    }
}

#[cfg(test)]
mod tests;

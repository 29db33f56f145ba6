//! Faults of a scenario that met no request. Pure.

use super::{PlayedEntry, Scenario};
use crate::report::Verdict;
use crate::wire::PlannedFaults;

/// The form of times in messages.
const TIME: &str = "%F %R";

/// Returns a sentence about each fault that met no request, with file and line. A run that skipped actions has none.
#[must_use]
pub fn unmet_faults(scenario: &Scenario, faults: Option<&PlannedFaults>, played: &[PlayedEntry]) -> Vec<String> {
    let is_whole =
        played.len() == scenario.timeline.len() && played.iter().all(|entry| entry.verdict != Verdict::Skipped);
    let unmet = faults.filter(|_| is_whole).map(PlannedFaults::unmet).unwrap_or_default();
    let sentences = unmet.into_iter().filter_map(|unmet| {
        let (fault, line) = (scenario.faults.get(unmet.nth)?, scenario.fault_lines.get(unmet.nth)?);
        let from = fault.from.map(|from| format!("from {}", from.strftime(TIME)));
        let to = fault.to.map(|to| format!("until {}", to.strftime(TIME)));
        let window: Vec<String> = from.into_iter().chain(to).collect();
        let window = if window.is_empty() { "during the whole run".to_owned() } else { window.join(" ") };
        let why = match unmet.sent {
            None => "the run sent no request".to_owned(),
            Some(_) if unmet.is_covered => {
                format!("it is in effect {window}, and another fault, which is earlier in the file, is in effect then")
            }
            Some((first, last)) if first == last => {
                format!("it is in effect {window}, and all requests were sent at {}", first.strftime(TIME))
            }
            Some((first, last)) => format!(
                "it is in effect {window}, and the requests were sent at other times, the first at {} and the last at {}",
                first.strftime(TIME),
                last.strftime(TIME)
            ),
        };
        Some(format!("{}:{line}: the fault met no request: {why}", scenario.file))
    });
    sentences.collect()
}

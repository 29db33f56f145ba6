//! Tells apart the reasons why lookups miss resources, which a single scenario cannot: a special character in the name, a
//! rename, or no lookup works.

use super::seen::Lookup;
use super::traffic::is_success;
use crate::check::requirement::Requirement;
use crate::check::results::{Fault, Judged};
use crate::report::ExchangeReport;

/// The characters that servers lose, with the requirement about them.
const SPECIAL: [(char, Requirement); 2] = [('\'', Requirement::LookupApostrophe), ('+', Requirement::LookupPlus)];

/// Gives the lookups that fail for one of these reasons the requirement about it, if lookups of plain names work. `found` names
/// the attributes by which one has worked before the scenarios, so that a selection of them has the same findings.
pub(super) fn split(results: &mut [Judged], found: &[&str]) {
    let all = || results.iter().flat_map(|result| &result.report.exchanges).filter_map(Lookup::of);
    let works = |attribute: &str| {
        all().any(|lookup| lookup.attribute == attribute && reason(&lookup.value).is_none() && lookup.finds())
    };
    let names = ["userName", "displayName"].into_iter();
    let working: Vec<&str> = names.filter(|name| found.contains(name) || works(name)).collect();
    for result in results {
        let exchanges = &result.report.exchanges;
        for fault in &mut result.faults {
            let Some(lookup) = failed(fault, exchanges) else { continue };
            if !working.contains(&lookup.attribute.as_str()) {
                continue;
            }
            let renamed = || was_renamed(&lookup, exchanges).then_some(Requirement::LookupRenamed);
            if let Some(requirement) = reason(&lookup.value).or_else(renamed) {
                fault.deviation.requirement = requirement;
            }
        }
    }
}

/// Returns the lookup that a fault is about, if it finds nothing or is refused.
fn failed<'a>(fault: &Fault, exchanges: &'a [ExchangeReport]) -> Option<Lookup<'a>> {
    use Requirement::{GroupLookupFinds, ListStatus, LookupFinds};
    let deviation = &fault.deviation;
    let is_lookup = matches!(deviation.requirement, LookupFinds | GroupLookupFinds | ListStatus);
    let mut decisive = deviation.exchanges.iter().filter(|_| is_lookup).rev();
    let lookup = decisive.find_map(|at| exchanges.get(*at).and_then(Lookup::of))?;
    let is_refused = deviation.requirement == ListStatus && !is_success(lookup.exchange);
    (is_refused || (deviation.requirement != ListStatus && !lookup.finds())).then_some(lookup)
}

fn reason(value: &str) -> Option<Requirement> {
    SPECIAL.iter().find(|(special, _)| value.contains(*special)).map(|(_, requirement)| *requirement)
}

/// Returns true if an accepted write gave a resource the name that the lookup asks for.
fn was_renamed(lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> bool {
    let mut writes = exchanges.iter().filter(|exchange| matches!(exchange.method.as_str(), "PUT" | "PATCH"));
    writes.any(|write| is_success(write) && renames(write, lookup, exchanges))
}

fn renames(write: &ExchangeReport, lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> bool {
    let body = write.request_body.as_ref();
    let operations = body.and_then(|body| body.get("Operations")?.as_array()).into_iter().flatten();
    let values = operations.filter_map(|operation| operation.get("value"));
    let mut names = body.into_iter().chain(values).filter_map(|one| one.get(&lookup.attribute)?.as_str());
    let is_new = names.any(|name| name == lookup.value);
    let before = exchanges.iter().take_while(|exchange| !std::ptr::eq(*exchange, write));
    let mut reads = before.filter(|exchange| exchange.method == "GET" && exchange.url == write.url);
    // A write that repeats the name is not a rename.
    is_new
        && reads.all(|read| {
            let name = read.response_body.as_ref().and_then(|body| body.get(&lookup.attribute)?.as_str());
            name.is_none_or(|name| name != lookup.value)
        })
}

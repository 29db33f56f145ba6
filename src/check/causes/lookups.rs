//! Tells apart the reasons why lookups find too little or too much, which a single scenario cannot: a special character in the
//! name, a rename, a filter that is ignored, or no lookup works.

use super::seen::{Lookup, listed};
use super::traffic::{is_success, shown};
use crate::check::outcome::Kind;
use crate::check::requirement::Requirement;
use crate::check::results::{Fault, Judged};
use crate::report::ExchangeReport;
use crate::wire::id_text;

/// The characters that servers lose, with the requirement about them.
const SPECIAL: [(char, Requirement); 2] = [('\'', Requirement::LookupApostrophe), ('+', Requirement::LookupPlus)];

/// Gives the lookups that fail for one of these reasons the requirement about it, if lookups of plain names work. `found` names
/// the attributes by which one has worked before the scenarios, so that a selection of them has the same findings.
pub(super) fn split(results: &mut [Judged], found: &[&str]) {
    let all = || results.iter().flat_map(|result| &result.report.exchanges).filter_map(Lookup::of);
    let works = |attribute: &str| {
        all().any(|lookup| lookup.attribute == attribute && reason(&lookup.value).is_none() && lookup.finds())
    };
    // If plain names are refused too, the character is not the reason.
    let refuses = |attribute: &str| {
        all().any(|lookup| {
            lookup.attribute == attribute && reason(&lookup.value).is_none() && !is_success(lookup.exchange)
        })
    };
    let names = || ["userName", "displayName"].into_iter();
    let working: Vec<&str> = names().filter(|name| found.contains(name) || works(name)).collect();
    let never_plain: Vec<&str> = names().filter(|name| refuses(name)).collect();
    for result in results.iter_mut() {
        let exchanges = &result.report.exchanges;
        for fault in &mut result.faults {
            let Some(lookup) = failed(fault, exchanges) else { continue };
            if !lookup.names().is_empty() {
                returned_others(fault);
                continue;
            }
            let attribute = lookup.attribute.as_str();
            let is_refused = !is_success(lookup.exchange);
            if !working.contains(&attribute) || (is_refused && never_plain.contains(&attribute)) {
                continue;
            }
            let renamed = || was_renamed(&lookup, exchanges).then_some(Requirement::LookupRenamed);
            if let Some(requirement) = reason(&lookup.value).or_else(renamed) {
                fault.deviation.requirement = requirement;
            }
        }
    }
}

/// A lookup that returned only other resources than it asked for did not apply the filter.
fn returned_others(fault: &mut Fault) {
    let deviation = &mut fault.deviation;
    deviation.requirement = match deviation.requirement {
        Requirement::GroupLookupFinds => Requirement::GroupLookupMatches,
        _ => Requirement::LookupMatches,
    };
    deviation.kind = Kind::Extra;
}

/// Gives the lookups that find a user by a former name the requirement about it: the index of the names was not updated.
pub(super) fn blame_former_names(results: &mut [Judged]) {
    use Requirement::{LookupFinds, LookupMatches, LookupRenamed, OldNameFree};
    let is_stale = results.iter().flat_map(|result| &result.faults).any(|fault| {
        // The new name is not found either.
        fault.deviation.requirement == LookupRenamed
    });
    let (requirement, kind) = if is_stale { (LookupRenamed, Kind::Missing) } else { (OldNameFree, Kind::Extra) };
    for result in results {
        let exchanges = &result.report.exchanges;
        for fault in &mut result.faults {
            let deviation = &mut fault.deviation;
            let mut decisive = deviation.exchanges.iter().rev();
            let is_about_matches = matches!(deviation.requirement, LookupMatches | LookupFinds | OldNameFree)
                && deviation.kind == Kind::Extra;
            let lookup = decisive.find_map(|at| exchanges.get(*at).and_then(Lookup::of));
            match lookup.filter(|_| is_about_matches) {
                Some(lookup) if finds_by_former_name(&lookup, exchanges) => {
                    (deviation.requirement, deviation.kind) = (requirement, kind);
                }
                Some(_) if deviation.requirement == OldNameFree => deviation.requirement = LookupMatches,
                _ => {}
            }
        }
    }
}

/// Returns true if the lookup returned users that had the name before and have another one now, and no other user that it
/// should not return.
fn finds_by_former_name(lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> bool {
    let before = || exchanges.iter().take_while(|exchange| !std::ptr::eq(*exchange, lookup.exchange));
    // Whether each representation so far had the name.
    let had_the_name = |id: &str| -> Vec<bool> {
        let shown = before().filter_map(shown).filter(|body| body.get("id").and_then(id_text).as_deref() == Some(id));
        shown.filter_map(|body| body.get(&lookup.attribute)?.as_str()).map(|name| lookup.names_it(name)).collect()
    };
    let histories = listed(lookup.exchange).iter().map(|one| one.get("id").and_then(id_text));
    let histories = histories.map(|id| id.map(|id| had_the_name(&id)).unwrap_or_default());
    let mut others = histories.filter(|history| history.last() != Some(&true)).peekable();
    others.peek().is_some() && others.all(|history| history.contains(&true))
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

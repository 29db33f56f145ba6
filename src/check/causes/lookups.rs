//! Tells apart the reasons why lookups find too little or too much, which a single scenario cannot: a special character in the
//! name, a rename, a filter that is ignored, or no lookup works.

use std::collections::BTreeSet;

use serde_json::Value;

use super::seen::{Lookup, listed};
use super::traffic::{is_success, resource, shown};
use crate::check::outcome::Kind;
use crate::check::requirement::Requirement;
use crate::check::results::{Fault, Judged};
use crate::report::ExchangeReport;
use crate::wire::id_text;

/// Gives the lookups that fail for one of these reasons the requirement about it, if lookups of plain names work. `found` names
/// the attributes by which one has worked before the scenarios, so that a selection of them has the same findings.
pub(super) fn split(results: &mut [Judged], found: &[&str]) {
    let evidence = Evidence::new(results, found);
    for result in results {
        let exchanges = &result.report.exchanges;
        for fault in &mut result.faults {
            let Some(lookup) = failed(fault, exchanges) else { continue };
            if !lookup.names().is_empty() {
                returned_others(fault);
            } else if let Some(reason) = evidence.reason(&lookup, exchanges) {
                fault.deviation.requirement = reason;
            }
        }
    }
}

/// The evidence about lookups from all results of a run.
struct Evidence {
    /// The attributes by which lookups of plain names work.
    working: BTreeSet<String>,
    /// The requirements about the characters that are alone in a name which was not found.
    lost: BTreeSet<Requirement>,
    /// The responses to lookups of plain names, by attribute.
    plain: BTreeSet<(String, Option<u16>)>,
}

impl Evidence {
    fn new(results: &[Judged], found: &[&str]) -> Self {
        let mut evidence = Self {
            working: found.iter().map(|attribute| (*attribute).to_owned()).collect(),
            lost: BTreeSet::new(),
            plain: BTreeSet::new(),
        };
        for lookup in results.iter().flat_map(|result| &result.report.exchanges).filter_map(Lookup::of) {
            let is_plain = reasons(&lookup.value).next().is_none();
            if is_plain && lookup.finds() {
                evidence.working.insert(lookup.attribute.clone());
            }
            if is_plain {
                evidence.plain.insert((lookup.attribute, lookup.exchange.status));
            }
        }
        let faults = results.iter().flat_map(|result| result.faults.iter().map(move |fault| (fault, result)));
        let failed = faults.filter_map(|(fault, result)| failed(fault, &result.report.exchanges));
        evidence.lost = failed
            .filter(|lookup| is_alone(&lookup.value))
            .filter_map(|lookup| reasons(&lookup.value).next())
            .collect();
        evidence
    }

    /// Returns the requirement about the reason why a lookup found nothing, if it is known.
    fn reason(&self, lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> Option<Requirement> {
        let is_plain_refused = || self.plain.contains(&(lookup.attribute.clone(), lookup.exchange.status));
        // If plain names are refused in the same way, or not found either, the name is not the reason.
        let is_about_all =
            if is_success(lookup.exchange) { !self.working.contains(&lookup.attribute) } else { is_plain_refused() };
        if is_about_all {
            return None;
        }
        // Of several characters, the one that is lost alone is the reason.
        let character = reasons(&lookup.value).find(|reason| self.lost.contains(reason));
        character.or_else(|| was_renamed(lookup, exchanges).then_some(Requirement::LookupRenamed))
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

/// Adds the rename to a fault of a lookup that has no more than the lookup: without it a reader cannot see what is wrong.
pub(super) fn show_renames(results: &mut [Judged]) {
    for result in results {
        let exchanges = &result.report.exchanges;
        for fault in &mut result.faults {
            let deviation = &mut fault.deviation;
            let is_about_rename =
                matches!(deviation.requirement, Requirement::LookupRenamed | Requirement::OldNameFree);
            if let ([at], true) = (deviation.exchanges.as_slice(), is_about_rename)
                && let Some(lookup) = exchanges.get(*at).and_then(Lookup::of)
                && let Some(rename) = rename_before(*at, &lookup, exchanges)
            {
                deviation.exchanges.insert(0, rename);
            }
        }
    }
}

/// Returns the last accepted write before a lookup that gave a resource the name, or took it from one that the lookup returned.
fn rename_before(at: usize, lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> Option<usize> {
    let found: BTreeSet<String> =
        listed(lookup.exchange).iter().filter_map(|one| one.get("id").and_then(id_text)).collect();
    let is_rename = |write: &ExchangeReport| {
        let is_of_found = resource(&write.url).is_some_and(|(_, id)| found.contains(&id));
        names_sent(write, &lookup.attribute).any(|name| (name == lookup.value) != is_of_found)
    };
    let before = exchanges.get(..at)?;
    before.iter().rposition(|exchange| is_update(exchange) && is_success(exchange) && is_rename(exchange))
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

/// Characters that a name may also be lost for, without a requirement of their own.
const OTHERS: [char; 4] = ['&', '/', '%', '#'];

/// Returns true if a name has exactly one of the characters that may be the reason.
fn is_alone(name: &str) -> bool {
    !name.contains(OTHERS) && reasons(name).count() == 1
}

/// Returns the requirements about the characters of a name that servers lose.
fn reasons(value: &str) -> impl Iterator<Item = Requirement> {
    let special = [
        (value.contains('\''), Requirement::LookupApostrophe),
        (value.contains('+'), Requirement::LookupPlus),
        (value.contains('"'), Requirement::LookupQuotes),
        (!value.is_ascii(), Requirement::LookupNonAscii),
    ];
    special.into_iter().filter(|(is_there, _)| *is_there).map(|(_, requirement)| requirement)
}

/// Returns true if an accepted write gave a resource the name that the lookup asks for.
fn was_renamed(lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> bool {
    let mut writes = exchanges.iter().filter(|exchange| is_update(exchange));
    writes.any(|write| is_success(write) && renames(write, lookup, exchanges))
}

fn is_update(exchange: &ExchangeReport) -> bool {
    matches!(exchange.method.as_str(), "PUT" | "PATCH")
}

/// Returns the names that a write gives to a resource.
fn names_sent<'a>(write: &'a ExchangeReport, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    let body = write.request_body.as_ref();
    let operations = body.and_then(|body| body.get("Operations")?.as_array()).into_iter().flatten();
    let of_operations = operations.filter_map(move |operation| {
        let value = operation.get("value")?;
        if operation.get("path").and_then(Value::as_str) == Some(attribute) {
            Some(value)
        } else {
            value.get(attribute)
        }
    });
    body.and_then(|body| body.get(attribute)).into_iter().chain(of_operations).filter_map(Value::as_str)
}

fn renames(write: &ExchangeReport, lookup: &Lookup<'_>, exchanges: &[ExchangeReport]) -> bool {
    let is_new = names_sent(write, &lookup.attribute).any(|name| name == lookup.value);
    let before = exchanges.iter().take_while(|exchange| !std::ptr::eq(*exchange, write));
    let mut reads = before.filter(|exchange| exchange.method == "GET" && exchange.url == write.url);
    // A write that repeats the name is not a rename.
    is_new
        && reads.all(|read| {
            let name = read.response_body.as_ref().and_then(|body| body.get(&lookup.attribute)?.as_str());
            name.is_none_or(|name| name != lookup.value)
        })
}

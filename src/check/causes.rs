//! Merges faults that have one cause, across results, and names known mistakes: what the exchanges of a whole run show, but no
//! single scenario does.

mod framework;
mod likely;
mod lookups;
mod members;
mod seen;
mod traffic;
mod writes;

pub(super) use self::framework::Framework;
pub(super) use self::likely::name;
use self::traffic::{Resource, created, is_success, is_write, resource};
use super::requirement::Requirement;
use super::results::{Fault, Judged};
use crate::report::Verdict;

/// Leaves each cause one kind of fault. `found` names the attributes by which a lookup has found a plain name.
pub(super) fn merge(results: &mut [Judged], found: &[&str]) {
    blame_misleading_lookups(results);
    writes::merge(results);
    lookups::split(results, found);
    lookups::blame_former_names(results);
    lookups::show_renames(results);
    members::explain_large_groups(results);
    members::explain_replacements(results);
}

/// A lookup that returned a resource of another scenario made Okta link to it and change it. What that scenario then finds on
/// the server is the lookup's fault.
fn blame_misleading_lookups(results: &mut [Judged]) {
    let misled = |fault: &&Fault| {
        matches!(fault.deviation.requirement, Requirement::LookupMatches | Requirement::GroupLookupMatches)
    };
    let mut changed: Vec<(Resource, Fault)> = Vec::new();
    for result in results.iter() {
        let Some(fault) = result.faults.iter().find(misled) else { continue };
        let own = created(&result.report.exchanges);
        let written = result.report.exchanges.iter().filter(|exchange| is_write(exchange) && is_success(exchange));
        let others = written.filter_map(|exchange| resource(&exchange.url)).filter(|written| !own.contains(written));
        changed
            .extend(others.map(|written| (written, Fault { prepares: true, exchanges: Vec::new(), ..fault.clone() })));
    }
    for result in results.iter_mut().filter(|result| !result.faults.iter().any(|fault| misled(&fault))) {
        let own = created(&result.report.exchanges);
        let cause = changed.iter().find(|(resource, _)| own.contains(resource)).map(|(_, fault)| fault.clone());
        if let Some(cause) = cause.filter(|_| !result.faults.is_empty()) {
            result.report.verdict = Verdict::Blocked;
            "the lookup of another scenario matched its group or user, and Okta changed it"
                .clone_into(&mut result.report.sentence);
            result.faults = vec![cause];
        }
    }
}

#[cfg(test)]
mod tests;

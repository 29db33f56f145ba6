//! Evidence in lists and lookups.

use serde_json::Value;

use super::super::seen::{Lookup, Seen, listed};
use super::super::traffic::is_success;
use super::evidence::{decisive, got, line, quote, showing, status};
use crate::report::{ExchangeReport, Finding};

fn lookup(finding: &Finding) -> Option<Lookup<'_>> {
    let shown = showing(finding).and_then(Lookup::of);
    shown.or_else(|| finding.exchanges.iter().find_map(Lookup::of))
}

/// More than half of all lookups return resources whose names do not even contain the value.
pub(super) fn filter_ignored(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let attribute = lookup(finding)?.attribute;
    let (mut all, mut wrong) = (0_usize, 0_usize);
    for one in seen.lookups(&attribute) {
        let unrelated = |name: Option<&str>| name.is_none_or(|name| !contains(name, &one.value));
        all += 1;
        wrong += usize::from(one.names().into_iter().any(unrelated));
    }
    let most = wrong > 1 && wrong * 2 > all;
    most.then(|| format!("{wrong} of {all} lookups by {attribute} returned resources whose {attribute} is unrelated"))
}

/// Every wrong match contains the value.
pub(super) fn substring(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let lookup = lookup(finding)?;
    let names = lookup.names();
    let mut wrong = names.iter().filter(|name| name.is_none_or(|name| !name.eq_ignore_ascii_case(&lookup.value)));
    let first = wrong.clone().next().copied().flatten()?;
    let all = wrong.all(|name| name.is_some_and(|name| contains(name, &lookup.value)));
    all.then(|| format!("the lookup of {:?} returned {first:?}, which contains that value", lookup.value))
}

fn contains(name: &str, value: &str) -> bool {
    name.to_lowercase().contains(&value.to_lowercase())
}

pub(super) fn apostrophe(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    special(finding, seen, |c| c == '\'')
}

pub(super) fn plus(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    special(finding, seen, |c| c == '+')
}

pub(super) fn non_ascii(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    special(finding, seen, |c| !c.is_ascii())
}

/// A lookup of a value with a special character fails, and other lookups find their resources.
fn special(finding: &Finding, seen: &Seen<'_>, is_special: fn(char) -> bool) -> Option<String> {
    let failed = lookup(finding).filter(|lookup| lookup.value.contains(is_special) && !lookup.finds())?;
    let plain = seen.lookups(&failed.attribute).any(|lookup| !lookup.value.contains(is_special) && lookup.finds());
    let outcome = match status(failed.exchange) {
        200 => "finds nothing".to_owned(),
        status => format!("returned {status} {}", quote(failed.exchange)),
    };
    plain.then(|| format!("the lookup of {:?} {outcome}, and lookups of other names work", failed.value))
}

/// A user is shown as inactive by its ID, and a lookup of its name finds nothing.
pub(super) fn inactive_hidden(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let hidden = |exchanges: &[ExchangeReport]| {
        let inactive = exchanges.iter().filter(|exchange| got(exchange, "active") == Some(&Value::Bool(false)));
        let mut names = inactive.filter(|exchange| exchange.method == "GET").filter_map(|one| got(one, "userName"));
        let misses = |name: &str| {
            let mut lookups = exchanges.iter().filter_map(Lookup::of);
            lookups.any(|lookup| lookup.value.eq_ignore_ascii_case(name) && lookup.finds_nothing())
        };
        names.any(|name| name.as_str().is_some_and(misses))
    };
    let found = seen.of(&finding.results).any(hidden);
    found.then(|| "GET by id returns the user with active: false, and the lookup of its userName is empty".to_owned())
}

/// The exact name is found, and the same name in another case is not.
pub(super) fn case_sensitive(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let lookups = || seen.of(&finding.results).flatten().filter_map(Lookup::of);
    let missed: Vec<String> = lookups().filter(Lookup::finds_nothing).map(|lookup| lookup.value).collect();
    let mut found = lookups().filter(Lookup::finds).map(|lookup| lookup.value);
    found.find_map(|name| {
        let other = missed.iter().find(|other| **other != name && other.eq_ignore_ascii_case(&name))?;
        Some(format!("the lookup of {name:?} finds the user, and that of {other:?} finds nothing"))
    })
}

/// The lookup of a new name finds nothing, although GET by id shows it.
pub(super) fn stale_index(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let attribute = lookup(finding)?.attribute;
    let stale = |exchanges: &[ExchangeReport]| {
        let missed: Vec<String> =
            exchanges.iter().filter_map(Lookup::of).filter(Lookup::finds_nothing).map(|lookup| lookup.value).collect();
        let reads = exchanges.iter().filter(|exchange| exchange.method == "GET" && is_success(exchange));
        let mut names = reads.filter_map(|exchange| got(exchange, &attribute)?.as_str());
        names.any(|name| missed.iter().any(|one| one == name))
    };
    let old = seen.of(&finding.results).flatten().filter_map(Lookup::of).find(|lookup| {
        // The old name is found, with a resource of another name.
        lookup.attribute == attribute && !lookup.finds() && !lookup.names().is_empty()
    });
    let is_stale = seen.of(&finding.results).any(stale);
    match old {
        Some(old) => Some(format!("the lookup of the old name {:?} finds the resource", old.value)),
        None => is_stale.then(|| format!("GET by id shows the new {attribute}, and its lookup finds nothing")),
    }
}

pub(super) fn bare_array(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let list = showing(finding).filter(|exchange| matches!(exchange.response_body, Some(Value::Array(_))))?;
    Some(format!("the response to {} is a JSON array", line(list)))
}

/// `totalResults` is the number of resources on a page that is full.
pub(super) fn total_of_page(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let full = |exchange: &&ExchangeReport| {
        let total = got(exchange, "totalResults").and_then(Value::as_u64);
        is_success(exchange) && total.is_some() && total == count(exchange) && total == Some(size(exchange))
    };
    let page = finding.exchanges.iter().chain(seen.of(&finding.results).flatten()).find(full)?;
    let size = size(page);
    Some(format!("a request with count={size} returned {size} resources and totalResults {size}"))
}

/// `itemsPerPage` is the requested count, and the page has fewer resources.
pub(super) fn echoed_count(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let page = showing(finding)?;
    let said = got(page, "itemsPerPage").and_then(Value::as_u64)?;
    let is_echo = count(page) == Some(said) && size(page) < said;
    is_echo.then(|| format!("a request with count={said} returned {} resources and itemsPerPage {said}", size(page)))
}

fn count(exchange: &ExchangeReport) -> Option<u64> {
    let query = exchange.url.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix("count="))?.parse().ok()
}

/// Returns the number of resources on a page; those of others are one text that begins with their number.
fn size(page: &ExchangeReport) -> u64 {
    let each = listed(page).iter().map(|one| match one {
        Value::String(others) => others.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(1),
        _ => 1,
    });
    each.sum()
}

/// The server redirects the request.
pub(super) fn redirect(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let sent = decisive(finding).filter(|exchange| (301..=308).contains(&status(exchange)))?;
    Some(format!("{} returned {}", line(sent), status(sent)))
}

//! Evidence in writes, their responses and the state after them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::seen::{MemberChange, Seen, member_changes};
use super::super::traffic::{is_success, is_write, shown};
use super::evidence::{decisive, got, has_type, line, quote, says, sent, showing, status, text};
use crate::base::counted;
use crate::report::{ExchangeReport, Finding};

const SCIM_JSON: &str = "application/scim+json";
const NAMES: [&str; 2] = ["userName", "displayName"];

fn creates<'a>(seen: &Seen<'a>, media_type: &'static str) -> impl Iterator<Item = &'a ExchangeReport> {
    seen.all().filter(move |exchange| exchange.method == "POST" && has_type(exchange, media_type))
}

/// No body of this media type was understood, and a response says so.
pub(super) fn media_type(_: &Finding, seen: &Seen<'_>) -> Option<String> {
    let writes = || seen.all().filter(|exchange| has_type(exchange, SCIM_JSON));
    if let Some(refused) = writes().find(|exchange| status(exchange) == 415) {
        return Some(format!("{} with Content-Type {SCIM_JSON} returned 415", line(refused)));
    }
    let repeats = |exchange: &ExchangeReport| {
        is_success(exchange)
            && NAMES.iter().any(|name| got(exchange, name).is_some_and(|have| sent(exchange, name) == Some(have)))
    };
    if creates(seen, SCIM_JSON).any(repeats) {
        return None;
    }
    let refused = || creates(seen, SCIM_JSON).filter(|exchange| status(exchange) >= 400);
    if refused().next().is_some() && creates(seen, "application/json").any(repeats) {
        return Some(format!("creates with Content-Type application/json succeed, those with {SCIM_JSON} do not"));
    }
    if let Some((exchange, name)) = refused().find_map(|exchange| Some((exchange, misses(exchange)?))) {
        let (line, status, quote) = (line(exchange), status(exchange), quote(exchange));
        return Some(format!("{line} returned {status} {quote}, although the request has {name}"));
    }
    creates(seen, SCIM_JSON).find_map(|exchange| {
        let name = NAMES.iter().find(|name| sent(exchange, name).is_some() && got(exchange, name).is_none())?;
        let is_object = exchange.response_body.as_ref().is_some_and(Value::is_object);
        let is_resource = is_success(exchange) && is_object && got(exchange, "Resources").is_none();
        is_resource.then(|| format!("the response to {} has no {name}, although the request has one", line(exchange)))
    })
}

/// Returns the part of the request that the error misses.
fn misses(exchange: &ExchangeReport) -> Option<String> {
    const MISSING: [&str; 7] = ["required", "missing", "undefined", "null", "blank", "empty", "none"];
    if says(
        exchange,
        &["empty body", "body is empty", "no body", "body is required", "body is missing", "unexpected end"],
    ) {
        return Some("a body".to_owned());
    }
    let name = NAMES.iter().find(|name| sent(exchange, name).is_some() && says(exchange, &[&name.to_lowercase()]))?;
    says(exchange, &MISSING).then(|| format!("a {name}"))
}

/// The error names an attribute that the request has, and does not say that it is missing.
pub(super) fn attribute_refused(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let refused = decisive(finding).filter(|exchange| (400..500).contains(&status(exchange)))?;
    let said = text(refused);
    let keys = refused.request_body.as_ref()?.as_object()?.keys();
    let plain = keys.map(|name| name.rsplit(':').next().unwrap_or(name)).filter(|name| *name != "schemas");
    // Attributes within the enterprise extension are named alone.
    let nested = ["costCenter", "manager", "department", "employeeNumber", "organization", "division"];
    let body = refused.request_body.as_ref()?.to_string();
    let nested = nested.into_iter().filter(|name| body.contains(&format!("\"{name}\"")));
    let word = plain.chain(nested).find(|name| is_word(&said, name))?;
    let (line, status, quote) = (line(refused), status(refused), quote(refused));
    (misses(refused).is_none() && status != 409)
        .then(|| format!("{line} returned {status} {quote}, and the request has `{word}`"))
}

fn is_word(text: &str, name: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.eq_ignore_ascii_case(name))
}

pub(super) fn created_with_200(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let create = decisive(finding).filter(|exchange| status(exchange) == 200 && got(exchange, "id").is_some())?;
    Some(format!("{} returned 200 with the new resource", line(create)))
}

/// The second create of a userName fails in the server.
pub(super) fn conflict_unhandled(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let create = decisive(finding).filter(|exchange| status(exchange) >= 500)?;
    Some(format!("the second {} with the same name returned {} {}", line(create), status(create), quote(create)))
}

/// The second create of a userName returns another ID.
pub(super) fn no_uniqueness(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let (first, second) = twice(finding, seen)?;
    (first != second).then(|| "two creates with the same name returned two ids".to_owned())
}

/// The second create of a userName returns the same ID.
pub(super) fn create_upserts(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let (first, second) = twice(finding, seen)?;
    (first == second).then(|| "two creates with the same name returned the same id".to_owned())
}

fn twice<'a>(finding: &'a Finding, seen: &Seen<'a>) -> Option<(&'a Value, &'a Value)> {
    let second = decisive(finding).filter(|exchange| exchange.method == "POST" && is_success(exchange))?;
    let same = |other: &&ExchangeReport| {
        other.method == "POST"
            && is_success(other)
            && NAMES.iter().any(|name| sent(other, name).is_some() && sent(other, name) == sent(second, name))
    };
    let first = seen.of(&finding.results).flatten().find(same)?;
    Some((got(first, "id")?, got(second, "id")?))
}

pub(super) fn password_stored(_: &Finding, seen: &Seen<'_>) -> Option<String> {
    let read = seen.all().find(|exchange| exchange.method == "GET" && shows_password(exchange))?;
    Some(format!("{} returns it too", line(read)))
}

pub(super) fn password_repeated(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let write = finding.exchanges.iter().find(|exchange| exchange.method != "GET" && shows_password(exchange))?;
    let id = got(write, "id")?;
    let read = seen.all().any(|exchange| exchange.method == "GET" && got(exchange, "id") == Some(id));
    read.then(|| format!("the response to {} has the password of the request, and GET has none", line(write)))
}

fn shows_password(exchange: &ExchangeReport) -> bool {
    let listed = super::super::seen::listed(exchange);
    is_success(exchange)
        && (got(exchange, "password").is_some() || listed.iter().any(|one| one.get("password").is_some()))
}

fn error(finding: &Finding) -> Option<&ExchangeReport> {
    let shown = showing(finding).filter(|exchange| status(exchange) >= 400);
    shown.or_else(|| finding.exchanges.iter().find(|exchange| status(exchange) >= 400))
}

pub(super) fn html_error(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let is_page = |body: &Value| body.as_str().is_some_and(|text| text.trim_start().starts_with('<'));
    let page = error(finding).filter(|exchange| exchange.response_body.as_ref().is_some_and(is_page))?;
    Some(format!("the {} response to {} is an HTML page", status(page), line(page)))
}

pub(super) fn empty_error(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let empty = error(finding).filter(|exchange| text(exchange).trim().is_empty())?;
    Some(format!("the {} response to {} has no body", status(empty), line(empty)))
}

pub(super) fn text_error(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let plain = error(finding).filter(|exchange| matches!(exchange.response_body, Some(Value::String(_))))?;
    Some(format!("the {} response to {} is the text {}", status(plain), line(plain), quote(plain)))
}

pub(super) fn json_error(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let error = error(finding)?;
    let object = error.response_body.as_ref()?.as_object()?;
    let keys = object.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    (!object.contains_key("schemas") && !object.is_empty())
        .then(|| format!("the {} response to {} is an object with {keys}", status(error), line(error)))
}

/// The response to a create is a list.
pub(super) fn create_answers_list(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let create = finding.exchanges.iter().find(|exchange| exchange.method == "POST" && is_success(exchange))?;
    got(create, "Resources").map(|_| format!("the response to {} is a ListResponse", line(create)))
}

/// Operations with a path succeed, those without do not.
pub(super) fn pathless(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let patches = || seen.all().filter(|exchange| exchange.method == "PATCH");
    let accepted = patches().any(|exchange| is_success(exchange) && has_path(exchange) == Some(true));
    let refused =
        decisive(finding).filter(|exchange| exchange.method == "PATCH" && has_path(exchange) == Some(false))?;
    let taken = patches().any(|exchange| is_success(exchange) && has_path(exchange) == Some(false));
    let outcome = match status(refused) {
        200..=299 => "change nothing".to_owned(),
        // The value of one operation may be the reason.
        _ if taken => return None,
        status => format!("return {status} {}", quote(refused)),
    };
    accepted.then(|| format!("operations with a path succeed, those without {outcome}"))
}

fn has_path(exchange: &ExchangeReport) -> Option<bool> {
    let operations = sent(exchange, "Operations")?.as_array()?;
    Some(operations.iter().all(|operation| operation.get("path").is_some()))
}

pub(super) fn no_patch_works(_: &Finding, seen: &Seen<'_>) -> Option<String> {
    let patches = || seen.all().filter(|exchange| exchange.method == "PATCH");
    let accepted = patches().filter(|exchange| is_success(exchange)).count();
    let forms: BTreeSet<bool> = patches().filter_map(has_path).collect();
    (accepted > 1 && forms.len() > 1)
        .then(|| format!("{accepted} PATCH requests returned success, with and without a path, and none had an effect"))
}

pub(super) fn active_as_text(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let text = showing(finding).and_then(|exchange| got(exchange, "active"))?.as_str()?;
    let is_bool = ["true", "false", "1", "0"].iter().any(|word| text.eq_ignore_ascii_case(word));
    is_bool.then(|| format!("the response has active: \"{text}\""))
}

fn changes<'a>(finding: &Finding, seen: &Seen<'a>) -> Vec<MemberChange<'a>> {
    seen.of(&finding.results).flat_map(member_changes).collect()
}

pub(super) fn add_replaces(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let replaced = |change: &MemberChange<'_>| {
        let sent: BTreeSet<String> = change.sent.iter().cloned().collect();
        change.op == "add" && change.after == sent && !change.before.is_subset(&sent)
    };
    let found = changes(finding, seen).into_iter().find(replaced)?;
    let (before, sent) = (found.before.len(), found.sent.len());
    Some(format!("after an add of {sent} to a group of {before}, only the {sent} of the request are members"))
}

pub(super) fn add_takes_first(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let first = |change: &MemberChange<'_>| {
        let mut expected = change.before.clone();
        expected.extend(change.sent.first().cloned());
        change.op == "add" && change.sent.len() > 1 && change.after == expected
    };
    let found = changes(finding, seen).into_iter().find(first)?;
    Some(format!("of {} members in one add, only the first is a member afterwards", found.sent.len()))
}

pub(super) fn replace_merges(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let merged = |change: &MemberChange<'_>| {
        let sent: BTreeSet<String> = change.sent.iter().cloned().collect();
        let union: BTreeSet<String> = change.before.union(&sent).cloned().collect();
        matches!(change.op, "replace" | "put") && change.after == union && union != sent
    };
    let found = changes(finding, seen).into_iter().find(merged)?;
    let word = if found.op == "put" { "a PUT" } else { "a replace" };
    let kept = found.before.iter().filter(|member| !found.sent.contains(*member)).count();
    let (named, kept) = (counted(found.sent.len(), "member"), counted(kept, "member"));
    Some(format!("after {word} that names {named}, the group still has {kept} that it does not name"))
}

pub(super) fn remove_empties(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let emptied =
        |change: &MemberChange<'_>| change.op == "remove" && change.before.len() > 1 && change.after.is_empty();
    let found = changes(finding, seen).into_iter().find(emptied)?;
    Some(format!("after the removal of one of {} members, the group is empty", found.before.len()))
}

/// The PUT contains the attribute, and the user does not have it afterwards.
pub(super) fn put_forgets(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let put = decisive(finding).filter(|exchange| exchange.method == "PUT" && is_success(exchange))?;
    let name = if finding.part.starts_with("urn:") {
        finding.part.as_str()
    } else {
        finding.part.split(['.', '[']).next().unwrap_or_default()
    };
    let body = put.request_body.as_ref()?.as_object()?;
    let key = body.keys().find(|key| *key == name || name.starts_with(&format!("{key}:")))?;
    let last = showing(finding).and_then(shown).filter(|shown| shown.get(key.as_str()).is_none())?;
    last.get("id").map(|_| format!("the PUT contains `{key}`, and GET shows none afterwards"))
}

pub(super) fn put_of_groups(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let empty = Value::Array(Vec::new());
    let mut writes = finding.exchanges.iter().filter(|exchange| is_write(exchange) && is_success(exchange));
    let found = writes.any(|exchange| sent(exchange, "groups") == Some(&empty));
    found.then(|| "the PUT of the user contains `groups: []`, and the user lost its groups".to_owned())
}

/// Creates are refused with 409, and a PUT with the same name is not.
pub(super) fn unique_in_create_only(_: &Finding, seen: &Seen<'_>) -> Option<String> {
    let refused = seen.all().find(|exchange| exchange.method == "POST" && status(exchange) == 409)?;
    Some(format!("{} with a taken name returned 409, and the PUT returned success", line(refused)))
}

/// GET with an unknown ID fails in the server or in the parser of IDs.
pub(super) fn id_not_parsed(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    const WORDS: [&str; 6] = ["uuid", "objectid", "invalid input syntax", "could not parse", "not a valid", "cast to"];
    let read =
        decisive(finding).filter(|exchange| matches!(status(exchange), 400 | 422 | 500) && says(exchange, &WORDS))?;
    Some(format!("{} returned {} {}", line(read), status(read), quote(read)))
}

pub(super) fn missing_not_handled(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let read = decisive(finding).filter(|exchange| status(exchange) >= 500)?;
    Some(format!("{} with an unknown id returned {} {}", line(read), status(read), quote(read)))
}

pub(super) fn missing_as_success(finding: &Finding, _: &Seen<'_>) -> Option<String> {
    let read = decisive(finding).filter(|exchange| status(exchange) == 200 && got(exchange, "id").is_none())?;
    Some(format!("{} with an unknown id returned 200 {}", line(read), quote(read)))
}

/// Returns the statuses of the read and of the create with a credential.
fn with_credential(seen: &Seen<'_>, credential: &str) -> Option<(u16, u16)> {
    let status_of = |method: &str| {
        let exchanges = seen.of(&[format!("security/authentication/{method}-{credential}")]).next()?;
        exchanges.last().map(status)
    };
    Some((status_of("read")?, status_of("create")?))
}

/// A read without the right credential is refused, and a create is not.
pub(super) fn route_unprotected(finding: &Finding, seen: &Seen<'_>) -> Option<String> {
    let credentials = [("wrong-token", "wrong"), ("missing-token", "without"), ("empty-token", "empty")];
    let (_, credential) = credentials.into_iter().find(|(name, _)| finding.requirement.ends_with(name))?;
    match with_credential(seen, credential)? {
        (read @ 400.., create @ 200..=299) => Some(format!("GET /Users returned {read}, POST /Users {create}")),
        (read @ 200..=299, create @ 400..) => Some(format!("POST /Users returned {create}, GET /Users {read}")),
        _ => None,
    }
}

/// A request without a credential is refused, and any token is accepted.
pub(super) fn token_not_compared(_: &Finding, seen: &Seen<'_>) -> Option<String> {
    let ((read, create), (without, _)) = (with_credential(seen, "wrong")?, with_credential(seen, "without")?);
    let accepted = [read, create].iter().all(|status| (200..300).contains(status));
    (accepted && without >= 400)
        .then(|| format!("a request without a token returned {without}, one with a wrong token {read}"))
}

//! What Okta needs of an answer: pure functions of an exchange.
//!
//! Sources: RFC 7644 sections 3.3 to 3.6 and 3.12, RFC 7643 section 2.3, and what Okta documents about the answers it
//! reads (a create is 201 with the whole user and its `id`; a PATCH is 204, or 200 with the new values; counters are
//! numbers; a group PATCH may leave `members` out of its answer).

use serde_json::Value;

use super::outcome::{Judged, Outcome};
use crate::wire::{Exchange, Failure, Method, Response, encode, id_text};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What no answer means.
#[must_use]
pub fn unanswered(exchange: &Exchange, failure: &Failure) -> Outcome {
    let request = describe(exchange);
    match failure {
        Failure::NotOurs(text) => Outcome::deviation(
            format!("{request} was not sent: {text}"),
            "an answer that names only what the request asked about",
            text.clone(),
        ),
        Failure::GivenUp(text) => Outcome::Inconclusive(text.clone()),
        other => Outcome::Inconclusive(format!("{request} got no answer: {other}")),
    }
}

/// `PATCH /Users/01K`
#[must_use]
pub fn describe(exchange: &Exchange) -> String {
    let path = exchange.request.path.as_str();
    let path = encode::decode(path);
    format!("{} {path}", exchange.request.method.as_str())
}

/// The request's body as JSON.
#[must_use]
pub fn sent(exchange: &Exchange) -> Value {
    exchange.request.body.as_ref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}

/// The answer, or why there is none.
pub fn answer(exchange: &Exchange) -> Judged<&Response> {
    exchange.outcome.as_ref().map_err(|failure| unanswered(exchange, failure))
}

/// The answer as a JSON object.
pub fn object(exchange: &Exchange) -> Judged<Value> {
    let answer = answer(exchange)?;
    match answer.json() {
        Some(body @ Value::Object(_)) => Ok(body),
        _ => Err(Outcome::deviation(
            format!("{} was answered {} with a body that is no JSON object", describe(exchange), answer.status),
            "a JSON object",
            if answer.body.is_empty() { "an empty body".to_owned() } else { shown(&answer.body) },
        )),
    }
}

/// The answer has this status.
pub fn status(exchange: &Exchange, allowed: &[u16]) -> Judged {
    let answer = answer(exchange)?;
    if allowed.contains(&answer.status) {
        return Ok(());
    }
    let wanted: Vec<String> = allowed.iter().map(u16::to_string).collect();
    Err(Outcome::deviation(
        format!("{} was answered {}", describe(exchange), answer.status),
        wanted.join(" or "),
        format!("{} {}", answer.status, shown(&answer.body)).trim_end().to_owned(),
    ))
}

/// Everything that Okta needs of an answer to this request.
pub fn okta_needs(exchange: &Exchange) -> Judged {
    let path = exchange.request.path.as_str();
    let collection = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    let one = path.trim_start_matches('/').contains('/');
    match exchange.request.method {
        Method::Get if one => whole(exchange, collection),
        Method::Get => list(exchange, collection),
        Method::Post => created(exchange),
        Method::Put => replaced(exchange),
        Method::Patch => patched(exchange),
        Method::Delete => status(exchange, &[204, 200]),
        Method::Head | Method::Options => Ok(()),
    }
}

fn list(exchange: &Exchange, collection: &str) -> Judged {
    status(exchange, &[200])?;
    let body = object(exchange)?;
    let what = describe(exchange);
    let schemas = body.get("schemas").and_then(Value::as_array).cloned().unwrap_or_default();
    if !schemas.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(LIST))) {
        return Err(wrong(&what, "schemas", &format!("[{LIST:?}]"), body.get("schemas")));
    }
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        match body.get(counter) {
            Some(Value::Number(_)) => {}
            None if counter != "totalResults" => {}
            other => return Err(wrong(&what, counter, "a number", other)),
        }
    }
    let total = body.get("totalResults").and_then(Value::as_u64).unwrap_or_default();
    let resources = match body.get("Resources") {
        Some(Value::Array(list)) => list.as_slice(),
        None if total == 0 => &[],
        other => return Err(wrong(&what, "Resources", "an array", other)),
    };
    let shown = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    if total < shown {
        return Err(wrong(&what, "totalResults", &format!("at least {shown}"), body.get("totalResults")));
    }
    let filter = lookup(exchange);
    for resource in resources {
        identified(&what, resource)?;
        if collection == "Users" {
            text(&what, resource, "userName")?;
            boolean(&what, resource, "active")?;
        }
        if let Some((attribute, value)) = &filter {
            let have = resource.get(attribute).and_then(Value::as_str).unwrap_or_default();
            if !have.eq_ignore_ascii_case(value) {
                return Err(Outcome::deviation(
                    format!("the lookup of {attribute} {value:?} gave {have:?}"),
                    format!("only resources whose {attribute} is {value:?}"),
                    format!("{total} results, among them {have:?}"),
                ));
            }
        }
    }
    Ok(())
}

/// The attribute and value of an `eq` lookup.
#[must_use]
pub fn lookup(exchange: &Exchange) -> Option<(String, String)> {
    let query = exchange.request.path.split_once('?')?.1;
    let filter = query.split('&').find_map(|pair| pair.strip_prefix("filter="))?;
    let filter = encode::decode_query(filter);
    let (attribute, value) = filter.split_once(" eq ")?;
    Some((attribute.to_owned(), serde_json::from_str(value).ok()?))
}

fn whole(exchange: &Exchange, collection: &str) -> Judged {
    status(exchange, &[200])?;
    let body = object(exchange)?;
    let what = describe(exchange);
    identified(&what, &body)?;
    let asked = exchange.request.subject().1.unwrap_or_default();
    if body.get("id").and_then(Value::as_str) != Some(asked.as_str()) {
        return Err(wrong(&what, "id", &format!("{asked:?}"), body.get("id")));
    }
    if collection == "Users" {
        text(&what, &body, "userName")?;
        boolean(&what, &body, "active")
    } else {
        text(&what, &body, "displayName")
    }
}

/// A create is 201 with the new resource.
fn created(exchange: &Exchange) -> Judged {
    status(exchange, &[201])?;
    made(exchange)
}

/// What the harness makes beforehand is there. That a create is 201 is said of Okta's own creates, not of every scenario.
pub fn made(exchange: &Exchange) -> Judged {
    status(exchange, &[201, 200])?;
    let body = object(exchange)?;
    identified(&describe(exchange), &body)?;
    carries(exchange, &body)
}

fn replaced(exchange: &Exchange) -> Judged {
    status(exchange, &[200])?;
    let body = object(exchange)?;
    identified(&describe(exchange), &body)?;
    carries(exchange, &body)
}

fn patched(exchange: &Exchange) -> Judged {
    status(exchange, &[200, 204])?;
    if answer(exchange)?.status == 204 {
        return Ok(());
    }
    let body = object(exchange)?;
    let what = describe(exchange);
    identified(&what, &body)?;
    for operation in sent(exchange).get("Operations").and_then(Value::as_array).into_iter().flatten() {
        let op = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        let path = operation.get("path").and_then(Value::as_str);
        match (path, operation.get("value")) {
            (None, Some(Value::Object(values))) => {
                for (name, value) in values.iter().filter(|(name, _)| name.as_str() != "password") {
                    same(&what, name, value, &body)?;
                }
            }
            (Some("members"), Some(Value::Array(members))) => members_after(&what, op, members, &body)?,
            (Some(path), None) if op == "remove" => gone(&what, path, &body)?,
            _ => {}
        }
    }
    Ok(())
}

fn members_after(what: &str, op: &str, sent: &[Value], body: &Value) -> Judged {
    // Okta accepts an answer without members.
    let Some(have) = body.get("members").and_then(Value::as_array) else { return Ok(()) };
    let have = member_ids(have);
    let sent = member_ids(sent);
    let fits = if op == "replace" { have == sent } else { sent.iter().all(|id| have.contains(id)) };
    if fits {
        return Ok(());
    }
    Err(Outcome::deviation(
        format!("{what} was answered with other members than it asked for"),
        format!("members {}{}", if op == "replace" { "" } else { "with " }, named(&sent)),
        format!("members {}", named(&have)),
    ))
}

fn gone(what: &str, path: &str, body: &Value) -> Judged {
    let Some(have) = body.get("members").and_then(Value::as_array) else { return Ok(()) };
    let Some(id) = path.split('"').nth(1) else { return Ok(()) };
    if member_ids(have).iter().any(|member| member == id) {
        return Err(Outcome::deviation(
            format!("{what} was answered with a member that it removed"),
            format!("members without {id}"),
            format!("members {}", named(&member_ids(have))),
        ));
    }
    Ok(())
}

/// A list of people, or that it is nobody.
pub fn named(ids: &[String]) -> String {
    if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") }
}

/// The ids of members, sorted.
#[must_use]
pub fn member_ids(members: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = members.iter().filter_map(|member| id_text(member.get("value")?)).collect();
    ids.sort();
    ids
}

/// The answer carries what was sent, as far as Okta reads it.
fn carries(exchange: &Exchange, body: &Value) -> Judged {
    let what = describe(exchange);
    let sent = sent(exchange);
    if body.get("password").is_some_and(|password| !password.is_null()) {
        return Err(Outcome::deviation(
            format!("the answer to {what} carries the password"),
            "no password (RFC 7643 section 4.1.1: returned never)",
            "a password",
        ));
    }
    for name in ["userName", "name", "emails", "active", "displayName"] {
        if let Some(value) = sent.get(name) {
            same(&what, name, value, body)?;
        }
    }
    Ok(())
}

fn same(what: &str, name: &str, sent: &Value, body: &Value) -> Judged {
    let have = body.get(name);
    if have.is_some_and(|have| contains(have, sent)) {
        return Ok(());
    }
    Err(wrong(what, name, &sent.to_string(), have))
}

/// Whether a document contains what was sent: objects may have more keys, arrays more elements; texts, numbers and
/// booleans are equal.
#[must_use]
pub fn contains(have: &Value, sent: &Value) -> bool {
    match (have, sent) {
        (Value::Object(have), Value::Object(sent)) => {
            sent.iter().all(|(key, value)| have.get(key).is_some_and(|have| contains(have, value)))
        }
        (Value::Array(have), Value::Array(sent)) => sent.iter().all(|one| have.iter().any(|have| contains(have, one))),
        (have, sent) => have == sent,
    }
}

fn identified(what: &str, resource: &Value) -> Judged {
    match resource.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(()),
        // The number itself would be told as the name of whom it stands for.
        Some(Value::Number(_)) => Err(Outcome::deviation(
            format!("in the answer to {what} id is a number"),
            "id: a text that is not empty",
            "id: a number",
        )),
        other => Err(wrong(what, "id", "a text that is not empty", other)),
    }
}

fn text(what: &str, resource: &Value, name: &str) -> Judged {
    match resource.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(()),
        other => Err(wrong(what, name, "a text that is not empty", other)),
    }
}

fn boolean(what: &str, resource: &Value, name: &str) -> Judged {
    match resource.get(name) {
        Some(Value::Bool(_)) => Ok(()),
        other => Err(wrong(what, name, "true or false", other)),
    }
}

fn wrong(what: &str, name: &str, expected: &str, actual: Option<&Value>) -> Outcome {
    let actual = actual.map_or_else(|| "nothing".to_owned(), Value::to_string);
    Outcome::deviation(
        format!("in the answer to {what} {name} is {}", cut(&actual)),
        format!("{name}: {expected}"),
        format!("{name}: {}", cut(&actual)),
    )
}

/// The start of a body, for people, in one line.
#[must_use]
pub fn shown(body: &[u8]) -> String {
    let words: Vec<_> = String::from_utf8_lossy(body).split_whitespace().map(str::to_owned).collect();
    cut(&words.join(" "))
}

/// At most 300 characters: a report is no place for whole pages.
fn cut(text: &str) -> String {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;

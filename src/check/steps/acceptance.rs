//! Okta's published acceptance suite, its "SPEC test" for SCIM 2.0 with twelve steps: plain requests and assertions.

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use crate::check::assertions::is_scim_error;
use crate::check::leaves;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::reading::{attribute, describe, object, place, response, shown, status_and_body};
use crate::check::requirement::Requirement;
use crate::check::world::{Sender, World};
use crate::wire::encode::component;
use crate::wire::{Exchange, Method, Request, id_text};

pub(super) const STEPS: &[StepDef] = &[
    step!("the suite's user is created", Target, create, CreatesKey("suite")),
    step!("the suite's user is created again", Target, create, CreatesKey("suite")),
    step!("the suite sends GET \"([^\"]+)\"", Target, send_get),
    step!("the suite sends GET \"([^\"]+)\" with a wrong token", Target, send_get_unauthorized),
    step!("the response has the names and the address that the suite sent", Target, response_is_complete),
    step!("a note says if the suite would reject the first user of the list", Target, note_first_user),
    step!("the response has status (\\d+)", Target, response_status),
    step!("the response has status (\\d+) and", Target, response_attributes),
];

const KEY: &str = "suite";

async fn create(world: &mut World, _: &Args) -> StepResult {
    world.mark = world.exchanges.len();
    if !world.cast.people.contains_key(KEY) {
        world.cast_person(KEY);
    }
    let body = world.user_body(KEY, true)?;
    // The suite sends application/json, unlike Okta's agent, which sends application/scim+json.
    let mut request = Request::scim(Method::Post, "/Users", Some(&body));
    for (name, value) in &mut request.headers {
        if name == "Content-Type" {
            "application/json".clone_into(value);
        }
    }
    let exchange = world.run.client.send(request).await;
    record(world, exchange)
}

fn record(world: &mut World, exchange: Exchange) -> StepResult {
    let ended = response(&exchange).map(|_| ());
    world.record_exchange(Sender::Harness, exchange);
    ended
}

fn fill_template(world: &World, template: &str) -> String {
    let person = world.cast.people.get(KEY);
    let login = person.map_or("", |person| person.login());
    template
        .replace("{id}", person.and_then(|person| person.id()).unwrap_or_default())
        .replace("{userName}", login)
        .replace("{USERNAME}", &login.to_uppercase())
        .replace("{unknownUserName}", &world.login("unknown"))
}

fn request_path(world: &World, template: &str) -> String {
    let id = world.cast.people.get(KEY).and_then(|person| person.id()).map(component).unwrap_or_default();
    fill_template(world, &template.replace("{id}", &id)).replace(' ', "%20").replace('\'', "%22").replace('@', "%40")
}

async fn send_get(world: &mut World, args: &Args) -> StepResult {
    let known = world.cast.people.get(KEY).is_some_and(|person| person.id().is_some());
    if args.text(0).contains("{id}") && !known {
        return Err(Outcome::Blocked("the response to the create of the suite's user had no id".to_owned()));
    }
    world.mark = world.exchanges.len();
    let path = request_path(world, args.text(0));
    world.get(&path).await.map(|_| ())
}

async fn send_get_unauthorized(world: &mut World, args: &Args) -> StepResult {
    world.mark = world.exchanges.len();
    let path = request_path(world, args.text(0));
    let exchange = world.run.unauthorized.send(Request::scim(Method::Get, &path, None)).await;
    record(world, exchange)
}

fn last(world: &World) -> StepResult<&Exchange> {
    let last = world.exchanges.last().map(|(_, exchange)| exchange);
    last.ok_or_else(|| Outcome::InvalidStep("the suite has sent no request yet".to_owned()))
}

async fn response_status(world: &mut World, args: &Args) -> StepResult {
    let status: u16 =
        args.text(0).parse().map_err(|_| Outcome::InvalidStep("the status is not a number".to_owned()))?;
    let exchange = last(world)?.clone();
    let response = response(&exchange)?;
    world.note([requirement_of_status(&exchange, status, response.status)]);
    if response.status == status {
        world.note(match status {
            401 => Some(Requirement::WrongToken),
            201 => Some(Requirement::CreateAccepted),
            _ => None,
        });
        return Ok(());
    }
    let requirement = match requirement_of_status(&exchange, status, response.status) {
        // Okta takes only a SCIM error for an empty result.
        Requirement::LookupEmpty if !is_scim_error(response) => Requirement::ListStatus,
        requirement => requirement,
    };
    let actual = status_and_body(response);
    let deviation = Deviation::new(requirement, Kind::WrongStatus, "status", status.to_string(), actual);
    let deviation = Deviation { status: Some(response.status), ..deviation };
    Err(deviation.at(describe(&exchange)).about(subject(&exchange)).into())
}

fn subject(exchange: &Exchange) -> Subject {
    Subject::of_collection(&exchange.request.subject().0)
}

/// Returns the requirement that the suite checks when it expects this status.
fn requirement_of_status(exchange: &Exchange, expected: u16, actual: u16) -> Requirement {
    let (path, success) = (exchange.request.path.as_str(), (200..300).contains(&actual));
    match expected {
        404 => Requirement::UnknownUser,
        409 => Requirement::CreateConflict,
        401 if success => Requirement::WrongToken,
        401 => Requirement::WrongTokenStatus,
        201 if success => Requirement::CreateStatus,
        201 => Requirement::CreateAccepted,
        _ if path.contains("filter=") && path.contains("SUITE") => Requirement::LookupCase,
        _ if path.contains("filter=") => Requirement::LookupEmpty,
        _ if exchange.request.subject().1.is_some() => Requirement::ReadStatus,
        _ => Requirement::ListStatus,
    }
}

/// Returns the requirement that the suite checks with an attribute.
fn requirement_of_attribute(path: &str, wanted: &str) -> Requirement {
    match path {
        "schemas" if wanted.ends_with(":Error") => Requirement::ErrorSchema,
        "schemas" if wanted.ends_with(":ListResponse") => Requirement::ListSchemas,
        "schemas" => Requirement::UserSchemas,
        "detail" => Requirement::ErrorDetail,
        "status" => Requirement::ErrorStatus,
        "totalResults" if wanted == "0" => Requirement::LookupMatches,
        "totalResults" | "startIndex" | "itemsPerPage" => Requirement::ListCounters,
        "Resources" => Requirement::ListResources,
        path if path.ends_with("userName") => Requirement::UserNameReturned,
        path if path.ends_with("active") && wanted == "true" => Requirement::CreateActive,
        path if path.ends_with("active") => Requirement::ActiveReturned,
        path if path.ends_with("id") => Requirement::IdReturned,
        _ => Requirement::UserComplete,
    }
}

async fn response_attributes(world: &mut World, args: &Args) -> StepResult {
    response_status(world, args).await?;
    let exchange = last(world)?.clone();
    // An error that is not a JSON object lacks everything; one difference is enough.
    let is_error = exchange.status().is_some_and(|status| status >= 400);
    let Some(body) = object(&exchange) else {
        let requirement = match exchange.request.method {
            _ if is_error => Requirement::ErrorSchema,
            Method::Post => Requirement::CreateBody,
            _ => Requirement::JsonBody,
        };
        let actual = response(&exchange).map(status_and_body).unwrap_or_default();
        let subject = if is_error { Subject::Error } else { subject(&exchange) };
        let kind = if requirement == Requirement::JsonBody { Kind::WrongType } else { Kind::Missing };
        let deviation = Deviation::new(requirement, kind, "resource", "a JSON object", actual);
        return Err(deviation.at(place(&exchange)).about(subject).into());
    };
    for row in &args.table {
        let [path, wanted] = row.as_slice() else {
            return Err(Outcome::InvalidStep("each row needs an attribute and its expected value".to_owned()));
        };
        let have = at(&body, path);
        let wanted = fill_template(world, wanted);
        world.note([requirement_of_attribute(path, &wanted)]);
        if satisfies(have, &wanted) {
            continue;
        }
        let kind = match have {
            None => Kind::Missing,
            Some(_) if wanted == "a number" || wanted == "a list" => Kind::WrongType,
            Some(_) if path == "totalResults" => Kind::Extra,
            Some(_) => Kind::Changed,
        };
        let (requirement, kind) = match requirement_of_attribute(path, &wanted) {
            Requirement::CreateActive | Requirement::ActiveReturned if have.is_some_and(Value::is_string) => {
                (Requirement::ActiveBoolean, Kind::WrongType)
            }
            Requirement::IdReturned if have.is_some_and(Value::is_number) => (Requirement::IdString, Kind::WrongType),
            // The suite looks up its own user.
            Requirement::ListResources if have.is_some_and(Value::is_array) => {
                (Requirement::LookupFinds, Kind::Missing)
            }
            requirement => (requirement, kind),
        };
        let subject = if is_error { Subject::Error } else { subject(&exchange) };
        let deviation = Deviation::new(requirement, kind, path.as_str(), wanted, shown(have));
        world.report(deviation.at(place(&exchange)).about(subject));
        // The other attributes are missing with it.
        if matches!(requirement, Requirement::ErrorSchema | Requirement::ListResources | Requirement::LookupFinds) {
            break;
        }
    }
    Ok(())
}

/// Notes what the first user of the list lacks. It may be one that others made, so its values are not quoted.
async fn note_first_user(world: &mut World, _: &Args) -> StepResult {
    let exchange = last(world)?.clone();
    let Some(user) = object(&exchange).and_then(|body| at(&body, "Resources[0]").cloned()) else { return Ok(()) };
    world.note([Requirement::FirstUser]);
    let asked = ["id", "userName", "name.familyName", "name.givenName", "emails[0].value", "active"];
    let lacking: Vec<&str> = asked.into_iter().filter(|path| !satisfies(at(&user, path), "not empty")).collect();
    if !lacking.is_empty() {
        let deviation =
            Deviation::new(Requirement::FirstUser, Kind::Missing, lacking.join(", "), "not empty", "nothing");
        world.report(deviation.at("the first user of the list").about(Subject::User));
    }
    Ok(())
}

async fn response_is_complete(world: &mut World, _: &Args) -> StepResult {
    let exchange = last(world)?.clone();
    let Some(body) = object(&exchange) else { return Ok(()) };
    world.note([Requirement::UserComplete]);
    let mut sent = world.person(KEY)?.sent.clone();
    if let Some(sent) = sent.as_object_mut() {
        sent.retain(|name, _| matches!(name.as_str(), "name" | "emails"));
    }
    // The suite asks for the names and the address, not for the type of the address.
    let asked =
        |leaf: &leaves::Leaf| leaf.path.first().is_none_or(|first| first != "emails") || leaf.name() == "emails";
    for leaf in leaves::differences(&sent, Some(&body)).into_iter().filter(asked) {
        let kind = if leaf.have.is_none() { Kind::Missing } else { Kind::Changed };
        let (expected, actual) = (leaf.sent.to_string(), shown(leaf.have.as_ref()));
        let deviation = Deviation::new(Requirement::UserComplete, kind, leaf.name(), expected, actual);
        world.report(deviation.at(place(&exchange)).about(Subject::User));
    }
    Ok(())
}

/// Returns the value at a path such as `Resources[0].name.familyName`.
fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |at, part| match part.split_once('[') {
        Some((name, index)) => attribute(at, name)?.get(index.trim_end_matches(']').parse::<usize>().ok()?),
        None => attribute(at, part),
    })
}

/// Returns true if a value meets the expectation written in the feature: a literal, or a description such as `a number`.
fn satisfies(have: Option<&Value>, wanted: &str) -> bool {
    let text = have.and_then(id_text);
    match (wanted, have) {
        ("a number", have) => have.is_some_and(Value::is_number),
        ("a list", have) => have.is_some_and(Value::is_array),
        ("not empty", Some(Value::Array(list))) => !list.is_empty(),
        ("not empty", Some(Value::Bool(_))) => true,
        ("not empty", _) => text.is_some(),
        ("true", have) => have == Some(&Value::Bool(true)),
        (wanted, Some(Value::Array(list))) => {
            let urn = wanted.trim_start_matches("has ");
            list.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(urn)))
        }
        (wanted, _) => text.as_deref() == Some(wanted),
    }
}

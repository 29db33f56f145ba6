//! Okta's published acceptance suite, its "SPEC test" for SCIM 2.0 with twelve steps: plain requests and assertions.

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use crate::check::assertions;
use crate::check::outcome::{Outcome, StepResult};
use crate::check::world::{Sender, World};
use crate::wire::encode::component;
use crate::wire::{Exchange, Method, Request, id_text};

pub(super) const STEPS: &[StepDef] = &[
    step!("the suite's user is created", Target, create),
    step!("the suite's user is created once more", Target, create),
    step!("the suite asks for \"([^\"]+)\"", Target, send_get),
    step!("the suite asks for \"([^\"]+)\" with a wrong token", Target, send_get_unauthorized),
    step!("the suite's user is complete in the answer", Target, response_is_complete),
    step!("the suite is answered (\\d+)", Target, response_status),
    step!("the suite is answered (\\d+) with", Target, response_attributes),
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
    let ended = assertions::response(&exchange).map(|_| ());
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
        return Err(Outcome::deviation("the create of the suite's user gave no id", "an id", "none"));
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
    last.ok_or_else(|| Outcome::InvalidStep("the suite has asked for nothing yet".to_owned()))
}

async fn response_status(world: &mut World, args: &Args) -> StepResult {
    let status: u16 =
        args.text(0).parse().map_err(|_| Outcome::InvalidStep("the status is not a number".to_owned()))?;
    assertions::has_status(last(world)?, &[status])
}

async fn response_attributes(world: &mut World, args: &Args) -> StepResult {
    response_status(world, args).await?;
    let exchange = last(world)?;
    let body = assertions::response_object(exchange)?;
    for row in &args.table {
        let [path, wanted] = row.as_slice() else {
            return Err(Outcome::InvalidStep("each row names an attribute and what it must be".to_owned()));
        };
        let have = at(&body, path);
        let wanted = fill_template(world, wanted);
        if !satisfies(have, &wanted) {
            let seen = have.map_or_else(|| "nothing".to_owned(), Value::to_string);
            return Err(Outcome::deviation(
                format!("in the answer to {} {path} is {seen}", assertions::describe(exchange)),
                format!("{path}: {wanted}"),
                format!("{path}: {seen}"),
            ));
        }
    }
    Ok(())
}

async fn response_is_complete(world: &mut World, _: &Args) -> StepResult {
    let body = assertions::response_object(last(world)?)?;
    let sent = world.person(KEY)?.sent.clone();
    for name in ["userName", "name", "emails"] {
        let (wanted, have) = (sent.get(name).cloned().unwrap_or_default(), body.get(name));
        if !have.is_some_and(|have| assertions::contains(have, &wanted)) {
            let seen = have.map_or_else(|| "nothing".to_owned(), Value::to_string);
            return Err(Outcome::deviation(
                format!("the answer does not have {name} as it was sent"),
                format!("{name}: {wanted}"),
                format!("{name}: {seen}"),
            ));
        }
    }
    Ok(())
}

/// Returns the value at a path such as `Resources[0].name.familyName`.
fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |at, part| match part.split_once('[') {
        Some((name, index)) => at.get(name)?.get(index.trim_end_matches(']').parse::<usize>().ok()?),
        None => at.get(part),
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

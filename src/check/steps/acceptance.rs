//! Okta's published acceptance suite (its "SPEC test" for SCIM 2.0, twelve steps): plain requests and assertions.

use serde_json::Value;

use super::{Args, StepDef, step};
use crate::check::judge;
use crate::check::outcome::{Judged, Outcome};
use crate::check::world::{By, World};
use crate::wire::{Exchange, Method, Request, encode, id_text};

pub(super) const STEPS: &[StepDef] = &[
    step!("the suite's user is created", Target, create),
    step!("the suite's user is created once more", Target, create),
    step!("the suite asks for \"([^\"]+)\"", Target, ask),
    step!("the suite asks for \"([^\"]+)\" with a wrong token", Target, ask_as_stranger),
    step!("the suite's user is complete in the answer", Target, complete),
    step!("the suite is answered (\\d+)", Target, answered),
    step!("the suite is answered (\\d+) with", Target, answered_with),
];

const KEY: &str = "suite";

async fn create(world: &mut World, _: &Args) -> Judged {
    world.mark = world.exchanges.len();
    if !world.cast.people.contains_key(KEY) {
        world.cast_person(KEY);
    }
    let body = world.user_body(KEY, true)?;
    // The suite sends plain JSON here, where Okta's agent sends application/scim+json.
    let mut request = Request::scim(Method::Post, "/Users", Some(&body));
    for (name, value) in &mut request.headers {
        if name == "Content-Type" {
            "application/json".clone_into(value);
        }
    }
    let exchange = world.run.client.send(request).await;
    keep(world, exchange)
}

fn keep(world: &mut World, exchange: Exchange) -> Judged {
    let ended = judge::answer(&exchange).map(|_| ());
    world.record(By::Harness, exchange);
    ended
}

fn filled(world: &World, template: &str) -> String {
    let person = world.cast.people.get(KEY);
    let login = person.map_or("", |person| person.login());
    template
        .replace("{id}", person.and_then(|person| person.id()).unwrap_or_default())
        .replace("{userName}", login)
        .replace("{USERNAME}", &login.to_uppercase())
        .replace("{nobody}", &world.login("nobody"))
}

fn request_path(world: &World, template: &str) -> String {
    let id = world.cast.people.get(KEY).and_then(|person| person.id()).map(encode::component).unwrap_or_default();
    filled(world, &template.replace("{id}", &id)).replace(' ', "%20").replace('\'', "%22").replace('@', "%40")
}

async fn ask(world: &mut World, args: &Args) -> Judged {
    let known = world.cast.people.get(KEY).is_some_and(|person| person.id().is_some());
    if args.text(0).contains("{id}") && !known {
        return Err(Outcome::deviation("the create of the suite's user gave no id", "an id", "none"));
    }
    world.mark = world.exchanges.len();
    let path = request_path(world, args.text(0));
    world.get(&path).await.map(|_| ())
}

async fn ask_as_stranger(world: &mut World, args: &Args) -> Judged {
    world.mark = world.exchanges.len();
    let path = request_path(world, args.text(0));
    let exchange = world.run.stranger.send(Request::scim(Method::Get, &path, None)).await;
    keep(world, exchange)
}

fn last(world: &World) -> Judged<&Exchange> {
    let last = world.exchanges.last().map(|(_, exchange)| exchange);
    last.ok_or_else(|| Outcome::Mistake("the suite has asked for nothing yet".to_owned()))
}

async fn answered(world: &mut World, args: &Args) -> Judged {
    let status: u16 = args.text(0).parse().map_err(|_| Outcome::Mistake("the status is no number".to_owned()))?;
    judge::status(last(world)?, &[status])
}

async fn answered_with(world: &mut World, args: &Args) -> Judged {
    answered(world, args).await?;
    let exchange = last(world)?;
    let body = judge::object(exchange)?;
    for row in &args.table {
        let [path, wanted] = row.as_slice() else {
            return Err(Outcome::Mistake("each row names an attribute and what it must be".to_owned()));
        };
        let have = at(&body, path);
        let wanted = filled(world, wanted);
        if !holds(have, &wanted) {
            let seen = have.map_or_else(|| "nothing".to_owned(), Value::to_string);
            return Err(Outcome::deviation(
                format!("in the answer to {} {path} is {seen}", judge::describe(exchange)),
                format!("{path}: {wanted}"),
                format!("{path}: {seen}"),
            ));
        }
    }
    Ok(())
}

async fn complete(world: &mut World, _: &Args) -> Judged {
    let body = judge::object(last(world)?)?;
    let sent = world.person(KEY)?.sent.clone();
    for name in ["userName", "name", "emails"] {
        let (wanted, have) = (sent.get(name).cloned().unwrap_or_default(), body.get(name));
        if !have.is_some_and(|have| judge::contains(have, &wanted)) {
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

/// `Resources[0].name.familyName`
fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |at, part| match part.split_once('[') {
        Some((name, index)) => at.get(name)?.get(index.trim_end_matches(']').parse::<usize>().ok()?),
        None => at.get(part),
    })
}

fn holds(have: Option<&Value>, wanted: &str) -> bool {
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

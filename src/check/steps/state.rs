//! Assertions about the state of the server, read by GET requests of the harness.

use serde_json::Value;

use super::definition::{Args, StepDef, step};
use crate::check::assertions;
use crate::check::outcome::{Outcome, StepResult};
use crate::check::world::World;
use crate::wire::encode::component;

pub(super) const STEPS: &[StepDef] = &[
    step!("the server has KEYS as Okta sent (?:her|him|them), (active|inactive)", Target, users_as_sent),
    step!("KEY's (\\w+) on the server is \"([^\"]*)\"", Target, attribute),
    step!("looking up KEY's userName finds exactly (?:her|him)", Target, lookup_finds_person),
    step!("looking up KEY's userName finds nobody", Target, lookup_finds_none),
    step!("looking up KEY's old userName finds nobody", Target, lookup_of_old_name_finds_none),
    step!("looking up the group KEY finds exactly that one", Target, lookup_finds_group),
    step!("the group KEY on the server has exactly KEYS", Target, members),
    step!("the group KEY on the server has no members", Target, no_members),
    step!("the group KEY is gone from the server", Target, group_is_gone),
    step!("the bystanders? (?:is|are) untouched", Target, bystanders_untouched),
];

async fn user(world: &mut World, key: &str) -> StepResult<Value> {
    let id = world.person_id(key)?;
    let exchange = world.get(&format!("/Users/{}", component(&id))).await?;
    assertions::meets_okta_needs(&exchange)?;
    assertions::response_object(&exchange)
}

async fn users_as_sent(world: &mut World, args: &Args) -> StepResult {
    for key in args.keys(0) {
        let stored = user(world, &key).await?;
        let active = args.text(1) == "active";
        if stored.get("active") != Some(&Value::Bool(active)) {
            return Err(Outcome::deviation(
                format!("the server has {key} as {}", if active { "inactive" } else { "active" }),
                format!("active: {active}"),
                format!("active: {}", stored.get("active").map(Value::to_string).unwrap_or_default()),
            ));
        }
        let sent = world.person(&key)?.sent.clone();
        stored_as_sent(&key, &sent, &stored)?;
    }
    Ok(())
}

/// Asserts that the stored user has every attribute that Okta sent last. `active` has a separate assertion, a password is
/// never returned, and `id`, `meta` and `groups` belong to the server.
fn stored_as_sent(key: &str, sent: &Value, stored: &Value) -> StepResult {
    for (name, value) in sent.as_object().into_iter().flatten() {
        if matches!(name.as_str(), "schemas" | "password" | "groups" | "id" | "meta" | "active") {
            continue;
        }
        let have = stored.get(name);
        if !have.is_some_and(|have| assertions::contains(have, value)) {
            return Err(Outcome::deviation(
                format!("the server does not have {key}'s {name} as Okta sent it"),
                format!("{name}: {value}"),
                format!("{name}: {}", have.map_or_else(|| "nothing".to_owned(), Value::to_string)),
            ));
        }
    }
    Ok(())
}

async fn attribute(world: &mut World, args: &Args) -> StepResult {
    let stored = user(world, args.text(0)).await?;
    let have = stored.get(args.text(1));
    if have.and_then(Value::as_str) == Some(args.text(2)) {
        return Ok(());
    }
    Err(Outcome::deviation(
        format!("{}'s {} on the server is not {:?}", args.text(0), args.text(1), args.text(2)),
        format!("{}: {:?}", args.text(1), args.text(2)),
        format!("{}: {}", args.text(1), have.map_or_else(|| "nothing".to_owned(), Value::to_string)),
    ))
}

async fn look_up(world: &mut World, collection: &str, attribute: &str, value: &str) -> StepResult<Vec<String>> {
    let filter = format!("{attribute} eq {}", Value::from(value));
    let path = format!("/{collection}?filter={}&startIndex=1&count=100", component(&filter));
    let exchange = world.get(&path).await?;
    assertions::meets_okta_needs(&exchange)?;
    let body = assertions::response_object(&exchange)?;
    let found = body.get("Resources").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(found.iter().filter_map(|resource| resource.get("id").and_then(Value::as_str).map(str::to_owned)).collect())
}

fn lookup_returned(what: &str, expected: &[String], found: &[String]) -> StepResult {
    if found == expected {
        return Ok(());
    }
    let shown = |ids: &[String]| if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
    Err(Outcome::deviation(format!("the lookup of {what} finds {}", shown(found)), shown(expected), shown(found)))
}

async fn lookup_finds_person(world: &mut World, args: &Args) -> StepResult {
    let id = world.person_id(args.text(0))?;
    let login = world.person(args.text(0))?.login().to_owned();
    let ids = look_up(world, "Users", "userName", &login).await?;
    lookup_returned(&login, &[id], &ids)
}

async fn lookup_finds_none(world: &mut World, args: &Args) -> StepResult {
    let login = world.person(args.text(0))?.login().to_owned();
    let ids = look_up(world, "Users", "userName", &login).await?;
    lookup_returned(&login, &[], &ids)
}

async fn lookup_of_old_name_finds_none(world: &mut World, args: &Args) -> StepResult {
    let login = world.person(args.text(0))?.logins.first().cloned().unwrap_or_default();
    let ids = look_up(world, "Users", "userName", &login).await?;
    lookup_returned("the old userName", &[], &ids)
}

async fn lookup_finds_group(world: &mut World, args: &Args) -> StepResult {
    let id = world.group_id(args.text(0))?;
    let name = world.group(args.text(0))?.name().to_owned();
    let ids = look_up(world, "Groups", "displayName", &name).await?;
    lookup_returned(&name, &[id], &ids)
}

async fn has_members(world: &mut World, key: &str, expected: Vec<String>) -> StepResult {
    let id = world.group_id(key)?;
    let exchange = world.get(&format!("/Groups/{}", component(&id))).await?;
    assertions::meets_okta_needs(&exchange)?;
    let body = assertions::response_object(&exchange)?;
    let name = world.group(key)?.name().to_owned();
    if body.get("displayName").and_then(Value::as_str) != Some(name.as_str()) {
        return Err(Outcome::deviation(
            format!("the group {key} has another name on the server"),
            format!("displayName: {name:?}"),
            format!("displayName: {}", body.get("displayName").map(Value::to_string).unwrap_or_default()),
        ));
    }
    let have = assertions::member_ids(body.get("members").and_then(Value::as_array).map_or(&[], Vec::as_slice));
    let mut expected = expected;
    expected.sort();
    if have == expected {
        return Ok(());
    }
    // Sorted by key, because the order of the server's IDs differs between runs.
    let shown = |ids: &[String]| {
        let mut names: Vec<String> = ids.iter().map(|id| world.cast.replace_with_keys(id)).collect();
        names.sort();
        assertions::join(&names)
    };
    Err(Outcome::deviation(format!("the group {key} on the server has other members"), shown(&expected), shown(&have)))
}

async fn members(world: &mut World, args: &Args) -> StepResult {
    let expected = args.keys(1).iter().map(|key| world.person_id(key)).collect::<StepResult<Vec<_>>>()?;
    has_members(world, args.text(0), expected).await
}

async fn no_members(world: &mut World, args: &Args) -> StepResult {
    has_members(world, args.text(0), Vec::new()).await
}

async fn group_is_gone(world: &mut World, args: &Args) -> StepResult {
    let id = world.group_id(args.text(0))?;
    let exchange = world.get(&format!("/Groups/{}", component(&id))).await?;
    assertions::has_status(&exchange, &[404])
}

async fn bystanders_untouched(world: &mut World, _: &Args) -> StepResult {
    let stored = user(world, "bystander").await?;
    let mut sent = world.person("bystander")?.sent.clone();
    stored_as_sent("bystander", &sent.take(), &stored)?;
    if stored.get("active") != Some(&Value::Bool(true)) {
        return Err(Outcome::deviation(
            "the bystander is no longer active",
            "active: true",
            format!("active: {}", stored.get("active").map(Value::to_string).unwrap_or_default()),
        ));
    }
    if world.cast.groups.contains_key("bystanders") {
        let id = world.person_id("bystander")?;
        has_members(world, "bystanders", vec![id]).await?;
    }
    Ok(())
}

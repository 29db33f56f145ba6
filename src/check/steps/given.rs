//! The initial state of the server, created by requests of the harness as by any other client.

use serde_json::{Value, json};

use super::definition::{Args, StepDef, step};
use crate::check::assertions;
use crate::check::outcome::{Outcome, StepResult};
use crate::check::reading::{describe, object, succeeded};
use crate::check::world::World;
use crate::okta::ClientKind;
use crate::scim::message::PATCH_OP;
use crate::wire::encode::component;
use crate::wire::{Method, Request};

pub(super) const STEPS: &[StepDef] = &[
    step!("an unrelated user on the server", Target, bystander, CreatesKey("bystander")),
    step!("an unrelated group on the server", Target, bystander_group, CreatesKey("bystander")),
    step!("the server already has the user PERSON", Target, active_user, Creates),
    step!("the server already has the inactive user PERSON", Target, inactive_user, Creates),
    step!(
        "the server already has the inactive user PERSON, with the userName in capital letters",
        Target,
        inactive_in_capitals,
        Creates
    ),
    step!("another client of the server deactivates PERSON", Target, deactivate, Changes),
    step!("the server already has a group named GROUP with PEOPLE", Target, group, Changes),
    step!("the server already has a group whose name begins with that of the group GROUP", Target, longer_group),
    step!("another client of the server gives PERSON another userName", Target, rename_user, Changes),
    step!("a server that responds to the lookup of PERSON with (.+)", Target, double, Judges),
];

async fn bystander(world: &mut World, _: &Args) -> StepResult {
    world.make_user("bystander", true).await
}

async fn bystander_group(world: &mut World, _: &Args) -> StepResult {
    if !world.cast.people.contains_key("bystander") {
        world.make_user("bystander", true).await?;
    }
    world.make_group("bystanders", &["bystander".to_owned()]).await
}

async fn active_user(world: &mut World, args: &Args) -> StepResult {
    world.make_user(args.text(0), true).await
}

async fn inactive_user(world: &mut World, args: &Args) -> StepResult {
    if !world.cast.people.contains_key(args.text(0)) {
        world.cast_person(args.text(0));
    }
    let body = world.user_body(args.text(0), false)?;
    create_inactive(world, args.text(0), body).await
}

async fn inactive_in_capitals(world: &mut World, args: &Args) -> StepResult {
    world.cast_person(args.text(0));
    let mut body = world.user_body(args.text(0), false)?;
    let name = world.person(args.text(0))?.login().to_uppercase();
    if let Some(body) = body.as_object_mut() {
        body.insert("userName".to_owned(), Value::from(name));
    }
    create_inactive(world, args.text(0), body).await
}

/// Creates an inactive user. Okta never does that, so a server may refuse it, as WorkOS can: then an active user is created
/// and deactivated.
async fn create_inactive(world: &mut World, key: &str, mut body: Value) -> StepResult {
    let exchange = world.send(Request::scim(Method::Post, "/Users", Some(&body))).await?;
    if !exchange.status().is_some_and(|status| (400..500).contains(&status)) {
        return assertions::was_created(&exchange);
    }
    if let Some(body) = body.as_object_mut() {
        body.insert("active".to_owned(), Value::Bool(true));
    }
    world.create_user(&body).await?;
    deactivate_user(world, key).await
}

async fn deactivate(world: &mut World, args: &Args) -> StepResult {
    deactivate_user(world, args.text(0)).await
}

/// Deactivates a user by the method that the scenario's client of Okta uses.
async fn deactivate_user(world: &mut World, key: &str) -> StepResult {
    let path = format!("/Users/{}", component(&world.person_id(key)?));
    let request = if world.client == ClientKind::Aiw {
        let mut body = object(&world.get(&path).await?).unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.insert("active".to_owned(), Value::Bool(false));
        }
        Request::scim(Method::Put, &path, Some(&body))
    } else {
        let operations = json!([{"op": "replace", "value": {"active": false}}]);
        Request::scim(Method::Patch, &path, Some(&json!({"schemas": [PATCH_OP], "Operations": operations})))
    };
    let exchange = world.send(request).await?;
    if succeeded(&exchange) {
        return Ok(());
    }
    Err(Outcome::Blocked(format!("the harness could not deactivate {key}: {}", describe(&exchange))))
}

async fn group(world: &mut World, args: &Args) -> StepResult {
    world.make_group(args.text(0), &args.keys(1)).await
}

/// Makes a group with the name of another one and a further word. A lookup must not find it under the shorter name.
async fn longer_group(world: &mut World, args: &Args) -> StepResult {
    let name = format!("{} staff", world.group_name(args.text(0)));
    world.cast_group_named("longer", name);
    world.make_group("longer", &[]).await
}

async fn rename_user(world: &mut World, args: &Args) -> StepResult {
    let (key, login) = (args.text(0), world.login(&format!("{}.later", args.text(0))));
    let path = format!("/Users/{}", component(&world.person_id(key)?));
    let mut body = object(&world.get(&path).await?).unwrap_or_default();
    if let Some(body) = body.as_object_mut() {
        body.insert("userName".to_owned(), Value::from(login.clone()));
    }
    if let Some(person) = world.cast.people.get_mut(key) {
        person.logins.push(login.clone());
        person.profile.insert("login".to_owned(), login);
    }
    let exchange = world.send(Request::scim(Method::Put, &path, Some(&body))).await?;
    if succeeded(&exchange) {
        return Ok(());
    }
    Err(Outcome::Blocked(format!("the harness could not rename {key}: {}", describe(&exchange))))
}

async fn double(world: &mut World, args: &Args) -> StepResult {
    let login = world.person(args.text(0))?.login().to_owned();
    let Some(double) = world.run.double.clone() else {
        return Err(Outcome::InvalidStep(
            "this scenario needs a test double of the server; it runs in the project's own tests".to_owned(),
        ));
    };
    double.prepare(args.text(1), &login).await;
    Ok(())
}

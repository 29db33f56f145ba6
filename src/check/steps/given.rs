//! The initial state of the server, created by requests of the harness as by any other client.

use super::definition::{Args, StepDef, step};
use crate::check::outcome::{Outcome, StepResult};
use crate::check::world::World;

pub(super) const STEPS: &[StepDef] = &[
    step!("an unrelated user on the server", Target, bystander),
    step!("an unrelated group on the server", Target, bystander_group),
    step!("the server already has the user KEY", Target, active_user),
    step!("the server already has the inactive user KEY", Target, inactive_user),
    step!("the server already has a group named KEY with KEYS", Target, group),
    step!("a server that responds to the lookup of KEY with (.+)", Target, double),
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
    world.make_user(args.text(0), false).await
}

async fn group(world: &mut World, args: &Args) -> StepResult {
    world.make_group(args.text(0), &args.keys(1)).await
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

//! What the server has beforehand: made by the harness's own requests, as another client of the server would.

use super::{Args, StepDef, step};
use crate::check::outcome::{Judged, Outcome};
use crate::check::world::World;

pub(super) const STEPS: &[StepDef] = &[
    step!("a bystander on the server", Target, bystander),
    step!("a bystander group on the server", Target, bystander_group),
    step!("the server already has KEY", Target, has),
    step!("the server already has KEY, inactive", Target, has_inactive),
    step!("the server already has a group named KEY with KEYS", Target, has_group),
    step!("a server that answers the lookup of KEY with (.+)", Target, double),
];

async fn bystander(world: &mut World, _: &Args) -> Judged {
    world.make_user("bystander", true).await
}

async fn bystander_group(world: &mut World, _: &Args) -> Judged {
    if !world.cast.people.contains_key("bystander") {
        world.make_user("bystander", true).await?;
    }
    world.make_group("bystanders", &["bystander".to_owned()]).await
}

async fn has(world: &mut World, args: &Args) -> Judged {
    world.make_user(args.text(0), true).await
}

async fn has_inactive(world: &mut World, args: &Args) -> Judged {
    world.make_user(args.text(0), false).await
}

async fn has_group(world: &mut World, args: &Args) -> Judged {
    world.make_group(args.text(0), &args.keys(1)).await
}

async fn double(world: &mut World, args: &Args) -> Judged {
    let login = world.person(args.text(0))?.login().to_owned();
    let Some(double) = world.run.double.clone() else {
        return Err(Outcome::Mistake(
            "this scenario needs a stand-in for the server; it runs in the project's own tests".to_owned(),
        ));
    };
    double.prepare(args.text(1), &login).await;
    Ok(())
}

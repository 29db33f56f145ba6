//! Actions in Okta.

use std::collections::BTreeMap;

use super::definition::{Args, StepDef, step};
use crate::check::outcome::{Outcome, StepResult};
use crate::check::world::{APP, World};
use crate::okta::Action;
use crate::okta::action::ToAppChange;
use crate::okta::mapping::{ApplyOn, CustomRow, Profile};

pub(super) const STEPS: &[StepDef] = &[
    step!("PEOPLE (?:is a user|are users) in Okta", Target, people, Introduces),
    step!("PEOPLE also exists? in Okta", Target, people, Introduces),
    step!("PERSON is a user in Okta with", Target, person_with, Creates),
    step!("PERSON is a user in Okta with the former userName of PERSON", Target, person_with_former_name, Creates),
    step!("PERSON is a user in Okta with the e-mail address of PERSON", Target, person_with_shared_email, Creates),
    step!("Okta has the habit ([a-z-]+=\\S+)", Target, habit),
    step!("the app sends (\\w+) as \"(\\w+)\" of the extension \"([^\"]+)\"", Target, custom_attribute, ShapesCreates),
    step!("the group GROUP in Okta with PEOPLE", Target, group_with, Groups),
    step!("the empty group GROUP in Okta", Target, empty_group),
    step!("the empty group GROUP in Okta, whose name begins with '(.+)'", Target, empty_group_named),
    step!("the administrator tests the connection", Target, test_connection),
    step!("the administrator saves the connection", Target, save_connection),
    step!("\"(Create Users|Update User Attributes|Deactivate Users)\" is off in the app", Target, switch_off),
    step!("\"(Sync Password)\" is off in the app", Target, switch_off, ShapesCreates),
    step!("\"Sync Password\" is on in the app", Target, sync_password, ShapesCreates),
    step!("PERSON's password changes in Okta", Target, change_password, Changes),
    step!("PEOPLE (?:is|are) assigned to the app", Target, assign, Assigns),
    step!("PEOPLE (?:is|are) unassigned from the app", Target, unassign, Changes),
    step!("PERSON is (deactivated|reactivated|deleted|suspended|unsuspended) in Okta", Target, lifecycle, Changes),
    step!("PERSON's (\\w+) becomes \"([^\"]*)\" in Okta", Target, change_attribute, Changes),
    step!("these attributes of PERSON change in Okta", Target, change_attributes, Changes),
    step!("PERSON's (\\w+(?:, \\w+)*(?: and \\w+)?) (?:is|are) cleared in Okta", Target, clear_attributes, Changes),
    step!("PERSON's userName changes in Okta", Target, rename_person, Changes),
    step!("PERSON's userName becomes that of PERSON in Okta", Target, take_name, Changes),
    step!("the group GROUP is assigned to the app", Target, assign_group, ShapesCreates),
    step!("PEOPLE (?:is|are) added to the group GROUP in Okta", Target, join, Changes),
    step!("PEOPLE (?:is|are) removed from the group GROUP in Okta", Target, leave, Changes),
    step!("the group GROUP in Okta gains PEOPLE and loses PEOPLE in one change", Target, swap, Changes),
    step!("the group GROUP is pushed", Target, push, ShapesCreates),
    step!("\"Push now\" is used for the group GROUP", Target, push_now),
    step!("the group GROUP is linked to the group GROUP of the server", Target, link_group),
    step!("\"Force Sync\" is used for the app", Target, force_sync),
    step!("the administrator retries the failed tasks", Target, retry_tasks),
    step!("the group GROUP is renamed to GROUP in Okta", Target, rename_group),
    step!("the push of GROUP is paused", Target, pause),
    step!("the push of GROUP is resumed", Target, resume),
    step!("the group GROUP is unlinked and left on the server", Target, unlink_leave),
    step!("the group GROUP is unlinked and deleted on the server", Target, unlink_delete),
];

fn app() -> String {
    APP.to_owned()
}

fn profile_of(attributes: BTreeMap<String, String>) -> Profile {
    attributes.into_iter().map(|(name, value)| (name, value.into())).collect()
}

async fn people(world: &mut World, args: &Args) -> StepResult {
    for key in args.keys(0) {
        // A person who is in the cast already exists on the server; Okta has the same one.
        if !world.cast.people.contains_key(&key) && !world.adopt(&key) {
            world.cast_person(&key);
        }
        let profile = profile_of(world.person(&key)?.profile.clone());
        world
            .act(Action::CreatePerson { person: key.clone(), profile, staged: false, without_password: false })
            .await?;
        world.identify(&key)?;
    }
    Ok(())
}

/// Returns the rows of a table as attributes of an Okta profile.
fn attributes_of(table: &[Vec<String>]) -> StepResult<BTreeMap<String, String>> {
    let row = |row: &Vec<String>| match row.as_slice() {
        [name, value] => Ok((name.clone(), value.clone())),
        _ => Err(Outcome::InvalidStep("each row must have an attribute and a value".to_owned())),
    };
    table.iter().map(row).collect()
}

async fn create_person(world: &mut World, key: &str) -> StepResult {
    let profile = profile_of(world.person(key)?.profile.clone());
    world.act(Action::CreatePerson { person: key.to_owned(), profile, staged: false, without_password: false }).await
}

async fn person_with(world: &mut World, args: &Args) -> StepResult {
    world.cast_person_with(args.text(0), &attributes_of(&args.table)?);
    create_person(world, args.text(0)).await
}

async fn person_with_former_name(world: &mut World, args: &Args) -> StepResult {
    let key = args.text(0);
    let former = world.person(args.text(1))?.logins.first().cloned().unwrap_or_default();
    world.cast_person(key);
    if let Some(person) = world.cast.people.get_mut(key) {
        person.profile.insert("login".to_owned(), former.clone());
        person.logins = vec![former];
    }
    create_person(world, key).await
}

async fn person_with_shared_email(world: &mut World, args: &Args) -> StepResult {
    let email = world.person(args.text(1))?.profile.get("email").cloned().unwrap_or_default();
    world.cast_person_with(args.text(0), &BTreeMap::from([("email".to_owned(), email)]));
    create_person(world, args.text(0)).await
}

/// Sets a habit, which the agent reads when it is created with the first action in Okta.
async fn habit(world: &mut World, args: &Args) -> StepResult {
    world.habits.set_pair(args.text(0)).map_err(|error| Outcome::InvalidStep(error.to_string()))
}

/// Adds an attribute to the mapping of the app, which is created with the first action in Okta.
async fn custom_attribute(world: &mut World, args: &Args) -> StepResult {
    let [source, name, namespace] = [0, 1, 2].map(|index| args.text(index).to_owned());
    world.custom_attributes.push(CustomRow {
        source,
        name,
        namespace,
        apply: ApplyOn::default(),
        combine_groups: false,
    });
    Ok(())
}

pub(super) async fn make_group(world: &mut World, key: &str, people: Vec<String>) -> StepResult {
    if !world.cast.groups.contains_key(key) {
        world.cast_group(key);
    }
    let group = world.group(key)?.name().to_owned();
    world.act(Action::CreateGroup { group: group.clone() }).await?;
    if people.is_empty() {
        return Ok(());
    }
    world.act_also(Action::AddToGroup { group, people }).await
}

async fn group_with(world: &mut World, args: &Args) -> StepResult {
    make_group(world, args.text(0), args.keys(1)).await
}

async fn empty_group(world: &mut World, args: &Args) -> StepResult {
    make_group(world, args.text(0), Vec::new()).await
}

async fn empty_group_named(world: &mut World, args: &Args) -> StepResult {
    let name = world.group_name(args.text(1));
    world.cast_group_named(args.text(0), name);
    make_group(world, args.text(0), Vec::new()).await
}

async fn test_connection(world: &mut World, _: &Args) -> StepResult {
    world.act(Action::TestConnection { app: app() }).await
}

async fn save_connection(world: &mut World, _: &Args) -> StepResult {
    world.act(Action::SaveConnection { app: app() }).await
}

async fn switch_off(world: &mut World, args: &Args) -> StepResult {
    let mut switches = ToAppChange::default();
    match args.text(0) {
        "Create Users" => switches.create = Some(false),
        "Update User Attributes" => switches.update = Some(false),
        "Sync Password" => switches.sync_password = Some(false),
        _ => switches.deactivate = Some(false),
    }
    world.act(Action::SaveToApp { app: app(), switches }).await
}

async fn sync_password(world: &mut World, _: &Args) -> StepResult {
    let switches = ToAppChange { sync_password: Some(true), ..ToAppChange::default() };
    world.act(Action::SaveToApp { app: app(), switches }).await
}

async fn change_password(world: &mut World, args: &Args) -> StepResult {
    world.act(Action::ChangePassword { person: args.text(0).to_owned() }).await
}

async fn assign(world: &mut World, args: &Args) -> StepResult {
    let (imported, people): (Vec<String>, Vec<String>) =
        args.keys(0).into_iter().partition(|key| world.unconfirmed.contains_key(key));
    world.confirm_import(imported).await?;
    if people.is_empty() { Ok(()) } else { world.act_also(Action::assign(app(), people)).await }
}

async fn unassign(world: &mut World, args: &Args) -> StepResult {
    world.act(Action::Unassign { app: app(), people: args.keys(0) }).await
}

async fn lifecycle(world: &mut World, args: &Args) -> StepResult {
    let person = args.text(0).to_owned();
    let action = match args.text(1) {
        "deactivated" => Action::DeactivatePerson { person },
        "reactivated" => Action::ReactivatePerson { person },
        "suspended" => Action::SuspendPerson { person },
        "unsuspended" => Action::UnsuspendPerson { person },
        _ => Action::DeletePerson { person },
    };
    world.act(action).await
}

async fn update_profile(world: &mut World, key: &str, set: BTreeMap<String, String>) -> StepResult {
    if let Some(person) = world.cast.people.get_mut(key) {
        person.profile.extend(set.clone());
    }
    world.act(Action::UpdateProfile { person: key.to_owned(), set: profile_of(set) }).await
}

async fn change_attribute(world: &mut World, args: &Args) -> StepResult {
    let change = BTreeMap::from([(args.text(1).to_owned(), args.text(2).to_owned())]);
    update_profile(world, args.text(0), change).await
}

async fn change_attributes(world: &mut World, args: &Args) -> StepResult {
    update_profile(world, args.text(0), attributes_of(&args.table)?).await
}

async fn clear_attributes(world: &mut World, args: &Args) -> StepResult {
    let cleared = args.keys(1).into_iter().map(|name| (name, String::new())).collect();
    update_profile(world, args.text(0), cleared).await
}

async fn take_name(world: &mut World, args: &Args) -> StepResult {
    let login = world.person(args.text(1))?.login().to_owned();
    change_login(world, args.text(0), login).await
}

async fn rename_person(world: &mut World, args: &Args) -> StepResult {
    let login = world.login(&format!("{}.new", args.text(0)));
    change_login(world, args.text(0), login).await
}

async fn change_login(world: &mut World, key: &str, login: String) -> StepResult {
    let Some(person) = world.cast.people.get_mut(key) else {
        return Err(Outcome::InvalidStep(format!("the scenario has no person {key:?}")));
    };
    person.logins.push(login.clone());
    update_profile(world, key, BTreeMap::from([("login".to_owned(), login)])).await
}

async fn assign_group(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::assign_group(app(), group)).await
}

async fn join(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(1))?.name().to_owned();
    world.act(Action::AddToGroup { group, people: args.keys(0) }).await
}

async fn leave(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(1))?.name().to_owned();
    world.act(Action::RemoveFromGroup { group, people: args.keys(0) }).await
}

async fn swap(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::ChangeGroup { group, add: args.keys(1), remove: args.keys(2) }).await
}

async fn push(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::PushGroup { app: app(), group, immediately: true }).await
}

async fn push_now(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::PushNow { app: app(), group }).await
}

/// Links a pushed group to another group of the server, which then belongs to the pushed one.
async fn link_group(world: &mut World, args: &Args) -> StepResult {
    let (key, other) = (args.text(0), args.text(1));
    let (group, to) = (world.group(key)?.name().to_owned(), world.group(other)?.name().to_owned());
    if let (Some(mut linked), Some(pushed)) = (world.cast.groups.remove(other), world.cast.groups.get_mut(key)) {
        linked.names.append(&mut pushed.names);
        *pushed = linked;
    }
    world.act(Action::LinkGroup { app: app(), group, to }).await
}

async fn force_sync(world: &mut World, _: &Args) -> StepResult {
    world.act(Action::ForceSync { app: app() }).await
}

async fn retry_tasks(world: &mut World, _: &Args) -> StepResult {
    world.act(Action::RetryTasks { app: app() }).await
}

async fn rename_group(world: &mut World, args: &Args) -> StepResult {
    let (key, new) = (args.text(0), args.text(1));
    let to = world.group_name(new);
    let group = world.group(key)?.name().to_owned();
    if let Some(known) = world.cast.groups.get_mut(key) {
        known.names.push((new.to_owned(), to.clone()));
    }
    world.act(Action::RenameGroup { group, to }).await
}

async fn pause(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::DeactivatePush { app: app(), group }).await
}

async fn resume(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::ActivatePush { app: app(), group }).await
}

async fn unlink_leave(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::UnlinkGroup { app: app(), group, delete: false }).await
}

async fn unlink_delete(world: &mut World, args: &Args) -> StepResult {
    let group = world.group(args.text(0))?.name().to_owned();
    world.act(Action::UnlinkGroup { app: app(), group, delete: true }).await
}

//! The walk through all users, page by page, as an import reads them.
//!
//! Users of others are counted by their IDs and never quoted.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Args, StepDef, step};
use super::large_groups::names;
use crate::check::assertions;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::page_walk::{self, MOST_PAGES, PAGE, PageWalk};
use crate::check::reading::place;
use crate::check::requirement::Requirement;
use crate::check::world::World;

pub(super) const STEPS: &[StepDef] = &[
    step!("all users are read page by page", Target, read_pages),
    step!("Okta accepts every page", Target, pages_are_right),
    step!("the pages contain all of them", Target, people_are_on_pages),
    step!("no page repeats a user of an earlier page", Target, no_page_repeats_a_user),
    step!("the pages agree on the number of users", Target, totals_agree),
];

/// The walks through a list that others change meanwhile.
const WALKS: usize = 3;

async fn read_pages(world: &mut World, _: &Args) -> StepResult {
    let own: BTreeSet<String> = world.crowd.iter().map(|user| user.id.clone()).collect();
    let mut found = BTreeSet::new();
    for _ in 0..WALKS {
        world.mark = world.exchanges.len();
        world.walk = walk(world, &own).await?;
        // A user that a change of the list hid from one walk is on another.
        found.extend(world.walk.ids.iter().filter(|id| own.contains(*id)).cloned());
        if world.walk.is_stable() {
            break;
        }
    }
    world.walk.ids.extend(found);
    Ok(())
}

/// Reads the pages of a list once.
async fn walk(world: &mut World, own: &BTreeSet<String>) -> StepResult<PageWalk> {
    let mut walk = PageWalk::default();
    // Each page that was read, and whether one of the run's own users is on it.
    let mut read: BTreeMap<u64, bool> = BTreeMap::new();
    let mut waiting = vec![0];
    let mut pages = 1;
    while let Some(number) = waiting.pop() {
        let exchange = world.get(&format!("/Users?startIndex={}&count={PAGE}", number * PAGE + 1)).await?;
        let has_own = page_walk::ids(&exchange).iter().any(|id| own.contains(id));
        let total = page_walk::total(&exchange);
        let users = walk.add(exchange);
        read.insert(number, has_own);
        if users == 0 {
            // An import ends here.
            break;
        }
        if number == 0 {
            let Some(total) = total else { break };
            let (numbers, is_cut) = page_walk::pages_to_read(total, own.len() as u64);
            (pages, walk.is_cut) = (total.div_ceil(PAGE), is_cut);
            waiting = numbers.into_iter().rev().collect();
        }
        if waiting.is_empty() && !own.is_subset(&walk.ids) && (read.len() as u64) < MOST_PAGES {
            waiting.extend(beside(&read, pages));
        }
    }
    Ok(walk)
}

/// Returns a page that was not read, beside one with users of the run.
fn beside(read: &BTreeMap<u64, bool>, pages: u64) -> Option<u64> {
    let own = read.iter().filter(|(_, has_own)| **has_own).map(|(number, _)| *number);
    let mut beside = own.flat_map(|number| [number.checked_sub(1), number.checked_add(1)]).flatten();
    beside.find(|number| *number < pages && !read.contains_key(number))
}

async fn pages_are_right(world: &mut World, _: &Args) -> StepResult {
    for page in world.walk.pages.clone() {
        world.assess(assertions::judge(&page));
    }
    Ok(())
}

async fn people_are_on_pages(world: &mut World, _: &Args) -> StepResult {
    let walk = world.walk.clone();
    world.note([Requirement::ListTotal, Requirement::ListComplete]);
    let missing = world.crowd.iter().filter(|user| !walk.ids.contains(&user.id));
    let missing: Vec<&str> = missing.map(|user| user.person.key.as_str()).collect();
    let Some(last) = walk.pages.last().filter(|_| !missing.is_empty()) else { return Ok(()) };
    if world.has_fault(&[Requirement::ListCounters, Requirement::ListResources]) {
        return Err(Outcome::Blocked("the pages cannot be counted".to_owned()));
    }
    let ended_early = page_walk::ids(last).is_empty();
    if walk.is_cut && !ended_early {
        return Err(Outcome::NotObserved("the tenant has too many users to read all pages".to_owned()));
    }
    let total = walk.totals.last().copied().unwrap_or_default();
    let seen = walk.ids.len() as u64;
    let deviation = if seen >= total {
        let (expected, actual) = ("the number of all users", total.to_string());
        Deviation::new(Requirement::ListTotal, Kind::Changed, "totalResults", expected, actual)
    } else {
        let actual = format!("{seen} of {total} users, without {}", names(&missing));
        Deviation::new(Requirement::ListComplete, Kind::Missing, "resources", "every user on a page", actual)
    };
    world.report(deviation.at(place(last)).about(Subject::User));
    Ok(())
}

async fn no_page_repeats_a_user(world: &mut World, _: &Args) -> StepResult {
    let walk = world.walk.clone();
    world.note([Requirement::ListPage]);
    // Pages that repeat users in place of others are reported as incomplete.
    if walk.repeated == 0 || world.has_fault(&[Requirement::ListComplete, Requirement::ListPage]) {
        return Ok(());
    }
    if !walk.is_stable() {
        return Err(Outcome::NotObserved("the number of users changed while the pages were read".to_owned()));
    }
    let Some(last) = walk.pages.last() else { return Ok(()) };
    let actual = format!("{} of an earlier page", walk.repeated);
    let deviation = Deviation::new(Requirement::ListPage, Kind::Extra, "resources", "each user once", actual);
    world.report(deviation.at(place(last)).about(Subject::User));
    Ok(())
}

async fn totals_agree(world: &mut World, _: &Args) -> StepResult {
    if world.walk.is_stable() || world.has_fault(&[Requirement::ListTotal]) {
        return Ok(());
    }
    let totals: Vec<String> = world.walk.totals.iter().map(u64::to_string).collect();
    Err(Outcome::NotObserved(format!(
        "totalResults changed while the pages were read, in each of {WALKS} walks: {}",
        totals.join(", ")
    )))
}

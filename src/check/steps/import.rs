//! The walk through all users, page by page, as an import reads them.
//!
//! Pages are small, so that a tenant with few users has several. Users of others are counted by their IDs and never quoted.

use std::collections::BTreeSet;

use super::definition::{Args, StepDef, step};
use crate::check::assertions;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::reading::{attribute, object, place, resources};
use crate::check::requirement::Requirement;
use crate::check::world::World;
use crate::wire::{Exchange, id_text};

pub(super) const STEPS: &[StepDef] = &[
    step!("all users are read page by page", Target, read_pages),
    step!("Okta accepts every page", Target, pages_are_right),
    step!("the pages contain KEYS", Target, people_are_on_pages),
    step!("no page repeats a user of an earlier page", Target, no_page_repeats_a_user),
];

/// The pages of a walk, if the tenant is not large.
const FEW_PAGES: u64 = 10;
/// The users on a page of an import (REF20).
const MOST_USERS: u64 = 100;
/// The most pages that are read. Of a larger tenant, only the first and the last ones are.
const MOST_PAGES: u64 = 30;
/// The walks through a list that others change meanwhile.
const WALKS: usize = 3;

async fn read_pages(world: &mut World, _: &Args) -> StepResult {
    for _ in 0..WALKS {
        world.mark = world.exchanges.len();
        walk(world).await?;
        let walk = Walk::of(world);
        let own = world.cast.people.values().filter_map(|person| person.id());
        let is_complete = own.into_iter().all(|id| walk.ids.contains(id));
        if walk.is_stable() && walk.repeated == 0 && is_complete {
            break;
        }
    }
    Ok(())
}

async fn walk(world: &mut World) -> StepResult {
    let mut size = 2;
    let first = page(world, 1, size).await?;
    let Some(total) = first.total else { return Ok(()) };
    let most = total.div_ceil(FEW_PAGES).clamp(size, MOST_USERS);
    if most > size {
        size = most;
        page(world, 1, size).await?;
    }
    let pages = total.div_ceil(size);
    let numbers: Vec<u64> = if pages > MOST_PAGES { vec![1, pages - 2, pages - 1] } else { (1..pages).collect() };
    for number in numbers {
        let read = page(world, number * size + 1, size).await?;
        if read.users == 0 {
            break;
        }
    }
    Ok(())
}

/// The values of a page from which the walk derives the next request.
struct Page {
    total: Option<u64>,
    users: usize,
}

async fn page(world: &mut World, start: u64, count: u64) -> StepResult<Page> {
    let exchange = world.get(&format!("/Users?startIndex={start}&count={count}")).await?;
    let total = object(&exchange).and_then(|body| attribute(&body, "totalResults")?.as_u64());
    Ok(Page { total, users: ids(&exchange).len() })
}

fn ids(exchange: &Exchange) -> Vec<String> {
    let body = object(exchange).unwrap_or_default();
    resources(&body).into_iter().flatten().filter_map(|user| id_text(user.get("id")?)).collect()
}

/// The pages of the last walk together.
struct Walk {
    pages: Vec<Exchange>,
    ids: BTreeSet<String>,
    /// The number of users that were on an earlier page.
    repeated: usize,
    totals: BTreeSet<u64>,
}

impl Walk {
    fn of(world: &World) -> Self {
        let read = world.exchanges.iter().skip(world.mark).map(|(_, exchange)| exchange);
        let pages: Vec<Exchange> = read.filter(|page| page.request.path.starts_with("/Users?")).cloned().collect();
        let mut walk = Self { pages, ids: BTreeSet::new(), repeated: 0, totals: BTreeSet::new() };
        let starts_again = |path: &str| path.starts_with("/Users?startIndex=1&");
        for page in &walk.pages {
            if starts_again(&page.request.path) {
                walk.ids.clear();
            }
            let ids = ids(page);
            walk.repeated += ids.iter().filter(|id| walk.ids.contains(*id)).count();
            walk.ids.extend(ids);
            walk.totals.extend(object(page).and_then(|body| attribute(&body, "totalResults")?.as_u64()));
        }
        walk
    }

    fn is_stable(&self) -> bool {
        self.totals.len() < 2
    }

    /// Returns true if the last page would have been followed by another one in a tenant of this size.
    fn is_cut(&self) -> bool {
        self.pages.len() as u64 > MOST_PAGES || self.totals.iter().any(|total| total.div_ceil(MOST_USERS) > MOST_PAGES)
    }
}

async fn pages_are_right(world: &mut World, _: &Args) -> StepResult {
    for page in Walk::of(world).pages {
        world.assess(assertions::judge(&page));
    }
    Ok(())
}

async fn people_are_on_pages(world: &mut World, args: &Args) -> StepResult {
    let walk = Walk::of(world);
    world.note([Requirement::ListTotal, Requirement::ListComplete]);
    let mut missing = Vec::new();
    for key in args.keys(0) {
        if !walk.ids.contains(&world.person_id(&key)?) {
            missing.push(key);
        }
    }
    let Some(last) = walk.pages.last().filter(|_| !missing.is_empty()) else { return Ok(()) };
    if world.has_fault(&[Requirement::ListCounters, Requirement::ListResources]) {
        return Err(Outcome::Blocked("the pages cannot be counted".to_owned()));
    }
    if walk.is_cut() {
        return Err(Outcome::NotObserved("the tenant has too many users to read all pages".to_owned()));
    }
    let total = walk.totals.last().copied().unwrap_or_default();
    let seen = walk.ids.len() as u64;
    let (requirement, kind, part, expected) = if seen >= total {
        (Requirement::ListTotal, Kind::Changed, "totalResults", "the number of all users")
    } else {
        (Requirement::ListComplete, Kind::Missing, "resources", "every user on a page")
    };
    let actual = match requirement {
        Requirement::ListTotal => total.to_string(),
        _ => format!("{seen} of {total} users, without {}", missing.join(", ")),
    };
    let deviation = Deviation::new(requirement, kind, part, expected, actual);
    world.report(deviation.at(place(last)).about(Subject::User));
    Ok(())
}

async fn no_page_repeats_a_user(world: &mut World, _: &Args) -> StepResult {
    let walk = Walk::of(world);
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

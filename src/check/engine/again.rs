//! Decides which scenarios run again, because the target was unavailable or another scenario may have caused their results.

use std::collections::HashSet;

use crate::check::case::Case;
use crate::check::requirement::Requirement;
use crate::check::results::Judged;
use crate::check::sender::Sender;
use crate::check::world::World;
use crate::wire::{Failure, Route};

/// The most attempts at a scenario if the target is unavailable.
pub(super) const ATTEMPTS: usize = 4;
/// The most attempts at a scenario if scenarios that ran at the same time may have changed its results.
pub(super) const DISTURBED_ATTEMPTS: usize = 2;

/// A case in which a request of the harness got no response in time while other requests were under way.
pub(super) struct Slow {
    pub case: Case,
    /// The routes of the requests without a response.
    pub routes: HashSet<Route>,
    pub results: Vec<Judged>,
}

/// Returns true if a write of another scenario may have caused one of these results, on a target that changes resources which
/// a write does not name. That includes the results that show it: the write at fault may be that of another scenario.
pub(super) fn may_be_disturbed(results: &[Judged]) -> bool {
    requirements(results).next().is_some()
}

/// Returns true if the results show that a write changes resources that it does not name.
pub(super) fn disturbs_others(results: &[Judged]) -> bool {
    requirements(results).any(|requirement| requirement == Requirement::OthersUntouched)
}

fn requirements(results: &[Judged]) -> impl Iterator<Item = Requirement> {
    results.iter().flat_map(|result| &result.faults).map(|fault| fault.deviation.requirement)
}

/// Returns true if the target was unavailable for one of Okta's requests, which says nothing about it.
pub(super) fn was_unavailable(world: &World) -> bool {
    world.exchanges.iter().any(|(sender, exchange)| *sender == Sender::Okta && exchange.status() == Some(503))
}

/// Returns the routes of the harness's requests that got no response in time.
pub(super) fn too_slow(world: &World) -> HashSet<Route> {
    let of_harness = world.exchanges.iter().filter(|(sender, _)| *sender == Sender::Harness);
    let slow = of_harness.filter(|(_, exchange)| matches!(exchange.outcome, Err(Failure::Timeout(_))));
    slow.map(|(_, exchange)| Route::of(&exchange.request)).collect()
}

/// Returns the routes of the requests that got a response.
pub(super) fn responded(world: &World) -> impl Iterator<Item = Route> {
    let responded = world.exchanges.iter().filter(|(_, exchange)| exchange.response().is_some());
    responded.map(|(_, exchange)| Route::of(&exchange.request))
}

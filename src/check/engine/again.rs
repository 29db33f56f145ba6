//! The scenarios that are played again, because their results say nothing about the target.

use std::collections::HashSet;

use crate::check::case::Case;
use crate::check::results::Judged;
use crate::check::sender::Sender;
use crate::check::world::World;
use crate::wire::{Failure, Route};

/// The number of times that a scenario is played if the target is unavailable.
pub(super) const ATTEMPTS: usize = 4;
/// The number of times that a scenario is played if the target was too slow for one of the harness's requests.
pub(super) const SLOW_ATTEMPTS: usize = 2;

/// A case in which a request of the harness got no response in time while other requests were under way.
pub(super) struct Slow {
    pub case: Case,
    /// The routes of the requests without a response.
    pub routes: HashSet<Route>,
    pub results: Vec<Judged>,
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

//! The requests that a run sends and the users that it creates, for `--dry-run` and for the time that is left.
//!
//! The figures are those of the reference, in `effort.txt`; a test compares them with what a check sends. A server that lacks
//! something receives fewer requests, one that is busy more.

use std::collections::BTreeMap;
use std::ops::Add;

use super::case::{Case, PlannedStep};
use super::population::TAG;
use super::user_effect::UserEffect;
use crate::report::{ExchangeReport, Run};

/// Per case, by ID: requests and users.
const TABLE: &str = include_str!("effort.txt");
/// The connection test, and the canaries of two collections: create, proof, lookup, DELETE and a last GET.
const START: Effort = Effort { requests: 1 + 2 * 5, users: 1 };
/// A marker user in the event log: create and clean-up, with its proof.
const MARKER: Effort = Effort { requests: 3, users: 1 };
/// The population, as far as no scenario leases its users, whose creates are in the table: creates, proofs and clean-up.
pub const POPULATION: Effort = Effort { requests: 350, users: 162 };
/// The most requests of a run with the default profile and both clients, clean-up included.
pub const MOST_REQUESTS: usize = 2_400;
/// The most requests of one scenario, each of which waits for the one before.
pub const LONGEST_SCENARIO: usize = 40;

/// Requests and users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Requests, those of the clean-up included.
    pub requests: usize,
    /// Users that are created. The clean-up deletes them.
    pub users: usize,
}

impl Add for Effort {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { requests: self.requests + other.requests, users: self.users + other.users }
    }
}

/// Returns the effort of a run of these cases, with an event source or without one.
#[must_use]
pub fn expected(cases: &[Case], with_events: bool) -> Effort {
    let table = table();
    let count = table.len().max(1);
    let sum = table.values().fold(Effort::default(), |sum, effort| sum + *effort);
    let mean = Effort { requests: sum.requests / count, users: sum.users / count };
    // A scenario that is missing in the table is as long as the others.
    let of = |case: &Case| table.get(case.id.as_str()).copied().unwrap_or(mean);
    let marks = |step: &&PlannedStep| with_events && step.effect == UserEffect::Marks;
    let markers = cases.iter().flat_map(|case| &case.steps).filter(marks).map(|_| MARKER);
    let population = cases.iter().any(|case| case.has(TAG)).then_some(POPULATION);
    cases.iter().map(of).chain(markers).chain(population).fold(START, Add::add)
}

/// Returns the table, by the IDs of cases.
#[must_use]
pub fn table() -> BTreeMap<&'static str, Effort> {
    TABLE.lines().filter_map(row).collect()
}

fn row(line: &'static str) -> Option<(&'static str, Effort)> {
    let mut words = line.split_whitespace();
    let id = words.next()?;
    Some((id, Effort { requests: words.next()?.parse().ok()?, users: words.next()?.parse().ok()? }))
}

/// Returns the effort of each case of a run that kept its evidence. A resource that a scenario leaves costs a DELETE of the
/// clean-up, and before it a GET if no response has shown it.
#[must_use]
pub fn measured(run: &Run) -> BTreeMap<String, Effort> {
    let results = run.scenarios.iter().filter(|result| !result.is_about_events());
    results.map(|result| (result.id.clone(), of_exchanges(&result.exchanges))).collect()
}

fn of_exchanges(exchanges: &[ExchangeReport]) -> Effort {
    let mut effort = Effort { requests: exchanges.len(), users: 0 };
    for (at, exchange) in exchanges.iter().enumerate() {
        let is_done = exchange.status.is_some_and(|status| (200..300).contains(&status));
        match (exchange.method.as_str(), is_done) {
            ("POST", true) => {
                effort.users += usize::from(exchange.url.ends_with("/Users"));
                effort.requests += if is_shown(exchange, exchanges.iter().skip(at)) { 1 } else { 2 };
            }
            // The clean-up has nothing to delete.
            ("DELETE", true) => effort.requests = effort.requests.saturating_sub(1),
            _ => {}
        }
    }
    effort
}

/// Returns true if a GET has returned the resource of this create.
fn is_shown<'a>(created: &ExchangeReport, mut later: impl Iterator<Item = &'a ExchangeReport>) -> bool {
    let body = |exchange: &ExchangeReport| exchange.response_body.as_ref().map(ToString::to_string);
    let id = created.response_body.as_ref().and_then(|body| body.get("id")?.as_str().map(str::to_owned));
    id.is_some_and(|id| {
        later.any(|exchange| exchange.method == "GET" && body(exchange).is_some_and(|body| body.contains(&id)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::engine::Suite;
    use crate::check::features;
    use crate::check::population::users_of;

    #[test]
    fn the_effects_of_steps_account_for_each_user_that_a_scenario_was_seen_to_create() {
        let suite = Suite::load(&features::embedded()).unwrap();
        for case in &suite.cases {
            let Some(seen) = table().get(case.id.as_str()).copied() else { continue };
            let planned = users_of(case, false, 0);
            assert!(seen.users <= planned, "{}: {} users, and its steps create {planned}", case.id, seen.users);
        }
    }

    #[test]
    fn the_scenarios_that_take_the_population_have_its_tag() {
        let suite = Suite::load(&features::embedded()).unwrap();
        for case in &suite.cases {
            let takes = case.steps.iter().any(|step| step.effect == UserEffect::TakesPopulation);
            assert_eq!(takes, case.has(TAG), "{}", case.id);
        }
    }
}

//! Makes the population of a run, or settles the results that need it.

use super::assertions::was_created;
use super::canary::CanaryEnd;
use super::case::Case;
use super::clean_up;
use super::outcome::Outcome;
use super::population::{self, Plan, Population, SIZE, Shortfall};
use super::results::{self, Fault, Judged};
use super::run_context::RunContext;
use super::seats::Seats;
use super::sender::Sender;
use crate::sim::evidence;
use crate::wire::Politeness;

/// The settings that concern the population.
#[derive(Debug)]
pub(super) struct Limits<'a> {
    pub max_users: usize,
    /// The number of concurrent requests.
    pub at_once: usize,
    /// True if the users stay on the target, so that no place becomes free again.
    pub keep: bool,
    /// Receives a line for the user before the scenarios run.
    pub politeness: &'a Politeness,
}

/// Makes the population if a case needs it. `canary` is the end of the users' canary, if there was one.
///
/// Returns the cases that can be played, and the results of the others.
pub(super) async fn populate(
    context: &mut RunContext,
    cases: &[Case],
    canary: Option<&CanaryEnd>,
    limits: &Limits<'_>,
) -> (Vec<Case>, Vec<Judged>) {
    let plan = Plan::of(cases, context.events.is_some());
    let Some(canary) = canary else { return (cases.to_vec(), Vec::new()) };
    if let CanaryEnd::Kept(remains) = canary {
        let users = plan.users(false);
        limits.politeness.report(&format!(
            "the server did not delete the first user, {remains}: up to {users} users of this run will be left deactivated"
        ));
    }
    let is_deleted = matches!(canary, CanaryEnd::Gone) && !limits.keep;
    let is_limited = |users: usize| is_deleted && users > limits.max_users;
    if is_limited(plan.users(false)) {
        context.seats = Seats::limited(limits.max_users);
    }
    if !plan.needs_population() {
        return (cases.to_vec(), Vec::new());
    }
    let shortfall = match make(context, &plan, canary, limits).await {
        Ok(population) => {
            context.population = population;
            if is_limited(plan.users(true)) {
                context.seats = Seats::limited(limits.max_users.saturating_sub(SIZE));
            }
            return (cases.to_vec(), Vec::new());
        }
        Err(shortfall) => shortfall,
    };
    let (without, others): (Vec<Case>, Vec<Case>) = cases.iter().cloned().partition(|case| case.has(population::TAG));
    let ids: Vec<&str> = without.iter().map(|case| case.id.as_str()).collect();
    limits.politeness.report(&format!(
        "the population of {SIZE} users is not made, so these are not judged: {} ({})",
        ids.join(", "),
        shortfall.sentence()
    ));
    let results = without.iter().flat_map(|case| without_population(context, case, &shortfall)).collect();
    (others, results)
}

/// Deletes the users of the population that no other scenario needs, after the scenarios that need all of them. Their places
/// let more scenarios run at once.
pub(super) async fn release_idle(context: &RunContext, at_once: usize) {
    if !context.seats.are_limited() || context.stopped().is_some() {
        return;
    }
    let idle: Vec<_> = context.population.idle().map(|user| ("Users".to_owned(), user.id.clone())).collect();
    let count = idle.len();
    // What remains is left to the clean-up.
    let remaining = clean_up::remove_all(&context.client.fork(), idle, at_once).await.len();
    context.seats.add(count.saturating_sub(remaining));
}

async fn make(
    context: &RunContext,
    plan: &Plan,
    canary: &CanaryEnd,
    limits: &Limits<'_>,
) -> Result<Population, Shortfall> {
    match canary {
        CanaryEnd::Gone => {}
        CanaryEnd::Kept(remains) => return Err(Shortfall::NotDeletable(remains.clone())),
        CanaryEnd::Closed(closed) => return Err(Shortfall::NoResponse(closed.reason.to_string())),
        CanaryEnd::Unmade(created) => {
            let outcome = was_created(created).err();
            let outcome = outcome.unwrap_or_else(|| Outcome::Inconclusive("the first user got no id".to_owned()));
            return Err(Shortfall::of(created, outcome, 0));
        }
    }
    plan.fits(limits.max_users)?;
    let people = population::people(context.seed_of("population"), &context.run_id, &context.email_domain);
    let users = population::create(&context.client, people, limits.at_once).await?;
    Ok(Population::new(users, plan))
}

/// Returns the results of a case that needs the population. If the server does not create plain users, the create is the
/// evidence.
fn without_population(context: &RunContext, case: &Case, shortfall: &Shortfall) -> Vec<Judged> {
    let mut results = results::not_run(context, case, shortfall.verdict(), &shortfall.sentence());
    if let (Shortfall::Refused(deviation, create), Some(first)) = (shortfall, results.first_mut()) {
        let mut deviation = (**deviation).clone();
        deviation.exchanges = vec![0];
        first.report.exchanges = vec![evidence(Sender::Harness.name(), create)];
        first.faults = vec![Fault { deviation, prepares: true, required: false, exchanges: vec![0] }];
    }
    results
}

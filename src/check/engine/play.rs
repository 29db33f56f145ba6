//! Runs the selected cases of a suite and returns their results in the order of the suite.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use cucumber::event::{Cucumber as Event, ScenarioFinished, StepError};
use cucumber::gherkin::{Feature, Scenario};
use cucumber::{Cucumber, Event as Timed, Parser, Writer, cli, parser, runner, writer};
use futures::future::FutureExt as _;
use futures::stream;

use super::again::{self, ATTEMPTS, DISTURBED_ATTEMPTS, Slow};
use super::dispatch::{Slot, Stop, collection};
use super::hook::HookGuard;
use super::suite::{CASE_TAG, Suite};
use crate::check::case::Case;
use crate::check::populate::release_idle;
use crate::check::results::{self, Judged};
use crate::check::run_context::RunContext;
use crate::check::world::World;
use crate::check::{clean_up, population};
use crate::report::{ScenarioReport, Verdict};
use crate::wire::{Limiter, Route};

/// A callback that receives each result as soon as it is known.
pub type Observer = Arc<dyn Fn(&ScenarioReport) + Send + Sync>;

struct Features;

impl Parser<Vec<Feature>> for Features {
    type Cli = cli::Empty;
    type Output = stream::Iter<std::vec::IntoIter<parser::Result<Feature>>>;

    fn parse(self, input: Vec<Feature>, _: Self::Cli) -> Self::Output {
        stream::iter(input.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// A writer that writes nothing: the hook after each scenario collects the results.
struct Silent;

impl Writer<Slot> for Silent {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, _: parser::Result<Timed<Event<Slot>>>, _: &Self::Cli) {}
}

// Output that is empty is in order.
impl writer::Normalized for Silent {}

/// The state that both hooks share.
struct Stage {
    cases: BTreeMap<String, Case>,
    context: Arc<RunContext>,
    observer: Observer,
    /// The number of this attempt, from 1.
    attempt: usize,
    results: RefCell<BTreeMap<String, Vec<Judged>>>,
    /// The cases that run again because the target was unavailable.
    again: RefCell<BTreeMap<String, Case>>,
    /// The cases that run again if the target responds to such requests at all, each with the results that count otherwise.
    slow: RefCell<Vec<Slow>>,
    /// The routes of which the target has responded to a request.
    responded: RefCell<HashSet<Route>>,
    /// The cases that run again if a write changed a resource that it did not name. Their results are reported at once,
    /// because nearly every target changes only what a write names.
    may_be_disturbed: RefCell<Vec<Case>>,
    disturbs_others: Cell<bool>,
    /// The cases whose results the observer has received.
    reported: HashSet<String>,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("cases", &self.cases.len()).finish_non_exhaustive()
    }
}

/// Runs cases, as many of them at once as the limiter allows requests: first those that need the whole population, because
/// others change its users. A scenario runs again, at most three times, if one of Okta's requests got 503. It runs once more,
/// after all others and alone, if scenarios that ran at the same time may explain its results: the target was too slow for
/// so many requests, or its writes change resources that they do not name.
///
/// Every step of every scenario runs inside this one future. Call it on a separate single-threaded runtime.
pub async fn play(
    suite: &Suite,
    selected: &[Case],
    context: Arc<RunContext>,
    limiter: &Limiter,
    observer: Observer,
) -> Vec<Judged> {
    let mut results = BTreeMap::new();
    let (first, others): (Vec<&Case>, Vec<&Case>) = selected.iter().partition(|case| case.has(population::TAG));
    for cases in [first, others] {
        let needs_all = cases.iter().any(|case| case.has(population::TAG));
        let cases = cases.into_iter().map(|case| (case.id.clone(), case.clone())).collect();
        results.append(&mut play_with_attempts(suite, cases, &context, limiter, &observer).await);
        if needs_all {
            release_idle(&context, limiter.most()).await;
        }
    }
    selected.iter().flat_map(|case| results.remove(&case.id).unwrap_or_default()).collect()
}

async fn play_with_attempts(
    suite: &Suite,
    mut cases: BTreeMap<String, Case>,
    context: &Arc<RunContext>,
    limiter: &Limiter,
    observer: &Observer,
) -> BTreeMap<String, Vec<Judged>> {
    let mut results = BTreeMap::new();
    let mut at_once = limiter.most();
    for attempt in 1..=ATTEMPTS {
        if cases.is_empty() {
            break;
        }
        let (context, observer) = (Arc::clone(context), Arc::clone(observer));
        let stage = Rc::new(Stage {
            cases,
            context,
            observer,
            attempt,
            results: RefCell::default(),
            again: RefCell::default(),
            slow: RefCell::default(),
            responded: RefCell::default(),
            may_be_disturbed: RefCell::default(),
            disturbs_others: Cell::default(),
            reported: results.keys().cloned().collect(),
        });
        play_once(suite, &stage, limiter, at_once).await;
        if stage.settle_slow() | stage.settle_disturbed() {
            at_once = 1;
        }
        results.append(&mut stage.results.borrow_mut());
        cases = stage.again.take();
    }
    results
}

async fn play_once(suite: &Suite, stage: &Rc<Stage>, limiter: &Limiter, at_once: usize) {
    let wanted: std::collections::BTreeSet<String> = stage.cases.keys().cloned().collect();
    let _hook = HookGuard::acquire();
    let (before, limiter) = (Rc::clone(stage), limiter.clone());
    let after = Rc::clone(stage);
    let runner = runner::Basic::default()
        .steps(collection())
        .max_concurrent_scenarios(Some(at_once))
        .before(move |_, _, scenario, slot: &mut Slot| {
            let (stage, limiter) = (Rc::clone(&before), limiter.clone());
            let id = case_id(scenario);
            async move {
                if let Some(case) = stage.cases.get(&id) {
                    slot.1 = Some(limiter.scenario().await);
                    let context = &stage.context;
                    let users = population::users_of(
                        case,
                        context.events.is_some(),
                        context.population.leased_to(&case.id).len(),
                    );
                    let seats = context.seats.take(users).await;
                    let mut world = World::new(Arc::clone(context), case, stage.attempt);
                    world.seats = seats;
                    slot.0 = Some(Box::new(world));
                }
            }
            .boxed_local()
        })
        .after(move |_, _, scenario, ended, slot: Option<&mut Slot>| {
            let stage = Rc::clone(&after);
            let id = case_id(scenario);
            let crash = crash(ended);
            let (mut world, permit) = slot.map(std::mem::take).map_or((None, None), |slot| (slot.0, slot.1));
            async move {
                let seats = world.as_mut().and_then(|world| world.seats.take());
                let created = world.as_ref().map(|world| world.created()).unwrap_or_default();
                stage.finish(&id, world, crash.as_deref());
                if seats.is_some() && stage.context.stopped().is_none() {
                    // Groups come first, because they have members. What remains is left to the clean-up.
                    clean_up::remove_all(&stage.context.client.fork(), created, 1).await;
                }
                drop(permit);
            }
            .boxed_local()
        });
    Cucumber::<_, _, _, _, _, cli::Empty>::custom(Features, runner, Silent)
        .with_default_cli()
        .filter_run(suite.features.clone(), move |_, _, scenario| wanted.contains(&case_id(scenario)))
        .await;
}

impl Stage {
    fn finish(&self, id: &str, world: Option<Box<World>>, crash: Option<&str>) {
        let Some(case) = self.cases.get(id) else { return };
        let routes = world.as_deref().map(again::too_slow).unwrap_or_default();
        self.responded.borrow_mut().extend(world.as_deref().into_iter().flat_map(again::responded));
        let unavailable = world.as_deref().is_some_and(again::was_unavailable);
        if unavailable && self.attempt < ATTEMPTS && self.context.stopped().is_none() {
            self.again.borrow_mut().insert(id.to_owned(), case.clone());
            return;
        }
        let results = if unavailable {
            let why = format!("a request of Okta got 503 in {} attempts", self.attempt);
            results::not_run(&self.context, case, Verdict::Inconclusive, &why)
        } else {
            results::results(&self.context, case, world, crash)
        };
        self.disturbs_others.set(self.disturbs_others.get() || again::disturbs_others(&results));
        let runs_again = self.attempt < DISTURBED_ATTEMPTS && self.context.stopped().is_none();
        if !routes.is_empty() && runs_again {
            self.slow.borrow_mut().push(Slow { case: case.clone(), routes, results });
        } else {
            if again::may_be_disturbed(&results) && runs_again {
                self.may_be_disturbed.borrow_mut().push(case.clone());
            }
            self.conclude(id, results);
        }
    }

    /// Decides which of the slow cases run again. A target that has responded to no request of a route may never do so, and
    /// each attempt costs the whole time limit of a request. Returns true if one runs again.
    fn settle_slow(&self) -> bool {
        let responded = self.responded.borrow();
        let mut runs_again = false;
        for Slow { case, routes, results } in self.slow.take() {
            if routes.is_subset(&responded) && self.context.stopped().is_none() {
                self.again.borrow_mut().insert(case.id.clone(), case);
                runs_again = true;
            } else {
                self.conclude(&case.id, results);
            }
        }
        runs_again
    }

    /// Lets the cases run again that a write of another scenario may have disturbed. Returns true if there are any.
    fn settle_disturbed(&self) -> bool {
        let cases = self.may_be_disturbed.take();
        let run_again = self.disturbs_others.get() && !cases.is_empty() && self.context.stopped().is_none();
        if run_again {
            self.again.borrow_mut().extend(cases.into_iter().map(|case| (case.id.clone(), case)));
        }
        run_again
    }

    fn conclude(&self, id: &str, results: Vec<Judged>) {
        let is_new = !self.reported.contains(id);
        for result in results.iter().filter(|_| is_new) {
            (self.observer)(&result.report);
        }
        self.results.borrow_mut().insert(id.to_owned(), results);
    }
}

fn case_id(scenario: &Scenario) -> String {
    scenario.tags.iter().find_map(|tag| tag.strip_prefix(CASE_TAG)).unwrap_or_default().to_owned()
}

/// Returns the text of a panic that no step intended: a bug in the harness.
fn crash(ended: &ScenarioFinished) -> Option<String> {
    let info = match ended {
        ScenarioFinished::BeforeHookFailed(info) | ScenarioFinished::StepFailed(_, _, StepError::Panic(info)) => info,
        ScenarioFinished::StepFailed(_, _, error) => return Some(error.to_string()),
        ScenarioFinished::StepPassed | ScenarioFinished::StepSkipped => return None,
    };
    if info.is::<Stop>() {
        return None;
    }
    let text = info.downcast_ref::<&str>().map(|text| (*text).to_owned());
    Some(
        text.or_else(|| info.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned()),
    )
}

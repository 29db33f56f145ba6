//! A whole run: connection test, scenarios, clean-up.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::abridge::abridge;
use super::canary::{Canary, CanaryEnd};
use super::case::Case;
use super::causes::{self, Framework};
use super::clean_up::{clean_up_many, kept};
use super::connection_test::{NotReady, usable};
use super::engine::{self, Observer, Suite};
use super::event_log::EventLog;
use super::findings;
use super::populate::{Limits, populate};
use super::population::Population;
use super::requirement::Profile;
use super::results::{self, Judged};
use super::run_context::{RunContext, TestDouble};
use super::seats::Seats;
use super::settle::{Declared, settle};
use crate::base::clock::elapsed_ms;
use crate::base::{Secret, Seed};
use crate::events::OnDeactivate;
use crate::okta::{ClientKind, Habits};
use crate::report::{Documentation, ExchangeReport, FailOn, Run, ScenarioReport, Verdict};
use crate::scim::Kind;
use crate::wire::failure::TargetError;
use crate::wire::journal::Journal;
use crate::wire::{Auth, Client, Diagnosis, Exchange, Ledger, Limiter, Politeness, Stop, Target};

/// The time after which a wait for the connection test is shown.
const SILENT: Duration = Duration::from_secs(5);

/// The parameters of a run.
pub struct RunConfig {
    pub suite: Suite,
    /// The selected cases of the suite.
    pub cases: Vec<Case>,
    /// The selected cases that document what Okta alone decides. The report names them.
    pub documentation: Vec<Case>,
    pub target: Target,
    /// The target's name in the report.
    pub target_name: String,
    /// The Events API, if there is one. Its base URL is the events URL.
    pub events: Option<Target>,
    /// The setting of the target's directory.
    pub on_deactivate: OnDeactivate,
    pub habits: Habits,
    pub profile: Profile,
    /// True if the cases are a selection, from which nothing follows about Okta.
    pub is_selection: bool,
    pub fail_on: Vec<FailOn>,
    /// The capabilities of the server as the user declares them.
    pub declared: Declared,
    /// Keeps headers and bodies of results that passed too.
    pub keep_evidence: bool,
    pub seed: Seed,
    pub run_id: String,
    pub email_domain: String,
    /// The most requests at once, and the limit that adapts to the target.
    pub limiter: Limiter,
    /// The most users of the run at one time. A population that does not fit is not made.
    pub max_users: usize,
    /// Leaves the resources of the run on the target.
    pub keep: bool,
    /// The command that repeats the run, without the selection of scenarios.
    pub command: String,
    pub double: Option<Arc<dyn TestDouble>>,
    /// Records what the run creates, so that it can be deleted after an interruption.
    pub journal: Option<Arc<dyn Journal>>,
    /// The rate, and the waits for a busy target.
    pub politeness: Politeness,
    /// The time that the simulated Okta waits for a response.
    pub okta_timeout: Duration,
}

impl fmt::Debug for RunConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunConfig")
            .field("target", &self.target_name)
            .field("cases", &self.cases.len())
            .finish_non_exhaustive()
    }
}

/// A failure to perform a run at all. Failures of the target are results instead.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No client can be built for the target or the Events API.
    #[error(transparent)]
    Client(#[from] TargetError),
    #[error("no runtime for the check: {0}")]
    Runtime(std::io::Error),
    #[error("no thread for the check: {0}")]
    Thread(std::io::Error),
    /// The thread of the check panicked.
    #[error("the check itself failed")]
    Panicked,
}

/// Performs a run on a separate thread and waits for it. `stop` ends it early; the clean-up is performed anyway.
///
/// # Errors
/// If the run cannot be performed, see [`CheckError`].
pub fn run(config: RunConfig, stop: Stop, observer: Observer) -> Result<Run, CheckError> {
    let work = move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CheckError::Runtime)?;
        runtime.block_on(run_here(config, stop, observer))
    };
    let thread = std::thread::Builder::new().name("check".to_owned()).spawn(work).map_err(CheckError::Thread)?;
    thread.join().unwrap_or(Err(CheckError::Panicked))
}

/// Performs a run on the current runtime, for callers that have one.
///
/// # Errors
/// If the run cannot be performed, see [`CheckError`].
pub async fn run_here(config: RunConfig, stop: Stop, observer: Observer) -> Result<Run, CheckError> {
    let started = Instant::now();
    let new_client = |target: &Target| Client::new(target.clone()).map_err(CheckError::from);
    let ledger = Ledger::new(&config.run_id);
    let ledger = config.journal.into_iter().fold(ledger, Ledger::with_journal);
    let client = new_client(&config.target)?.with_ledger(ledger).with_stop(stop).with_limiter(config.limiter.clone());
    // A double is a server of our own tests, whose 429s are for Okta.
    let client = if config.double.is_some() { client } else { patient(client, &config.politeness) };
    // The log's client gets a separate stop: an unresponsive log says nothing about the target.
    let events = config.events.as_ref().map(new_client).transpose()?;
    let events = events.map(|client| event_log(client, &config.politeness, &config.limiter));
    let mut context = RunContext {
        unauthorized: client.with_auth(Auth::Raw(Secret::new(NON_TOKEN))).showing_auth(Some(NON_TOKEN.to_owned())),
        client,
        events,
        on_deactivate: config.on_deactivate,
        habits: config.habits,
        profile: config.profile,
        seed: config.seed,
        run_id: config.run_id.clone(),
        email_domain: config.email_domain,
        timeout: config.target.timeout,
        okta_timeout: config.okta_timeout,
        command: config.command,
        double: config.double,
        population: Population::default(),
        seats: Seats::default(),
    };
    let (mut stopped, mut first) = (None, Ready::default());
    let shared;
    let mut scenarios = match ready(&context, &config.politeness).await {
        Ok(ready) => {
            first = ready;
            let mut results: Vec<Judged> =
                first.canaries.iter().filter_map(|canary| canary.result(started, &context)).collect();
            let limits = limits(config.max_users, config.limiter.most(), config.keep, &config.politeness);
            let (cases, others) = populate(&mut context, &config.cases, first.canaries.first(), &limits).await;
            results.extend(others);
            results.iter().map(|result| &result.report).for_each(|report| observer(report));
            shared = Arc::new(context);
            results.extend(engine::play(&config.suite, &cases, Arc::clone(&shared), &config.limiter, observer).await);
            results
        }
        Err(error) => {
            let why = error.to_string();
            stopped = Some(why.clone());
            let not_run = |case| results::not_run(&context, case, Verdict::Inconclusive, &why);
            let results = config.cases.iter().flat_map(not_run).collect();
            shared = Arc::new(context);
            results
        }
    };
    let (context, most) = (shared, config.limiter.most());
    let leftovers = if config.keep { kept(&context.client) } else { clean_up_many(&context.client, most).await };
    let clients = settle(&mut scenarios, &clients(&config.cases), &config.declared);
    causes::merge(&mut scenarios, &first.found);
    let remarks = findings::remarks(&scenarios);
    let (mut findings, mut scenarios) = findings::collect(scenarios, config.profile);
    causes::name(&mut findings, &scenarios, first.framework);
    abridge(&mut findings, &mut scenarios);
    outline_passed(&mut scenarios, config.keep_evidence);
    Ok(Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: config.target_name,
        profile: config.profile.name().to_owned(),
        seed: config.seed.0,
        run_id: config.run_id,
        duration_ms: elapsed_ms(started),
        requests: config.limiter.counts().requests,
        clients,
        is_selection: config.is_selection,
        is_interrupted: false,
        fail_on: config.fail_on,
        remarks,
        findings,
        scenarios,
        documentation: config.documentation.into_iter().map(documentation).collect(),
        leftovers,
        stopped: stopped.or_else(|| context.stopped()),
        ..Run::default()
    })
}

/// The wrong token of Okta's published suite.
const NON_TOKEN: &str = "non-token";

/// Returns a client that waits for a busy target, and diagnoses requests without a response.
fn patient(client: Client, politeness: &Politeness) -> Client {
    client.with_politeness(politeness.clone()).with_diagnosis(Diagnosis::default())
}

fn event_log(client: Client, politeness: &Politeness, limiter: &Limiter) -> EventLog {
    EventLog::new(client.with_politeness(politeness.clone()).with_limiter(limiter.for_event_log()))
}

const fn limits(max_users: usize, at_once: usize, keep: bool, politeness: &Politeness) -> Limits<'_> {
    Limits { max_users, at_once, keep, politeness }
}

/// Removes headers and bodies from results that passed, unless all evidence is kept.
fn outline_passed(results: &mut [ScenarioReport], keep_all: bool) {
    for result in results.iter_mut().filter(|result| !keep_all && result.verdict == Verdict::Passed) {
        result.exchanges = std::mem::take(&mut result.exchanges).into_iter().map(ExchangeReport::outline).collect();
    }
}

fn documentation(case: Case) -> Documentation {
    Documentation { id: case.id, name: case.name, why: case.why, tags: case.tags }
}

/// Returns the clients that the cases are about.
fn clients(cases: &[Case]) -> Vec<ClientKind> {
    const BOTH: [ClientKind; 2] = [ClientKind::Oin, ClientKind::Aiw];
    // A case tagged @once is about both, whichever plays it.
    let of = |client: ClientKind| cases.iter().any(|case| case.client == client && !case.has("@once"));
    let named: Vec<ClientKind> = BOTH.into_iter().filter(|client| of(*client)).collect();
    if named.is_empty() { BOTH.to_vec() } else { named }
}

/// The findings of the requests before the scenarios.
#[derive(Debug, Default)]
struct Ready {
    /// The ends of the canaries, that of users first.
    canaries: Vec<CanaryEnd>,
    /// The attributes by which lookups found the canaries.
    found: Vec<&'static str>,
    /// The framework that the target's headers reveal.
    framework: Option<Framework>,
}

/// Tests the connection to the target, plays the canaries and moves the event log's cursor to its end.
async fn ready(context: &RunContext, politeness: &Politeness) -> Result<Ready, NotReady> {
    let mut ready = Ready::default();
    // A double responds only to requests that a scenario has prepared.
    if context.double.is_none() {
        // As long as Okta waits. A failure ends the run, so nothing has to be found out about it.
        let client = context.client.for_okta(context.okta_timeout).without_diagnosis();
        let exchange = test_connection(&client, politeness).await;
        usable(&exchange)?;
        ready.framework = exchange.response().and_then(|response| Framework::of_headers(&response.headers));
        for kind in [Kind::User, Kind::Group] {
            let mut canary = Canary::new(kind, &context.run_id, &context.email_domain);
            ready.canaries.push(canary.play(&context.client).await);
            ready.found.extend(canary.found_by());
        }
    }
    if let Some(log) = &context.events {
        log.start().await?;
    }
    Ok(ready)
}

/// Sends the connection test. A user who waits for the response learns why.
async fn test_connection(client: &Client, politeness: &Politeness) -> Exchange {
    let mut test = std::pin::pin!(client.get("/Users?startIndex=1&count=2"));
    if let Ok(exchange) = tokio::time::timeout(SILENT, &mut test).await {
        return exchange;
    }
    let limit = client.target().timeout.as_secs();
    politeness.report(&format!("no response to the connection test yet; the run waits up to {limit} s"));
    test.await
}

impl Run {
    /// Adds a finding for each panic of a target that runs in this process.
    #[must_use]
    pub fn with_panics(mut self, panics: &[String]) -> Self {
        for (at, text) in panics.iter().enumerate() {
            let id = format!("target/panic.{}", at + 1);
            self.findings.insert(0, findings::of_panic(vec![id.clone()], text));
            self.scenarios.push(ScenarioReport {
                id,
                name: "The target handles every request without panicking".to_owned(),
                verdict: Verdict::Deviation,
                sentence: format!("the target panicked: {text}"),
                requirements: vec!["target/panic".to_owned()],
                findings: vec!["target/panic".to_owned()],
                repeat: "scimulate check".to_owned(),
                ..ScenarioReport::default()
            });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::wire::{ResponseBody, Service};

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_the_connection_test_is_shown_after_5_s() {
        for (seconds, shown) in [(4, 0), (6, 1)] {
            let service = Service::new(tower::service_fn(move |_| async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok(http::Response::new(ResponseBody::from("{}")))
            }));
            let client = Client::new(Target::in_process("http://slow/scim", Auth::None, service)).unwrap();
            let count = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&count);
            let observer = move |sentence: &str| {
                assert!(sentence.starts_with("no response to the connection test yet"), "{sentence}");
                counted.fetch_add(1, Ordering::SeqCst);
            };
            let politeness = Politeness::new(None, Duration::ZERO, Some(Arc::new(observer)));
            assert_eq!(test_connection(&client, &politeness).await.status(), Some(200));
            assert_eq!(count.load(Ordering::SeqCst), shown, "{seconds} s");
        }
    }
}

//! One run: connection test, scenarios, clean-up.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::json;

use super::context::{Context, Double};
use super::engine::{self, Case, Observer, Suite};
use super::events::EventLog;
use super::{judge, verdict};
use crate::base::{Secret, Seed};
use crate::events::OnDeactivate;
use crate::okta::Habits;
use crate::report::{Run, ScenarioReport, Verdict};
use crate::wire::failure::CauseKind;
use crate::wire::{Auth, Client, Exchange, Failure, Ledger, Stop, Target, encode};

/// The longest wait for the connection test, so that a target that does not answer is told within 15 seconds.
const CONNECTION_TEST: Duration = Duration::from_secs(12);
/// How many requests the clean-up has under way.
const CLEANING: usize = 8;

/// What to run, against whom.
pub struct Job {
    pub suite: Suite,
    /// The selected cases of the suite.
    pub cases: Vec<Case>,
    pub target: Target,
    /// How the report names the target.
    pub target_name: String,
    /// The Events API, where there is one: its base is the events URL.
    pub events: Option<Target>,
    /// Which events are expected after a deactivation and a return.
    pub on_deactivate: OnDeactivate,
    pub habits: Habits,
    pub seed: Seed,
    pub run_id: String,
    pub email_domain: String,
    pub concurrency: usize,
    /// Leaves what the run made.
    pub keep: bool,
    /// The command that repeats the run, up to the choice of scenarios.
    pub command: String,
    pub double: Option<Arc<dyn Double>>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("target", &self.target_name)
            .field("cases", &self.cases.len())
            .finish_non_exhaustive()
    }
}

/// Runs a job on a thread with a runtime of its own and waits for it. `stop` ends it early; what it made is deleted all
/// the same.
///
/// # Errors
/// What a run needs and can't have: a client for this target, a thread.
pub fn run(job: Job, stop: Stop, observer: Observer) -> Result<Run, String> {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("no runtime for the check: {error}"))?;
        runtime.block_on(run_here(job, stop, observer))
    };
    let thread = std::thread::Builder::new()
        .name("check".to_owned())
        .spawn(work)
        .map_err(|error| format!("no thread for the check: {error}"))?;
    thread.join().unwrap_or_else(|_| Err("the check itself failed".to_owned()))
}

/// Runs a job on the current runtime, for callers that have one.
///
/// # Errors
/// As [`run`].
pub async fn run_here(job: Job, stop: Stop, observer: Observer) -> Result<Run, String> {
    let started = Instant::now();
    let client =
        Client::new(job.target.clone()).map_err(|error| error.to_string())?.with_ledger(Ledger::new()).with_stop(stop);
    let events = match &job.events {
        // The log has its own stop: a log that does not answer says nothing about the target.
        Some(target) => Some(EventLog::new(Client::new(target.clone()).map_err(|error| error.to_string())?)),
        None => None,
    };
    let context = Arc::new(Context {
        stranger: client.with_auth(Auth::Raw(Secret::new("non-token"))),
        client,
        events,
        on_deactivate: job.on_deactivate,
        habits: job.habits.clone(),
        seed: job.seed,
        run_id: job.run_id.clone(),
        email_domain: job.email_domain.clone(),
        timeout: job.target.timeout,
        command: job.command.clone(),
        double: job.double.clone(),
    });
    let mut stopped = None;
    let scenarios = match ready(&context).await {
        Ok(()) => engine::play(&job.suite, &job.cases, Arc::clone(&context), job.concurrency, observer).await,
        Err(why) => {
            let results: Vec<ScenarioReport> =
                job.cases.iter().flat_map(|case| verdict::not_run(&context, case, &why)).collect();
            stopped = Some(why);
            results
        }
    };
    let leftovers = if job.keep { kept(&context) } else { clean_up(&context).await };
    Ok(Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: job.target_name,
        seed: job.seed.0,
        run_id: job.run_id,
        duration_ms: crate::base::clock::elapsed_ms(started),
        scenarios,
        leftovers,
        stopped: stopped.or_else(|| context.stopped()),
    })
}

/// Whether the target can be judged at all, and where the event log stands.
async fn ready(context: &Context) -> Result<(), String> {
    // A stand-in answers only what a scenario has prepared.
    if context.double.is_none() {
        let asked = context.client.get("/Users?startIndex=1&count=2");
        let exchange = tokio::time::timeout(CONNECTION_TEST, asked)
            .await
            .map_err(|_| format!("the connection test got no whole answer within {} s", CONNECTION_TEST.as_secs()))?;
        usable(&exchange)?;
    }
    match &context.events {
        Some(log) => log.start().await,
        None => Ok(()),
    }
}

fn usable(exchange: &Exchange) -> Result<(), String> {
    let answer = exchange
        .outcome
        .as_ref()
        .map_err(|failure| format!("the connection test failed: {failure}{}", way_out(failure)))?;
    let bare = !exchange.sent_headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
    let seen = |what: &str| {
        let body = judge::shown(&answer.body);
        let body = if body.is_empty() { "an empty body".to_owned() } else { body };
        let way_out = match answer.status {
            401 | 403 if bare => "no credentials were given: --token, --basic or --header-token",
            401 | 403 => "the credentials must be those of this URL",
            _ => "the URL must be the one below which /Users stands",
        };
        format!("the connection test was answered {} {what} ({way_out}): {body}", answer.status)
    };
    if answer.status != 200 {
        return Err(seen("instead of 200"));
    }
    match answer.json() {
        Some(body) if body.get("Resources").is_some_and(serde_json::Value::is_array) => Ok(()),
        Some(body) if body.is_object() => Err(seen("without a Resources array")),
        _ => Err(seen("with a body that is no JSON object")),
    }
}

/// What to try when TLS and its absence are mixed up, or a certificate is unknown.
fn way_out(failure: &Failure) -> &'static str {
    match failure.cause() {
        Some(CauseKind::Certificate) => " (--ca-cert FILE trusts its issuer, --insecure trusts any)",
        Some(CauseKind::NotTls) => " (this port seems to speak no TLS: http:// instead of https://?)",
        Some(CauseKind::NotHttp) => " (this port seems to speak TLS: https:// instead of http://?)",
        _ => "",
    }
}

fn kept(context: &Context) -> Vec<String> {
    let made = context.client.ledger().map(Ledger::made).unwrap_or_default();
    made.into_iter().map(|(collection, id)| format!("/{collection}/{id} (kept)")).collect()
}

/// Deletes what the run made, groups first; who can't be deleted is deactivated. Gives what stays, with the reason.
async fn clean_up(context: &Context) -> Vec<String> {
    // The time limit of the run does not hold here, but a target that does not answer ends this as well.
    let client = context.client.clone().with_stop(Stop::new());
    let mut made = client.ledger().map(Ledger::made).unwrap_or_default();
    made.sort_by(|a, b| a.0.cmp(&b.0));
    let (groups, users): (Vec<_>, Vec<_>) = made.into_iter().partition(|(collection, _)| collection == "Groups");
    let mut left = Vec::new();
    for part in [groups, users] {
        let ends: Vec<Option<String>> =
            futures::stream::iter(part.into_iter().map(|(collection, id)| remove(&client, collection, id)))
                .buffered(CLEANING)
                .collect()
                .await;
        left.extend(ends.into_iter().flatten());
    }
    left
}

async fn remove(client: &Client, collection: String, id: String) -> Option<String> {
    let path = format!("/{collection}/{}", encode::component(&id));
    let exchange = client.delete(&path).await;
    if exchange.status().is_some_and(|status| (200..300).contains(&status) || status == 404) {
        return None;
    }
    let refused = exchange.seen();
    if exchange.status().is_none() || collection != "Users" {
        return Some(format!("/{collection}/{id} (DELETE: {refused})"));
    }
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": false}}],
    });
    let done = client.patch(&path, &body).await;
    let how = match done.status() {
        Some(status) if (200..300).contains(&status) => "deactivated".to_owned(),
        _ => format!("deactivation: {}", done.seen()),
    };
    Some(format!("/{collection}/{id} (DELETE: {refused}; {how})"))
}

impl Run {
    /// Adds what went wrong inside a target that runs in this process: a panic there is a deviation with its text.
    #[must_use]
    pub fn with_panics(mut self, panics: &[String]) -> Self {
        for (at, text) in panics.iter().enumerate() {
            self.scenarios.push(ScenarioReport {
                id: format!("target/panic.{}", at + 1),
                name: "The target answers without failing inside".to_owned(),
                why: String::new(),
                tags: Vec::new(),
                verdict: Verdict::Deviation,
                sentence: format!("the target panicked: {text}"),
                duration_ms: 0,
                steps: Vec::new(),
                exchanges: Vec::new(),
                events: Vec::new(),
                repeat: "scimulate check".to_owned(),
            });
        }
        self
    }
}

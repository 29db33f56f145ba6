//! The run: cases in batches, shrinking, cleaning up.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::Rng as _;
use serde_json::json;

use super::case::{Case, resource};
use super::judge::Fault;
use super::play::{Played, play};
use super::report::{Finding, Report};
use super::strategies;
use crate::base::{Seed, limits, seed};
use crate::wire::{Client, Exchange, Method, Stop};

/// How many cases are under way at once: enough to hide latency, few enough to be kind.
const AT_ONCE: usize = 8;
/// How many different findings end a run; a server that has so many needs no more to begin with.
pub(super) const FINDINGS: usize = 5;
/// How many simpler cases are tried for one finding.
const ATTEMPTS: usize = 600;
/// How long one finding is shrunk at most.
pub const SHRINKING: Duration = Duration::from_secs(20);

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    pub seed: Seed,
    pub cases: usize,
    /// No new case is begun after this long.
    pub time_limit: Duration,
    /// How long one finding is shrunk at most, for example [`SHRINKING`].
    pub shrinking: Duration,
    /// The command that repeats the run, without `--seed` and `--cases`.
    pub repeat: String,
}

/// The run's id: the same seed, the same names.
#[must_use]
pub fn run_id(seed: Seed) -> String {
    seed::text(&mut seed.stream("fuzz-run-id"), b"abcdefghijkmnpqrstuvwxyz23456789", 8)
}

/// Runs. `progress` is told how many cases are done and how many findings there are.
///
/// The client should have a ledger, so that nothing is changed which the run did not make.
///
/// # Errors
/// The target can't be used at all: a sentence that says what was seen.
pub async fn run(client: &Client, options: &Options, mut progress: impl FnMut(usize, usize)) -> Result<Report, String> {
    usable(client).await?;
    let mut run = Run::new(client, options);
    while !run.is_over() {
        run.batch().await;
        progress(run.report.cases, run.report.findings.len());
    }
    run.report.duration_ms = crate::base::clock::elapsed_ms(run.began);
    Ok(run.report)
}

/// A lookup that every SCIM server can answer.
async fn probe(client: &Client) -> Exchange {
    client.clone().with_stop(Stop::new()).get("/Users?startIndex=1&count=1").await
}

async fn usable(client: &Client) -> Result<(), String> {
    let exchange = probe(client).await;
    let list =
        exchange.json().is_some_and(|body| body.get("Resources").is_some() || body.get("totalResults").is_some());
    match exchange.status() {
        Some(200) if list => Ok(()),
        Some(200) => {
            Err(format!("GET {} answered 200, but with no ListResponse: is this the SCIM base URL?", exchange.url))
        }
        Some(401 | 403) => {
            Err(format!("GET {} answered {}: are the credentials right?", exchange.url, exchange.seen()))
        }
        _ => Err(format!("GET {}: {}", exchange.url, exchange.seen())),
    }
}

type Tree = Box<dyn ValueTree<Value = Case>>;

struct Run<'a> {
    client: &'a Client,
    options: &'a Options,
    strategy: BoxedStrategy<Case>,
    began: Instant,
    known: HashSet<(Fault, Method, String)>,
    report: Report,
}

impl<'a> Run<'a> {
    fn new(client: &'a Client, options: &'a Options) -> Self {
        let report = Report::new(&client.target().base, options.seed, run_id(options.seed));
        let (strategy, began, known) = (strategies::case().boxed(), Instant::now(), HashSet::new());
        Self { client, options, strategy, began, known, report }
    }

    fn left(&self) -> Duration {
        self.options.time_limit.saturating_sub(self.began.elapsed())
    }

    fn is_over(&self) -> bool {
        let report = &self.report;
        report.cases >= self.options.cases
            || report.findings.len() >= FINDINGS
            || report.out_of_time
            || report.stopped.is_some()
    }

    async fn batch(&mut self) {
        let first = self.report.cases;
        let numbers: Vec<usize> = (first..self.options.cases.min(first + AT_ONCE)).collect();
        let trees: Vec<Tree> = numbers.iter().filter_map(|number| self.tree(*number)).collect();
        let names: Vec<String> = numbers.iter().map(|number| self.name(*number, 0)).collect();
        let played: Vec<Played> = futures::stream::iter(trees.iter().zip(&names))
            .map(|(tree, name)| self.play(tree.current(), name, self.left()))
            .buffered(AT_ONCE)
            .collect()
            .await;
        for ((number, tree), played) in numbers.into_iter().zip(trees).zip(played) {
            self.count(&played);
            if let Some(stopped) = &played.stopped {
                if self.left().is_zero() {
                    self.report.out_of_time = true;
                } else {
                    self.report.stopped.get_or_insert_with(|| stopped.to_string());
                }
                return;
            }
            self.report.cases = number + 1;
            if let Some(signature) = signature(&played)
                && self.known.insert(signature.clone())
            {
                self.shrink(number, tree, played, &signature).await;
                if self.report.findings.len() >= FINDINGS {
                    return;
                }
            }
        }
    }

    /// The tree of a case: its value, and all that is simpler.
    fn tree(&self, number: usize) -> Option<Tree> {
        let mut bytes = [0; 32];
        self.options.seed.stream(&format!("fuzz-case-{number}")).fill_bytes(&mut bytes);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        self.strategy.new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).ok()
    }

    fn name(&self, number: usize, attempt: usize) -> String {
        let tail = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        format!("fuzz-{}-{number}{tail}", self.report.run_id)
    }

    /// Each case has a stop of its own: whether the target still lives is asked here, not counted across cases.
    async fn play(&self, case: Case, name: &str, left: Duration) -> Played {
        let client = self.client.fork().with_stop(Stop::after(left));
        play(&client, &case, name).await
    }

    fn count(&mut self, played: &Played) {
        self.report.requests += played.exchanges.len();
        self.report.took_root += usize::from(played.took_root);
    }

    /// Plays simpler cases as long as they show the same fault; reports the simplest that does.
    async fn shrink(&mut self, number: usize, mut tree: Tree, played: Played, signature: &(Fault, Method, String)) {
        let (mut best, mut attempts) = (played, 0);
        let began = Instant::now();
        let mut more = self.lives(&best).await && tree.simplify();
        // Simplifying often leads to what was tried before.
        let mut tried = HashMap::new();
        while more && attempts < ATTEMPTS && began.elapsed() < self.options.shrinking {
            let case = tree.current();
            let key = digest(&case);
            let same = if let Some(same) = tried.get(&key) {
                *same
            } else {
                attempts += 1;
                let name = self.name(number, attempts);
                let played = self.play(case, &name, self.options.shrinking + self.client.target().timeout).await;
                self.report.requests += played.exchanges.len();
                if !self.lives(&played).await {
                    break;
                }
                let same = self::signature(&played).as_ref() == Some(signature);
                tried.insert(key, same);
                if same {
                    best = played;
                }
                same
            };
            more = if same { tree.simplify() } else { tree.complicate() };
        }
        let repeat = format!("{} --seed {} --cases {}", self.options.repeat, self.options.seed, number + 1);
        self.report.findings.extend(Finding::new(&best, number, attempts, repeat));
    }

    /// After a request without an answer: whether the target answers anything any more.
    async fn lives(&mut self, played: &Played) -> bool {
        let unanswered = |exchange: &Exchange| exchange.outcome.is_err();
        if played.stopped.is_none() && !played.exchanges.last().is_some_and(unanswered) {
            return true;
        }
        for _ in 1..limits::UNANSWERED_IN_A_ROW {
            if probe(self.client).await.outcome.is_ok() {
                return true;
            }
        }
        let told = played.exchanges.last().map_or_else(|| "nothing".to_owned(), Exchange::seen);
        self.report.stopped.get_or_insert(format!(
            "the target answers no more ({told}, then {} in a row)",
            limits::UNANSWERED_IN_A_ROW
        ));
        false
    }
}

fn digest(case: &Case) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{case:?}").hash(&mut hasher);
    hasher.finish()
}

/// What makes two faults the same: their kind, and the method and endpoint that showed them.
fn signature(played: &Played) -> Option<(Fault, Method, String)> {
    let (seen, last) = (played.seen.as_ref()?, played.exchanges.last()?);
    Some((seen.fault, last.request.method, last.request.subject().0))
}

/// Deletes what the client's ledger says was made; deactivates people who can't be deleted. Gives up after three
/// unanswered requests in a row.
///
/// Returns what stays, as paths below the base URL.
pub async fn clean_up(client: &Client) -> Vec<String> {
    let Some(ledger) = client.ledger() else { return Vec::new() };
    let client = client.fork().with_stop(Stop::new());
    let mut left = Vec::new();
    // Groups before their members: the newest first.
    for (endpoint, id) in ledger.made().into_iter().rev() {
        let path = resource(&endpoint, &id);
        let status = client.delete(&path).await.status();
        if matches!(status, Some(200..300 | 404)) {
            continue;
        }
        if endpoint == "Users" && status.is_some() {
            let body = json!({
                "schemas": [crate::scim::message::PATCH_OP],
                "Operations": [{"op": "replace", "value": {"active": false}}],
            });
            let deactivated = client.patch(&path, &body).await.status();
            let how = if matches!(deactivated, Some(200..300)) { "deactivated" } else { "as it was" };
            left.push(format!("{path} ({how}; DELETE answered {})", status.unwrap_or_default()));
        } else {
            left.push(path);
        }
    }
    left
}

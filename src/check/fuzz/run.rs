//! A fuzz run: cases in batches, shrinking, clean-up.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::Rng as _;

use super::case::Case;
use super::fault::Fault;
use super::play::{CaseRun, play};
use super::report::{self, MAX_FINDINGS};
use super::strategies;
use crate::base::clock::elapsed_ms;
use crate::base::{Seed, limits, seed};
use crate::check::canary::{Canary, CanaryEnd};
use crate::report::{Cases, Finding, Run};
use crate::scim::Kind;
use crate::wire::{Client, Exchange, Method, Stop};

/// The number of concurrent cases: enough to hide latency, few enough not to overload a small server.
const AT_ONCE: usize = 8;
/// The number of simpler cases tried for one finding.
const ATTEMPTS: usize = 600;
/// The time limit for shrinking one finding.
pub const SHRINKING: Duration = Duration::from_secs(20);

/// The parameters of a run.
#[derive(Debug, Clone)]
pub struct Options {
    pub seed: Seed,
    pub cases: usize,
    /// The time after which no further case begins.
    pub time_limit: Duration,
    /// The time limit for shrinking one finding, for example [`SHRINKING`].
    pub shrinking: Duration,
    /// The command that repeats the run, without `--seed` and `--cases`.
    pub repeat: String,
}

/// Derives the run ID from the seed, so that the same seed yields the same names.
#[must_use]
pub fn run_id(seed: Seed) -> String {
    seed::text(&mut seed.stream("fuzz-run-id"), b"abcdefghijkmnpqrstuvwxyz23456789", 8)
}

/// Performs a run. `progress` receives the number of finished cases and the number of findings.
///
/// The client must have a ledger, which rejects writes to resources that the run did not create.
///
/// # Errors
/// If the target does not return a list of users.
pub async fn run(
    client: &Client,
    options: &Options,
    mut progress: impl FnMut(usize, usize),
) -> Result<Run, UnusableTarget> {
    usable(client).await?;
    let mut run = FuzzRun::new(client, options);
    for kind in [Kind::User, Kind::Group] {
        let name = format!("fuzz-{}", run.report.run_id);
        if let CanaryEnd::Closed(closed) = Canary::new(kind, &name, "example.com").play(client).await {
            let repeat = format!("{} --seed {} --cases 1", options.repeat, options.seed);
            run.report.findings.push(report::finding_of_canary(&closed, client.ledger(), repeat));
            run.report.stopped = Some(format!("nothing can be created in /{}", closed.collection));
        }
    }
    while !run.is_over() {
        run.batch().await;
        progress(run.cases.played, run.report.findings.len());
    }
    run.report.duration_ms = elapsed_ms(run.began);
    run.report.findings.sort_by_key(Finding::rank);
    run.report.cases = Some(run.cases);
    let repeat = format!("{} --seed {} --cases {}", options.repeat, options.seed, options.cases);
    run.report.scenarios = report::results(&run.report, &run.judged, &repeat);
    Ok(run.report)
}

/// Sends a lookup that every SCIM server supports.
async fn probe(client: &Client) -> Exchange {
    client.clone().with_stop(Stop::new()).get("/Users?startIndex=1&count=1").await
}

/// A response that rules the target out: it does not return a list of users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableTarget {
    #[error("GET {url} returned 200, but no ListResponse: is this the SCIM base URL?")]
    NotAList { url: String },
    #[error("GET {url} returned {status}: are the credentials right?")]
    Unauthorized { url: String, status: u16 },
    /// Another status, or no response.
    #[error("GET {url}: {seen}")]
    Failed { url: String, seen: String },
}

async fn usable(client: &Client) -> Result<(), UnusableTarget> {
    let exchange = probe(client).await;
    let url = exchange.url.clone();
    let list =
        exchange.json().is_some_and(|body| body.get("Resources").is_some() || body.get("totalResults").is_some());
    match exchange.status() {
        Some(200) if list => Ok(()),
        Some(200) => Err(UnusableTarget::NotAList { url }),
        Some(status @ (401 | 403)) => Err(UnusableTarget::Unauthorized { url, status }),
        _ => Err(UnusableTarget::Failed { url, seen: exchange.seen() }),
    }
}

type Tree = Box<dyn ValueTree<Value = Case>>;

struct FuzzRun<'a> {
    client: &'a Client,
    options: &'a Options,
    strategy: BoxedStrategy<Case>,
    began: Instant,
    known: HashSet<(Fault, Method, String)>,
    cases: Cases,
    /// The rules that the cases so far were about.
    judged: BTreeSet<Fault>,
    report: Run,
}

impl<'a> FuzzRun<'a> {
    fn new(client: &'a Client, options: &'a Options) -> Self {
        let report = report::begun(&client.target().base, options.seed, run_id(options.seed));
        let (strategy, began, known) = (strategies::case().boxed(), Instant::now(), HashSet::new());
        let (cases, judged) = (Cases::default(), BTreeSet::new());
        Self { client, options, strategy, began, known, cases, judged, report }
    }

    fn left(&self) -> Duration {
        self.options.time_limit.saturating_sub(self.began.elapsed())
    }

    fn is_over(&self) -> bool {
        let report = &self.report;
        self.cases.played >= self.options.cases
            || report.findings.len() >= MAX_FINDINGS
            || self.cases.out_of_time
            || report.stopped.is_some()
    }

    async fn batch(&mut self) {
        let first = self.cases.played;
        let numbers: Vec<usize> = (first..self.options.cases.min(first + AT_ONCE)).collect();
        let trees: Vec<Tree> = numbers.iter().filter_map(|number| self.tree(*number)).collect();
        let names: Vec<String> = numbers.iter().map(|number| self.name(*number, 0)).collect();
        let played: Vec<CaseRun> = futures::stream::iter(trees.iter().zip(&names))
            .map(|(tree, name)| self.play(tree.current(), name, self.left()))
            .buffered(AT_ONCE)
            .collect()
            .await;
        for ((number, tree), played) in numbers.into_iter().zip(trees).zip(played) {
            self.count(&played);
            if let Some(stopped) = &played.stopped {
                if let Some(reason) = self.client.stop().reason() {
                    self.report.stopped.get_or_insert(reason);
                } else if self.left().is_zero() {
                    self.cases.out_of_time = true;
                } else {
                    self.report.stopped.get_or_insert_with(|| stopped.to_string());
                }
                return;
            }
            self.cases.played = number + 1;
            if let Some(signature) = signature(&played)
                && self.known.insert(signature.clone())
            {
                self.shrink(number, tree, played, &signature).await;
                if self.report.findings.len() >= MAX_FINDINGS {
                    return;
                }
            }
        }
    }

    /// Returns the value tree of a case: the case itself and all simpler ones.
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

    /// Plays a case with a separate stop, because concurrent cases must not share the count of failed requests.
    async fn play(&self, case: Case, name: &str, left: Duration) -> CaseRun {
        let client = self.client.fork().with_stop(self.client.stop().child(left));
        play(&client, &case, name).await
    }

    fn count(&mut self, played: &CaseRun) {
        self.report.requests += played.exchanges.len();
        self.cases.created += usize::from(played.resource_created);
        self.judged.extend(&played.judged);
    }

    /// Plays simpler cases while they show the same fault, and reports the simplest one that does.
    async fn shrink(&mut self, number: usize, mut tree: Tree, played: CaseRun, signature: &(Fault, Method, String)) {
        let (mut best, mut attempts) = (played, 0);
        let began = Instant::now();
        let mut more = self.still_responds(&best).await && tree.simplify();
        // Simplification often yields a case that was tried before.
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
                if !self.still_responds(&played).await {
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
        let finding = report::finding_of_case(&best, self.client.ledger(), repeat);
        let numbered = |finding| Finding { case: Some(number), attempts: Some(attempts), ..finding };
        self.report.findings.extend(finding.map(numbered));
    }

    /// Returns true if the target still responds. It sends probes only if the last request got no response.
    async fn still_responds(&mut self, played: &CaseRun) -> bool {
        let unanswered = |exchange: &Exchange| exchange.outcome.is_err();
        if played.stopped.is_none() && !played.exchanges.last().is_some_and(unanswered) {
            return true;
        }
        if let Some(reason) = self.client.stop().reason() {
            self.report.stopped.get_or_insert(reason);
            return false;
        }
        for _ in 1..limits::UNANSWERED_IN_A_ROW {
            if probe(self.client).await.outcome.is_ok() {
                return true;
            }
        }
        let seen = played.exchanges.last().map_or_else(|| "nothing".to_owned(), Exchange::seen);
        self.report.stopped.get_or_insert(format!(
            "the target no longer responds ({seen}, then {} in a row)",
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

/// Returns the identity of a fault: its kind, and the method and endpoint that showed it.
fn signature(played: &CaseRun) -> Option<(Fault, Method, String)> {
    let (violation, last) = (played.violation.as_ref()?, played.exchanges.last()?);
    Some((violation.fault, last.request.method, last.request.subject().0))
}

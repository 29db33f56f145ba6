//! Random sequences of actions over the whole vocabulary, against a server in this process.
//!
//! The cases follow from a fixed seed. `PROPTEST_CASES` sets their number, and `SCIMULATE_TEST_SEED` another seed.

mod actions;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use scimulate::base::Seed;
use scimulate::okta::action::Action;
use scimulate::okta::{Agent, Habits, Org, Pace};
use scimulate::sim::run_journal::{JournalHeader, JournaledRun, RunJournal};
use scimulate::sim::scenario::verbs::verbs;
use scimulate::wire::{Auth, Client, Secrets, Target};
use tokio::sync::Notify;

use self::actions::{Step, org, step};
use self::target::{Kill, Server, service};

/// The number of cases of each test without `PROPTEST_CASES`.
const CASES: u32 = 100;
/// The largest number of steps of a sequence.
const STEPS: usize = 60;

fn runner() -> TestRunner {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u32>().unwrap());
    let (cases, seed) = (number("PROPTEST_CASES").unwrap_or(CASES), number("SCIMULATE_TEST_SEED").unwrap_or(7));
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Runs the cases, and reports the shortest sequence that fails as scenario actions.
fn check<S: Strategy>(
    strategy: &S,
    shown: impl Fn(&S::Value) -> String,
    test: impl Fn(&S::Value) -> Result<(), String>,
) {
    match runner().run(strategy, |value| test(&value).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("{reason}\nof {}", shown(&value)),
        Err(other) => panic!("{other}"),
    }
}

fn sequence() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..STEPS)
}

/// Returns the actions that a sequence performs, as in a scenario.
fn shown(steps: &[Step]) -> String {
    let performed = unbroken(steps).performed;
    performed.iter().map(|action| serde_json::to_string(action).unwrap()).collect::<Vec<_>>().join("\n")
}

/// An org with its target.
struct Played {
    org: Org,
    server: Server,
    performed: Vec<Action>,
}

/// Performs the first action of each step that is possible. Returns `None` if the run was killed.
fn play(server: &Arc<Mutex<Server>>, steps: &[Step], journal: Option<&Path>, kill: Option<Kill>) -> Option<Played> {
    let killed = Arc::new(Notify::new());
    let service = service(server, kill, &killed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let client = Client::new(Target::in_process("http://target/scim", Auth::None, service)).unwrap();
        let mut agent =
            Agent::new(org(), client.without_transcript(), Habits::default(), Seed(1)).with_pace(Pace::Virtual);
        if let Some(journal) = journal {
            let run = JournaledRun { scenario: "x", text: "x", set: &[], seed: 1, run_id: None, url: "x", habits: &[] };
            let journal = RunJournal::open(journal, &JournalHeader::new(run, Vec::new()), Secrets::default()).unwrap();
            agent = agent.with_journal(Arc::new(journal));
        }
        let mut performed = Vec::new();
        let all = async {
            for step in steps {
                for action in step {
                    if agent.perform_observed(action, &()).await.is_ok() {
                        performed.push(action.clone());
                        break;
                    }
                }
            }
        };
        let finished = tokio::select! {
            () = all => true,
            () = killed.notified() => false,
        };
        assert_eq!(agent.client().stop().reason(), None);
        finished.then(|| Played { org: agent.org().clone(), server: server.lock().unwrap().clone(), performed })
    })
}

fn unbroken(steps: &[Step]) -> Played {
    play(&Arc::new(Mutex::new(Server::with_others())), steps, None, None).unwrap()
}

/// A folder in memory where the system has one, because each request flushes the journal.
fn folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

#[test]
fn every_verb_is_performed() {
    let all: BTreeSet<String> = verbs().into_iter().map(|verb| verb.name).collect();
    let (mut runner, mut performed) = (runner(), BTreeSet::new());
    for _ in 0..CASES {
        let steps = sequence().new_tree(&mut runner).unwrap().current();
        let name = |action: &Action| serde_json::to_value(action).unwrap()["do"].as_str().unwrap().to_owned();
        performed.extend(unbroken(&steps).performed.iter().map(name));
        if performed == all {
            return;
        }
    }
    panic!("no sequence performs {:?}", all.difference(&performed).collect::<Vec<_>>());
}

#[test]
fn the_same_seed_sends_the_same_bytes() {
    check(
        &sequence(),
        |actions| shown(actions),
        |actions| {
            let (one, other) = (unbroken(actions), unbroken(actions));
            same("requests", &one.server.sent, &other.server.sent)?;
            if one.org == other.org { Ok(()) } else { Err("the orgs differ".to_owned()) }
        },
    );
}

#[test]
fn a_second_synchronization_changes_nothing() {
    check(
        &sequence(),
        |actions| shown(actions),
        |actions| {
            let played = unbroken(actions);
            let mut sync = Vec::new();
            for app in played.org.apps().iter().filter(|app| app.provisioning) {
                sync.push(serde_json::json!({"do": "force-sync", "app": app.label}));
                let pushed = app.pushed_groups();
                sync.extend(
                    pushed
                        .map(|mapping| serde_json::json!({"do": "push-now", "app": app.label, "group": mapping.group})),
                );
            }
            let sync: Vec<Step> =
                sync.into_iter().map(|action| vec![serde_json::from_value(action).unwrap()]).collect();
            let rounds = |count: usize| {
                let more = std::iter::repeat_n(&sync, count).flatten().cloned();
                unbroken(&actions.iter().cloned().chain(more).collect::<Vec<_>>())
            };
            let (first, second) = (rounds(1), rounds(2));
            if shares_a_group(&second.org) {
                return Ok(());
            }
            same("resources", &lines(&first.server), &lines(&second.server))
        },
    );
}

#[test]
fn a_run_that_is_killed_and_continued_ends_as_an_unbroken_one() {
    let strategy = (sequence(), any::<prop::sample::Index>(), any::<bool>());
    let folder = folder();
    let number = std::cell::Cell::new(0);
    check(
        &strategy,
        |(actions, at, arrives)| format!("{at:?} {arrives}\n{}", shown(actions)),
        |(actions, at, arrives)| {
            let expected = unbroken(actions);
            let requests = expected.server.sent.len();
            if requests == 0 || has_namesakes(&expected.server) {
                return Ok(());
            }
            number.set(number.get() + 1);
            let journal = folder.path().join(number.get().to_string());
            let server = Arc::new(Mutex::new(Server::with_others()));
            let kill = Kill { request: at.index(requests), arrives: *arrives };
            if play(&server, actions, Some(&journal), Some(kill)).is_some() {
                return Err(format!("the run was not killed at {kill:?}"));
            }
            let resumed = play(&server, actions, Some(&journal), None).ok_or("the second run was killed")?;
            std::fs::remove_file(&journal).unwrap();
            let context = format!("killed at {kill:?}, {}", expected.server.sent[kill.request]);
            let compared = same("resources", &lines(&expected.server), &lines(&resumed.server));
            let compared = compared.and_then(|()| same("org", &org_lines(&expected.org), &org_lines(&resumed.org)));
            let compared = compared.and_then(|()| is_sent_once(&expected.server, &resumed.server));
            compared.map_err(|error| format!("{context}: {error}"))
        },
    );
}

/// Returns true if two pushed groups are linked to one group of the target: each push replaces the members of the other.
fn shares_a_group(org: &Org) -> bool {
    let mut seen = BTreeSet::new();
    let linked = org
        .apps()
        .iter()
        .flat_map(scimulate::okta::org::App::pushed_groups)
        .filter_map(|mapping| mapping.target_id.clone());
    linked.map(|id| seen.insert(id)).any(|is_new| !is_new)
}

/// Returns true if two apps created groups with one name, because Okta's list of groups was too old. A continued run looks the
/// name up on the target, and finds the group of the other app.
fn has_namesakes(server: &Server) -> bool {
    let mut seen = BTreeSet::new();
    server.names("/Groups/", "displayName").into_iter().any(|name| !seen.insert(name))
}

/// Checks that nobody exists twice, unless Okta itself made that, and that at most one write was sent twice.
fn is_sent_once(expected: &Server, resumed: &Server) -> Result<(), String> {
    for (kind, name) in [("/Users/", "userName"), ("/Groups/", "displayName")] {
        same("names", &expected.names(kind, name), &resumed.names(kind, name))?;
    }
    let writes = |server: &Server| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let writes = server.sent.iter().filter(|sent| !sent.starts_with("GET "));
        writes.for_each(|sent| *counts.entry(sent.clone()).or_default() += 1);
        counts
    };
    let before = writes(expected);
    let again: Vec<String> = writes(resumed)
        .into_iter()
        .filter(|(sent, count)| before.get(sent).is_some_and(|before| count > before))
        .map(|(sent, _)| sent)
        .collect();
    if again.len() > 1 { Err(format!("several writes were sent again: {again:#?}")) } else { Ok(()) }
}

fn lines(server: &Server) -> Vec<String> {
    server.resources.iter().map(|(path, resource)| format!("{path} {resource}")).collect()
}

fn org_lines(org: &Org) -> Vec<String> {
    format!("{org:#?}").lines().map(str::to_owned).collect()
}

/// Compares two lists, and shows the first difference.
fn same(what: &str, one: &[String], other: &[String]) -> Result<(), String> {
    let differing = one.iter().zip(other).position(|(one, other)| one != other);
    match differing.or((one.len() != other.len()).then(|| one.len().min(other.len()))) {
        Some(at) => Err(format!("{what} {at} differ:\n{:?}\n{:?}", one.get(at), other.get(at))),
        None => Ok(()),
    }
}

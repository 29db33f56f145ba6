//! A run that is killed, at any request and in the middle of any line of its journal, and is then continued, leads to the state of
//! an unbroken run.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scimulate::base::Seed;
use scimulate::okta::{Agent, Habits};
use scimulate::sim::run_journal::{JournalHeader, JournaledRun, RunJournal};
use scimulate::wire::{Auth, Client, Method, Request, ResponseBody, Secrets, Service, Target};
use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use super::stage::{actions, by_subject, org, resources, state};
use crate::support::proxy;
use crate::support::reference::Server;

/// The number of runs, each of which is killed about ten times.
const RUNS: usize = 24;
/// The least number of kills of all runs.
const KILLS: usize = 200;

/// A point at which a run is killed.
#[derive(Debug, Clone, Copy)]
struct Kill {
    /// The number of requests that this attempt sends, from 1.
    request: usize,
    /// True if the last one reaches the target, whose response is lost.
    arrives: bool,
    /// The number of bytes of the line that was being written: of the end that is missing, or of the beginning that is there.
    torn: usize,
}

fn kill() -> impl Strategy<Value = Kill> {
    (1_usize..8, any::<bool>(), 0_usize..60).prop_map(|(request, arrives, torn)| Kill { request, arrives, torn })
}

/// A directory, and all requests that were sent to it.
struct Stage {
    url: String,
    token: String,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Stage {
    async fn new(server: &Server, name: &str) -> Self {
        let (url, token) = server.another_directory(name).await;
        Self { url, token, sent: Arc::default() }
    }

    /// Performs the actions with a journal. Returns false if the run was killed.
    async fn run(&self, journal: &Path, jobs: usize, kill: Option<Kill>) -> bool {
        let (origin, _) = self.url.split_at(self.url.find("/scim/").unwrap());
        let (upstream, killed) = (proxy::remote(origin), Arc::new(Notify::new()));
        let (count, sent) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&self.sent));
        let handled = Arc::new(Mutex::new(JoinSet::new()));
        let under_way = Arc::clone(&handled);
        let (base, kills) = (self.url.clone(), Arc::clone(&killed));
        let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
            let is_last = kill.filter(|kill| kill.request == count.fetch_add(1, Ordering::SeqCst) + 1);
            let (upstream, killed) = (Arc::clone(&upstream), Arc::clone(&kills));
            sent.lock().unwrap().push(as_sent(&request, &base));
            let arrives = is_last.is_none_or(|kill| kill.arrives);
            // The target handles the request to its end also if the run is killed before.
            let (responds, response) = oneshot::channel();
            if arrives {
                handled.lock().unwrap().spawn(async move {
                    let _ = responds.send(upstream.call(request).await);
                });
            }
            async move {
                let response = response.await;
                if let (Ok(response), None) = (response, is_last) {
                    return Ok(response.map(ResponseBody::from));
                }
                killed.notify_one();
                std::future::pending().await
            }
        }));
        let client = Client::new(Target::in_process(&self.url, Auth::Bearer(self.token.as_str().into()), service));
        let run =
            JournaledRun { scenario: "x", text: "x", set: &[], seed: 1, run_id: None, url: &self.url, habits: &[] };
        let journal = RunJournal::open(journal, &JournalHeader::new(run, Vec::new()), Secrets::default()).unwrap();
        let agent = Agent::new(org(), client.unwrap(), Habits::default(), Seed(1)).with_concurrency(jobs);
        let mut agent = agent.with_journal(Arc::new(journal));
        let all = async {
            for action in actions() {
                let outcome = agent.perform_observed(&action, &()).await.unwrap();
                assert_eq!(outcome.tasks, [""; 0], "{action:?}");
            }
        };
        let finished = tokio::select! {
            () = all => true,
            () = killed.notified() => false,
        };
        let mut under_way = std::mem::take(&mut *under_way.lock().unwrap());
        while under_way.join_next().await.is_some() {}
        finished
    }

    /// Returns the writes about each person and group, with the number of times that each was sent.
    async fn writes(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        let (_, names) = resources(&self.url, &self.token).await;
        let sent = self.sent.lock().unwrap();
        let writes: Vec<Request> = sent.iter().filter(|request| request.method != Method::Get).cloned().collect();
        let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (subject, requests) in by_subject(&writes, &names) {
            let counts = counts.entry(subject).or_default();
            for request in requests {
                *counts.entry(request).or_default() += 1;
            }
        }
        counts
    }
}

fn as_sent(request: &http::Request<Bytes>, base: &str) -> Request {
    let methods = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
    let path = request.uri().path_and_query().unwrap().as_str();
    let root = base.split_at(base.find("/scim/").unwrap()).1;
    Request {
        method: methods.into_iter().find(|method| method.as_str() == request.method().as_str()).unwrap(),
        path: path.strip_prefix(root).unwrap().to_owned(),
        headers: Vec::new(),
        body: Some(request.body().to_vec()).filter(|body| !body.is_empty()),
    }
}

/// Leaves the journal as a process that is killed while it writes a line.
fn tear(journal: &Path, kill: Kill, jobs: usize) {
    let mut file = OpenOptions::new().append(true).open(journal).unwrap();
    if kill.arrives {
        let begun = br#"{"received":{"action":0,"job":0,"attempt":0,"request":0,"exchange":{"at":"2027"#;
        file.write_all(&begun[..kill.torn]).unwrap();
    } else if jobs == 1 {
        // The last line is that of the request that was never sent.
        let text = std::fs::read_to_string(journal).unwrap();
        let last = text.trim_end().lines().last().unwrap();
        assert!(last.starts_with("{\"sending\""), "{last}");
        let length = (text.len() - kill.torn.min(last.len() + 1)) as u64;
        file.set_len(length).unwrap();
    }
}

#[tokio::test]
async fn a_run_that_is_killed_and_continued_ends_as_an_unbroken_one() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let unbroken = Stage::new(&server, "unbroken").await;
    assert!(unbroken.run(&folder.path().join("unbroken"), 1, None).await);
    let (expected, once) = (state(&unbroken.url, &unbroken.token).await, unbroken.writes().await);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut kills = 0;
    for number in 0..RUNS {
        let stage = Stage::new(&server, &format!("run {number}")).await;
        let (journal, jobs) = (folder.path().join(number.to_string()), 1 + 2 * (number % 2));
        let mut points = Vec::new();
        loop {
            let point = kill().new_tree(&mut runner).unwrap().current();
            if stage.run(&journal, jobs, Some(point)).await {
                break;
            }
            tear(&journal, point, jobs);
            points.push(point);
        }
        let found: Vec<Value> = state(&stage.url, &stage.token).await;
        assert_eq!(found, expected, "run {number} with {jobs} jobs at once, killed at {points:?}");
        let writes = stage.writes().await;
        let again = |subject: &String| {
            let (now, before) = (&writes[subject], &once[subject]);
            before
                .iter()
                .map(|(write, count)| now.get(write).map_or(0, |now| now.saturating_sub(*count)))
                .sum::<usize>()
        };
        // Each kill interrupts at most one job of a person or group, and with one job at once only one.
        let all: Vec<usize> = once.keys().filter(|subject| writes.contains_key(*subject)).map(again).collect();
        assert!(all.iter().all(|again| *again <= points.len()), "{all:?}");
        if jobs == 1 {
            assert!(all.iter().sum::<usize>() <= points.len(), "{all:?} after {points:?}");
        }
        kills += points.len();
    }
    assert!(kills >= KILLS, "{kills} kills");
}

//! For any interleaving of the requests, those about one person or group keep their order, and the target ends in the same
//! state.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use scimulate::base::Seed;
use scimulate::okta::{Agent, Habits};
use scimulate::wire::{Auth, Client, Request, ResponseBody, Service, Target};
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

use super::stage::{actions, by_subject, org, resources, state};
use crate::support::proxy;
use crate::support::reference::Server;

/// Holds requests until the test lets one through.
#[derive(Default)]
struct Gate {
    held: Mutex<Vec<oneshot::Sender<()>>>,
    ended: Notify,
}

impl Gate {
    /// Lets one held request through after another, in the order of these choices. Never returns.
    async fn open(&self, choices: &[usize]) {
        for choice in choices.iter().cycle() {
            // All jobs that can send a request send it.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            let chosen = {
                let mut held = self.held.lock().unwrap();
                if held.is_empty() { None } else { Some(choice % held.len()) }.map(|at| held.remove(at))
            };
            if chosen.is_some_and(|chosen| chosen.send(()).is_ok()) {
                self.ended.notified().await;
            }
        }
    }
}

/// Performs all actions against a new directory. Returns the requests and the state of the directory.
async fn perform(
    server: &Server,
    directory: &str,
    jobs: usize,
    choices: &[usize],
) -> (BTreeMap<String, Vec<String>>, Vec<Value>, bool) {
    let (url, token) = server.another_directory(directory).await;
    let (origin, _) = url.split_at(url.find("/scim/").unwrap());
    let (upstream, gate) = (proxy::remote(origin), Arc::new(Gate::default()));
    let shared = Arc::clone(&gate);
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let (upstream, gate) = (Arc::clone(&upstream), Arc::clone(&shared));
        async move {
            let (opens, opened) = oneshot::channel();
            gate.held.lock().unwrap().push(opens);
            opened.await.unwrap();
            let response = upstream.call(request).await;
            gate.ended.notify_one();
            Ok(response.map(ResponseBody::from))
        }
    }));
    let client = Client::new(Target::in_process(&url, Auth::Bearer(token.as_str().into()), service)).unwrap();
    let mut agent = Agent::new(org(), client, Habits::default(), Seed(1)).with_concurrency(jobs);
    let (mut exchanges, mut overtaken) = (Vec::new(), false);
    for action in actions() {
        let performed = tokio::select! {
            performed = agent.perform(&action) => performed.unwrap(),
            () = gate.open(choices) => unreachable!(),
        };
        assert_eq!(performed.tasks, [""; 0]);
        overtaken |= !performed.exchanges.is_sorted_by_key(|exchange| exchange.at);
        exchanges.extend(performed.exchanges);
    }
    let requests: Vec<Request> = exchanges.into_iter().map(|exchange| exchange.request).collect();
    let (_, mut names) = resources(&url, &token).await;
    names.insert(url.clone(), String::new());
    (by_subject(&requests, &names), state(&url, &token).await, overtaken)
}

#[test]
fn any_interleaving_keeps_the_order_of_each_subject_and_leads_to_the_same_state() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::start());
    let (requests, expected, _) = runtime.block_on(perform(&server, "sequential", 1, &[0]));
    assert_eq!(expected.len(), 5, "four users and a group: {expected:#?}");
    let (number, overtaken) = (Cell::new(0), Cell::new(false));
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
    let cases = (2_usize..6, proptest::collection::vec(0_usize..60, 64));
    let played = TestRunner::new(config).run(&cases, |(jobs, choices)| {
        number.set(number.get() + 1);
        let ran = runtime.block_on(perform(&server, &format!("case {}", number.get()), jobs, &choices));
        overtaken.set(overtaken.get() || ran.2);
        prop_assert_eq!(&ran.0, &requests);
        prop_assert_eq!(&ran.1, &expected);
        Ok(())
    });
    played.unwrap();
    assert!(overtaken.get(), "in some case a response overtook another one");
}

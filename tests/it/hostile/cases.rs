//! The cases of `scimulate fuzz`, as fast as the server handles them.

use std::time::Instant;

use futures::future::join_all;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scimulate::base::Seed;
use scimulate::check::fuzz::case::Case;
use scimulate::check::fuzz::play::play;
use scimulate::check::fuzz::strategies;
use scimulate::wire::{Client, Ledger, Method, Request, Stop};

use super::{Aim, RUNNERS, client};

/// Runs cases until the time is up. Each deletes what it created.
pub(super) async fn run(aim: Aim, seed: u64) {
    let client = client(&aim.url, &aim.token);
    join_all((0..RUNNERS).map(|runner_id| run_cases(&client, &aim, seed, runner_id))).await;
}

async fn run_cases(client: &Client, aim: &Aim, seed: u64, runner_id: usize) {
    let mut bytes = [0; 32];
    rand::Rng::fill_bytes(&mut Seed(seed).stream(&format!("hostile-{runner_id}")), &mut bytes);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = strategies::case().boxed();
    for n in 0.. {
        if aim.is_over() {
            return;
        }
        let case: Case = strategy.new_tree(&mut runner).unwrap().current();
        // Each case has its own transcript, ledger and stop.
        let client = client.fork().with_ledger(Ledger::new("hostile")).with_stop(Stop::new());
        let began = Instant::now();
        let played = play(&client, &case, &format!("hostile-{runner_id}-{n}")).await;
        aim.tally.played(&played);
        // Groups before their members.
        for (endpoint, id) in client.ledger().unwrap().made().into_iter().rev() {
            let path = format!("/{endpoint}/{id}");
            let deleted = client.send(Request::scim(Method::Delete, path.clone(), None)).await;
            aim.tally.exchange(&deleted);
            if !matches!(deleted.status(), Some(204 | 404)) {
                aim.tally.fault(format!(
                    "DELETE {path}: {}, {:?} after the case began",
                    deleted.seen(),
                    began.elapsed()
                ));
            }
        }
    }
}

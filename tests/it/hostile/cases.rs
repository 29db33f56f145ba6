//! The stories of `scimulate fuzz`, as fast as the server takes them.

use std::time::Instant;

use futures::future::join_all;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scimulate::base::Seed;
use scimulate::check::fuzz::case::Case;
use scimulate::check::fuzz::play::play;
use scimulate::check::fuzz::strategies;
use scimulate::wire::{Client, Ledger, Method, Request, Stop};

use super::{Aim, TELLERS, client};

/// Tells stories until the time is up. Each deletes what it made.
pub(super) async fn tell(aim: Aim, seed: u64) {
    let client = client(&aim.url, &aim.token);
    join_all((0..TELLERS).map(|teller| tell_on(&client, &aim, seed, teller))).await;
}

async fn tell_on(client: &Client, aim: &Aim, seed: u64, teller: usize) {
    let mut bytes = [0; 32];
    rand::Rng::fill_bytes(&mut Seed(seed).stream(&format!("hostile-{teller}")), &mut bytes);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = strategies::case().boxed();
    for n in 0.. {
        if aim.is_over() {
            return;
        }
        let case: Case = strategy.new_tree(&mut runner).unwrap().current();
        // A transcript, a ledger and a stop of its own.
        let client = client.fork().with_ledger(Ledger::new()).with_stop(Stop::new());
        let began = Instant::now();
        let played = play(&client, &case, &format!("hostile-{teller}-{n}")).await;
        aim.tally.played(&played);
        // Groups before their members.
        for (endpoint, id) in client.ledger().unwrap().made().into_iter().rev() {
            let path = format!("/{endpoint}/{id}");
            let deleted = client.send(Request::scim(Method::Delete, path.clone(), None)).await;
            aim.tally.exchange(&deleted);
            if !matches!(deleted.status(), Some(204 | 404)) {
                aim.tally.fault(format!(
                    "DELETE {path}: {}, {:?} after the story began",
                    deleted.seen(),
                    began.elapsed()
                ));
            }
        }
    }
}

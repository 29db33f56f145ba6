//! Takes all measures in rounds, and prints the tables of medians.

use std::time::Duration;

use super::measures::{Measure, Measured, bare};
use super::process::yardstick;
use super::served::Served;

/// Takes all measures and prints them.
pub async fn run(all: &mut [Measured], only: &str, rounds: usize, duration: Duration) {
    let (process, address) = yardstick();
    let url = format!("http://{address}/");
    let mut yard = Measured {
        served: Served::new("bare axum".to_owned(), process, &url, "none", 0),
        large_size: None,
        measures: bare(),
    };
    for round in 0..rounds {
        for measure in &mut yard.measures {
            measure.take(&yard.served, duration).await;
        }
        for Measured { served, measures, .. } in &mut *all {
            for measure in measures.iter_mut().filter(|measure| measure.name.contains(only)) {
                measure.take(served, duration).await;
            }
        }
        println!("round {} of {rounds} finished", round + 1);
    }
    let (yard, all) = (yard.measures, &*all);
    for measure in &yard {
        println!("{}", line(measure, &yard));
    }
    for one in all {
        print(one, &yard, all.first());
    }
    best_of(all);
}

/// Prints the table of one server.
fn print(one: &Measured, yard: &[Measure], reference: Option<&Measured>) {
    println!("\n{}", one.served.name);
    if let Some(size) = one.large_size {
        println!("the large group had {size} members");
    }
    for measure in &one.measures {
        if let Some(why) = &measure.broken {
            println!("{:<30} failed: {why:.200}", measure.name);
        } else if !measure.rounds.is_empty() {
            let same = reference.and_then(|reference| same(reference, measure));
            match same.filter(|_| one.large_size.is_none()) {
                Some(same) => {
                    println!("{}; the reference is {:.1} times as fast", line(measure, yard), same.ratio(measure));
                }
                None => println!("{}", line(measure, yard)),
            }
        }
    }
    if one.large_size.is_some() {
        println!("{:<30} {:>9.0} MB", "anonymous memory", one.served.process.memory());
    }
}

fn line(measure: &Measure, yard: &[Measure]) -> String {
    let (rate, processor) = (measure.rate(), measure.processor());
    let busy = rate * processor / 1e4;
    let line = format!(
        "{:<30} {rate:>9.0}/s, median {:>7.2} ms, {processor:>7.1} µs CPU, {busy:>4.0}% busy",
        measure.name,
        measure.latency()
    );
    match yard.iter().find(|bare| bare.name == measure.bare) {
        Some(bare) => {
            let could = 1e6 / processor / bare.rate();
            let ratio = measure.ratio(bare);
            format!("{line}, {ratio:.3} of {} ({could:.3} at full CPU)", bare.name)
        }
        None => line,
    }
}

/// Returns the same measure of another server.
fn same<'a>(of: &'a Measured, measure: &Measure) -> Option<&'a Measure> {
    of.measures.iter().find(|one| one.name == measure.name && !one.rounds.is_empty())
}

/// Compares the reference with the fastest peer that stores its data in a database, for each measure that peers have.
fn best_of(all: &[Measured]) {
    let durable = |one: &&Measured| one.large_size.is_none() && !one.served.name.ends_with("memory");
    let (Some(reference), Some(any)) = (all.first(), all.iter().find(durable)) else { return };
    println!("\nthe reference, {} users, compared with the best peer with a database", reference.served.users);
    for measure in &any.measures {
        let rates = all.iter().filter(durable).filter_map(|peer| Some((peer, same(peer, measure)?)));
        let best = rates.max_by(|(_, one), (_, other)| one.rate().total_cmp(&other.rate()));
        if let (Some(own), Some((peer, best))) = (same(reference, measure), best) {
            println!("{:<30} {:>5.1} times {}", measure.name, own.ratio(best), peer.served.name);
        }
    }
}

//! Latency of webhooks, and the effect of webhook endpoints on SCIM writes: `cargo bench --bench webhooks -- [--endpoints 0,1,100]
//! [--rate 500] [--seconds 10] [--rounds 3] [--connections 16]`
//!
//! The reference runs on the first CPU, over a store in a file. The load and the receiver of all webhooks are threads of this process on
//! the second CPU. Each endpoint gets every event, and has a path of its own at the receiver. A write is a `POST /Users`. At the fixed
//! rate the latency of a request counts from the time at which it should have been sent; at saturation 64 connections send as fast as
//! they can. Each round takes every measure once. docs/performance.md explains the figures.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, unreachable_pub)]

#[path = "../load/client.rs"]
#[allow(dead_code)]
mod client;
mod paced;
#[path = "../load/people.rs"]
#[allow(dead_code)]
mod people;
#[path = "../load/process.rs"]
#[allow(dead_code)]
mod process;
mod receiver;
mod reference;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use hdrhistogram::Histogram;

use client::{Load, Requests, drive, request};
use receiver::Receiver;
use reference::Reference;

/// The time without a webhook after which the queues count as stopped.
const QUIET: Duration = Duration::from_millis(500);
/// The number of connections at saturation.
const SATURATING: usize = 64;

/// Command line arguments.
#[derive(Debug, Parser)]
struct Args {
    /// Numbers of endpoints to compare; the first is the base
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1, 100])]
    endpoints: Vec<usize>,
    /// Writes per second
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// Duration of each measure
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Number of rounds
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Number of connections at the fixed rate
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Passed by cargo to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// All measurements with one number of endpoints.
struct Row {
    endpoints: usize,
    /// Latencies of writes at the fixed rate, in microseconds.
    writes: Histogram<u64>,
    /// Times from the response to a write until its webhook arrives, in microseconds.
    webhooks: Histogram<u64>,
    /// Webhooks per second while writes were sent at the fixed rate.
    delivered: Vec<f64>,
    /// Writes per second at saturation.
    saturated: Vec<f64>,
    /// The largest anonymous memory of the server after saturation, in MB.
    memory: f64,
}

fn main() {
    let args = Args::parse();
    if process::pinning() {
        process::pin_self();
    } else {
        println!("no taskset or only one CPU: the server and the load share all CPUs");
    }
    let receiver = Receiver::start();
    let folder = tempfile::tempdir_in(".").unwrap();
    let most = args.endpoints.iter().copied().max().unwrap_or_default();
    let mut reference = Reference::start(&folder.path().join("bench.db"), &receiver, most);
    let mut rows: Vec<Row> = args.endpoints.iter().map(|endpoints| Row::new(*endpoints)).collect();
    let mut bare = histogram();
    for round in 1..=args.rounds {
        bare_posts(&args, &receiver, &mut bare);
        for row in &mut rows {
            reference.enable(row.endpoints);
            row.take_paced(&args, &reference, &receiver);
            reference.enable(0);
            receiver.wait_until_quiet(QUIET);
        }
        for row in &mut rows {
            reference.enable(row.endpoints);
            row.take_saturated(&args, &reference);
            reference.enable(0);
            receiver.wait_until_quiet(QUIET);
        }
        println!("round {round} of {} finished", args.rounds);
    }
    print(&args, &rows, &bare);
}

impl Row {
    fn new(endpoints: usize) -> Self {
        let (writes, webhooks) = (histogram(), histogram());
        Self { endpoints, writes, webhooks, delivered: Vec::new(), saturated: Vec::new(), memory: 0.0 }
    }

    /// Sends writes at the fixed rate.
    fn take_paced(&mut self, args: &Args, reference: &Reference, receiver: &Receiver) {
        let requests = reference.creates();
        receiver.begin();
        let (begin, count) = (Instant::now(), args.rate as usize * args.seconds as usize);
        let sent = paced::send(reference.address, args.rate, count, args.connections, &|n| requests(n), 201);
        self.delivered.push(receiver.count() as f64 / begin.elapsed().as_secs_f64());
        if self.endpoints > 0 {
            receiver.wait_for(sent.len(), Duration::from_secs(30));
        }
        for one in &sent {
            self.writes.saturating_record(one.latency().as_micros() as u64);
            if let Some(arrival) = receiver.arrival(&reference::external_id(&one.request)) {
                self.webhooks.saturating_record(arrival.saturating_duration_since(one.ended).as_micros() as u64);
            }
        }
    }

    /// Sends writes as fast as possible.
    fn take_saturated(&mut self, args: &Args, reference: &Reference) {
        let requests: Requests = reference.creates();
        let load = Load::new(SATURATING, Duration::from_secs(args.seconds), 201);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sample = runtime.block_on(drive(reference.address, &load, &Arc::new(AtomicUsize::new(0)), &requests));
        assert_eq!(sample.broken, None);
        self.saturated.push(sample.rate());
        self.memory = self.memory.max(reference.process.memory());
    }
}

/// Sends bare requests to the receiver at the fixed rate, with a body like that of a webhook.
fn bare_posts(args: &Args, receiver: &Receiver, latencies: &mut Histogram<u64>) {
    let body = format!("{{\"idp_id\":\"none\",\"padding\":\"{}\"}}", "x".repeat(1_000));
    let bare = |_| request("POST", "/bare", "none", &body);
    let count = args.rate as usize * args.seconds as usize;
    for one in paced::send(receiver.address, args.rate, count, args.connections, &bare, 200) {
        latencies.saturating_record(one.latency().as_micros() as u64);
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(3_600_000_000, 3).unwrap()
}

fn quantiles(of: &Histogram<u64>) -> [f64; 3] {
    [0.5, 0.99, 1.0].map(|quantile| of.value_at_quantile(quantile) as f64 / 1e3)
}

fn print(args: &Args, rows: &[Row], bare: &Histogram<u64>) {
    println!("\nat {} writes per second, in ms", args.rate);
    let [p50, p99, most] = quantiles(bare);
    println!("bare POST to the receiver         p50 {p50:>7.3}   p99 {p99:>7.3}   longest {most:>8.3}");
    let first = quantiles(&rows[0].writes);
    for row in rows {
        let [p50, p99, most] = quantiles(&row.writes);
        let rise = |this: f64, other: f64| (this / other - 1.0) * 100.0;
        println!(
            "write, {:>3} endpoints              p50 {p50:>7.3} ({:+.0} %)   p99 {p99:>7.3} ({:+.0} %)   longest {most:>8.3}   {:>6.0} webhooks/s",
            row.endpoints,
            rise(p50, first[0]),
            rise(p99, first[1]),
            median(&row.delivered),
        );
    }
    for row in rows.iter().filter(|row| !row.webhooks.is_empty()) {
        let [p50, after, most] = quantiles(&row.webhooks);
        println!(
            "response until webhook, {:>3} endpoints  p50 {p50:>7.3}   p99 {after:>7.3} ({:.1} times a bare POST)   longest {most:>8.3}   of {} writes",
            row.endpoints,
            after / p99,
            row.webhooks.len()
        );
    }
    println!("\nat saturation, {SATURATING} connections");
    for row in rows {
        let ratios = row.saturated.iter().zip(&rows[0].saturated).map(|(this, base)| this / base);
        println!(
            "write, {:>3} endpoints   {:>7.0}/s ({:.2})   anonymous memory {:>4.0} MB",
            row.endpoints,
            median(&row.saturated),
            median(&ratios.collect::<Vec<_>>()),
            row.memory
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Returns a number that no earlier call returned, for names.
pub fn next_block() -> usize {
    static BLOCKS: AtomicUsize = AtomicUsize::new(0);
    BLOCKS.fetch_add(1, Ordering::Relaxed) * 10_000_000
}

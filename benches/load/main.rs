//! Throughput of the whole server, as a ratio to a bare axum server on the same CPU in the same run.
//!
//! `cargo bench --bench load -- [--users 1000,10000,100000] [--peers [NAMES]] [--rounds 5] [--seconds 1] [--only TEXT]
//! [--stores DIR] [--crowd] [--removal]`
//!
//! The servers run on the first CPU and the load on the second (by `taskset`). Each round takes every measure once, so that
//! all measures cover the same time, and the medians are printed. `--peers` also measures other SCIM servers. `--stores`
//! reuses filled stores in the next run. `--crowd` measures the latency of single requests during scans and an import
//! instead, and `--removal` the page at `/` and the removal of the directories. docs/performance.md explains the figures.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, unreachable_pub)]

mod client;
mod crowd;
mod measures;
mod peers;
mod people;
mod process;
mod removal;
mod rounds;
mod served;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use measures::Measured;

/// Command line arguments.
#[derive(Debug, Parser)]
struct Args {
    /// Sizes of the directories
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    users: Vec<usize>,
    /// Other SCIM servers, all or those named, each with as many users as the smallest directory
    #[arg(long, value_name = "NAMES", value_delimiter = ',', num_args = 0.., value_parser = peers::ALL)]
    peers: Option<Vec<String>>,
    /// Number of rounds
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Duration of each measure, in seconds
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Folder for the stores; by default they are deleted
    #[arg(long)]
    stores: Option<PathBuf>,
    /// Only measures whose names contain this text
    #[arg(long, default_value = "")]
    only: String,
    /// Latency of single requests during scans and an import
    #[arg(long)]
    crowd: bool,
    /// The page at `/`, and the removal of the directories
    #[arg(long, conflicts_with = "stores")]
    removal: bool,
    /// Run as the bare server
    #[arg(long, hide = true)]
    yardstick: bool,
    /// Passed by cargo to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    if args.yardstick {
        return process::run_yardstick();
    }
    let temporary = tempfile::tempdir_in(".").unwrap();
    let folder = args.stores.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).unwrap();
    if !process::pinning() {
        println!("no taskset or only one CPU: the servers and the load share all CPUs");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(&args, &folder));
}

async fn run(args: &Args, folder: &std::path::Path) {
    let mut sizes = args.users.clone();
    sizes.sort_unstable();
    let mut all = Vec::new();
    for users in &sizes {
        all.push(served::serve(&folder.join(format!("{users}.db")), *users).await);
    }
    let named = args.peers.as_ref().map(|names| match names.as_slice() {
        [] => peers::ALL.map(str::to_owned).to_vec(),
        names => names.to_vec(),
    });
    process::pin_self();
    let duration = Duration::from_secs_f64(args.seconds);
    if args.removal {
        for (served, _) in &all {
            removal::measure(served, &folder.join(format!("{}.db", served.users))).await;
        }
        return;
    }
    if args.crowd {
        for (served, _) in &all {
            crowd::measure(served, duration).await;
        }
        return;
    }
    let mut measured: Vec<Measured> =
        all.into_iter().map(|(served, groups)| Measured::reference(served, &groups)).collect();
    for name in named.into_iter().flatten() {
        println!("filling {name}");
        measured.push(Measured::peer(peers::serve(&name, sizes[0]).await));
    }
    rounds::run(&mut measured, &args.only, args.rounds, duration).await;
}

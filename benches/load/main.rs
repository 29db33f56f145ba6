//! How fast the whole server is, as ratios to a bare axum server that answers on the same processor in the same run.
//!
//! `cargo bench --bench load -- [--users 1000,10000,100000] [--peers [NAMES]] [--rounds 5] [--seconds 1] [--only TEXT]
//! [--stores DIR] [--crowd]`
//!
//! The servers run on the first processor, the load on the second (by `taskset`). Every measure is taken once a round, so
//! that the rounds of all are spread over the same time, and medians are printed. `--peers` measures other SCIM servers
//! beside the reference. `--stores` keeps filled stores for the next run. `--crowd` measures instead how single requests
//! fare among scans and during an import. What the figures mean stands in docs/performance.md.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, unreachable_pub)]

mod client;
mod crowd;
mod measures;
mod peers;
mod people;
mod process;
mod rounds;
mod served;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use measures::Measured;

/// What to measure.
#[derive(Debug, Parser)]
struct Args {
    /// Sizes of the directories
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    users: Vec<usize>,
    /// Other SCIM servers, all or those named, each with as many people as the smallest directory
    #[arg(long, value_name = "NAMES", value_delimiter = ',', num_args = 0.., value_parser = peers::ALL)]
    peers: Option<Vec<String>>,
    /// How often each measure is taken
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each takes, in seconds
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Where stores are kept; without it they go away
    #[arg(long)]
    stores: Option<PathBuf>,
    /// Only measures whose names hold this
    #[arg(long, default_value = "")]
    only: String,
    /// Single requests among scans and during an import
    #[arg(long)]
    crowd: bool,
    /// Be the bare server
    #[arg(long, hide = true)]
    yardstick: bool,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    if args.yardstick {
        return process::be_yardstick();
    }
    let place = tempfile::tempdir_in(".").unwrap();
    let folder = args.stores.clone().unwrap_or_else(|| place.path().to_owned());
    std::fs::create_dir_all(&folder).unwrap();
    if !process::pinning() {
        println!("no taskset, or one processor: servers and load share what is there");
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
    if args.crowd {
        for (served, _) in &all {
            crowd::measure(served, duration).await;
        }
        return;
    }
    let mut measured: Vec<Measured> =
        all.into_iter().map(|(served, groups)| Measured::reference(served, &groups)).collect();
    for name in named.into_iter().flatten() {
        println!("{name} is filled");
        measured.push(Measured::peer(peers::serve(&name, sizes[0]).await));
    }
    rounds::run(&mut measured, &args.only, args.rounds, duration).await;
}

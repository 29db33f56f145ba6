//! How fast the whole server is, as ratios to a bare axum server that answers on the same processor in the same run.
//!
//! `cargo bench --bench load -- [--users 1000,10000,100000] [--rounds 5] [--seconds 1] [--only TEXT] [--stores DIR] [--crowd]`
//!
//! The servers run on the first processor, the load on the second (by `taskset`). Every measure is taken once a round, so
//! that the rounds of all are spread over the same time, and medians are printed. `--stores` keeps filled stores for the
//! next run. `--crowd` measures instead how single requests fare among scans and during an import. What the figures
//! mean stands in docs/performance.md.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::expect_used)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, unreachable_pub)]

mod client;
mod crowd;
mod measures;
mod people;
mod served;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// What to measure.
#[derive(Debug, Parser)]
struct Args {
    /// Sizes of the directories
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    users: Vec<usize>,
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
        return served::be_yardstick();
    }
    let place = tempfile::tempdir_in(".").unwrap();
    let folder = args.stores.clone().unwrap_or_else(|| place.path().to_owned());
    std::fs::create_dir_all(&folder).unwrap();
    if !served::pinning() {
        println!("no taskset, or one processor: servers and load share what is there");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut all = Vec::new();
        for users in &args.users {
            all.push(served::serve(&folder.join(format!("{users}.db")), *users).await);
        }
        served::pin_self();
        let duration = Duration::from_secs_f64(args.seconds);
        if args.crowd {
            for served in &all {
                crowd::measure(served, duration).await;
            }
        } else {
            measures::run(&all, &args.only, args.rounds, duration).await;
        }
    });
}

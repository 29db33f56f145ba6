//! `scimulate cleanup`: deletes what interrupted runs left on a server.

use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;

use super::run_id::run_id;
use super::run_records::folder;
use super::target::{TargetArgs, duration};
use super::{Exit, Usage};
use crate::base::{Clock as _, SystemClock, escape};
use crate::check::recovery::{Recovery, recover};
use crate::check::run_record::{Recorded, records};
use crate::wire::Client;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// SCIM base URL
    url: String,
    /// Clean up after this run only (repeatable); without a record of it, its names are searched in all lists
    #[arg(long, value_name = "ID", value_parser = run_id)]
    run_id: Vec<String>,
    /// Clean up only after runs that started longer ago, for example 1h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    older_than: Option<Duration>,
    /// List the resources without deleting them
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    target: TargetArgs,
}

/// A run to clean up after.
struct Run {
    id: String,
    recorded: Option<Recorded>,
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] for a URL that cannot be used; any other error means that the target or the records cannot be read.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let target = args.target.target(&args.url)?;
    let runs = runs(args, &target.base)?;
    if runs.is_empty() {
        anstream::println!("There is no record of an interrupted run for {}.", target.base);
        return Ok(Exit::Good);
    }
    let client = Client::new(target).map_err(|error| Usage(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seen = runtime.block_on(client.get("/Users?startIndex=1&count=1"));
    if seen.status() != Some(200) {
        anyhow::bail!("GET {}: {}; nothing was deleted", seen.url, seen.seen());
    }
    let mut remains = false;
    for run in runs {
        let recovery = runtime.block_on(recover(&client, &run.id, run.recorded.as_ref(), args.dry_run));
        print(&run, &recovery, args.dry_run);
        remains |= !recovery.leftovers.is_empty();
        if let Some(recorded) = run.recorded.filter(|_| !args.dry_run && recovery.leftovers.is_empty()) {
            std::fs::remove_file(&recorded.path)
                .with_context(|| format!("cannot remove {}", recorded.path.display()))?;
        }
    }
    Ok(if remains { Exit::Deviations } else { Exit::Good })
}

/// Returns the runs to clean up after: those that were named, or all interrupted ones on record.
fn runs(args: &Args, url: &str) -> anyhow::Result<Vec<Run>> {
    let known = match folder() {
        Some(folder) => {
            records(&folder, url).with_context(|| format!("cannot read the run records in {}", folder.display()))?
        }
        None => Vec::new(),
    };
    let (live, ended): (Vec<Recorded>, Vec<Recorded>) = known.into_iter().partition(|recorded| recorded.live);
    for recorded in &live {
        anstream::eprintln!("run {} is in progress: nothing of it is deleted", recorded.run_id);
    }
    let age = args.older_than.map(SignedDuration::try_from).transpose()?.unwrap_or_default();
    let now = SystemClock.now();
    let is_old = |recorded: &Recorded| now.duration_since(recorded.started) >= age;
    if args.run_id.is_empty() {
        let chosen = ended.into_iter().filter(|recorded| !recorded.kept && is_old(recorded));
        return Ok(chosen.map(|recorded| Run { id: recorded.run_id.clone(), recorded: Some(recorded) }).collect());
    }
    let ids = args.run_id.iter().filter(|id| !live.iter().any(|recorded| recorded.run_id == **id));
    let of = |id: &String| ended.iter().find(|recorded| recorded.run_id == *id).cloned();
    let named = ids.map(|id| Run { id: id.clone(), recorded: of(id) });
    Ok(named.filter(|run| run.recorded.as_ref().is_none_or(is_old)).collect())
}

fn print(run: &Run, recovery: &Recovery, dry_run: bool) {
    let (found, left) = (recovery.found.len(), recovery.leftovers.len());
    if dry_run {
        anstream::println!("run {}: {found} to delete", run.id);
        for path in &recovery.found {
            anstream::println!("  {}", escape(path));
        }
        return;
    }
    anstream::println!("run {}: {} deleted, {left} left", run.id, found - left.min(found));
    for path in &recovery.leftovers {
        anstream::println!("  {}", escape(path));
    }
}

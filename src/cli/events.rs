//! `scimulate events`: prints the events of a store or of an Events API, and follows them.

mod filter;
mod print;
mod range;
mod server;
mod stored;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use self::filter::EventFilter;
use self::print::Printer;
use self::range::Range;
use super::Exit;
use super::event_name::any;
use super::interrupt::termination_signal;
use super::stored::{DEFAULT, with_store};
use super::target::{TargetArgs, secret};
use crate::base::Secret;
use crate::events::EventName;
use crate::wire::{Auth, Secrets, Target};

const EXAMPLES: &str = "\
Examples:
  scimulate events                                             print the events of ./scimulate.db
  scimulate events --follow --new-only                         print events as they are committed
  scimulate events --events dsync.user.created --json          print one JSON object per line
  scimulate events --url http://127.0.0.1:8080/events --api-key K --follow

With --follow, Ctrl-C ends the command with exit code 0. The first request to a server must succeed. If a later one fails, the \
                  command retries until the server responds, and continues after the last event that it read.";

/// The flags.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Store file; a server may have it open
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    data: PathBuf,
    /// URL of an Events API in the shape of WorkOS, instead of a store
    #[arg(long, value_name = "EVENTS_URL", conflicts_with = "data")]
    url: Option<String>,
    /// Key for the Events API
    #[arg(long, value_name = "K", requires = "url", value_parser = secret)]
    api_key: Option<Secret>,
    /// Keep printing new events, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Leave out the events that are already in the log
    #[arg(long, requires = "follow", conflicts_with = "after")]
    new_only: bool,
    /// Begin after the event with this ID
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// Print only events with these names, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = any)]
    events: Vec<EventName>,
    /// Print only events of this directory (directory_…)
    #[arg(long, value_name = "ID")]
    directory: Option<String>,
    /// Print only events of this organization (org_…)
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Print one JSON object per line, as the Events API returns it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs the command.
///
/// # Errors
/// The store or the Events API cannot be read.
pub fn run(args: Args) -> Result<Exit> {
    let names = args.events.iter().map(|name| name.as_str().to_owned()).collect();
    let filter = EventFilter { names, directory: args.directory, organization: args.organization };
    let range = Range { after: args.after, new_only: args.new_only, follow: args.follow };
    match args.url {
        None => {
            let printer = Printer { filter, json: args.json, secrets: Secrets::default() };
            with_store(&args.data, |store| async move {
                let follow = range.follow;
                until_interrupted(follow, stored::print(&*store, range, &printer)).await
            })
        }
        Some(url) => {
            let target = args.target.target(&url)?;
            args.target.warn_of_short_secrets();
            let auth = args.api_key.map_or(target.auth, Auth::Bearer);
            let target = Target { auth, ..target };
            let printer = Printer { filter, json: args.json, secrets: Secrets::of(&target) };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
            runtime.block_on(until_interrupted(range.follow, server::print(&target, range, &printer)))
        }
    }
}

/// Runs `printing`. If it follows the log, a signal is its normal end.
async fn until_interrupted(follow: bool, printing: impl Future<Output = Result<()>>) -> Result<Exit> {
    if follow {
        let interrupted = termination_signal()?;
        tokio::select! {
            printed = printing => printed?,
            () = interrupted => {}
        }
    } else {
        printing.await?;
    }
    Ok(Exit::Good)
}

//! `scimulate webhook`: manages the webhook endpoints of a store, and receives webhooks on this machine.

mod attempts;
mod endpoints;
mod listen;

use anyhow::Result;

use super::Exit;
use super::stored::with_store;

pub(super) use self::endpoints::webhooks;

/// The subcommands and their flags.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Add an endpoint and print its secret; a running server delivers to it at once
    Add(endpoints::Add),
    /// List the endpoints with their events and the state of their queues
    List(endpoints::List),
    /// Remove an endpoint with its log of attempts
    Remove(endpoints::Remove),
    /// Enable an endpoint: it gets the events that are committed from then on
    Enable(endpoints::Switch),
    /// Disable an endpoint: nothing is delivered to it until it is enabled
    Disable(endpoints::Switch),
    /// List the last attempts to deliver events to an endpoint, newest first
    Attempts(attempts::List),
    /// Deliver an event from the log again, immediately and outside the queue of the endpoint
    Redeliver(attempts::Redeliver),
    /// Deliver a test event, which is not in the log
    Test(attempts::Test),
    /// Receive webhooks, verify their signatures, and print them
    Listen(listen::ListenArgs),
}

/// Runs the command.
///
/// # Errors
/// The store cannot be used, or it refuses the command.
pub fn run(args: Args) -> Result<Exit> {
    match args {
        Args::Add(args) => with_store(&args.data.clone(), |store| async move { endpoints::add(&*store, args).await }),
        Args::List(args) => {
            with_store(&args.data.clone(), |store| async move { endpoints::list(&*store, &args).await })
        }
        Args::Remove(args) => {
            with_store(&args.data.clone(), |store| async move { endpoints::remove(&*store, args).await })
        }
        Args::Enable(args) => {
            with_store(&args.data.clone(), |store| async move { endpoints::switch(&*store, args, true).await })
        }
        Args::Disable(args) => {
            with_store(&args.data.clone(), |store| async move { endpoints::switch(&*store, args, false).await })
        }
        Args::Attempts(args) => {
            with_store(&args.data.clone(), |store| async move { attempts::list(&*store, &args).await })
        }
        Args::Redeliver(args) => {
            with_store(&args.delivery.data.clone(), |store| async move { attempts::redeliver(&*store, &args).await })
        }
        Args::Test(args) => {
            with_store(&args.delivery.data.clone(), |store| async move { attempts::test(&*store, &args).await })
        }
        Args::Listen(args) => listen::run(args),
    }
}

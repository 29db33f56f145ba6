//! The command line as clap parses it: every command with its flags.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::{
    api_key, backup, check, cleanup, completions, defects, directory, event_stream, events, explain, fuzz, habits,
    layers, run, serve, verify_store, webhook,
};

/// Test whether Okta works with your SCIM server, and whether it emits the right events
#[derive(Debug, Parser)]
#[command(name = "scimulate", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// TOML file with one table per command, for example `[check] json = "report.json"` [default: scimulate.toml, if it
    /// exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  scimulate check                                         check the built-in reference server
  scimulate check https://scim.example.com/v2 --token T   check your server
  scimulate serve                                         run the reference server on 127.0.0.1:8080
  scimulate run joiner-mover-leaver --url URL --token T   send what Okta would send in one scenario";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the reference SCIM server
    Serve(serve::Args),
    /// Add, change and list the directories of a store, also while a server runs on it
    #[command(subcommand)]
    Directory(directory::Args),
    /// Add, list and revoke keys for the Events API
    #[command(subcommand)]
    ApiKey(api_key::Args),
    /// Add, list, test and remove the webhook endpoints of a store, and receive webhooks on this machine
    #[command(subcommand)]
    Webhook(webhook::Args),
    /// Add, list and remove the receivers of security event tokens (RFC 9967)
    #[command(subcommand)]
    EventStream(event_stream::Args),
    /// Print the events of a store or of a server, and follow them
    Events(events::Args),
    /// Play one scenario against a server: send exactly what Okta sends, and nothing else
    Run(run::Args),
    /// Check a SCIM server; without URL, the built-in reference
    Check(Box<check::Args>),
    /// Send generated requests to a SCIM server; without URL, to the built-in reference
    Fuzz(fuzz::Args),
    /// Delete what interrupted runs of `check` and `fuzz` left on a server
    Cleanup(cleanup::Args),
    /// List the behaviors of the simulated Okta with default, values, source and confidence
    Habits(habits::Args),
    /// Explain a requirement, finding, scenario, habit or defect
    Explain(explain::Args),
    /// List the defects that `serve --defect` switches on, and the requirements that each violates
    Defects(defects::Args),
    /// Copy a store to a file, also while a server runs on it
    Backup(backup::Args),
    /// Check the integrity of a store without writing to it
    VerifyStore(verify_store::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}

impl Cli {
    /// Parses the command line, merged with environment and file.
    ///
    /// # Errors
    /// clap's errors. For a value from the environment or the file, the message begins with the variable or `FILE:LINE`.
    pub fn parse_layers(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        Self::from_arg_matches(&layers::parse(&Self::command(), arguments)?)
    }

    /// Returns the command tree with help about environment and file.
    pub(super) fn tree() -> clap::Command {
        layers::with_help(Self::command(), &[])
    }
}

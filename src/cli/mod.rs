//! The command line: the only place that reads arguments and environment and writes to stdout.
//!
//! One file a command. Results go to stdout, progress and logs to stderr; exit codes are [`Exit`]'s.

pub mod api_key;
pub mod backup;
mod bounds;
mod certificate;
pub mod check;
pub mod completions;
pub mod directory;
pub mod fuzz;
pub mod habits;
pub mod interrupt;
pub mod layers;
mod on_deactivate;
pub mod run;
pub mod serve;
mod stored;
pub mod target;
pub mod verify_store;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How every command ends; scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All good.
    Good = 0,
    /// Deviations, or the thing asked for does not hold.
    Deviations = 1,
    /// Usage, a mistake in a file that the user wrote, an empty selection, an undefined step.
    Usage = 2,
    /// The target could not be reached or used, or something stayed inconclusive while nothing deviated.
    Unusable = 3,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A usage error: the sentence names the cause and the way out; the exit code is 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Would Okta work with your SCIM server, and do the right events come out?
#[derive(Debug, Parser)]
#[command(name = "scimulate", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// A TOML file with a table for each command, for example `[check] json = "report.json"`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  scimulate check                                         the specs against the built-in reference server
  scimulate check https://scim.example.com/v2 --token T   the specs against yours
  scimulate serve                                         the reference server on 127.0.0.1:8080
  scimulate run joiner-mover-leaver --url URL --token T   what Okta would send, played once";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the reference SCIM server
    Serve(serve::Args),
    /// Add, change and list directories of a store, also while a server runs on it
    #[command(subcommand)]
    Directory(directory::Args),
    /// Keys of a store for the Events API
    #[command(subcommand)]
    ApiKey(api_key::Args),
    /// Play one scenario against a server: exactly what Okta sends, and nothing else
    Run(run::Args),
    /// Judge a SCIM server by specs; without URL the built-in reference
    Check(check::Args),
    /// Send generated requests to a server; without URL to the built-in reference
    Fuzz(fuzz::Args),
    /// List Okta's behaviours: what we do, source, confidence, switch
    Habits(habits::Args),
    /// Copy a store to a file, also while a server runs on it
    Backup(backup::Args),
    /// Check the integrity of a store
    VerifyStore(verify_store::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}

/// Parses, runs, and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match layers::parse(arguments) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let ended = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Directory(args) => directory::run(args),
        Command::ApiKey(args) => api_key::run(args),
        Command::Run(args) => run::run(args),
        Command::Check(args) => check::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Habits(args) => habits::run(args),
        Command::Backup(args) => backup::run(args),
        Command::VerifyStore(args) => verify_store::run(args),
        Command::Completions(args) => completions::run(args),
    };
    match ended {
        Ok(exit) => exit.into(),
        // Whoever reads has seen enough, as in `scimulate check --list | head`.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(gone) => Exit::Good.into(),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            let exit = if error.is::<Usage>() { Exit::Usage } else { Exit::Unusable };
            exit.into()
        }
    }
}

/// Whether the reader of what was written went away.
fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// A report can be written to this file: asked before a run, which may take minutes and would be lost.
fn writable(file: &std::path::Path) -> Result<(), Usage> {
    match std::fs::OpenOptions::new().create(true).append(true).open(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(Usage(format!("{}: {error}: give a place that can be written", file.display()))),
    }
}

/// A reader that went away changes no verdict.
fn heard(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if gone(&error) { Ok(()) } else { Err(error) })
}

//! The command line: the only place that reads arguments and environment and writes to stdout.
//!
//! One file per command. Results go to stdout, progress and logs to stderr. [`Exit`] lists the exit codes.

pub mod api_key;
pub mod backup;
mod bounds;
mod certificate;
pub mod check;
pub mod client;
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

use crate::store::StoreError;

/// Exit codes. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Success.
    Good = 0,
    /// Deviations, or a check that failed.
    Deviations = 1,
    /// A usage error, an error in a file that the user wrote, an empty selection, or an undefined step.
    Usage = 2,
    /// The target could not be reached or used, or results are inconclusive and none is a deviation.
    Unusable = 3,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An invalid value of a flag. clap prints the flag and the value before this message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("expected HOST:PORT or a port, for example 127.0.0.1:8080 or 8080")]
    Address,
    #[error("expected a URL such as https://scim.example.com")]
    PublicUrl,
    #[error("expected 'Name: value'")]
    Header,
    #[error("{0:?} is not a valid header name")]
    HeaderName(String),
    #[error("the value of header {0} contains characters that a header cannot have")]
    HeaderValue(String),
    #[error("expected a duration longer than zero, for example 10s, 2m or 500ms")]
    Duration,
    #[error("a run ID has 1 to 32 letters, digits and hyphens")]
    RunId,
    #[error("expected a domain such as example.com")]
    Domain,
}

/// A usage error, with exit code 2. The text names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

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
    /// Play one scenario against a server: send exactly what Okta sends, and nothing else
    Run(run::Args),
    /// Check a SCIM server; without URL, the built-in reference
    Check(check::Args),
    /// Send generated requests to a SCIM server; without URL, to the built-in reference
    Fuzz(fuzz::Args),
    /// List the behaviors of the simulated Okta with default, values, source and confidence
    Habits(habits::Args),
    /// Copy a store to a file, also while a server runs on it
    Backup(backup::Args),
    /// Check the integrity of a store without writing to it
    VerifyStore(verify_store::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}

/// Parses the arguments, runs the command and returns its exit code.
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
        // The reader closed the pipe, as in `scimulate check --list | head`.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(gone) => Exit::Good.into(),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            exit_of(&error).into()
        }
    }
}

/// Returns the exit code of a failure.
fn exit_of(error: &anyhow::Error) -> Exit {
    let is_usage =
        |error: &StoreError| matches!(error, StoreError::Unknown(_) | StoreError::Refused(_) | StoreError::Foreign(_));
    if error.is::<Usage>() || error.downcast_ref::<StoreError>().is_some_and(is_usage) {
        return Exit::Usage;
    }
    Exit::Unusable
}

/// Returns whether the reader of the output went away.
fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Checks that a report can be written to this file. Called before a run, which may take minutes and would be lost.
fn writable(file: &std::path::Path) -> Result<(), Usage> {
    match std::fs::OpenOptions::new().create(true).append(true).open(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(Usage(format!(
            "cannot write {}: {error}; choose a file in an existing, writable folder",
            file.display()
        ))),
    }
}

/// Ignores a closed pipe: a reader that went away must not change the exit code.
fn heard(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if gone(&error) { Ok(()) } else { Err(error) })
}

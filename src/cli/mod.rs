//! The command line: the only place that reads arguments and environment and writes to stdout.
//!
//! One file per command. Results go to stdout, progress and logs to stderr. [`Exit`] lists the exit codes.

pub mod api_key;
mod arguments;
pub mod backup;
mod bounds;
mod certificate;
pub mod check;
pub mod cleanup;
pub mod client;
pub mod completions;
pub mod defects;
pub mod directory;
mod event_name;
pub mod event_stream;
pub mod events;
mod exit;
pub mod explain;
pub mod fuzz;
mod github;
pub mod habits;
pub mod interrupt;
pub mod layers;
mod on_deactivate;
mod patience;
pub mod run;
mod run_id;
mod run_records;
pub mod serve;
mod stored;
pub mod target;
mod terminal;
mod value_error;
pub mod verify_store;
pub mod webhook;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

pub use self::arguments::{Cli, Command};
pub use self::exit::{Exit, Usage};
use self::exit::{gone, heard, writable};
pub use self::value_error::ValueError;
use crate::base::escape_lines;
use crate::store::StoreError;

/// Parses the arguments, runs the command and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::parse_layers(arguments) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let ended = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Directory(args) => directory::run(args),
        Command::ApiKey(args) => api_key::run(args),
        Command::Webhook(args) => webhook::run(args),
        Command::EventStream(args) => event_stream::run(args),
        Command::Events(args) => events::run(args),
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Cleanup(args) => cleanup::run(&args),
        Command::Habits(args) => habits::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Defects(args) => defects::run(args),
        Command::Backup(args) => backup::run(args),
        Command::VerifyStore(args) => verify_store::run(args),
        Command::Completions(args) => completions::run(args, &mut Cli::tree()),
    };
    match ended {
        Ok(exit) => exit.into(),
        // The reader closed the pipe, as in `scimulate check --list | head`.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(gone) => Exit::Good.into(),
        Err(error) => {
            anstream::eprintln!("error: {}", escape_lines(&format!("{error:#}")));
            exit_of(&error).into()
        }
    }
}

/// Returns the exit code of a failure.
fn exit_of(error: &anyhow::Error) -> Exit {
    let is_usage = |error: &StoreError| {
        use StoreError::{Administration, Foreign, Refused, Unknown};
        matches!(error, Unknown(_) | Refused(_) | Administration(_) | Foreign(_))
    };
    if error.is::<Usage>() || error.downcast_ref::<StoreError>().is_some_and(is_usage) {
        return Exit::Usage;
    }
    Exit::Unusable
}

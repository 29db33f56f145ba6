//! `scimulate completions`: prints a completion script.

use std::io::Write as _;

use clap_complete::Shell;

use super::{Exit, layers};

/// The flags.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// stdout cannot be written.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut layers::command(), "scimulate", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Good)
}

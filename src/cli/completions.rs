//! `scimulate completions`

use std::io::Write as _;

use clap_complete::Shell;

use super::{Exit, layers};

/// The flags.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// stdout can't be written.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut layers::command(), "scimulate", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Good)
}

//! `scimulate completions`: prints a completion script.

use std::io::Write as _;

use clap_complete::Shell;

use super::Exit;

/// The flags.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command on the complete command tree.
///
/// # Errors
/// stdout cannot be written.
pub fn run(args: Args, tree: &mut clap::Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, tree, "scimulate", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Good)
}

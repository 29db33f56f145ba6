//! `scimulate serve`

use super::Exit;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: Args) -> anyhow::Result<Exit> {
    todo!()
}

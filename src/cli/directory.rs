//! `scimulate directory`

use super::Exit;

/// The subcommands and their flags.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List them
    List {
        /// The store
        #[arg(long, value_name = "FILE")]
        data: std::path::PathBuf,
    },
}

/// Runs the command.
pub fn run(_args: Args) -> anyhow::Result<Exit> {
    todo!()
}

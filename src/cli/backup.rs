//! `scimulate backup`: a copy of a store, also while a server writes to it.

use std::path::PathBuf;

use anyhow::Result;

use super::Exit;
use super::stored::{judge, line, with_store};
use crate::store::Store;

/// The flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The copy holds everything that was committed when it began, and is a store of its own: scimulate serve \
                        --data FILE serves it, scimulate verify-store FILE checks it."
)]
pub struct Args {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The store; a server may have it open
    #[arg(long, value_name = "STORE")]
    data: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<Exit> {
    let Args { file, data } = args;
    with_store(&data.clone(), |store| async move {
        store.backup(&file).await.map_err(judge)?;
        line(format_args!("{} is written to {}", data.display(), file.display()))?;
        Ok(Exit::Good)
    })
}

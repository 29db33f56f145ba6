//! `scimulate backup`: copies a store, also while a server writes to it.

use std::path::PathBuf;

use anyhow::Result;

use super::Exit;
use super::stored::{line, with_store};
use crate::store::Store;

/// The flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The copy contains everything that was committed before it began. It is a store itself: scimulate serve \
                        --data FILE serves it, scimulate verify-store FILE checks it."
)]
pub struct Args {
    /// File to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Store file to copy; a server may have it open
    #[arg(long, value_name = "STORE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The store cannot be read, or the copy cannot be written.
pub fn run(args: Args) -> Result<Exit> {
    let Args { file, data } = args;
    with_store(&data.clone(), |store| async move {
        store.backup(&file).await?;
        line(format_args!("copied {} to {}", data.display(), file.display()))?;
        Ok(Exit::Good)
    })
}

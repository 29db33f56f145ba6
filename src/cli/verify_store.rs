//! `scimulate verify-store`: checks the integrity of a store.

use std::path::PathBuf;

use anyhow::Result;

use super::Exit;
use super::stored::{line, no_store};
use crate::store::StoreError;
use crate::store::sqlite::{Content, inspect, verify_file};

/// The flags.
#[derive(Debug, clap::Args)]
#[command(after_help = "The file is only read. Exit code 1 means that it is damaged, or not a store.")]
pub struct Args {
    /// Store file; a server may have it open
    #[arg(value_name = "FILE", default_value = super::stored::DEFAULT)]
    file: PathBuf,
}

/// Runs the command: prints counts, then the first inconsistencies, if there are any.
///
/// # Errors
/// There is no such file, or it is a store of another version.
#[allow(clippy::needless_pass_by_value)] // every command takes its flags
pub fn run(Args { file: path }: Args) -> Result<Exit> {
    let file = path.display();
    if matches!(inspect(&path), Ok(Content::Missing)) {
        return Err(no_store(&path).into());
    }
    let verification = match verify_file(&path) {
        Ok(verification) => verification,
        Err(error @ StoreError::Refused(_)) => return Err(error.into()),
        // A file that cannot be read as a store is not a sound one.
        Err(error) => {
            line(error)?;
            return Ok(Exit::Deviations);
        }
    };
    for (what, count) in &verification.counted {
        line(format_args!("{count:>10}  {what}"))?;
    }
    if verification.wrong.is_empty() {
        line(format_args!("{file} is sound"))?;
        return Ok(Exit::Good);
    }
    line(format_args!("{file} is damaged:"))?;
    for wrong in &verification.wrong {
        line(format_args!("  {wrong}"))?;
    }
    Ok(Exit::Deviations)
}

//! `scimulate verify-store`: the integrity of a store.

use std::path::PathBuf;

use anyhow::Result;

use super::Exit;
use super::stored::{line, with_store};
use crate::store::Store;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The store; a server may have it open
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command: says what it counted, then the first inconsistencies where there are any.
pub fn run(Args { file: path }: Args) -> Result<Exit> {
    let file = path.display().to_string();
    let checked = with_store(&path, |store| async move { Ok(store.verify().await?) });
    let verification = match checked {
        Ok(verification) => verification,
        Err(error) if error.is::<super::Usage>() => return Err(error),
        // A file that can't be opened as a store does not hold what was asked for.
        Err(error) => {
            line(format_args!("{error:#}"))?;
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
    line(format_args!("{file} is not sound:"))?;
    for wrong in &verification.wrong {
        line(format_args!("  {wrong}"))?;
    }
    Ok(Exit::Deviations)
}

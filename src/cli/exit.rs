//! The ends of a command: exit codes, usage errors, and output that may be closed.

use std::io;
use std::process::ExitCode;

use crate::report::Run;

/// Exit codes. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Success.
    Good = 0,
    /// Deviations, or a check that failed.
    Deviations = 1,
    /// A usage error, an error in a file that the user wrote, an empty selection, or an undefined step.
    Usage = 2,
    /// The target could not be reached or used, or results are inconclusive and none is a deviation.
    Unusable = 3,
    /// Interrupted.
    Interrupted = 130,
}

impl Exit {
    /// Returns the exit code of a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        match run.exit().0 {
            0 => Self::Good,
            1 => Self::Deviations,
            130 => Self::Interrupted,
            _ => Self::Unusable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A usage error, with exit code 2. The text names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Returns whether the reader of the output went away.
pub(super) fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Checks that a report can be written to this file. Called before a run, which may take minutes and would be lost.
pub(super) fn writable(file: &std::path::Path) -> Result<(), Usage> {
    match std::fs::OpenOptions::new().create(true).append(true).open(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(Usage(format!(
            "cannot write {}: {error}; choose a file in an existing, writable folder",
            file.display()
        ))),
    }
}

/// Ignores a closed pipe: a reader that went away must not change the exit code.
pub(super) fn heard(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if gone(&error) { Ok(()) } else { Err(error) })
}

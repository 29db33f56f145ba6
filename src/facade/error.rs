//! Errors of the public API.

/// An error that kept a check, a server or a scenario from running. A server that deviates is not an error: see
/// [`Report`](crate::Report).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL, the credentials or a certificate cannot be used.
    #[error("the target cannot be used: {0}")]
    Target(String),
    /// A tag expression or a name pattern is not valid, or it selects nothing.
    #[error("the selection is not valid: {0}")]
    Selection(String),
    /// There is no such habit, or it does not have this value.
    #[error("{0}")]
    Habit(String),
    /// There is no such defect.
    #[error("there is no defect {0:?}; `scimulate defects` lists them")]
    Defect(String),
    /// The scenario cannot be read, or it contains an error.
    #[error("{0}")]
    Scenario(String),
    /// The journal cannot be used, or it is of another run.
    #[error("{0}")]
    Journal(String),
    /// The reference server cannot start.
    #[error("the reference server cannot start: {0}")]
    Server(String),
    /// The system refused something that a run needs, for example a thread.
    #[error("the run cannot start: {0}")]
    Run(String),
}

/// Returns the message of an error.
pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

//! How a step ends when it does not simply pass.

use crate::report::Verdict;

/// Why a step did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The target broke a MUST, or something that Okta needs.
    Deviation {
        /// What was seen, in one sentence.
        sentence: String,
        expected: String,
        actual: String,
    },
    /// There is no way to see what the step asks about (no event source).
    NotObserved(String),
    /// The target's answer, or the lack of one, leaves the question open.
    Inconclusive(String),
    /// The feature asks for something that the step can't do: the author's mistake.
    Mistake(String),
}

impl Outcome {
    /// A deviation with both sides.
    pub fn deviation(sentence: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::Deviation { sentence: sentence.into(), expected: expected.into(), actual: actual.into() }
    }

    /// The verdict in the report. A mistake of the feature's author leaves the question about the target open.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Deviation { .. } => Verdict::Deviation,
            Self::NotObserved(_) => Verdict::NotObserved,
            Self::Inconclusive(_) | Self::Mistake(_) => Verdict::Inconclusive,
        }
    }

    /// What was seen.
    #[must_use]
    pub fn sentence(&self) -> &str {
        match self {
            Self::Deviation { sentence, .. } => sentence,
            Self::NotObserved(text) | Self::Inconclusive(text) | Self::Mistake(text) => text,
        }
    }
}

/// What a step gives.
pub type Judged<T = ()> = Result<T, Outcome>;

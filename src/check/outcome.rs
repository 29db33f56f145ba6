//! The typed outcome of a step.

use crate::report::Verdict;

/// The part of the target's behavior that a step checks. It decides to which result the outcome belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// Responses and stored resources.
    Target,
    /// Emitted directory sync events.
    Events,
}

/// The reason why a step did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The target violated a MUST, or a need of Okta.
    Deviation {
        /// The observation, in one sentence.
        sentence: String,
        expected: String,
        actual: String,
    },
    /// The step has no means of observation, for example no event source.
    NotObserved(String),
    /// The response, or its absence, does not decide the question.
    Inconclusive(String),
    /// The step cannot be carried out as written: an error in the feature.
    InvalidStep(String),
}

impl Outcome {
    /// Builds a deviation from its sentence and both sides of the comparison.
    pub fn deviation(sentence: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::Deviation { sentence: sentence.into(), expected: expected.into(), actual: actual.into() }
    }

    /// Returns the verdict for the report. An error in the feature says nothing about the target: inconclusive.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Deviation { .. } => Verdict::Deviation,
            Self::NotObserved(_) => Verdict::NotObserved,
            Self::Inconclusive(_) | Self::InvalidStep(_) => Verdict::Inconclusive,
        }
    }

    /// Returns the observation as a sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        match self {
            Self::Deviation { sentence, .. } => sentence,
            Self::NotObserved(text) | Self::Inconclusive(text) | Self::InvalidStep(text) => text,
        }
    }
}

/// The return type of steps and assertions.
pub type StepResult<T = ()> = Result<T, Outcome>;

//! Verdicts on steps, results and findings.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The verdict on a step, a result or a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    /// A requirement is violated that the profile counts.
    Deviation,
    /// A requirement is violated that the profile does not count, but that a MUST or a review would.
    Weak,
    Note,
    /// The server does not have what the result needs, and does not have to.
    NotSupported,
    NotObserved,
    #[default]
    Skipped,
    /// An earlier step failed that the result needs. A finding says which.
    Blocked,
    Inconclusive,
}

impl Verdict {
    /// Every verdict with its name in reports, in the order of the summary.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Passed, "passed"),
        (Self::Deviation, "deviation"),
        (Self::Weak, "weak"),
        (Self::Note, "note"),
        (Self::Blocked, "blocked"),
        (Self::NotSupported, "not_supported"),
        (Self::NotObserved, "not_observed"),
        (Self::Skipped, "skipped"),
        (Self::Inconclusive, "inconclusive"),
    ];

    /// Returns the name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, name)| name)
    }

    /// Returns the weight of a verdict. A result of several steps has the verdict with the highest weight.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Note => 1,
            Self::Skipped => 2,
            Self::NotObserved => 3,
            Self::NotSupported => 4,
            Self::Weak => 5,
            Self::Blocked => 6,
            Self::Inconclusive => 7,
            Self::Deviation => 8,
        }
    }

    /// Returns true if the target was judged: it did what the result asks for, or it did not.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::Passed | Self::Deviation | Self::Weak | Self::Note)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

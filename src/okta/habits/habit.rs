//! The shape of one row of the table of habits.

use serde::Serialize;

/// The reliability of the source of a habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Okta's own documentation.
    Documented,
    /// A log or a request dump.
    Captured,
    /// Another vendor's documentation.
    ThirdParty,
    /// One person's report.
    Hearsay,
    /// Our inference.
    Inferred,
}

impl Confidence {
    /// Returns the word that `scimulate habits` prints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Captured => "captured",
            Self::ThirdParty => "third party",
            Self::Hearsay => "hearsay",
            Self::Inferred => "inferred",
        }
    }
}

/// The values that a habit can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// None: the habit has no switch, because the sources agree.
    Fixed,
    OneOf(&'static [&'static str]),
    /// An integer between a minimum and a maximum, both included.
    Number(u32, u32),
}

/// One behavior of Okta.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    pub name: &'static str,
    pub values: Values,
    /// The value that the best source shows.
    pub default: &'static str,
    /// One line that describes the behavior and its values.
    pub about: &'static str,
    pub source: &'static str,
    pub confidence: Confidence,
}

impl Habit {
    /// Returns the accepted values for display: `put|patch`, `1..1000`, or `-` if there is no switch.
    #[must_use]
    pub fn choices(&self) -> String {
        match self.values {
            Values::Fixed => "-".to_owned(),
            Values::OneOf(words) => words.join("|"),
            Values::Number(min, max) => format!("{min}..{max}"),
        }
    }

    pub(super) fn accepts(&self, value: &str) -> bool {
        match self.values {
            Values::Fixed => false,
            Values::OneOf(words) => words.contains(&value),
            Values::Number(min, max) => value.parse::<u32>().is_ok_and(|number| (min..=max).contains(&number)),
        }
    }
}

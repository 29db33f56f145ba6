//! The shape of one row of the tables of habits.

use serde::Serialize;

/// The reliability of the source of a habit's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A log or a request dump.
    Captured,
    /// Okta's own documentation.
    Documented,
    /// Another vendor's documentation.
    ThirdParty,
    /// One person's report.
    Hearsay,
    /// Our inference.
    Inferred,
}

impl Confidence {
    /// Every confidence with its meaning, best first.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Captured, "a server log or a request dump shows it"),
        (Self::Documented, "Okta's own documentation says so"),
        (Self::ThirdParty, "the documentation of another vendor says so"),
        (Self::Hearsay, "one person reported it"),
        (Self::Inferred, "our conclusion; no source says so"),
    ];

    /// Returns the word that `scimulate habits` prints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Documented => "documented",
            Self::ThirdParty => "third party",
            Self::Hearsay => "hearsay",
            Self::Inferred => "inferred",
        }
    }
}

/// One value of a habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// The word that `--habit NAME=VALUE` takes.
    pub word: &'static str,
    /// Okta's behavior under this value, in one sentence.
    pub about: &'static str,
    /// Keys of [`SOURCES`](super::SOURCES), each with the number of the issue or case behind it.
    pub sources: &'static [&'static str],
}

/// The values that a habit can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One value without a switch, because the sources agree.
    Fixed(Value),
    /// The default, then the other values.
    OneOf(&'static [Value]),
    /// An integer between a minimum and a maximum, both included.
    Number { min: u32, max: u32, default: u32, sources: &'static [&'static str] },
}

/// One behavior of Okta.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    pub name: &'static str,
    /// The behavior, in one sentence.
    pub about: &'static str,
    pub values: Values,
    /// The reliability of the default.
    pub confidence: Confidence,
    /// The month of the newest evidence for the default, `2026-09`, or the year.
    pub seen: &'static str,
    /// The part of the behavior that no public recording shows, if there is one.
    pub unrecorded: Option<&'static str>,
    /// A test (`tests/it/okta.rs creates`) or a scenario (`features/okta/create.feature new`) that shows the behavior.
    pub shown_by: &'static str,
}

impl Habit {
    /// Returns the default as a word.
    #[must_use]
    pub fn default(&self) -> String {
        match self.values {
            Values::Fixed(value) => value.word.to_owned(),
            Values::OneOf(values) => values.first().map_or_else(String::new, |value| value.word.to_owned()),
            Values::Number { default, .. } => default.to_string(),
        }
    }

    /// Returns true if `--habit` can change this habit.
    #[must_use]
    pub const fn has_switch(&self) -> bool {
        !matches!(self.values, Values::Fixed(_))
    }

    /// Returns the accepted values for display: `put|patch`, `1..1000`, or `-` if there is no switch.
    #[must_use]
    pub fn choices(&self) -> String {
        match self.values {
            Values::Fixed(_) => "-".to_owned(),
            Values::OneOf(values) => values.iter().map(|value| value.word).collect::<Vec<_>>().join("|"),
            Values::Number { min, max, .. } => format!("{min}..{max}"),
        }
    }

    /// Returns the sources of each value: `REF20, KB-HRMOS (%20); DOC2018 (+)`.
    #[must_use]
    pub fn source(&self) -> String {
        match self.values {
            Values::Fixed(Value { sources, .. }) | Values::Number { sources, .. } => sources.join(", "),
            Values::OneOf(values) => {
                let of = |value: &Value| format!("{} ({})", value.sources.join(", "), value.word);
                values.iter().map(of).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

//! Okta's habits: every observed behaviour with source and confidence, each with a switch where sources conflict.
//!
//! Sources (vendors' pages, issue threads, captures) are named by keys; [`SOURCES`] says what each stands for.

mod sources;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;

pub use sources::SOURCES;
pub use table::{TABLE, names};

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Okta's own documentation.
    Documented,
    /// Seen in a log or a request dump.
    Captured,
    /// Another vendor's documentation.
    ThirdParty,
    /// One person's report.
    Hearsay,
    /// Our inference.
    Inferred,
}

impl Confidence {
    /// The word for people.
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

/// What a habit can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Nothing: sources agree.
    Fixed,
    OneOf(&'static [&'static str]),
    /// An integer, both ends included.
    Number(u32, u32),
}

/// One behaviour.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    pub name: &'static str,
    pub values: Values,
    pub default: &'static str,
    /// What it is about.
    pub does: &'static str,
    pub source: &'static str,
    pub confidence: Confidence,
}

impl Habit {
    /// The values for people: `put|patch`, `1..1000`, `-` where there is no switch.
    #[must_use]
    pub fn choices(&self) -> String {
        match self.values {
            Values::Fixed => "-".to_owned(),
            Values::OneOf(words) => words.join("|"),
            Values::Number(least, most) => format!("{least}..{most}"),
        }
    }

    fn accepts(&self, value: &str) -> bool {
        match self.values {
            Values::Fixed => false,
            Values::OneOf(words) => words.contains(&value),
            Values::Number(least, most) => value.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number)),
        }
    }
}

/// The values of all switches; the default is what the best source shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {
    changed: BTreeMap<&'static str, String>,
}

impl Habits {
    /// Sets one habit.
    ///
    /// # Errors
    /// Says which names, or which values of this name, exist.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(habit) = TABLE.iter().find(|habit| habit.name == name) else {
            let known: Vec<&str> =
                TABLE.iter().filter(|habit| habit.values != Values::Fixed).map(|habit| habit.name).collect();
            return Err(format!("there is no habit {name:?}; there are {}", known.join(", ")));
        };
        if habit.values == Values::Fixed {
            return Err(format!("the habit {name} has no switch: it is always {:?}", habit.default));
        }
        if !habit.accepts(value) {
            return Err(format!("the habit {name} can't be {value:?}; it is one of {}", habit.choices()));
        }
        self.changed.insert(habit.name, value.to_owned());
        Ok(())
    }

    /// Sets one habit from `NAME=VALUE`.
    ///
    /// # Errors
    /// As [`Habits::set`], or there is no `=`.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), String> {
        let (name, value) = pair.split_once('=').ok_or_else(|| format!("{pair:?} is not NAME=VALUE"))?;
        self.set(name.trim(), value.trim())
    }

    /// The value of a habit; one of [`names`]. Empty for a name that is in no row.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let default = || TABLE.iter().find(|habit| habit.name == name).map_or("", |habit| habit.default);
        self.changed.get(name).map_or_else(default, String::as_str)
    }

    /// Whether a habit has this value.
    #[must_use]
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// The value of a habit that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> usize {
        self.get(name).parse().unwrap_or(1)
    }

    /// Those that were set, as `name=value`.
    #[must_use]
    pub fn changed(&self) -> Vec<String> {
        self.changed.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_whole() {
        let unique: BTreeSet<&str> = TABLE.iter().map(|habit| habit.name).collect();
        assert_eq!(unique.len(), TABLE.len());
        for habit in TABLE {
            assert!(habit.values == Values::Fixed || habit.accepts(habit.default), "{}", habit.name);
            assert!(!habit.does.is_empty() && !habit.source.is_empty(), "{}", habit.name);
        }
    }

    #[test]
    fn a_wrong_setting_says_what_exists() {
        let mut habits = Habits::default();
        assert!(habits.set("spaec", "+").unwrap_err().contains("space, profile-update"));
        assert!(habits.set("space", " ").unwrap_err().contains("%20|+"));
        assert!(habits.set("group-patch-batch", "0").unwrap_err().contains("1..1000"));
        assert!(habits.set("user-delete", "always").unwrap_err().contains("no switch"));
        assert!(habits.set_pair("space").unwrap_err().contains("NAME=VALUE"));
        habits.set_pair("space=+").unwrap();
        assert_eq!((habits.get("space"), habits.changed()), ("+", vec!["space=+".to_owned()]));
    }
}

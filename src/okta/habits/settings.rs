//! Setting habits by name.

use super::facts::FACTS;
use super::habit::Habit;
use super::sabotage::Sabotage;
use super::switches::{Habits, SWITCHES};
use crate::base::did_you_mean;

/// A habit that cannot be set as requested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HabitError {
    #[error("{0:?} is not NAME=VALUE")]
    NotAPair(String),
    #[error("there is no habit {name:?}; {hint}")]
    UnknownName { name: String, hint: String },
    #[error("the habit {name} has no switch: its value is always {value:?}")]
    Fixed { name: &'static str, value: String },
    #[error("the habit {name} cannot be {value:?}; use one of {choices}")]
    InvalidValue { name: &'static str, value: String, choices: String },
}

/// Lists every habit: those with a switch, then the facts without one.
pub fn all() -> impl Iterator<Item = &'static Habit> {
    SWITCHES.iter().chain(FACTS)
}

impl Habits {
    /// Sets one habit.
    ///
    /// # Errors
    /// The name is unknown, the habit has no switch, or it does not accept this value. The error lists the choices.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), HabitError> {
        if self.choose(name, value) == Some(true) {
            return Ok(());
        }
        match all().find(|habit| habit.name == name) {
            None => {
                let known: Vec<&str> = SWITCHES.iter().map(|habit| habit.name).collect();
                let list = format!("the habits with a switch are {}", known.join(", "));
                Err(HabitError::UnknownName { name: name.to_owned(), hint: did_you_mean(name, known, &list) })
            }
            Some(habit) if !habit.has_switch() => Err(HabitError::Fixed { name: habit.name, value: habit.default() }),
            Some(habit) => {
                let (value, choices) = (value.to_owned(), habit.choices());
                Err(HabitError::InvalidValue { name: habit.name, value, choices })
            }
        }
    }

    /// Sets one habit from `NAME=VALUE`.
    ///
    /// # Errors
    /// As [`Habits::set`], or there is no `=`.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), HabitError> {
        let (name, value) = pair.split_once('=').ok_or_else(|| HabitError::NotAPair(pair.to_owned()))?;
        self.set(name.trim(), value.trim())
    }

    /// Adds traffic that Okta never sends. Only our own tests do so.
    #[doc(hidden)]
    #[must_use]
    pub fn sabotaged(self, sabotage: Sabotage) -> Self {
        Self { sabotage: Some(sabotage), ..self }
    }

    /// Returns true if a test added this traffic.
    pub(crate) fn has(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::habits::{Space, Values};
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_complete() {
        let unique: BTreeSet<&str> = all().map(|habit| habit.name).collect();
        assert_eq!(unique.len(), all().count());
        for habit in all() {
            assert!(!habit.about.is_empty() && !habit.seen.is_empty() && !habit.shown_by.is_empty(), "{}", habit.name);
            if let Values::OneOf(values) = habit.values {
                for value in values {
                    assert!(!value.about.is_empty() && !value.sources.is_empty(), "{}={}", habit.name, value.word);
                }
            }
        }
    }

    #[test]
    fn each_default_and_each_other_value_can_be_set() {
        for habit in SWITCHES {
            let words: Vec<String> = match habit.values {
                Values::OneOf(values) => values.iter().map(|value| value.word.to_owned()).collect(),
                Values::Number { min, max, default, .. } => [default, min, max].map(|n| n.to_string()).to_vec(),
                Values::Fixed(_) => unreachable!("a switch has values"),
            };
            for word in words {
                let mut habits = Habits::default();
                habits.set(habit.name, &word).unwrap();
                let expected = if word == habit.default() { vec![] } else { vec![format!("{}={word}", habit.name)] };
                assert_eq!(habits.changed(), expected);
            }
        }
    }

    #[test]
    fn an_invalid_setting_is_rejected_with_the_choices() {
        let mut habits = Habits::default();
        let mut rejected = |name: &str, value: &str| habits.set(name, value).unwrap_err().to_string();
        assert!(rejected("spaec", "+").contains("did you mean \"space\"?"));
        assert!(rejected("volume", "+").contains("space, profile-update"));
        assert!(rejected("space", " ").contains("%20|+"));
        assert!(rejected("group-patch-batch", "0").contains("1..1000"));
        assert!(rejected("user-delete", "always").contains("no switch"));
        assert!(habits.set_pair("space").unwrap_err().to_string().contains("NAME=VALUE"));
        habits.set_pair("space=+").unwrap();
        assert_eq!((habits.space, habits.changed()), (Space::Plus, vec!["space=+".to_owned()]));
    }

    #[test]
    fn a_sabotage_is_no_habit() {
        for (_, name) in Sabotage::ALL {
            assert!(Habits::default().set(name, "sent").is_err(), "{name}");
        }
    }
}

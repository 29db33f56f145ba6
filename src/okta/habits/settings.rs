//! The values of all habits in one run.

use std::collections::BTreeMap;

use super::habit::Values;
use super::table::TABLE;

/// The values of all habits; each starts at its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {
    changed: BTreeMap<&'static str, String>,
}

/// A habit that cannot be set as requested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HabitError {
    #[error("{0:?} is not NAME=VALUE")]
    NotAPair(String),
    #[error("there is no habit {name:?}; the habits with a switch are {}", known.join(", "))]
    UnknownName { name: String, known: Vec<&'static str> },
    #[error("the habit {name} has no switch: its value is always {value:?}")]
    Fixed { name: &'static str, value: &'static str },
    #[error("the habit {name} cannot be {value:?}; use one of {choices}")]
    InvalidValue { name: &'static str, value: String, choices: String },
}

impl Habits {
    /// Sets one habit.
    ///
    /// # Errors
    /// The name is unknown, the habit has no switch, or it does not accept this value. The error lists the choices.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), HabitError> {
        let Some(habit) = TABLE.iter().find(|habit| habit.name == name) else {
            let switched = TABLE.iter().filter(|habit| habit.values != Values::Fixed);
            let known = switched.map(|habit| habit.name).collect();
            return Err(HabitError::UnknownName { name: name.to_owned(), known });
        };
        if habit.values == Values::Fixed {
            return Err(HabitError::Fixed { name: habit.name, value: habit.default });
        }
        if !habit.accepts(value) {
            let (value, choices) = (value.to_owned(), habit.choices());
            return Err(HabitError::InvalidValue { name: habit.name, value, choices });
        }
        self.changed.insert(habit.name, value.to_owned());
        Ok(())
    }

    /// Sets one habit from `NAME=VALUE`.
    ///
    /// # Errors
    /// As [`Habits::set`], or there is no `=`.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), HabitError> {
        let (name, value) = pair.split_once('=').ok_or_else(|| HabitError::NotAPair(pair.to_owned()))?;
        self.set(name.trim(), value.trim())
    }

    /// Returns the value of a habit, one of [`names`](super::names); empty if the table has no row of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let default = || TABLE.iter().find(|habit| habit.name == name).map_or("", |habit| habit.default);
        self.changed.get(name).map_or_else(default, String::as_str)
    }

    /// Returns true if a habit has this value.
    #[must_use]
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// Returns the value of a numeric habit.
    #[must_use]
    pub fn number(&self, name: &str) -> usize {
        self.get(name).parse().unwrap_or(1)
    }

    /// Lists the habits that were set, as `name=value`.
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
    fn every_row_is_complete() {
        let unique: BTreeSet<&str> = TABLE.iter().map(|habit| habit.name).collect();
        assert_eq!(unique.len(), TABLE.len());
        for habit in TABLE {
            assert!(habit.values == Values::Fixed || habit.accepts(habit.default), "{}", habit.name);
            assert!(!habit.about.is_empty() && !habit.source.is_empty(), "{}", habit.name);
        }
    }

    #[test]
    fn an_invalid_setting_is_rejected_with_the_choices() {
        let mut habits = Habits::default();
        let mut rejected = |name: &str, value: &str| habits.set(name, value).unwrap_err().to_string();
        assert!(rejected("spaec", "+").contains("space, profile-update"));
        assert!(rejected("space", " ").contains("%20|+"));
        assert!(rejected("group-patch-batch", "0").contains("1..1000"));
        assert!(rejected("user-delete", "always").contains("no switch"));
        assert!(habits.set_pair("space").unwrap_err().to_string().contains("NAME=VALUE"));
        habits.set_pair("space=+").unwrap();
        assert_eq!((habits.get("space"), habits.changed()), ("+", vec!["space=+".to_owned()]));
    }
}

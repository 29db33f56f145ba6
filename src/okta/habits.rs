//! Okta's habits: every observed behaviour with source and confidence, each with a switch where sources conflict.

/// The values of all switches; the default is what the best source shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {}

impl Habits {
    /// Sets one habit.
    ///
    /// # Errors
    /// Says which names, or which values of this name, exist.
    pub fn set(&mut self, _name: &str, _value: &str) -> Result<(), String> {
        todo!()
    }
}

//! The form of a step: pattern, aspect and function.

use futures::future::LocalBoxFuture;

use crate::check::outcome::{Aspect, StepResult};
use crate::check::user_effect::UserEffect;
use crate::check::world::World;

/// The arguments of a step.
#[derive(Debug, Clone, Default)]
pub struct Args {
    /// The capture groups of the pattern.
    pub captures: Vec<String>,
    /// The rows of the step's table.
    pub table: Vec<Vec<String>>,
}

impl Args {
    /// Returns a capture group by its index, from 0.
    #[must_use]
    pub fn text(&self, index: usize) -> &str {
        self.captures.get(index).map_or("", String::as_str)
    }

    /// Splits a capture group that lists keys: `ada, ben and cyd`.
    #[must_use]
    pub fn keys(&self, index: usize) -> Vec<String> {
        keys(self.text(index))
    }
}

/// Splits a list of keys.
pub(super) fn keys(text: &str) -> Vec<String> {
    text.split(", ").flat_map(|part| part.split(" and ")).map(|key| key.trim().to_owned()).collect()
}

/// The function of a step.
pub type StepFn = for<'a> fn(&'a mut World, Args) -> LocalBoxFuture<'a, StepResult>;

/// One row of the table.
#[derive(Clone, Copy)]
pub struct StepDef {
    /// The whole text of the step as a regular expression. `PERSON` matches the key of a person, `PEOPLE` keys of people, and
    /// `GROUP` the key of a group.
    pub pattern: &'static str,
    pub aspect: Aspect,
    /// The effect on users. A pattern that names people has one; a test asserts it.
    pub effect: UserEffect,
    pub run: StepFn,
}

impl std::fmt::Debug for StepDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepDef").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}

/// Builds a row of the table from a pattern, an aspect, an async function over the world and the arguments, and the effect on
/// users, if there is one.
macro_rules! step {
    ($pattern:literal, $aspect:ident, $body:path) => {
        step!($pattern, $aspect, $body, NoUsers)
    };
    ($pattern:literal, $aspect:ident, $body:path, $effect:ident $(($key:literal))?) => {
        $crate::check::steps::definition::StepDef {
            pattern: $pattern,
            aspect: $crate::check::outcome::Aspect::$aspect,
            effect: $crate::check::user_effect::UserEffect::$effect $(($key))?,
            run: |world, args| Box::pin(async move { $body(world, &args).await }),
        }
    };
}
pub(super) use step;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_separated_by_commas_and_a_final_and() {
        let args = Args { captures: vec!["ada, ben and cyd".to_owned()], table: Vec::new() };
        assert_eq!(args.keys(0), ["ada", "ben", "cyd"]);
    }
}

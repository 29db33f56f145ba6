//! The steps that features are written in: one table, each row a pattern and a plain function.
//!
//! [`org`] is what people do in Okta, [`given`] what the server has beforehand, [`traffic`] what goes over the wire,
//! [`state`] what the server has afterwards, [`events`] which events follow, [`acceptance`] Okta's published suite.

mod acceptance;
mod events;
mod given;
mod org;
mod state;
mod traffic;

use std::sync::LazyLock;

use futures::future::LocalBoxFuture;
use regex::Regex;

use super::outcome::Judged;
use super::world::World;

/// What a step speaks about: it decides to which result its outcome belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// What the target answers and has.
    Target,
    /// The events that follow.
    Events,
}

/// What a step was given.
#[derive(Debug, Clone, Default)]
pub struct Args {
    /// The groups of the pattern.
    pub captures: Vec<String>,
    /// The rows of the step's table.
    pub table: Vec<Vec<String>>,
}

impl Args {
    /// A group of the pattern, from 0.
    #[must_use]
    pub fn text(&self, index: usize) -> &str {
        self.captures.get(index).map_or("", String::as_str)
    }

    /// A group that lists keys: `ada, ben and cyd`.
    #[must_use]
    pub fn keys(&self, index: usize) -> Vec<String> {
        self.text(index).split(", ").flat_map(|part| part.split(" and ")).map(|key| key.trim().to_owned()).collect()
    }
}

/// A step's function.
pub type StepFn = for<'a> fn(&'a mut World, Args) -> LocalBoxFuture<'a, Judged>;

/// One row of the table.
#[derive(Clone, Copy)]
pub struct StepDef {
    /// The whole text of the step, as a regular expression; `KEYS` and `KEY` stand for names of people or groups.
    pub pattern: &'static str,
    pub about: About,
    pub run: StepFn,
}

impl std::fmt::Debug for StepDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepDef").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}

/// A row of the table: pattern, what it is about, and an async body over the world and the arguments.
macro_rules! step {
    ($pattern:literal, $about:ident, $body:path) => {
        $crate::check::steps::StepDef {
            pattern: $pattern,
            about: $crate::check::steps::About::$about,
            run: |world, args| Box::pin(async move { $body(world, &args).await }),
        }
    };
}
use step;

/// Every step.
pub fn all() -> impl Iterator<Item = &'static StepDef> {
    [org::STEPS, given::STEPS, traffic::STEPS, state::STEPS, events::STEPS, acceptance::STEPS].into_iter().flatten()
}

/// The table with its patterns compiled.
pub fn compiled() -> &'static [(Regex, &'static StepDef)] {
    static COMPILED: LazyLock<Vec<(Regex, &'static StepDef)>> = LazyLock::new(|| {
        all()
            .map(|step| {
                let pattern = step
                    .pattern
                    .replace("KEYS", r"([a-z]\w*(?:, [a-z]\w*)*(?: and [a-z]\w*)?)")
                    .replace("KEY", r"([a-z]\w*)");
                let regex = Regex::new(&format!("^{pattern}$")).expect("invariant: a test compiles every pattern");
                (regex, step)
            })
            .collect()
    });
    &COMPILED
}

/// The steps that a text may mean: one, unless the feature or the table has a mistake.
#[must_use]
pub fn matching(text: &str) -> Vec<&'static StepDef> {
    compiled().iter().filter(|(regex, _)| regex.is_match(text)).map(|(_, step)| *step).collect()
}

/// The pattern that shares most words with a text: what the author may have meant.
#[must_use]
pub fn nearest(text: &str) -> &'static str {
    let words: Vec<&str> = text.split_whitespace().collect();
    all()
        .max_by_key(|step| step.pattern.split_whitespace().filter(|word| words.contains(word)).count())
        .map_or("", |step| step.pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_is_there_once() {
        let mut patterns: Vec<&str> = all().map(|step| step.pattern).collect();
        assert_eq!(compiled().len(), patterns.len());
        patterns.sort_unstable();
        let count = patterns.len();
        patterns.dedup();
        assert_eq!(patterns.len(), count);
    }

    #[test]
    fn keys_are_read_as_people_write_them() {
        let args = Args { captures: vec!["ada, ben and cyd".to_owned()], table: Vec::new() };
        assert_eq!(args.keys(0), ["ada", "ben", "cyd"]);
    }
}

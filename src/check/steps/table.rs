//! The complete table of steps, and the search for the step that a sentence means.

use std::sync::LazyLock;

use regex::Regex;

use super::definition::StepDef;
use super::{acceptance, authentication, events, given, import, large_groups, org, state, traffic};

/// Iterates over every step.
pub fn all() -> impl Iterator<Item = &'static StepDef> {
    [
        org::STEPS,
        given::STEPS,
        traffic::STEPS,
        state::STEPS,
        import::STEPS,
        large_groups::STEPS,
        events::STEPS,
        acceptance::STEPS,
        authentication::STEPS,
    ]
    .into_iter()
    .flatten()
}

/// Returns the table with compiled patterns.
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

/// Returns the steps that match a text: exactly one, unless the feature or the table has an error.
#[must_use]
pub fn matching(text: &str) -> Vec<&'static StepDef> {
    compiled().iter().filter(|(regex, _)| regex.is_match(text)).map(|(_, step)| *step).collect()
}

/// Returns the pattern that shares most words with a text, as a suggestion.
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
    fn every_pattern_compiles_and_is_unique() {
        let mut patterns: Vec<&str> = all().map(|step| step.pattern).collect();
        assert_eq!(compiled().len(), patterns.len());
        patterns.sort_unstable();
        let count = patterns.len();
        patterns.dedup();
        assert_eq!(patterns.len(), count);
    }
}

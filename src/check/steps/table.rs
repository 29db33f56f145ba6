//! The complete table of steps, and the search for the step that a sentence means.

use std::sync::LazyLock;

use regex::Regex;

use super::definition::{StepDef, keys};
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

/// The expression for one key, and for a list of them.
const KEY: &str = r"[a-z]\w*";
const KEYS: &str = r"[a-z]\w*(?:, [a-z]\w*)*(?: and [a-z]\w*)?";
/// The beginning of the names of captures that are keys of people.
const PEOPLE: &str = "people";

/// Returns the table with compiled patterns.
pub fn compiled() -> &'static [(Regex, &'static StepDef)] {
    static COMPILED: LazyLock<Vec<(Regex, &'static StepDef)>> = LazyLock::new(|| {
        let compile = |step| Regex::new(&expression(step)).expect("invariant: a test compiles every pattern");
        all().map(|step| (compile(step), step)).collect()
    });
    &COMPILED
}

/// Returns a pattern as a regular expression, in which the captures of people have names.
fn expression(step: &StepDef) -> String {
    let mut text = step.pattern.replace("GROUP", &format!("({KEY})"));
    for (word, keys) in [("PERSON", KEY), ("PEOPLE", KEYS)] {
        let mut number = 0;
        while text.contains(word) {
            text = text.replacen(word, &format!("(?<{PEOPLE}_{}_{number}>{keys})", word.to_lowercase()), 1);
            number += 1;
        }
    }
    format!("^{text}$")
}

/// Returns the people that a text names in the captures of its step: those of the first capture, and the others.
#[must_use]
pub fn people(text: &str) -> (Vec<String>, Vec<String>) {
    let Some((captures, regex)) = compiled().iter().find_map(|(regex, _)| Some((regex.captures(text)?, regex))) else {
        return (Vec::new(), Vec::new());
    };
    let names = regex.capture_names().zip(captures.iter());
    let mut people = names.filter(|(name, _)| name.is_some_and(|name| name.starts_with(PEOPLE)));
    let mut next = || people.next().and_then(|(_, keys)| keys);
    let first = next().map_or_else(Vec::new, |text| keys(text.as_str()));
    let others = std::iter::from_fn(next).flat_map(|text| keys(text.as_str())).collect();
    (first, others)
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
    use crate::check::outcome::Aspect;
    use crate::check::user_effect::UserEffect;

    #[test]
    fn every_pattern_compiles_and_is_unique() {
        let mut patterns: Vec<&str> = all().map(|step| step.pattern).collect();
        assert_eq!(compiled().len(), patterns.len());
        patterns.sort_unstable();
        let count = patterns.len();
        patterns.dedup();
        assert_eq!(patterns.len(), count);
    }

    #[test]
    fn a_step_that_names_people_says_what_it_does_with_them() {
        for step in all() {
            let names_people = ["PERSON", "PEOPLE"].iter().any(|word| step.pattern.contains(word));
            assert_eq!(step.effect.names_people(), names_people, "{step:?} has the effect {:?}", step.effect);
        }
    }

    #[test]
    fn a_step_that_judges_events_marks_the_end_of_the_log() {
        for step in all().filter(|step| step.aspect == Aspect::Events) {
            assert_eq!(step.effect, UserEffect::Marks, "{step:?}");
        }
    }

    #[test]
    fn the_people_of_a_sentence_are_not_its_groups() {
        let of = |text: &str| {
            let (first, others) = people(text);
            (first.join(" "), others.join(" "))
        };
        let is = |first: &str, others: &str| (first.to_owned(), others.to_owned());
        assert_eq!(of("ada, ben and cyd are added to the group crew in Okta"), is("ada ben cyd", ""));
        assert_eq!(of("the group crew in Okta gains ada and loses ben and cyd in one change"), is("ada", "ben cyd"));
        assert_eq!(of("the group crew is pushed"), is("", ""));
        assert_eq!(of("ada is a user in Okta with the e-mail address of ben"), is("ada", "ben"));
    }
}

//! The plan of a run's users: if the population is made, the people that each scenario takes from it, and the number of users
//! that the run creates. Pure.

use std::collections::BTreeSet;

use super::shortfall::Shortfall;
use super::size::{OTHERS, SIZE, TAG};
use crate::check::case::Case;
use crate::check::outcome::Aspect;

/// The user that a scenario must not change.
const BYSTANDER: &str = "bystander";
/// The user with which the run begins.
const CANARY: usize = 1;

/// The users of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The number of selected cases that need the population.
    needed_by: usize,
    /// The people that cases take from the population, in the order of the cases.
    leases: Vec<(String, String)>,
    /// The most users that the scenarios create: with a population, and without.
    with: usize,
    without: usize,
}

impl Plan {
    /// Plans the users of cases. `with_events` is true if there is an event source, because each reading of the log takes a
    /// user.
    #[must_use]
    pub fn of(cases: &[Case], with_events: bool) -> Self {
        let mut plan = Self::default();
        for case in cases {
            let needs = case.has(TAG);
            plan.needed_by += usize::from(needs);
            let people = People::of(case);
            let markers = if with_events { people.markers } else { 0 };
            let leased = people.leased.len().min(SIZE - plan.leases.len());
            plan.leases.extend(people.leased.iter().take(leased).map(|key| (case.id.clone(), key.clone())));
            plan.with += people.all.len() - leased + markers;
            // Without a population, the cases that need it create nothing.
            plan.without += if needs { 0 } else { people.all.len() + markers };
        }
        plan
    }

    /// Returns true if a selected case needs the population.
    #[must_use]
    pub const fn needs_population(&self) -> bool {
        self.needed_by > 0
    }

    /// Returns the most users that the run creates with its population, or without one.
    #[must_use]
    pub const fn users(&self, with_population: bool) -> usize {
        CANARY + if with_population { SIZE + self.with } else { self.without }
    }

    /// Asserts that the population fits, and a few users of scenarios.
    ///
    /// # Errors
    /// `most` is too small.
    pub fn fits(&self, most: usize) -> Result<(), Shortfall> {
        let needed = self.users(true).min(SIZE + OTHERS);
        if needed > most { Err(Shortfall::MaxUsers { most, needed }) } else { Ok(()) }
    }

    /// Returns each case with the key of a person that it takes from the population.
    pub(super) fn leases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.leases.iter().map(|(case, key)| (case.as_str(), key.as_str()))
    }
}

/// Returns the most users that a case creates itself, if it takes `leased` from the population.
#[must_use]
pub fn users_of(case: &Case, with_events: bool, leased: usize) -> usize {
    let people = People::of(case);
    people.all.len() - leased.min(people.all.len()) + if with_events { people.markers } else { 0 }
}

/// The people of one scenario, by their keys.
#[derive(Debug, Default)]
struct People {
    all: BTreeSet<String>,
    /// Those who only have to be there: plain people who are assigned to the app before the action.
    leased: Vec<String>,
    /// The number of marker users.
    markers: usize,
}

impl People {
    /// Reads the steps of a case. A person is leased if its steps before the action are that it is in Okta, that it is in a
    /// group, and that it is assigned; a step about it in between, such as an attribute, is sent with the create.
    fn of(case: &Case) -> Self {
        let mut people = Self::default();
        let mut waiting: BTreeSet<String> = BTreeSet::new();
        let mut leased = Vec::new();
        let (mut prepares, mut is_open) = (true, true);
        for step in &case.steps {
            let (keyword, text) = step.text.split_once(' ').unwrap_or_default();
            prepares &= !matches!(keyword, "When" | "Then");
            if step.aspect == Aspect::Events || text.ends_with(IGNORES) {
                people.markers += 1;
            }
            let mentioned = words(text);
            match Meaning::of(text) {
                Meaning::InOkta(keys) => {
                    waiting.extend(keys.iter().filter(|key| prepares && !people.all.contains(*key)).cloned());
                    people.all.extend(keys);
                }
                Meaning::Assigned(keys) if prepares && is_open => {
                    leased.extend(keys.into_iter().filter(|key| waiting.remove(key)));
                }
                // Its name resembles those of the scenario, so that a change of the wrong user shows.
                Meaning::Bystander => {
                    people.all.insert(BYSTANDER.to_owned());
                }
                Meaning::OnServer(key) => {
                    people.all.insert(key);
                }
                Meaning::InGroup => {}
                // Okta provisions the members of a group, or sends a password with each create.
                Meaning::ForAll => is_open = false,
                _ => waiting.retain(|key| !mentioned.contains(key.as_str())),
            }
        }
        // The events of a leased user begin before the scenario, so a scenario that judges them has to skip those.
        let skips = |case: &Case| {
            let mut steps = case.steps.iter();
            steps
                .find(|step| step.aspect == Aspect::Events || step.text.ends_with(IGNORES))
                .is_none_or(|step| step.text.ends_with(IGNORES))
        };
        let is_alone = case.has("@agent") || case.has("@double") || case.has(TAG);
        if !is_alone {
            leased.retain(|_| skips(case));
            people.leased = leased;
        }
        people
    }
}

/// The step that ends what a scenario does not judge.
const IGNORES: &str = "events emitted so far are ignored";

/// A step, as far as it is about users.
enum Meaning {
    InOkta(Vec<String>),
    Assigned(Vec<String>),
    OnServer(String),
    Bystander,
    InGroup,
    ForAll,
    Other,
}

impl Meaning {
    fn of(text: &str) -> Self {
        let of = |ends: &[&str]| ends.iter().find_map(|end| text.strip_suffix(end)).map(keys);
        if let Some(people) = of(&[" is a user in Okta", " are users in Okta", " is a user in Okta with"]) {
            // With attributes, the create is what the scenario is about.
            return if text.ends_with("with") {
                people.into_iter().next().map_or(Self::Other, Self::OnServer)
            } else {
                Self::InOkta(people)
            };
        }
        if let Some((key, _)) = text.split_once(" is a user in Okta with the former userName of ") {
            return Self::OnServer(key.to_owned());
        }
        if let Some(people) = of(&[" is assigned to the app", " are assigned to the app"]) {
            return if text.starts_with("the group ") { Self::ForAll } else { Self::Assigned(people) };
        }
        if text.starts_with("an unrelated user on ") || text.starts_with("an unrelated group on ") {
            return Self::Bystander;
        }
        if let Some((_, key)) =
            text.split_once("the server already has the ").and_then(|(_, rest)| rest.split_once("user "))
        {
            return Self::OnServer(key.split(',').next().unwrap_or(key).to_owned());
        }
        if text.starts_with("the suite's user is created") {
            return Self::OnServer("suite".to_owned());
        }
        if text.starts_with("the group ") && text.contains(" in Okta with ") {
            return Self::InGroup;
        }
        if text.ends_with(" is pushed") || text.starts_with("\"Sync Password\"") {
            return Self::ForAll;
        }
        Self::Other
    }
}

fn keys(text: &str) -> Vec<String> {
    text.split(", ").flat_map(|part| part.split(" and ")).map(|key| key.trim().to_owned()).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| !letter.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests;

//! The plan of a run's users: if the population is made, the people that each scenario takes from it, and the number of users
//! that the run creates. Pure.

use std::collections::BTreeSet;

use super::shortfall::Shortfall;
use super::size::{OTHERS, SIZE, TAG};
use crate::check::case::Case;
use crate::check::outcome::Aspect;
use crate::check::user_effect::UserEffect;

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
    /// Reads the effects of a case's steps. A person is leased if its steps before the action are that it is in Okta, that it
    /// is in a group, and that it is assigned; a step about it in between, such as an attribute, is sent with the create.
    fn of(case: &Case) -> Self {
        let mut people = Self::default();
        let mut waiting: BTreeSet<&str> = BTreeSet::new();
        let mut leased = Vec::new();
        let (mut prepares, mut is_open) = (true, true);
        for step in &case.steps {
            prepares &= step.is_before_action();
            let about = step.people.iter().map(String::as_str);
            match step.effect {
                UserEffect::Introduces => {
                    waiting.extend(about.clone().filter(|key| prepares && !people.all.contains(*key)));
                    people.all.extend(about.map(str::to_owned));
                }
                UserEffect::Assigns if prepares && is_open => {
                    leased.extend(about.filter(|key| waiting.remove(key)).map(str::to_owned));
                }
                UserEffect::CreatesKey(key) => {
                    people.all.insert(key.to_owned());
                }
                UserEffect::Creates => people.all.extend(about.take(1).map(str::to_owned)),
                UserEffect::ShapesCreates => is_open = false,
                UserEffect::Marks => people.markers += 1,
                UserEffect::Assigns | UserEffect::Changes | UserEffect::Judges => {
                    waiting.retain(|key| !step.people.iter().chain(&step.others).any(|named| named == key));
                }
                UserEffect::NoUsers | UserEffect::Groups | UserEffect::TakesPopulation => {}
            }
        }
        // The events of a leased user begin before the scenario, so a scenario that judges them has to skip those.
        let first_mark = case.steps.iter().find(|step| step.effect == UserEffect::Marks);
        let skips = first_mark.is_none_or(|step| step.aspect == Aspect::Target);
        let is_alone = case.has("@agent") || case.has("@double") || case.has(TAG);
        if skips && !is_alone {
            people.leased = leased;
        }
        people
    }
}

#[cfg(test)]
mod tests;

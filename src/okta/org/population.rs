//! A generated population: people with ten mapped attributes, in groups. The same seed makes the same people.

use std::collections::BTreeSet;

use rand::RngExt as _;

use super::error::OrgError;
use super::state::Org;
use crate::base::Seed;
use crate::okta::mapping::{Profile, ProfileValue};

/// The size of a generated population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    pub people: usize,
    pub groups: usize,
    /// The number of groups of each person, at most `groups`.
    pub groups_per_person: usize,
}

const FIRST_NAMES: [&str; 20] = [
    "Ada",
    "Barbara",
    "Claude",
    "Donald",
    "Edith",
    "Frances",
    "Grace",
    "Hedy",
    "Ines",
    "Jean",
    "Katherine",
    "Linus",
    "Margaret",
    "Niklaus",
    "Olga",
    "Peter",
    "Radia",
    "Sophie",
    "Tony",
    "Ursula",
];
const LAST_NAMES: [&str; 20] = [
    "Allen",
    "Bartik",
    "Clarke",
    "Dijkstra",
    "Engelbart",
    "Floyd",
    "Goldberg",
    "Hopper",
    "Iverson",
    "Johnson",
    "Knuth",
    "Lovelace",
    "Moreau",
    "Naur",
    "Ousterhout",
    "Perlman",
    "Ritchie",
    "Shannon",
    "Thompson",
    "Wirth",
];
const TITLES: [&str; 8] =
    ["Accountant", "Analyst", "Architect", "Designer", "Engineer", "Manager", "Recruiter", "Researcher"];
const DEPARTMENTS: [&str; 8] =
    ["Design", "Engineering", "Finance", "Legal", "Marketing", "Operations", "Research", "Support"];
const PLACES: [(&str, &str); 8] = [
    ("Amsterdam", "NL"),
    ("Berlin", "DE"),
    ("Dublin", "IE"),
    ("Lisbon", "PT"),
    ("London", "GB"),
    ("Oslo", "NO"),
    ("Paris", "FR"),
    ("Toronto", "CA"),
];

impl Org {
    /// Adds a generated population: the people `p0`, `p1`, … and the groups `Group 0`, `Group 1`, ….
    ///
    /// # Errors
    /// One of these people or groups exists.
    pub fn populate(&mut self, population: Population, seed: Seed) -> Result<(), OrgError> {
        self.populate_as(population, seed, |_| {}, str::to_owned)
    }

    /// As [`Org::populate`], with changes to each profile and to the names of the groups.
    ///
    /// # Errors
    /// As [`Org::populate`].
    pub fn populate_as(
        &mut self,
        population: Population,
        seed: Seed,
        rename: impl Fn(&mut Profile),
        group_name: impl Fn(&str) -> String,
    ) -> Result<(), OrgError> {
        let mut rng = seed.stream("population");
        let mut groups = Vec::with_capacity(population.groups);
        for number in 0..population.groups {
            let name = group_name(&format!("Group {number}"));
            self.add_group(&name, &[] as &[&str])?;
            groups.push(self.group_id(&name)?);
        }
        self.people.reserve(population.people);
        for number in 0..population.people {
            let key = format!("p{number}");
            let mut profile = profile(number, &mut rng);
            rename(&mut profile);
            self.add_person(&key, profile)?;
            let person = self.person_id(&key)?;
            let mut positions = BTreeSet::new();
            while positions.len() < population.groups_per_person.min(groups.len()) {
                positions.insert(rng.random_range(0..groups.len()));
            }
            for group in positions.into_iter().filter_map(|position| groups.get(position)) {
                self.join(person, *group);
            }
        }
        Ok(())
    }
}

/// Returns the login and ten further attributes, all of which the standard mapping sends.
fn profile(number: usize, rng: &mut impl rand::Rng) -> Profile {
    let (first, last) = (pick(&FIRST_NAMES, rng), pick(&LAST_NAMES, rng));
    let (title, department) = (pick(&TITLES, rng), pick(&DEPARTMENTS, rng));
    let (city, country) = pick(&PLACES, rng);
    let address = format!("{}.{}.{number}@example.com", first.to_lowercase(), last.to_lowercase());
    let texts = [
        ("login", address.clone()),
        ("email", address),
        ("firstName", first.to_owned()),
        ("lastName", last.to_owned()),
        ("title", title.to_owned()),
        ("department", department.to_owned()),
        ("city", city.to_owned()),
        ("countryCode", country.to_owned()),
        ("employeeNumber", format!("E{number:07}")),
        ("costCenter", format!("CC-{}", number % 100)),
        ("primaryPhone", format!("+1 555 {number:07}")),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), ProfileValue::from(text))).collect()
}

fn pick<T: Copy + Default>(items: &[T], rng: &mut impl rand::Rng) -> T {
    items.get(rng.random_range(0..items.len())).copied().unwrap_or_default()
}

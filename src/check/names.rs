//! Names for the people of scenarios.

use rand::RngExt as _;

use crate::base::Seed;

const FAMILY_NAMES: [&str; 12] = [
    "Quill",
    "Marsh",
    "Okafor",
    "Lindqvist",
    "Serrano",
    "Novak",
    "Haddad",
    "Tanaka",
    "Moreau",
    "Byrne",
    "Castellan",
    "Ide",
];

/// The family name of a key, the same for the same seed.
#[must_use]
pub(super) fn family_name(seed: Seed, key: &str) -> String {
    let mut rng = seed.stream(&format!("family-name/{key}"));
    let index = rng.random_range(0..FAMILY_NAMES.len());
    FAMILY_NAMES.get(index).copied().unwrap_or("Quill").to_owned()
}

/// A run's id from a seed: letters and digits that no mail system minds, unique enough for one server.
#[must_use]
pub fn run_id(seed: Seed) -> String {
    let mut rng = seed.stream("run-id");
    format!("r{}", crate::base::seed::text(&mut rng, b"abcdefghijkmnpqrstuvwxyz23456789", 8))
}

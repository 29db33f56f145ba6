//! Generated names: run IDs and the family names of people in scenarios.

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

/// Returns the family name for a key; the same seed yields the same name.
#[must_use]
pub(super) fn family_name(seed: Seed, key: &str) -> String {
    let mut rng = seed.stream(&format!("family-name/{key}"));
    let index = rng.random_range(0..FAMILY_NAMES.len());
    FAMILY_NAMES.get(index).copied().unwrap_or("Quill").to_owned()
}

/// Derives a run ID from a seed. Letters and digits are valid in every mail address; 8 of them make collisions on one
/// server unlikely.
#[must_use]
pub fn run_id(seed: Seed) -> String {
    let mut rng = seed.stream("run-id");
    format!("r{}", crate::base::seed::text(&mut rng, b"abcdefghijkmnpqrstuvwxyz23456789", 8))
}

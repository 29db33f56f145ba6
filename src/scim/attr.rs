//! Attribute paths: `name`, `name.sub`, `urn:…:User:name.sub` (RFC 7644 section 3.10). Names and URNs compare without
//! letter case.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::{Object, ScimError};

/// A parsed attribute path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The schema URN before the name, as it was written.
    pub schema: Option<String>,
    /// The attribute's name, as it was written.
    pub name: String,
    /// The sub-attribute's name, as it was written.
    pub sub: Option<String>,
}

impl FromStr for AttrPath {
    type Err = ScimError;

    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// The value under `name` in any letter case.
#[must_use]
pub fn get<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The key under which `name` stands in `object`, in the letter case that it has there.
#[must_use]
pub fn key_of<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).map(String::as_str)
}

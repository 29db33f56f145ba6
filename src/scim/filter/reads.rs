//! The attributes that a filter reads, so that a search parses only those of each document.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::Filter;
use super::compile::resolve_path;
use crate::scim::resource::Kind;
use crate::scim::{Object, Schemas};

/// A set of top-level attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads(Vec<String>);

impl Filter {
    /// Returns the top-level attributes that the filter depends on. A document and its [`Reads::of`] give the same result.
    #[must_use]
    pub fn reads(&self, kind: Kind, schemas: &Schemas) -> Reads {
        let mut reads = Reads::default();
        self.collect(kind, schemas, &mut reads.0);
        reads
    }

    fn collect(&self, kind: Kind, schemas: &Schemas, names: &mut Vec<String>) {
        match self {
            Self::And(one, other) | Self::Or(one, other) => {
                one.collect(kind, schemas, names);
                other.collect(kind, schemas, names);
            }
            Self::Not(inner) => inner.collect(kind, schemas, names),
            Self::Present(path) | Self::Compare(path, ..) | Self::Has(path, _) => {
                let name = resolve_path(path, kind, schemas).top();
                if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    names.push(name.to_owned());
                }
            }
        }
    }
}

impl<'a> FromIterator<&'a str> for Reads {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }
}

impl Reads {
    /// Returns true if the set contains this attribute, in any letter case.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Returns true if the set contains no attributes except these.
    #[must_use]
    pub fn are_among(&self, names: &[&str]) -> bool {
        self.0.iter().all(|known| names.iter().any(|name| known.eq_ignore_ascii_case(name)))
    }

    /// Parses these attributes from the text of a document and skips the others.
    ///
    /// # Errors
    /// The text is not a JSON object.
    pub fn of(&self, text: &str) -> serde_json::Result<Object> {
        let mut json = serde_json::Deserializer::from_str(text);
        let object = json.deserialize_map(Chosen(self))?;
        json.end()?;
        Ok(object)
    }
}

/// Deserializes the selected entries of a map.
struct Chosen<'a>(&'a Reads);

impl<'de> Visitor<'de> for Chosen<'_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object::new();
        while let Some(key) = map.next_key_seed(Name(self.0))? {
            match key {
                Some(key) => drop(object.insert(key, map.next_value::<Value>()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(object)
    }
}

/// Deserializes a key; `None` if it is not selected.
struct Name<'a>(&'a Reads);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.has(name).then(|| name.to_owned()))
    }
}

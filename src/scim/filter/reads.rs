//! What a filter reads of a document, so that whoever judges many documents builds no more of each than that.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::Filter;
use super::compile::resolve_path;
use crate::scim::resource::Kind;
use crate::scim::{Object, Schemas};

/// The names of some top-level attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads(Vec<String>);

impl Filter {
    /// The top-level attributes that decide the filter: a document and its [`Reads::of`] satisfy the same filters of
    /// these.
    #[must_use]
    pub fn reads(&self, kind: Kind, schemas: &Schemas) -> Reads {
        let mut reads = Reads::default();
        self.note(kind, schemas, &mut reads.0);
        reads
    }

    fn note(&self, kind: Kind, schemas: &Schemas, names: &mut Vec<String>) {
        match self {
            Self::And(one, other) | Self::Or(one, other) => {
                one.note(kind, schemas, names);
                other.note(kind, schemas, names);
            }
            Self::Not(inner) => inner.note(kind, schemas, names),
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
    /// Whether it is this attribute, in any letter case.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether it is none but these.
    #[must_use]
    pub fn are_among(&self, names: &[&str]) -> bool {
        self.0.iter().all(|known| names.iter().any(|name| known.eq_ignore_ascii_case(name)))
    }

    /// These attributes of a document, which is a JSON object as text; what else it holds is passed over.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn of(&self, text: &str) -> serde_json::Result<Object> {
        let mut json = serde_json::Deserializer::from_str(text);
        let object = json.deserialize_map(Chosen(self))?;
        json.end()?;
        Ok(object)
    }
}

/// Some entries of a map.
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

/// A key, if it is one of those.
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

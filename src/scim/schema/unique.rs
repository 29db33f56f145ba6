//! Unique values of the extensions of a directory (RFC 7643 section 7, `uniqueness`). `userName` and `id` are handled
//! elsewhere.

use serde_json::Value;

use super::{Attribute, Schema, Schemas};
use crate::scim::attr::{fold, get};
use crate::scim::resource::Kind;
use crate::scim::{Object, ScimError};

/// A value that only one resource can have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UniqueValue {
    /// The attribute, with its schema's URN.
    pub attribute: String,
    /// The value in the form for comparison: folded unless the attribute is caseExact.
    pub value: String,
}

impl UniqueValue {
    /// Returns the error for a second resource with this value.
    #[must_use]
    pub fn taken(&self) -> ScimError {
        ScimError::uniqueness(format!("another resource already has this value of {}", self.attribute))
    }
}

impl Schemas {
    /// Returns true if an extension of a resource type declares a unique attribute.
    #[must_use]
    pub fn has_unique(&self, kind: Kind) -> bool {
        self.with_unique(kind).next().is_some()
    }

    /// Iterates over the extensions of a resource type that declare a unique attribute.
    pub fn with_unique(&self, kind: Kind) -> impl Iterator<Item = &Schema> {
        let unique = |attribute: &Attribute| is_unique(attribute) || attribute.sub_attributes.iter().any(is_unique);
        self.extensions(kind).filter(move |schema| schema.attributes.iter().any(unique))
    }

    /// Returns the values of a stored document that must be unique, without duplicates.
    #[must_use]
    pub fn unique_values(&self, kind: Kind, document: &Object) -> Vec<UniqueValue> {
        let mut all = Vec::new();
        for schema in self.with_unique(kind) {
            let Some(object) = get(document, &schema.id).and_then(Value::as_object) else { continue };
            gather(&format!("{}:", schema.id), &schema.attributes, object, &mut all);
        }
        all.sort();
        all.dedup();
        all
    }
}

fn is_unique(attribute: &Attribute) -> bool {
    attribute.uniqueness != "none"
}

fn gather(place: &str, attributes: &[Attribute], object: &Object, into: &mut Vec<UniqueValue>) {
    for attribute in attributes {
        let values = match get(object, &attribute.name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => continue,
        };
        let place = format!("{place}{}", attribute.name);
        for value in values {
            match value {
                Value::Object(parts) => gather(&format!("{place}."), &attribute.sub_attributes, parts, into),
                _ if !is_unique(attribute) => {}
                Value::String(text) => {
                    let value = if attribute.case_exact { text.clone() } else { fold(text) };
                    into.push(UniqueValue { attribute: place.clone(), value });
                }
                other => into.push(UniqueValue { attribute: place.clone(), value: other.to_string() }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unique_values_are_folded_and_deduplicated() {
        let extension = json!({"id": "urn:example:acme:2.0:User", "attributes": [
            {"name": "badge", "uniqueness": "server"}, {"name": "title"},
            {"name": "keys", "multiValued": true, "caseExact": true, "uniqueness": "global"},
            {"name": "desk", "type": "complex", "subAttributes": [{"name": "number", "type": "integer", "uniqueness": "server"}]},
        ]});
        let schemas = Schemas::standard().with_extension(&extension).unwrap();
        assert!(schemas.has_unique(Kind::User) && !schemas.has_unique(Kind::Group));
        assert!(!Schemas::standard().has_unique(Kind::User));
        let document = json!({"userName": "a", "urn:example:acme:2.0:User": {
            "badge": "B1", "title": "t", "keys": ["K", "k", "K"], "desk": {"number": 7},
        }});
        let values = schemas.unique_values(Kind::User, document.as_object().unwrap());
        let told: Vec<(&str, &str)> =
            values.iter().map(|one| (one.attribute.rsplit(':').next().unwrap(), one.value.as_str())).collect();
        assert_eq!(told, [("badge", "b1"), ("desk.number", "7"), ("keys", "K"), ("keys", "k")]);
    }
}

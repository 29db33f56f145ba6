//! Values that only one resource may have (RFC 7643 section 7, `uniqueness`), of the extensions of a directory.
//! `userName` and `id` have rules of their own.

use serde_json::Value;

use super::{Attribute, Schema, Schemas};
use crate::scim::attr::{fold, get};
use crate::scim::resource::Kind;
use crate::scim::{Object, ScimError};

/// A value that nobody else may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UniqueValue {
    /// The attribute, with its schema's URN.
    pub attribute: String,
    /// The value in the form in which it is compared: without letter case unless the attribute is caseExact.
    pub value: String,
}

impl UniqueValue {
    /// The refusal for whoever comes second.
    #[must_use]
    pub fn taken(&self) -> ScimError {
        ScimError::uniqueness(format!("another resource has this value of {} already", self.attribute))
    }
}

impl Schemas {
    /// Whether any extension of a resource type declares a unique attribute.
    #[must_use]
    pub fn has_unique(&self, kind: Kind) -> bool {
        self.with_unique(kind).next().is_some()
    }

    /// The extensions of a resource type that declare a unique attribute.
    pub fn with_unique(&self, kind: Kind) -> impl Iterator<Item = &Schema> {
        let unique = |attribute: &Attribute| is_unique(attribute) || attribute.sub_attributes.iter().any(is_unique);
        self.extensions(kind).filter(move |schema| schema.attributes.iter().any(unique))
    }

    /// The values of a stored document that must be unique, each once.
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
    fn each_unique_value_is_gathered_once_in_the_form_in_which_it_compares() {
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

//! Extension schemas that a directory declares, in the form of RFC 7643 section 7.

use std::collections::HashSet;

use serde_json::Value;

use super::{Attribute, Mutability, Returned, Schema, Schemas, Type};
use crate::scim::attr::is_name;

/// The reason why an extension schema is rejected.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The JSON does not have the form of a schema definition.
    #[error("not a schema definition: {0}")]
    NotADefinition(#[from] serde_json::Error),
    /// The id is not a URN that paths and filters can contain.
    #[error("the id {0:?} is not a URN such as urn:example:params:scim:schemas:extension:acme:2.0:User")]
    NotAUrn(String),
    /// A schema with the same id exists.
    #[error("the schema {0} already exists; give the extension another URN")]
    AlreadyExists(String),
    /// The schema has no attributes.
    #[error("{0} defines no attributes")]
    Empty(String),
    /// An attribute has a name that is not an attribute name.
    #[error("{at}: the attribute name {name:?} must start with a letter and contain only letters, digits, '-' and '_'")]
    Name { at: String, name: String },
    /// Two attributes have the same name.
    #[error("{at}: the attribute {name} is defined twice; names that differ only in letter case are the same")]
    DuplicateName { at: String, name: String },
    /// The uniqueness has a value that RFC 7643 does not define.
    #[error("{at}: the uniqueness of {name} must be none, server or global")]
    Uniqueness { at: String, name: String },
    /// A complex attribute is part of a complex attribute.
    #[error("{at}: {name} is a complex attribute inside a complex attribute, which SCIM does not allow")]
    Nested { at: String, name: String },
    /// A complex attribute has no sub-attributes.
    #[error("{at}: {name} is complex but has no subAttributes")]
    NoSubAttributes { at: String, name: String },
    /// A simple attribute has sub-attributes.
    #[error("{at}: {name} has subAttributes but is not complex")]
    NotComplex { at: String, name: String },
}

impl Schemas {
    /// Adds extension schemas in the form of RFC 7643 section 7: one, or an array of them. Omitted characteristics have
    /// the RFC's defaults. A URN that ends in `:Group` extends groups, any other one users. Some characteristics follow
    /// from others whatever the definition says (sections 2.3.6, 2.3.7 and 7): writeOnly attributes are never returned,
    /// references and binaries are caseExact. A reference without referenceTypes is "external".
    ///
    /// # Errors
    /// The first error in the definition.
    pub fn with_extension(&self, definition: &Value) -> Result<Self, SchemaError> {
        let definitions = match definition {
            Value::Array(several) => several.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut schemas = self.clone();
        for definition in definitions {
            let mut schema: Schema = serde_json::from_value(definition.clone())?;
            validate(&schema)?;
            schema.attributes.iter_mut().for_each(apply_implied_characteristics);
            if schemas.all.iter().any(|known| known.id.eq_ignore_ascii_case(&schema.id)) {
                return Err(SchemaError::AlreadyExists(schema.id));
            }
            schemas.all.push(schema);
        }
        Ok(schemas)
    }
}

/// Sets the characteristics that follow from others.
fn apply_implied_characteristics(attribute: &mut Attribute) {
    if attribute.mutability == Mutability::WriteOnly {
        attribute.returned = Returned::Never;
    }
    attribute.case_exact |= matches!(attribute.r#type, Type::Reference | Type::Binary);
    if attribute.r#type == Type::Reference && attribute.reference_types.is_empty() {
        attribute.reference_types.push("external".to_owned());
    }
    attribute.sub_attributes.iter_mut().for_each(apply_implied_characteristics);
}

fn validate(schema: &Schema) -> Result<(), SchemaError> {
    let id = &schema.id;
    let is_urn = id.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"));
    if !is_urn
        || id.split(':').any(str::is_empty)
        || !id.chars().all(|c| c.is_ascii_graphic() && !"[]()\",".contains(c))
    {
        return Err(SchemaError::NotAUrn(id.clone()));
    }
    if schema.attributes.is_empty() {
        return Err(SchemaError::Empty(id.clone()));
    }
    validate_attributes(id, &schema.attributes, true)
}

fn validate_attributes(at: &str, attributes: &[Attribute], may_nest: bool) -> Result<(), SchemaError> {
    let mut names = HashSet::new();
    for attribute in attributes {
        let (at, name) = (at.to_owned(), attribute.name.clone());
        if !is_name(&name) {
            return Err(SchemaError::Name { at, name });
        }
        if !names.insert(name.to_ascii_lowercase()) {
            return Err(SchemaError::DuplicateName { at, name });
        }
        if !["none", "server", "global"].contains(&attribute.uniqueness.as_str()) {
            return Err(SchemaError::Uniqueness { at, name });
        }
        match (attribute.r#type, attribute.sub_attributes.is_empty()) {
            (Type::Complex, _) if !may_nest => return Err(SchemaError::Nested { at, name }),
            (Type::Complex, true) => return Err(SchemaError::NoSubAttributes { at, name }),
            (Type::Complex, false) => {
                validate_attributes(&format!("{at}:{name}"), &attribute.sub_attributes, false)?;
            }
            (_, false) => return Err(SchemaError::NotComplex { at, name }),
            _ => {}
        }
    }
    Ok(())
}

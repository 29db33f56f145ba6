//! Extension schemas that a directory declares, in the form of RFC 7643 section 7.

use std::collections::HashSet;

use serde_json::Value;

use super::{Attribute, Mutability, Returned, Schema, Schemas, Type};
use crate::scim::attr::is_name;

impl Schemas {
    /// Adds extension schemas in the form of RFC 7643 section 7: one, or an array of them. What an attribute leaves out
    /// has the RFC's default. A URN that ends in `:Group` extends groups, any other one users. What is writeOnly is
    /// never returned, and references and binaries are caseExact, whatever the definition says: the RFC leaves no choice
    /// there (sections 2.3.6, 2.3.7 and 7). A reference that does not say to what is "external".
    ///
    /// # Errors
    /// Says what in the definition is wrong.
    pub fn with_extension(&self, definition: &Value) -> Result<Self, String> {
        let definitions = match definition {
            Value::Array(several) => several.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut schemas = self.clone();
        for definition in definitions {
            let mut schema: Schema = serde_json::from_value(definition.clone())
                .map_err(|error| format!("not a schema definition: {error}"))?;
            validate(&schema)?;
            schema.attributes.iter_mut().for_each(apply_implied_characteristics);
            if schemas.all.iter().any(|known| known.id.eq_ignore_ascii_case(&schema.id)) {
                return Err(format!("the schema {} is already there; give the extension a URN of its own", schema.id));
            }
            schemas.all.push(schema);
        }
        Ok(schemas)
    }
}

/// Brings the characteristics that follow from others in line with them.
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

fn validate(schema: &Schema) -> Result<(), String> {
    let id = &schema.id;
    let is_urn = id.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"));
    if !is_urn
        || id.split(':').any(str::is_empty)
        || !id.chars().all(|c| c.is_ascii_graphic() && !"[]()\",".contains(c))
    {
        return Err(format!("the id {id:?} is no URN such as urn:example:params:scim:schemas:extension:acme:2.0:User"));
    }
    if schema.attributes.is_empty() {
        return Err(format!("{id} defines no attributes"));
    }
    validate_attributes(id, &schema.attributes, true)
}

fn validate_attributes(place: &str, attributes: &[Attribute], may_nest: bool) -> Result<(), String> {
    let mut names = HashSet::new();
    for attribute in attributes {
        let name = &attribute.name;
        if !is_name(name) {
            return Err(format!(
                "{place}: the attribute name {name:?} must begin with a letter and hold letters, digits, '-' and '_'"
            ));
        }
        if !names.insert(name.to_ascii_lowercase()) {
            return Err(format!(
                "{place}: the attribute {name} is defined twice; letter case does not tell names apart"
            ));
        }
        if !["none", "server", "global"].contains(&attribute.uniqueness.as_str()) {
            return Err(format!("{place}: the uniqueness of {name} must be none, server or global"));
        }
        match (attribute.r#type, attribute.sub_attributes.is_empty()) {
            (Type::Complex, _) if !may_nest => {
                return Err(format!("{place}: {name} is complex inside a complex attribute, which SCIM does not have"));
            }
            (Type::Complex, true) => return Err(format!("{place}: {name} is complex and has no subAttributes")),
            (Type::Complex, false) => {
                validate_attributes(&format!("{place}:{name}"), &attribute.sub_attributes, false)?;
            }
            (_, false) => return Err(format!("{place}: {name} has subAttributes and is not complex")),
            _ => {}
        }
    }
    Ok(())
}

//! Protects immutable attributes against PUT and PATCH.

use std::collections::HashMap;

use serde_json::Value;

use super::{Attribute, Mutability, Schema, Schemas, identity};
use crate::scim::resource::Kind;
use crate::scim::{Object, ScimError};

impl Schemas {
    /// Rejects a change of an assigned immutable attribute (RFC 7644 sections 3.5.1 and 3.5.2). `before` and `after` are
    /// stored documents. In a multi-valued attribute, values with the same `type` and `value` are the same value; whole
    /// values can be added and removed.
    ///
    /// # Errors
    /// 400 `mutability`, naming the attribute.
    pub fn check_immutable(&self, kind: Kind, before: &Object, after: &Object) -> Result<(), ScimError> {
        if let Some(core) = self.core(kind) {
            unchanged(&core.id, &core.attributes, before, Some(after))?;
        }
        for extension in self.extensions(kind) {
            if let Some(before) = before.get(&extension.id).and_then(Value::as_object) {
                let after = after.get(&extension.id).and_then(Value::as_object);
                unchanged(&extension.id, &extension.attributes, before, after)?;
            }
        }
        Ok(())
    }
}

impl Schema {
    /// Rejects the removal of this extension's object if it contains the value of an immutable attribute.
    ///
    /// # Errors
    /// 400 `mutability`, naming the attribute.
    pub(crate) fn check_removal(&self, removed: &Object) -> Result<(), ScimError> {
        unchanged(&self.id, &self.attributes, removed, None)
    }
}

fn unchanged(place: &str, attributes: &[Attribute], before: &Object, after: Option<&Object>) -> Result<(), ScimError> {
    for attribute in attributes {
        let Some(was) = before.get(&attribute.name) else { continue };
        let is = after.and_then(|after| after.get(&attribute.name));
        if attribute.mutability == Mutability::Immutable && is != Some(was) {
            return Err(ScimError::mutability(format!(
                "{place}:{} is immutable and already has another value",
                attribute.name
            )));
        }
        if attribute.sub_attributes.iter().all(|sub| sub.mutability != Mutability::Immutable) {
            continue;
        }
        let (place, parts) = (format!("{place}:{}", attribute.name), &attribute.sub_attributes);
        match (was, is) {
            (Value::Object(was), is) => unchanged(&place, parts, was, is.and_then(Value::as_object))?,
            (Value::Array(was), Some(Value::Array(is))) => {
                let was: HashMap<String, &Object> = was.iter().filter_map(identified).collect();
                for (name, is) in is.iter().filter_map(identified) {
                    if let Some(was) = was.get(&name) {
                        unchanged(&place, parts, was, Some(is))?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the identity of a value of a multi-valued attribute. Values without `value` have none: any difference makes them
/// different values.
fn identified(element: &Value) -> Option<(String, &Object)> {
    let object = element.as_object().filter(|object| object.contains_key("value"))?;
    Some((identity(element), object))
}
